package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// TestPostWalks: by POST, in a form and in JSON, clients get every item once, byte for
// byte, by no more requests than there are pages; and the API reads its list twice at
// most for a walk.
func TestPostWalks(t *testing.T) {
	const fields = "team_id=&n=%d&token=xoxb-1"
	for _, tc := range []struct {
		name, style, upstream, contentType string
		body                               string // of a request, of cursor and n
		asked                              sent   // of which query and body have n
	}{
		{"a form", "", "", formType, "cursor=%s&limit=10&" + fields, sent{http.MethodPost, "", formType, fields}},
		{"a form, asked by GET", "", "method GET", formType, "cursor=%s&limit=10&" + fields, sent{http.MethodGet, fields, "", ""}},
		{
			"JSON", "", "", asJSON, `{"limit": 10, "cursor": "%s", "n": %d, "filter": {"a": [1]}}`,
			sent{http.MethodPost, "", asJSON, `{ "n": %d, "filter": {"a": [1]}}`},
		},
		{
			"JSON, asked by GET", "", "method GET", asJSON, `{"cursor":"%s","n":%d,"limit":10,"none":null,"text":"é&","is":true}`,
			sent{http.MethodGet, "n=%d&text=%%C3%%A9%%26&is=true", "", ""},
		},
		{
			"JSON, at a path", "limit size at body page.size\ncursor from at body page.from", "", asJSON,
			`{"page":{"size":10,"from":"%s"},"n":%d,"size":"XL"}`,
			sent{http.MethodPost, "", asJSON, `{"n":%d,"size":"XL"}`},
		},
	} {
		for _, snapshot := range []string{"off", "lazy"} {
			t.Run(tc.name+"/snapshot "+snapshot, func(t *testing.T) {
				api := new(postbox)
				up := newUpstream(t, api)
				s := harness.Start(t, fmt.Sprintf("paginate 10 20 {\nname users\nsnapshot %s\nstyle slack members {\n%s\n}\nupstream unbounded {\n%s\n}\n}\n%s",
					snapshot, tc.style, tc.upstream, up.proxy()))
				c := pageClient(t)
				for _, n := range []int{0, 1, 10, 11, 20, 257} {
					pages, seen := 0, 0
					for cursor, more := "", true; more; pages++ {
						items, next := slackPage(t, post(t, c, s.URL+"/api/users.list", tc.contentType, fmt.Sprintf(tc.body, cursor, n)))
						to := min(seen+10, n)
						if want := oddItems(seen, to); items != want {
							t.Fatalf("n=%d, page %d: got %.300q, want %.300q", n, pages+1, items, want)
						}
						seen, cursor, more = to, next, next != ""
						if pages > n {
							t.Fatal("still walking")
						}
					}
					all := api.take()
					if want := max(1, (n+9)/10); seen != n || pages != want || snapshot == "lazy" && len(all) > 2 {
						t.Errorf("n=%d: got %d items by %d requests, want all by %d; the API was asked %d times", n, seen, pages, want, len(all))
					}
					want := tc.asked
					want.query, want.body = withN(want.query, n), withN(want.body, n)
					for _, got := range all {
						if got != want {
							t.Fatalf("the API was asked\n%q, want\n%q", got, want)
						}
					}
				}
				s.NoTrouble(t)
			})
		}
	}
}

func withN(text string, n int) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf(text, n)
}

// TestPostAsked: what is asked for, wherever it is said, and what of it the API gets.
func TestPostAsked(t *testing.T) {
	api := new(postbox)
	up := newUpstream(t, api)
	s := harness.Start(t, "paginate 10 20 {\nname users\nsnapshot off\nstyle slack members\n}\n"+up.proxy())
	c := pageClient(t)
	for _, tc := range []struct {
		name, query, contentType, body string
		items                          int
		asked                          sent
	}{
		{"no size", "", formType, "n=30", 10, sent{body: "n=30"}},
		{"empty parameters are none", "", formType, "cursor=&limit=&n=30&team_id=", 10, sent{body: "n=30&team_id="}},
		{"over the maximum", "", formType, "limit=200&n=30", 20, sent{body: "n=30"}},
		{"in the query", "limit=5&a=%2f", formType, "n=30&b=%2f+", 5, sent{query: "a=%2f", body: "n=30&b=%2f+"}},
		{"in both, alike", "limit=5", formType, "limit=5&n=30", 5, sent{body: "n=30"}},
		{"no body", "limit=5&n=30", "", "", 5, sent{query: "n=30"}},
		{"an empty form", "limit=5&n=30", formType, "", 5, sent{query: "n=30"}},
		{"nothing but paging", "n=30", formType, "limit=5", 5, sent{query: "n=30"}},
		{"bytes of a form", "", formType + "; charset=UTF-8", "n=30&b=%zz&;&limit=5&&=&a=b=c", 5, sent{body: "n=30&b=%zz&;&&=&a=b=c"}},
		{
			"bytes of JSON", "", "application/json; charset=utf-8", "{ \"n\":30,\n\"limit\" : 5 ,\"big\":9007199254740993,\"a\":1.0, \"a\":2 }\n", 5,
			sent{body: "{ \"n\":30 ,\"big\":9007199254740993,\"a\":1.0, \"a\":2 }\n"},
		},
		{"JSON, and in the query", "limit=5", asJSON, `{"n":30}`, 5, sent{body: `{"n":30}`}},
		{"JSON, an escaped name", "", asJSON, `{"n":30,"l\u0069mit":"5"}`, 5, sent{body: `{"n":30}`}},
		{"JSON, null", "", asJSON, `{"n":30,"limit":null,"cursor":null}`, 10, sent{body: `{"n":30}`}},
		{"JSON, in another case", "", asJSON, `{"n":30,"LIMIT":5}`, 5, sent{body: `{"n":30}`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := post(t, c, s.URL+"/api/users.list?"+tc.query, tc.contentType, tc.body)
			if items, _ := slackPage(t, r); items != oddItems(0, tc.items) {
				t.Errorf("got %.300q, want %d items", items, tc.items)
			}
			tc.asked.method, tc.asked.contentType = http.MethodPost, tc.contentType
			if got := api.takeOne(t); got != tc.asked {
				t.Errorf("the API was asked\n%q, want\n%q", got, tc.asked)
			}
		})
	}
	r := sendRaw(t, s, "POST /list?limit=5&n=30 HTTP/1.1\r\nHost: @host\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n")
	if items, _ := slackPage(t, r); items != oddItems(0, 5) {
		t.Errorf("a body of no bytes: got %.300q", r.body)
	}
	up.take()
	r = post(t, c, s.URL+"/list", formType, "limit=5&n=30", "Expect: 100-continue") // which has been continued with
	if items, _ := slackPage(t, r); items != oddItems(0, 5) || up.takeOne(t).header["Expect"] != nil {
		t.Errorf("a body that is waited for: got %.300q, and the API was made to ask for it again", r.body)
	}
	s.NoTrouble(t)
}

// TestPostPaged: an API that pages by itself is asked by GET.
func TestPostPaged(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20 {\nname users\nstyle slack members\nupstream link\n}\n"+up.proxy())
	c := pageClient(t)
	_, cursor := slackPage(t, post(t, c, s.URL+"/link/list?a=1", formType, "limit=5&n=8"))
	items, next := slackPage(t, post(t, c, s.URL+"/link/list?a=1", formType, "cursor="+cursor+"&limit=5&n=8"))
	if items != oddItems(5, 8) || next != "" {
		t.Errorf("got %.300q, and the cursor %q", items, next)
	}
	asked := up.take()
	for i, want := range []string{"limit=6&a=1&n=8", "limit=6&offset=5&a=1&n=8"} {
		if len(asked) != 2 || asked[i].method != http.MethodGet || asked[i].query != want {
			t.Fatalf("the API was asked %v, want %s as number %d", asked, want, i)
		}
	}
}

// TestPostRefused: in the words of Slack, and without asking the API.
func TestPostRefused(t *testing.T) {
	api := new(postbox)
	up := newUpstream(t, api)
	s := harness.Start(t, `handle /reject/* {
		paginate 10 20 {
			name reject
			over_max reject
			unpaginated reject
			style slack members
		}
		`+up.proxy()+`
	}
	handle {
		paginate 10 20 {
			name users
			invalid default
			style slack members
		}
		`+up.proxy()+`
	}`)
	c := pageClient(t)
	_, cursor := slackPage(t, post(t, c, s.URL+"/list", formType, "limit=10&n=30&token=a"))
	api.take()
	for _, tc := range []struct{ name, path, contentType, body, word, why string }{
		{"a cursor for another token", "/list", formType, "limit=10&n=30&token=b&cursor=" + cursor, "invalid_cursor", "cursor"},
		{"a cursor for a form, in JSON", "/list", asJSON, `{"limit":10,"n":30,"token":"a","cursor":"` + cursor + `"}`, "invalid_cursor", "cursor"},
		{"two cursors", "/list?cursor=x", formType, "cursor=" + cursor, "invalid_cursor", "more than once"},
		{"no number", "/reject/list", formType, "limit=5x", "invalid_limit", "plain digits"},
		{"an odd spelling", "/reject/list", formType, "limit[]=5", "invalid_limit", "differently"},
		{"two limits", "/reject/list?limit=6", formType, "limit=5", "invalid_limit", "more than once"},
		{"over the maximum", "/reject/list", formType, "limit=21", "invalid_limit", "may be at most 20"},
		{"no limit", "/reject/list", formType, "n=5", "limit_required", "limit"},
		{"no mask", "/list", formType, "fields=a(b", "invalid_arguments", "fields"},
		{"a blank", "/list", formType, "a b=c", "invalid_limit", "percent-encoded"},
		{"no JSON", "/list", asJSON, `{"limit":5`, "invalid_limit", "no JSON"},
		{"JSON, twice", "/list", asJSON, `{"limit":5,"limit":5}`, "invalid_limit", "more than once"},
		{"JSON, once in another spelling", "/list", asJSON, `{"limit":5,"limit[]":500}`, "invalid_limit", "more than once"},
		{"JSON, no number", "/reject/list", asJSON, `{"limit":5.0}`, "invalid_limit", "plain digits"},
		{"JSON, an array", "/reject/list", asJSON, `{"limit":[5]}`, "invalid_limit", "plain digits"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := post(t, c, s.URL+tc.path, tc.contentType, tc.body)
			want := `{"ok":false,"error":"` + tc.word + `","response_metadata":{"messages":["[ERROR] `
			if r.status != http.StatusOK || !strings.HasPrefix(r.body, want) || !strings.Contains(r.body, tc.why) {
				t.Errorf("got %d %s\nwant 200 %s…%s", r.status, r.body, want, tc.why)
			}
			if got := r.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: got %q", got)
			}
			if asked := api.take(); len(asked) > 0 {
				t.Errorf("the API was asked %q", asked)
			}
		})
	}
	if log := s.Log(t, "http.handlers.paginate.adoption"); strings.Contains(fmt.Sprint(log), "token") {
		t.Errorf("the adoption log has fields of forms: %v", log)
	}
}

// TestPostBroken: what the API breaks is no page, and no status either by which Slack's
// clients would try for half an hour. Errors of the API's own pass.
func TestPostBroken(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", asJSON)
		if r.URL.Path == "/busy" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`[1,2,`))
	}))
	s := harness.Start(t, "paginate 10 20 {\nname users\nstyle slack members\n}\n"+up.proxy())
	c := pageClient(t)
	r := post(t, c, s.URL+"/cut", formType, "limit=5")
	if !strings.HasPrefix(r.body, `{"ok":false,"error":"internal_error",`) || r.status != http.StatusOK {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if got := s.Adoption(t, 1)[0].Text("paginate.action"); got != "fail" {
		t.Errorf("the adoption log says %q", got)
	}
	if r := post(t, c, s.URL+"/busy", formType, "limit=5"); r.status != http.StatusServiceUnavailable || r.body != "" {
		t.Errorf("got %d %s, want the API's own", r.status, r.body)
	}
}

// TestPostUnread: a body that cannot be read goes on as it came, be it for a list or not.
// A list is sent whole or not at all, as there would be no way on.
func TestPostUnread(t *testing.T) {
	api := new(postbox)
	up := newUpstream(t, api)
	s := harness.Start(t, `paginate 10 20 {
		name users
		style slack members
		upstream unbounded {
			method GET
		}
	}
	`+up.proxy())
	c := pageClient(t)
	const multipart = "--x\r\nContent-Disposition: form-data; name=\"limit\"\r\n\r\n900\r\n--x--\r\n"
	for _, tc := range []struct {
		name, contentType, body string
		headers                 []string
	}{
		{"multipart", "multipart/form-data; boundary=x", multipart, nil},
		{"encoded", formType, "limit=900", []string{"Content-Encoding: gzip"}},
		{"another charset", formType + "; charset=ibm037", "limit=900", nil},
		{"no type", "", "limit=900", nil},
		{"too long", formType, "limit=900&a=" + strings.Repeat("b", 1<<20), nil},
		{"too long, in chunks", formType, "limit=900&a=" + strings.Repeat("b", 1<<20), []string{"Transfer-Encoding: chunked"}},
		{"JSON that fits into no query", asJSON, `{"limit":900,"a":{}}`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, step := range []struct{ target, want string }{
				{"/write", `{"ok":true}`},
				{"/list?n=20", `{"ok":true,"members":` + oddItems(0, 20) + `,"response_metadata":{"next_cursor":""}}`},
				{"/list?n=21", `{"ok":false,"error":"limit_required",`},
			} {
				r := post(t, c, s.URL+step.target, tc.contentType, tc.body, tc.headers...)
				if r.status != http.StatusOK || !strings.HasPrefix(r.body, step.want) {
					t.Errorf("%s: got %d %.300s\nwant %.300s", step.target, r.status, r.body, step.want)
				}
				for _, got := range api.take() {
					if got.method != http.MethodPost || got.body != tc.body || got.contentType != tc.contentType {
						t.Errorf("%s: the API was asked %.300q", step.target, got)
					}
				}
			}
		})
	}
}

// TestPostPhases: before limits are enforced a body reaches the API byte for byte, unless
// it asks for a page.
func TestPostPhases(t *testing.T) {
	api := new(postbox)
	up := newUpstream(t, api)
	s := harness.Start(t, `handle /observe/* {
		paginate 10 20 {
			name observe
			phase observe
			style slack members
			upstream unbounded {
				method GET
			}
		}
		`+up.proxy()+`
	}
	handle /announce/* {
		paginate 10 20 {
			name announce
			style slack members
			retire {
				deprecated 2020-01-01
				hold
			}
		}
		`+up.proxy()+`
	}
	handle /link/* {
		paginate 10 20 {
			name link
		}
		`+up.proxy()+`
	}`)
	c := pageClient(t)
	for _, tc := range []struct {
		name, path, contentType, body string
		want                          string
		asked                         string // the body that the API gets
	}{
		{"observe, a page", "/observe/list", formType, "limit=5&n=30", oddItems(0, 30), "limit=5&n=30"},
		{"observe, rubbish", "/observe/list?n=30", asJSON, `{"limit":`, oddItems(0, 30), `{"limit":`},
		{"observe, too long", "/observe/list?n=30", formType, "limit=5&a=" + strings.Repeat("b", 1<<20), oddItems(0, 30), "limit=5&a=" + strings.Repeat("b", 1<<20)},
		{"announce, a page", "/announce/list", formType, "limit=5&n=4", `{"ok":true,"members":` + oddItems(0, 4) + `,"response_metadata":{"next_cursor":""}}`, "n=4"},
		{"announce, no limit", "/announce/list", formType, "a=b&n=30&cursor=", oddItems(0, 30), "a=b&n=30&cursor="},
		{"announce, rubbish", "/announce/list?n=30", asJSON, `{"limit":5,"limit":6}`, oddItems(0, 30), `{"limit":5,"limit":6}`},
		{"announce, multipart", "/announce/list?n=30", "multipart/form-data; boundary=x", "--x--", oddItems(0, 30), "--x--"},
		{"another style", "/link/list", formType, "limit=5x&n=30", oddItems(0, 30), "limit=5x&n=30"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := post(t, c, s.URL+tc.path, tc.contentType, tc.body)
			if r.status != http.StatusOK || r.body != tc.want {
				t.Errorf("got %d %.300q\nwant %.300q", r.status, r.body, tc.want)
			}
			if got := api.takeOne(t); got.method != http.MethodPost || got.body != tc.asked || got.contentType != tc.contentType {
				t.Errorf("the API was asked %.300q, want %.300q", got, tc.asked)
			}
			if notice := r.header.Get("Deprecation") != ""; notice != (strings.HasPrefix(tc.name, "announce") && !strings.HasSuffix(tc.name, "page")) {
				t.Errorf("told of what will change: %v", notice)
			}
		})
	}
}

// TestPostSnapshots: what differs in the body is another snapshot, whoever asks; and what
// was posted with no list as an answer makes a first page new.
func TestPostSnapshots(t *testing.T) {
	api := new(postbox)
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if token := r.PostForm.Get("token"); token != "" {
			w.Header().Set("X-Token", token)
		}
		r.Body = http.NoBody
		api.ServeHTTP(w, r)
	}))
	s := harness.Start(t, "paginate 10 20 {\nname users\nsnapshot eager\nstyle slack members\n}\n"+up.proxy())
	c := pageClient(t)
	for _, token := range []string{"a", "b", "a", "b"} {
		r := post(t, c, s.URL+"/list?n=30", formType, "limit=10&token="+token)
		if got := r.header.Get("X-Token"); got != token {
			t.Errorf("%s: got the answer to %q", token, got)
		}
		if items, next := slackPage(t, r); items != oddItems(0, 10) || next == "" {
			t.Errorf("%s: got %.200q", token, r.body)
		}
	}
	if asked := api.take(); len(asked) != 2 {
		t.Errorf("the API was asked %d times, want once for each token", len(asked))
	}
	post(t, c, s.URL+"/write", formType, "text=hi")
	post(t, c, s.URL+"/list?n=30", formType, "limit=10&token=a")
	if asked := api.take(); len(asked) != 2 {
		t.Errorf("the API was asked %d times, want the write and the list", len(asked))
	}
}
