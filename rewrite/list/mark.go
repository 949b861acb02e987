package list

import (
	"strings"

	"github.com/tidwall/gjson"
)

// MarkOfText marks the item of which a client says the key: as text, of which nobody
// knows whether it is a number or a string in the item. Of a key with several parts it is
// the last one. It is the first such item of the list. If there is none, but the list is in
// the order of its keys, the mark is where it would stand. What would stand behind all
// items, though, may as well be from elsewhere, and so may a text before all of them that
// is not as long as the first one's.
func MarkOfText(text string) Mark {
	if text == "" {
		return Mark{}
	}
	return Mark{text: text, number: isNumber(text), order: unknown}
}

// compare compares a key with the mark's. There is an order in it if both have one part.
func (m Mark) compare(key []byte) int {
	if m.text == "" {
		return compareKeys(key, m.key)
	}
	part := lastPart(key)
	switch {
	case part.Type != gjson.Number:
		return strings.Compare(part.String(), m.text)
	case m.number:
		return compareNumbers(part.Raw, m.text)
	}
	return -1 // numbers before strings
}

// lastPart is the part of a key that clients say.
func lastPart(key []byte) gjson.Result {
	part, rest := cutPart(borrowed(key))
	for len(rest) > 1 {
		part, rest = cutPart(rest)
	}
	return part
}

// like tells whether a text may be the key of an item of the same list.
func (m Mark) like(key []byte) bool {
	part := lastPart(key)
	if part.Type == gjson.Number {
		return m.number
	}
	return len(part.String()) == len(m.text)
}

// isNumber tells whether a text is a JSON number.
func isNumber(text string) bool {
	const end = " " // without it, a number may go on
	return (text[0] == '-' || isDigit(text[0])) && numberEnd([]byte(text+end), 0) == len(text)
}

// MarkFound tells whether the item that Options.After or Before names has been read. Then
// a page begins behind it, or behind a later one of the same key; until then, where a page
// begins is known only once the whole list has been read.
func (r *Reader) MarkFound() bool { return r.seek.found }

// MarkLost tells, behind the list's end, that the item of a MarkOfText is not in the list,
// and that nothing tells where it was: there is no page behind it, nor before it.
func (r *Reader) MarkLost() bool { return r.seek.lost }

// CompareFirst compares the key of the page's first item with what a mark names, in the
// order of keys. It reports false if the item has none that can be compared.
func (r *Reader) CompareFirst(m Mark) (c int, ok bool) {
	s := &r.seek
	if s.blind || len(s.first) == 0 || len(s.key.paths) > 1 {
		return 0, false
	}
	return m.compare(s.first), true
}

// Text is the key that a mark names, as a parameter has it: empty if it has several parts,
// or if only a digest of it is known.
func (m Mark) Text() string {
	switch part, rest := cutPart(borrowed(m.key)); {
	case m.text != "":
		return m.text
	case len(rest) > 1:
		return ""
	case part.Type == gjson.Number:
		return strings.Clone(part.Raw)
	default:
		return strings.Clone(part.String())
	}
}

// Behind tells whether the page's first item may stand behind a mark's in a list that is
// in the order of its keys, which the page shows, or the mark if it does not.
func (r *Reader) Behind(m Mark) bool {
	c, ok := r.CompareFirst(m)
	order := r.seek.order
	if order == unknown && m.order != 0 {
		order = m.order
	}
	switch {
	case !ok:
		return true
	case order == ascending:
		return c > 0
	case order == descending:
		return c < 0
	}
	return c != 0
}

// Ends are the keys of the page's first and last item as clients say them, see
// [MarkOfText]; empty of an item that has none, or that cannot be read any more.
func (r *Reader) Ends() (first, last string) {
	s := &r.seek
	if s.blind || !s.taken {
		return "", ""
	}
	return textOf(s.first), textOf(s.last)
}

func textOf(key []byte) string {
	if len(key) == 0 {
		return ""
	}
	part := lastPart(key)
	if part.Type == gjson.Number {
		return strings.Clone(part.Raw)
	}
	return strings.Clone(part.String())
}

// A Disorder is a reason why cursors cannot go on after the keys of a list alone.
type Disorder string

// The disorders, as logs tell them.
const (
	Keyless   Disorder = "an item lacks the key"
	Repeated  Disorder = "two items in a row have the same key"
	Unordered Disorder = "the items are not in the order of their keys"
)

// Disorder is what has been seen first that is wrong with the keys of the list, as far as
// they were read; empty if nothing is.
func (r *Reader) Disorder() Disorder { return r.seek.fault }

func (s *seeker) blame(d Disorder) {
	if s.fault == "" {
		s.fault = d
	}
}

// blameStep says what is wrong with a key whose comparison with the one before gives c,
// and makes the list's order what it is now.
func (s *seeker) blameStep(now order, c int) {
	switch {
	case c == 0:
		s.blame(Repeated)
	case now == unordered:
		s.blame(Unordered)
	}
}
