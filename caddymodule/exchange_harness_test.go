package caddymodule

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// A testClock stands still until it is told to go on.
type testClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*testTimer
}

type testTimer struct {
	clock *testClock
	at    time.Time
	f     func()
	over  bool
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) AfterFunc(d time.Duration, f func()) timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &testTimer{clock: c, at: c.now.Add(d), f: f}
	c.timers = append(c.timers, t)
	return t
}

func (t *testTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	active := !t.over
	t.over = true
	return active
}

func (t *testTimer) Reset(d time.Duration) bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	active := !t.over
	t.at, t.over = t.clock.now.Add(d), false
	return active
}

// advance runs what falls due, as timers do beside their handler.
func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []func()
	for _, timer := range c.timers {
		if !timer.over && !timer.at.After(c.now) {
			timer.over = true
			due = append(due, timer.f)
		}
	}
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}

// pending is how many timers are still to go off.
func (c *testClock) pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, timer := range c.timers {
		if !timer.over {
			n++
		}
	}
	return n
}

const testSecret = "a secret of the tests, long enough"

// A bench is a handler without a server around it.
type bench struct {
	*Handler
	clock *testClock
	logs  *observer.ObservedLogs
}

func newBench(t testing.TB, h *Handler) *bench {
	t.Helper()
	h.applyDefaults()
	if err := h.check(); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	run, err := h.compile(zap.New(core).Named("http.handlers.paginate"), &App{keeper: givenSecret([]byte(testSecret)), shared: new(pooledLedger)})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Handler: h, clock: &testClock{now: time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)}, logs: logs}
	run.clock = b.clock
	h.run = run
	return b
}

// prepared is a request as the server hands it to its routes.
func prepared(r *http.Request) *http.Request {
	r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), nil, nil)
	caddyhttp.SetVar(r.Context(), caddyhttp.ClientIPVarKey, "192.0.2.77")
	return r
}

func get(target string) *http.Request {
	return prepared(httptest.NewRequest(http.MethodGet, "http://api.example"+target, nil))
}

// serve runs a request through the handler; a panic is returned as aborted.
func (b *bench) serve(r *http.Request, next caddyhttp.HandlerFunc) (rec *httptest.ResponseRecorder, aborted bool, err error) {
	rec = httptest.NewRecorder()
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler { //nolint:errorlint // a panic's value
				panic(v)
			}
			aborted = true
		}
	}()
	err = b.ServeHTTP(rec, r, next)
	return rec, false, err
}

// ask is serve where neither error nor abortion is expected.
func (b *bench) ask(t testing.TB, r *http.Request, next caddyhttp.HandlerFunc) *httptest.ResponseRecorder {
	t.Helper()
	rec, aborted, err := b.serve(r, next)
	if aborted || err != nil {
		t.Fatalf("%s: aborted %v, error %v", r.URL, aborted, err)
	}
	return rec
}

// records are the adoption log's fields so far.
func (b *bench) records() []map[string]any {
	var records []map[string]any
	for _, entry := range b.logs.FilterLoggerName("http.handlers.paginate.adoption").All() {
		records = append(records, entry.ContextMap())
	}
	return records
}

// lastRecord is the newest of n records.
func (b *bench) lastRecord(t testing.TB, n int) map[string]any {
	t.Helper()
	records := b.records()
	if len(records) != n {
		t.Fatalf("got %d adoption records, want %d: %v", len(records), n, records)
	}
	return records[n-1]
}

// numbers is a list of n small objects.
func numbers(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`{"id":%d,"name":"n%d"}`, i, i)
	}
	return "[" + strings.Join(items, ",") + "]"
}

// upstreamOf answers with a JSON body and header fields.
func upstreamOf(body string, header ...string) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		_, err := io.WriteString(w, body)
		return err
	}
}

// withValue is a request's context with one more value.
func withValue(r *http.Request, key, value any) context.Context {
	return context.WithValue(r.Context(), key, value)
}
