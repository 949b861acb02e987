package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// odataWalk follows nextLink from a query on, and returns how many items each page had.
func odataWalk(t *testing.T, c *http.Client, url string, headers ...string) (pages []int, first reply) {
	t.Helper()
	seen := 0
	for url != "" {
		r := send(t, c, http.MethodGet, url, headers...)
		if len(pages) == 0 {
			first = r
		}
		items := itemsAt(t, r, []string{"value"})
		var body struct {
			Value []json.RawMessage
			Next  *string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal([]byte(r.body), &body); err != nil || r.status != http.StatusOK {
			t.Fatalf("%s: got %d %.300q, %v", url, r.status, r.body, err)
		}
		if want := oddItems(seen, seen+len(body.Value)); items != want {
			t.Fatalf("%s: got %.300q\nwant %.300q", url, items, want)
		}
		if got := r.header.Get("Content-Type"); got != "application/json" {
			t.Errorf("Content-Type: got %q", got)
		}
		if len(headers) > 0 {
			_, value, _ := strings.Cut(headers[0], ": ")
			if got := r.header.Get("Preference-Applied"); got != value {
				t.Errorf("Preference-Applied: got %q, want %q", got, value)
			}
		}
		seen += len(body.Value)
		if pages = append(pages, len(body.Value)); len(pages) > 300 {
			t.Fatal("the walk does not end")
		}
		switch {
		case body.Next == nil && strings.Contains(r.body, "nextLink"):
			t.Fatal("the last page has a link, and it is null")
		case body.Next == nil && r.next(t) != "", body.Next != nil && r.next(t) != *body.Next:
			t.Errorf("Link is %q, and the body's link %v", r.header.Get("Link"), body.Next)
		}
		url = ""
		if body.Next != nil {
			url = *body.Next
		}
	}
	return pages, first
}

// TestODataWalk: the size of a page is a preference, $top is how many items there are in
// all.
func TestODataWalk(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	const prefer10 = "Prefer: odata.maxpagesize=10"
	for _, snapshot := range []string{"off", "lazy"} {
		s := harness.Start(t, "paginate 10 20 {\nstyle odata\nsnapshot "+snapshot+"\n}\n"+up.proxy())
		c := pageClient(t)
		for _, tc := range []struct {
			name, query string
			prefer      []string
			want        string
		}{
			{"nothing", "n=0", nil, "0"},
			{"one", "n=1", nil, "1"},
			{"a page", "n=10", []string{prefer10}, "10"},
			{"a page and one more", "n=11", []string{prefer10}, "10 1"},
			{"two pages", "n=20", []string{prefer10}, "10 10"},
			{"no size", "n=25", nil, "10 10 5"},
			{"a small size", "n=7", []string{"Prefer: maxpagesize=3"}, "3 3 1"},
			{"all of $top within a page", "n=25&$top=15", nil, "15"},
			{"all of $top, encoded", "n=25&%24top=15", nil, "15"},
			{"$top in pages", "n=257&$top=45", []string{prefer10}, "10 10 10 10 5"},
			{"$top in pages of the default", "n=257&$top=25", nil, "10 10 5"},
			{"$top that ends with a page", "n=257&$top=20", []string{prefer10}, "10 10"},
			{"$top that ends with the list", "n=25&$top=25", []string{prefer10}, "10 10 5"},
			{"$top behind the list's end", "n=25&$top=1000000", []string{prefer10}, "10 10 5"},
			{"$top within a size", "n=25&$top=5", []string{prefer10}, "5"},
			{"many", "n=257", []string{"Prefer: odata.maxpagesize=20"}, "20 20 20 20 20 20 20 20 20 20 20 20 17"},
		} {
			t.Run("snapshot "+snapshot+"/"+tc.name, func(t *testing.T) {
				pages, r := odataWalk(t, c, s.URL+"/users?"+tc.query, tc.prefer...)
				if got := strings.Trim(fmt.Sprint(pages), "[]"); got != tc.want {
					t.Errorf("got pages of %s, want %s", got, tc.want)
				}
				if got := r.header.Values("Vary"); len(got) != 1 || got[0] != "Prefer" {
					t.Errorf("Vary: got %q", got)
				}
			})
		}
		s.NoTrouble(t)
	}
}

// TestODataAnswers: byte for byte, and what is not to reach the API.
func TestODataAnswers(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, `
		paginate /counted* 10 20 {
			name counted
			style odata
			total exact
		}
		paginate /strict* 10 20 {
			name strict
			style odata
			over_max reject
		}
		paginate /announced* 10 20 {
			name announced
			style odata
			phase announce
			retire {
				hold
				deprecated 2020-01-01
			}
		}
		`+up.proxy())
	c := pageClient(t)

	r := send(t, c, http.MethodGet, s.URL+"/counted?n=25&$filter=a%20eq%201&$count=true&$top=15&$skip=2&$select=id", "Prefer: odata.maxpagesize=2, return=minimal")
	url := s.URL + "/counted?n=25&$filter=a%20eq%201&$count=true&$select=id&$top=13&$skiptoken="
	if want := `{"@odata.count":25,"@odata.nextLink":"` + url; !strings.HasPrefix(r.body, want) {
		t.Errorf("got  %s\nwant %s", r.body, want)
	}
	if want := `","value":[{"id":2},{"id":3}]}`; !strings.HasSuffix(r.body, want) {
		t.Errorf("got %s, want %s at its end", r.body, want)
	}
	if got := r.header.Get("Preference-Applied"); got != "odata.maxpagesize=2" {
		t.Errorf("Preference-Applied: got %q", got)
	}
	asked := up.takeOne(t)
	if want := "n=25&$filter=a%20eq%201&$count=true"; asked.query != want || asked.header.Get("Prefer") != "return=minimal" {
		t.Errorf("the upstream was asked for %q with Prefer %q, want %q", asked.query, asked.header.Values("Prefer"), want)
	}
	if r = send(t, c, http.MethodGet, s.URL+"/counted?n=1"); r.body != `{"value":`+oddItems(0, 1)+`}` {
		t.Errorf("nobody asked to count: got %s", r.body)
	}

	// Prefer is no reason to refuse; $top is one where the configuration says so.
	r = send(t, c, http.MethodGet, s.URL+"/strict?n=50", "Prefer: odata.maxpagesize=500")
	if got := itemsAt(t, r, []string{"value"}); got != oddItems(0, 20) || r.header.Get("Preference-Applied") != "odata.maxpagesize=20" {
		t.Errorf("got %d %.200q with %q", r.status, r.body, r.header.Get("Preference-Applied"))
	}
	r = send(t, c, http.MethodGet, s.URL+"/strict?n=50&$top=21")
	if want := `{"error":{"code":"limit_too_large","message":"The limit is over the maximum: $top may be at most 20","target":"$top"}}`; r.status != http.StatusBadRequest || r.body != want {
		t.Errorf("got %d %s, want 400 %s", r.status, r.body, want)
	}
	for _, query := range []string{"$top=abc", "$top=1&$top=2", "$top[]=5", "$skiptoken=abc", "$skip=1&$skiptoken=abc"} {
		r = send(t, c, http.MethodGet, s.URL+"/strict?"+query)
		if r.status != http.StatusBadRequest || !strings.HasPrefix(r.body, `{"error":{"code":"`) {
			t.Errorf("%s: got %d %.200q, want 400", query, r.status, r.body)
		}
	}

	// Before limits are enforced the client gets all that it asks for, and is told.
	r = send(t, c, http.MethodGet, s.URL+"/announced?n=50&$top=30")
	if want := `{"value":` + oddItems(0, 30) + `}`; r.body != want || r.header.Get("Deprecation") == "" {
		t.Errorf("got %d %.200q with Deprecation %q, want 30 items and no link", r.status, r.body, r.header.Get("Deprecation"))
	}
	if r = send(t, c, http.MethodGet, s.URL+"/announced?n=50"); r.body != oddItems(0, 50) {
		t.Errorf("got %d %.200q, want the whole list", r.status, r.body)
	}
}

// TestODataUpstream: an API that speaks OData is asked for no more than a page, and one
// that pages by itself is paged in OData's way.
func TestODataUpstream(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		n, skip, top := 25, 0, 25
		_, _ = fmt.Sscan(q.Get("$skip")+q.Get("offset"), &skip)
		_, _ = fmt.Sscan(q.Get("$top")+q.Get("limit"), &top)
		from := min(skip, n)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"@odata.context":"x","value":%s}`, oddItems(from, min(from+top, n)))
	}))
	s := harness.Start(t, `
		handle /ours {
			paginate 10 20 {
				name ours
				upstream odata
			}
			`+up.proxy()+`
		}
		handle /theirs {
			paginate 10 20 {
				name theirs
				style odata
				upstream link
			}
			`+up.proxy()+`
		}
		handle /both {
			paginate 10 20 {
				name both
				style odata
				upstream msgraph
			}
			`+up.proxy()+`
		}`)
	c := pageClient(t)
	r := send(t, c, http.MethodGet, s.URL+"/ours?limit=10&offset=20")
	wantOdd(t, r, 20, 25)
	if got := up.takeOne(t).query; got != "$top=11&$skip=20" {
		t.Errorf("the upstream was asked for %q", got)
	}
	for _, path := range []string{"/theirs", "/both"} {
		pages, _ := odataWalk(t, c, s.URL+path+"?$top=25", "Prefer: odata.maxpagesize=10")
		if got := fmt.Sprint(pages); got != "[10 10 5]" {
			t.Errorf("%s: got pages of %s, want 10, 10 and 5", path, got)
		}
		if pages, _ = odataWalk(t, c, s.URL+path+"?$top=12"); fmt.Sprint(pages) != "[12]" {
			t.Errorf("%s: got pages of %v, want one of 12", path, pages)
		}
	}
	s.NoTrouble(t)
}
