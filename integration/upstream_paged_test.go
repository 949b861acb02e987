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
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// A pagedUpstream is an API that pages by itself.
type pagedUpstream struct {
	name  string // of its style
	block string // of the directive, beside the cap
	cap   int    // how many items it gives at once
	known bool   // the configuration says so

	limit, offset, page string // its parameters
	firstPage           int

	// wrap writes an answer: the items in [from, to) of n.
	wrap  func(w http.ResponseWriter, from, to, n int) string
	tells bool // whether more follows
	list  string
}

func bare(_ http.ResponseWriter, from, to, _ int) string { return oddItems(from, to) }

func drfBody(_ http.ResponseWriter, from, to, n int) string {
	next := "null"
	if to < n {
		next = `"http://upstream/?offset=` + strconv.Itoa(to) + `"`
	}
	return fmt.Sprintf(`{"count":%d,"next":%s,"previous":null,"results": %s }`, n, next, oddItems(from, to))
}

var pagedUpstreams = []pagedUpstream{
	{name: "link", cap: 100, known: true, limit: "limit", offset: "offset", wrap: bare},
	{name: "link", cap: 10, known: true, limit: "limit", offset: "offset", wrap: bare},
	{name: "link", cap: 7, known: true, limit: "limit", offset: "offset", wrap: bare},
	{name: "link", cap: 3, limit: "limit", offset: "offset", wrap: func(w http.ResponseWriter, from, to, n int) string {
		if to < n {
			w.Header().Set("Link", `</?offset=`+strconv.Itoa(to)+`>; rel="next"`)
		} else {
			w.Header().Set("Link", `</?offset=0>; rel="first"`)
		}
		return oddItems(from, to)
	}, tells: true},
	{name: "link", block: "limit_parameter count\noffset start", cap: 6, known: true, limit: "count", offset: "start", wrap: bare},
	{name: "page", cap: 100, known: true, limit: "per_page", page: "page", firstPage: 1, wrap: bare},
	{name: "page", cap: 10, known: true, limit: "per_page", page: "page", firstPage: 1, wrap: bare},
	{name: "page", cap: 4, known: true, limit: "per_page", page: "page", firstPage: 1, wrap: bare},
	{name: "page", block: "limit_parameter size\npage nr\nfirst_page 0", cap: 15, known: true, limit: "size", page: "nr", wrap: bare},
	{name: "ra-json", cap: 12, known: true, limit: "_limit", offset: "_start", wrap: func(w http.ResponseWriter, from, to, n int) string {
		w.Header().Set("X-Total-Count", strconv.Itoa(n))
		return oddItems(from, to)
	}, tells: true},
	{name: "drf", cap: 10, limit: "limit", offset: "offset", wrap: drfBody, tells: true},
	{name: "drf-page", cap: 5, known: true, limit: "page_size", page: "page", firstPage: 1, wrap: drfBody, tells: true},
	{name: "msgraph", cap: 100, limit: "$top", offset: "$skip", wrap: func(_ http.ResponseWriter, from, to, n int) string {
		next := ""
		if to < n {
			next = `,"@odata.nextLink":"http://upstream/?$skip=10"`
		}
		return `{"value":` + oddItems(from, to) + next + `}`
	}, tells: true},
	{name: "hal", cap: 8, known: true, limit: "size", page: "page", wrap: func(_ http.ResponseWriter, from, to, n int) string {
		next := ""
		if to < n {
			next = `"next":{"href":"/x"},`
		}
		return fmt.Sprintf(`{"_links":{%s"self":{"href":"/y"}},"_embedded":{"orders":%s},"page":{"totalElements":%d}}`, next, oddItems(from, to), n)
	}, tells: true, list: "list _embedded.orders"},
}

// directive is how the API is configured.
func (u *pagedUpstream) directive() string {
	block := u.block
	if u.known {
		block += "\nlimit " + strconv.Itoa(u.cap)
	}
	return "upstream " + u.name + " {\n" + block + "\n}\n" + u.list
}

// ServeHTTP answers as the API does. n is how many items it has.
func (u *pagedUpstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	number := func(name string, absent int) int {
		if i, err := strconv.Atoi(query.Get(name)); err == nil {
			return i
		}
		return absent
	}
	n := number("n", 50)
	size := min(number(u.limit, n), u.cap)
	from := number(u.offset, 0)
	if u.page != "" {
		from = (number(u.page, u.firstPage) - u.firstPage) * size
	}
	from = min(from, n)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Etag", fmt.Sprintf(`"%d-%d"`, from, n))
	body := u.wrap(w, from, min(from+size, n), n)
	_, _ = io.WriteString(w, body)
}

// reads is how often the API has to be read for a page. What is known of it is its cap,
// or what it tells.
func (u *pagedUpstream) reads(offset, limit, n int) int {
	s, _ := style.Lookup(u.name)
	win := s.WindowFor(int64(offset), int64(limit), int64(u.cap))
	if !u.known {
		win = s.WindowFor(int64(offset), int64(limit), s.Cap)
	}
	at, end, asked := int(win.Offset), offset+limit+1, int(win.Limit)
	for reads := 1; ; reads++ {
		if s.Position != style.ByPage && reads > 1 {
			if asked = end - at; u.known {
				asked = min(asked, u.cap)
			}
		}
		got := min(asked, u.cap, max(n-at, 0))
		at += got
		switch {
		case at >= end, got < asked && !u.tells:
			return reads
		case u.tells && (at >= n || at == end-1):
			return reads
		}
	}
}

// TestUpstreamStyles: whatever clients speak, and whatever the API behind speaks, every
// client gets every item once, in order, byte for byte, by no more requests than there are
// pages; and the API is asked as often as its cap makes needful.
func TestUpstreamStyles(t *testing.T) {
	for i := range pagedUpstreams {
		u := &pagedUpstreams[i]
		up := newUpstream(t, u)
		var routes strings.Builder
		var walks []styleWalk
		for _, w := range styleWalks {
			if strings.HasPrefix(w.style, "stripe") {
				continue // goes on by keys
			}
			fmt.Fprintf(&routes, "handle /%d {\npaginate 10 20 {\nname style%d\nstyle %s\n%s\n}\n%s\n}\n",
				len(walks), len(walks), w.style, u.directive(), up.proxy())
			walks = append(walks, w)
		}
		s := harness.Start(t, routes.String())
		c := pageClient(t)
		for k, w := range walks {
			name, _, _ := strings.Cut(w.style, " {")
			t.Run(fmt.Sprintf("%s %d/%s", u.name, u.cap, name), func(t *testing.T) {
				for _, n := range []int{0, 1, 10, 11, 20, 257} {
					up.take()
					w.read(t, c, fmt.Sprintf("%s/%d", s.URL, k), n)
					want := 0
					for offset := 0; offset == 0 || offset < n; offset += 10 {
						want += u.reads(offset, 10, n)
					}
					asked := up.take()
					if len(asked) != want {
						t.Errorf("n=%d: the upstream was asked %d times, want %d: %.2000v", n, len(asked), want, asked)
					}
					for _, a := range asked {
						if size := queryOf(t, "/?"+a.query, u.limit); u.known && len(size) > len(strconv.Itoa(u.cap)) {
							t.Errorf("the upstream was asked for %s", a.query)
						}
					}
				}
			})
		}
		s.NoTrouble(t)
	}
}

// TestUpstreamSizes: pages of any size, over the maximum, and those that begin anywhere.
func TestUpstreamSizes(t *testing.T) {
	for i := range pagedUpstreams {
		u := &pagedUpstreams[i]
		up := newUpstream(t, u)
		s := harness.Start(t, "paginate 10 20 {\n"+u.directive()+"\n}\n"+up.proxy())
		c := pageClient(t)
		for _, tc := range []struct {
			query            string
			from, size, most int
		}{
			{"", 0, 10, 50},
			{"&limit=1", 0, 1, 50},
			{"&limit=500", 0, 20, 50},
			{"&limit=7&offset=3", 3, 7, 50},
			{"&limit=20&offset=29", 29, 20, 50},
			{"&limit=20&offset=30", 30, 20, 50},
			{"&limit=20&offset=31", 31, 20, 50},
			{"&limit=20&offset=50", 50, 20, 50},
			{"&limit=20&offset=60", 50, 20, 50},
		} {
			r := send(t, c, http.MethodGet, s.URL+"/?n=50"+tc.query)
			wantOdd(t, r, tc.from, min(tc.from+tc.size, tc.most))
			if more := tc.from+tc.size < tc.most; (r.next(t) != "") != more {
				t.Errorf("%s in front of %s with %d: the Link is %q", tc.query, u.name, u.cap, r.header.Get("Link"))
			}
			if asked := up.take(); len(asked) > 1 && r.header.Get("Etag") != "" {
				t.Errorf("%s in front of %s with %d: a page of %d answers has the tag %s", tc.query, u.name, u.cap, len(asked), r.header.Get("Etag"))
			}
		}
		if r := send(t, c, http.MethodHead, s.URL+"/?n=50"); r.status != http.StatusOK || len(up.take()) != 1 {
			t.Errorf("HEAD in front of %s: got %d", u.name, r.status)
		}
		s.NoTrouble(t)
	}
}

// TestUpstreamTotal: what the API tells of the list's length is for clients that need it.
func TestUpstreamTotal(t *testing.T) {
	for _, tc := range []struct{ upstream, style, want string }{
		{"drf", "gitlab", "X-Total: 50"},
		{"drf", "drf", `{"count":50,`},
		{"drf", "page {\ntotal_header X-All\n}", "X-All: 50"},
		{"drf-page", "spring", `"totalElements":50,"totalPages":5,`},
		{"hal", "drf-page", `{"count":50,`},
		{"msgraph", "drf", `{"count":null,`},
		{"drf", "kube", `"remainingItemCount":40},"items":[`},
		{"drf", "kube", `{"kind":"List","apiVersion":"v1","metadata":{`}, // and nothing of the API's own
	} {
		i := slices.IndexFunc(pagedUpstreams, func(u pagedUpstream) bool { return u.name == tc.upstream })
		u := &pagedUpstreams[i]
		up := newUpstream(t, u)
		s := harness.Start(t, "paginate 10 20 {\nstyle "+tc.style+"\n"+u.directive()+"\n}\n"+up.proxy())
		r := send(t, pageClient(t), http.MethodGet, s.URL+"/?n=50")
		field, value, isField := strings.Cut(tc.want, ": ")
		if isField && r.header.Get(field) != value || !isField && !strings.Contains(r.body, tc.want) {
			t.Errorf("style %s in front of %s: got %v %.200s, want %s", tc.style, tc.upstream, r.header, r.body, tc.want)
		}
	}
}

// TestUpstreamThatLeavesLinksOut: there are OData services that give no link to the next page
// where $top says how many items are wanted, and has been met.
func TestUpstreamThatLeavesLinksOut(t *testing.T) {
	u := &pagedUpstream{cap: 5, limit: "$top", offset: "$skip", wrap: func(_ http.ResponseWriter, from, to, _ int) string {
		return `{"value":` + oddItems(from, to) + `}`
	}}
	up := newUpstream(t, u)
	s := harness.Start(t, "paginate 7 7 {\nupstream msgraph {\nlimit 5\n}\n}\n"+up.proxy())
	c := pageClient(t)
	for _, n := range []int{0, 5, 7, 8, 10, 57} {
		seen := 0
		for target := fmt.Sprintf("%s/?n=%d", s.URL, n); target != ""; {
			r := send(t, c, http.MethodGet, target)
			to := min(seen+7, n)
			wantOdd(t, r, seen, to)
			seen, target = to, r.next(t)
		}
		if seen != n {
			t.Errorf("got %d items of %d", seen, n)
		}
	}
}
