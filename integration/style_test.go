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
