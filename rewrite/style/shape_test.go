package style_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// The pages of which bodies and headers are written: items 0 to 9, 10 to 19 and 20 to
// 24 of 25, and an empty list.
var (
	firstPage  = style.Page{Limit: 10, Items: 10, More: true, Total: 25}
	middlePage = style.Page{Offset: 10, Limit: 10, Items: 10, More: true, Total: 25}
	lastPage   = style.Page{Offset: 20, Limit: 10, Items: 5, Total: 25}
	emptyPage  = style.Page{Limit: 10, Total: 0}
)

// uncounted is a page of a list of which the length is not known.
func uncounted(p style.Page) style.Page {
	p.Total = -1
	return p
}

// keyed is a page with keys, and back one that was asked for by what it ends before.
func keyed(p style.Page) style.Page {
	p.First, p.Last = "a\"b", "z"
	return p
}

func back(p style.Page) style.Page {
	p.Back = true
	return keyed(p)
}

func factsOf(p style.Page) *style.Facts {
	name := func(prefix string) func([]byte, style.Target) []byte {
		return func(dst []byte, t style.Target) []byte {
			return append(append(dst, prefix...), byte('0'+t.Offset/10))
		}
	}
	return &style.Facts{Page: p, Path: "/orders", URL: name("http://a/"), Token: name("tok")}
}

// TestBody: what each style puts around a page, byte for byte.
func TestBody(t *testing.T) {
	for _, tc := range []struct {
		name, style, list string
		page              style.Page
		want              string
	}{
		{"github", "github", "", middlePage, `[ITEMS]`},
		{"cursor, first", "cursor", "", firstPage, `{"data":[ITEMS],"pagination":{"limit":10,"has_more":true,"next_cursor":"tok1","prev_cursor":null}}`},
		{"cursor, middle", "cursor", "", middlePage, `{"data":[ITEMS],"pagination":{"limit":10,"has_more":true,"next_cursor":"tok2","prev_cursor":"tok0"}}`},
		{"cursor, last", "cursor", "", lastPage, `{"data":[ITEMS],"pagination":{"limit":10,"has_more":false,"next_cursor":null,"prev_cursor":"tok1"}}`},
		{"stripe, first", "stripe", "", keyed(firstPage), `{"object":"list","url":"/orders","has_more":true,"data":[ITEMS]}`},
		{"stripe, last", "stripe", "", keyed(lastPage), `{"object":"list","url":"/orders","has_more":false,"data":[ITEMS]}`},
		{"stripe, back", "stripe", "", back(middlePage), `{"object":"list","url":"/orders","has_more":true,"data":[ITEMS]}`},
		{"stripe, back at the beginning", "stripe", "", back(firstPage), `{"object":"list","url":"/orders","has_more":false,"data":[ITEMS]}`},
		{"slack, first", "slack", "members", firstPage, `{"ok":true,"members":[ITEMS],"response_metadata":{"next_cursor":"tok1"}}`},
		{"slack, last has an empty cursor, not null", "slack", "members", lastPage, `{"ok":true,"members":[ITEMS],"response_metadata":{"next_cursor":""}}`},
		{"odata, first", "odata", "", firstPage, `{"@odata.nextLink":"http://a/1","value":[ITEMS]}`},
		{"odata, last has no link, not null", "odata", "", lastPage, `{"value":[ITEMS]}`},
		{"msgraph, first", "msgraph", "", firstPage, `{"@odata.nextLink":"http://a/1","value":[ITEMS]}`},
		{"msgraph, last has no link, not null", "msgraph", "", lastPage, `{"value":[ITEMS]}`},
		{
			"jsonapi, middle", "jsonapi", "", middlePage,
			`{"data":[ITEMS],"links":{"self":"http://a/1","first":"http://a/0","prev":"http://a/0","next":"http://a/2","last":"http://a/2"},` +
				`"meta":{"pagination":{"current-page":2,"page-size":10,"prev-page":1,"next-page":3,"total-pages":3,"total-count":25}}}`,
		},
		{
			"jsonapi, last, uncounted", "jsonapi", "", uncounted(lastPage),
			`{"data":[ITEMS],"links":{"self":"http://a/2","first":"http://a/0","prev":"http://a/1"},` +
				`"meta":{"pagination":{"current-page":3,"page-size":10,"prev-page":2,"next-page":null}}}`,
		},
		{"jsonapi0, first", "jsonapi0", "", uncounted(firstPage), `{"data":[ITEMS],"links":{"self":"http://a/0","next":"http://a/1"}}`},
		{"google, first", "google", "secrets", firstPage, `{"secrets":[ITEMS],"nextPageToken":"tok1"}`},
		{"google, last has no token, not null", "google", "", lastPage, `{"items":[ITEMS]}`},
		{"kube, first", "kube", "", firstPage, `{"kind":"List","apiVersion":"v1","metadata":{"continue":"tok1","remainingItemCount":15},"items":[ITEMS]}`},
		{"kube, uncounted", "kube", "", uncounted(middlePage), `{"kind":"List","apiVersion":"v1","metadata":{"continue":"tok2"},"items":[ITEMS]}`},
		{"kube, last: metadata stays, and nothing to follow", "kube", "", lastPage, `{"kind":"List","apiVersion":"v1","metadata":{"continue":""},"items":[ITEMS]}`},
		{"drf, middle", "drf", "", middlePage, `{"count":25,"next":"http://a/2","previous":"http://a/0","results":[ITEMS]}`},
		{"drf, last: null, and present", "drf", "", lastPage, `{"count":25,"next":null,"previous":"http://a/1","results":[ITEMS]}`},
		{"drf, empty", "drf", "", emptyPage, `{"count":0,"next":null,"previous":null,"results":[ITEMS]}`},
		{"drf-page, first", "drf-page", "", firstPage, `{"count":25,"next":"http://a/1","previous":null,"results":[ITEMS]}`},
		{
			"spring, first", "spring", "", firstPage,
			`{"content":[ITEMS],"totalElements":25,"totalPages":3,"number":0,"size":10,"numberOfElements":10,"first":true,"last":false,"empty":false}`,
		},
		{
			"spring, empty", "spring", "", emptyPage,
			`{"content":[ITEMS],"totalElements":0,"totalPages":0,"number":0,"size":10,"numberOfElements":0,"first":true,"last":true,"empty":true}`,
		},
		{
			"hal, middle", "hal", "orders", middlePage,
			`{"_embedded":{"orders":[ITEMS]},"_links":{"first":{"href":"http://a/0"},"prev":{"href":"http://a/0"},"self":{"href":"http://a/1"},"next":{"href":"http://a/2"},"last":{"href":"http://a/2"}},` +
				`"page":{"size":10,"totalElements":25,"totalPages":3,"number":1}}`,
		},
		{
			"hal, the only page: empty objects are left out", "hal", "", uncounted(emptyPage),
			`{"_embedded":{"items":[ITEMS]},"_links":{"self":{"href":"http://a/0"}},"page":{"size":10,"number":0}}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := *styleNamed(t, tc.style)
			if tc.list != "" {
				s.List = tc.list
			}
			shape, err := s.Shape()
			if err != nil {
				t.Fatal(err)
			}
			if got := string(s.AppendBody(nil, []byte("ITEMS"), shape, factsOf(tc.page))); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestBodyCounts: the number of items in all is told to whom asks for it, if it is known.
func TestBodyCounts(t *testing.T) {
	s := styleNamed(t, "odata")
	shape, err := s.Shape()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		page   style.Page
		counts bool
		want   string
	}{
		{emptyPage, true, `{"@odata.count":0,"value":[]}`},
		{lastPage, true, `{"@odata.count":25,"value":[]}`},
		{uncounted(lastPage), true, `{"value":[]}`},
		{lastPage, false, `{"value":[]}`},
	} {
		f := factsOf(tc.page)
		f.Counts = tc.counts
		if got := string(s.AppendBody(nil, nil, shape, f)); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
}

// TestHeaders: what GitLab's clients read.
func TestHeaders(t *testing.T) {
	s := styleNamed(t, "gitlab")
	for _, tc := range []struct {
		name string
		page style.Page
		want string
	}{
		{"first", firstPage, "X-Page=1 X-Per-Page=10 X-Prev-Page= X-Next-Page=2 X-Total=25 X-Total-Pages=3"},
		{"middle", uncounted(middlePage), "X-Page=2 X-Per-Page=10 X-Prev-Page=1 X-Next-Page=3"},
		{"last", lastPage, "X-Page=3 X-Per-Page=10 X-Prev-Page=2 X-Next-Page= X-Total=25 X-Total-Pages=3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, h := range s.Headers {
				if value, ok := s.AppendHeader(nil, h, factsOf(tc.page)); ok {
					got = append(got, h.Name+"="+string(value))
				}
			}
			if text := strings.Join(got, " "); text != tc.want {
				t.Errorf("got  %s\nwant %s", text, tc.want)
			}
		})
	}
}

// TestRange: what react-admin's clients read, which take the number behind the slash.
func TestRange(t *testing.T) {
	s := styleNamed(t, "ra-simple")
	behind := emptyPage
	behind.Offset, behind.Total = 30, 25
	for _, tc := range []struct {
		name, want string
		page       style.Page
	}{
		{"first", "items 0-9/25", firstPage},
		{"last", "items 20-24/25", lastPage},
		{"empty", "items */0", emptyPage},
		{"behind the end", "items */25", behind},
		{"uncounted", "", uncounted(middlePage)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := s.AppendHeader(nil, s.Headers[0], factsOf(tc.page))
			if string(got) != tc.want || ok != (tc.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, tc.want)
			}
		})
	}
}

func TestParseShapeErrors(t *testing.T) {
	for _, tc := range []struct{ name, template, want string }{
		{"nothing", ``, "character 1 of the body: a string, a whole number"},
		{"no object", `$total`, "character 1 of the body: the body must be an object or $list"},
		{"more behind the list", `$list,`, "character 6 of the body: something stands behind it"},
		{"no list", `{"a":1}`, "character 1 of the body: the body must have $list once"},
		{"two lists", `{"a":$list,"b":$list}`, "character 1 of the body: the body must have $list once"},
		{"an unknown slot", `{"a":$rows}`, "character 6 of the body: there is no slot $rows"},
		{"a name without quotes", `{a:$list}`, "character 2 of the body: a string, a whole number"},
		{"a number as a name", `{1:$list}`, "a member needs a name in quotes"},
		{"no colon", `{"a" $list}`, "a colon is missing"},
		{"no comma", `{"a":1 "b":$list}`, "a comma or a '}' is missing"},
		{"a comma too many", `{"a":$list,}`, "a string, a whole number"},
		{"no end", `{"a":$list`, "a comma or a '}' is missing"},
		{"more behind it", `{"a":$list}}`, "character 12 of the body: something stands behind it"},
		{"a string without an end", `{"a":$list,"b":"c}`, "a string has no end"},
		{"an escape", `{"a\n":$list}`, "a string must have no escapes"},
		{"a number that is none", `{"a":$list,"b":01}`, "a string, a whole number"},
		{"a number with a sign", `{"a":$list,"b":+1}`, "a string, a whole number"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := style.ParseShape(tc.template, "items"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want one with %q", err, tc.want)
			}
		})
	}
}

// FuzzShape: whatever compiles writes JSON, on every page, with the items in it as
// they came.
func FuzzShape(f *testing.F) {
	for _, name := range []string{"cursor", "msgraph", "jsonapi", "jsonapi0", "google", "drf", "spring", "hal"} {
		f.Add(styleNamed(f, name).Body)
	}
	f.Add(`{"result":{"rows":$list,"more":$more,"next":$cursor!},"version":-1,"ok":true,"none":null,"sub":{}}`)
	f.Add("{ \"a\" : { \"b\" : $prev? } ,\n\"$name\" : $list }")
	const items = `{"big":9007199254740993,"x":1.0}, {"x":2}`
	f.Fuzz(func(t *testing.T, template string) {
		s := style.Style{Name: "own", Position: style.ByPage, FirstPage: 1, Body: template, List: "items"}
		shape, err := s.Shape()
		if err != nil || shape == nil {
			return
		}
		for _, page := range []style.Page{firstPage, middlePage, lastPage, emptyPage, uncounted(middlePage)} {
			body := string(s.AppendBody(nil, []byte(items), shape, factsOf(page)))
			if !json.Valid([]byte(body)) {
				t.Errorf("%q makes %q, which is no JSON", template, body)
			}
			if strings.Count(body, "["+items+"]") != 1 {
				t.Errorf("%q makes %q, without the items", template, body)
			}
		}
	})
}

// TestKeyAsCursor: where items' keys are what pages are asked by, they stand in the place
// of cursors.
func TestKeyAsCursor(t *testing.T) {
	s := *styleNamed(t, "stripe")
	s.Body = `{"rows":$list,"next":$cursor,"back":$prev_cursor}`
	shape, err := s.Shape()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		page style.Page
		want string
	}{
		{keyed(firstPage), `{"rows":[ITEMS],"next":"z","back":null}`},
		{keyed(middlePage), `{"rows":[ITEMS],"next":"z","back":"a\"b"}`},
		{keyed(lastPage), `{"rows":[ITEMS],"next":null,"back":"a\"b"}`},
		{middlePage, `{"rows":[ITEMS],"next":null,"back":null}`},
	} {
		if got := string(s.AppendBody(nil, []byte("ITEMS"), shape, factsOf(tc.page))); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
	for _, tc := range []struct {
		last, want string
		ok         bool
	}{{"cus_1", "cus_1", true}, {"a\r\nX: y", "", false}} {
		p := firstPage
		p.Last = tc.last
		if got, ok := s.AppendHeader(nil, style.Header{Slot: "cursor"}, factsOf(p)); string(got) != tc.want || ok != tc.ok {
			t.Errorf("%q in a header: got %q, %t", tc.last, got, ok)
		}
	}
}
