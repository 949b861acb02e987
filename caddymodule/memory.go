package caddymodule

import (
	"hash/maphash"
	"strings"
	"sync/atomic"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// A memory remembers requests that come again and again, as those of clients do that know
// nothing of pages: to read the same query, to write the same one for the upstream and to
// seal the same cursor anew is most of what a short page costs.
//
// It has room for a few. One goes where another one of its slot comes, and is kept only when
// it comes twice in a row there, so that walks from page to page leave nothing behind. A route
// has 1 MB of them at most.
type memory [128]memorySlot

type memorySlot struct {
	came atomic.Uint64 // the sum of the key of the last request that was not kept
	kept atomic.Pointer[recurring]
}

// A recurring request is known by its key. What has been made for it is kept beside all that
// it was made of, save for that and for what is the route's: so nothing is ever out of date,
// and nothing reaches a request for which it would not have been made. Many requests look at
// it at once, so nothing in it is changed but for the pointers.
type recurring struct {
	key     string
	reading query.Reading
	sent    atomic.Pointer[sentQuery]
	made    atomic.Uint64 // the sum of what the last Link line was made of that was not kept
	line    atomic.Pointer[linkLine]
}

// largestKept is how long a text may be to be kept.
const largestKept = 1 << 10

var memorySeed = maphash.MakeSeed()

// find returns what is kept for a key. If there is nothing, it takes note of the key, and
// tells whether it came before.
func (m *memory) find(key []byte) (kept *recurring, slot *memorySlot, again bool) {
	sum := maphash.Bytes(memorySeed, key)
	slot = &m[sum%uint64(len(m))]
	if kept = slot.kept.Load(); kept != nil && kept.key == string(key) {
		return kept, slot, true
	}
	return nil, slot, slot.came.Swap(sum) == sum && len(key) <= largestKept
}

// readQuery reads the query, unless it is known from requests before. What is wrong with one
// is found out anew: problems are changed on their way to the client.
func (x *exchange) readQuery() {
	t, u := (*keyText)(&x.keyed), x.r.URL
	*t = (*t)[:0]
	for _, s := range [...]string{x.r.Host, u.Path, u.RawPath, u.RawQuery} {
		t.part(s)
	}
	kept, slot, again := x.rt.memory.find(*t)
	if kept != nil {
		x.recurs = kept
		x.ask.Reading.Copy(&kept.reading)
		return
	}
	x.rt.reader.ReadTo(&x.ask.Reading, u.RawQuery)
	if again && x.ask.Bad == nil && x.ask.Reading.FieldsProblem == nil {
		key := string(*t)
		x.recurs = &recurring{key: key, reading: x.rt.reader.Read(key[len(key)-len(u.RawQuery):])}
		slot.kept.Store(x.recurs)
	}
}

// A sentQuery is what the upstream was asked.
type sentQuery struct {
	of         sentOf
	query, uri string
}

// A sentOf is what a query for the upstream is made of, beside the request.
type sentOf struct {
	offset, limit int64
	mark          string
	forward       bool // the mask
}

// requery rewrites the query for the upstream.
func (x *exchange) requery(mark string) {
	e, u, p := &x.edited, x.r.URL, &x.plan
	of := sentOf{p.window.Offset, p.window.Limit, mark, p.forward}
	if x.recurs != nil {
		if kept := x.recurs.sent.Load(); kept != nil && kept.of == of {
			u.RawQuery, x.r.RequestURI = kept.query, kept.uri
			return
		}
	}
	e.setQuery(x.upstreamQuery(of.offset, of.limit, mark))
	// Where the query has not changed, neither has the URI, which may be any.
	if x.recurs != nil && u.Opaque == "" && u.RawQuery != e.rawQuery && len(x.r.RequestURI)+len(mark) <= 2*largestKept {
		of.mark = strings.Clone(mark)
		x.recurs.sent.Store(&sentQuery{of, u.RawQuery, x.r.RequestURI})
	}
}

// A linkLine is the Link line of a page.
type linkLine struct {
	of   linksOf
	mark string // of the page's last item
	line string
}

// A linksOf is what a Link line is made of, beside the request as it reaches us and the last
// item of the page.
type linksOf struct {
	scheme, host            string // as the client knows them
	path, rawPath, rawQuery string // as the client sent them
	page                    style.Page
	wanted, rest            int64
}

// links is the Link line of a page, with URLs as the client knows them; empty if
// it has no links. It is good until the next one.
func (x *exchange) links(p style.Page, last list.Mark) ([]byte, error) {
	if x.recurs == nil || x.rt.byToken() { // their tokens are none of the page's
		return x.makeLinks(p, last)
	}
	scheme, host := x.origin()
	u := x.original
	of := linksOf{scheme, host, u.Path, u.RawPath, u.RawQuery, p, x.plan.rest, x.rest}
	x.keyed = last.Append(x.keyed[:0])
	if kept := x.recurs.line.Load(); kept != nil && kept.of == of && kept.mark == string(x.keyed) {
		x.line = append(x.line[:0], kept.line...)
		return x.line, nil
	}
	sum := maphash.Comparable(memorySeed, of) ^ maphash.Bytes(memorySeed, x.keyed)
	line, err := x.makeLinks(p, last)
	// Where the list is another one each time, nothing is worth to be kept.
	if again := x.recurs.made.Swap(sum) == sum; again && err == nil && len(line)+of.own() <= 2*largestKept {
		x.recurs.line.Store(&linkLine{of, string(x.keyed), string(line)})
	}
	return line, err
}

// own makes the texts of the request and its items its own, and says how long they are.
func (of *linksOf) own() (size int) {
	for _, s := range [...]*string{&of.scheme, &of.host, &of.path, &of.rawPath, &of.rawQuery, &of.page.First, &of.page.Last} {
		*s = strings.Clone(*s)
		size += len(*s)
	}
	return size
}
