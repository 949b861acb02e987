package caddymodule

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// TestDrain: what stands behind a full page is swallowed where that keeps the
// upstream's connection, and is short.
func TestDrain(t *testing.T) {
	const begin = `[{"id":0},{"id":1},{"id":2},`
	for _, tc := range []struct {
		name      string
		outside   []string // Via lines of handlers outside of us
		via       []string // reverse_proxy's, and behind it the upstream's own
		rest      int      // Content-Length behind the beginning, -1 for none
		swallowed int      // so many bytes are taken
	}{
		{"HTTP/1.1, length unknown", nil, []string{"1.1 Caddy"}, -1, drainBytes},
		{"HTTP/1.1, a short rest", nil, []string{"1.1 Caddy"}, drainBytes, drainBytes},
		{"HTTP/1.1, a long rest", nil, []string{"1.1 Caddy"}, drainBytes + 1, 0},
		{"HTTP/1.1, nothing left", nil, []string{"1.1 Caddy"}, 0, 0},
		{"HTTP/1.0, length unknown", nil, []string{"1.0 Caddy"}, -1, 0},
		{"HTTP/1.0, a short rest", nil, []string{"1.0 Caddy"}, 99, drainBytes},
		{"HTTP/2", nil, []string{"2.0 Caddy"}, -1, 0},
		{"HTTP/2 from an upstream with a Via", nil, []string{"2.0 Caddy", "1.1 Caddy"}, -1, 0},
		{"FastCGI", nil, []string{"0.0 Caddy"}, -1, 0},
		{"HTTP/1.1 from an upstream with a Via", nil, []string{"1.1 Caddy", "2.0 Caddy"}, -1, drainBytes},
		{"behind a Via that was there", []string{"1.1 Caddy"}, []string{"2.0 Caddy"}, -1, 0},
		{"HTTP/1.1 behind a Via that was there", []string{"2.0 cdn"}, []string{"1.1 Caddy"}, -1, drainBytes},
		{"another proxy's Via", nil, []string{"1.1 varnish"}, -1, 0},
		{"no Via", nil, nil, -1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{})
			b.run.drains.missed()
			rec := httptest.NewRecorder()
			rec.Header()["Via"] = tc.outside
			err := b.ServeHTTP(rec, get("/?limit=2"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				w.Header()["Via"] = append(w.Header()["Via"], tc.via...)
				if tc.rest >= 0 {
					w.Header().Set("Content-Length", strconv.Itoa(len(begin)+tc.rest))
				}
				_, err := io.WriteString(w, begin)
				if wantErr := tc.swallowed == 0 && tc.rest != 0; wantErr != (err != nil) {
					t.Errorf("at the page's end: got error %v, want one: %v", err, wantErr)
				}
				swallowed := 0
				for err == nil && swallowed < 2*drainBytes {
					var n int
					n, err = w.Write(make([]byte, 1<<10)) // no JSON, and nobody reads it
					swallowed += n
				}
				if !errors.Is(err, errStopped) || swallowed != tc.swallowed {
					t.Errorf("got %d bytes swallowed and error %v, want %d and to be stopped", swallowed, err, tc.swallowed)
				}
				return err
			}))
			if want := `[{"id":0},{"id":1}]`; err != nil || rec.Body.String() != want {
				t.Errorf("got %q and error %v, want %q", rec.Body, err, want)
			}
			if n := b.clock.pending(); n != 0 {
				t.Errorf("%d timers are left", n)
			}
		})
	}
}

// TestDrainStall: an upstream that stalls behind a full page is let go as if its
// body had ended.
func TestDrainStall(t *testing.T) {
	b := newBench(t, &Handler{})
	b.run.drains.missed()
	r := get("/?limit=2")
	rec := b.ask(t, r, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Via", "1.1 Caddy")
		_, _ = io.WriteString(w, numbers(3))
		b.clock.advance(drainTime - time.Nanosecond)
		if err := context.Cause(r.Context()); err != nil {
			t.Errorf("let go too early: %v", err)
		}
		b.clock.advance(time.Nanosecond)
		if err := context.Cause(r.Context()); err != io.EOF { //nolint:errorlint // reverse_proxy compares it so
			t.Errorf("got the cause %v, want %v", err, io.EOF)
		}
		return nil
	})
	if got := rec.Body.String(); strings.Count(got, "id") != 2 || r.Context().Err() != nil {
		t.Errorf("got %q, and the client's context ended with %v", got, r.Context().Err())
	}
}

// TestDrainBroken: what goes wrong behind a full page does not harm it.
func TestDrainBroken(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func() error
	}{
		{"an error", func() error { return errors.New("broken") }},
		{"an abortion", func() error { panic(http.ErrAbortHandler) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{})
			b.run.drains.missed()
			rec := b.ask(t, get("/?limit=1"), func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Via", "1.1 Caddy")
				_, _ = io.WriteString(w, numbers(3)[:30])
				return tc.end()
			})
			if rec.Body.String() != numbers(1) || rec.Code != http.StatusOK {
				t.Errorf("got %d %q", rec.Code, rec.Body)
			}
		})
	}
}

// TestDrainContext: a route's requests get a context of their own once it has shown
// an answer that had better been read to its end.
func TestDrainContext(t *testing.T) {
	const json, via = "application/json", "1.1 Caddy"
	for _, tc := range []struct {
		name        string
		h           *Handler
		target      string
		contentType string
		via         string
		own         bool
	}{
		{"a page", &Handler{}, "/?limit=2", json, via, true},
		{"a page in an envelope", &Handler{EarlyStop: "always"}, "/?limit=2", json, via, true},
		{"a page over HTTP/2", &Handler{}, "/?limit=2", json, "2.0 Caddy", false},
		{"a short list", &Handler{}, "/?limit=9", json, via, false},
		{"no list", &Handler{}, "/?limit=2", "text/plain", via, false},
		{"early_stop off", &Handler{EarlyStop: "off"}, "/?limit=2", json, via, false},
		{"total exact", &Handler{Total: "exact"}, "/?limit=2", json, via, false},
		{"announce, no page asked", &Handler{Phase: "announce"}, "/", json, via, false},
		{"observe", &Handler{Phase: "observe"}, "/?limit=2", json, via, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, tc.h)
			for i := range 3 {
				r := get(tc.target)
				b.ask(t, r, func(w http.ResponseWriter, behind *http.Request) error {
					if got, want := behind.Context() != r.Context(), i > 0 && tc.own; got != want {
						t.Errorf("request %d: got a context of its own: %v, want %v", i, got, want)
					}
					w.Header()["Via"] = []string{tc.via}
					w.Header()["Content-Type"] = []string{tc.contentType}
					_, err := io.WriteString(w, numbers(5))
					return err
				})
			}
		})
	}
}

// TestDrainPatience: where remainders are long, few of them are tried.
func TestDrainPatience(t *testing.T) {
	short, long := numbers(5), numbers(20_000)
	b := newBench(t, &Handler{})
	tried := func(body string) bool {
		own := false
		r := get("/?limit=2")
		b.ask(t, r, func(w http.ResponseWriter, behind *http.Request) error {
			own = behind.Context() != r.Context()
			return proxied(body, 32<<10, "Via", "1.1 Caddy", "Content-Type", "application/json")(w, behind)
		})
		return own
	}
	count := func(n int, body string) (tries int) {
		for range n {
			if tried(body) {
				tries++
			}
		}
		return tries
	}
	if got := count(10, short); got != 9 {
		t.Errorf("of 10 short lists, %d were tried, want all but the first", got)
	}
	if got := count(1000, long); got < drainTries || got > drainTries+1000/drainRests {
		t.Errorf("of 1,000 long lists, %d were tried", got)
	}
	if got := count(2*drainRests, short); got < drainRests-1 {
		t.Errorf("of %d short lists behind them, %d were tried", 2*drainRests, got)
	}
}

// TestPageAheadOfStop: a small page does not wait for the upstream's connection to
// close, nor does the upstream wait for a client that could keep it waiting.
func TestPageAheadOfStop(t *testing.T) {
	const small, large = 10, 1000
	for _, tc := range []struct {
		name  string
		proto int
		limit int
		ahead bool
	}{
		{"HTTP/1", 1, small, true},
		{"HTTP/1, more than a connection takes", 1, large, false},
		{"HTTP/2", 2, small, false},
		{"HTTP/3", 3, small, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{MaxLimit: large})
			rec := httptest.NewRecorder()
			r := get("/?limit=" + strconv.Itoa(tc.limit))
			r.ProtoMajor = tc.proto
			want := numbers(tc.limit)
			err := b.ServeHTTP(rec, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				_, err := io.WriteString(w, numbers(tc.limit+2))
				if !errors.Is(err, errStopped) {
					t.Errorf("got %v, want to be stopped", err)
				}
				if ahead := rec.Body.String() == want; ahead != tc.ahead {
					t.Errorf("when it was stopped, the client had %.50q; ahead should be %v", rec.Body, tc.ahead)
				}
				return err
			}))
			if err != nil || rec.Body.String() != want {
				t.Errorf("got %.50q (%v), want the page", rec.Body, err)
			}
			if got := rec.Header().Get("Content-Length"); got != strconv.Itoa(len(want)) {
				t.Errorf("got Content-Length %s, want %d", got, len(want))
			}
		})
	}
}
