package query

import "strconv"

// A Writer writes a query behind Text, pair by pair. The zero Writer is ready
// for use. It allocates nothing where Text has room.
type Writer struct {
	Text  []byte
	began bool // a pair has been written, be it empty
}

// Reset lets the Writer begin a query behind text.
func (w *Writer) Reset(text []byte) { w.Text, w.began = text, false }

// Param writes a parameter.
func (w *Writer) Param(name, value string) {
	w.Name(name)
	w.Text = appendEscaped(w.Text, value)
}

// Int writes a parameter that is a number.
func (w *Writer) Int(name string, n int64) {
	w.Name(name)
	w.Text = strconv.AppendInt(w.Text, n, 10)
}

// Upstream writes the pairs of q for the upstream, see [Reading.Upstream].
func (w *Writer) Upstream(q *Reading, keepFields bool) {
	w.keep(q.kept(keepFields))
}

func (w *Writer) keep(k keeping) {
	for k.next() {
		w.separate()
		w.Text = append(w.Text, k.pair...)
	}
}

// Client writes the pairs of q for a link, see [Reading.Client].
func (w *Writer) Client(q *Reading) {
	if !q.any(link) {
		w.keep(q.kept(true))
		return
	}
	for k := q.kept(true); k.next(); {
		w.separate()
		from := 0
		for i := range len(k.pair) {
			if c := k.pair[i]; classes[c]&(1<<link) != 0 {
				w.Text = appendEscape(append(w.Text, k.pair[from:i]...), c)
				from = i + 1
			}
		}
		w.Text = append(w.Text, k.pair[from:]...)
	}
}

func (w *Writer) params(params []Param) {
	for _, p := range params {
		w.Param(p.Name, p.Value)
	}
}

// Name writes a parameter up to its value, which the caller appends to Text: one in which
// nothing needs an escape.
func (w *Writer) Name(name string) {
	w.separate()
	w.Text = appendEscaped(w.Text, name)
	w.Text = append(w.Text, '=')
}

// separate goes before every pair.
func (w *Writer) separate() {
	if w.began {
		w.Text = append(w.Text, '&')
	}
	w.began = true
}

// appendEscaped appends s with every byte percent-encoded that is not plain.
func appendEscaped[T string | []byte](dst []byte, s T) []byte {
	from := 0
	for i := range len(s) {
		if c := s[i]; classes[c]&(1<<coded) != 0 {
			dst = appendEscape(append(dst, s[from:i]...), c)
			from = i + 1
		}
	}
	return append(dst, s[from:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789ABCDEF"
	return append(dst, '%', hex[c>>4], hex[c&15])
}

// isPlain reports whether a byte needs no escape anywhere in a query. "$" is
// one of them: OData's parameters are read so by people.
func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~' || c == '$'
}

// plain reports whether nothing in s needs an escape.
func plain(s string) bool { return !has(s, coded) }
