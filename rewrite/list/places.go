package list

import "github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"

// places are where a chunk has its structure, some ahead of what is walked through: bits is the
// map of v[from:scanned]. If the chunk ends in a part of a block, zeros are behind it.
//
//	drawn is the number of bits, that of all bytes of the blocks
//	ahead is how many blocks are scanned next
type places struct {
	v             []byte
	from, scanned int
	drawn, ahead  int
	state         block.State
	bits          block.Map
}

// seek makes sure that there is a map from the token at v[i] on, which is in no string, and
// tells whether v[i] is a token. It is cheap if v[i] is not far from what is in the map.
func (t *places) seek(v []byte, i int) bool {
	if t.v == nil || i < t.from || i >= t.scanned {
		t.v, t.from, t.scanned, t.state = v, i, i, block.State{}
		t.drawn = 0
		if !t.more(i) {
			return false
		}
	}
	at, ok := t.next(i)
	return ok && at == i
}

// more scans the next blocks, and reports false if there are none, or if there is no
// room. It forgets what is before v[i], which may be behind what has been scanned.
func (t *places) more(i int) bool {
	left := len(t.v) - t.scanned
	if left <= 0 {
		return false
	}
	blocks := t.drawn / block.Size
	old := min((i-t.from)/block.Size, blocks)
	t.ahead = max(t.ahead, 16)
	n := min(t.ahead, max(left/block.Size, 1), block.MapBlocks-(blocks-old))
	if n == 0 {
		return false
	}
	t.ahead = min(2*t.ahead, block.MapBlocks/2)
	t.bits.Keep(old, blocks)
	blocks -= old
	t.from += old * block.Size
	if left < block.Size {
		var last [block.Size]byte // zeros are no tokens
		copy(last[:], t.v[t.scanned:])
		t.bits.Draw(blocks, last[:], &t.state)
	} else {
		left = n * block.Size
		t.bits.Draw(blocks, t.v[t.scanned:t.scanned+left], &t.state)
	}
	t.scanned += left
	t.drawn = (blocks + n) * block.Size
	return true
}

// next returns the position of the first token from v[i] on, and whether there is one in what
// has been scanned.
func (t *places) next(i int) (at int, ok bool) {
	at, ok = t.bits.All.Next(i-t.from, t.drawn)
	return at + t.from, ok
}

// opens tells whether a container begins with the token at v[i].
func (t *places) opens(i int) bool { return t.v[i]|0x20 == '{' }

// close returns the position of the bracket that ends the container which begins at v[i], and
// whether it has been scanned.
func (t *places) close(i int) (end int, ok bool) {
	m, depth := &t.bits, 0
	for at := i - t.from; at < t.drawn; at = (at/block.Size + 1) * block.Size {
		k, shift := at/block.Size, at%block.Size
		var in int
		if in, depth = closeIn(m.Open[k]>>shift, m.Close[k]>>shift, depth); depth == 0 {
			return t.from + at + in, true
		}
	}
	return i, false
}

// few tells whether so few tokens are left from v[i] on that they may be too few to tell what
// they are: a template looks no farther than from a name to the bracket behind its value's.
func (t *places) few(i int) bool {
	for range 4 {
		at, ok := t.next(i)
		if !ok {
			return true
		}
		i = at + 1
	}
	return false
}
