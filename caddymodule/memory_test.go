package caddymodule

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// size is how many requests a memory keeps.
func (m *memory) size() int { return m.count(func(*recurring) bool { return true }) }

// lines is how many of them have a Link line.
func (m *memory) lines() int { return m.count(func(r *recurring) bool { return r.line.Load() != nil }) }

func (m *memory) count(counts func(*recurring) bool) int {
	n := 0
	for i := range m {
		if kept := m[i].kept.Load(); kept != nil && counts(kept) {
			n++
		}
	}
	return n
}

// TestMemory: a request is kept when it comes twice in a row.
func TestMemory(t *testing.T) {
	m := new(memory)
	key := []byte("a")
	_, slot, again := m.find(key)
	if again {
		t.Error("it comes again the first time")
	}
	slot.came.Add(1) // by another one of the slot
	if _, _, again = m.find(key); again {
		t.Error("it comes again although another one came in between")
	}
	if _, _, again = m.find(key); !again {
		t.Error("it does not come again the second time")
	}
	kept := &recurring{key: "a"}
	slot.kept.Store(kept)
	if got, _, _ := m.find(key); got != kept {
		t.Error("what was kept is not found")
	}
	slot.kept.Store(&recurring{key: "b"}) // as one of the same sum would be
	if got, _, _ := m.find(key); got != nil {
		t.Errorf("got what was kept for %q", got.key)
	}
	long := []byte(strings.Repeat("k", largestKept+1))
	for range 3 {
		if _, _, again = m.find(long); again {
			t.Error("it comes again although it is long")
		}
	}
}

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
		{"the path that the client sent", func() *http.Request {
			r := get("/others?limit=3&a=1&b=2")
			r.URL.Path = "/orders"
			return r
		}, nine},
		{"the escapes of the path that the client sent", func() *http.Request {
			r := get("/%6Frders?limit=3&a=1&b=2")
			r.URL.RawPath = ""
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
			if got := b.run.memory.lines(); got != 1 {
				t.Fatalf("got %d lines that are kept, want 1", got)
			}
			got := []string{ask(tc.ask(), tc.body), ask(tc.ask(), tc.body), ask(tc.ask(), tc.body)}
			b.run.memory = new(memory)
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

// TestRememberedPages: where a page is turns on more than its URL does, as items come and go.
func TestRememberedPages(t *testing.T) {
	p := style.Page{Offset: 3, Limit: 3, Items: 3, Total: 9, More: true}
	changes := map[string]func(x *exchange, p *style.Page){
		"the offset":          func(_ *exchange, p *style.Page) { p.Offset++ },
		"the items":           func(_ *exchange, p *style.Page) { p.Items-- }, // as max_page_size does
		"the total":           func(_ *exchange, p *style.Page) { p.Total += 3 },
		"no total":            func(_ *exchange, p *style.Page) { p.Total = -1 },
		"the end":             func(_ *exchange, p *style.Page) { p.More = false },
		"what is wanted":      func(x *exchange, _ *style.Page) { x.plan.rest = 7 },
		"what is then wanted": func(x *exchange, _ *style.Page) { x.plan.rest, x.rest = 7, 4 },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, &Handler{Style: &StyleConfig{Name: "odata"}})
			client := *b.run.client
			client.Rels = []string{"next", "prev", "last"}
			b.run.client = &client
			x := newExchange(b.Handler, httptest.NewRecorder(), get("/orders?$top=3"), b.clock.Now(), standing{})
			defer x.release()
			x.recurs, x.plan.rest = new(recurring), -1
			x.readAsk()
			x.edited.begin(x.r)
			write := func(p style.Page) string {
				line, err := x.links(p, list.Mark{})
				if err != nil {
					t.Fatal(err)
				}
				return string(line)
			}
			base := write(p)
			if again := write(p); again != base {
				t.Fatalf("got %s, and before that %s", again, base)
			}
			other := p
			change(x, &other)
			got := write(other)
			x.recurs = nil
			if want := write(other); got != want || want == base {
				t.Errorf("got %s, want %s, and not %s", got, want, base)
			}
		})
	}
}

// TestRememberedPlans: what the upstream is asked turns on more than the URL does.
func TestRememberedPlans(t *testing.T) {
	b := newBench(t, &Handler{
		Upstream: &UpstreamConfig{Name: "page"}, MaxLimit: 100,
		Retire: &RetireConfig{Deprecated: "2030-01-01T00:00:00Z", Sunset: "2030-04-01T00:00:00Z"},
	})
	ask := func() (sent string) {
		b.ask(t, get("/orders?limit=1000"), func(w http.ResponseWriter, r *http.Request) error {
			sent += r.URL.RawQuery + " " + r.RequestURI + "\n"
			return upstreamOf("[]")(w, r)
		})
		return sent
	}
	asked := map[string]bool{}
	for range 2 {
		first := ask()
		asked[first] = true
		for range 3 {
			if again := ask(); again != first {
				t.Errorf("got %s, and before that %s", again, first)
			}
		}
		kept := b.run.memory
		b.run.memory = new(memory)
		if want := ask(); first != want {
			t.Errorf("got %s, want %s", first, want)
		}
		b.run.memory = kept
		b.clock.advance(60 * 24 * time.Hour)
	}
	if len(asked) != 2 {
		t.Errorf("got %v, want one in each phase", asked)
	}
}

// TestRememberedPosted: what is known of a request is not known of one by POST for the same
// URL, even if that has no body.
func TestRememberedPosted(t *testing.T) {
	b := newBench(t, &Handler{Style: &StyleConfig{Name: "slack"}, Upstream: &UpstreamConfig{Name: "link"}})
	ask := func(method string) string {
		var sent string
		r := get("/orders?limit=2&a=1")
		r.Method = method
		rec := b.ask(t, r, func(w http.ResponseWriter, r *http.Request) error {
			sent = fmt.Sprint(r.Method, r.RequestURI, r.URL)
			return upstreamOf(numbers(3))(w, r)
		})
		return fmt.Sprint(rec.Code, rec.Header(), rec.Body, sent)
	}
	wants := map[string]string{}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		b.run.memory = new(memory)
		wants[method] = ask(method)
	}
	for _, first := range []string{http.MethodGet, http.MethodPost} {
		b.run.memory = new(memory)
		for _, method := range []string{first, first, first, http.MethodPost, http.MethodGet, http.MethodPost, http.MethodGet, http.MethodPost, http.MethodGet} {
			if got := ask(method); got != wants[method] {
				t.Errorf("%s after %s: got %s, want %s", method, first, got, wants[method])
			}
		}
	}
	if wants[http.MethodGet] == wants[http.MethodPost] || b.run.memory.lines() == 0 {
		t.Errorf("got %s for both, or remembered nothing", wants[http.MethodGet])
	}
}

// TestRememberedChanges: the line of a page that is another one each time is not kept, and not
// copied therefore.
func TestRememberedChanges(t *testing.T) {
	b := newBench(t, &Handler{Total: "exact"})
	for i := range 9 {
		b.ask(t, get("/orders?limit=2"), upstreamOf(numbers(3+i)))
	}
	if requests, lines := b.run.memory.size(), b.run.memory.lines(); requests != 1 || lines != 0 {
		t.Errorf("got %d requests and %d lines that are kept, want 1 and none", requests, lines)
	}
	for range 2 {
		b.ask(t, get("/orders?limit=2"), upstreamOf(numbers(3)))
	}
	if got := b.run.memory.lines(); got != 1 {
		t.Errorf("got %d lines that are kept once the page stays as it is, want 1", got)
	}
}

// TestRememberedNever: lines that are made of more than their key are not kept, nor is what
// is large.
func TestRememberedNever(t *testing.T) {
	for _, tc := range []struct {
		name   string
		config Handler
		target string
	}{
		{"an upstream's tokens", Handler{Upstream: &UpstreamConfig{Name: "google"}}, "/orders?limit=2"},
		{"a long query", Handler{}, "/orders?limit=2&q=" + strings.Repeat("x", largestKept)},
		{"a long key", Handler{Style: &StyleConfig{Name: "stripe"}, Key: []string{"id"}}, "/orders?limit=3"},
		{"a long line", Handler{}, "/orders?limit=2&q=" + strings.Repeat(";", largestKept-50)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &tc.config)
			for range 4 {
				b.ask(t, get(tc.target), upstreamOf(`{"nextPageToken":"t","items":[{"id":"`+strings.Repeat("k", 2*largestKept)+`"},{"id":2},{"id":3}]}`))
			}
			if got := b.run.memory.lines(); got != 0 {
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
	if got := b.run.memory.size(); got != 0 {
		t.Errorf("got %d requests that are kept although they came once, want none", got)
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
		r.RequestURI = "http://api.example" + r.RequestURI
	case 5:
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
		{"keys", Handler{Style: &StyleConfig{Name: "stripe"}}},
		{"upstream", Handler{Upstream: &UpstreamConfig{Name: "link"}}},
		{"upstream by pages", Handler{Upstream: &UpstreamConfig{Name: "page"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			with, without := tc.config, tc.config
			remembers, forgets := newBench(t, &with), newBench(t, &without)
			rng := rand.New(rand.NewPCG(1, 2))
			for range 2000 {
				seed, body := rng.Uint64(), numbers(rng.IntN(6))
				ask := func(b *bench) string {
					var sent string
					r := randomAsk(rand.New(rand.NewPCG(seed%97, 3)))
					came := *r.URL
					rec := b.ask(t, r, func(w http.ResponseWriter, r *http.Request) error {
						sent = fmt.Sprint(r.RequestURI, r.URL, r.Header)
						return upstreamOf(body)(w, r)
					})
					if *r.URL != came {
						t.Fatalf("the request's URL is %s afterwards, and was %s", r.URL, &came)
					}
					return fmt.Sprint(rec.Code, rec.Header(), rec.Body, sent)
				}
				forgets.run.memory = new(memory)
				if got, want := ask(remembers), ask(forgets); got != want {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
			if remembers.run.memory.lines() == 0 {
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
	if b.run.memory.lines() == 0 {
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
			if got := b.run.memory.size(); got != tc.want {
				t.Errorf("got %d readings that are kept, want %d", got, tc.want)
			}
		})
	}
}
