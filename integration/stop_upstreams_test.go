package integration

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/fcgi"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// An upstreamKind is a way for an upstream to speak to reverse_proxy.
type upstreamKind struct {
	name string

	// start runs the handler and returns the directive that reaches it.
	start func(t testing.TB, handler http.Handler) string

	// declared: the answer says how long it is.
	declared bool

	// closing: the answer ends with its connection, and is written by hand.
	closing bool

	// deaf: the server's library tells handlers of a lost client only when they
	// write.
	deaf bool
}

var upstreamKinds = []upstreamKind{
	{name: "h1 chunked", start: startH1},
	{name: "h1 Content-Length", start: startH1, declared: true},
	{name: "h1 close-delimited", start: startH1, closing: true},
	{name: "h2c", start: startH2C},
	{name: "h2c Content-Length", start: startH2C, declared: true},
	{name: "FastCGI", start: startFastCGI, deaf: true},
	{name: "h2 TLS", start: startH2TLS},
}

func startH1(t testing.TB, handler http.Handler) string {
	return serve(t, handler.ServeHTTP)
}

func startH2C(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return "reverse_proxy h2c://" + server.Listener.Addr().String()
}

func startH2TLS(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return "reverse_proxy " + server.URL + " {\n\ttransport http {\n\t\ttls_insecure_skip_verify\n\t\tversions 2\n\t}\n}"
}

func startFastCGI(t testing.TB, handler http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- fcgi.Serve(l, handler) }()
	t.Cleanup(func() {
		l.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("serving FastCGI: %v", err)
		}
	})
	return "reverse_proxy " + l.Addr().String() + " {\n\ttransport fastcgi {\n\t\troot /srv\n\t}\n}"
}

// An endless upstream sends a list that ends only when it is told to stop.
type endless struct {
	kind upstreamKind
	told chan time.Time // when it noticed, once for each answer

	// stall: after so many items nothing more comes; 0 is never.
	stall int

	// padding is how many bytes long a text in each item is.
	padding int

	requests atomic.Int64
}

func newEndless(kind upstreamKind) *endless {
	return &endless{kind: kind, told: make(chan time.Time, 64)}
}

// started is nil once a request has come.
func (e *endless) started() error {
	if e.requests.Load() == 0 {
		return errors.New("no request has come")
	}
	return nil
}

func (e *endless) item(dst []byte, i int) []byte {
	dst = fmt.Appendf(dst, `{"id":%d`, i)
	if e.padding > 0 {
		dst = fmt.Appendf(dst, `,"text":%q`, strings.Repeat("x", e.padding))
	}
	return append(dst, '}')
}

// list is the page of the first n items.
func (e *endless) list(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = string(e.item(nil, i))
	}
	return "[" + strings.Join(items, ",") + "]"
}

// giveUpAfter ends an answer that nobody stops, so that the test fails instead of
// filling the machine.
const giveUpAfter = 20 * time.Second

func (e *endless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.requests.Add(1)
	defer func() { e.told <- time.Now() }()
	if e.kind.closing {
		e.byHand(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", asJSON)
	if e.kind.declared {
		h.Set("Content-Length", "1099511627776")
	}
	flush := func() { _ = http.NewResponseController(w).Flush() } // the next write tells as well
	e.write(func(p []byte) error { _, err := w.Write(p); return err }, flush, r.Context().Done())
}

// byHand answers as a server of the last century does.
func (e *endless) byHand(w http.ResponseWriter, r *http.Request) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	_, _ = buf.WriteString("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n")
	gone := make(chan struct{})
	go func() { // net/http no longer watches a connection that was hijacked
		defer close(gone)
		_, _ = buf.ReadByte()
	}()
	e.write(func(p []byte) error { _, err := buf.Write(p); return err }, func() { _ = buf.Flush() }, gone)
}

func (e *endless) write(write func([]byte) error, flush func(), gone <-chan struct{}) {
	end := time.Now().Add(giveUpAfter)
	block := []byte("[")
	for i := 0; ; i++ {
		if i > 0 {
			block = append(block, ',')
		}
		block = e.item(block, i)
		stall := e.stall > 0 && i+1 == e.stall
		if len(block) < 4<<10 && !stall {
			continue
		}
		if write(block) != nil || time.Now().After(end) {
			return
		}
		block = block[:0]
		if stall {
			flush()
			e.wait(write, flush, gone)
			return
		}
	}
}

// wait sends no further item until the client is gone. Where that shows only in
// writing, it sends white space.
func (e *endless) wait(write func([]byte) error, flush func(), gone <-chan struct{}) {
	end := time.After(giveUpAfter)
	var tick <-chan time.Time
	if e.kind.deaf {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-gone:
			return
		case <-end:
			return
		case <-tick:
			if write([]byte(" ")) != nil {
				return
			}
			flush()
		}
	}
}
