package integration

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// A file is copied by ReadFrom, which must not lead around the page.
func TestStopFileServer(t *testing.T) {
	dir := t.TempDir()
	const n = 150_000
	whole := orders(0, n)
	if len(whole) < 20<<20 {
		t.Fatalf("the file has %d bytes only", len(whole))
	}
	if err := os.WriteFile(filepath.Join(dir, "orders.json"), []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	s := harness.Start(t, paginated("limit 20 100\nmax_offset off", fmt.Sprintf("root * %q\nfile_server", dir)))
	url := s.URL + "/orders.json"

	first := get(t, url)
	wantPage(t, first, orders(0, 20))
	for _, field := range []string{"Accept-Ranges", "Content-Range"} {
		if got := first.Header.Get(field); got != "" {
			t.Errorf("the page has %s: %q", field, got)
		}
	}
	wantPage(t, get(t, url+"?limit=100&offset=100000"), orders(100_000, 100_100))
	wantPage(t, get(t, url+"?limit=100&offset=149990"), orders(149_990, n))
	wantPage(t, get(t, url, "Range", "bytes=0-9"), orders(0, 20))

	tag := first.Header.Get("Etag")
	if a := get(t, url, "If-None-Match", tag); a.Status != http.StatusNotModified || a.Header.Get("Etag") != tag {
		t.Errorf("asking again with the tag %s: got %v, want 304 and the same tag", tag, a)
	}
	if a := get(t, url+"?limit=3", "If-None-Match", tag); a.Status != http.StatusOK || !bytes.Equal(a.Body, []byte(orders(0, 3))) {
		t.Errorf("asking for another page with the tag: got %v, want that page", a)
	}
	s.NoTrouble(t)
}

func TestStopRespond(t *testing.T) {
	s := harness.Start(t, "header Content-Type application/json\n"+
		paginated("limit 2 3", "respond `"+list(0, 10)+"`"))
	wantPage(t, get(t, s.URL+"/x"), list(0, 2))
	wantPage(t, get(t, s.URL+"/x?limit=99"), list(0, 3))
	wantPage(t, get(t, s.URL+"/x?offset=9"), list(9, 10))
	s.NoTrouble(t)
}

// Where several routes match, the outermost decides alone: whatever the others would do
// to its list, no item is lost.
func TestRouteInsideRoute(t *testing.T) {
	_, server := legacy(t, legacyapi.Options{Items: 1000})
	for _, tc := range []struct {
		name, outside, inside string
		size                  int
	}{
		{"a smaller page inside", "paginate /orders* 50 100", "paginate 10 20", 50},
		{"a larger page inside", "paginate /orders* 10 20", "paginate 50 100", 10},
		{"another style inside", "paginate /orders* 50 100", "paginate {\nlimit 10 20\nstyle page\n}", 50},
		{"announced outside", "paginate /orders* {\nlimit 50 100\nphase announce\n}", "paginate 10 20", 1000},
		{"observed outside", "paginate /orders* {\nlimit 50 100\nphase observe\n}", "paginate 10 20", 1000},
		{"off outside", "paginate /orders* {\nphase off\n}", "paginate 10 20", 1000},
		{"another path outside", "paginate /orders/7* 50 100", "paginate 10 20", 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, tc.inside+"\n"+tc.outside+"\n"+proxyTo(server)) // the longer path comes first
			c := pageClient(t)
			r := send(t, c, http.MethodGet, s.URL+"/orders")
			if got := strings.TrimSpace(r.body); got != orders(0, tc.size) {
				t.Errorf("got %.200s, want %d orders", got, tc.size)
			}
			next := r.next(t)
			if (next != "") != (tc.size < 1000) {
				t.Errorf("got the Link header %q", r.header.Get("Link"))
			}
			if next != "" { // from a snapshot, which is read by a request of its own
				if r = send(t, c, http.MethodGet, next); r.body != orders(tc.size, 2*tc.size) {
					t.Errorf("got %.200s for the next page", r.body)
				}
			}
			s.NoTrouble(t)
		})
	}
}

// What works on bodies outside of us gets a page, never the list.
func TestStopInsideOthers(t *testing.T) {
	_, server := legacy(t, legacyapi.Options{Items: 100_000, ETag: true})
	for _, tc := range []struct{ name, outside string }{
		{"templates", "templates {\n\tmime application/json\n}\n"},
		{"intercept", "intercept {\n\t@gone status 410\n\treplace_status @gone 404\n}\n"},
		{"encode", "encode gzip\n"},
		{"all of them", "encode gzip\nintercept {\n\t@gone status 410\n\treplace_status @gone 404\n}\ntemplates {\n\tmime application/json\n}\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, tc.outside+paginated("limit 20 100", proxyTo(server)))
			client := newClient(t, false)
			wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/orders?limit=20"), orders(0, 20))

			a := client.fetch(t, http.MethodGet, s.URL+"/orders?limit=20", "Accept-Encoding", "gzip")
			body := a.Body
			if strings.Contains(tc.outside, "encode") {
				body = gunzip(t, a)
			}
			if string(body) != orders(0, 20) || a.Err != nil {
				t.Errorf("got %v, want the page", a)
			}
			if !strings.Contains(a.Header.Get("Link"), `rel="next"`) {
				t.Errorf("got the Link header %q, want a next link", a.Header.Get("Link"))
			}
			if got := client.dials.Load(); got != 1 {
				t.Errorf("the client needed %d connections, want 1", got)
			}
			s.NoTrouble(t)
		})
	}
}

// The tags of encode and ours are put on and taken off in the right order.
func TestStopTagsInsideEncode(t *testing.T) {
	_, server := legacy(t, legacyapi.Options{Items: 100, ETag: true})
	s := harness.Start(t, "encode gzip\n"+paginated("limit 20 100", proxyTo(server)))
	zipped := get(t, s.URL+"/orders", "Accept-Encoding", "gzip")
	tag := zipped.Header.Get("Etag")
	if !strings.HasSuffix(tag, `-gzip"`) || !strings.Contains(tag, "-pg") {
		t.Fatalf("got the tag %s, want one of a page, in gzip", tag)
	}
	a := get(t, s.URL+"/orders", "Accept-Encoding", "gzip", "If-None-Match", tag)
	if a.Status != http.StatusNotModified {
		t.Errorf("asking again with %s: got %v, want 304", tag, a)
	}
}

func gunzip(t *testing.T, a answer) []byte {
	t.Helper()
	if got := a.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("got Content-Encoding %q, want gzip", got)
	}
	zr, err := gzip.NewReader(bytes.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
