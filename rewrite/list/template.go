package list

import (
	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
)

const (
	maxSteps  = 128 // in a template: larger items have none
	maxPrefix = 128 // how long the text before a value may be in a template
	maxPause  = 256 // how many items are left to the general walk where they differ
)

// keepBox is the action of a member that is kept, and a container.
const keepBox = block.Other

// A step is a member as it stood in the item before, or an end. Its text is that from the
// token in front of its name, a comma or a bracket, up to the colon or, where that
// matters, up to the value.
type step struct {
	what  block.Action
	open  byte // the bracket of a container
	first bool // nothing is written before it in its object
	lead  int  // where in the text the name's first quote is
	end   int  // the step of the object's end
	begin int  // of an end: the step of the first member
	text  []byte
}

// isEnd tells whether the step is no member.
func (s *step) isEnd() bool { return block.EndItem <= s.what && s.what <= block.EndObject }

// kept tells whether the member is written, in part at least.
func (s *step) kept() bool { return s.what != block.Drop && s.what != block.DropBox }

// write appends the member that begins behind the token v[a].
func (s *step) write(dst, v []byte, a, end int) []byte {
	if !s.first {
		dst = append(dst, ',')
	}
	return append(dst, v[a+s.lead:end]...)
}

// A template speculates that the items of a list have the same members, in the same
// order, with the same white space before them, as it nearly always is (Li et al.,
// "Mison: a fast JSON parser for data analytics", VLDB 2017, speculate so on positions).
// What the general walk has found out about the names of one item need not be found out
// again for the next one: comparing is enough. Of an item that differs nothing is said;
// it is the general walk's, from its beginning.
//
// Most of the way block.Run goes, by what is expected; what it is not sure about is done
// here, a step at a time:
//
//	steps[cursor.Step] is what v[cursor.At] is to be compared with, a token
//	expected[i] is of steps[i] what block.Run knows, for i < n
type template struct {
	places
	cursor   block.Cursor
	steps    [maxSteps]step
	expected [maxSteps]block.Step
	n        int  // steps; 0 if there is no template
	whole    bool // all of an item is kept
	pause    int  // items that are left to the general walk
	longer   int  // the next pause
}

// A verdict is what has become of a step.
type verdict uint8

const (
	goesOn  verdict = iota
	isShort         // of tokens: the chunk may have more
	differs         // from what is expected
	isFull          // the last item that is wanted, or follows, has ended
)

// forget readies t for another list, of which the mask m keeps a part, or all if it is nil.
// The next list that is kept as it is may well be of the same kind as the one before, as the
// next page of a walk is; if not, that costs as much as one item that differs.
func (t *template) forget(m *fields.Mask) {
	if !t.whole || m != nil {
		t.n = 0
	}
	t.pause, t.longer, t.v, t.ahead = 0, 0, nil, 0
}

// run does what object does with the item at v[i] and up to most-1 items behind it, which
// follow each other with no more than a comma and white space behind that, all of which
// it keeps. It returns the position behind the last one that is complete and as expected,
// and their number; if there is none, whether v ends in the first one.
func (t *template) run(dst, v []byte, i, most int) (out []byte, end, items int, cut bool) {
	if t.n == 0 || t.pause > 0 {
		return dst, broken, 0, false
	}
	if !t.seek(v, i) {
		return dst, broken, 0, true
	}
	t.cursor = block.Cursor{At: i, Kept: len(dst)}
	dst = append(dst, '{')
	what := goesOn
	for what == goesOn {
		dst = t.fit(dst, most)
		dst, what = t.one(dst, most)
		if what == isShort && t.more(t.cursor.At) {
			what = goesOn
		}
	}
	items = t.cursor.Items
	if dst = dst[:t.cursor.Kept]; items > 0 {
		t.longer -= min(t.longer, (t.longer+7)/8*items)
		return dst, t.cursor.End, items, false
	}
	if cut = t.scanned == len(v) && (what == isShort || t.few(t.cursor.At)); !cut {
		t.differs()
	}
	return dst, broken, 0, cut
}

// differs makes the next pause longer: templates cost more than they gain where items
// keep differing.
func (t *template) differs() { t.longer = min(2*t.longer+1, maxPause) }

// fit goes as far as the kernel does.
func (t *template) fit(dst []byte, most int) []byte {
	c := &t.cursor
	c.Out, c.At, c.End = len(dst), c.At-t.from, c.End-t.from
	block.Run(t.expected[:t.n], &t.bits, t.drawn, t.v[t.from:], dst[:cap(dst)], most, c)
	c.At, c.End = c.At+t.from, c.End+t.from
	return dst[:c.Out]
}

// one does a step, if all of it has been scanned.
func (t *template) one(dst []byte, most int) ([]byte, verdict) {
	c, v := &t.cursor, t.v
	st := &t.steps[c.Step]
	switch {
	case st.isEnd():
		return t.leave(dst, most)
	case !t.begins(st, c.At):
		// Members may lack. But for the commas it does not matter where in an object a
		// member stands.
		if v[c.At] != ',' {
			c.Step = st.end
			return dst, goesOn
		}
		return dst, t.lacking(c.At)
	}
	value := c.At + len(st.text)
	end, ok := t.next(value)
	switch {
	case !ok:
		return dst, isShort
	case st.what == block.Keep:
		last := trimEnd(v, value, end)
		if !isScalar(v, value, last) {
			return dst, differs
		}
		dst = st.write(dst, v, c.At, last)
	case st.kept():
		return t.box(dst, value, end)
	case t.opens(end):
		var what verdict
		if end, what = t.past(end); what != goesOn {
			return dst, what
		}
	}
	c.At = end
	c.Step++
	return dst, goesOn
}

// past returns the token behind the container that begins at v[i].
func (t *template) past(i int) (int, verdict) {
	end, ok := t.close(i)
	if !ok {
		return i, isShort
	}
	if t.v[end] != closing(t.v[i]) {
		return i, differs
	}
	if end, ok = t.next(end + 1); !ok {
		return i, isShort
	}
	return end, goesOn
}

// begins tells whether v[a] is what a member's text begins with. As a token is in no
// string, neither is the colon at the text's end, which is the next token.
func (t *template) begins(st *step, a int) bool {
	return len(t.v)-a > len(st.text) && string(t.v[a:a+len(st.text)]) == string(st.text)
}

// lacking goes on at the step of the member that begins with v[a], if those between them
// lack.
func (t *template) lacking(a int) verdict {
	s := t.cursor.Step
	for end := t.steps[s].end; s < end; {
		switch st := &t.steps[s]; {
		case t.begins(st, a):
			t.cursor.Step = s
			return goesOn
		case st.first && st.kept():
			return differs
		case st.what == block.Enter, st.what == block.EnterArray:
			s = t.steps[s+1].end + 1
		default:
			s++
		}
	}
	return differs
}

// box reads a member that is kept if it is a container: to its end, or into it if it is
// projected. It may also be null there. Its value begins at v[value], and the next token is
// at v[at].
func (t *template) box(dst []byte, value, at int) ([]byte, verdict) {
	c, v := &t.cursor, t.v
	st, a := &t.steps[c.Step], c.At
	switch {
	case st.what != keepBox && v[at] != st.open && string(v[value:trimEnd(v, value, at)]) == "null":
		c.At = at
		c.Step = t.steps[c.Step+1].end + 1
		return st.write(dst, v, a, value+len("null")), goesOn
	case at != value || v[at] != st.open:
		return dst, differs
	case st.what == keepBox:
		behind, what := t.past(at)
		if what != goesOn {
			return dst, what
		}
		end := valueEnd(v, at)
		if end == broken || blank(v, end) != behind {
			return dst, differs
		}
		dst = st.write(dst, v, a, end)
		c.At = behind
	case st.what == block.EnterArray:
		first := blank(v, at+1)
		switch {
		case first >= t.scanned:
			return dst, isShort
		case v[first] != '{':
			return dst, differs
		}
		dst = append(st.write(dst, v, a, at+1), '{')
		c.At = first
	default:
		dst = st.write(dst, v, a, at+1)
		c.At = at
	}
	c.Step++
	return dst, goesOn
}

// leave goes on behind the end of an object, which is the next token if it is what the
// step expects. Between it and the tokens behind it there may be white space.
func (t *template) leave(dst []byte, most int) ([]byte, verdict) {
	c, v := &t.cursor, t.v
	st := &t.steps[c.Step]
	if v[c.At] != '}' {
		return dst, differs
	}
	if st.what == block.EndItem {
		return t.endItem(append(dst, '}'), c.At+1, most)
	}
	text, at := "}", blank(v, c.At+1)
	if st.what == block.EndElement {
		next := blank(v, at+1)
		switch {
		case next >= t.scanned:
			return dst, isShort
		case v[at] == ',' && v[next] == '{':
			c.At, c.Step = next, st.begin
			return append(dst, "},{"...), goesOn
		case v[at] != ']':
			return dst, differs
		}
		text, at = "}]", next
	}
	switch next, ok := t.next(at); {
	case !ok:
		return dst, isShort
	case next != at:
		return dst, differs
	}
	c.At = at
	c.Step++
	return append(dst, text...), goesOn
}

// endItem goes on behind the end of an item, before v[end].
func (t *template) endItem(dst []byte, end, most int) ([]byte, verdict) {
	c, v := &t.cursor, t.v
	c.Items++
	c.End, c.Kept = end, len(dst)
	next := blank(v, end+1)
	if c.Items >= most || byteAt(v, end) != ',' || byteAt(v, next) != '{' {
		return dst, isFull
	}
	c.At, c.Step = next, 0
	return append(dst, v[end:next+1]...), goesOn
}
