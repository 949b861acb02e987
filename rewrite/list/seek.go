package list

// A Mark is an item by which a page can be found again: the one before it.
type Mark struct {
	key   []byte
	order order
}

// Bytes are what a cursor carries of a mark; none of a mark that marks nothing.
func (m Mark) Bytes() []byte {
	if len(m.key) == 0 {
		return nil
	}
	return append([]byte{byte(m.order)}, m.key...)
}

// MarkOf reads what Bytes gave.
func MarkOf(b []byte) Mark {
	if len(b) < 2 {
		return Mark{}
	}
	return Mark{key: b[1:], order: order(b[0])}
}

// A seeker looks for the item that a mark names, and behind which the page
// begins. Items may have come and gone since the mark was made:
//
//   - As long as the item is there, the page begins behind it, wherever it is now.
//   - If it has gone from a list in the order of its keys, the page begins with
//     the first item that would stand behind it.
//   - If it has gone from any other list, the page begins at the mark's offset.
//
// Whether it has gone is only known at the list's end. Until then a page is kept
// that begins where the second or third rule says, and is dropped if the item
// comes after all.
type seeker struct {
	key     Key
	mark    Mark
	seeking bool
	prefix  int // len(out) before the list's first item

	buf  []byte // the key of the item at hand
	last []byte // the key of the last item of the page
	at   order  // of the page's keys
	bad  bool   // an item has no key, or the key of another
}

// begins tells whether a page may begin with the item of this key, the at-th.
func (s *seeker) begins(key []byte, ok bool, at, offset int64) bool {
	switch s.mark.order {
	case ascending:
		return ok && compareKeys(key, s.mark.key) > 0
	case descending:
		return ok && compareKeys(key, s.mark.key) < 0
	}
	return at >= offset
}

// take notes the key of an item of the page.
func (s *seeker) take(item []byte) {
	if s.key.None() || s.bad {
		return
	}
	key, ok := s.key.appendOf(s.buf[:0], item)
	s.buf = key
	if !ok {
		s.bad = true
		return
	}
	if len(s.last) > 0 {
		c := compareKeys(key, s.last)
		s.at = s.at.with(c)
		s.bad = c == 0
	}
	s.last = append(s.last[:0], key...)
}
