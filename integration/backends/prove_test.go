//go:build backends

package backends

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// legacy is a list endpoint of a backend, and the routes in front of it.
type legacy struct {
	// backend is the address that the backend listens on.
	backend string
	// path is where the list is, through us; with a query where it needs one.
	path string
	// whole is where the backend itself gives the whole list, if not at path.
	whole string
	// list is the envelope's member that holds the list; "" is the root.
	list string
	// routes is the site's content in the Caddyfile.
	routes string
}

// prove starts Caddy in front of a backend and walks the whole list through it,
// by each way to ask for pages, then asks for too much in every spelling.
func prove(t *testing.T, l legacy) *harness.Caddy {
	t.Helper()
	whole := l.whole
	if whole == "" {
		whole = l.path
	}
	direct := get(t, "http://"+l.backend+whole)
	if direct.status != http.StatusOK {
		t.Fatalf("asking the backend itself: status %d: %.300s", direct.status, direct.body)
	}
	want, rest := direct.items(t, l.list)
	worthProving(t, want)

	p := harness.Start(t, l.routes)
	walks := []struct {
		name, query string
		limit       int
	}{
		{"no limit asked", "", defaultLimit},
		{"a limit", "limit=37", 37},
		{"the maximum", "limit=50", maxLimit},
		{"over the maximum", "limit=999999", maxLimit},
		{"no limit at all", "limit=0", defaultLimit},
		{"everything", "limit=all", defaultLimit},
		{"upper case", "LIMIT=900", maxLimit},
		{"full pages only", fmt.Sprintf("limit=%d", divisor(len(want))), divisor(len(want))},
	}
	for _, w := range walks {
		t.Run("walk/"+w.name, func(t *testing.T) {
			sameItems(t, walk(t, p, join(p.URL+l.path, w.query), l.list, w.limit, rest), want)
		})
	}
	for _, ask := range asks {
		t.Run("ask/"+ask.name, func(t *testing.T) {
			ask.check(t, get(t, join(p.URL+l.path, ask.query), ask.headers...), l.list, want)
		})
	}
	p.NoTrouble(t)
	return p
}

// divisor returns the largest limit by which n items make full pages and no
// rest: where the last page must not announce another.
func divisor(n int) int {
	for d := maxLimit; d > 1; d-- {
		if n%d == 0 {
			return d
		}
	}
	return 1
}

// worthProving asserts that the backend's list can show what is wrong: longer
// than some pages, with a rest on the last one of the usual sizes, without one
// on another size, and no item there twice.
func worthProving(t *testing.T, list []json.RawMessage) {
	t.Helper()
	if n := len(list); n < 4*maxLimit || n%defaultLimit == 0 || n%maxLimit == 0 || divisor(n) == 1 {
		t.Fatalf("the backend's list has %d items: no length to prove paging with", n)
	}
	seen := make(map[string]int, len(list))
	for i, item := range list {
		if at, ok := seen[string(item)]; ok {
			t.Fatalf("the backend's list has item %d again at %d: %s", at, i, item)
		}
		seen[string(item)] = i
	}
}

// ask is one way to ask for a page, and what the contract says to it.
type ask struct {
	name, query string
	headers     []string
	// from and count say which items the answer holds; refused ones hold none.
	from, count int
	refused     bool
}

// asks are spellings of a limit that real servers read in different ways. Each
// has its outcome, and none is "everything".
var asks = []ask{
	{name: "nothing", count: defaultLimit},
	{name: "a page further on", query: "limit=30&offset=25", from: 25, count: 30},
	{name: "an offset alone", query: "offset=5", from: 5, count: defaultLimit},
	{name: "over the maximum", query: "limit=999999", count: maxLimit},
	{name: "twenty digits", query: "limit=99999999999999999999", count: maxLimit},
	{name: "leading zeros", query: "limit=00030", count: 30},
	{name: "zero", query: "limit=0", count: defaultLimit},
	{name: "minus one", query: "limit=-1", count: defaultLimit},
	{name: "empty", query: "limit=", count: defaultLimit},
	{name: "a bare name", query: "limit", count: defaultLimit},
	{name: "all", query: "limit=all", count: defaultLimit},
	{name: "upper case", query: "LIMIT=900", count: maxLimit},
	{name: "an encoded name", query: "lim%69t=900", count: maxLimit},
	{name: "two that agree", query: "limit=30&limit=30", count: 30},
	{name: "two that differ", query: "limit=10&limit=900", refused: true},
	{name: "brackets", query: "limit[]=900", refused: true},
	{name: "encoded brackets", query: "limit%5B%5D=900", refused: true},
	{name: "an index", query: "limit[0]=900", refused: true},
	{name: "a leading blank", query: "+limit=900", refused: true},
	{name: "a NUL behind the name", query: "limit%00=900", refused: true},
	{name: "a percent-u escape", query: "%u006cimit=900", refused: true},
	{name: "behind a semicolon", query: "x=1;limit=900", refused: true},
	{name: "an exponent", query: "limit=1e3", refused: true},
	{name: "a sign", query: "limit=%2B900", refused: true},
	{name: "a word", query: "limit=many", refused: true},
	{name: "a preference", headers: []string{"Prefer: maxpagesize=30"}, count: 30},
	{name: "a preference over the maximum", headers: []string{"Prefer: maxpagesize=900"}, count: maxLimit},
	{name: "a range", headers: []string{"Range: bytes=0-99999999"}, count: defaultLimit},
}

// check asserts the ask's outcome on the answer that it got.
func (ask ask) check(t *testing.T, a answer, list string, want []json.RawMessage) {
	t.Helper()
	if ask.refused {
		checkRefusal(t, a)
		return
	}
	if a.status != http.StatusOK {
		t.Fatalf("status %d, want 200: %.300s", a.status, a.body)
	}
	got, _ := a.items(t, list)
	if len(got) > maxLimit {
		t.Fatalf("%d items, over the maximum of %d", len(got), maxLimit)
	}
	sameItems(t, got, want[ask.from:ask.from+ask.count])
	if a.next() == "" {
		t.Error(`no Link rel="next": a cut without a word`)
	}
	if length := a.header.Get("Content-Length"); length != "" && length != fmt.Sprint(len(a.body)) {
		t.Errorf("Content-Length = %s, want %d", length, len(a.body))
	}
}

// checkRefusal asserts a 400 that says what was wrong, in place of the list.
func checkRefusal(t *testing.T, a answer) {
	t.Helper()
	if a.status != http.StatusBadRequest {
		t.Fatalf("status %d, want 400: %.300s", a.status, a.body)
	}
	if got, want := a.header.Get("Content-Type"), "application/problem+json"; got != want {
		t.Errorf("Content-Type = %q, want %q", got, want)
	}
	var problem struct{ Code, Parameter string }
	if err := json.Unmarshal(a.body, &problem); err != nil {
		t.Fatalf("reading the problem: %v in %s", err, a.body)
	}
	if problem.Code != "limit_invalid" || problem.Parameter != "limit" {
		t.Errorf("problem = %+v, want limit_invalid of limit", problem)
	}
}
