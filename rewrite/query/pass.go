package query

import (
	"math"
	"slices"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// pass is one reading of one query, while it lasts.
type pass struct {
	r     *Reader
	q     *Reading
	slots [kinds]slot
	found [kinds]bool // in a JSON body
	cuts  [][]string  // the paths of what was found there, escaped
}

// slot is what is known of one kind of parameter so far.
type slot struct {
	seen bool   // a pair that counts has been read
	void bool   // what is given is invalid; nothing more is read
	text string // the value of the first pair that counted, decoded
}

// What is wrong with a parameter, in words for people.
const (
	notDigits = "not a whole number in plain digits"
	notOnce   = "given more than once with different values; give it once"
)

// find is the reader's, which need not look for odd spellings where no byte is of any.
func (p *pass) find(name string) (parameter, bool) {
	if p.q.any(lax) {
		return p.r.find(name)
	}
	return p.r.plainly(name)
}

// pair reads the pair raw[start:end].
func (p *pass) pair(start, end int) {
	text := p.q.raw[start:end]
	if p.q.any(lax) && (strings.IndexByte(text, ';') >= 0 || strings.IndexByte(text, '?') >= 0) {
		p.segments(start, end)
		return
	}
	name, value, _ := strings.Cut(text, "=")
	if found, ok := p.find(name); ok {
		p.paging(found, name, value)
		p.edit(edit{start: start, end: end, paging: true, gone: true})
		return
	}
	switch {
	case p.r.counts != "" && p.is(name, p.r.counts):
		p.q.Counts = p.q.Counts || decodeValue(value) == "true"
	case p.fields(name, value):
		p.edit(edit{start: start, end: end, fields: true, rest: text})
	case slices.ContainsFunc(p.r.loose, func(loose string) bool { return p.is(name, loose) }):
		p.edit(edit{start: start, end: end, loose: true, rest: text})
	}
}

// segments reads a pair that holds ';' or '?'. Some servers split there, so
// each segment may be a pair of its own; most do not, so the whole is one. No
// name folds to a paging parameter but one of its segments does too: folding
// only ever takes off what stands around a separator, or behind it.
func (p *pass) segments(start, end int) {
	text := p.q.raw[start:end]
	name, value, _ := strings.Cut(text, "=")
	e := edit{start: start, end: end}
	var rest []byte // what stays of text, once a segment has gone
	var next int
	for at := 0; at <= len(text); at = next + 1 {
		next = len(text)
		if i := strings.IndexAny(text[at:], ";?"); i >= 0 {
			next = at + i
		}
		before := max(at-1, 0) // where the separator stands
		own, _, _ := strings.Cut(text[at:next], "=")
		found, ok := p.r.find(own)
		switch {
		case ok && at == 0:
			p.paging(found, name, value)
		case ok:
			p.odd(found, text[before:at+len(own)])
		case e.paging && len(rest) == 0:
			rest = append(rest, text[at:next]...)
		case e.paging:
			rest = append(rest, text[before:next]...)
		}
		if ok && !e.paging {
			e.paging = true
			rest = append(rest, text[:before]...)
		}
	}

	left := text
	if e.paging {
		left = string(rest)
		name, value, _ = strings.Cut(left, "=")
	}
	// An "amp" alone is what remains of "&amp;".
	if e.gone = left == "" || strings.EqualFold(left, "amp"); !e.gone {
		e.rest, e.fields = left, p.fields(name, value)
	}
	if e.paging || e.fields {
		p.edit(e)
	}
}

// edit notes an edit. Neighbours that go are one, so that a hostile query costs
// no more memory than it has bytes.
func (p *pass) edit(e edit) {
	p.q.touched = p.q.touched || e.paging
	last := len(p.q.edits) - 1
	if e.gone && last >= 0 && p.q.edits[last].gone && p.q.edits[last].end+1 == e.start && e.start != p.q.form() {
		p.q.edits[last].end = e.end
		return
	}
	if cap(p.q.edits) == 0 {
		p.q.edits = make([]edit, 0, 4)
	}
	p.q.edits = append(p.q.edits, e)
}

// paging reads a pair that folds to a paging parameter.
func (p *pass) paging(found parameter, name, value string) {
	exact, ok := p.r.count(name)
	switch {
	case !ok:
		p.odd(found, name)
	case exact.kind == endKind || exact.kind == rangeKind:
		p.extent(exact, decodeValue(value))
	case exact.kind >= cursorKind:
		p.position(exact, decodeValue(value))
	default:
		p.number(exact, decodeValue(value))
	}
}

// odd notes a spelling that some servers take for the parameter and some do
// not.
func (p *pass) odd(found parameter, given string) {
	s := &p.slots[found.kind]
	if s.void {
		return
	}
	name, code := p.r.ask.LimitName, limits.CodeLimitInvalid // the limit's, which is that of an end or a range where there is one
	switch found.kind {
	case offsetKind:
		name = p.r.ask.OffsetName
	case pageKind:
		name = p.r.ask.PageName
	case wholeKind:
		name = p.r.ask.WholeName
	case cursorKind, afterKind, beforeKind:
		_, _, written := p.positionOf(found.kind)
		name, code = *written, limits.CodeCursorInvalid
	}
	p.void(found.kind, limits.NewProblem(code, name, given,
		"servers read this spelling of the parameter's name differently; write "+name+", once, as a parameter of its own"))
}

// number reads a value that counts.
func (p *pass) number(by parameter, text string) {
	s := &p.slots[by.kind]
	if s.void {
		return
	}
	var n limits.Number
	var field *limits.Number
	var name, written *string
	ask, detail := &p.q.Ask, notDigits
	switch by.kind {
	case limitKind:
		n, field, name, written = limits.ParseLimit(text), &ask.Limit, &ask.LimitName, &ask.LimitText
	case offsetKind:
		n, field, name, written = limits.ParseOffset(text), &ask.Offset, &ask.OffsetName, &ask.OffsetText
	case wholeKind:
		n, field, name, written = limits.ParseLimit(text), &ask.Whole, &ask.WholeName, &ask.WholeText
	default:
		n, field, name, written = limits.ParsePage(text, ask.FirstPage), &ask.Page, &ask.PageName, &ask.PageText
		detail += ", or before the first page"
	}
	switch {
	case n.Kind == limits.Invalid:
		p.void(by.kind, limits.NewProblem(limits.CodeLimitInvalid, by.spelling, text, detail))
	case !s.seen:
		*s = slot{seen: true, text: text}
		*field, *name, *written = n, by.spelling, text
	case n != *field, n.N == math.MaxInt64 && strings.TrimLeft(text, "0") != strings.TrimLeft(s.text, "0"): // too large for us, but not for others
		p.void(by.kind, limits.NewProblem(limits.CodeLimitInvalid, by.spelling, both(s.text, text), notOnce))
	}
}

// position reads a cursor or a key that counts. An empty one is none.
func (p *pass) position(by parameter, text string) {
	s := &p.slots[by.kind]
	switch {
	case s.void:
	case !s.seen:
		*s = slot{seen: true, text: text}
		value, has, name := p.positionOf(by.kind)
		*value, *has, *name = text, text != "", by.spelling
	case text != s.text:
		p.void(by.kind, limits.NewProblem(limits.CodeCursorInvalid, by.spelling, both(s.text, text), notOnce))
	}
}

// positionOf is where the ask has a cursor or a key.
func (p *pass) positionOf(k kind) (value *string, has *bool, name *string) {
	ask := &p.q.Ask
	switch k {
	case afterKind:
		return &ask.After, &ask.HasAfter, &ask.AfterName
	case beforeKind:
		return &ask.Before, &ask.HasBefore, &ask.BeforeName
	}
	return &ask.Cursor, &ask.HasCursor, &ask.CursorName
}

// void takes back what was read of a kind. The problem of a cursor or a key outranks
// others, because it is refused where invalid numbers may be served with defaults.
func (p *pass) void(k kind, problem *limits.Problem) {
	ask, invalid := &p.q.Ask, limits.Number{Kind: limits.Invalid}
	p.slots[k].void = true
	switch k {
	case limitKind:
		ask.Limit = invalid
	case offsetKind:
		ask.Offset = invalid
	case pageKind:
		ask.Page = invalid
	case endKind, rangeKind:
		p.q.span = span{kind: k, to: invalid}
	case wholeKind:
		ask.Whole = invalid
	default:
		value, has, _ := p.positionOf(k)
		*value, *has = "", false
	}
	if ask.Bad == nil || k >= cursorKind {
		ask.Bad = problem
	}
}

// unsafe notes a byte that may not stand in a query. It outranks everything.
func (p *pass) unsafe() {
	at := strings.IndexFunc(p.q.raw, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '#' })
	from := strings.LastIndexByte(p.q.raw[:at], '&') + 1
	p.q.Unsafe = true
	p.q.Ask.Bad = limits.NewProblem(limits.CodeLimitInvalid, "", p.q.raw[max(from, at-limits.MaxGiven/2):],
		"blanks, control bytes and # must be percent-encoded in a query or a form")
}

// fields reads a pair that is about no paging; it reports whether the pair
// holds the mask.
func (p *pass) fields(name, value string) bool {
	if p.r.fields == "" || !p.isFields(name) {
		return false
	}
	text := decodeValue(value)
	switch {
	case !p.q.HasFields || p.q.Fields == "" && p.r.fieldsOf:
		p.q.Fields, p.q.HasFields = text, true
	case p.r.fieldsOf && text != "" && text != p.q.Fields:
		p.q.Fields += "," + text // of another type
	case p.r.fieldsOf:
	case text != p.q.Fields && p.q.FieldsProblem == nil:
		p.q.FieldsProblem = limits.NewProblem(limits.CodeFieldsInvalid, p.r.fields, both(p.q.Fields, text), notOnce)
	}
	return true
}

// isFields tells whether a pair of this name holds the mask, or the one of some type.
func (p *pass) isFields(name string) bool {
	r := p.r
	if !r.fieldsOf {
		return p.is(name, r.fields)
	}
	if strings.IndexByte(name, '%') >= 0 {
		var stack [128]byte
		decoded, ok := strictDecode(stack[:0], name)
		if !ok {
			return false
		}
		name = string(decoded)
	}
	base := strings.TrimSuffix(r.fields, "]")
	return len(name) > len(r.fields) && strings.HasPrefix(name, base) && strings.IndexByte(name[len(base):], ']') == len(name)-len(base)-1
}

// is compares exactly: other spellings of the mask are ordinary pairs, because no
// harm comes from an upstream that reads a mask which we did not.
func (p *pass) is(name, parameter string) bool {
	if name == parameter || !p.q.any(lax) {
		return name == parameter
	}
	if strings.IndexByte(name, '%') < 0 && strings.IndexByte(name, '+') < 0 {
		return false
	}
	var stack [128]byte
	decoded, ok := strictDecode(stack[:0], name)
	return ok && string(decoded) == parameter
}

// decodeValue decodes a value leniently: a bad escape stays and makes a number
// invalid later.
func decodeValue(value string) string {
	if strings.IndexByte(value, '%') < 0 && strings.IndexByte(value, '+') < 0 {
		return value
	}
	return string(decode(nil, value, false))
}

// both shows two values that differ, as ASP.NET would join them.
func both(a, b string) string {
	// Each gets half of what a problem shows, so that the second is seen.
	const half = limits.MaxGiven/2 - 1
	return a[:min(len(a), half)] + ", " + b[:min(len(b), half)]
}
