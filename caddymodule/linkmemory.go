package caddymodule

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// A linkMemory remembers Link lines. A client that knows nothing of pages asks for the same
// URL over and over, and is told the same each time; to seal the cursor anew is most of what
// a short page costs.
//
// A line is found by all that it is made of, compared byte for byte: so none is ever out of
// date, and none reaches a request for which it would not have been made. There is room for
// a few; a line goes where another one of its slot comes, and is kept only when it is made
// twice in a row there, so that walks from page to page leave nothing behind.
type linkMemory [128]linkSlot

type linkSlot struct {
	made atomic.Uint64 // the sum of the key that the last line was made for
	kept atomic.Pointer[keptLine]
}

type keptLine struct{ key, line string }

// largestLine is how long a line, or its key, may be to be kept.
const largestLine = 1 << 10

var linkSeed = maphash.MakeSeed()

// slot is where the line of a key is, if it is kept. The sum is the key's.
func (m *linkMemory) slot(key []byte) (slot *linkSlot, sum uint64) {
	sum = maphash.Bytes(linkSeed, key)
	return &m[sum%uint64(len(m))], sum
}

// line is the line that is kept for a key.
func (s *linkSlot) line(key []byte) (string, bool) {
	kept := s.kept.Load()
	if kept == nil || kept.key != string(key) {
		return "", false
	}
	return kept.line, true
}

// add takes note of a line that was made.
func (s *linkSlot) add(key []byte, sum uint64, line []byte) {
	if s.made.Swap(sum) == sum && len(key) <= largestLine && len(line) <= largestLine {
		s.kept.Store(&keptLine{string(key), string(line)})
	}
}

// recurs tells whether the links of a page are made of what linksKey writes. Those of other
// styles, and of other upstreams, depend on more: on keys of items, or on tokens.
func (x *exchange) recurs() bool {
	return !x.posted && x.rt.client.Position != style.ByKey && !x.rt.byToken()
}

// linksKey is all that the Link line of a page is made of, save for what is the route's. It
// is good until the next key.
func (x *exchange) linksKey(p style.Page, last list.Mark) []byte {
	t := (*keyText)(&x.keyed)
	*t = (*t)[:0]
	scheme, host := x.origin()
	u := x.original
	for _, s := range [...]string{scheme, host, u.Path, u.RawPath, u.RawQuery, x.edited.rawQuery} {
		t.part(s)
	}
	for _, n := range [...]int64{p.Offset, p.Limit, p.Items, p.Total, x.plan.rest, x.rest} {
		t.number(int(n + 1)) // short for what is not known, too
	}
	t.flag(p.More)
	*t = last.Append(*t)
	return *t
}
