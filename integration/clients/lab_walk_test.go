//go:build backends

package clients

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A job is a list to walk through, as the programs read it, a line of JSON each.
type job struct {
	Client  string `json:"client"`
	Style   string `json:"style"`
	Base    string `json:"base"`              // scheme, host and port, and a path in front of the style's
	List    string `json:"list"`              // the list's name
	Size    int    `json:"size,omitempty"`    // items to ask for a page; 0: leave it to the client
	Reverse bool   `json:"reverse,omitempty"` // from the list's end to its beginning
	From    string `json:"from,omitempty"`    // the number of the item that the way back begins before
}

// A walk is what a client made of a job, as the programs print it, a line of JSON
// each.
type walk struct {
	IDs   []string `json:"ids"`   // the numbers of the items that it got
	Error string   `json:"error"` // what the client says, if it failed
}

// A client is a library or a command that others wrote. Whatever is not said of it, it
// can do, and minds not.
type client struct {
	name  string
	style string

	unasked   int    // items of a page when the program asks for no size; 0: the route's default
	computes  bool   // it computes positions from the size: one over the maximum is refused, else it gets the maximum
	prefers   bool   // it asks for a size by a preference, which is not refused
	says      string // what the client says if it is refused
	probes    bool   // it asks once more behind a last page that is full
	threads   bool   // it asks for several pages at once, and for one behind a last page that is full, if there is more than one
	keyed     bool   // the style goes on behind an item, wherever that is now
	backwards bool   // it can walk back from the list's end
	before    bool   // it can walk back from an item, which it does not get
	tls       bool   // it cannot do without TLS
	rooted    bool   // it knows no path in front of the style's
	needsAll  bool   // the style cannot be had from an API that pages by itself, see labRoute
	http2     bool   // it speaks HTTP/2 where the server does
}

// tooLarge is what the clients show that read an answer's reason.
const tooLarge = "may be at most 100"

// A walker has a client do a job.
type walker func(t *testing.T, j job) walk

// base is where the client finds the lab.
func (c client) base(l *lab) string {
	if c.tls {
		return l.TLS
	}
	return l.URL
}

// unaskedLimit is how many items a page has if the program asks for no size.
func (c client) unaskedLimit() int {
	if c.unasked != 0 {
		return c.unasked
	}
	return labDefault
}

// A try is a list, where it is, and what the client asks for.
type try struct {
	base  string
	n     int // items of the list
	grows bool
	size  int // asked for, see job
	limit int // items that a page is to have
}

// proveAll has all clients walk.
func proveAll(t *testing.T, l *lab, clients []client, w walker) {
	t.Helper()
	for _, c := range clients {
		t.Run(c.style+"/"+c.name, func(t *testing.T) { c.prove(t, l, w) })
	}
	l.NoTrouble(t)
}

// proveHTTP2 has those clients walk that speak HTTP/2.
func proveHTTP2(t *testing.T, l *lab, clients []client, w walker) {
	t.Helper()
	for _, c := range clients {
		if !c.http2 {
			continue
		}
		t.Run(c.style+"/"+c.name, func(t *testing.T) {
			j := job{Client: c.name, Style: c.style, Base: l.URL, List: l.serve(items, false)}
			for _, e := range c.wantWalk(t, l, w, j, numbers(items), c.unaskedLimit()) {
				if e.Proto != "HTTP/2.0" {
					t.Errorf("%s came over %s", e.URL, e.Proto)
				}
			}
		})
	}
}

// proveRefused has all clients ask for too much in a lab that refuses it.
func proveRefused(t *testing.T, l *lab, clients []client, w walker) {
	t.Helper()
	for _, c := range clients {
		t.Run(c.style+"/"+c.name, func(t *testing.T) { c.wantRefusal(t, l, w) })
	}
	l.NoTrouble(t)
}

// prove walks through lists of all lengths, asking for no size, a small one and one
// over the maximum, and through long ones everywhere else.
func (c client) prove(t *testing.T, l *lab, w walker) {
	base := c.base(l)
	c.proveLengths(t, l, w, "no size", try{base: base, limit: c.unaskedLimit()})
	c.proveLengths(t, l, w, "small", try{base: base, size: 10, limit: 10})
	if c.computes {
		t.Run("over the maximum", func(t *testing.T) { c.wantRefusal(t, l, w) })
	} else {
		c.proveLengths(t, l, w, "over the maximum", try{base: base, size: 1000, limit: labMax})
	}

	long := func(name, base string, grows bool) {
		t.Run(name, func(t *testing.T) {
			c.wantAll(t, l, w, try{base: base, n: items, grows: grows, size: 10, limit: 10})
		})
	}
	// Where the client knows the list by another URL than Caddy and the upstream do.
	long("TLS terminator", l.TLS, false)
	if !c.rooted {
		long("handle_path", base+"/prefix", false)
	}
	if c.keyed {
		long("items come in front", base, true)
	}
	if c.keyed && !c.rooted {
		long("items come in front, no snapshots", base+"/prefix", true)
	}
	if !c.needsAll && !c.rooted {
		c.backwards = false // an API that pages by itself does not tell where its list ends
		long("upstream link", base+"/upstream-link", false)
		long("upstream page", base+"/upstream-page", false)
		long("upstream with tokens", base+"/upstream-token", false)
	}
}

func (c client) proveLengths(t *testing.T, l *lab, w walker, name string, a try) {
	for _, n := range slices.Compact([]int{0, 1, a.limit, a.limit + 1, 2 * a.limit, items}) {
		a.n = n
		t.Run(fmt.Sprintf("%s/%d items", name, n), func(t *testing.T) { c.wantAll(t, l, w, a) })
	}
}

// wantAll asserts that the client gets each item once, in order, by as many requests as
// there are pages, and so back if it can.
func (c client) wantAll(t *testing.T, l *lab, w walker, a try) {
	t.Helper()
	j := job{Client: c.name, Style: c.style, Base: a.base, List: l.serve(a.n, a.grows), Size: a.size}
	want := numbers(a.n)
	c.wantWalk(t, l, w, j, want, a.limit)
	j.Reverse = true
	slices.Reverse(want)
	switch {
	case c.backwards:
		j.List = l.serve(a.n, false)
		c.wantWalk(t, l, w, j, want, a.limit)
	case c.before:
		j.List, j.From = l.serve(a.n+1, false), strconv.Itoa(firstID+a.n)
		c.wantWalk(t, l, w, j, want, a.limit)
	}
}

// numbers are those of the items of a list.
func numbers(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(firstID + i)
	}
	return ids
}

// wantWalk asserts that a job comes to these items, and returns what the server saw.
func (c client) wantWalk(t *testing.T, l *lab, w walker, j job, want []string, limit int) (seen []exchange) {
	t.Helper()
	got := w(t, j)
	seen = l.take(t)
	if got.Error != "" {
		t.Errorf("%s says: %s", c.name, got.Error)
	}
	if c.threads { // as the pages happen to come
		slices.Sort(got.IDs)
	}
	wantItemsOf(t, got, want)
	if need := c.requests(len(want), limit); len(seen) != need {
		t.Errorf("%d requests, want %d", len(seen), need)
	}
	sum := 0
	for _, e := range seen {
		sum += e.Items
		if e.Status != http.StatusOK || e.Items > limit {
			t.Errorf("%s %s: got %d with %d items", e.Method, e.URL, e.Status, e.Items)
		}
		if link := e.Header.Get("Link"); link != "" && !strings.HasPrefix(link, "<"+j.Base+"/") {
			t.Errorf("%s %s: the links lead elsewhere: %s", e.Method, e.URL, link)
		}
	}
	if sum != len(want) {
		t.Errorf("%s went over the wire %d times, want %d", big, sum, len(want))
	}
	if t.Failed() {
		t.Logf("the server saw %s", requests(seen))
	}
	return seen
}

// requests is how many a walk through n items takes.
func (c client) requests(n, limit int) int {
	pages := max(1, (n+limit-1)/limit)
	full := n > 0 && n%limit == 0
	if c.probes && full || c.threads && full && n > limit {
		pages++
	}
	return pages
}

// wantRefusal asks for a size over the maximum where that is refused, which the client
// must show its user instead of trying again.
func (c client) wantRefusal(t *testing.T, l *lab, w walker) {
	t.Helper()
	if c.prefers {
		c.wantAll(t, l, w, try{base: c.base(l), n: items, size: 1000, limit: labMax})
		return
	}
	got := w(t, job{Client: c.name, Style: c.style, Base: c.base(l), List: l.serve(items, false), Size: 1000})
	seen := l.take(t)
	if len(got.IDs) > 0 || c.says == "" || !strings.Contains(got.Error, c.says) {
		t.Errorf("got %d items and the error %q, want %q", len(got.IDs), got.Error, c.says)
	}
	if len(seen) != 1 {
		t.Errorf("the server saw %s, want one request", requests(seen))
	}
}

func requests(seen []exchange) string {
	var text strings.Builder
	for _, e := range seen {
		fmt.Fprintf(&text, "\n%s %s %s: %d, %d items, Link %q", e.Method, e.URL, e.Proto, e.Status, e.Items, e.Header["Link"])
	}
	return text.String()
}

// wantItemsOf asserts that a walk got these items, in this order.
func wantItemsOf(t *testing.T, got walk, want []string) {
	t.Helper()
	for i := range max(len(got.IDs), len(want)) {
		if i >= len(got.IDs) || i >= len(want) || got.IDs[i] != want[i] {
			t.Errorf("got %d items, want %d; from number %d on: got %q, want %q", len(got.IDs), len(want), i,
				got.IDs[min(i, len(got.IDs)):min(i+3, len(got.IDs))], want[min(i, len(want)):min(i+3, len(want))])
			return
		}
	}
}

// walk talks to a program that reads jobs and prints walks, a line each.
func (k *talk) walk(t *testing.T, j job) walk {
	t.Helper()
	line, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.to.Write(append(line, '\n')); err != nil {
		t.Fatalf("%v\n%s", err, k.stderr.String())
	}
	if !k.from.Scan() {
		t.Fatalf("the program printed no more lines: %v, %v\n%s", k.from.Err(), k.wait(), k.stderr.String())
	}
	var w walk
	if err := json.Unmarshal(k.from.Bytes(), &w); err != nil {
		t.Fatalf("reading what the program printed: %v in %.500s", err, k.from.Text())
	}
	return w
}
