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
	key    []byte // empty if digest or text stands for it
	hash   []byte
	text   string // see MarkOfText
	number bool   // text may be a number in an item
	order  order
}

// hashed and spoken, in place of an order, begin the bytes of a mark that has a digest or
// a text.
const (
	hashed = 'h'
	spoken = 't'
)

// Bytes are what a cursor carries of a mark, nil of one that marks nothing.
func (m Mark) Bytes() []byte { return m.Append(nil) }

// Append appends to dst what Bytes returns.
func (m Mark) Append(dst []byte) []byte {
	switch {
	case m.text != "":
		return append(append(dst, spoken), m.text...)
	case len(m.hash) > 0:
		return append(append(dst, hashed), m.hash...)
	case len(m.key) > 0:
		return append(append(dst, byte(m.order)), m.key...)
	}
	return dst
}

// MarkOf reads what Bytes gave.
func MarkOf(b []byte) Mark {
	switch {
	case len(b) < 2:
		return Mark{}
	case b[0] == hashed:
		return Mark{hash: b[1:], order: unordered}
	case b[0] == spoken:
		return MarkOfText(string(b[1:]))
	}
	return Mark{key: b[1:], order: order(b[0])}
}

func (m Mark) none() bool { return len(m.key)+len(m.hash)+len(m.text) == 0 }

// is tells whether a key is the mark's.
func (m Mark) is(key []byte) bool {
	switch {
	case m.text != "":
		return m.compare(key) == 0
	case len(m.hash) > 0:
		sum := sha256.Sum256(key)
		return bytes.Equal(sum[:len(m.hash)], m.hash)
	}
	return bytes.Equal(key, m.key)
}

// A seeker looks for the item that a mark names, and behind which the page
// begins. Items may have come and gone since the mark was made:
//
//   - As long as the item is there, the page begins behind it, wherever it is now.
//     If several items have its key, it is the last of them up to where it was,
//     else the first behind that: never an earlier one again, which would lead a
//     client round in circles.
//   - If it has gone from a list in the order of its keys, the page begins with
//     the first item that would stand behind it.
//   - If it has gone from any other list, the page begins where it was: one item
//     before the mark's offset, as it has gone.
//
// Whether it has gone is only known at the list's end. Until then a page is kept
// that begins where the second or third rule says, and is dropped if the item
// comes after all.
//
// A mark of a text (see MarkOfText) knows no offset, so that there is no third rule, and
// the first item of its key is meant. A page before a mark has rules alike, see rear.
type seeker struct {
	quest
	buf   []byte // the key of the item at hand
	head  []byte // the key of the list's first item, while a text is sought
	prev  []byte // the key of the item before it, while seeking
	first []byte // the key of the first item of the page
	last  []byte // the key of the last item of the page, at first the mark's
	rear  rear   // if the page ends before the mark, what it is so far
}

// A quest is what of a seeker is of one body alone.
type quest struct {
	key     Key
	mark    Mark
	offset  int64 // where the page began when the mark was made
	prefix  int   // len(out) before the list's first item
	seeking bool
	found   bool     // an item with the mark's key was read, but a later one may be meant
	lost    bool     // the mark's item has gone, and nothing tells where it was
	taken   bool     // the page has an item
	order   order    // of the page's keys
	bad     bool     // an item has no key, or the key of the one before it
	blind   bool     // items have gone out in part: no key can be read of them
	back    bool     // the page ends before the mark
	fault   Disorder // what was seen first that is wrong with the keys
}

func (s *seeker) reset(key Key, after, before Mark, offset int64) {
	s.quest = quest{key: key, mark: after, offset: offset, order: unknown, back: !before.none()}
	s.buf, s.head, s.prev = s.buf[:0], s.head[:0], s.prev[:0]
	if s.back {
		s.mark = before
		s.rear.reset()
	}
	if s.mark.text != "" && len(key.paths) > 1 {
		s.mark.order = unordered // by one of its parts, a key cannot be compared with others
	}
	s.seeking = !key.None() && !s.mark.none()
	if s.seeking && s.mark.order == unordered && len(s.mark.key) > 0 {
		s.blame(Unordered) // as was seen on the page before
	}
	s.restart()
}

// restart begins a page behind the mark.
func (s *seeker) restart() {
	s.first, s.taken = s.first[:0], false
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
	case unknown:
		return ok // until the second item shows the order
	case ascending:
		return ok && s.mark.compare(key) > 0
	case descending:
		return ok && s.mark.compare(key) < 0
	}
	return s.mark.text == "" && at >= s.offset-1
}

// follow follows the order of the list: the one that the mark remembers or, where a
// single item had none yet, the list's own. It reports that a page which has begun
// before the at-th item, the one of this key, may not begin there.
func (s *seeker) follow(key []byte, ok bool, at int64) (early bool) {
	was := s.mark.order
	switch {
	case was == unordered:
		return false
	case !ok:
		s.mark.order = unordered
		s.blame(Keyless)
	case len(s.prev) > 0:
		c := compareKeys(key, s.prev)
		s.mark.order = was.with(c)
		s.blameStep(s.mark.order, c)
	}
	switch s.mark.order {
	case was:
	case unordered:
		// One that begins further on stands: beginning anew would leave out items
		// between.
		early = at < s.offset || s.mark.text != ""
	default:
		early = !s.begins(s.prev, true, at-1)
	}
	s.prev = append(s.prev[:0], key...)
	return early
}

// take notes the key of an item of the page.
func (s *seeker) take(item []byte) {
	if s.blind {
		return
	}
	key, ok := s.keyOf(item)
	if !s.taken && ok {
		s.first = append(s.first[:0], key...)
	}
	s.taken = true
	switch {
	case !ok:
		s.bad = true
		s.blame(Keyless)
		s.last = s.last[:0]
		return
	case !s.bad && len(s.last) > 0:
		c, was := compareKeys(key, s.last), s.order
		s.order, s.bad = was.with(c), c == 0
		if was != unordered || c == 0 {
			s.blameStep(s.order, c)
		}
	}
	s.last = append(s.last[:0], key...)
}

// next is the mark of the page behind the items that were taken.
func (s *seeker) next() Mark {
	switch {
	case s.bad || s.blind || len(s.last) == 0:
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
	if ok && r.seen == 1 && s.mark.text != "" {
		s.head = append(s.head, key...)
	}
	switch {
	case s.back:
		r.backItem(item, key, ok)
		return
	case ok && s.mark.is(key) && (!s.found || r.seen <= s.offset):
		s.found = true
		r.restart()
		if s.mark.text != "" {
			s.last = append(s.last[:0], key...)
		}
		r.start = r.seen
		r.begin(toGap)
	case s.found:
		r.seekKeep(item)
	default:
		r.seekGone(item, key, ok)
	}
	if s.found && r.seen >= s.offset {
		s.seeking, r.opt.Skip = false, r.start
	}
}

// seekGone looks at an item as long as the mark's seems to have gone.
func (r *Reader) seekGone(item, key []byte, ok bool) {
	s := &r.seek
	early := s.follow(key, ok, r.seen-1)
	switch {
	case early && r.kept > 0:
		r.restart()
	case r.kept == 0:
		s.order = s.mark.order
	}
	switch {
	case r.kept > 0:
	case s.begins(key, ok, r.seen-1):
		r.start = r.seen - 1
	default:
		r.gap = r.gap[:0]
		r.begin(toGap)
		return
	}
	r.seekKeep(item)
}

// unfound ends the search of a mark with the list.
func (r *Reader) unfound() {
	s := &r.seek
	switch {
	case s.found:
	case s.back:
		r.backGone()
	case s.mark.text != "":
		s.lost = r.kept == 0 || s.mark.order != ascending && s.mark.order != descending ||
			r.start == 0 && !s.mark.like(s.head)
	}
	if r.kept == 0 && !s.back {
		r.start = r.seen // all that stood behind the mark has gone with it
	}
}

// restart drops the page that has been kept so far.
func (r *Reader) restart() {
	r.seek.restart()
	r.out, r.end, r.gap = r.out[:r.seek.prefix], r.seek.prefix, r.gap[:0]
	r.kept, r.more, r.openLine = 0, false, false
}

// seekKeep adds an item to the page that stands if nothing better comes.
func (r *Reader) seekKeep(item []byte) {
	if r.more = r.more || r.kept == r.opt.Limit; !r.more {
		r.out = append(r.out, r.gap...)
		r.out = r.trim.projectValid(r.out, item, r.opt.Mask)
		switch {
		case r.fits(len(r.out)):
			r.kept++
			r.end = len(r.out)
			r.openLine = r.opt.Lines
			r.seek.take(item)
		case r.kept > 0 && r.opt.ShortPage:
			r.out, r.more = r.out[:r.end], true
		default:
			r.failItem(ErrTooLarge, nil)
		}
	}
	r.gap = r.gap[:0]
	if r.more {
		r.begin(drop)
	} else {
		r.begin(toGap)
	}
}
