package caddymodule

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// announcing is a route that announces, with default 3 and maximum 5.
func announcing(t *testing.T) *bench {
	t.Helper()
	return newBench(t, &Handler{
		DefaultLimit: 3, MaxLimit: 5,
		Retire: &RetireConfig{Deprecated: "2030-01-01", Sunset: "2030-07-01", Docs: "https://docs.example/paging"},
	})
}

const (
	deprecatedValue = "@1893456000"
	sunsetValue     = "Mon, 01 Jul 2030 00:00:00 GMT"
)

func told(h http.Header) bool {
	return h.Get("Deprecation") == deprecatedValue && h.Get("Sunset") == sunsetValue
}

func untold(h http.Header) bool { return h.Get("Deprecation") == "" && h.Get("Sunset") == "" }

// TestHeldUntilKnown: nothing goes out before it is known whether the client is
// affected, and everything as soon as it is.
func TestHeldUntilKnown(t *testing.T) {
	b := announcing(t)
	rec := httptest.NewRecorder()
	err := b.ServeHTTP(rec, get("/orders"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `[{"id":0},{"id":1},{"id":2}`)
		if rec.Body.Len() > 0 {
			t.Errorf("%q is sent before it is known whether there is more", rec.Body)
		}
		_, _ = io.WriteString(w, `,{"id`)
		b.clock.advance(maxWait)
		if got, want := rec.Body.String(), `[{"id":0},{"id":1},{"id":2},{"id`; got != want || !told(rec.Header()) {
			t.Errorf("with one item more than a page: got %q and header %v, want %q", got, rec.Header(), want)
		}
		_, err := io.WriteString(w, `":3}]`)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rec.Body.String(), `[{"id":0},{"id":1},{"id":2},{"id":3}]`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHeldTooLong(t *testing.T) {
	for _, tc := range []struct {
		name, target, contentType, first, rest, want string
		early                                        string // what the client has after a second
		told                                         bool
	}{
		{"no item", "/orders", "application/json", `[`, `]`, `[]`, `[`, true},
		{"a few items", "/orders", "application/json", `[1,2`, `]`, `[1,2]`, `[1,2`, true},
		{"trimmed", "/orders?fields=a", "application/json", `[{"a":1,"b":2},`, `{"b":3}]`, `[{"a":1},{}]`, `[{"a":1}`, true},
		{"no byte of an unknown type", "/orders", "", " ", `[1,2]`, ` [1,2]`, "", false},
		{"an unknown type that is no JSON", "/orders", "", " ", `text`, ` text`, "", false},
		{"a page is waited for", "/orders?limit=2", "application/json", `[1,2`, `,3]`, `[1,2]`, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := announcing(t)
			rec := httptest.NewRecorder()
			err := b.ServeHTTP(rec, get(tc.target), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				if w.Header()["Content-Type"] = []string{tc.contentType}; tc.contentType == "" {
					w.Header()["Content-Type"] = nil
				}
				_, _ = io.WriteString(w, tc.first)
				b.clock.advance(999 * time.Millisecond)
				if rec.Body.Len() > 0 {
					t.Errorf("%q is sent after less than a second", rec.Body)
				}
				b.clock.advance(time.Millisecond)
				if got := rec.Body.String(); got != tc.early {
					t.Errorf("after a second: got %q, want %q", got, tc.early)
				}
				_, _ = io.WriteString(w, tc.rest)
				return nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			if rec.Body.String() != tc.want || rec.Code != http.StatusOK {
				t.Errorf("got %d %q, want %q", rec.Code, rec.Body, tc.want)
			}
			if tc.told != told(rec.Header()) || !tc.told && !untold(rec.Header()) {
				t.Errorf("told: want %v, got header %v", tc.told, rec.Header())
			}
			if tc.told {
				if record := b.lastRecord(t, 1); record["paginate.affected"] != true {
					t.Errorf("who is told counts as affected: got %v", record)
				}
			}
			if n := b.clock.pending(); n != 0 {
				t.Errorf("%d timers are left", n)
			}
		})
	}
}

// TestTimerBesideTheEnd lets the time run out while the handler is already at
// the answer to an upstream's failure: exactly one answer must go out.
func TestTimerBesideTheEnd(t *testing.T) {
	b := announcing(t)
	failure := caddyhttp.Error(http.StatusBadGateway, errors.New("the upstream failed"))
	for range 200 {
		fired := make(chan struct{})
		rec, aborted, err := b.serve(get("/orders"), func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `[1`)
			go func() {
				defer close(fired)
				b.clock.advance(holdFor)
			}()
			return failure
		})
		<-fired
		switch {
		case aborted || err == nil:
			t.Fatalf("aborted %v, error %v; want the upstream's", aborted, err)
		case rec.Body.Len() == 0 && len(rec.Header()) == 0:
		case rec.Body.String() == `[1` && told(rec.Header()):
		default:
			t.Fatalf("got %q with %v: neither nothing nor what was held", rec.Body, rec.Header())
		}
	}
}

// TestErrorBehindTheBeginning: a body that only we could have ended is aborted,
// not ended, when the handler behind us gives up.
func TestErrorBehindTheBeginning(t *testing.T) {
	b := announcing(t)
	rec, aborted, _ := b.serve(get("/orders?fields=id"), func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, strings.TrimSuffix(numbers(8), "]"))
		return errors.New("no more")
	})
	if !aborted {
		t.Errorf("got %q as if it were complete", rec.Body)
	}
	if n := b.logs.FilterMessage("the upstream's list cannot be used").Len(); n != 1 {
		t.Errorf("got %d lines about it, want 1", n)
	}
}

// A slowClient takes its time to read.
type slowClient struct {
	*httptest.ResponseRecorder
	clock *testClock
}

func (c slowClient) Write(p []byte) (int, error) {
	c.clock.advance(time.Minute)
	return c.ResponseRecorder.Write(p)
}

// TestUpstreamTime is not the client's.
func TestUpstreamTime(t *testing.T) {
	b := newBench(t, &Handler{})
	client := slowClient{httptest.NewRecorder(), b.clock}
	err := b.ServeHTTP(client, get("/?limit=2"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		b.clock.advance(250 * time.Millisecond)
		return upstreamOf(numbers(8))(w, r)
	}))
	if got := b.lastRecord(t, 1)["paginate.upstream_ms"]; err != nil || got != 250.0 {
		t.Errorf("got %v ms (%v), want 250", got, err)
	}
}

// TestHeldWithTheHeaderInHand: while the handler has the header map in its hands no timer
// sends the header, and with its next bytes the time begins anew.
func TestHeldWithTheHeaderInHand(t *testing.T) {
	b := announcing(t)
	rec := httptest.NewRecorder()
	err := b.ServeHTTP(rec, get("/orders"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `[1`)
		_ = w.Header()
		b.clock.advance(holdFor)
		if rec.Body.Len() > 0 {
			t.Errorf("%q is sent while the handler has the header", rec.Body)
		}
		_, _ = io.WriteString(w, `,2`)
		b.clock.advance(holdFor)
		if got, want := rec.Body.String(), `[1,2`; got != want || !told(rec.Header()) {
			t.Errorf("after another second: got %q and header %v, want %q", got, rec.Header(), want)
		}
		_, err := io.WriteString(w, `]`)
		return err
	}))
	if got, want := rec.Body.String(), `[1,2]`; err != nil || got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	if n := b.clock.pending(); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}

// TestHeldTooLongAndCut: what streams because the upstream takes too long is cut where the
// client asked all the same, so nothing may be said of the upstream's own body.
func TestHeldTooLongAndCut(t *testing.T) {
	b := announcing(t)
	rec := httptest.NewRecorder()
	err := b.ServeHTTP(rec, get("/orders?limit=6"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		for name, value := range map[string]string{
			"Content-Type": "application/json", "Content-Length": "17", "Content-Digest": "sha-256=:AAAA:", "Etag": `"all"`,
		} {
			w.Header().Set(name, value)
		}
		_, _ = io.WriteString(w, `[1,2,3,`)
		b.clock.advance(holdFor)
		if got, want := rec.Body.String(), `[1,2,3`; got != want || !told(rec.Header()) {
			t.Errorf("after a second: got %q and header %v, want %q", got, rec.Header(), want)
		}
		_, err := io.WriteString(w, `4,5,6,7,8]`)
		return err
	}))
	if got, want := rec.Body.String(), `[1,2,3,4,5,6]`; err != nil || got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	h := rec.Header()
	if h.Get("Content-Length") != "" || h.Get("Content-Digest") != "" || !strings.HasPrefix(h.Get("Etag"), `"all-pg`) || !strings.Contains(h.Get("Link"), `rel="next"`) {
		t.Errorf("got the header %v, want that of a page", h)
	}
}
