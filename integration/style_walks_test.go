package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
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
