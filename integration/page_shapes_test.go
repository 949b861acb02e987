package integration

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// ordersText is the text between the brackets of a list of the legacy API.
func ordersText(shape legacyapi.Shape, from, to int) string {
	var text []byte
	for i := from; i < to; i++ {
		if i > from {
			text = append(text, ',')
		}
		if shape == legacyapi.Pretty {
			text = append(text, "\n  "...)
		}
		text = legacyapi.AppendItem(text, shape, i)
	}
	return string(text)
}

// Pages of every shape of item are the upstream's bytes, walked to the end.
func TestPageShapes(t *testing.T) {
	up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: 25}))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	c := pageClient(t)
	for _, shape := range []legacyapi.Shape{legacyapi.Small, legacyapi.Wide, legacyapi.Text, legacyapi.Nested, legacyapi.Pretty} {
		for _, encoding := range []string{"identity", "gzip", "zstd", "br"} {
			t.Run(string(shape)+"/"+encoding, func(t *testing.T) {
				next := s.URL + "/orders?_shape=" + string(shape) + "&_encoding=" + encoding
				for from := 0; from < 25; from += 10 {
					r := send(t, c, http.MethodGet, next)
					to := min(from+10, 25)
					body := strings.TrimRight(r.body, "\n")
					list := strings.TrimRight(strings.TrimSuffix(body, "]"), "\n")
					if want := "[" + ordersText(shape, from, to); r.status != http.StatusOK || !strings.HasSuffix(body, "]") || squeezed(list) != squeezed(want) {
						t.Fatalf("from %d: got %d %.300q, want %.300q]", from, r.status, r.body, want)
					}
					if got := r.header.Get("Content-Encoding"); got != "" {
						t.Errorf("Content-Encoding: got %q", got)
					}
					next = r.next(t)
				}
				if next != "" {
					t.Errorf("another page behind the last: %s", next)
				}
			})
		}
	}
	s.NoTrouble(t)
}

// squeezed is a list's text without the white space behind its bracket: where a
// pretty-printed list begins with a later item, that of the first stays or not.
func squeezed(text string) string {
	rest, _ := strings.CutPrefix(text, "[")
	return "[" + strings.TrimLeft(rest, " \n")
}

// What stands around a list in an envelope stays; what stands behind it is given
// up only where that is asked for.
func TestPageEnvelope(t *testing.T) {
	up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: 25, Envelope: true}))
	const behind = `,"generated":"2019-03-07T11:22:33Z","count":25}` + "\n"
	for _, tc := range []struct {
		name, options, query string
		from, to             int
		behind, total        string
	}{
		{"on", "early_stop on", "", 0, 10, behind, ""},
		{"on, deeper", "early_stop on", "offset=7&limit=3", 7, 10, behind, ""},
		{"on, last page", "early_stop on", "offset=20", 20, 25, behind, ""},
		{"on, behind the end", "early_stop on", "offset=25", 25, 25, behind, ""},
		{"off", "early_stop off", "", 0, 10, behind, ""},
		{"always", "early_stop always", "", 0, 10, "}", ""},
		{"always, last page", "early_stop always", "offset=20", 20, 25, behind, ""},
		{"path", "list orders", "", 0, 10, behind, ""},
		{"pointer", "list /orders\nearly_stop always", "", 0, 10, "}", ""},
		{"total", "total exact", "", 0, 10, behind, "25"},
		{"total, last page", "total exact", "offset=20", 20, 25, behind, "25"},
		{"total outranks always", "total exact\nearly_stop always", "", 0, 10, behind, "25"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, "paginate 10 20 {\n"+tc.options+"\n}\n"+up.proxy())
			r := send(t, pageClient(t), http.MethodGet, s.URL+"/orders?"+tc.query)
			if want := `{"api":"legacy","orders":[` + ordersText(legacyapi.Small, tc.from, tc.to) + "]" + tc.behind; r.body != want {
				t.Errorf("got  %d %q\nwant 200 %q", r.status, r.body, want)
			}
			if got := r.header.Get("X-Total-Count"); got != tc.total {
				t.Errorf("X-Total-Count: got %q, want %q", got, tc.total)
			}
			if more := r.next(t) != ""; more != (tc.to < 25) {
				t.Errorf("next: got %t behind item %d of 25", more, tc.to)
			}
			s.NoTrouble(t)
		})
	}
}

// A total makes the last page known to those who count pages.
func TestPageTotal(t *testing.T) {
	up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: 25}))
	s := harness.Start(t, "paginate 10 20 {\nstyle page\ntotal exact\n}\n"+up.proxy())
	c := pageClient(t)
	for page, want := range map[int]map[string]string{
		1: {"next": "2", "last": "3"},
		2: {"next": "3", "prev": "1", "first": "1", "last": "3"},
		3: {"prev": "2", "first": "1", "last": "3"},
		4: {"prev": "3", "first": "1", "last": "3"},
	} {
		t.Run(fmt.Sprint("page ", page), func(t *testing.T) {
			r := send(t, c, http.MethodGet, fmt.Sprintf("%s/orders?page=%d", s.URL, page))
			if got := r.header.Get("X-Total-Count"); got != "25" {
				t.Errorf("X-Total-Count: got %q, want 25", got)
			}
			links := r.links(t)
			for rel, number := range want {
				if target := s.URL + "/orders?per_page=10&page=" + number; links[rel] != target {
					t.Errorf("%s: got %q, want %q", rel, links[rel], target)
				}
			}
			if len(links) != len(want) {
				t.Errorf("got %v, want %v", links, want)
			}
		})
	}
	t.Run("an empty list", func(t *testing.T) {
		r := send(t, c, http.MethodGet, s.URL+"/orders?_n=0")
		if got := r.header.Get("X-Total-Count"); got != "0" || strings.TrimSpace(r.body) != "[]" {
			t.Errorf("got %s with a total of %q", r.body, got)
		}
	})
}

// A page that would take too much memory ends early and leads on; no item is lost
// by it.
func TestPageCutBySize(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20 {\nmax_page_size 800\n}\n"+up.proxy())
	c := pageClient(t)
	var all bytes.Buffer
	seen, next := 0, s.URL+"/orders?n=23"
	for next != "" {
		r := send(t, c, http.MethodGet, next)
		items := r.items(t)
		if len(items) == 0 || len(items) >= 10 || len(r.body) > 800 {
			t.Fatalf("a page of %d items and %d bytes", len(items), len(r.body))
		}
		wantOdd(t, r, seen, seen+len(items))
		seen, next = seen+len(items), r.next(t)
		all.WriteString(r.body)
	}
	if seen != 23 {
		t.Errorf("read %d items of 23", seen)
	}
}
