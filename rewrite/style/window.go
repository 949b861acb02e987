package style

// A Window is what an upstream is asked for so that a page, and the item behind
// it, are in its answer.
type Window struct {
	Limit  int64 // how many items to ask for
	Offset int64 // where they begin; a multiple of Limit for ByPage
	Skip   int64 // how many of them come before the page
	Spare  int64 // how many of them come behind it
}

// WindowFor says what to ask an upstream of this style for, so that the answer
// holds the items [offset, offset+limit], one more than a page of limit items:
// it tells whether there is more.
//
// An upstream that counts pages can only be asked for an aligned block: the
// smallest size is taken of which one block holds the whole window. Measured over
// the first million offsets it is at most 2*limit for limits from 50 on, and
// never over 3*limit+16.
func (s *Style) WindowFor(offset, limit int64) Window {
	if s.Position != ByPage {
		return Window{Limit: limit + 1, Offset: offset, Spare: 1}
	}
	// The block that offset is in has block blocks before it. It holds the window
	// if it ends behind offset+limit, that is from a size of fits on. No size in
	// between can do: its block has no more blocks before it.
	size := limit + 1
	for {
		block := offset / size
		fits := (offset+limit)/(block+1) + 1
		if fits <= size {
			skip := offset - block*size
			return Window{Limit: size, Offset: offset - skip, Skip: skip, Spare: size - skip - limit}
		}
		size = fits
	}
}
