package query_test

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

func seeds(f *testing.F) {
	for _, raw := range []string{
		"", "a=1&b=2", "limit=10&cursor=x", "limit=10&LIMIT=900&limit[]=900&[limit]=900&limit]=900",
		"+limit=900&limit%00=900&lim%00it=900&%u006cimit=900", "a=1;limit=900;b=2?offset=3&amp;page=2",
		"per.page=1&per+page=2&per[page=3", "[amp;limit]=5", "x;[amp;limit=1;limit]=5", "fields=id,name;limit=5&fields=b",
		"&&=&;&?&%&%u&[&]&%5B", "%EF%BB%BFlimit=9&l%C4%B1mit=9&%C5%BFkip=1", "q=a b#c&limit=5", "amp;amp%3Blimit=5",
		"limit=\xff&\xfflimit=5&é=<\">,;",
	} {
		f.Add(raw)
	}
}

// FuzzUpstream: no server sees a limit that we did not. Whatever the client
// sends, each model reads ours once behind us and nothing else; and reading
// what went upstream again finds no more paging.
func FuzzUpstream(f *testing.F) {
	seeds(f)
	r := query.NewReader(style)
	f.Fuzz(func(t *testing.T, raw string) { checkUpstream(t, r, raw) })
}

func checkUpstream(t *testing.T, r *query.Reader, raw string) {
	t.Helper()
	q := r.Read(raw)
	got := q.Upstream(false, query.Int("limit", 10))
	for _, s := range servers {
		checkServer(t, s, got)
	}
	if again := r.Read(q.Upstream(false)); again.Touched() || again.HasFields || again.Ask.Limit != absent {
		t.Errorf("%q: paging is left in %q", raw, q.Upstream(false))
	}
	if q.Unsafe != strings.ContainsFunc(raw, func(c rune) bool { return c <= ' ' || c == '#' || c == 0x7f }) {
		t.Errorf("%q: unsafe is %v", raw, q.Unsafe)
	}
	if !q.Touched() && q.Upstream(true) != raw {
		t.Errorf("%q: no paging, but %q goes upstream", raw, q.Upstream(true))
	}
	checkPairs(t, raw, q)
}

// checkPairs compares with the naive way: pairs without ';' or '?' are kept or
// dropped as a whole, and those kept are in order.
func checkPairs(t *testing.T, raw string, q query.Reading) {
	t.Helper()
	if strings.ContainsAny(raw, ";?") {
		return
	}
	r, kept := query.NewReader(style), []string{}
	for pair := range strings.SplitSeq(raw, "&") {
		if !r.Read(pair).Touched() {
			kept = append(kept, pair)
		}
	}
	if want := strings.Join(kept, "&"); q.Upstream(true) != want {
		t.Errorf("%q: got %q upstream, want %q", raw, q.Upstream(true), want)
	}
}

// FuzzClient: a link fits into a Link header, and whoever follows it asks for
// just what it says, of the same list.
func FuzzClient(f *testing.F) {
	seeds(f)
	r := query.NewReader(style)
	f.Fuzz(func(t *testing.T, raw string) { checkClient(t, r, raw) })
}

func checkClient(t *testing.T, r *query.Reader, raw string) {
	t.Helper()
	q := r.Read(raw)
	link := q.Client(query.Int("limit", 25), query.Param{Name: "cursor", Value: "aB-_9"})
	for i := range len(link) {
		if c := link[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(",;<>\"#\\^`{|}", c) >= 0 {
			t.Fatalf("%q: %q holds %q", raw, link, c)
		}
	}
	if _, err := url.Parse("https://example.com/orders?" + link); err != nil {
		t.Errorf("%q: parsing the link: %v", raw, err)
	}
	again := r.Read(link)
	a := again.Ask
	if a.Bad != nil || a.Limit != given(25) || a.Cursor != "aB-_9" || a.Offset != absent || a.Page != absent {
		t.Errorf("%q: the link %q asks for %+v", raw, link, a)
	}
	if again.Filter() != q.Filter() {
		t.Errorf("%q: filter %q, behind the link %q", raw, q.Filter(), again.Filter())
	}
	if again.Fields != q.Fields || again.HasFields != q.HasFields {
		t.Errorf("%q: fields %q, behind the link %q", raw, q.Fields, again.Fields)
	}
}

// TestTokens holds the fuzz targets' properties against queries put together
// from what paging and its disguises consist of: random bytes seldom spell a
// name.
func TestTokens(t *testing.T) {
	tokens := []string{
		"limit", "LIMIT", "per_page", "per", "page", "offset", "skip", "cursor", "fields", "lim", "it", "a", "1", "10", "900", "x",
		"&", "&", "=", "=", ";", "?", "[", "]", "[]", "%5B", "%5d", "%", "%2", "%00", "%u0000", "%u006c", "+", "%20", ".", "_", "amp;", "amp", "%3B",
		"%EF%BB%BF", "\ufeff", "%C5%BF", "%C4%B1", "%3D", "%26", "%3f", ",", "\"", " ", "\x00", "#", "\xff", "é", "%FF", "\u212a",
	}
	rounds := 5_000
	if testing.Short() {
		rounds = 1_000
	}
	r, random := query.NewReader(style), rand.New(rand.NewPCG(1, 2))
	for range rounds {
		var raw strings.Builder
		for range 1 + random.IntN(12) {
			raw.WriteString(tokens[random.IntN(len(tokens))])
		}
		checkUpstream(t, r, raw.String())
		checkClient(t, r, raw.String())
		if t.Failed() {
			return
		}
	}
}

// Hostile queries take linear time. Were they quadratic, these would take
// minutes.
func TestHostileQueries(t *testing.T) {
	r := query.NewReader(style)
	for _, part := range []string{
		"[", "]", ";", "?", "&", "%", "=", "+", "%00", "%u0041", "amp;", "amp%3B", "limit;", "limit[", "limit=1&", "limit=x&", ";limit=1",
		"a=1;", "fields=a&", "cursor=1&", "cursor=2;cursor=3&", "%5B", "\xff", "é", "l%C4%B1", "limit=1;a&", "per[",
	} {
		raw := strings.Repeat(part, 512<<10/len(part))
		start := time.Now()
		q := r.Read(raw)
		length := len(q.Upstream(false)) + len(q.Client()) + len(q.Filter())
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%q: %d bytes took %v (%d written)", part, len(raw), took, length)
		} else if testing.Verbose() {
			t.Logf("%q: %v", part, took)
		}
	}
}
