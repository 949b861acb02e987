// Package query reads what a client asks for out of a raw query, and writes
// queries for the upstream and for links. It does so pair by pair: paging and
// fields pairs change, every other pair keeps its bytes and its place.
//
// An upstream must never see a limit that we did not. So a raw query is read
// twice over: as broadly as the laxest server, to find every pair that somebody
// could take for a paging pair (see fold.go), and as strictly as the strictest,
// to decide which of these count. Whatever is found and does not count makes
// the ask invalid, and is never forwarded by Upstream.
//
// A query here is the text behind '?', or a form body: they are the same format.
package query

import (
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// Names are the parameters that a style, its upstream and the operator know.
type Names struct {
	// Limit, Offset, Page and Cursor list the spellings of each parameter. The
	// first is the style's own and names it in messages; the others, such as
	// the upstream's names and the operator's guard names, are read just so. A
	// spelling listed twice belongs to the earlier list. A spelling may have
	// brackets, as page[size]: then every other page[...] is invalid.
	Limit, Offset, Page, Cursor []string
	// After and Before list likewise the parameters that hold an item's key.
	After, Before []string
	// End lists those of the position behind the page's last item, and Range those of
	// the positions of its first and its last, as a JSON array. Either is another way
	// to say the limit, and names it in messages.
	End, Range []string
	// At says where in a JSON body a parameter is, by its spelling: names with dots
	// between them. Default: the member of its name, at the top.
	At map[string]string
	// FirstPage is the number of the first page, 0 or 1.
	FirstPage int64
	// Whole lists those of how many items are wanted in all, over all pages.
	Whole []string
	// Count is the parameter that asks, by "true", for how many items there are in all,
	// "" if there is none. It is about no page, and stays where it is.
	Count string
	// Loose are parameters that no cursor is bound to: clients leave them out once they
	// have one.
	Loose []string
	// Fields is the parameter that holds a mask, "" if there is none. With empty brackets
	// behind it, as in fields[], it is one for each type of items, as in fields[orders];
	// their masks unite.
	Fields string
}

// kind is what a paging parameter is about.
type kind uint8

const (
	limitKind kind = iota
	offsetKind
	pageKind
	endKind
	rangeKind
	wholeKind
	cursorKind
	afterKind
	beforeKind
	kinds
)

// parameter is a paging parameter in one spelling.
type parameter struct {
	kind     kind
	spelling string
	path     []string // where it is in a JSON body; nil: at the top
}

// Reader reads queries. It is compiled once and safe for concurrent use.
type Reader struct {
	ask    limits.Ask // the ask of an empty query
	fields string
	// fieldsOf: there is one for each type.
	fieldsOf bool
	counts   string
	loose    []string
	// exact has the spellings in ASCII lower case, folded what they fold to.
	// Every key of exact folds to a key of folded.
	exact, folded map[string]parameter
	longest       int         // the longest key of folded, in bytes
	begins        [256]bool   // the first bytes of the keys of folded
	nested        []parameter // those with a path
}

// NewReader compiles names.
func NewReader(n Names) *Reader {
	r := &Reader{fields: n.Fields, fieldsOf: strings.HasSuffix(n.Fields, "[]"), counts: n.Count, loose: n.Loose, exact: map[string]parameter{}, folded: map[string]parameter{}}
	for k, spellings := range [kinds][]string{n.Limit, n.Offset, n.Page, n.End, n.Range, n.Whole, n.Cursor, n.After, n.Before} {
		for _, s := range spellings {
			p := parameter{kind: kind(k), spelling: s}
			if _, taken := r.exact[lower(s)]; !taken && n.At[s] != "" {
				p.path = strings.Split(n.At[s], ".")
				r.nested = append(r.nested, p)
			}
			r.add(p)
		}
	}
	r.ask = limits.Ask{
		FirstPage: n.FirstPage,
		LimitName: first(n.Range, n.End, n.Limit), OffsetName: first(n.Range, n.Offset),
		PageName: first(n.Page), CursorName: first(n.Cursor),
		AfterName: first(n.After), BeforeName: first(n.Before), WholeName: first(n.Whole),
	}
	return r
}

// first is the first spelling of the first list that has any.
func first(lists ...[]string) string {
	for _, spellings := range lists {
		if len(spellings) > 0 {
			return spellings[0]
		}
	}
	return ""
}

func (r *Reader) add(p parameter) {
	if p.spelling == "" {
		return
	}
	if _, taken := r.exact[lower(p.spelling)]; !taken {
		r.exact[lower(p.spelling)] = p
	}
	var key []rune
	for _, c := range string(base([]byte(p.spelling))) {
		key = append(key, foldRune(c))
	}
	folded := string(key)
	if _, taken := r.folded[folded]; !taken {
		r.folded[folded] = p
		r.longest = max(r.longest, len(folded))
		if folded != "" {
			r.begins[folded[0]] = true
		}
	}
}

// lower is strings.ToLower for ASCII letters only: ſ and K (kelvin) are odd
// spellings, not capitals.
func lower(s string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

// count returns the parameter that a raw name is for every server that knows
// it: decoded once, strictly, it is a spelling in any ASCII letter case.
func (r *Reader) count(raw string) (parameter, bool) {
	var stack [128]byte
	name, ok := strictDecode(stack[:0], raw)
	if !ok {
		return parameter{}, false
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			name[i] = c + 'a' - 'A'
		}
	}
	p, ok := r.exact[string(name)]
	return p, ok
}

// strictDecode is decode for text without bad escapes, else false.
func strictDecode(dst []byte, raw string) ([]byte, bool) {
	for i := range len(raw) {
		if raw[i] == '%' && (i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2])) {
			return nil, false
		}
	}
	return decode(dst, raw, false), true
}

// Read reads a raw query, the text behind '?'. It takes time linear in its
// length whatever it holds, and allocates nothing where no pair is about
// paging or fields.
func (r *Reader) Read(raw string) Reading {
	var q Reading
	r.ReadTo(&q, raw)
	return q
}

// ReadTo is Read into q, of which it takes the memory over.
func (r *Reader) ReadTo(q *Reading, raw string) {
	p := r.begin(q, raw)
	p.q.split = len(raw)
	p.pairs()
	p.end()
}

func (r *Reader) begin(q *Reading, raw string) pass {
	edits := q.edits[:0]
	*q = Reading{}
	q.Ask, q.raw, q.edits = r.ask, raw, edits
	for i := range len(raw) {
		q.classes |= classes[raw[i]]
	}
	return pass{r: r, q: q}
}

// pairs reads all pairs.
func (p *pass) pairs() {
	for start, raw := 0, p.q.raw; raw != "" && start <= len(raw); {
		end := pairEnd(raw, start)
		p.pair(start, end)
		start = end + 1
	}
}

func (p *pass) end() {
	p.settleSpan()
	p.q.Ask.Settle()
	if p.q.any(unsafe) {
		p.unsafe()
	}
}
