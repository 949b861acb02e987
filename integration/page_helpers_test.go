package integration

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// An asked is one request as the upstream saw it.
type asked struct {
	method, path, query string
	header              http.Header
}

// An upstream is a server behind Caddy that remembers what it was asked.
type upstream struct {
	*httptest.Server
	memory[asked]
}

// newUpstream starts a server that answers with h, and stops it with the test.
func newUpstream(t testing.TB, h http.Handler) *upstream {
	t.Helper()
	u := new(upstream)
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, query, _ := strings.Cut(r.RequestURI, "?")
		u.add(asked{r.Method, r.URL.Path, query, r.Header.Clone()})
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

// proxy is the directive that leads to the server.
func (u *upstream) proxy() string { return "reverse_proxy " + u.Listener.Addr().String() }

// A memory is what a server was asked.
type memory[T any] struct {
	mu  sync.Mutex
	all []T
}

func (m *memory[T]) add(one T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, one)
}

// take returns what the server was asked since the last time.
func (m *memory[T]) take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.all
	m.all = nil
	return all
}

// takeOne is take where there must have been one request.
func (m *memory[T]) takeOne(t testing.TB) T {
	t.Helper()
	all := m.take()
	if len(all) != 1 {
		t.Fatalf("the upstream was asked %d times, want once: %.500v", len(all), all)
	}
	return all[0]
}

// oddItem is the JSON text of an item that does not survive decoding and
// encoding: numbers, escapes, white space and members that occur twice.
func oddItem(i int) string {
	return fmt.Sprintf(`{"id":%d,"big":%d,"one":1.0,"exp":1e5,"zero":-0.0E+2,"text":"n\u0061me \/ \ud83d\ude00 é","dup":1,"dup":{"a":%d},"s" : [ 1 , {} ,"],["] }`,
		i, 9007199254740993+2*int64(i), i)
}

// oddItems is the text of a list of these items.
func oddItems(from, to int) string {
	texts := make([]string, 0, max(to-from, 0))
	for i := from; i < to; i++ {
		texts = append(texts, oddItem(i))
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// oddList serves the first n odd items, n being a query parameter. The path's
// first segment says what it understands of pagination: /link limit and offset,
// /page per_page and page, any other nothing. What is no number counts as
// absent.
func oddList(w http.ResponseWriter, r *http.Request) {
	number := func(name string, absent int) int {
		n, err := strconv.Atoi(r.URL.Query().Get(name))
		if err != nil || n < 0 {
			return absent
		}
		return n
	}
	n := number("n", 50)
	from, to := 0, n
	switch {
	case strings.HasPrefix(r.URL.Path, "/link"):
		from = min(number("offset", 0), n)
		to = min(from+number("limit", n), n)
	case strings.HasPrefix(r.URL.Path, "/page"):
		size := number("per_page", n)
		from = min((number("page", 1)-1)*size, n)
		to = min(from+size, n)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, oddItems(from, to))
}

// A reply is what a client received.
type reply struct {
	status int
	proto  string
	header http.Header
	body   string
}

// pageClient is an HTTP client that takes answers as they come. It speaks HTTP/2
// where the server does, and believes any certificate.
func pageClient(t testing.TB) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.Proxy = nil
	transport.TLSClientConfig.InsecureSkipVerify = true
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		Timeout:       harness.Deadline,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send sends a request. Headers are "Name: value"; the URL's query is sent as it
// is, byte for byte.
func send(t testing.TB, c *http.Client, method, target string, headers ...string) reply {
	t.Helper()
	path, query, _ := strings.Cut(target, "?")
	req, err := http.NewRequestWithContext(t.Context(), method, path, nil)
	if err != nil {
		t.Fatalf("making the request %s %s: %v", method, target, err)
	}
	req.URL.RawQuery = query
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Add(name, value)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("sending %s %s: %v", method, target, err)
	}
	return readReply(t, resp)
}

func readReply(t testing.TB, resp *http.Response) reply {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the body: %v", err)
	}
	return reply{status: resp.StatusCode, proto: resp.Proto, header: resp.Header, body: string(body)}
}

// sendRaw sends bytes that no client library would, on a connection of their
// own, and reads the answer. "@host" stands for the server's address.
func sendRaw(t testing.TB, s *harness.Caddy, text string) reply {
	t.Helper()
	return sendBytes(t, s, text, false)
}

// sendCut is sendRaw, and says that there is no more to come.
func sendCut(t testing.TB, s *harness.Caddy, text string) reply {
	t.Helper()
	return sendBytes(t, s, text, true)
}

func sendBytes(t testing.TB, s *harness.Caddy, text string, cut bool) reply {
	t.Helper()
	host := strings.TrimPrefix(s.URL, "http://")
	conn, err := net.DialTimeout("tcp", host, harness.Deadline)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(harness.Deadline)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, strings.ReplaceAll(text, "@host", host)); err != nil {
		t.Fatalf("sending %q: %v", text, err)
	}
	if cut {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("reading the answer to %q: %v", text, err)
	}
	return readReply(t, resp)
}

// getRaw is sendRaw for a plain GET.
func getRaw(t testing.TB, s *harness.Caddy, target string) reply {
	t.Helper()
	return sendRaw(t, s, "GET "+target+" HTTP/1.1\r\nHost: @host\r\nConnection: close\r\n\r\n")
}

// items are the texts of the items of a list that is the body.
func (r reply) items(t testing.TB) []string {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(r.body), &raw); err != nil {
		t.Fatalf("reading the list: %v in %d %.300q", err, r.status, r.body)
	}
	texts := make([]string, len(raw))
	for i, item := range raw {
		texts[i] = string(item)
	}
	return texts
}

// linkForm is what every measured client reads.
var linkForm = regexp.MustCompile(`^<([^<>",; ]+)>; rel="([a-z]+)"$`)

// links reads the first Link line, by relation type, as strictly as the strictest
// client.
func (r reply) links(t testing.TB) map[string]string {
	t.Helper()
	line := r.header.Get("Link")
	if line == "" {
		return nil
	}
	found := make(map[string]string)
	for one := range strings.SplitSeq(line, ", ") {
		m := linkForm.FindStringSubmatch(one)
		if m == nil {
			t.Fatalf("Link %q: %q is not of the form that all clients read", line, one)
		}
		found[m[2]] = m[1]
	}
	return found
}

// next is the URL of the next page, "" if there is none.
func (r reply) next(t testing.TB) string {
	t.Helper()
	return r.links(t)["next"]
}

// queryOf is a parameter of a URL, decoded.
func queryOf(t testing.TB, link, name string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatalf("reading the link %q: %v", link, err)
	}
	return u.Query().Get(name)
}

// A problem is a problem's body (RFC 9457).
type problem struct {
	Type, Title            string
	Status                 int
	Detail                 string
	Code, Parameter, Given string
	Max                    int64
	Docs                   string
}

// problem reads the body of a refusal, and checks what all of them have in
// common.
func (r reply) problem(t testing.TB) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		t.Fatalf("reading the problem: %v in %d %.300q", err, r.status, r.body)
	}
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type of the problem: got %q", got)
	}
	if got := r.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control of the problem: got %q, want no-store", got)
	}
	if p.Status != r.status {
		t.Errorf("the problem says status %d, the answer %d", p.Status, r.status)
	}
	if p.Title == "" || !strings.HasSuffix(p.Type, "#"+p.Code) {
		t.Errorf("the problem's type %q or title %q is not that of %q", p.Type, p.Title, p.Code)
	}
	return p
}

// wantRefusal asserts on a refusal's status and code.
func wantRefusal(t testing.TB, r reply, status int, code string) problem {
	t.Helper()
	p := r.problem(t)
	if r.status != status || p.Code != code {
		t.Errorf("got %d %s (%s), want %d %s", r.status, p.Code, p.Detail, status, code)
	}
	return p
}

// wantOdd asserts on a page of odd items, byte for byte.
func wantOdd(t testing.TB, r reply, from, to int) {
	t.Helper()
	if want := oddItems(from, to); r.status != http.StatusOK || r.body != want {
		t.Errorf("got %d %.400q\nwant 200 %.400q", r.status, r.body, want)
	}
}
