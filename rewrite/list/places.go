package list

import "github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"

// maxPlaces is how many tokens places hold: as many as an item may have.
const maxPlaces = 4 << 10

// places are the positions of a chunk's tokens, some ahead of those that are walked
// through: pos[k:end], and behind them one that is nowhere.
type places struct {
	v       []byte
	pos     [maxPlaces + 2*maxSteps]uint32
	k, end  int
	need    int // how many tokens the next item may have
	ahead   int // how many blocks are scanned next
	scanned int // v[:scanned] has been
	state   block.State
}

const nowhere = 1<<32 - 1

// seek makes the next token that of v[i], which is in no string.
func (t *places) seek(v []byte, i int) bool {
	if t.v == nil || i >= t.scanned {
		t.v, t.scanned, t.state = v, i, block.State{}
		t.k, t.end, t.ahead = 0, 0, 4
	}
	for t.k < t.end && int(t.pos[t.k]) < i {
		t.k++
	}
	for t.end-t.k <= t.need && t.more() {
	}
	return t.k < t.end && int(t.pos[t.k]) == i
}

// more scans the next blocks, and reports false if there are none, or if there is no
// room.
func (t *places) more() bool {
	left := len(t.v) - t.scanned
	if left <= 0 || len(t.v) >= nowhere {
		return false
	}
	t.end = copy(t.pos[:], t.pos[t.k:t.end])
	t.k = 0
	n := min(t.ahead, left/block.Size, (maxPlaces-1-t.end)/block.Size)
	t.ahead = min(2*t.ahead, 64)
	switch {
	case n > 0:
		n *= block.Size
		t.end += block.Index(t.pos[t.end:], t.v[t.scanned:t.scanned+n], uint32(t.scanned), &t.state)
	case left < block.Size && maxPlaces-1-t.end >= block.Size:
		var last [block.Size]byte // zeros are no tokens
		n = copy(last[:], t.v[t.scanned:])
		t.end += block.Index(t.pos[t.end:], last[:], uint32(t.scanned), &t.state)
	default:
		return false
	}
	t.scanned += n
	t.pos[t.end] = nowhere
	return true
}
