package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A tokenUpstream is an API that goes on by tokens of its own.
type tokenUpstream struct {
	name  string // of its style
	block string // of the directive
	list  string // another option of it

	limit, token string // its parameters; without limit it takes a preference

	// wrap writes an answer; token leads to the next one, and is empty if there is none.
	wrap func(w http.ResponseWriter, items, token string) string
}

func quoted(text string) string {
	q, _ := json.Marshal(text)
	return string(q)
}

// inURL is a link to the next page, which leads elsewhere: nobody is to follow it.
func inURL(name, token string) string {
	return "http://elsewhere.invalid/items?a=%zz&$top=1&" + strings.ReplaceAll(url.QueryEscape(name), "%24", "$") + "=" + url.QueryEscape(token) + "&b#c"
}

var tokenUpstreams = []tokenUpstream{
	{name: "google", limit: "pageSize", token: "pageToken", wrap: func(_ http.ResponseWriter, items, token string) string {
		if token == "" {
			return `{"orders":` + items + `}`
		}
		return `{"nextPageToken":` + quoted(token) + `,"orders":` + items + `}`
	}},
	{name: "slack", limit: "limit", token: "cursor", wrap: func(_ http.ResponseWriter, items, token string) string {
		return `{"ok":true,"members": ` + items + ` ,"response_metadata":{"next_cursor":` + quoted(token) + `}}`
	}},
	{name: "kube", limit: "limit", token: "continue", wrap: func(_ http.ResponseWriter, items, token string) string {
		return `{"kind":"List","apiVersion":"v1","metadata":{"continue":` + quoted(token) + `},"items":` + items + `}`
	}},
	{name: "cursor", block: "limit_parameter count\ncursor behind", limit: "count", token: "behind", wrap: func(_ http.ResponseWriter, items, token string) string {
		next := "null"
		if token != "" {
			next = quoted(token)
		}
		return fmt.Sprintf(`{"data":%s,"pagination":{"has_more":%t,"next_cursor":%s}}`, items, token != "", next)
	}},
	{name: "link", block: "cursor cursor", limit: "limit", token: "cursor", wrap: func(w http.ResponseWriter, items, token string) string {
		if token != "" {
			w.Header().Set("Link", `<http://a.invalid/?cursor=no>; rel="first", <`+inURL("cursor", token)+`>; rel="next"`)
		}
		return items
	}},
	{name: "msgraph", block: "cursor $skiptoken", limit: "$top", token: "$skiptoken", wrap: func(_ http.ResponseWriter, items, token string) string {
		if token == "" {
			return `{"value":` + items + `}`
		}
		return `{"@odata.nextLink":` + quoted(inURL("$skipToken", token)) + `,"value":` + items + `}`
	}},
	{name: "odata", block: "cursor $skiptoken", token: "$skiptoken", wrap: func(_ http.ResponseWriter, items, token string) string {
		if token == "" {
			return `{"value":` + items + `}`
		}
		return `{"value":` + items + `,"@odata.nextLink":` + quoted(inURL("$skiptoken", token)) + `}`
	}},
	{name: "jsonapi", block: "cursor page[cursor]", limit: "page[size]", token: "page[cursor]", wrap: func(_ http.ResponseWriter, items, token string) string {
		if token == "" {
			return `{"data":` + items + `,"links":{}}`
		}
		return `{"data":` + items + `,"links":{"next":` + quoted(inURL("page[cursor]", token)) + `}}`
	}},
	{name: "drf", block: "cursor cursor", limit: "limit", token: "cursor", wrap: func(_ http.ResponseWriter, items, token string) string { // its CursorPagination
		next := "null"
		if token != "" {
			next = quoted(inURL("cursor", token))
		}
		return `{"next":` + next + `,"previous":null,"results":` + items + `}`
	}},
	{name: "hal", block: "cursor cursor", list: "list _embedded.orders", limit: "size", token: "cursor", wrap: func(_ http.ResponseWriter, items, token string) string {
		next := ""
		if token != "" {
			next = `"next":{"href":` + quoted(inURL("cursor", token)) + `},`
		}
		return `{"_embedded":{"orders":` + items + `},"_links":{` + next + `"self":{"href":"/"}}}`
	}},
}

// A pace is how many items an API gives of what it is asked for.
type pace struct {
	name  string
	cap   int // as the configuration has it, 0 if it does not
	gives func(at, size int) int
}

var paces = []pace{
	{"all", 0, func(_, size int) int { return size }},
	{"at most 7", 0, func(_, size int) int { return min(size, 7) }},
	{"at most 7, as configured", 7, func(_, size int) int { return min(size, 7) }},
	{"more than asked for", 0, func(_, size int) int { return size + 5 }},
	{"few and none", 0, func(at, size int) int { return []int{min(size, 3), 0, 0, size, min(size, 1)}[at%5] }},
}

// tokenAt is the token that leads to an item, with what has to be escaped. Of an answer
// that has none, the next one has another token.
func tokenAt(at, tries int) string {
	return fmt.Sprintf("%d.%d: a+b/c=&é%%2B\"\\;#", at, tries)
}

// tokenAPI is such an API at a pace. It has as many items as its parameter n says.
type tokenAPI struct {
	*tokenUpstream
	pace
}

// answer is how many items stand behind a position, and the position behind these; none at
// the list's end.
func (a *tokenAPI) answer(at, tries, size, n int) (items, next, nextTries int) {
	items = min(a.gives(at+tries, size), n-at)
	switch {
	case at+items == n:
		return items, -1, 0
	case items == 0:
		return 0, at, tries + 1
	}
	return items, at + items, 0
}

func (a *tokenAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	n, _ := strconv.Atoi(query.Get("n"))
	size, _ := strconv.Atoi(query.Get(a.limit))
	if a.limit == "" {
		size, _ = strconv.Atoi(strings.TrimPrefix(r.Header.Get("Prefer"), "odata.maxpagesize="))
		w.Header().Set("Preference-Applied", r.Header.Get("Prefer"))
	}
	at, tries := 0, 0
	if token := query.Get(a.token); token != "" {
		_, err := fmt.Sscanf(token, "%d.%d:", &at, &tries)
		if err != nil || token != tokenAt(at, tries) {
			http.Error(w, "no such token", http.StatusGone)
			return
		}
	}
	items, next, nextTries := a.answer(at, tries, size, n)
	token := ""
	if next >= 0 {
		token = tokenAt(next, nextTries)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, a.wrap(w, oddItems(at, at+items), token))
}

// A tokenWalk reckons what an API is asked for.
type tokenWalk struct {
	*tokenAPI
	n               int
	at, tries, skip int // where a cursor leads to
	size            int
	asked           []string
}

// page reckons with a page, of which the position is a cursor or an offset.
func (w *tokenWalk) page(offset, limit int, byNumber bool) {
	if byNumber || w.at == 0 && w.tries == 0 { // only an offset leads into the first answer
		w.at, w.tries, w.skip, w.size = 0, 0, offset, limit
		if offset > 0 {
			w.size = max(limit, min(offset+limit, 20))
		}
		if w.cap > 0 {
			w.size = min(w.size, w.cap)
		}
	}
	at, tries, left := w.at, w.tries, w.skip+limit
	for {
		w.ask(at, tries)
		items, next, nextTries := w.answer(at, tries, w.size, w.n)
		if left < items {
			w.at, w.tries, w.skip = at, tries, left
			return
		}
		left -= items
		at, tries = next, nextTries
		if next < 0 || left == 0 {
			w.at, w.tries, w.skip = next, nextTries, 0
			return
		}
	}
}

func (w *tokenWalk) ask(at, tries int) {
	query := fmt.Sprintf("n=%d", w.n)
	escaped := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	if at > 0 || tries > 0 {
		query = strings.ReplaceAll(escaped(w.token), "%24", "$") + "=" + escaped(tokenAt(at, tries)) + "&" + query
	}
	if w.limit != "" {
		query = strings.ReplaceAll(escaped(w.limit), "%24", "$") + "=" + strconv.Itoa(w.size) + "&" + query
	}
	w.asked = append(w.asked, query)
}

// TestUpstreamTokens: whatever clients speak, they walk through a list of which the API
// tells no position but the next one. Every client gets every item once, in order, byte
// for byte, by no more requests than there are pages; and the API is asked for nothing
// but what that takes.
func TestUpstreamTokens(t *testing.T) {
	for i := range tokenUpstreams {
		u := &tokenUpstreams[i]
		for k, p := range paces {
			api := &tokenAPI{u, p}
			up := newUpstream(t, api)
			block := u.block
			if p.cap > 0 {
				block += "\nlimit " + strconv.Itoa(p.cap)
			}
			var routes strings.Builder
			var walks []styleWalk
			for _, w := range append(slices.Clone(styleWalks), styleWalk{style: "link", first: "limit=10", next: byHeader}) {
				if strings.HasPrefix(w.style, "stripe") || i+k > 0 && !slices.Contains([]string{"cursor", "link", "github"}, w.style) {
					continue // it goes on by keys, or as others do
				}
				fmt.Fprintf(&routes, "handle /%d {\npaginate 10 20 {\nname style%d\nstyle %s\nupstream %s {\n%s\n}\n%s\n}\n%s\n}\n",
					len(walks), len(walks), w.style, u.name, block, u.list, up.proxy())
				walks = append(walks, w)
			}
			s := harness.Start(t, routes.String())
			c := pageClient(t)
			for k, w := range walks {
				name, _, _ := strings.Cut(w.style, " {")
				byNumber := !slices.Contains([]string{"cursor", "slack members", "msgraph", "google secrets", "kube", "link"}, name)
				t.Run(u.name+" "+p.name+"/"+name, func(t *testing.T) {
					for _, n := range []int{0, 1, 10, 11, 20, 257} {
						up.take()
						w.read(t, c, fmt.Sprintf("%s/%d", s.URL, k), n)
						want := tokenWalk{tokenAPI: api, n: n}
						for offset := 0; offset == 0 || offset < n; offset += 10 {
							want.page(offset, 10, byNumber)
						}
						var asked []string
						for _, a := range up.take() {
							asked = append(asked, a.query)
						}
						if !slices.Equal(asked, want.asked) {
							t.Fatalf("n=%d: the upstream was asked for\n%s\nwant\n%s", n, strings.Join(asked, "\n"), strings.Join(want.asked, "\n"))
						}
					}
				})
			}
			s.NoTrouble(t)
		}
	}
}
