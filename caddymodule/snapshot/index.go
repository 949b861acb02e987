package snapshot

import (
	"bytes"
	"encoding/binary"
)

const (
	// firstStride is of how many items an index first has the place of one: few enough
	// that little is read besides a page, many enough that skimming is not stopped often.
	firstStride = 16

	// maxPlaces is how many places an index has at most: 2.5 MiB of them where items are of
	// a hundred bytes or a thousand.
	maxPlaces = 1 << 20

	blockPlaces = 1 << 6 // that few are passed on the way to a place
)

// A pace says of which items an index has the places: of every stride-th, n of them. The
// stride grows with the list so that there never are more than maxPlaces. The zero pace
// has none yet.
//
//	the next place is that of item n*stride
type pace struct {
	n, stride int64
}

// step makes room for another place, and tells whether every second one had to go.
func (p *pace) step() (thinned bool) {
	switch p.n {
	case 0:
		p.stride = firstStride
	case maxPlaces:
		p.n, p.stride = p.n/2, 2*p.stride
		thinned = true
	}
	p.n++
	return thinned
}

// An index knows where in a body every few items begin. Its memory is bounded, even while
// it grows: blocks are closed at the size that they have. It is not safe for concurrent use.
//
//	place i is in blocks[i/blockPlaces]; that of the last block are still in steps
type index struct {
	pace
	blocks []block
	last   int64  // place
	steps  []byte // room for those of the last block
}

// A block has the first of a few places, and how far it is from each of them to the next,
// as varints.
type block struct {
	at    int64
	steps []byte
}

// add adds the place of item n*stride.
func (x *index) add(at int64) {
	if x.step() {
		x.thin()
	}
	x.put(x.n-1, at)
}

// put makes at the i-th place, behind all others.
func (x *index) put(i, at int64) {
	if i%blockPlaces == 0 {
		if i > 0 {
			full := &x.blocks[len(x.blocks)-1]
			full.steps = bytes.Clone(full.steps)
		}
		x.blocks = append(x.blocks, block{at, x.steps[:0]})
	} else {
		open := &x.blocks[len(x.blocks)-1]
		open.steps = binary.AppendUvarint(open.steps, uint64(at-x.last))
		x.steps = open.steps
	}
	x.last = at
}

// place is the i-th place.
func (x *index) place(i int64) int64 {
	b := x.blocks[i/blockPlaces]
	for range i % blockPlaces {
		b.step()
	}
	return b.at
}

// step goes to the next place. There must be one.
func (b *block) step() {
	step, size := binary.Uvarint(b.steps)
	b.at, b.steps = b.at+int64(step), b.steps[size:]
}

// thin keeps every second place.
func (x *index) thin() {
	old := x.blocks
	x.blocks, x.steps = nil, nil
	i := int64(0)
	for _, b := range old {
		for n := range blockPlaces { // all blocks are full
			if n > 0 {
				b.step()
			}
			if n%2 == 0 {
				x.put(i, b.at)
				i++
			}
		}
	}
}

// before finds the last place that is known of an item up to this one. Without any, it is
// item 0 at 0, and false.
func (x *index) before(item int64) (found, at int64, ok bool) {
	if x.n == 0 {
		return 0, 0, false
	}
	i := min(item/x.stride, x.n-1)
	return i * x.stride, x.place(i), true
}

// behind finds the first place that is known of an item from this one on.
func (x *index) behind(item int64) (found, at int64, ok bool) {
	if x.n == 0 {
		return 0, 0, false
	}
	i := (item + x.stride - 1) / x.stride
	if i >= x.n {
		return 0, 0, false
	}
	return i * x.stride, x.place(i), true
}
