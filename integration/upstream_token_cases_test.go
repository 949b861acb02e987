package integration

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A script is what an API answers by its tokens: "" is the first answer's. What it has no
// line for has expired.
type script map[string]string

func (s script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := s[r.URL.Query().Get("pageToken")]
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusGone)
		body = `{"error":{"code":410}}`
	}
	_, _ = io.WriteString(w, body)
}

// answers makes a script of answers, each of which leads to the next.
func answers(all ...string) script {
	s := script{}
	for i, body := range all {
		token := ""
		if i > 0 {
			token = "t" + strconv.Itoa(i)
		}
		s[token] = strings.ReplaceAll(body, "$next", `"nextPageToken":"t`+strconv.Itoa(i+1)+`"`)
	}
	return s
}

// TestUpstreamTokenAnswers: what an API may answer that has tokens, page by page of two, as
// a client gets it that follows the links.
func TestUpstreamTokenAnswers(t *testing.T) {
	long := strings.Repeat("t", 2048)
	for _, tc := range []struct {
		name string
		api  script
		want []string // the bodies, or the code of the problem at the end
		asks int
	}{
		{"no list", answers(`{}`), []string{`{}`}, 1},
		{"none", answers(`{"items":[]}`), []string{`[]`}, 1},
		{"an empty token", answers(`{"items":[1],"nextPageToken":""}`), []string{`[1]`}, 1},
		{"a token that is null", answers(`{"items":[1],"nextPageToken":null}`), []string{`[1]`}, 1},
		{"a token that is a number", script{"": `{"items":[1,2],"nextPageToken":9007199254740993}`, "9007199254740993": `{"items":[3]}`}, []string{`[1,2]`, `[3]`}, 2},
		{"a token that is 0", script{"": `{"items":[1,2],"nextPageToken":7}`, "7": `{"items":[3],"nextPageToken":0}`}, []string{`[1,2]`, `[3]`}, 2},
		{"a token that is the text 0", script{"": `{"items":[1,2],"nextPageToken":"0"}`, "0": `{"items":[3]}`}, []string{`[1,2]`, `[3]`}, 2},
		{"a token that is false", answers(`{"items":[1],"nextPageToken":false}`), []string{`[1]`}, 1},
		{"short answers", answers(`{"items":[1],$next}`, `{"items":[2],$next}`, `{"items":[3]}`), []string{`[1,2]`, `[3]`}, 3},
		{"answers of other sizes", answers(`{"items":[1],$next}`, `{"items":[2,3,4,5,6],$next}`, `{"items":[7]}`), []string{`[1,2]`, `[3,4]`, `[5,6]`, `[7]`}, 5},
		{"empty answers", answers(`{"items":[],$next}`, `{"items":[],$next}`, `{"items":[1],$next}`, `{"items":[],$next}`, `{"items":[2,3]}`), []string{`[1,2]`, `[3]`}, 6},
		{"empty answers without a list", answers(`{$next}`, `{$next}`, `{"items":[1],$next}`, `{$next}`, `{"items":[2]}`), []string{`[1,2]`}, 5},
		{"nothing behind a token", answers(`{"items":[1,2],$next}`, `{"items":[]}`), []string{`[1,2]`, `[]`}, 2},
		{"an empty object at the end, with blanks", answers(`{"items":[1],$next}`, "{ }\n"), []string{`[1]`}, 2},
		{"an empty object at the end", answers(`{"items":[1],$next}`, "{}\n"), []string{`[1]`}, 2},
		{"an empty object behind a full page", answers(`{"items":[1,2],$next}`, `{}`), []string{`[1,2]`, `[]`}, 2},
		{"an empty object behind empty answers", answers(`{"items":[1,2],$next}`, `{$next}`, `{}`), []string{`[1,2]`, `[]`}, 3},
		{"null behind a full page", answers(`{"items":[1,2],$next}`, `{"kind":"list","items":null}`), []string{`[1,2]`, `[]`}, 2},
		{"null", answers(`{"items":[1],$next}`, `{"items":null,$next}`, `{"items":null,"n":0}`), []string{`[1]`}, 3},
		{"no list at the end, but what is always there", answers(`{"kind":"k","etag":"1","items":[1],$next}`, `{"kind":"k","etag":"2"}`), []string{`[1]`}, 2},
		{"no list at the end, but something else", answers(`{"kind":"k","items":[1],$next}`, `{"kind":"k","message":"internal error"}`), []string{"upstream_malformed"}, 2},
		{"no list behind a full page, but something else", answers(`{"items":[1,2],$next}`, `{"message":"internal error"}`), []string{`[1,2]`, `{"message":"internal error"}`}, 2},
		{"an object in place of the list", answers(`{"items":[1],$next}`, `{"items":{"id":2},$next}`, `{"items":[3]}`), []string{"upstream_malformed"}, 2},
		{"the list by another name", answers(`{"orders":["a"],$next}`, `{"orders":["b"]}`), []string{"upstream_malformed"}, 1},
		{"the list deeper down", answers(`{"data":{"items":[{}]},$next}`, `{"data":{"items":[{}]}}`), []string{"upstream_malformed"}, 1},
		{"an error that looks like no list", answers(`{"items":[1],$next}`, `{"ok":false,"error":"internal_error"}`), []string{"upstream_malformed"}, 2},
		{"an error with a token", answers(`{"items":[1],$next}`, `{"error":{"code":500},$next}`, `{"items":[3]}`), []string{"upstream_malformed"}, 2},
		{"an error with a token at first", answers(`{"ok":false,$next}`, `{"items":[3]}`), []string{`{"ok":false,"nextPageToken":"t1"}`}, 1},
		{"no errors and a token", answers(`{"items":[1],$next}`, `{"errors":[],"error":null,$next}`, `{"items":[3]}`), []string{`[1,3]`}, 3},
		{"another kind of list", answers(`{"items":[1],$next}`, `[2]`), []string{"upstream_malformed"}, 2},
		{"a token that leads to itself", script{"": `{"items":[1],"nextPageToken":"a"}`, "a": `{"items":[],"nextPageToken":"a"}`}, []string{"upstream_malformed"}, 2},
		{"a token that leads to itself and to items", script{"": `{"items":[1,2],"nextPageToken":"a"}`, "a": `{"items":[3],"nextPageToken":"a"}`}, []string{`[1,2]`, "upstream_malformed"}, 2},
		{"tokens in a circle", script{"": `{"items":[],"nextPageToken":"a"}`, "a": `{"items":[1],"nextPageToken":"b"}`, "b": `{"nextPageToken":"a"}`}, []string{"upstream_malformed"}, 3},
		{"the longest token", script{"": `{"items":[1,2],"nextPageToken":"` + long + `"}`, long: `{"items":[3]}`}, []string{`[1,2]`, `[3]`}, 2},
		{"a token that is too long", script{"": `{"items":[1,2],"nextPageToken":"` + long + `t"}`}, []string{"upstream_malformed"}, 1},
		{"a token with what must be escaped", script{"": `{"items":[1,2],"nextPageToken":"a b+c&d=e%2B\u0000\u00e9\ud83d\ude00\"\\/#;"}`, "a b+c&d=e%2B\x00é😀\"\\/#;": `{"items":[3]}`}, []string{`[1,2]`, `[3]`}, 2},
		{"a token that has expired", answers(`{"items":[1],$next}`), []string{"upstream_malformed"}, 2},
		{"siblings behind the list", answers(`{"items":[1,2,3],"a":[{"items":[9]}],$next,"b":{}}`, `{"c":0,"items":[4]}`), []string{`[1,2]`, `[3,4]`}, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newUpstream(t, tc.api)
			s := harness.Start(t, "paginate 2 4 {\nlist items\nupstream google\n}\n"+up.proxy())
			c := pageClient(t)
			target := s.URL + "/orders?a=b"
			for i, want := range tc.want {
				r := send(t, c, http.MethodGet, target)
				if !strings.ContainsAny(want, "[{") {
					wantRefusal(t, r, http.StatusBadGateway, want)
				} else if r.status != http.StatusOK || r.body != want {
					t.Fatalf("page %d: got %d %s, want %s", i+1, r.status, r.body, want)
				}
				if target = r.next(t); (target == "") != (i == len(tc.want)-1) {
					t.Fatalf("page %d: the Link is %s", i+1, r.header.Get("Link"))
				}
			}
			if asked := up.take(); len(asked) != tc.asks {
				t.Errorf("the upstream was asked for %v, want %d requests", asked, tc.asks)
			}
		})
	}
}

// TestUpstreamTokenForLater: an API that says that nothing follows may give a token all the
// same, for who comes back later.
func TestUpstreamTokenForLater(t *testing.T) {
	for _, tc := range []struct{ name, upstream, body string }{
		{"has_more", "cursor", `{"data":[1,2],"pagination":{"next_cursor":"later","has_more":false}}`},
		{"last", "spring {\ncursor cursor\n}", `{"content":[1,2],"last":true}`},
	} {
		up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Link", `</?cursor=later>; rel="next"`)
			_, _ = io.WriteString(w, tc.body)
		}))
		for _, limit := range []string{"2 4", "4 4"} {
			s := harness.Start(t, "paginate "+limit+" {\nupstream "+tc.upstream+"\n}\n"+up.proxy())
			if r := send(t, pageClient(t), http.MethodGet, s.URL+"/orders"); r.body != "[1,2]" || r.next(t) != "" {
				t.Errorf("%s, limit %s: got %d %s %v", tc.name, limit, r.status, r.body, r.header["Link"])
			}
			up.takeOne(t)
		}
	}
}

// TestUpstreamTokenListsByThemselves: a list that nobody has named is found where it was in
// the page's first answer, and is never taken for empty because it is not found.
func TestUpstreamTokenListsByThemselves(t *testing.T) {
	for _, tc := range []struct {
		name string
		api  script
		want string
		asks int
	}{
		{"beside other objects", answers(`{"items":[{"id":1}],$next}`, `{"warnings":[{"w":1}],"items":[{"id":2}],$next}`, `{"items":[],"warnings":[{"w":2}]}`), `[{"id":1},{"id":2}]`, 3},
		{"left out beside other objects", answers(`{"items":[{"id":1}],$next}`, `{"warnings":[{"w":1}],$next}`, `{"items":[{"id":2}]}`), "upstream_malformed", 2},
		{"behind another one", answers(`{"items":[],"warnings":[{"w":1}],$next}`, `{"items":[{"id":2}]}`), "upstream_malformed", 2},
		{"of texts", answers(`{"ok":true,"items":["a"],$next}`, `{"ok":true,"items":["b"]}`), "upstream_malformed", 1},
		{"of texts, further on", answers(`{"items":[{"id":1}],$next}`, `{"items":["b",{"id":2}]}`), `[{"id":1},"b",{"id":2}]`, 2},
		{"deeper down", answers(`{"data":{"items":[{"id":1}]},$next}`, `{"data":{"items":[{"id":2}]}}`), "upstream_malformed", 1},
		{"null", answers(`{"items":null,$next}`, `{"items":[{"id":1}],$next}`, `{"items":null,"nextPageToken":""}`), `[{"id":1}]`, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newUpstream(t, tc.api)
			s := harness.Start(t, "paginate 9 9 {\nupstream google\n}\n"+up.proxy())
			if r := send(t, pageClient(t), http.MethodGet, s.URL+"/orders"); !strings.Contains(tc.want, "[") {
				wantRefusal(t, r, http.StatusBadGateway, tc.want)
			} else if r.status != http.StatusOK || r.body != tc.want {
				t.Errorf("got %d %s, want %s", r.status, r.body, tc.want)
			}
			if asked := up.take(); len(asked) != tc.asks {
				t.Errorf("the upstream was asked for %v, want %d requests", asked, tc.asks)
			}
		})
	}
}

// TestUpstreamTokenExpires: what the API says of a token that is no good any more is for
// the client.
func TestUpstreamTokenExpires(t *testing.T) {
	up := newUpstream(t, answers(`{"items":[1,2],$next}`))
	s := harness.Start(t, "paginate 2 4 {\nlist items\nupstream google\n}\n"+up.proxy())
	c := pageClient(t)
	r := send(t, c, http.MethodGet, send(t, c, http.MethodGet, s.URL+"/orders").next(t))
	if r.status != http.StatusGone || r.body != `{"error":{"code":410}}` {
		t.Errorf("got %d %s, want the upstream's 410", r.status, r.body)
	}
}

// TestUpstreamTokensWithoutEnd: an API that goes on and on without an item is not asked for
// ever. What it has given is a page, if a shorter one is good enough.
func TestUpstreamTokensWithoutEnd(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("pageToken"))
		w.Header().Set("Content-Type", "application/json")
		item := ""
		if n == 1 || n == 600 {
			item = fmt.Sprintf(`{"id":%d}`, n)
		}
		_, _ = fmt.Fprintf(w, `{"items":[%s],"nextPageToken":"%d"}`, item, n+1)
	}))
	for _, tc := range []struct {
		options string
		want    []string
	}{
		{"style link", []string{`[{"id":1}]`, `[{"id":600}]`, "upstream_malformed"}},
		{"style ra-json", []string{"upstream_malformed"}}, // whose clients reckon with the size that they ask for
	} {
		s := harness.Start(t, "paginate 2 4 {\nupstream google\n"+tc.options+"\n}\n"+up.proxy())
		target := s.URL + "/orders"
		for _, want := range tc.want {
			r := send(t, pageClient(t), http.MethodGet, target)
			if want[0] != '[' {
				wantRefusal(t, r, http.StatusBadGateway, want)
			} else if r.body != want {
				t.Fatalf("%s: got %d %s, want %s", tc.options, r.status, r.body, want)
			}
			if asked := up.take(); len(asked) != 512 {
				t.Errorf("%s: the upstream was asked %d times, want 512", tc.options, len(asked))
			}
			target = r.next(t)
		}
	}
}

// TestUpstreamTokenGuards: no client asks past us, be it by the API's own parameters; and
// cursors are good for their list alone.
func TestUpstreamTokenGuards(t *testing.T) {
	api := &tokenAPI{&tokenUpstreams[3], paces[0]} // with a parameter for going back
	up := newUpstream(t, api)
	route := func(name, options string) string {
		return "handle_path /" + name + "/* {\npaginate 10 20 {\nname " + name + "\n" + options + "\nupstream cursor {\nlimit_parameter count\ncursor behind\n}\n}\n" + up.proxy() + "\n}\n"
	}
	s := harness.Start(t, route("link", "")+route("github", "style github")+route("google", "style google")+route("deep", "style github\nmax_offset 25"))
	c := pageClient(t)
	next := queryBehind(send(t, c, http.MethodGet, s.URL+"/link/orders?n=30").next(t))
	up.take()
	for _, tc := range []struct{ path, code string }{
		{"/link/orders?n=30&behind=" + tokenAt(10, 0)[:4], "cursor_invalid"},
		{"/github/orders?n=30&behind=10", "cursor_invalid"},
		{"/github/orders?n=30&Behind[]=10", "cursor_invalid"},
		{"/github/orders?n=30&before=10", "cursor_invalid"},
		{"/github/orders?n=30&count=5000&per_page=10", "limit_invalid"},
		{"/github/orders?n=30&a=1;behind=10", "cursor_invalid"},
		{"/link/orders?n=31&" + strings.TrimPrefix(next, "n=30&"), "cursor_invalid"},
		{"/google/orders?n=30&pageToken=" + queryOf(t, "/?"+next, "cursor"), "cursor_invalid"},
		{"/link/other?" + next, "cursor_invalid"},
		{"/deep/orders?n=30&per_page=10&page=4", "offset_too_deep"},
	} {
		r := send(t, c, http.MethodGet, s.URL+tc.path)
		if r.status != http.StatusBadRequest || !strings.Contains(r.body, tc.code) && !strings.Contains(r.body, "INVALID_ARGUMENT") {
			t.Errorf("%s: got %d %.200s, want %s", tc.path, r.status, r.body, tc.code)
		}
	}
	if asked := up.take(); len(asked) > 0 {
		t.Errorf("the upstream was asked for %v", asked)
	}
	r := send(t, c, http.MethodGet, s.URL+"/link/orders?n=30&%63ount=500") // as the limit may be called
	wantOdd(t, r, 0, 20)
	if a := up.takeOne(t); a.query != "count=20&n=30" {
		t.Errorf("the upstream was asked for %s", a.query)
	}
}

// TestUpstreamTokenNumbers: an offset or a page's number is reckoned from the list's
// beginning, by as large answers as the API gives.
func TestUpstreamTokenNumbers(t *testing.T) {
	for _, tc := range []struct {
		options, query string
		from, to       int
		asked          []string // the sizes
	}{
		{"style link", "limit=10&offset=35", 35, 45, []string{"20", "20", "20"}},
		{"style link", "limit=10&offset=60", 57, 57, []string{"20", "20", "20"}},
		{"style github", "per_page=5&page=3", 10, 15, []string{"15"}},
		{"style github", "per_page=5&page=12", 55, 57, []string{"20", "20", "20"}},
		{"style ra-json", "_start=50&_end=55", 50, 55, []string{"20", "20", "20"}},
		{"style ra-simple", "range=[0,4]", 0, 5, []string{"5"}},
	} {
		up := newUpstream(t, &tokenAPI{&tokenUpstreams[0], paces[0]})
		s := harness.Start(t, "paginate 10 20 {\nupstream google\n"+tc.options+"\n}\n"+up.proxy())
		wantOdd(t, send(t, pageClient(t), http.MethodGet, s.URL+"/orders?n=57&"+tc.query), tc.from, tc.to)
		var sizes []string
		for _, a := range up.take() {
			sizes = append(sizes, queryOf(t, "/?"+a.query, "pageSize"))
		}
		if !slices.Equal(sizes, tc.asked) {
			t.Errorf("%s, %s: the upstream was asked for %v, want %v", tc.options, tc.query, sizes, tc.asked)
		}
	}
}

// TestUpstreamTokenBehindAFullPage: an answer that does not end behind a full page is let go,
// and the page is what has come.
func TestUpstreamTokenBehindAFullPage(t *testing.T) {
	for _, u := range []*tokenUpstream{&tokenUpstreams[0], &tokenUpstreams[4]} { // tokens in the body, and in Link
		whole := &tokenAPI{u, pace{gives: func(_, size int) int { return size + 6 }}}
		up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			whole.ServeHTTP(rec, r)
			maps.Copy(w.Header(), rec.Header())
			body := rec.Body.String()
			if cut := strings.Index(body, `{"id":14,`); strings.Contains(body, `{"id":0,`) && cut > 0 {
				_, _ = io.WriteString(w, body[:cut])
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
				return
			}
			_, _ = io.WriteString(w, body)
		}))
		s := harness.Start(t, "paginate 10 10 {\nupstream "+u.name+" {\n"+u.block+"\n}\n}\n"+up.proxy())
		c := pageClient(t)
		for range 3 { // at first an answer is cut at once
			r := send(t, c, http.MethodGet, s.URL+"/?n=57")
			if wantOdd(t, r, 0, 10); r.next(t) == "" {
				t.Errorf("%s: there is no next page", u.name)
			}
		}
		s.NoTrouble(t)
	}
}

// TestUpstreamTokenItemsGo: where items have gone from the answer that a page ended in, none
// behind it is taken for one of them.
func TestUpstreamTokenItemsGo(t *testing.T) {
	api := answers(`{"items":[1],$next}`, `{"items":[2,3,4,5],$next}`, `{"items":[6,7,8]}`)
	up := newUpstream(t, api)
	s := harness.Start(t, "paginate 3 4 {\nlist items\nupstream google\n}\n"+up.proxy())
	c := pageClient(t)
	next := send(t, c, http.MethodGet, s.URL+"/orders").next(t)
	api["t1"] = `{"items":[5],"nextPageToken":"t2"}`
	if r := send(t, c, http.MethodGet, next); r.body != "[6,7,8]" {
		t.Errorf("got %s, want all behind the answer", r.body)
	}
}

// TestUpstreamTokenPhases: before limits are enforced clients get what they always got, and
// who asks for a page walks by our cursors.
func TestUpstreamTokenPhases(t *testing.T) {
	api := &tokenAPI{&tokenUpstreams[0], paces[0]}
	up := newUpstream(t, api)
	s := harness.Start(t, "paginate 3 5 {\nstyle google orders\nupstream google\nretire {\nhold\ndeprecated 2020-01-01\n}\n}\n"+up.proxy())
	c := pageClient(t)
	w := styleWalks[slices.IndexFunc(styleWalks, func(w styleWalk) bool { return w.style == "google secrets" })]
	w.list = []string{"orders"}
	w.read(t, c, s.URL, 57) // by ten, which is over the maximum
	up.take()
	r := send(t, c, http.MethodGet, s.URL+"/?n=57")
	if a := up.takeOne(t); a.query != "n=57" || !strings.HasPrefix(r.body, `{"nextPageToken":`) && !strings.HasPrefix(r.body, `{"orders":`) {
		t.Errorf("got %.100s by %s, want the upstream's own answer", r.body, a.query)
	}
	s.NoTrouble(t)
}

// TestUpstreamTokenUnpaginated: a list that is too long to be sent whole is refused, and no
// answer's end is taken for its.
func TestUpstreamTokenUnpaginated(t *testing.T) {
	up := newUpstream(t, &tokenAPI{&tokenUpstreams[0], pace{gives: func(_, size int) int { return min(size, 3) }}})
	s := harness.Start(t, "paginate 10 20 {\nunpaginated reject_over 10\nupstream google\n}\n"+up.proxy())
	c := pageClient(t)
	wantOdd(t, send(t, c, http.MethodGet, s.URL+"/?n=10"), 0, 10)
	wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/?n=11"), http.StatusBadRequest, "pagination_required")
}

// TestUpstreamTokenFraming: tags stay with pages of one answer, HEAD asks once, and what is
// encoded or a list of lines is joined as others are.
func TestUpstreamTokenFraming(t *testing.T) {
	lines := &tokenUpstream{name: "link", block: "cursor cursor", limit: "limit", token: "cursor", wrap: func(w http.ResponseWriter, items, token string) string {
		w.Header().Set("Etag", `"tag"`)
		w.Header().Set("Content-Type", "application/x-ndjson")
		if token != "" {
			w.Header().Set("Link", "<?"+inURL("cursor", token)+`>; rel="next"`)
		}
		return strings.ReplaceAll(strings.Trim(items, "[]"), "},{", "}\n{")
	}}
	plain := *lines
	plain.wrap = func(w http.ResponseWriter, items, token string) string {
		lines.wrap(w, items, token)
		w.Header().Set("Content-Type", "application/json")
		return items
	}
	for _, tc := range []struct {
		name  string
		api   *tokenUpstream
		gives int
		tag   bool
	}{
		{"lines", lines, 20, false}, // of which one more is read
		{"lines of several answers", lines, 3, false},
		{"one answer", &plain, 20, true},
		{"several answers", &plain, 3, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newUpstream(t, &tokenAPI{tc.api, pace{gives: func(_, size int) int { return min(size, tc.gives) }}})
			s := harness.Start(t, "paginate 5 20 {\nupstream link {\ncursor cursor\n}\n}\n"+up.proxy())
			c := pageClient(t)
			seen := 0
			for target := s.URL + "/?n=23"; target != ""; {
				r := send(t, c, http.MethodGet, target)
				to := min(seen+5, 23)
				want := oddItems(seen, to)
				if tc.api == lines {
					want = strings.ReplaceAll(strings.Trim(want, "[]"), "},{", "}\n{")
				}
				if strings.TrimSpace(r.body) != want {
					t.Fatalf("behind %d: got %.300s\nwant %.300s", seen, r.body, want)
				}
				if tag := r.header.Get("Etag"); tag != "" != (tc.tag || tc.api == lines && to == 23 && tc.gives > 5) {
					t.Errorf("behind %d: the tag is %q", seen, tag)
				}
				seen, target = to, r.next(t)
			}
			if seen != 23 {
				t.Errorf("got %d items", seen)
			}
			up.take()
			if r := send(t, c, http.MethodHead, s.URL+"/?n=23"); r.status != http.StatusOK || r.header.Get("Link") != "" {
				t.Errorf("HEAD: got %d %v", r.status, r.header)
			}
			if a := up.takeOne(t); a.query != "limit=5&n=23" {
				t.Errorf("HEAD: the upstream was asked for %s", a.query)
			}
		})
	}
}

// TestUpstreamTokensByPost: clients that page by POST walk through an API that is asked by
// GET.
func TestUpstreamTokensByPost(t *testing.T) {
	up := newUpstream(t, &tokenAPI{&tokenUpstreams[2], pace{gives: func(_, size int) int { return min(size, 4) }}})
	s := harness.Start(t, "paginate 10 20 {\nstyle slack members\nupstream kube\n}\n"+up.proxy())
	c := pageClient(t)
	seen, next := 0, ""
	for first := true; first || next != ""; first = false {
		r := post(t, c, s.URL+"/", "application/x-www-form-urlencoded", "limit=10&n=57&cursor="+next)
		var items string
		items, next = slackPage(t, r)
		to := min(seen+10, 57)
		if items != oddItems(seen, to) {
			t.Fatalf("behind %d: got %.300s", seen, r.body)
		}
		seen = to
	}
	if seen != 57 {
		t.Errorf("got %d items", seen)
	}
	for _, a := range up.take() {
		if a.method != http.MethodGet || !strings.HasPrefix(a.query, "limit=10&") || !strings.HasSuffix(a.query, "n=57") {
			t.Errorf("the upstream was asked for %s %s", a.method, a.query)
		}
	}
}

// TestUpstreamTokenEnvelope: a list of the very style that clients speak stays as it came,
// but for what is about paging.
func TestUpstreamTokenEnvelope(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("continue") == "" {
			_, _ = io.WriteString(w, `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"theirs","remainingItemCount":2},"items":[1,2]}`)
			return
		}
		_, _ = io.WriteString(w, `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[3,4]}`)
	}))
	s := harness.Start(t, "paginate 2 4 {\nstyle kube\nupstream kube\n}\n"+up.proxy())
	c := pageClient(t)
	r := send(t, c, http.MethodGet, s.URL+"/")
	const before, behind = `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"`, `"},"items":[1,2]}`
	token, isList := strings.CutPrefix(r.body, before)
	token, ends := strings.CutSuffix(token, behind)
	if !isList || !ends || token == "theirs" {
		t.Fatalf("got %s", r.body)
	}
	const want = `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[3,4]}`
	if r = send(t, c, http.MethodGet, s.URL+"/?continue="+token); r.body != want {
		t.Errorf("got %s, want %s", r.body, want)
	}
}

// TestUpstreamTokenPreferences: an API that takes the size of a page as a preference gets
// the client's others too, and tells nobody of ours.
func TestUpstreamTokenPreferences(t *testing.T) {
	api := &tokenAPI{&tokenUpstreams[6], paces[0]}
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		prefer := r.Header.Values("Prefer")
		r.Header.Set("Prefer", prefer[len(prefer)-1])
		api.ServeHTTP(w, r)
	}))
	s := harness.Start(t, "paginate 10 20 {\nstyle odata\nupstream odata {\ncursor $skiptoken\n}\n}\n"+up.proxy())
	c := pageClient(t)
	for _, tc := range []struct {
		prefer, want, applied string
	}{
		{"", "odata.maxpagesize=10", ""},
		{"respond-async", "respond-async, odata.maxpagesize=10", ""},
		{"respond-async, odata.maxpagesize=5", "respond-async, odata.maxpagesize=5", "odata.maxpagesize=5"},
	} {
		var headers []string
		if tc.prefer != "" {
			headers = []string{"Prefer: " + tc.prefer}
		}
		r := send(t, c, http.MethodGet, s.URL+"/?n=30", headers...)
		if got := r.header.Get("Preference-Applied"); r.status != http.StatusOK || got != tc.applied {
			t.Errorf("%q: got %d, applied %q", tc.prefer, r.status, got)
		}
		if a := up.takeOne(t); strings.Join(a.header.Values("Prefer"), ", ") != tc.want || a.query != "n=30" {
			t.Errorf("%q: the upstream was asked for %s with %q", tc.prefer, a.query, a.header.Values("Prefer"))
		}
	}
}
