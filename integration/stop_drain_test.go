package integration

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A dialed upstream counts the connections that are made to it.
func dialed(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	conns := new(atomic.Int64)
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server, conns
}

// A short remainder behind the page is swallowed, so that the upstream's HTTP/1
// connection serves the next request as well.
func TestStopKeepsConnections(t *testing.T) {
	const items, requests, handful = 60, 200, 5
	// The list takes several reads of Caddy's: it does not show its end with the page.
	shape := &endless{padding: 800}
	whole := shape.list(items)
	for _, tc := range []struct {
		name     string
		declared bool
		cut      int // the upstream flushes behind so many bytes
	}{
		{"chunked", false, 0},
		{"chunked, in two", false, len(shape.list(22))},
		{"Content-Length", true, 0},
		{"Content-Length, in two", true, len(shape.list(22))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server, conns := dialed(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", asJSON)
				if tc.declared {
					w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
				}
				_, _ = io.WriteString(w, whole[:tc.cut])
				_ = http.NewResponseController(w).Flush()
				_, _ = io.WriteString(w, whole[tc.cut:])
			})
			s := harness.Start(t, paginated("limit 20 100", proxyTo(server)))
			client := newClient(t, false)
			for range requests {
				wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/x"), shape.list(20))
			}
			t.Logf("%d requests took %d connections to the upstream", requests, conns.Load())
			if got := conns.Load(); got > handful {
				t.Errorf("%d requests took %d connections to the upstream, want %d at most", requests, got, handful)
			}
			if got := client.dials.Load(); got != 1 {
				t.Errorf("the client needed %d connections, want 1", got)
			}
			s.NoTrouble(t)
		})
	}
}

// An upstream that stalls behind the page costs some clients the time for which its
// remainder is waited for, and no more. It is told, and nobody else is.
func TestStopStalledRemainder(t *testing.T) {
	for _, tc := range []struct {
		name   string
		kind   upstreamKind
		header [2]string
	}{
		{"h1 chunked", upstreamKinds[0], [2]string{}},
		{"h1, a short rest", upstreamKinds[0], [2]string{"Content-Length", "1000"}},
		{"h1, with a Via", upstreamKinds[0], [2]string{"Via", "2.0 Caddy"}},
		{"h2c, with a Via", upstreamKinds[3], [2]string{"Via", "1.1 Caddy"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			upstream := newEndless(tc.kind)
			upstream.stall = 21
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tc.header[0] != "" {
					w.Header().Set(tc.header[0], tc.header[1])
				}
				upstream.ServeHTTP(w, r)
			})
			s := harness.Start(t, paginated("limit 20 100", tc.kind.start(t, handler)))
			client := newClient(t, false)
			var slowest time.Duration
			for range 10 {
				begin := time.Now()
				wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/x"), list(0, 20))
				slowest = max(slowest, time.Since(begin))
				waitTold(t, upstream)
			}
			t.Logf("the slowest page took %v", slowest)
			if slowest > toldWithin {
				t.Errorf("the slowest page took %v, want less than %v", slowest, toldWithin)
			}
			if waited := slowest > 20*time.Millisecond; !waited && tc.kind.name == "h1 chunked" {
				t.Errorf("nobody has waited for the remainder: the slowest page took %v", slowest)
			}
			s.Adoption(t, 10)
			s.NoTrouble(t)
		})
	}
}

// What breaks behind the page does not harm it.
func TestStopBrokenRemainder(t *testing.T) {
	upstream := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", asJSON)
		_, _ = io.WriteString(w, list(0, 22)[:len(list(0, 22))-1])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	s := harness.Start(t, paginated("limit 20 100", upstream))
	client := newClient(t, false)
	for range 5 {
		wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/x"), list(0, 20))
	}
	if got := client.dials.Load(); got != 1 {
		t.Errorf("the client needed %d connections, want 1", got)
	}
}
