package query

import (
	"slices"
	"strconv"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// Reading is a query that has been read.
type Reading struct {
	// What it asks for. A cursor is still sealed.
	limits.Ask
	// Fields is the mask, decoded; HasFields says that there is one, be it
	// empty. FieldsProblem is set when several differ.
	Fields        string
	HasFields     bool
	FieldsProblem *limits.Problem
	// Counts says that the number of items in all is asked for.
	Counts bool
	// Unsafe says that a blank, a control byte or '#' stands in the query, or that a
	// JSON body cannot be read in one way only. That is a 400 even where invalid
	// parameters are served with defaults, since an upstream may split the request
	// line there. Ask.Bad says so too.
	Unsafe bool

	raw     string // the query, and behind a '&' the form
	classes uint8  // that its bytes are in
	split   int    // where the query ends in raw
	json    []byte // a JSON body without its paging
	edits   []edit // in the order of raw
	touched bool
	span    span
}

// edit is a pair of raw that is not to be copied as it came, or several pairs
// in a row that are gone.
type edit struct {
	start, end int    // the pair is raw[start:end]
	rest       string // what stays of it, unless gone
	paging     bool   // it held paging
	fields     bool   // rest holds the mask
	loose      bool   // rest is nothing that a cursor is bound to
	gone       bool   // nothing stays
}

// Reset forgets what has been read, but for the memory that it took.
func (q *Reading) Reset() {
	clear(q.edits[:cap(q.edits)])
	*q = Reading{edits: q.edits[:0]}
}

// Copy makes q what another one is, which may be read by others meanwhile. It takes the
// memory of q over.
func (q *Reading) Copy(other *Reading) {
	edits := append(q.edits[:0], other.edits...)
	*q = *other
	q.edits = edits
}

// Param is a parameter to write. Name and Value are plain text; they are
// escaped as they are written.
type Param struct{ Name, Value string }

// Int is a Param that holds a number.
func Int(name string, n int64) Param { return Param{name, strconv.FormatInt(n, 10)} }

// any reports whether a byte of the query is in the class.
func (q *Reading) any(class int) bool { return q.classes&(1<<class) != 0 }

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
	var w Writer
	w.params(first)
	w.Upstream(&q, keepFields)
	return string(w.Text)
}

// Client returns the raw query for a link that leads the client on: every pair
// that is not about paging, in its place, then last. It may stand in a Link
// header: what readers of that could break on (, ; < > " \ ^ ` { | } and space),
// control bytes, '#' and bytes beyond ASCII are percent-encoded.
func (q Reading) Client(last ...Param) string {
	var w Writer
	w.Client(&q)
	w.params(last)
	return string(w.Text)
}

// Filter returns what the query asks for apart from paging and fields, in one
// canonical text: two queries that differ in the order or the encoding of their
// pairs only have the same one. Cursors are bound to it. The mask is left out
// because it changes what of an item is shown and not where a page begins.
func (q Reading) Filter() string { return string(q.AppendFilter(nil)) }

// AppendFilter appends to dst what Filter returns.
func (q *Reading) AppendFilter(dst []byte) []byte {
	var few [8]string
	pairs := few[:0]
	k := q.kept(false)
	for k.bound = true; k.next(); {
		if k.pair != "" {
			pairs = append(pairs, canonical(k.pair))
		}
	}
	slices.Sort(pairs)
	for i, pair := range pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, pair...)
	}
	return q.appendJSON(dst)
}

// canonical is a pair in the one encoding that we write.
func canonical(pair string) string {
	name, value, found := strings.Cut(pair, "=")
	if found && plain(name) && plain(value) {
		return pair
	}
	var w Writer
	w.Param(decodeValue(name), decodeValue(value))
	return string(w.Text)
}

// A keeping goes through the pairs that stay, or what stays of them.
type keeping struct {
	pair string // the one at hand

	raw    string
	at     int
	edits  []edit // those that are still ahead
	fields bool   // the mask stays
	bound  bool   // only what cursors are bound to stays
}

func (q *Reading) kept(fields bool) keeping {
	return keeping{raw: q.raw, edits: q.edits, fields: fields}
}

// next goes on to the next pair that stays, if there is one.
func (k *keeping) next() bool {
	for k.raw != "" && k.at <= len(k.raw) {
		if len(k.edits) > 0 && k.edits[0].start == k.at {
			e := &k.edits[0]
			k.edits, k.at = k.edits[1:], e.end+1
			if e.gone || e.fields && !k.fields || e.loose && k.bound {
				continue
			}
			k.pair = e.rest
			return true
		}
		end := pairEnd(k.raw, k.at)
		k.pair, k.at = k.raw[k.at:end], end+1
		return true
	}
	return false
}

// pairEnd is where the pair ends that begins at start.
func pairEnd(raw string, start int) int {
	if i := strings.IndexByte(raw[start:], '&'); i >= 0 {
		return start + i
	}
	return len(raw)
}
