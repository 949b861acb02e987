//go:build backends

package clients

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// The limits of every route in the lab.
const (
	labDefault = 50
	labMax     = 100
)

// A labRoute is a list endpoint in one style, at the path where the style's clients
// look for it.
type labRoute struct {
	style   string // the argument of the directive's style
	match   string // the path
	kind    string // what the upstream's items look like, see kinds
	options string // more lines of the directive, where the upstream is unbounded

	// below is the style where the API is not at the root of its host, if it has to know.
	below string

	// needsAll: the style cannot do without the whole list, to count it or to find an
	// item in it, and an upstream that pages by itself does not give it.
	needsAll bool
}

var labRoutes = []labRoute{
	{style: "link", match: "/link/*", kind: "number", options: "key id"},
	{style: "page", match: "/page/*", kind: "number", options: "total exact"},
	{style: "github", match: "/repos/*", kind: "number", options: "total exact"},
	{style: "gitlab", match: "/api/v4/*", kind: "number", options: "total exact"},
	{
		style: "stripe", match: "/v1/customers", kind: "number", needsAll: true,
		below: "stripe {\nbody `{\"object\":\"list\",\"url\":\"/v1/customers\",\"has_more\":$more,\"data\":$list}`\n}",
	},
	{style: "slack members", match: "/api/users.list", kind: "string", options: "key id"},
	{style: "msgraph", match: "/v1.0/*", kind: "string", options: "key id"},
	{style: "odata", match: "/odata/*", kind: "string", options: "key id"},
	{style: "jsonapi", match: "/articles/*", kind: "resource", options: "total exact"},
	{style: "jsonapi", match: "/api/v2/organizations/*", kind: "resource", options: "total exact"},
	{style: "jsonapi0", match: "/api/v2/users*", kind: "resource"},
	{style: "google secrets", match: "/v1/projects/*", kind: "secret", options: "key name"},
	{style: "slack members", match: "/api/users.list", kind: "string", options: "key id", needsAll: true},
	{style: "kube", match: "/api/v1/*", kind: "object", options: "key metadata.name"},
	{style: "google files", match: "/drive/v3/*", kind: "string", options: "key id"},
	{style: "drf", match: "/api/dcim/*", kind: "number", needsAll: true},
	{style: "drf-page", match: "/drf/*", kind: "number", needsAll: true},
	{style: "spring", match: "/spring/*", kind: "number", needsAll: true},
	{style: "ra-simple", match: "/simple/*", kind: "number", needsAll: true},
	{style: "ra-json", match: "/json/*", kind: "number", needsAll: true},
	{style: "link {\nlimit n\n}", match: "/v2/*", kind: "tag", options: "list tags"},
	{style: "hal items", match: "/hal/*", kind: "linked"},
}

// kinds are what items look like: # is the item's number. What else stands in an item
// is what clients of the kind insist on.
var kinds = map[string]string{
	"number":   `{"id":#,"iid":#,"number":#,"name":"item #  \/ \u00e9","big":9007199254740993}`,
	"string":   `{"id":"#","name":"item #","big":9007199254740993}`,
	"resource": `{"type":"projects","id":"#","attributes":{"name":"item #","big":9007199254740993}}`,
	"secret":   `{"name":"projects/acme/secrets/#","labels":{"item":"#"},"big":9007199254740993}`,
	"linked":   `{"id":#,"_links":{"self":{"href":"/hal/item/#"}},"big":9007199254740993}`,
	"tag":      `"#-9007199254740993"`,
	"object":   `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"#","namespace":"default"},"data":{"name":"item #"},"big":9007199254740993}`,
}

// envelopes are what stands around the lists of some kinds: $ is the list.
var envelopes = map[string]string{
	"tag":    `{"name":"image","tags":$}`,
	"object": `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":$}`,
}

// big stands in every item once: the first integer that a float64 cannot hold.
const big = "9007199254740993"

// firstID is the number of a list's first item, before others are put in front.
const firstID = 5000

// A lab is a real Caddy with a route for each style, in front of a legacy API that
// answers with a whole list, whatever it is asked. One list is served at a time.
type lab struct {
	*harness.Caddy

	// TLS is the URL of a terminator in front of Caddy: it speaks TLS, HTTP/2 too,
	// and passes requests on in the clear, to a host of another name.
	TLS string

	// CA is a file with the certificates that clients must trust, in PEM.
	CA string

	mu    sync.Mutex
	lists int
	name  string
	items int
	grows bool
	front int // items that were put in front
	seen  []exchange
	open  int // exchanges that have not ended
}

// An exchange is one request for a list, and what it got.
type exchange struct {
	Method, URL, Proto string
	Header             http.Header // the answer's
	Status             int
	Items              int // on the page
}

// startLab runs a lab until the test ends. Each route is there with snapshots; without
// any, and with compression, under the path /prefix; and in front of an API that pages
// by itself, under paths that are named for it.
func startLab(t *testing.T) *lab {
	t.Helper()
	return startLabWith(t, "")
}

// startLabWith is startLab with one more option on every route.
func startLabWith(t *testing.T, option string) *lab {
	t.Helper()
	l := newLab(t, "http://:0", "", option)
	l.terminateTLS(t)
	return l
}

// startLabTLS is startLab with a Caddy that speaks TLS and HTTP/2 itself.
func startLabTLS(t *testing.T) *lab {
	t.Helper()
	file, directive := harness.Certificate(t)
	l := newLab(t, "https://localhost:0", directive, "")
	l.URL = strings.Replace(l.URL, "127.0.0.1", "localhost", 1)
	l.TLS, l.CA = l.URL, file
	return l
}

func newLab(t *testing.T, site, directives, option string) *lab {
	t.Helper()
	l := new(lab)
	up := httptest.NewServer(http.HandlerFunc(l.serveList))
	t.Cleanup(up.Close)
	watching.Store(l)
	t.Cleanup(func() { watching.Store(nil) })
	l.Caddy = harness.StartConfig(t, harness.Config{
		Global: "servers {\ntrusted_proxies static 127.0.0.1/32\n}",
		Site:   site,
		Routes: directives + "\n" + labCaddyfile(up.URL, option),
	})
	return l
}

// labCaddyfile are the directives of a site with all routes, in each of these ways.
func labCaddyfile(upstream, option string) string {
	var site strings.Builder
	for _, way := range []struct{ path, paging, options, outside string }{
		{path: "", options: "snapshot lazy"},
		{path: "/prefix", options: "snapshot off", outside: "encode"},
		{path: "/upstream-link", paging: "link", options: "upstream link"},
		{path: "/upstream-page", paging: "page", options: "upstream page"},
		{path: "/upstream-token", paging: "token", options: "upstream link {\ncursor after\n}"},
	} {
		fmt.Fprintf(&site, "handle_path %s/* {\n%s\n", way.path, way.outside)
		for i, route := range labRoutes {
			options := route.options
			if way.paging != "" {
				if route.needsAll {
					continue
				}
				options = ""
			}
			style := route.style
			if way.path != "" && route.below != "" {
				style = route.below
			}
			fmt.Fprintf(&site, `handle %s {
				watch
				paginate %d %d {
					name %q
					style %s
					%s
					%s
					%s
				}
				reverse_proxy %s {
					header_up X-Kind %s
					header_up X-Paging %q
				}
			}
			`, route.match, labDefault, labMax, fmt.Sprintf("%s %d", way.path, i), style, options, way.options, option,
				strings.TrimPrefix(upstream, "http://"), route.kind, way.paging)
		}
		site.WriteString("}\n")
	}
	return site.String()
}

// terminateTLS starts a terminator in front of Caddy.
func (l *lab) terminateTLS(t *testing.T) {
	t.Helper()
	to, err := url.Parse(l.URL)
	if err != nil {
		t.Fatal(err)
	}
	terminator := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.SetXForwarded()
		r.Out.Host = "legacy.internal"
	}})
	terminator.EnableHTTP2 = true
	terminator.StartTLS()
	t.Cleanup(terminator.Close)
	l.TLS = terminator.URL
	l.CA = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.Block{Type: "CERTIFICATE", Bytes: terminator.Certificate().Raw}
	if err := os.WriteFile(l.CA, pem.EncodeToMemory(&block), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve begins a new list of n items, and returns its name: clients have to say it
// in a path, a filter or a form of theirs, on every page. One that grows gets an item
// in front after every page.
func (l *lab) serve(n int, grows bool) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lists++
	l.name = fmt.Sprintf("list%d", l.lists)
	l.items, l.grows, l.front, l.seen = n, grows, 0, nil
	return l.name
}

// begin notes a request, and lets the list grow if it is not the first.
func (l *lab) begin(e exchange) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.grows && len(l.seen) > 0 {
		l.front++
	}
	l.seen = append(l.seen, e)
	l.open++
	return len(l.seen) - 1
}

// end notes the answer to a request.
func (l *lab) end(i, status int, header http.Header, items int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.seen[i]
	e.Status, e.Header, e.Items = status, header, items
	l.open--
}

// take returns the exchanges with the list that is served. A client has its last byte
// a little before the server is done with it.
func (l *lab) take(t *testing.T) (seen []exchange) {
	t.Helper()
	harness.Poll(t, func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.open > 0 {
			return fmt.Errorf("%d requests are under way", l.open)
		}
		seen = l.seen
		return nil
	})
	return seen
}

// serveList is the legacy API.
func (l *lab) serveList(w http.ResponseWriter, r *http.Request) {
	form, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	l.mu.Lock()
	name, from, to := l.name, firstID-l.front, firstID+l.items
	l.mu.Unlock()
	if !namesList(r.RequestURI+"&"+string(form), name) {
		http.Error(w, "this list is not served now", http.StatusNotFound)
		return
	}
	kind := r.Header.Get("X-Kind")
	items := make([]string, 0, to-from)
	for id := from; id < to; id++ {
		items = append(items, strings.ReplaceAll(kinds[kind], "#", fmt.Sprint(id)))
	}
	from, to = window(r, len(items))
	if r.Header.Get("X-Paging") == "token" && to < len(items) {
		w.Header().Set("Link", fmt.Sprintf(`<?after=%d>; rel="next"`, to))
	}
	body := "[" + strings.Join(items[from:to], ",") + "]"
	if envelope := envelopes[kind]; envelope != "" {
		body = strings.Replace(envelope, "$", body, 1)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body) // a client that is gone need not be told
}

// window is which of n items the API answers with, if it pages by itself.
func window(r *http.Request, n int) (from, to int) {
	number := func(name string, absent int) int {
		if i, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
			return i
		}
		return absent
	}
	size := n
	switch r.Header.Get("X-Paging") {
	case "link":
		size, from = number("limit", n), number("offset", 0)
	case "page":
		size = number("per_page", n)
		from = (number("page", 1) - 1) * size
	case "token": // of which it gives few at once
		size, from = min(number("limit", n), 7), number("after", 0)
	}
	from = min(from, n)
	return from, min(from+size, n)
}

// namesList tells whether a list's name stands in a text, as a whole.
func namesList(text, name string) bool {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("/?&=", r) }) {
		if word == name {
			return true
		}
	}
	return false
}
