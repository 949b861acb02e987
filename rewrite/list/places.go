package list

import "github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"

// maxPlaces is how many tokens places hold: as many as a container may have that a
// template does not look into.
const maxPlaces = 4 << 10

// nearly is how many tokens are left when more are scanned: a template looks no farther
// than from a name to the bracket behind its value's.
const nearly = 3

// places are the positions of a chunk's tokens, some ahead of those that are walked
// through: pos[:end], and behind them some that are nowhere. kinds[:end] are the tokens.
// Those before pos[stop] are for block.Run.
//
//	0 <= stop <= max(end-nearly, 0)
//	pos[:stop] are not in the last block.Reach bytes of v
type places struct {
	v         []byte
	pos       [maxPlaces + block.Size]uint32
	kinds     [maxPlaces + block.Size]byte
	end, stop int
	ahead     int // how many blocks are scanned next
	scanned   int // v[:scanned] has been
	state     block.State
}

const nowhere = 1<<32 - 1

// seek returns the token at v[i], which is in no string, and whether there is one. It is
// cheap if v[i] is not far from token k.
func (t *places) seek(v []byte, i, k int) (token int, ok bool) {
	if t.v == nil || i >= t.scanned || k < t.end && int(t.pos[k]) > i {
		t.v, t.scanned, t.state = v, i, block.State{}
		k, t.end, t.ahead = 0, 0, 4
	}
	for k < t.end && int(t.pos[k]) < i {
		k++
	}
	for k == t.end {
		if !t.more(k) {
			return 0, false
		}
		k = 0
	}
	return k, int(t.pos[k]) == i
}

// more scans the next blocks, and reports false if there are none, or if there is no
// room. It forgets the tokens before token k, which is the first one then.
func (t *places) more(k int) bool {
	left := len(t.v) - t.scanned
	if left <= 0 || len(t.v) >= nowhere {
		return false
	}
	kept := t.end - k
	n := min(t.ahead, left/block.Size, (maxPlaces-kept)/block.Size)
	if n == 0 && (left >= block.Size || maxPlaces-kept < block.Size) {
		return false
	}
	t.ahead = min(2*t.ahead, 64)
	copy(t.kinds[:], t.kinds[k:t.end])
	t.end = copy(t.pos[:], t.pos[k:t.end])
	if n > 0 {
		n *= block.Size
		t.end += block.Index(t.pos[t.end:], t.kinds[t.end:], t.v[t.scanned:t.scanned+n], uint32(t.scanned), &t.state)
	} else {
		var last [block.Size]byte // zeros are no tokens
		n = copy(last[:], t.v[t.scanned:])
		t.end += block.Index(t.pos[t.end:], t.kinds[t.end:], last[:], uint32(t.scanned), &t.state)
	}
	t.scanned += n
	for i := range nearly {
		t.pos[t.end+i] = nowhere
	}
	last := len(t.v) - block.Reach
	for t.stop = max(t.end-nearly, 0); t.stop > 0 && int(t.pos[t.stop-1]) > last; {
		t.stop--
	}
	return true
}
