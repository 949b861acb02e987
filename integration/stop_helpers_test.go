package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// speakH2C lets Caddy speak HTTP/2 without TLS beside HTTP/1.1.
const speakH2C = "servers {\n\t\tprotocols h1 h2c\n\t}"

// A counted client knows how many connections it has opened.
type counted struct {
	*http.Client
	dials atomic.Int64
}

// newClient makes a client of its own: keep-alive, no encodings, no redirects,
// HTTP/2 without TLS if asked for.
func newClient(t testing.TB, h2 bool) *counted {
	t.Helper()
	c := new(counted)
	transport := &http.Transport{
		DisableCompression:  true,
		MaxIdleConnsPerHost: 32,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c.dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	}
	if h2 {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	c.Client = &http.Client{
		Transport:     transport,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(transport.CloseIdleConnections)
	return c
}

// An answer is what a client received. Err is what came instead of the body's
// tidy end.
type answer struct {
	Status        int
	Header        http.Header
	Body          []byte
	ContentLength int64
	Trailer       http.Header
	Err           error
}

func (a answer) String() string {
	return fmt.Sprintf("status %d, error %v, header %v, %d bytes: %.300q", a.Status, a.Err, a.Header, len(a.Body), a.Body)
}

// fetch makes a request and reads the answer to its end. headers are pairs.
func (c *counted) fetch(t testing.TB, method, url string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return c.do(req)
}

func (c *counted) do(req *http.Request) answer {
	res, err := c.Do(req)
	if err != nil {
		return answer{Err: err}
	}
	defer res.Body.Close()
	a := answer{Status: res.StatusCode, Header: res.Header, ContentLength: res.ContentLength}
	a.Body, a.Err = io.ReadAll(res.Body)
	a.Trailer = res.Trailer
	return a
}

// get is fetch with a client of its own.
func get(t testing.TB, url string, headers ...string) answer {
	t.Helper()
	return newClient(t, false).fetch(t, http.MethodGet, url, headers...)
}

// wantPage asserts that an answer is, in full, a page with these bytes.
func wantPage(t testing.TB, a answer, want string) {
	t.Helper()
	switch {
	case a.Err != nil || a.Status != http.StatusOK:
		t.Fatalf("got %v, want a page", a)
	case string(a.Body) != want:
		t.Errorf("got the page\n%.600q, want\n%.600q", a.Body, want)
	case !json.Valid(a.Body):
		t.Errorf("the page is no JSON: %.600q", a.Body)
	}
	if got := a.Header.Get("Content-Length"); a.ContentLength != int64(len(want)) {
		t.Errorf("got Content-Length %q, want %d", got, len(want))
	}
}

// wantProblem asserts that an answer is a complete problem with this code.
func wantProblem(t testing.TB, a answer, status int, code string) {
	t.Helper()
	var doc struct{ Code string }
	if a.Err != nil || a.Status != status || a.Header.Get("Content-Type") != "application/problem+json" ||
		json.Unmarshal(a.Body, &doc) != nil || doc.Code != code {
		t.Errorf("got %v, want %d and the problem %s", a, status, code)
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("got Cache-Control %q, want no-store", got)
	}
	for _, field := range []string{"Etag", "Link", "Content-Encoding", "Trailer", "Deprecation"} {
		if got := a.Header.Values(field); len(got) > 0 {
			t.Errorf("the problem has the upstream's or a page's %s: %q", field, got)
		}
	}
}

// orders is the text of the demo API's orders from up to, but not including, to,
// in a root array.
func orders(from, to int) string { return "[" + orderItems(from, to) + "]" }

func orderItems(from, to int) string {
	var items []byte
	for i := from; i < to; i++ {
		if i > from {
			items = append(items, ',')
		}
		items = legacyapi.AppendItem(items, legacyapi.Small, i)
	}
	return string(items)
}

// legacy starts the demo API.
func legacy(t testing.TB, o legacyapi.Options) (*legacyapi.API, *httptest.Server) {
	t.Helper()
	api := legacyapi.New(o)
	server := httptest.NewServer(api)
	// Close would wait for a stalled answer whose client does not go away.
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return api, server
}

// serve starts an upstream and returns the reverse_proxy directive for it.
func serve(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return proxyTo(server)
}

func proxyTo(server *httptest.Server) string { return "reverse_proxy " + server.URL }

// paginated is a site's routes: the directive with these options before a
// handler.
func paginated(options, handler string) string {
	return "paginate {\n" + options + "\n}\n" + handler
}

// sends is an upstream that answers with a body and header fields, in pairs.
func sends(body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		_, _ = io.WriteString(w, body)
	}
}

const asJSON = "application/json"

// list is a root array of the numbers from up to, but not including, to.
func list(from, to int) string {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := from; i < to; i++ {
		if i > from {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d}`, i)
	}
	b.WriteByte(']')
	return b.String()
}

// freePort is a port that was free a moment ago, for sites that keep theirs
// across reloads.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// testHandler is a handler of this test alone, behind paginate where a route says
// `testnext <name>`.
type testHandler struct {
	Name string `json:"name,omitempty"`
}

// testNexts are what a testHandler does, by its name.
var testNexts = map[string]func(w http.ResponseWriter, r *http.Request) error{}

func init() {
	caddy.RegisterModule(testHandler{})
	httpcaddyfile.RegisterHandlerDirective("testnext", func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		t := new(testHandler)
		return t, t.UnmarshalCaddyfile(h.Dispenser)
	})
	httpcaddyfile.RegisterDirectiveOrder("testnext", httpcaddyfile.Before, "respond")
}

func (testHandler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.testnext", New: func() caddy.Module { return new(testHandler) }}
}

func (h *testHandler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if !d.Args(&h.Name) {
		return d.ArgErr()
	}
	return nil
}

func (h *testHandler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	return testNexts[h.Name](w, r)
}

// next makes do the handler behind paginate.
func next(t testing.TB, do func(w http.ResponseWriter, r *http.Request) error) string {
	t.Helper()
	name := strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' {
			return '_'
		}
		return r
	}, t.Name())
	testNexts[name] = do
	return "testnext " + name
}

// brokenOff tells whether an answer ended as one that was aborted.
func brokenOff(a answer) bool {
	return a.Err != nil && (errors.Is(a.Err, io.ErrUnexpectedEOF) || errors.Is(a.Err, io.EOF) ||
		strings.Contains(a.Err.Error(), "connection reset") || strings.Contains(a.Err.Error(), "INTERNAL_ERROR"))
}
