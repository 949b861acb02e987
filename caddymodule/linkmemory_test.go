package caddymodule

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// trusted makes a request one from a trusted proxy.
func trusted(r *http.Request) {
	caddyhttp.SetVar(r.Context(), caddyhttp.TrustedProxyVarKey, true)
}

// TestRemembered: a line that is kept reaches no request for which another one would be
// made.
func TestRemembered(t *testing.T) {
	const target = "/orders?limit=3&a=1&b=2"
	at := func(target string) func() *http.Request { return func() *http.Request { return get(target) } }
	with := func(change func(r *http.Request)) func() *http.Request {
		return func() *http.Request {
			r := get(target)
			change(r)
			return r
		}
	}
	items := func(from, n int) string {
		var text []string
		for i := range n {
			text = append(text, fmt.Sprintf(`{"id":%d}`, from+i))
		}
		return "[" + strings.Join(text, ",") + "]"
	}
	nine := items(0, 9)
	for _, tc := range []struct {
		name string
		ask  func() *http.Request
		body string
	}{
		{"the limit", at("/orders?limit=4&a=1&b=2"), nine},
		{"the spelling of the limit", at("/orders?limit=03&a=1&b=2&"), nine},
		{"the offset", at(target + "&offset=1"), nine},
		{"a filter's value", at("/orders?limit=3&a=1&b=3"), nine},
		{"a filter's name", at("/orders?limit=3&a=1&c=2"), nine},
		{"the order of filters", at("/orders?limit=3&b=2&a=1"), nine},
		{"the border between filters", at("/orders?limit=3&a=1%26b=2"), nine},
		{"one filter more", at(target + "&c=3"), nine},
		{"a filter's encoding", at("/orders?limit=3&a=%31&b=2"), nine},
		{"the path", at("/others?limit=3&a=1&b=2"), nine},
		{"the escapes of the path", at("/%6Frders?limit=3&a=1&b=2"), nine},
		{"a slash behind the path", at("/orders/?limit=3&a=1&b=2"), nine},
		{"the host", with(func(r *http.Request) { r.Host = "other.example" }), nine},
		{"the port", with(func(r *http.Request) { r.Host = "api.example:8443" }), nine},
		{"a host that is none", with(func(r *http.Request) { r.Host = "api.example, evil.example" }), nine},
		{"TLS", with(func(r *http.Request) { r.TLS = new(tls.ConnectionState) }), nine},
		{"the scheme of a trusted proxy", with(func(r *http.Request) { trusted(r); r.Header.Set("X-Forwarded-Proto", "https") }), nine},
		{"the host of a trusted proxy", with(func(r *http.Request) { trusted(r); r.Header.Set("X-Forwarded-Host", "front.example") }), nine},
		{"the query that reaches us", with(func(r *http.Request) { r.URL.RawQuery += "&tenant=7" }), nine},
		{"the query that the client sent", func() *http.Request {
			r := get(target + "&tenant=7")
			r.URL.RawQuery = get(target).URL.RawQuery
			return r
		}, nine},
		{"the last item", at(target), items(100, 9)},
		{"the list's length", at(target), items(0, 12)},
		{"the list's end", at(target), items(0, 3)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{Key: []string{"id"}, Total: "exact"})
			client := *b.run.client
			client.Rels = append(client.Rels, "last")
			b.run.client = &client
			ask := func(r *http.Request, body string) string {
				return strings.Join(b.ask(t, r, upstreamOf(body)).Header()["Link"], "\n")
			}
			base := ask(get(target), nine)
			for range 3 {
				if again := ask(get(target), nine); again != base {
					t.Fatalf("got %s, and before that %s", again, base)
				}
			}
			if got := b.run.links.size(); got != 1 {
				t.Fatalf("got %d lines that are kept, want 1", got)
			}
			got := []string{ask(tc.ask(), tc.body), ask(tc.ask(), tc.body), ask(tc.ask(), tc.body)}
			b.run.links, b.run.readings = new(memory[*string]), new(memory[*query.Reading])
			want := ask(tc.ask(), tc.body)
			if want == base {
				t.Fatalf("the line would be the same: %s", base)
			}
			for i := range got {
				if got[i] != want {
					t.Errorf("got %s, want %s", got[i], want)
				}
			}
		})
	}
}

// TestLinksKey: what a page's links are made of beside the request tells keys apart, too.
func TestLinksKey(t *testing.T) {
	var x exchange
	x.r = get("/orders?limit=3")
	x.original, x.rt = originalOf(x.r), newBench(t, &Handler{}).run
	p := style.Page{Offset: 3, Limit: 3, Items: 3, Total: 9, More: true}
	seen := map[string]string{}
	note := func(name string, p style.Page) {
		key := string(x.linksKey(p, list.Mark{}))
		if other, taken := seen[key]; taken {
			t.Errorf("%s: the key is that of %s", name, other)
		}
		seen[key] = name
	}
	note("the page", p)
	for name, change := range map[string]func(p *style.Page){
		"the offset": func(p *style.Page) { p.Offset++ }, // as items that came before a cursor's key change it
		"the limit":  func(p *style.Page) { p.Limit++ },
		"the items":  func(p *style.Page) { p.Items-- }, // as max_page_size does
		"the total":  func(p *style.Page) { p.Total++ },
		"no total":   func(p *style.Page) { p.Total = -1 },
		"the end":    func(p *style.Page) { p.More = false },
	} {
		other := p
		change(&other)
		note(name, other)
	}
	x.rest = 7
	note("what is wanted still", p)
	x.plan.rest = -1
	note("all that is wanted", p)
}

// TestRememberedNever: lines that are made of more than their key are not kept, nor is what
// is large.
func TestRememberedNever(t *testing.T) {
	for _, tc := range []struct {
		name   string
		config Handler
		target string
	}{
		{"keys of items", Handler{Style: &StyleConfig{Name: "stripe"}}, "/orders?limit=2"},
		{"an upstream's tokens", Handler{Upstream: &UpstreamConfig{Name: "google"}}, "/orders?limit=2"},
		{"a long query", Handler{}, "/orders?limit=2&q=" + strings.Repeat("x", largestKept)},
		{"a long line", Handler{}, "/orders?limit=2&q=" + strings.Repeat(";", largestKept*2/5)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &tc.config)
			for range 4 {
				b.ask(t, get(tc.target), upstreamOf(`{"nextPageToken":"t","items":[{"id":1},{"id":2},{"id":3}]}`))
			}
			if got := b.run.links.size(); got != 0 {
				t.Errorf("got %d lines that are kept, want none", got)
			}
		})
	}
}

// TestRememberedSecondTime: a walk leaves nothing behind.
func TestRememberedSecondTime(t *testing.T) {
	b := newBench(t, &Handler{})
	for i := range 300 {
		b.ask(t, get(fmt.Sprintf("/orders?limit=2&offset=%d", i)), upstreamOf(numbers(302)))
	}
	if links, readings := b.run.links.size(), b.run.readings.size(); links+readings != 0 {
		t.Errorf("got %d lines and %d readings that are kept of pages asked for once, want none", links, readings)
	}
}

// randomAsk is a request out of few, of which many have much in common.
func randomAsk(rng *rand.Rand) *http.Request {
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	r := get(pick("/a", "/a/", "/%61", "//a", "/a%2Fb", "/a/b") + pick("", "?limit=2", "?limit=3", "?$top=4", "?$top=2&limit=2") + pick("", "&x=1", "&x=1&y=2", "&y=2&x=1", "&x=1%26y=2"))
	switch rng.IntN(8) {
	case 0:
		r.Host = pick("b.example", "b.example:1", "b example", "")
	case 1:
		r.TLS = new(tls.ConnectionState)
	case 2:
		trusted(r)
	case 3:
		r.URL.RawQuery += pick("&x=1", "&y=2")
	case 4:
		r.URL = &url.URL{Path: "/rewritten", RawQuery: r.URL.RawQuery}
	}
	for _, name := range []string{"X-Forwarded-Proto", "X-Forwarded-Host"} {
		if value := pick("", "", "https", "http", "c.example"); value != "" {
			r.Header.Set(name, value)
		}
	}
	return r
}

// TestRememberedRandomly: what is remembered is what would be made.
func TestRememberedRandomly(t *testing.T) {
	for _, tc := range []struct {
		name   string
		config Handler
	}{
		{"cursors", Handler{}},
		{"keys in cursors", Handler{Key: []string{"id"}}},
		{"totals", Handler{Total: "exact"}},
		{"offsets", Handler{Style: &StyleConfig{Name: "ra-json"}}},
		{"pages", Handler{Style: &StyleConfig{Name: "page"}}},
		{"counted down", Handler{Style: &StyleConfig{Name: "odata"}}},
		{"upstream", Handler{Upstream: &UpstreamConfig{Name: "link"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			with, without := tc.config, tc.config
			remembers, forgets := newBench(t, &with), newBench(t, &without)
			rng := rand.New(rand.NewPCG(1, 2))
			for range 2000 {
				seed, body := rng.Uint64(), numbers(rng.IntN(6))
				ask := func(b *bench) string {
					rec := b.ask(t, randomAsk(rand.New(rand.NewPCG(seed%97, 3))), upstreamOf(body))
					return fmt.Sprint(rec.Code, rec.Header(), rec.Body)
				}
				forgets.run.links, forgets.run.readings = new(memory[*string]), new(memory[*query.Reading])
				if got, want := ask(remembers), ask(forgets); got != want {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
			if remembers.run.links.size() == 0 || remembers.run.readings.size() == 0 {
				t.Error("nothing was remembered")
			}
		})
	}
}

// TestRememberedTogether: requests beside each other each get their own line.
func TestRememberedTogether(t *testing.T) {
	b := newBench(t, &Handler{})
	var targets, want []string
	for i := range 400 { // more than there is room for
		targets = append(targets, fmt.Sprintf("/orders?limit=2&a=%d", i))
		want = append(want, b.ask(t, get(targets[i]), upstreamOf(numbers(5))).Header().Get("Link"))
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(want))); len(unique) != len(want) {
		t.Fatalf("got %d different lines, want %d", len(unique), len(want))
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 500 {
				i := rng.IntN(20)
				if rng.IntN(4) == 0 {
					i = rng.IntN(len(targets))
				}
				if got := b.ask(t, get(targets[i]), upstreamOf(numbers(5))).Header().Get("Link"); got != want[i] {
					t.Errorf("%s: got %s, want %s", targets[i], got, want[i])
				}
			}
		})
	}
	group.Wait()
	if b.run.links.size() == 0 || b.run.readings.size() == 0 {
		t.Error("nothing was remembered")
	}
}

// TestRememberedReadings: what is wrong with a query is found out anew, as is what a body
// says beside it.
func TestRememberedReadings(t *testing.T) {
	for _, tc := range []struct {
		name  string
		query string
		want  int
	}{
		{"a page", "limit=2&a=1", 1},
		{"a mask", "limit=2&fields=id", 1},
		{"no query", "", 1},
		{"two limits", "limit=2&limit=3", 0},
		{"two masks", "fields=id&fields=name", 0},
		{"a forged cursor", "cursor=abc", 1}, // it is opened anew
		{"a long query", "a=" + strings.Repeat("x", largestKept), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{})
			var first string
			for i := range 5 {
				rec, _, err := b.serve(get("/orders?"+tc.query), upstreamOf(numbers(5)))
				text := fmt.Sprint(rec.Code, rec.Header(), rec.Body, err)
				if i == 0 {
					first = text
				}
				if text != first {
					t.Errorf("request %d: got %s, want %s", i, text, first)
				}
			}
			if got := b.run.readings.size(); got != tc.want {
				t.Errorf("got %d readings that are kept, want %d", got, tc.want)
			}
		})
	}
}
