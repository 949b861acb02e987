package integration

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// echo answers with a list, and says in its header what it was asked.
func echo(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body)
		h := w.Header()
		h.Set("Content-Type", asJSON)
		h.Set("X-Method", r.Method)
		h.Set("X-Uri", r.RequestURI)
		h.Set("X-Body", string(asked))
		for _, name := range []string{"Accept-Encoding", "Range", "If-Range", "If-None-Match", "Prefer", "X-Original-Url"} {
			h["X-Saw-"+name] = r.Header[name]
		}
		h["Link"] = []string{`<https://example.com/x?page=2>; rel="next"`, `</a.css>; rel="preload"`}
		h.Set("Etag", `W/"a"`)
		h.Set("Last-Modified", "Tue, 01 Jan 2019 00:00:00 GMT")
		h.Set("Content-Digest", "sha-256=:AAAA:")
		h.Set("Accept-Ranges", "bytes")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Vary", "Accept")
		_, _ = io.WriteString(w, body)
	}
}

var oddHeaders = []string{
	"Accept-Encoding", "br;q=0.5", "Range", "bytes=0-9", "If-Range", `"a"`, "If-None-Match", `"b", W/"c"`,
	"Prefer", "maxpagesize=3, return=minimal", "X-Original-Url", "/elsewhere",
}

// In observe, nothing is changed in either direction, whatever is asked.
func TestStreamObserve(t *testing.T) {
	for _, body := range []string{list(0, 2), list(0, 5000), "", "[1,2", `{"data":` + list(0, 50) + `,"n":50}`} {
		upstream := serve(t, echo(body))
		for _, query := range []string{
			"", "?limit=1", "?limit=-1&LIMIT=9&limit[]=7&cursor=nonsense", "?fields=((&limit=abc", "?a=%zz;limit=3&limit=%u0033", "?",
		} {
			wantSame(t, "phase observe\nlimit 2 3\nfields {\n\tdefault id\n}", upstream, "/x"+query)
			wantSame(t, "phase observe\nlimit 2 3\nmax_page_size 1KiB", upstream, "/x"+query, oddHeaders...)
		}
	}
}

// In off, it is as if the directive were not there.
func TestStreamOff(t *testing.T) {
	upstream := serve(t, echo(list(0, 5000)))
	for _, query := range []string{"", "?limit=1", "?limit=abc&cursor=x"} {
		wantSame(t, "phase off\nlimit 2 3", upstream, "/x"+query, oddHeaders...)
	}
}

// Only GET and HEAD lists are paged.
func TestStreamOtherMethods(t *testing.T) {
	upstream := serve(t, echo(list(0, 500)))
	s := harness.Start(t, paginated("limit 2 3", upstream))
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "PURGE"} {
		t.Run(method, func(t *testing.T) {
			const query = "/x?limit=900&fields=nothing&offset=abc"
			req, err := http.NewRequest(method, s.URL+query, strings.NewReader("limit=900"))
			if err != nil {
				t.Fatal(err)
			}
			a := newClient(t, false).do(req)
			if a.Err != nil || string(a.Body) != list(0, 500) || a.Header.Get("Etag") != `W/"a"` {
				t.Errorf("got %v, want the whole answer", a)
			}
			for name, want := range map[string]string{"X-Method": method, "X-Uri": query, "X-Body": "limit=900"} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("the upstream saw %s %q, want %q", name, got, want)
				}
			}
		})
	}
}

// HEAD has the header of GET, as far as it is known without a body, and no body.
func TestStreamHead(t *testing.T) {
	upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", asJSON)
		w.Header().Set("Content-Length", fmt.Sprint(len(list(0, 500))))
		w.Header().Set("Etag", `"a"`)
		w.Header().Set("Content-Digest", "sha-256=:AAAA:")
		w.Header().Set("Accept-Ranges", "bytes")
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, list(0, 500))
		}
	})
	s := harness.Start(t, paginated("limit 2 3", upstream))
	client := newClient(t, false)
	head := client.fetch(t, http.MethodHead, s.URL+"/x?limit=3")
	page := client.fetch(t, http.MethodGet, s.URL+"/x?limit=3")
	wantPage(t, page, list(0, 3))
	if head.Err != nil || head.Status != http.StatusOK || len(head.Body) > 0 {
		t.Errorf("got %v, want 200 without a body", head)
	}
	if got, want := head.Header.Get("Etag"), page.Header.Get("Etag"); got != want {
		t.Errorf("HEAD has the tag %s, GET %s", got, want)
	}
	for _, name := range []string{"Content-Length", "Content-Digest", "Accept-Ranges"} {
		if got := head.Header.Get(name); got != "" {
			t.Errorf("HEAD has the list's %s: %q", name, got)
		}
	}
	if got := client.dials.Load(); got != 1 {
		t.Errorf("the client needed %d connections, want 1", got)
	}
	wantProblemHead(t, client.fetch(t, http.MethodHead, s.URL+"/x?limit=abc"))

	for _, phase := range []string{"observe", "announce"} {
		s.Reload(t, harness.Config{Routes: paginated("phase "+phase+"\nlimit 2 3", upstream)})
		a := client.fetch(t, http.MethodHead, s.URL+"/x")
		if a.Err != nil || a.ContentLength != int64(len(list(0, 500))) || a.Header.Get("Content-Digest") == "" {
			t.Errorf("%s: got %v, want the upstream's header", phase, a)
		}
	}
}

func wantProblemHead(t *testing.T, a answer) {
	t.Helper()
	if a.Err != nil || a.Status != http.StatusBadRequest || len(a.Body) > 0 ||
		a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %v, want a problem's header alone", a)
	}
}

// no-transform is obeyed where nothing is enforced, and outranked where it is.
func TestStreamNoTransform(t *testing.T) {
	for _, directive := range []string{"no-transform", "public, max-age=60, No-Transform", "no-store , no-transform"} {
		upstream := serve(t, sends(list(0, 500), "Content-Type", asJSON, "Cache-Control", directive, "Etag", `"a"`))
		wantSame(t, "phase observe\nlimit 2 3", upstream, "/x?limit=2")
		wantSame(t, "phase announce\nlimit 2 3", upstream, "/x?limit=2")
		wantSame(t, "phase announce\nlimit 2 3", upstream, "/x?limit=2&fields=id")

		s := harness.Start(t, paginated("limit 2 3", upstream))
		a := get(t, s.URL+"/x?limit=2")
		wantPage(t, a, list(0, 2))
		if got := a.Header.Get("Cache-Control"); got != directive {
			t.Errorf("got Cache-Control %q, want %q", got, directive)
		}
	}
}

// An encoded list is passed on as it came where nothing is changed, and counted
// all the same.
func TestStreamEncodedIsCounted(t *testing.T) {
	for _, encoding := range []string{"gzip", "zstd", "br"} {
		_, server := legacy(t, legacyapi.Options{Items: 300, Encoding: encoding})
		for _, phase := range []string{"observe", "announce"} {
			t.Run(encoding+"/"+phase, func(t *testing.T) {
				accept := []string{"Accept-Encoding", encoding}
				direct := get(t, server.URL+"/orders", accept...)
				s := harness.Start(t, paginated("phase "+phase+"\nlimit 10 20", proxyTo(server)))
				a := get(t, s.URL+"/orders", accept...)
				if a.Err != nil || string(a.Body) != string(direct.Body) || a.Header.Get("Content-Encoding") != encoding {
					t.Errorf("got %v, want the upstream's %d bytes", a, len(direct.Body))
				}
				record := s.Adoption(t, 1)[0]
				if got := record["paginate.items_seen"]; got != 300.0 {
					t.Errorf("the adoption log has %v items, want 300: %v", got, record)
				}
				if got := record["paginate.affected"]; got != true {
					t.Errorf("the adoption log has affected %v, want true: %v", got, record)
				}
				s.NoTrouble(t)
			})
		}
	}
}
