package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
)

// A sink is a client that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// proxied answers like reverse_proxy: it adds the upstream's fields, and copies
// the body through a buffer of its own. That what comes behind the page is not
// wanted ends it without an error, which is dearer than what is measured here.
func proxied(body string, chunk int, fields ...string) caddyhttp.HandlerFunc {
	text := []byte(body)
	return func(w http.ResponseWriter, _ *http.Request) error {
		h := w.Header()
		for i := 0; i < len(fields); i += 2 {
			h.Add(fields[i], fields[i+1])
		}
		w.WriteHeader(http.StatusOK)
		for rest := text; len(rest) > 0; {
			n := min(chunk, len(rest))
			if _, err := w.Write(rest[:n]); err != nil {
				return nil //nolint:nilerror // see above
			}
			rest = rest[n:]
		}
		return nil
	}
}

// An allocCase is a kind of request of which the cost is bounded.
type allocCase struct {
	name   string
	config Handler
	target string
	next   caddyhttp.HandlerFunc
	most   float64 // allocations more than next makes alone
}

const anyRoute = "orders"

func allocCases() []allocCase {
	unbounded := func() Handler {
		return Handler{Name: anyRoute, Key: []string{"id"}, Upstream: &UpstreamConfig{Name: "unbounded"}}
	}
	native := func() Handler { return Handler{Name: anyRoute, Upstream: &UpstreamConfig{Name: "link"}} }
	announced := func() Handler {
		h := unbounded()
		h.Phase = "announce"
		h.Retire = &RetireConfig{Deprecated: "2030-01-01T00:00:00Z", Sunset: "2031-01-01T00:00:00Z", Docs: "https://api.example/docs"}
		return h
	}
	const json, length = "Content-Type", "Content-Length"
	isJSON := []string{json, "application/json", "Server", "legacy", "Date", "Sat, 01 Jan 2000 00:00:00 GMT"}
	cases := []allocCase{
		{"an object", unbounded(), "/orders/7", proxied(`{"id":7,"name":"n7"}`, 32<<10, append(isJSON, length, "20")...), 2},
		{"a native page of 10", native(), "/orders?limit=10&status=open", proxied(numbers(11), 32<<10, isJSON...), 4},
		{"a native page of 1,000", native(), "/orders?limit=1000&status=open", proxied(numbers(1001), 32<<10, isJSON...), 4},
		{"a native page of 1,000 in chunks", native(), "/orders?limit=1000&status=open", proxied(numbers(1001), 256, isJSON...), 6},
		{"a page of 100 of 10,000", unbounded(), "/orders?limit=100", proxied(numbers(10_000), 32<<10, isJSON...), 6},
		{"announced", announced(), "/orders", proxied(numbers(1000), 32<<10, isJSON...), 7},
		{"announced, in chunks", announced(), "/orders", proxied(numbers(1000), 256, isJSON...), 10},
	}
	for i := range cases {
		if cases[i].config.MaxLimit == 0 {
			cases[i].config.MaxLimit = 1000
		}
		if cases[i].config.Phase == "" {
			cases[i].config.Phase = "enforce"
		}
	}
	return cases
}

// newCost readies a handler that sums its adoption log up, as it does by default,
// and writes it as JSON to nowhere.
func newCost(t testing.TB, h *Handler) *Handler {
	t.Helper()
	h.applyDefaults()
	if err := h.check(); err != nil {
		t.Fatal(err)
	}
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(io.Discard), zapcore.InfoLevel)
	log := adoption.NewLog(plainClock{systemClock{}}, time.Hour)
	run, err := h.compile(zap.New(core), &App{keeper: givenSecret([]byte(testSecret)), log: log, shared: new(pooledLedger)})
	if err != nil {
		t.Fatal(err)
	}
	settings := &adoption.LogSettings{Logger: run.adoption}
	log.Attach(settings)
	t.Cleanup(func() { log.Detach(settings) })
	h.run = run
	return h
}

// asker returns what makes one request after the other, of which nothing is left
// to the next.
func asker(t testing.TB, target string, serve func(w http.ResponseWriter, r *http.Request) error) func() {
	blank := httptest.NewRequest(http.MethodGet, "http://api.example"+target, nil)
	blank.Header = http.Header{"User-Agent": {"test/1"}, "Accept-Encoding": {"gzip"}}
	w := &sink{header: http.Header{"Server": {"Caddy"}}}
	server := new(caddyhttp.Server)
	return func() {
		clear(w.header)
		w.header["Via"] = nil
		r := caddyhttp.PrepareRequest(blank, caddy.NewReplacer(), w, server)
		if err := serve(w, r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAllocations(t *testing.T) {
	for _, tc := range allocCases() {
		t.Run(tc.name, func(t *testing.T) {
			h := newCost(t, &tc.config)
			plain := asker(t, tc.target, func(w http.ResponseWriter, r *http.Request) error { return tc.next(w, r) })
			paged := asker(t, tc.target, func(w http.ResponseWriter, r *http.Request) error { return h.ServeHTTP(w, r, tc.next) })
			paged() // fills the pools
			got := testing.AllocsPerRun(200, paged) - testing.AllocsPerRun(200, plain)
			if got > tc.most+poolMisses {
				t.Errorf("got %v allocations more than without the handler, want at most %v", got, tc.most)
			}
		})
	}
}

func BenchmarkServe(b *testing.B) {
	for _, tc := range allocCases() {
		h := newCost(b, &tc.config)
		serves := []func(http.ResponseWriter, *http.Request) error{
			func(w http.ResponseWriter, r *http.Request) error { return tc.next(w, r) },
			func(w http.ResponseWriter, r *http.Request) error { return h.ServeHTTP(w, r, tc.next) },
		}
		for i, name := range []string{"plain", "paged"} {
			b.Run(fmt.Sprintf("%s/%s", strings.ReplaceAll(tc.name, " ", "_"), name), func(b *testing.B) {
				ask := asker(b, tc.target, serves[i])
				b.ReportAllocs()
				for b.Loop() {
					ask()
				}
			})
		}
	}
}
