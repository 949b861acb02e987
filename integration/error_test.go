package integration

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// problemType is where the types of problems are explained.
const problemType = `{"type":"https://github.com/caddy-paginate/caddy-paginate/blob/main/caddymodule/README.md#`

// brokenLists are answers of which no page can be made.
var brokenLists = map[string]string{
	"/cut":     `[{"id":1},{"id":2,"customer":{"name":"Brenda`,
	"/die":     `[{"id":1},{"id":2}`,
	"/rubbish": `[{"id":1},oops]`,
	"/large":   `[{"text":"` + strings.Repeat("x", 3000) + `"},{"id":3}]`,
}

// serveBroken serves these, and odd items everywhere else.
func serveBroken(w http.ResponseWriter, r *http.Request) {
	body, broken := brokenLists[r.URL.Path]
	if !broken {
		oddList(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Etag", `"whole"`)
	h.Set("X-Upstream", "yes")
	_, _ = io.WriteString(w, body)
	if r.URL.Path == "/die" {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// errorCases have one problem of each code.
var errorCases = []struct {
	name, options, target string
	status                int
	want                  string // behind problemType
}{
	{
		"limit_invalid", "", "/orders?limit=a%22%3Cb%3E", 400,
		`limit_invalid","title":"A paging parameter cannot be read","status":400,"detail":"not a whole number in plain digits",` +
			`"code":"limit_invalid","parameter":"limit","given":"a\"\u003cb\u003e"}`,
	},
	{
		"limit_too_large", "over_max reject", "/orders?limit=21", 400,
		`limit_too_large","title":"The limit is over the maximum","status":400,"detail":"limit may be at most 20",` +
			`"code":"limit_too_large","parameter":"limit","given":"21","max":20}`,
	},
	{
		"offset_too_deep", "", "/orders?limit=10&offset=9991", 400,
		`offset_too_deep","title":"The offset is too deep","status":400,` +
			`"detail":"offset=9991 with 10 items a page reaches beyond item 10000, the deepest this list is paged by offset; ` +
			`follow rel=\"next\" or a cursor from a page before, or narrow the filter",` +
			`"code":"offset_too_deep","parameter":"offset","given":"9991","max":10000}`,
	},
	{
		"cursor_invalid", "", "/orders?cursor=abc", 400,
		`cursor_invalid","title":"The cursor does not belong here","status":400,` +
			`"detail":"the cursor was not made for this list, filter and configuration; begin again without it",` +
			`"code":"cursor_invalid","parameter":"cursor","given":"abc"}`,
	},
	{
		"fields_invalid", "", "/orders?fields=a,,b", 400,
		`fields_invalid","title":"The field mask cannot be read","status":400,` +
			`"detail":"unexpected \",\": a name is missing, at character 3","code":"fields_invalid","parameter":"fields","given":"a,,b"}`,
	},
	{
		"pagination_required", "unpaginated reject", "/orders", 400,
		`pagination_required","title":"This list has to be read in pages","status":400,` +
			`"detail":"ask for a page with limit, and follow the Link header's rel=\"next\"",` +
			`"code":"pagination_required","parameter":"limit","max":20}`,
	},
	{
		"upstream_malformed", "", "/die", 502,
		`upstream_malformed","title":"The upstream's answer is broken","status":502,` +
			`"detail":"the upstream broke off","code":"upstream_malformed"}`,
	},
	{
		"item_too_large", "max_page_size 2KiB", "/large", 502,
		`item_too_large","title":"An item is too large for a page","status":502,` +
			`"detail":"larger than what one page may take in memory","code":"item_too_large"}`,
	},
}

// docsOption gives the refusals an address to read on.
const docsOption = "phase enforce\nretire {\ndeprecated 2026-01-01\nsunset 2026-02-01\ndocs https://docs.example/paging?a=1&b=2\n}\n"

// Each problem is what the documentation says, byte for byte, for GET and HEAD,
// with and without an address to read on.
func TestErrorBodies(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(serveBroken))
	for _, tc := range errorCases {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, "paginate 10 20 {\n"+tc.options+"\n}\n"+up.proxy())
			c := pageClient(t)
			r := send(t, c, http.MethodGet, s.URL+tc.target)
			if r.body != problemType+tc.want {
				t.Errorf("got  %s\nwant %s", r.body, problemType+tc.want)
			}
			wantProblemHeader(t, r, tc.status)

			if tc.status == http.StatusBadRequest {
				head := send(t, c, http.MethodHead, s.URL+tc.target)
				wantProblemHeader(t, head, tc.status)
				if head.body != "" || head.header.Get("Content-Length") != strconv.Itoa(len(r.body)) {
					t.Errorf("HEAD: got %q with Content-Length %s", head.body, head.header.Get("Content-Length"))
				}
			}

			s.Reload(t, harness.Config{Routes: "paginate 10 20 {\n" + tc.options + "\n" + docsOption + "}\n" + up.proxy()})
			with := send(t, c, http.MethodGet, s.URL+tc.target)
			if want := strings.TrimSuffix(r.body, "}") + `,"docs":"https://docs.example/paging?a=1\u0026b=2"}`; with.body != want {
				t.Errorf("with docs: got  %s\nwant %s", with.body, want)
			}
		})
	}
}

// wantProblemHeader asserts on the header of a refusal: it is nobody else's, and
// nothing of the upstream's answer is left in it.
func wantProblemHeader(t *testing.T, r reply, status int) {
	t.Helper()
	if r.status != status {
		t.Errorf("got %d, want %d", r.status, status)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/problem+json", "Cache-Control": "no-store", "Etag": "", "X-Upstream": "", "Link": "",
	} {
		if got := strings.Join(r.header.Values(name), " | "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// The site's own error routes take over where they are meant for the status, and
// leave the problem in its place where they are not.
func TestErrorRoutes(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(serveBroken))
	const all = `
		handle_errors {
			header X-Taken yes
			respond "{http.error.status_code} {http.paginate.code} {http.paginate.parameter} {http.request.uri}"
		}`
	for _, tc := range []struct {
		name, routes, target string
		status               int
		want                 string // the body; "" is the problem
	}{
		{"taken over", all, "/orders?limit=abc", 400, "400 limit_invalid limit /orders?limit=abc"},
		{"broken upstream taken over", all, "/rubbish?limit=5", 502, "502 upstream_malformed  /rubbish?limit=5"},
		{"for the status", "handle_errors 400 {\nrespond \"mine\"\n}", "/orders?limit=abc", 400, "mine"},
		{"for a range of statuses", "handle_errors 5xx {\nrespond \"mine\"\n}", "/rubbish", 502, "mine"},
		{"with another status", "handle_errors 400 {\nrespond \"mine\" 422\n}", "/orders?limit=abc", 422, "mine"},
		{"for another status", "handle_errors 404 {\nrespond \"mine\"\n}", "/orders?limit=abc", 400, ""},
		{"for another status, broken upstream", "handle_errors 404 400 {\nrespond \"mine\"\n}", "/rubbish", 502, ""},
		{"headers only", "handle_errors {\nheader X-Taken yes\n}", "/orders?limit=abc", 400, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, "paginate 10 20\n"+up.proxy()+"\n"+tc.routes)
			r := send(t, pageClient(t), http.MethodGet, s.URL+tc.target)
			if tc.want == "" {
				wantProblemHeader(t, r, tc.status)
				r.problem(t)
			} else if r.status != tc.status || r.body != tc.want {
				t.Errorf("got %d %q, want %d %q", r.status, r.body, tc.status, tc.want)
			}
			wantTaken := ""
			if strings.Contains(tc.routes, "X-Taken") {
				wantTaken = "yes"
			}
			if got := r.header.Get("X-Taken"); got != wantTaken {
				t.Errorf("X-Taken: got %q, want %q", got, wantTaken)
			}
			if got := r.header.Get("X-Upstream"); got != "" {
				t.Errorf("X-Upstream: got %q", got)
			}
		})
	}
}

// A broken list is told of in the log; a client's mistake is not an operator's.
func TestErrorLog(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(serveBroken))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	c := pageClient(t)
	wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?limit=abc"), http.StatusBadRequest, "limit_invalid")
	s.Adoption(t, 1)
	s.NoTrouble(t)

	for _, path := range []string{"/cut", "/rubbish"} {
		wantRefusal(t, send(t, c, http.MethodGet, s.URL+path), http.StatusBadGateway, "upstream_malformed")
	}
	records := s.Adoption(t, 3)
	var told []string
	for _, line := range s.Log(t, "http.handlers.paginate") {
		if line.Text("level") == "error" && line.Text("msg") == "the upstream's list cannot be used" {
			told = append(told, fmt.Sprintf("%v %v", line["offset"], line["pointer"]))
		}
	}
	if want := []string{"44 /1/customer/name", "10 /1"}; !slices.Equal(told, want) {
		t.Errorf("the log tells of broken lists at %q, want %q", told, want)
	}
	for i, want := range []struct {
		action, reason string
		status         float64
	}{{"reject", "invalid", 400}, {"fail", "missing", 502}, {"fail", "missing", 502}} {
		got := records[i]
		if got["paginate.action"] != want.action || got["paginate.reason"] != want.reason || got["http.response.status_code"] != want.status {
			t.Errorf("record %d: got %v, want %v", i, got, want)
		}
	}
}

// How deep offsets reach, and that cursors reach deeper.
func TestErrorMaxOffset(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	for _, tc := range []struct {
		name, options, query string
		from, to             int // of 10100 items; from -1: refused
	}{
		{"the deepest page", "", "limit=10&offset=9990", 9990, 10000},
		{"one deeper", "", "limit=10&offset=9991", -1, 0},
		{"far deeper", "", "limit=10&offset=9223372036854775807", -1, 0},
		{"off", "max_offset off", "limit=10&offset=10050", 10050, 10060},
		{"off, behind the end", "max_offset off", "limit=10&offset=9223372036854775807", 10100, 10100},
		{"of one's own", "max_offset 20", "limit=10&offset=10", 10, 20},
		{"deeper than one's own", "max_offset 20", "limit=10&offset=11", -1, 0},
		{"a clamped limit counts", "max_offset 20", "limit=100&offset=0", 0, 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, "paginate 10 20 {\n"+tc.options+"\n}\n"+up.proxy())
			c := pageClient(t)
			r := send(t, c, http.MethodGet, s.URL+"/orders?n=10100&"+tc.query)
			if tc.from < 0 {
				p := wantRefusal(t, r, http.StatusBadRequest, "offset_too_deep")
				if p.Parameter != "offset" || p.Max == 0 || !strings.Contains(p.Detail, `rel="next"`) {
					t.Errorf("the refusal does not tell the way on: %+v", p)
				}
				return
			}
			wantOdd(t, r, tc.from, tc.to)
			if tc.to == tc.from || tc.to-tc.from < 10 {
				return
			}
			wantOdd(t, send(t, c, http.MethodGet, r.next(t)), tc.to, 2*tc.to-tc.from)
		})
	}
	t.Run("page numbers", func(t *testing.T) {
		s := harness.Start(t, "paginate 10 20 {\nstyle page\nmax_offset 50\n}\n"+up.proxy())
		c := pageClient(t)
		wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?n=100&page=5"), 40, 50)
		p := wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?n=100&page=6"), http.StatusBadRequest, "offset_too_deep")
		if p.Parameter != "page" || p.Given != "6" || p.Max != 50 {
			t.Errorf("got %+v", p)
		}
	})
}

// What a request without pagination gets.
func TestErrorUnpaginated(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	for _, tc := range []struct {
		name, options, target string
		items                 int // -1: refused
		more                  bool
	}{
		{"page", "unpaginated page", "/orders?n=50", 10, true},
		{"reject", "unpaginated reject", "/orders?n=1", -1, false},
		{"reject, unlimited", "unpaginated reject", "/orders?n=1&limit=0", -1, false},
		{"reject, empty limit", "unpaginated reject", "/orders?n=1&limit=", -1, false},
		{"reject, with a limit", "unpaginated reject", "/orders?n=50&limit=5", 5, true},
		{"reject, over the maximum", "unpaginated reject", "/orders?n=50&limit=50", 20, true},
		{"reject_over, empty", "unpaginated reject_over 15", "/orders?n=0", 0, false},
		{"reject_over, short", "unpaginated reject_over 15", "/orders?n=14", 14, false},
		{"reject_over, as long as may be", "unpaginated reject_over 15", "/orders?n=15", 15, false},
		{"reject_over, long", "unpaginated reject_over 15", "/orders?n=16", -1, false},
		{"reject_over, unlimited", "unpaginated reject_over 15", "/orders?n=16&limit=-1", -1, false},
		{"reject_over, with a limit", "unpaginated reject_over 15", "/orders?n=50&limit=5", 5, true},
		{"reject_over, upstream that pages, short", "unpaginated reject_over 15\nupstream link", "/link?n=15", 15, false},
		{"reject_over, upstream that pages, long", "unpaginated reject_over 15\nupstream link", "/link?n=16", -1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, "paginate 10 20 {\n"+tc.options+"\n}\n"+up.proxy())
			r := send(t, pageClient(t), http.MethodGet, s.URL+tc.target)
			if tc.items < 0 {
				p := wantRefusal(t, r, http.StatusBadRequest, "pagination_required")
				if p.Parameter != "limit" || p.Max != 20 || r.header.Get("Link") != "" {
					t.Errorf("got %+v with Link %q", p, r.header.Get("Link"))
				}
				return
			}
			wantOdd(t, r, 0, tc.items)
			if more := r.next(t) != ""; more != tc.more {
				t.Errorf("next: got %t, want %t", more, tc.more)
			}
			s.NoTrouble(t)
		})
	}
}

// Where limits over the maximum are refused, none is clamped; a preference is
// never a reason to refuse.
func TestErrorOverMax(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20 {\nover_max reject\n}\n"+up.proxy())
	c := pageClient(t)
	for _, given := range []string{"21", "900", "99999999999999999999"} {
		p := wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?limit="+given), http.StatusBadRequest, "limit_too_large")
		if p.Max != 20 || p.Parameter != "limit" {
			t.Errorf("limit=%s: got %+v", given, p)
		}
	}
	if asked := up.take(); len(asked) > 0 {
		t.Errorf("refused requests reached the upstream: %v", asked)
	}
	wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?limit=20"), 0, 20)
	wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?limit=0"), 0, 10)
	wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders", "Prefer: maxpagesize=900"), 0, 20)
}
