package integration

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// TestStripeKeys: what a client may say, and what it gets.
func TestStripeKeys(t *testing.T) {
	const ordered = `{"id":9007199254$pad,"n":$n}`
	const padded = `{"id":"cus_$pad","n":$n}`
	const mixed = `{"id":"cus_$rev","n":$n}`
	for _, snapshot := range []string{"off", "lazy"} {
		for _, tc := range []struct {
			name, item, query string
			list              []int
			want              []int
			more              bool
			param, given      string // of a refusal
		}{
			{"first", ordered, "limit=2", countTo(5), []int{1, 2}, true, "", ""},
			{"empty is absent", ordered, "limit=2&starting_after=&ending_before", countTo(5), []int{1, 2}, true, "", ""},
			{"behind", ordered, "limit=2&starting_after=900719925400000002", countTo(5), []int{3, 4}, true, "", ""},
			{"behind, to the end", ordered, "limit=3&starting_after=900719925400000002", countTo(5), []int{3, 4, 5}, false, "", ""},
			{"behind the last", ordered, "limit=3&starting_after=900719925400000005", countTo(5), nil, false, "", ""},
			{"before", ordered, "limit=2&ending_before=900719925400000004", countTo(5), []int{2, 3}, true, "", ""},
			{"before, to the beginning", ordered, "limit=3&ending_before=900719925400000004", countTo(5), []int{1, 2, 3}, false, "", ""},
			{"before the first", ordered, "limit=3&ending_before=900719925400000001", countTo(5), nil, false, "", ""},
			{"behind one that has gone", ordered, "limit=2&starting_after=900719925400000003", []int{1, 2, 4, 5}, []int{4, 5}, false, "", ""},
			{"behind all that have gone", ordered, "limit=2&starting_after=900719925400000003", []int{4, 5, 6}, []int{4, 5}, true, "", ""},
			{"before one that has gone", ordered, "limit=1&ending_before=900719925400000003", []int{1, 2, 4, 5}, []int{2}, true, "", ""},
			{"before all that have gone", ordered, "limit=2&ending_before=900719925400000003", []int{4, 5, 6}, nil, false, "", ""},
			{"without a limit", ordered, "starting_after=900719925400000003", countTo(30), []int{4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, true, "", ""},
			{"over the maximum", ordered, "limit=100&ending_before=900719925400000027", countTo(30), []int{7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26}, true, "", ""},
			{"no order", mixed, "limit=2&starting_after=cus_20000000", countTo(5), []int{3, 4}, true, "", ""},
			{"no order, back", mixed, "limit=2&ending_before=cus_50000000", countTo(5), []int{3, 4}, true, "", ""},

			{"written as a float", ordered, "limit=2&starting_after=9.00719925400000004e17", countTo(5), []int{5}, false, "", ""},
			{"behind all", ordered, "starting_after=9007199254000000060", countTo(5), nil, false, "starting_after", "9007199254000000060"},
			{"before, behind all", ordered, "ending_before=9007199254000000060", countTo(5), nil, false, "ending_before", "9007199254000000060"},
			{"no number", ordered, "starting_after=cus_1", countTo(5), nil, false, "starting_after", "cus_1"},
			{"none", padded, "starting_after=bogus", countTo(5), nil, false, "starting_after", "bogus"},
			{"none, back", padded, "ending_before=bogus", countTo(5), nil, false, "ending_before", "bogus"},
			{"none that is like them", padded, "limit=2&starting_after=cus_00000000", countTo(5), []int{1, 2}, true, "", ""},
			{"none in no order", mixed, "starting_after=cus_x", countTo(5), nil, false, "starting_after", "cus_x"},
			{"none in no order, back", mixed, "ending_before=cus_x", countTo(5), nil, false, "ending_before", "cus_x"},
			{"of an empty list", ordered, "starting_after=1", nil, nil, false, "starting_after", "1"},
			{"both", ordered, "starting_after=900719925400000002&ending_before=900719925400000004", countTo(5), nil, false, "ending_before", "900719925400000004"},
			{"two", ordered, "starting_after=1&starting_after=2", countTo(5), nil, false, "starting_after", "1, 2"},
			{"odd", ordered, "starting_after[]=1", countTo(5), nil, false, "starting_after", "starting_after[]"},
		} {
			t.Run(snapshot+"/"+tc.name, func(t *testing.T) {
				l := &ledger{item: tc.item, wrap: array, list: tc.list}
				s := harness.Start(t, "paginate 10 20 {\nstyle stripe {\nerror problem\n}\nsnapshot "+snapshot+"\n}\n"+newUpstream(t, l).proxy())
				r := send(t, pageClient(t), http.MethodGet, s.URL+"/v1/customers?"+tc.query)
				if tc.param != "" {
					p := wantRefusal(t, r, http.StatusBadRequest, "cursor_invalid")
					if p.Parameter != tc.param || p.Given != tc.given {
						t.Errorf("got the parameter %q, given %q", p.Parameter, p.Given)
					}
					rec := s.Adoption(t, 1)[0]
					if got := rec.Text("paginate.reason"); got != "invalid" || rec.Text("paginate.action") != "reject" {
						t.Errorf("got the reason %q, the action %q", got, rec.Text("paginate.action"))
					}
					return
				}
				page := stripePage(t, r)
				if !slices.Equal(page.numbers(), tc.want) || *page.HasMore != tc.more || *page.URL != "/v1/customers" {
					t.Errorf("got %v, more %t, url %s", page.numbers(), *page.HasMore, *page.URL)
				}
				if tc.item != mixed {
					s.NoTrouble(t)
				}
			})
		}
	}
}

// TestStripeJumps: pages anywhere in a snapshot, in any order, whatever is known of the
// places of their items.
func TestStripeJumps(t *testing.T) {
	const n = 2000
	for _, tc := range []struct {
		name, item string
		wrap       func([]string) string
		reverse    bool
		gone       bool // items that have gone have a place
	}{
		{"ascending", `{"id":"cus_$pad","n":$n}`, array, false, true},
		{"descending", `{"id":$n,"n":$n}`, array, true, true},
		{"no order", `{"id":"cus_$rev","n":$n}`, array, false, false},
		{"an envelope", `{"id":$n,"n":$n}`, stripeWrap("envelope"), false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := &ledger{item: tc.item, wrap: tc.wrap}
			up := newUpstream(t, l)
			s := harness.Start(t, "paginate 10 20 {\nstyle stripe\nsnapshot eager\n}\n"+up.proxy())
			c := pageClient(t)
			list := make([]int, n)
			for i := range list {
				if list[i] = 1000 + 2*i; tc.reverse {
					list[i] = 1000 + 2*(n-1-i)
				}
			}
			l.set(list)
			rng := rand.New(rand.NewPCG(1, 5))
			for range 150 {
				at, limit := rng.IntN(n), 1+rng.IntN(20)
				named := list[at]
				before, behind := at, at+1
				if tc.gone && at > 0 && rng.IntN(3) == 0 {
					// The one between two of them, which has gone.
					named, behind = (list[at-1]+list[at])/2, at
				}
				name, want, more := "starting_after", list[behind:min(behind+limit, n)], behind+limit < n
				if rng.IntN(2) == 0 {
					name, want, more = "ending_before", list[max(0, before-limit):before], before > limit
				}
				page := stripePage(t, send(t, c, http.MethodGet, fmt.Sprintf("%s/v1/customers?limit=%d&%s=%s", s.URL, limit, name, l.id(named))))
				if !slices.Equal(page.numbers(), want) || *page.HasMore != more {
					t.Fatalf("%s=%s, %d of them: got %v, more %t; want %v, %t", name, l.id(named), limit, page.numbers(), *page.HasMore, want, more)
				}
			}
			if asked := up.take(); len(asked) != 1 {
				t.Errorf("the upstream was read %d times", len(asked))
			}
		})
	}
}

// TestStripeSignals: byte for byte what is sent; links lead on and back.
func TestStripeSignals(t *testing.T) {
	l := &ledger{item: `{"id":$n, "big":9007199254740993,"n":$n}`, wrap: stripeWrap("envelope"), list: countTo(9)}
	s := harness.Start(t, `
		paginate 3 20 {
			style stripe
			snapshot off
		}
		`+newUpstream(t, l).proxy())
	c := pageClient(t)
	base := s.URL + "/v1/customers?email=a%40b"
	r := send(t, c, http.MethodGet, base+"&limit=3&starting_after=3")
	want := `{"object":"list","url":"/v1/customers","has_more":true,"data":[` +
		`{"id":"4", "big":9007199254740993,"n":4},{"id":"5", "big":9007199254740993,"n":5},{"id":"6", "big":9007199254740993,"n":6}]}`
	if r.body != want {
		t.Errorf("got  %s\nwant %s", r.body, want)
	}
	if got, want := r.header["Link"], []string{fmt.Sprintf(`<%[1]s&limit=3&starting_after=6>; rel="next", <%[1]s&limit=3&ending_before=4>; rel="prev"`, base)}; !slices.Equal(got, want) {
		t.Errorf("Link: got %q\nwant %q", got, want)
	}
	if got := r.header.Get("Content-Length"); got != fmt.Sprint(len(r.body)) {
		t.Errorf("Content-Length: got %s, want %d", got, len(r.body))
	}
	rec := s.Adoption(t, 1)[0]
	if rec["paginate.compliant"] != true || rec["paginate.has_more"] != true || rec["paginate.items"] != 3.0 {
		t.Errorf("the record is %v", rec)
	}

	back := stripePage(t, send(t, c, http.MethodGet, r.links(t)["prev"]))
	if !slices.Equal(back.numbers(), []int{1, 2, 3}) || *back.HasMore {
		t.Errorf("back: got %v, more %t", back.numbers(), *back.HasMore)
	}
	on := stripePage(t, send(t, c, http.MethodGet, r.next(t)))
	if !slices.Equal(on.numbers(), []int{7, 8, 9}) || *on.HasMore {
		t.Errorf("on: got %v, more %t", on.numbers(), *on.HasMore)
	}

	// A mask leaves the id, which clients go on by.
	r = send(t, c, http.MethodGet, s.URL+"/v1/customers?limit=2&fields=n")
	if want := `{"object":"list","url":"/v1/customers","has_more":true,"data":[{"id":"1","n":1},{"id":"2","n":2}]}`; r.body != want || queryOf(t, r.next(t), "starting_after") != "2" {
		t.Errorf("got %s, next %s", r.body, r.next(t))
	}
}

// TestStripeAnnounced: before limits are enforced, who asks for more than the maximum gets
// it, can go on from it, and is told.
func TestStripeAnnounced(t *testing.T) {
	l := &ledger{item: `{"id":"cus_$pad","n":$n}`, wrap: array, list: countTo(60)}
	s := harness.Start(t, `
		paginate 10 20 {
			style stripe
			phase announce
			retire {
				deprecated 2024-01-01
				sunset     2099-01-01
			}
		}
		`+newUpstream(t, l).proxy())
	c := pageClient(t)
	r := send(t, c, http.MethodGet, s.URL+"/v1/customers?limit=40")
	page := stripePage(t, r)
	if !slices.Equal(page.numbers(), countTo(40)) || !*page.HasMore || r.header.Get("Deprecation") == "" {
		t.Errorf("got %v, more %t, header %v", page.numbers(), *page.HasMore, r.header)
	}
	rest := stripePage(t, send(t, c, http.MethodGet, r.next(t)))
	if !slices.Equal(rest.numbers(), countTo(60)[40:]) || *rest.HasMore {
		t.Errorf("the rest: got %v", rest.numbers())
	}
	r = send(t, c, http.MethodGet, s.URL+"/v1/customers?limit=10&starting_after=cus_00000055")
	if page := stripePage(t, r); len(page.Data) != 5 || r.header.Get("Deprecation") != "" {
		t.Errorf("a page: got %v, header %v", page.numbers(), r.header)
	}
	if r = send(t, c, http.MethodGet, s.URL+"/v1/customers"); !strings.HasPrefix(r.body, "[") || r.header.Get("Deprecation") == "" {
		t.Errorf("without paging: got %.100s", r.body)
	}
}

// TestStripeLines: a list of lines keeps its form, and its links lead on and back by keys.
func TestStripeLines(t *testing.T) {
	for _, snapshot := range []string{"off", "lazy"} {
		up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-ndjson")
			for i := 1; i <= 25; i++ {
				_, _ = fmt.Fprintf(w, "{\"id\":%d}\n", i)
			}
		}))
		s := harness.Start(t, "paginate 10 20 {\nstyle stripe\nsnapshot "+snapshot+"\n}\n"+up.proxy())
		c := pageClient(t)
		lines := func(from, to int) string {
			var text strings.Builder
			for i := from; i <= to; i++ {
				fmt.Fprintf(&text, "{\"id\":%d}\n", i)
			}
			return text.String()
		}
		next := s.URL + "/v1/customers?limit=10"
		for _, page := range []struct {
			rel      string // of the link that is followed then
			from, to int
		}{{"next", 1, 10}, {"next", 11, 20}, {"prev", 21, 25}, {"prev", 11, 20}, {"", 1, 10}} {
			r := send(t, c, http.MethodGet, next)
			if want := lines(page.from, page.to); r.status != http.StatusOK || r.body != want {
				t.Errorf("snapshot %s: got %d %q, want %q", snapshot, r.status, r.body, want)
			}
			next = r.links(t)[page.rel]
		}
		s.NoTrouble(t)
	}
}

// TestStripeFields: a mask leaves what clients go on by.
func TestStripeFields(t *testing.T) {
	l := &ledger{item: `{"ref":{"a/b":$n,"c":0},"n":$n,"x":1}`, wrap: array, list: countTo(5)}
	s := harness.Start(t, "paginate 2 20 {\nstyle stripe\nkey /ref/a~1b\n}\n"+newUpstream(t, l).proxy())
	r := send(t, pageClient(t), http.MethodGet, s.URL+"/v1/customers?fields=n")
	if want := `[{"ref":{"a/b":"1"},"n":1},{"ref":{"a/b":"2"},"n":2}]`; !strings.Contains(r.body, want) {
		t.Errorf("got %s, want %s", r.body, want)
	}
}

// TestStripeETag: a page has a tag of its own, by what it stands beside.
func TestStripeETag(t *testing.T) {
	l := &ledger{item: `{"id":$n,"n":$n}`, wrap: array, list: countTo(9)}
	s := harness.Start(t, "paginate 3 20 {\nstyle stripe\n}\n"+newUpstream(t, l).proxy())
	c := pageClient(t)
	tags := map[string]string{}
	for _, query := range []string{"limit=3", "limit=3&starting_after=3", "limit=3&ending_before=3", "limit=3&starting_after=4", "limit=2&starting_after=4"} {
		target := s.URL + "/v1/customers?" + query
		tag := send(t, c, http.MethodGet, target).header.Get("Etag")
		if other, taken := tags[tag]; taken {
			t.Errorf("%s has the tag of %s: %s", query, other, tag)
		}
		tags[tag] = query
		if r := send(t, c, http.MethodGet, target, "If-None-Match: "+tag); r.status != http.StatusNotModified || r.header.Get("Etag") != tag {
			t.Errorf("%s: got %d and the tag %s, want 304 and %s", query, r.status, r.header.Get("Etag"), tag)
		}
		if r := send(t, c, http.MethodHead, target); r.status != http.StatusOK || r.body != "" || r.header.Get("Etag") != tag {
			t.Errorf("HEAD %s: got %d %q and the tag %s", query, r.status, r.body, r.header.Get("Etag"))
		}
	}
}

// TestStripeKeyless: a list that nobody could go on in is an error, not the end of it.
func TestStripeKeyless(t *testing.T) {
	l := &ledger{item: `{"n":$n}`, wrap: array, list: countTo(5)}
	s := harness.Start(t, "paginate 2 20 {\nstyle stripe {\nerror problem\n}\n}\n"+newUpstream(t, l).proxy())
	c := pageClient(t)
	wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/v1/customers?limit=2"), http.StatusBadGateway, "upstream_malformed")
	r := send(t, c, http.MethodGet, s.URL+"/v1/customers?limit=5")
	if want := `"has_more":false,"data":[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5}]}`; r.status != http.StatusOK || !strings.HasSuffix(r.body, want) {
		t.Errorf("all of it: got %d %s", r.status, r.body)
	}
}

// TestStripeHouseStyle: a house API that goes on by ids is a few lines.
func TestStripeHouseStyle(t *testing.T) {
	l := &ledger{item: `{"uid":$n,"n":$n}`, wrap: array, list: countTo(5)}
	s := harness.Start(t, `
		paginate 2 20 {
			style stripe {
				limit    size
				after    search_after
				before   until
				text_key off
				body     `+"`"+`{"rows":$list,"next":$cursor?}`+"`"+`
			}
			key uid
		}
		`+newUpstream(t, l).proxy())
	c := pageClient(t)
	for _, tc := range []struct{ query, want string }{
		{"size=2", `{"rows":[{"uid":1,"n":1},{"uid":2,"n":2}],"next":"2"}`},
		{"size=3&search_after=2", `{"rows":[{"uid":3,"n":3},{"uid":4,"n":4},{"uid":5,"n":5}]}`},
		{"size=2&until=4", `{"rows":[{"uid":2,"n":2},{"uid":3,"n":3}],"next":"3"}`},
	} {
		if r := send(t, c, http.MethodGet, s.URL+"/items?"+tc.query); r.body != tc.want {
			t.Errorf("%s: got %s, want %s", tc.query, r.body, tc.want)
		}
	}
}
