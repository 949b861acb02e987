package style

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Facts are what is known of a page when its body and its header are written.
type Facts struct {
	Page

	// Before and Behind are what the upstream's answer has around the items, up to the
	// list's brackets and with them.
	Before, Behind []byte

	// Counts says that the client asks for the number of items in all.
	Counts bool

	// Path is that of the list, escaped so that it can stand in a JSON string.
	Path string

	// URL appends the absolute URL of a page, escaped in the same way, and Token
	// the cursor for it. URL is nil where a page has no URL of its own.
	URL, Token func(dst []byte, t Target) []byte
}

// AppendBody appends the body around the items, which are written as they are,
// with what stands between them.
func (s *Style) AppendBody(dst, items []byte, shape *Shape, f *Facts) []byte {
	w := factWriter{style: s, facts: f, items: items, quote: true}
	if s.Keeps {
		if body, ok := w.keep(dst, shape); ok {
			return body
		}
	}
	dst, _ = shape.root.append(dst, w.slot)
	return dst
}

// AppendHeader appends the value of a header field of the style's. It reports
// whether there is one.
func (s *Style) AppendHeader(dst []byte, h Header, f *Facts) ([]byte, bool) {
	w := factWriter{style: s, facts: f}
	was := len(dst)
	if dst, ok := w.slot(dst, h.Slot); ok {
		return dst, true
	}
	return dst[:was], h.Empty
}

// A factWriter writes what slots stand for.
type factWriter struct {
	style *Style
	facts *Facts
	items []byte
	quote bool // text is a JSON string
}

// slot writes what a slot stands for. It reports false where there is nothing.
func (w *factWriter) slot(dst []byte, s slot) ([]byte, bool) {
	p := &w.facts.Page
	switch s {
	case "list":
		return append(append(append(dst, '['), w.items...), ']'), true
	case "items":
		return number(dst, p.Items)
	case "limit":
		return number(dst, p.Limit)
	case "offset":
		return number(dst, p.Offset)
	case "total":
		return number(dst, p.Total)
	case "count":
		if !w.facts.Counts {
			return dst, false
		}
		return number(dst, p.Total)
	case "left":
		return number(dst, p.left())
	case "page":
		return number(dst, w.style.FirstPage+p.Offset/p.Limit)
	case "next_page":
		return w.pageOf(dst, "next")
	case "prev_page":
		return w.pageOf(dst, "prev")
	case "pages":
		if p.Total < 0 {
			return dst, false
		}
		return number(dst, (p.Total+p.Limit-1)/p.Limit)
	case "more":
		return strconv.AppendBool(dst, p.goesOn()), true
	case "begin":
		return strconv.AppendBool(dst, p.Offset == 0), true
	case "end":
		return strconv.AppendBool(dst, !p.More), true
	case "empty":
		return strconv.AppendBool(dst, p.Items == 0), true
	case "cursor":
		return w.token(dst, "next")
	case "prev_cursor":
		return w.token(dst, "prev")
	case "range":
		if p.Total < 0 {
			return dst, false // there are clients to which "*" is the end of the list
		}
		return w.text(dst, p.appendRange), true
	case "path":
		return w.text(dst, func(dst []byte) []byte { return append(dst, w.facts.Path...) }), true
	}
	t, ok := w.style.target(string(s), *p)
	if !ok || w.facts.URL == nil {
		return dst, false
	}
	return w.text(dst, func(dst []byte) []byte { return w.facts.URL(dst, t) }), true
}

// number writes a number; one that is not known is negative.
func number(dst []byte, n int64) ([]byte, bool) {
	if n < 0 {
		return dst, false
	}
	return strconv.AppendInt(dst, n, 10), true
}

// appendRange appends what Content-Range says of a page (RFC 9110, section 14.4), in items.
func (p *Page) appendRange(dst []byte) []byte {
	dst = append(dst, "items "...)
	if p.Items == 0 {
		dst = append(dst, '*')
	} else {
		dst = append(strconv.AppendInt(dst, p.Offset, 10), '-')
		dst = strconv.AppendInt(dst, p.Offset+p.Items-1, 10)
	}
	return strconv.AppendInt(append(dst, '/'), p.Total, 10)
}

func (w *factWriter) pageOf(dst []byte, rel string) ([]byte, bool) {
	t, ok := w.style.target(rel, w.facts.Page)
	if !ok {
		return dst, false
	}
	return number(dst, w.style.FirstPage+t.Offset/w.facts.Limit)
}

// token writes a cursor.
func (w *factWriter) token(dst []byte, rel string) ([]byte, bool) {
	t, ok := w.style.target(rel, w.facts.Page)
	switch {
	case !ok:
		return dst, false
	case w.style.Position == ByKey && rel == "next":
		return w.key(dst, w.facts.Last)
	case w.style.Position == ByKey:
		return w.key(dst, w.facts.First)
	}
	return w.text(dst, func(dst []byte) []byte { return w.facts.Token(dst, t) }), true
}

// key writes the key of an item. There may be anything in it, which a header field
// cannot hold.
func (w *factWriter) key(dst []byte, key string) ([]byte, bool) {
	if w.quote {
		text, err := json.Marshal(key)
		return append(dst, text...), err == nil
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return dst, false
	}
	return append(dst, key...), true
}

// text writes what append does: as a string of JSON in a body, as it is in a header.
func (w *factWriter) text(dst []byte, text func([]byte) []byte) []byte {
	if !w.quote {
		return text(dst)
	}
	return append(text(append(dst, '"')), '"')
}
