package integration

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// A shelf is an upstream with a list of numbered items, which may change, and which
// counts who reads it.
type shelf struct {
	mu     sync.Mutex
	items  []int
	header map[string]string // of its answers
	wrap   [2]string         // around the items; a root array if empty
	gate   func(i int)       // called before the i-th item is sent, if there is one

	reads  atomic.Int64 // answers that have begun
	wholes atomic.Int64 // answers that were sent to their end
	lost   atomic.Int64 // answers whose client went away
}

// newShelf is a shelf with the items from 0 up to n.
func newShelf(n int) *shelf {
	s := new(shelf)
	s.items = count(0, n)
	return s
}

// count is the numbers from up to, but not including, to.
func count(from, to int) []int {
	all := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

// shelfItem is wide enough that a page does not fit into the sockets' buffers
// along with all others.
func shelfItem(n int) string {
	return fmt.Sprintf(`{"id":%d,"n":%d,"pad":"%s"}`, n, n, strings.Repeat("x", 200))
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	items, gate, wrap := s.items, s.gate, s.wrap
	for name, value := range s.header {
		w.Header().Set(name, value)
	}
	s.mu.Unlock()
	s.reads.Add(1)
	if wrap[0] == "" {
		wrap = [2]string{"[", "]"}
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", asJSON)
	}
	write := func(text string) bool {
		_, err := io.WriteString(w, text)
		if err != nil {
			s.lost.Add(1)
		}
		return err == nil
	}
	if !write(wrap[0]) {
		return
	}
	for i, n := range items {
		if gate != nil {
			gate(i)
		}
		text := shelfItem(n)
		if i > 0 {
			text = "," + text
		}
		if !write(text) {
			return
		}
		if gate != nil {
			w.(http.Flusher).Flush()
		}
	}
	if write(wrap[1]) {
		s.wholes.Add(1)
	}
}

// set gives the list other items.
func (s *shelf) set(items []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = items
}

func (s *shelf) setGate(gate func(i int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = gate
}

// wantReads asserts on how often the shelf has been read since the last time.
func (s *shelf) wantReads(t testing.TB, want int64) {
	t.Helper()
	if got := s.reads.Swap(0); got != want {
		t.Errorf("the upstream was read %d times, want %d", got, want)
	}
}

// snapshotted is a site's routes with this mode of snapshots, and more options.
func snapshotted(mode, options string, up *upstream) string {
	return fmt.Sprintf("paginate 10 100 {\nsnapshot %s\n%s\n}\n%s", mode, options, up.proxy())
}

// measured is snapshotted beside Caddy's metrics.
func measured(mode, options string, up *upstream) string {
	return "handle /metrics {\nmetrics\n}\nhandle {\n" + snapshotted(mode, options, up) + "\n}"
}

// seriesOf is the value of one of our metrics, which go on from test to test.
func seriesOf(t testing.TB, s *harness.Caddy, name, route string) float64 {
	t.Helper()
	r := send(t, pageClient(t), http.MethodGet, s.URL+"/metrics")
	for line := range strings.Lines(r.body) {
		if text, ok := strings.CutPrefix(line, fmt.Sprintf("caddy_paginate_%s{route=%q} ", name, route)); ok {
			value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	t.Fatalf("there is no caddy_paginate_%s of %s", name, route)
	return 0
}

// walkList follows next from a URL on, and returns the numbers of all items. between is
// called before each page but the first.
func walkList(t testing.TB, c *http.Client, next string, between func(page int), headers ...string) []int {
	t.Helper()
	var all []int
	for page := 0; next != ""; page++ {
		if page > 0 && between != nil {
			between(page)
		}
		r := sendAgain(t, c, next, headers...)
		if r.status != http.StatusOK {
			t.Fatalf("page %d: got %d %.300q", page, r.status, r.body)
		}
		all = append(all, numbers(t, r)...)
		next = r.next(t)
	}
	return all
}

// sendAgain is send for a GET that may meet a reload: connections that no server has
// accepted are reset then, with paginate or without.
func sendAgain(t testing.TB, c *http.Client, target string, headers ...string) reply {
	t.Helper()
	for range 100 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			req.Header.Add(name, value)
		}
		if resp, err := c.Do(req); err == nil {
			return readReply(t, resp)
		}
	}
	t.Fatalf("nobody answers %s", target)
	return reply{}
}

// arrivals counts the requests that have come as far as the handler in front of
// paginate, where a route says `testarrive`.
var arrivals atomic.Int64

type testArrive struct{}

func init() {
	caddy.RegisterModule(testArrive{})
	httpcaddyfile.RegisterHandlerDirective("testarrive", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return testArrive{}, nil
	})
	httpcaddyfile.RegisterDirectiveOrder("testarrive", httpcaddyfile.Before, "templates")
}

func (testArrive) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.testarrive", New: func() caddy.Module { return new(testArrive) }}
}

func (testArrive) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	arrivals.Add(1)
	return next.ServeHTTP(w, r)
}

// waitArrivals waits until n requests have come, besides those before the last time.
func waitArrivals(t testing.TB, n int64) {
	harness.Poll(t, func() error {
		if got := arrivals.Load(); got < n {
			return fmt.Errorf("%d requests have come, want %d", got, n)
		}
		return nil
	})
	arrivals.Add(-n)
}

// legacyOptions is a list of n orders that comes encoded.
func legacyOptions(n int, coding string) legacyapi.Options {
	return legacyapi.Options{Items: n, Encoding: coding}
}
