package style

// A Window is what an upstream is asked for so that a page, and the item behind
// it, are in its answers.
type Window struct {
	Limit  int64 // how many items to ask for at once
	Offset int64 // where they begin; a multiple of Limit for ByPage
	Skip   int64 // how many of them come before the page
	Spare  int64 // how many of them come behind it
}

// WindowFor says what to ask an upstream of this style for, so that its answers
// hold the items [offset, offset+limit], one more than a page of limit items:
// it tells whether there is more. most is how many items it gives at once, 0 if
// that is not known. Where one answer cannot hold the window, the items behind it
// are to be asked for in the same way, Limit at a time.
//
// An upstream that counts pages can only be asked for an aligned block: the
// smallest size is taken of which one block holds the whole window. If that is
// more than the upstream gives, or, where nobody knows, more than twice the page,
// blocks of the page's own size are put together, of which two hold the window.
func (s *Style) WindowFor(offset, limit, most int64) Window {
	if s.Position != ByPage {
		w := Window{Limit: limit + 1, Offset: offset, Spare: 1}
		if most > 0 {
			w.Limit = min(w.Limit, most)
		}
		return w
	}
	largest, size := most, limit
	if most > 0 {
		size = min(size, most)
	} else {
		largest = 2*limit + 1
	}
	if block := oneBlock(offset, limit, largest); block > 0 {
		size = block
	}
	first, last := offset/size, (offset+limit)/size
	skip := offset - first*size
	return Window{Limit: size, Offset: offset - skip, Skip: skip, Spare: (last-first+1)*size - skip - limit}
}

// oneBlock is the smallest size of which one block holds the items [offset,
// offset+limit], 0 if there is none up to largest.
func oneBlock(offset, limit, largest int64) int64 {
	// The block that offset is in has block blocks before it. It holds the window
	// if it ends behind offset+limit, that is from a size of fits on. No size in
	// between can do: its block has no more blocks before it.
	for size := limit + 1; size <= largest; {
		block := offset / size
		fits := (offset+limit)/(block+1) + 1
		if fits <= size {
			return size
		}
		size = fits
	}
	return 0
}

// Numbered tells whether an upstream of this style can be asked for the items from any
// offset on.
func (s *Style) Numbered() bool {
	return s.Params.Take() != "" && (s.Params.Offset != "" || s.Params.Page != "")
}
