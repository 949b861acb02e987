package query

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// Reading is a query that has been read.
type Reading struct {
	// Ask is what it asks for. A cursor is still sealed.
	Ask limits.Ask
	// Fields is the mask, decoded; HasFields says that there is one, be it
	// empty. FieldsProblem is set when several differ.
	Fields        string
	HasFields     bool
	FieldsProblem *limits.Problem
	// Unsafe says that a blank, a control byte or '#' stands in the query. That
	// is a 400 even where invalid parameters are served with defaults, since an
	// upstream may split the request line there. Ask.Bad says so too.
	Unsafe bool

	raw     string
	edits   []edit // in the order of raw
	touched bool
}

// edit is a pair of raw that is not to be copied as it came, or several pairs
// in a row that are gone.
type edit struct {
	start, end int    // the pair is raw[start:end]
	rest       string // what stays of it, unless gone
	paging     bool   // it held paging
	fields     bool   // rest holds the mask
	gone       bool   // nothing stays
}

// Param is a parameter to write. Name and Value are plain text; they are
// escaped as they are written.
type Param struct{ Name, Value string }

// Int is a Param that holds a number.
func Int(name string, n int64) Param { return Param{name, strconv.FormatInt(n, 10)} }

// Touched reports whether the query holds any paging pair, valid or not.
func (q Reading) Touched() bool { return q.touched }

// Upstream returns the raw query for the upstream: first, then every pair that
// is about neither paging nor fields, byte for byte and in its place. With
// keepFields the mask stays too. The params come first because PHP and Express
// stop reading behind the 1000th pair.
func (q Reading) Upstream(keepFields bool, first ...Param) string {
	if len(q.edits) == 0 && len(first) == 0 {
		return q.raw
	}
	var w writer
	w.Grow(len(q.raw) + 24*len(first))
	for _, p := range first {
		w.param(p)
	}
	for pair := range q.kept(keepFields) {
		w.separate()
		w.WriteString(pair)
	}
	return w.String()
}

// Client returns the raw query for a link that leads the client on: every pair
// that is not about paging, in its place, then last. It may stand in a Link
// header: what that could break on (, ; < > " and space), control bytes, '#'
// and bytes beyond ASCII are percent-encoded.
func (q Reading) Client(last ...Param) string {
	var w writer
	w.Grow(len(q.raw) + 24*len(last))
	for pair := range q.kept(true) {
		w.separate()
		w.escape(pair, func(c byte) bool { return classes[c]&(1<<link) == 0 })
	}
	for _, p := range last {
		w.param(p)
	}
	return w.String()
}

// Filter returns what the query asks for apart from paging and fields, in one
// canonical text: two queries that differ in the order or the encoding of their
// pairs only have the same one. Cursors are bound to it. The mask is left out
// because it changes what of an item is shown and not where a page begins.
func (q Reading) Filter() string {
	var pairs []string
	for pair := range q.kept(false) {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		var w writer
		w.param(Param{decodeValue(name), decodeValue(value)})
		pairs = append(pairs, w.String())
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// kept yields the pairs that stay, or what stays of them.
func (q Reading) kept(fields bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		edits := q.edits
		for start := 0; q.raw != "" && start <= len(q.raw); {
			if len(edits) > 0 && edits[0].start == start {
				e := edits[0]
				if stays := !e.gone && (fields || !e.fields); stays && !yield(e.rest) {
					return
				}
				edits, start = edits[1:], e.end+1
				continue
			}
			end := pairEnd(q.raw, start)
			if !yield(q.raw[start:end]) {
				return
			}
			start = end + 1
		}
	}
}

// pairEnd is where the pair ends that begins at start.
func pairEnd(raw string, start int) int {
	if i := strings.IndexByte(raw[start:], '&'); i >= 0 {
		return start + i
	}
	return len(raw)
}

// writer writes a query.
type writer struct {
	strings.Builder
	began bool // a pair has been written, be it empty
}

// separate goes before every pair.
func (w *writer) separate() {
	if w.began {
		w.WriteByte('&')
	}
	w.began = true
}

func (w *writer) param(p Param) {
	w.separate()
	w.escape(p.Name, isPlain)
	w.WriteByte('=')
	w.escape(p.Value, isPlain)
}

// isPlain reports whether a byte needs no escape anywhere in a query. "$" is
// one of them: OData's parameters are read so by people.
func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~' || c == '$'
}

// escape writes s with every byte percent-encoded that is not plain.
func (w *writer) escape(s string, plain func(byte) bool) {
	from := 0
	for i := range len(s) {
		if c := s[i]; !plain(c) {
			w.WriteString(s[from:i])
			w.WriteByte('%')
			w.WriteByte("0123456789ABCDEF"[c>>4])
			w.WriteByte("0123456789ABCDEF"[c&15])
			from = i + 1
		}
	}
	w.WriteString(s[from:])
}
