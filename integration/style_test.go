package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A styleWalk is how the clients of a style read a whole list.
type styleWalk struct {
	style   string   // the directive's argument, and its block
	list    []string // where the items are in a body
	first   string   // the query of the first page, of 10 items
	over    string   // a query for more than the maximum
	content string   // the Content-Type; "" is application/json

	// next returns the query of the page behind, "" at the end.
	next func(t *testing.T, body map[string]any, r reply) string

	refuses bool // a size over the maximum is refused
}

// text is the string at a path in a body, "" if there is none; null is an error, as it
// is to the clients of most styles.
func text(t *testing.T, body map[string]any, path ...string) string {
	t.Helper()
	var at any = body
	for _, name := range path {
		object, _ := at.(map[string]any)
		value, ok := object[name]
		if !ok {
			return ""
		}
		at = value
	}
	s, ok := at.(string)
	if !ok {
		t.Fatalf("%s: got %v, want a string or nothing", strings.Join(path, "."), at)
	}
	return s
}

func queryBehind(url string) string {
	_, query, _ := strings.Cut(url, "?")
	return query
}

func byBody(path ...string) func(*testing.T, map[string]any, reply) string {
	return func(t *testing.T, body map[string]any, _ reply) string {
		t.Helper()
		return queryBehind(text(t, body, path...))
	}
}

func byNull(path string) func(*testing.T, map[string]any, reply) string {
	return func(t *testing.T, body map[string]any, r reply) string {
		t.Helper()
		value, there := body[path]
		if !there {
			t.Fatalf("there is no %s in %.200s", path, r.body)
		}
		next, _ := value.(string)
		return queryBehind(next)
	}
}

func byHeader(t *testing.T, _ map[string]any, r reply) string {
	t.Helper()
	return queryBehind(r.next(t))
}

var styleWalks = []styleWalk{
	{
		style: "cursor", list: []string{"data"}, first: "limit=10", over: "limit=500",
		next: func(t *testing.T, body map[string]any, _ reply) string {
			page := body["pagination"].(map[string]any)
			next, _ := page["next_cursor"].(string)
			if page["has_more"] != (next != "") {
				t.Errorf("has_more is %v beside the cursor %q", page["has_more"], next)
			}
			if next == "" {
				return ""
			}
			return "limit=10&after=" + next
		},
	},
	{
		style: "github", first: "per_page=10", over: "per_page=500", next: byHeader,
	},
	{
		style: "gitlab", first: "per_page=10", over: "per_page=500",
		next: func(_ *testing.T, _ map[string]any, r reply) string {
			if n := r.header.Get("X-Next-Page"); n != "" {
				return "per_page=10&page=" + n
			}
			return ""
		},
	},
	{
		style: "stripe {\ntext_key off\n}", list: []string{"data"}, first: "limit=10", over: "limit=500",
		next: func(_ *testing.T, body map[string]any, _ reply) string {
			if body["has_more"] != true {
				return ""
			}
			data := body["data"].([]any)
			return fmt.Sprintf("limit=10&starting_after=%v", data[len(data)-1].(map[string]any)["id"])
		},
	},
	{
		style: "slack members", list: []string{"members"}, first: "limit=10&cursor=", over: "limit=500",
		next: func(t *testing.T, body map[string]any, _ reply) string {
			if cursor := text(t, body, "response_metadata", "next_cursor"); cursor != "" {
				return "limit=10&cursor=" + cursor
			}
			return ""
		},
	},
	{style: "msgraph", list: []string{"value"}, first: "$top=10", over: "$top=500", next: byBody("@odata.nextLink")},
	{
		style: "jsonapi", list: []string{"data"}, first: "page[size]=10", over: "page[size]=500",
		content: "application/vnd.api+json", next: byBody("links", "next"),
	},
	{
		style: "jsonapi0", list: []string{"data"}, first: "page%5Bsize%5D=10&page%5Bnumber%5D=0", over: "page[size]=500",
		content: "application/vnd.api+json", next: byBody("links", "next"), refuses: true,
	},
	{
		style: "google secrets", list: []string{"secrets"}, first: "pageSize=10", over: "pageSize=500",
		next: func(t *testing.T, body map[string]any, _ reply) string {
			if token := text(t, body, "nextPageToken"); token != "" {
				return "pageSize=10&pageToken=" + token
			}
			return ""
		},
	},
	{
		style: "kube", list: []string{"items"}, first: "limit=10", over: "limit=500",
		next: func(t *testing.T, body map[string]any, _ reply) string {
			if body["kind"] != "List" || body["apiVersion"] != "v1" {
				t.Errorf("got kind %v and apiVersion %v, want List and v1", body["kind"], body["apiVersion"])
			}
			metadata, _ := body["metadata"].(map[string]any)
			if token := text(t, metadata, "continue"); token != "" {
				return "continue=" + token + "&limit=10"
			}
			return ""
		},
	},
	{style: "drf", list: []string{"results"}, first: "limit=10", over: "limit=500", next: byNull("next")},
	{style: "drf-page", list: []string{"results"}, first: "page_size=10", over: "page_size=500", next: byNull("next"), refuses: true},
	{
		style: "spring", list: []string{"content"}, first: "size=10&page=0", over: "size=500", refuses: true,
		next: func(_ *testing.T, body map[string]any, _ reply) string {
			if body["last"] == true {
				return ""
			}
			return fmt.Sprintf("size=10&page=%v", body["number"].(float64)+1)
		},
	},
	{
		style: "hal orders", list: []string{"_embedded", "orders"}, first: "size=10", over: "size=500",
		content: "application/hal+json", next: byBody("_links", "next", "href"),
	},
	{style: "ra-json", first: "_start=0&_end=10", over: "_start=10&_end=60", next: byHeader, refuses: true},
	{style: "ra-simple", first: "range=[0,9]", over: "range=[0,20]", next: byHeader, refuses: true},
	{
		style: "page {\nlimit perPage\npage pageNo\nbody `{\"result\":{\"rows\":$list,\"more\":$more}}`\n}",
		list:  []string{"result", "rows"}, first: "perPage=10", over: "perPage=500",
		next: func(t *testing.T, body map[string]any, r reply) string {
			next := queryBehind(r.next(t))
			if more := body["result"].(map[string]any)["more"]; more != (next != "") {
				t.Errorf("more is %v beside the link %q", more, next)
			}
			return next
		},
	},
}

// itemsAt are the items of a body, as they came.
func itemsAt(t *testing.T, r reply, path []string) string {
	t.Helper()
	raw := json.RawMessage(r.body)
	for _, name := range path {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			t.Fatalf("reading the body: %v in %d %.300q", err, r.status, r.body)
		}
		raw = object[name]
	}
	return string(raw)
}

// TestStyleWalks: by its own means, a client of each style gets every item once, in
// order, byte for byte, whatever the upstream's answer looks like, by no more requests
// than there are pages.
func TestStyleWalks(t *testing.T) {
	for _, snapshot := range []string{"off", "lazy"} {
		for _, shape := range []string{"root", "envelope"} {
			up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if shape == "root" {
					oddList(w, r)
					return
				}
				n := len(oddItems(0, 0))
				_, _ = fmt.Sscan(r.URL.Query().Get("n"), &n)
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"before":{"a":[1]},"rows": %s ,"behind":true}`, oddItems(0, n))
			}))
			var routes strings.Builder
			for i, w := range styleWalks {
				fmt.Fprintf(&routes, "handle /%d {\npaginate 10 20 {\nname style%d\nsnapshot %s\nstyle %s\n}\n%s\n}\n", i, i, snapshot, w.style, up.proxy())
			}
			s := harness.Start(t, routes.String())
			c := pageClient(t)
			for i, w := range styleWalks {
				name, _, _ := strings.Cut(w.style, " {")
				t.Run("snapshot "+snapshot+"/"+shape+"/"+name, func(t *testing.T) {
					for _, n := range []int{0, 1, 10, 11, 20, 257} {
						w.read(t, c, fmt.Sprintf("%s/%d", s.URL, i), n)
					}
				})
			}
			s.NoTrouble(t)
		}
	}
}

// read walks through the list at base.
func (w styleWalk) read(t *testing.T, c *http.Client, base string, n int) {
	t.Helper()
	filter := fmt.Sprintf("n=%d", n)
	content := w.content
	if content == "" {
		content = "application/json"
	}
	seen, pages := 0, 0
	for query := w.first; ; {
		if !strings.HasPrefix(query, filter) {
			query = filter + "&" + query
		}
		r := send(t, c, http.MethodGet, base+"?"+query)
		to := min(seen+10, n)
		if got, want := itemsAt(t, r, w.list), oddItems(seen, to); r.status != http.StatusOK || got != want {
			t.Fatalf("n=%d, page %d, %s: got %d %.300q\nwant the items %.300q", n, pages+1, query, r.status, r.body, want)
		}
		if got := r.header.Get("Content-Type"); got != content {
			t.Errorf("Content-Type: got %q, want %q", got, content)
		}
		if got := r.header.Get("Content-Length"); got != fmt.Sprint(len(r.body)) {
			t.Errorf("Content-Length: got %q, want %d", got, len(r.body))
		}
		if more := to < n; (r.next(t) != "") != more {
			t.Errorf("n=%d, page %d: the Link is %q", n, pages+1, r.header.Get("Link"))
		}
		seen, pages = to, pages+1
		var body map[string]any
		if w.list != nil {
			if err := json.Unmarshal([]byte(r.body), &body); err != nil {
				t.Fatal(err)
			}
		}
		if query = w.next(t, body, r); query == "" {
			break
		}
		if pages > n {
			t.Fatalf("still walking after %d pages", pages)
		}
	}
	if want := max(1, (n+9)/10); seen != n || pages != want {
		t.Errorf("n=%d: got %d items by %d requests, want all by %d", n, seen, pages, want)
	}
}

// TestStyleOverMax: clients that compute positions are told; the others get the maximum.
func TestStyleOverMax(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	var routes strings.Builder
	for i, w := range styleWalks {
		fmt.Fprintf(&routes, "handle /%d {\npaginate 10 20 {\nname style%d\nstyle %s\n}\n%s\n}\n", i, i, w.style, up.proxy())
	}
	s := harness.Start(t, routes.String())
	c := pageClient(t)
	for i, w := range styleWalks {
		t.Run(strings.Fields(w.style)[0], func(t *testing.T) {
			r := send(t, c, http.MethodGet, fmt.Sprintf("%s/%d?n=50&%s", s.URL, i, w.over))
			if w.refuses {
				if r.status != http.StatusBadRequest || !strings.Contains(r.body, "may be at most 20") {
					t.Errorf("got %d %.300q, want a refusal", r.status, r.body)
				}
				return
			}
			if got := itemsAt(t, r, w.list); got != oddItems(0, 20) {
				t.Errorf("got %d %.300q, want 20 items", r.status, r.body)
			}
		})
	}
}

// TestStyleOverMaxAnnounced: where to go on stands in the body of styles with cursors.
// Before limits are enforced, too, a client that asks for too much walks through the list
// by its own means: client-go asks for 500 whatever the list has.
func TestStyleOverMaxAnnounced(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	for _, style := range []string{"cursor", "google secrets", "msgraph", "kube"} {
		w := styleWalks[slices.IndexFunc(styleWalks, func(w styleWalk) bool { return w.style == style })]
		t.Run(style, func(t *testing.T) {
			s := harness.Start(t, "paginate 3 5 {\nstyle "+style+"\nphase announce\nretire {\nhold\ndeprecated 2020-01-01\n}\n}\n"+up.proxy())
			c := pageClient(t)
			w.read(t, c, s.URL, 57)
			r := send(t, c, http.MethodGet, s.URL+"/?n=57&"+w.first)
			if r.header.Get("Deprecation") == "" {
				t.Error("the client is not told")
			}
			s.NoTrouble(t)
		})
	}
}

// TestStyleSignals: byte for byte what the clients of some styles read.
func TestStyleSignals(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, `
		handle /github {
			paginate 10 20 {
				name github
				style github
				total exact
			}
			`+up.proxy()+`
		}
		handle /drf {
			paginate 10 20 {
				name drf
				style drf
			}
			`+up.proxy()+`
		}`)
	c := pageClient(t)
	r := send(t, c, http.MethodGet, s.URL+"/github?per_page=10&n=55&page=2&state=open")
	url := s.URL + "/github?n=55&state=open&per_page=10&page="
	if got, want := r.header["Link"], []string{fmt.Sprintf(`<%[1]s1>; rel="prev", <%[1]s3>; rel="next", <%[1]s6>; rel="last", <%[1]s1>; rel="first"`, url)}; !slices.Equal(got, want) {
		t.Errorf("Link: got  %q\nwant %q", got, want)
	}

	// Django's clients ask for 0 where they want as many as are allowed.
	r = send(t, c, http.MethodGet, s.URL+"/drf?n=25&limit=0")
	want := fmt.Sprintf(`{"count":25,"next":"%[1]s/drf?n=25&limit=20&offset=20","previous":null,"results":%[2]s}`, s.URL, oddItems(0, 20))
	if r.body != want {
		t.Errorf("got  %.400s\nwant %.400s", r.body, want)
	}
	if got := s.Adoption(t, 2)[1].Text("paginate.reason"); got != "ok" {
		t.Errorf("limit=0 of a style that has it: got the reason %q, want ok", got)
	}
	r = send(t, c, http.MethodGet, s.URL+"/drf?n=25&limit=20&offset=25")
	if want := fmt.Sprintf(`{"count":25,"next":null,"previous":"%s/drf?n=25&limit=20&offset=5","results":[]}`, s.URL); r.body != want {
		t.Errorf("behind the end: got %s, want %s", r.body, want)
	}
}

// TestStyleCursorBackwards: the cursors of the style lead back as they lead on, by the
// parameter that is named for it, to the first page again.
func TestStyleCursorBackwards(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20 {\nstyle cursor\n}\n"+up.proxy())
	c := pageClient(t)
	type page struct {
		Data       json.RawMessage
		Pagination struct {
			Next *string `json:"next_cursor"`
			Prev *string `json:"prev_cursor"`
		}
	}
	read := func(query string) (p page) {
		t.Helper()
		r := send(t, c, http.MethodGet, s.URL+"/orders?n=25&limit=10"+query)
		if err := json.Unmarshal([]byte(r.body), &p); err != nil || r.status != http.StatusOK {
			t.Fatalf("%s: got %d %.200q, %v", query, r.status, r.body, err)
		}
		return p
	}
	last := read("&after=" + *read("&after=" + *read("").Pagination.Next).Pagination.Next)
	middle := read("&before=" + *last.Pagination.Prev)
	first := read("&before=" + *middle.Pagination.Prev)
	for _, tc := range []struct {
		name     string
		page     page
		from, to int
	}{{"last", last, 20, 25}, {"middle", middle, 10, 20}, {"first", first, 0, 10}} {
		if got := string(tc.page.Data); got != oddItems(tc.from, tc.to) {
			t.Errorf("%s: got %.200s, want the items from %d to %d", tc.name, got, tc.from, tc.to)
		}
	}
	if last.Pagination.Next != nil || first.Pagination.Prev != nil {
		t.Errorf("beyond the ends: got %v and %v, want null", last.Pagination.Next, first.Pagination.Prev)
	}
	r := send(t, c, http.MethodGet, s.URL+"/orders?n=26&after="+*first.Pagination.Next)
	wantRefusal(t, r, http.StatusBadRequest, "cursor_invalid")
	r = send(t, c, http.MethodGet, s.URL+"/orders?n=25&after="+*middle.Pagination.Next+"&before="+*middle.Pagination.Prev)
	wantRefusal(t, r, http.StatusBadRequest, "cursor_invalid")
}

// TestStyleAlone: clients that take the list alone, as application/json, get it so
// whatever the API has around it.
func TestStyleAlone(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.acme.v3+json")
		_, _ = fmt.Fprintf(w, "\ufeff"+`{"total":3,"rows":%s}`, oddItems(0, 3))
	}))
	for _, style := range []string{"github", "gitlab", "ra-json", "ra-simple"} {
		s := harness.Start(t, "paginate 10 20 {\nstyle "+style+"\n}\n"+up.proxy())
		r := send(t, pageClient(t), http.MethodGet, s.URL+"/orders")
		if r.body != oddItems(0, 3) || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %s %.300q", style, r.header.Get("Content-Type"), r.body)
		}
	}
}

// TestStyleSparseFields: JSON:API's masks select fields of a resource object, be they
// attributes or relationships, and members of an item that is none.
func TestStyleSparseFields(t *testing.T) {
	const item = `{"type":"articles","id":"1","name":"n","attributes":{"title":"t","body":"b"},"relationships":{"author":{"data":null},"tags":{}},"links":{"self":"/1"}}`
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, "[%s]", item)
	}))
	s := harness.Start(t, "paginate 10 20 {\nstyle jsonapi\n}\n"+up.proxy())
	for _, tc := range []struct{ query, want string }{
		{"", item},
		{"fields[articles]=title,author", `{"type":"articles","id":"1","attributes":{"title":"t"},"relationships":{"author":{"data":null}},"links":{"self":"/1"}}`},
		{"fields%5Barticles%5D=body&fields[people]=name", `{"type":"articles","id":"1","name":"n","attributes":{"body":"b"},"relationships":{},"links":{"self":"/1"}}`},
		{"fields[articles]=", `{"type":"articles","id":"1","links":{"self":"/1"}}`},
	} {
		r := send(t, pageClient(t), http.MethodGet, s.URL+"/articles?"+tc.query)
		if got := itemsAt(t, r, []string{"data"}); got != "["+tc.want+"]" {
			t.Errorf("%s: got  %s\nwant %s", tc.query, got, tc.want)
		}
		if got := up.takeOne(t); strings.Contains(got.query, "fields") {
			t.Errorf("the upstream got %s", got.query)
		}
	}
	r := send(t, pageClient(t), http.MethodGet, s.URL+"/articles?fields[articles]=a,,b")
	if r.status != http.StatusBadRequest || !strings.Contains(r.body, `"parameter":"fields[]"`) {
		t.Errorf("a malformed mask: got %d %s", r.status, r.body)
	}
}

// TestStyleStandsStill: pages by number are those of one list while the walk lasts, if a
// snapshot is begun with the first one: items that come in front neither repeat nor hide
// others.
func TestStyleStandsStill(t *testing.T) {
	for _, style := range []string{"link", "page", "github", "gitlab", "msgraph", "jsonapi", "google", "kube", "drf", "drf-page", "spring", "hal", "ra-json", "ra-simple"} {
		t.Run(style, func(t *testing.T) {
			l := &ledger{item: `{"id":$n}`, wrap: array, list: countTo(57)}
			s := harness.Start(t, "paginate 10 20 {\nstyle "+style+"\nsnapshot eager\n}\n"+newUpstream(t, l).proxy())
			c := pageClient(t)
			var got []string
			pages := 0
			for next := s.URL + "/orders"; next != ""; pages++ {
				r := send(t, c, http.MethodGet, next)
				got = append(got, regexp.MustCompile(`\{"id":(\d+)\}`).FindAllString(r.body, -1)...)
				l.set(append([]int{1000 + pages}, countTo(57)...))
				next = r.next(t)
			}
			var want []string
			for n := range 57 {
				want = append(want, fmt.Sprintf(`{"id":%d}`, n+1))
			}
			if !slices.Equal(got, want) || pages != 6 {
				t.Errorf("%d pages: got %v", pages, got)
			}
		})
	}
}
