package list

import (
	"bytes"
	"crypto/sha256"
)

// maxMark is how long the key in a mark may be, so that a cursor has room for it.
// Of a longer one a digest stands for it, which can be found but not compared.
const maxMark = 56

// A Mark is an item by which a page can be found again: the one before it. The
// zero Mark marks nothing.
type Mark struct {
	key   []byte // empty if digest stands for it
	hash  []byte
	order order
}

// hashed, in place of an order, begins the bytes of a mark that has a digest.
const hashed = 'h'

// Bytes are what a cursor carries of a mark, nil of one that marks nothing.
func (m Mark) Bytes() []byte {
	switch {
	case len(m.hash) > 0:
		return append([]byte{hashed}, m.hash...)
	case len(m.key) > 0:
		return append([]byte{byte(m.order)}, m.key...)
	}
	return nil
}

// MarkOf reads what Bytes gave.
func MarkOf(b []byte) Mark {
	switch {
	case len(b) < 2:
		return Mark{}
	case b[0] == hashed:
		return Mark{hash: b[1:], order: unordered}
	}
	return Mark{key: b[1:], order: order(b[0])}
}

func (m Mark) none() bool { return len(m.key)+len(m.hash) == 0 }

// is tells whether a key is the mark's.
func (m Mark) is(key []byte) bool {
	if len(m.hash) > 0 {
		sum := sha256.Sum256(key)
		return bytes.Equal(sum[:len(m.hash)], m.hash)
	}
	return bytes.Equal(key, m.key)
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
	offset  int64 // where the page began when the mark was made
	seeking bool
	prefix  int // len(out) before the list's first item

	buf   []byte // the key of the item at hand
	prev  []byte // the key of the item before it, while seeking
	last  []byte // the key of the last item of the page, at first the mark's
	order order  // of the page's keys
	bad   bool   // an item has no key, or the key of the one before it
}

func (s *seeker) reset(key Key, mark Mark, offset int64) {
	*s = seeker{key: key, mark: mark, offset: offset, buf: s.buf[:0], prev: s.prev[:0], last: s.last[:0], order: unknown}
	s.seeking = !key.None() && !mark.none()
	s.restart()
}

// restart begins a page behind the mark.
func (s *seeker) restart() {
	s.last, s.order, s.bad = append(s.last[:0], s.mark.key...), unknown, s.key.None()
	if s.mark.order != 0 {
		s.order = s.mark.order
	}
}

// keyOf reads the key of an item. It is valid until the next call.
func (s *seeker) keyOf(item []byte) (key []byte, ok bool) {
	s.buf, ok = s.key.appendOf(s.buf[:0], item)
	return s.buf, ok
}

// begins tells whether a page may begin with the item of this key, the at-th, if
// the mark's item has gone.
func (s *seeker) begins(key []byte, ok bool, at int64) bool {
	switch s.mark.order {
	case ascending:
		return ok && compareKeys(key, s.mark.key) > 0
	case descending:
		return ok && compareKeys(key, s.mark.key) < 0
	}
	return at >= s.offset
}

// disorder tells whether this key breaks the order that the mark remembers. Then
// only the offset says where a mark that has gone has been.
func (s *seeker) disorder(key []byte, ok bool) bool {
	if s.mark.order != ascending && s.mark.order != descending {
		return false
	}
	broken := !ok || len(s.prev) > 0 && s.mark.order.with(compareKeys(key, s.prev)) == unordered
	s.prev = append(s.prev[:0], key...)
	if broken {
		s.mark.order = unordered
	}
	return broken
}

// take notes the key of an item of the page.
func (s *seeker) take(item []byte) {
	if s.bad {
		return
	}
	key, ok := s.keyOf(item)
	if !ok {
		s.bad = true
		return
	}
	if len(s.last) > 0 {
		c := compareKeys(key, s.last)
		s.order, s.bad = s.order.with(c), c == 0
	}
	s.last = append(s.last[:0], key...)
}

// next is the mark of the page behind the items that were taken.
func (s *seeker) next() Mark {
	switch {
	case s.bad || len(s.last) == 0:
		return Mark{}
	case len(s.last) > maxMark:
		sum := sha256.Sum256(s.last)
		return Mark{hash: sum[:24], order: unordered}
	}
	return Mark{key: bytes.Clone(s.last), order: s.order}
}

// seekItem looks at an item while the mark's is being sought. gap holds what stands
// before it.
func (r *Reader) seekItem(item []byte) {
	s := &r.seek
	key, ok := s.keyOf(item)
	if s.disorder(key, ok) && r.start < s.offset {
		r.restart()
	}
	switch {
	case ok && s.mark.is(key):
		s.seeking = false
		r.restart()
		r.start, r.opt.Skip = r.seen, r.seen
		r.begin(toGap)
		return
	case r.kept == 0 && !s.begins(key, ok, r.seen-1):
		r.gap = r.gap[:0]
		r.begin(toGap)
		return
	case r.kept == 0:
		r.start = r.seen - 1
	case r.kept == r.opt.Limit:
		r.more = true
	}
	if !r.more {
		r.seekKeep(item)
	}
	if r.more {
		r.gap = r.gap[:0]
		r.begin(drop)
	}
}

// restart drops the page that has been kept so far.
func (r *Reader) restart() {
	r.seek.restart()
	r.out, r.end, r.gap = r.out[:r.seek.prefix], r.seek.prefix, r.gap[:0]
	r.kept, r.more = 0, false
}

// seekKeep adds an item to the page that stands if the mark's item has gone.
func (r *Reader) seekKeep(item []byte) {
	r.out = append(r.out, r.gap...)
	r.gap = r.gap[:0]
	r.out = r.trim(r.out, item)
	switch {
	case r.fits(len(r.out)):
		r.kept++
		r.end = len(r.out)
		r.seek.take(item)
		r.begin(toGap)
	case r.kept > 0 && r.opt.ShortPage:
		r.out, r.more = r.out[:r.end], true
	default:
		r.err = ErrTooLarge
	}
}

// trim appends an item to dst, by the mask if there is one.
func (r *Reader) trim(dst, item []byte) []byte {
	if r.opt.Mask == nil {
		return append(dst, item...)
	}
	return Project(dst, item, r.opt.Mask)
}
