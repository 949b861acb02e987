package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// What every route of these tests is configured with.
const (
	walkDefault = 10
	walkMax     = 20
)

// A walk is one way in which clients read a whole list.
type walk struct {
	name string

	// first is the query of the first page, size how many items its pages have.
	first string
	size  int

	// step returns the query of the page behind r, "" at the end. seen is how
	// many items there were before and on r, pages how many pages.
	step func(t testing.TB, r reply, seen, pages int) string

	// short: the client stops at a short page and looks at nothing else, so it
	// needs a request more where the last page is full.
	short bool
}

// byLink follows the Link header and nothing else.
func byLink(t testing.TB, r reply, _, _ int) string {
	_, query, _ := strings.Cut(r.next(t), "?")
	return query
}

// linkWalks are the walks of the style link.
var linkWalks = []walk{
	{name: "Link only, the default page", first: "", size: walkDefault, step: byLink},
	{name: "Link only", first: "limit=7", size: 7, step: byLink},
	{name: "Link only, over the maximum", first: "limit=500", size: walkMax, step: byLink},
	{name: "cursor", first: "limit=10", size: 10, step: func(t testing.TB, r reply, _, _ int) string {
		if next := r.next(t); next != "" {
			return "cursor=" + queryOf(t, next, "cursor") + "&limit=10"
		}
		return ""
	}},
	{name: "offset arithmetic", first: "limit=10&offset=0", size: 10, step: func(t testing.TB, r reply, seen, _ int) string {
		if r.next(t) == "" {
			return ""
		}
		return fmt.Sprintf("offset=%d&limit=10", seen)
	}},
	{name: "stop if short", first: "limit=10", size: 10, short: true, step: func(t testing.TB, r reply, seen, _ int) string {
		if len(r.items(t)) < 10 {
			return ""
		}
		return fmt.Sprintf("limit=10&offset=%d", seen)
	}},
}

// pageWalks are the walks of the style page.
var pageWalks = []walk{
	{name: "Link only, the default page", first: "", size: walkDefault, step: byLink},
	{name: "Link only", first: "per_page=7", size: 7, step: byLink},
	{name: "Link only, over the maximum", first: "per_page=500", size: walkMax, step: byLink},
	{name: "page numbers", first: "per_page=10", size: 10, step: func(t testing.TB, r reply, _, pages int) string {
		if r.next(t) == "" {
			return ""
		}
		return fmt.Sprintf("page=%d&per_page=10", pages+1)
	}},
	{name: "stop if short", first: "page=1&per_page=10", size: 10, short: true, step: func(t testing.TB, r reply, _, pages int) string {
		if len(r.items(t)) < 10 {
			return ""
		}
		return fmt.Sprintf("per_page=10&page=%d", pages+1)
	}},
}

// requests is how many requests the walk takes through n items.
func (w walk) requests(n int) int {
	if w.short {
		return n/w.size + 1
	}
	return max(1, (n+w.size-1)/w.size)
}

// read walks through the list at base, and asserts on every page.
func (w walk) read(t *testing.T, c *http.Client, base string, n int) {
	t.Helper()
	filter := fmt.Sprintf("n=%d", n)
	query, seen, pages := filter+"&"+w.first, 0, 0
	for {
		r := send(t, c, http.MethodGet, base+"?"+query)
		count := len(r.items(t))
		wantOdd(t, r, seen, min(seen+w.size, n))
		if t.Failed() {
			t.Fatalf("that was page %d, %s", pages+1, query)
		}
		seen, pages = seen+count, pages+1
		if more := seen < n; (r.next(t) != "") != more {
			t.Fatalf("page %d, %s: next is %q behind item %d of %d", pages, query, r.next(t), seen, n)
		}
		if got := r.header.Get("Content-Length"); got != fmt.Sprint(len(r.body)) {
			t.Errorf("Content-Length of page %d: got %q, want %d", pages, got, len(r.body))
		}
		if query = w.step(t, r, seen, pages); query == "" {
			break
		}
		if !strings.HasPrefix(query, filter) {
			query = filter + "&" + query
		}
		if pages > n+1 {
			t.Fatalf("still walking after %d pages", pages)
		}
	}
	if want := w.requests(n); pages != want || seen != n {
		t.Errorf("read %d items by %d requests, want %d items by %d", seen, pages, n, want)
	}
}

// Every way to walk, over every kind of upstream, gives every item once, in
// order, byte for byte.
func TestPageWalks(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	styles := map[string][]walk{"link": linkWalks, "page": pageWalks}
	upstreams := []string{"unbounded", "link", "page"}
	// What is known of an upstream need not be found out.
	block := map[string]string{"unbounded": "unbounded", "link": "link {\nlimit 100\n}", "page": "page {\nlimit 100\n}"}
	var routes strings.Builder
	for _, upstream := range upstreams {
		for style := range styles {
			fmt.Fprintf(&routes, "handle /%[1]s/%[2]s {\npaginate %[3]d %[4]d {\nname %[1]s-%[2]s\nupstream %[5]s\nstyle %[2]s\nsnapshot off\n}\n%[6]s\n}\n",
				upstream, style, walkDefault, walkMax, block[upstream], up.proxy())
		}
	}
	s := harness.Start(t, routes.String())
	c := pageClient(t)
	for _, upstream := range upstreams {
		for style, walks := range styles {
			for _, w := range walks {
				t.Run("upstream "+upstream+"/style "+style+"/"+w.name, func(t *testing.T) {
					for _, n := range []int{0, 1, w.size, w.size + 1, 2 * w.size, 257} {
						up.take()
						w.read(t, c, s.URL+"/"+upstream+"/"+style, n)
						if got, want := len(up.take()), w.requests(n); got != want {
							t.Errorf("n=%d: the upstream was asked %d times, want %d", n, got, want)
						}
					}
				})
			}
		}
	}
	s.NoTrouble(t)
}

// An upstream that pages is asked for one item more than a page, and is
// believed.
func TestPageAsksForOneMore(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, `
		handle /link/* {
			paginate 10 20 {
				upstream link {
					limit 100
				}
			}
			`+up.proxy()+`
		}
		handle /page/* {
			paginate 10 20 {
				upstream page {
					limit 100
				}
				style page
			}
			`+up.proxy()+`
		}`)
	c := pageClient(t)
	for _, tc := range []struct {
		name, target, want string
		from, to           int
		more               bool
	}{
		{"default", "/link/x?n=50", "limit=11&n=50", 0, 10, true},
		{"maximum", "/link/x?limit=20&n=50", "limit=21&n=50", 0, 20, true},
		{"clamped", "/link/x?n=50&limit=900", "limit=21&n=50", 0, 20, true},
		{"offset", "/link/x?n=50&offset=30&limit=5", "limit=6&offset=30&n=50", 30, 35, true},
		{"full last page", "/link/x?n=50&offset=45&limit=5", "limit=6&offset=45&n=50", 45, 50, false},
		{"behind the end", "/link/x?n=50&offset=50&limit=5", "limit=6&offset=50&n=50", 50, 50, false},
		{"first page", "/page/x?n=50&per_page=10", "per_page=11&n=50", 0, 10, true},
		{"page in an aligned block", "/page/x?n=50&page=3&per_page=10", "per_page=16&page=2&n=50", 20, 30, true},
		{"full last page of numbers", "/page/x?n=50&page=5&per_page=10", "", 40, 50, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up.take()
			r := send(t, c, http.MethodGet, s.URL+tc.target)
			wantOdd(t, r, tc.from, tc.to)
			if more := r.next(t) != ""; more != tc.more {
				t.Errorf("next: got %t, want %t", more, tc.more)
			}
			if got := up.takeOne(t).query; tc.want != "" && got != tc.want {
				t.Errorf("the upstream saw %q, want %q", got, tc.want)
			}
		})
	}
}

// An upstream that is said to page and does not is found out: its first page is
// cut, and a deeper one is never the first one again.
func TestPageUpstreamIgnoresLimit(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	for _, style := range []string{"link", "page"} {
		t.Run("upstream "+style, func(t *testing.T) {
			s := harness.Start(t, "paginate 10 20 {\nupstream "+style+"\n}\n"+up.proxy())
			c := pageClient(t)
			r := send(t, c, http.MethodGet, s.URL+"/deaf?n=50")
			wantOdd(t, r, 0, 10)
			if r.next(t) == "" {
				t.Error("the first page was cut without a word")
			}
			for _, query := range []string{"n=50&offset=20", "n=50&limit=20&offset=40", "n=50&limit=3&offset=7"} {
				r := send(t, c, http.MethodGet, s.URL+"/deaf?"+query)
				if r.status == http.StatusOK {
					// Where the aligned block begins the list, the page is right.
					if style != "page" || query != "n=50&limit=3&offset=7" {
						t.Errorf("%s: a page of an upstream that ignores offsets: %.200s", query, r.body)
					}
					continue
				}
				wantRefusal(t, r, http.StatusBadGateway, "upstream_malformed")
			}
			lines := s.WaitLog(t, "http.handlers.paginate", 2)
			told := false
			for _, line := range lines {
				told = told || line.Text("level") == "error" && strings.Contains(line.Text("error"), "ignore paging parameters")
			}
			if !told {
				t.Errorf("the log does not tell the operator: %v", lines)
			}
		})
	}
}
