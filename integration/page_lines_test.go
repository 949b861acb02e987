package integration

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

const asLines = "application/x-ndjson"

// orderLines is a list of orders, one a line.
func orderLines(shape legacyapi.Shape, from, to int) string {
	var text []byte
	for i := from; i < to; i++ {
		text = append(legacyapi.AppendItem(text, shape, i), '\n')
	}
	return string(text)
}

// wantLines asserts on an answer of lines.
func wantLines(t *testing.T, r reply, want string) {
	t.Helper()
	if r.status != http.StatusOK || r.body != want {
		t.Errorf("got %d %.300q (%d bytes), want %.300q (%d)", r.status, r.body, len(r.body), want, len(want))
	}
	if got := r.header.Get("Content-Type"); got != asLines {
		t.Errorf("Content-Type: got %q, want %q", got, asLines)
	}
}

// Lists of lines are walked as all others.
func TestPageLines(t *testing.T) {
	up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: 25, Lines: true}))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	c := pageClient(t)
	for _, shape := range []legacyapi.Shape{legacyapi.Small, legacyapi.Wide, legacyapi.Text, legacyapi.Nested} {
		for _, encoding := range []string{"identity", "gzip", "zstd", "br"} {
			t.Run(string(shape)+"/"+encoding, func(t *testing.T) {
				next := s.URL + "/orders?_shape=" + string(shape) + "&_encoding=" + encoding
				for from := 0; from < 25; from += 10 {
					r := send(t, c, http.MethodGet, next)
					wantLines(t, r, orderLines(shape, from, min(from+10, 25)))
					if got, want := r.header.Get("Content-Length"), fmt.Sprint(len(r.body)); got != want {
						t.Errorf("Content-Length: got %q, want %q", got, want)
					}
					next = r.next(t)
				}
				if next != "" {
					t.Errorf("another page behind the last: %s", next)
				}
			})
		}
	}
	for _, tc := range []struct{ name, query, want string }{
		{"behind the end", "?offset=25", ""},
		{"an empty list", "?_n=0", ""},
		{"at most the maximum", "?limit=900", orderLines(legacyapi.Small, 0, 20)},
		{"a long list stops", "?_n=1000000&limit=1&offset=7", orderLines(legacyapi.Small, 7, 8)},
		{"trimmed", "?fields=id&limit=2", "{\"id\":1}\n{\"id\":2}\n"},
		{"trimmed, the last page", "?fields=id&offset=24", "{\"id\":25}\n"},
		{"trouble behind the page", "?_fault=rubbish@15&limit=2", orderLines(legacyapi.Small, 0, 2)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantLines(t, send(t, c, http.MethodGet, s.URL+"/orders"+tc.query), tc.want)
		})
	}
	s.NoTrouble(t)
}

// With key, a walk goes on behind an item; with total, the lines are counted.
func TestPageLinesOptions(t *testing.T) {
	up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: 25, Lines: true}))
	s := harness.Start(t, "paginate 10 20 {\nkey id\ntotal exact\n}\n"+up.proxy())
	c := pageClient(t)
	first := send(t, c, http.MethodGet, s.URL+"/orders?_n=25")
	wantLines(t, first, orderLines(legacyapi.Small, 0, 10))
	if got := first.header.Get("X-Total-Count"); got != "25" {
		t.Errorf("X-Total-Count: got %q, want 25", got)
	}
	second := send(t, c, http.MethodGet, first.next(t))
	wantLines(t, second, orderLines(legacyapi.Small, 10, 20))
	s.NoTrouble(t)
}

// Before limits are enforced, lines stay as they are; who is affected is told.
func TestPageLinesBefore(t *testing.T) {
	up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: 25, Lines: true}))
	for _, tc := range []struct {
		name, phase, target string
		want                string
		affected            bool
	}{
		{"observe", "phase observe\n", "/orders?limit=5", orderLines(legacyapi.Small, 0, 25), false},
		{"announce", announced, "/orders", orderLines(legacyapi.Small, 0, 25), true},
		{"announce, encoded", announced, "/orders?_encoding=zstd", "", true},
		{"announce, a short list", announced, "/orders?_n=10", orderLines(legacyapi.Small, 0, 10), false},
		{"announce, a page", announced, "/orders?limit=5", orderLines(legacyapi.Small, 0, 5), false},
		{"announce, trimmed", announced, "/orders?_n=12&fields=none", strings.Repeat("{}\n", 12), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, paginated(tc.phase+"limit 10 20", up.proxy()))
			r := send(t, pageClient(t), http.MethodGet, s.URL+tc.target)
			if tc.want == "" {
				tc.want = r.body // which is encoded
			}
			wantLines(t, r, tc.want)
			if got := r.header.Get("Deprecation"); (got != "") != tc.affected {
				t.Errorf("got Deprecation %q, affected is %v", got, tc.affected)
			}
			record := s.Adoption(t, 1)[0]
			if got := record["paginate.items_seen"]; got == nil || got.(float64) < 5 {
				t.Errorf("the adoption log has seen %v items", got)
			}
			s.NoTrouble(t)
		})
	}
}

// What breaks in a line is no page, and the log says where.
func TestPageLinesBroken(t *testing.T) {
	up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: 25, Lines: true}))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	c := pageClient(t)
	for i, tc := range []struct{ fault, pointer string }{
		{"die@0.5", "/0"},
		{"die@3.5", "/3/"},
		{"die@3", "/3"},
		{"rubbish@3.5", "/3/"},
		{"rubbish@3", "/3"},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?_fault="+tc.fault), http.StatusBadGateway, "upstream_malformed")
			s.Adoption(t, i+1)
			var told []string
			for _, line := range s.Log(t, "http.handlers.paginate") {
				if line.Text("msg") == "the upstream's list cannot be used" {
					told = append(told, line.Text("pointer"))
				}
			}
			if len(told) != i+1 || !strings.HasPrefix(told[i], tc.pointer) {
				t.Errorf("the log tells of %q, the last should be %q", told, tc.pointer)
			}
		})
	}
	t.Run("HEAD", func(t *testing.T) {
		r := send(t, c, http.MethodHead, s.URL+"/orders?_length=known&_etag=on")
		if r.status != http.StatusOK || r.header.Get("Content-Length") != "" || !strings.HasSuffix(r.header.Get("Etag"), `"`) {
			t.Errorf("got %d with %v", r.status, r.header)
		}
		whole := send(t, c, http.MethodHead, up.URL+"/orders?_etag=on")
		if r.header.Get("Etag") == whole.header.Get("Etag") {
			t.Errorf("a page has the entity tag of the whole list, %s", r.header.Get("Etag"))
		}
	})
}

// Lines that never end are held up while they may not affect the client, a second at
// most, and pass one by one from then on.
func TestStreamLines(t *testing.T) {
	for _, tc := range []struct {
		name, phase string
		query       string
		ahead       int // lines that come before the upstream waits for its client
	}{
		{"observe", "phase observe\n", "", 0},
		{"announce, after a second", announced, "", 0},
		{"announce, affected", announced, "", 4},
		{"announce, trimmed", announced, "?fields=id", 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			received := make(chan struct{})
			upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", asLines)
				for i := range 10 {
					fmt.Fprintf(w, "{\"id\":%d}\n", i)
					_ = http.NewResponseController(w).Flush()
					if i < tc.ahead {
						continue
					}
					select {
					case <-received:
					case <-r.Context().Done():
						return
					}
				}
			})
			s := harness.Start(t, paginated(tc.phase+"limit 3 5", upstream))
			res, err := newClient(t, false).Get(s.URL + "/x" + tc.query)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			lines := bufio.NewReader(res.Body)
			for i := range 10 {
				line, err := lines.ReadString('\n')
				if want := fmt.Sprintf("{\"id\":%d}\n", i); line != want || err != nil {
					t.Fatalf("got %q and error %v, want %q", line, err, want)
				}
				if i >= tc.ahead {
					received <- struct{}{}
				}
			}
			if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
				t.Errorf("got %q and error %v at the end", rest, err)
			}
			s.NoTrouble(t)
		})
	}
}
