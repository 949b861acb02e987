package integration

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// Frameworks that redirect to their spelling of a path repeat the query that they were sent.
// The client has to come back with its own.
func TestFaultRedirect(t *testing.T) {
	var location string
	upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.RawQuery
		if to, ok := strings.CutSuffix(location, "ESCAPED"); ok { // as Django and Starlette do
			location = to + "/x/?QUERY"
			query = strings.NewReplacer("{", "%7B", "|", "%7C", "}", "%7D", "+", "%20", "%e9", "%E9").Replace(query)
		}
		w.Header().Set("Location", strings.Replace(location, "QUERY", query, 1))
		w.WriteHeader(http.StatusMovedPermanently)
	})
	for _, options := range []string{"snapshot off", "snapshot eager", "upstream link", "phase announce"} {
		s := harness.Start(t, paginated("limit 10 20\n"+options, upstream))
		for _, tc := range []struct{ name, query, location, want string }{
			{"with a slash", "?limit=5&offset=50", "/x/?QUERY", "/x/?limit=5&offset=50"},
			{"other parameters", "?a=%20&limit=5&b=;", "/x/?QUERY#top", "/x/?a=%20&limit=5&b=;#top"},
			{"https", "?limit=5", strings.Replace(s.URL, "http", "https", 1) + "/x?QUERY", strings.Replace(s.URL, "http", "https", 1) + "/x?limit=5"},
			{"nothing asked", "", "/X/?QUERY", "/X/"},
			{"elsewhere", "?limit=5", "/login", "/login"},
			{"relative", "?limit=5", "x/?QUERY", "x/?limit=5"},
			{"a query alone", "?limit=5&a=b", "?QUERY", "?limit=5&a=b"},
			{"escaped by the upstream", "?a={b|c}&d=e+%e9&limit=5", "ESCAPED", "/x/?a={b|c}&d=e+%e9&limit=5"},
			{"to another query", "?limit=5", "/x?a=b", "/x?a=b"},
			{"to another host", "?limit=5", "https://example.com/x", "https://example.com/x"},
		} {
			location = tc.location
			a := get(t, s.URL+"/x"+tc.query)
			if got := strings.TrimSuffix(a.Header.Get("Location"), "?"); a.Status != http.StatusMovedPermanently || got != tc.want {
				t.Errorf("%s, %s: got %d to %q, want %q", options, tc.name, a.Status, got, tc.want)
			}
		}
	}
}

// The URL may be known otherwise to the client, to us and to the upstream. What is added to
// the query ahead of us is added again, and what is added behind us must not be told.
func TestFaultRedirectRewritten(t *testing.T) {
	var location string
	upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", strings.Replace(location, "QUERY", r.URL.RawQuery, 1))
		w.WriteHeader(http.StatusMovedPermanently)
	})
	for _, tc := range []struct{ name, before, behind, location, want string }{
		{"a prefix that the upstream knows", "uri strip_prefix /api", "", "/api/x/?QUERY", "/api/x/?limit=5&a=b"},
		{"a prefix that it does not know", "uri strip_prefix /api", "", "/x/?QUERY", "/x/?limit=5&a=b"},
		{"a prefix that goes behind us", "", "uri strip_prefix /api", "/api/x/?QUERY", "/api/x/?limit=5&a=b"},
		{"a parameter ahead of us", "rewrite * {path}?{query}&tenant=1", "", "/api/x/?QUERY", "/api/x/?limit=5&a=b"},
		{"a parameter behind us", "", "rewrite * {path}?{query}&tenant=1", "/api/x/?QUERY", "/api/x/?limit=5&a=b"},
		{"another path ahead of us", "rewrite * /v2/x?{query}&tenant=1", "", "/v2/x/?QUERY", "/v2/x/?limit=5&a=b&tenant=1"},
	} {
		location = tc.location
		s := harness.Start(t, "route {\n"+tc.before+"\npaginate 10 20\n"+tc.behind+"\n"+upstream+"\n}\n")
		if got := get(t, s.URL+"/api/x?limit=5&a=b").Header.Get("Location"); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
		s.Reload(t, harness.Config{Routes: "route {\n" + tc.before + "\npaginate {\nphase observe\n}\n" + tc.behind + "\n" + upstream + "\n}\n"})
		query := "limit=5&a=b"
		if strings.Contains(tc.before+tc.behind, "tenant") {
			query += "&tenant=1"
		}
		if got, want := get(t, s.URL+"/api/x?limit=5&a=b").Header.Get("Location"), strings.Replace(location, "QUERY", query, 1); got != want {
			t.Errorf("%s, in observe: got %q, want the upstream's own %q", tc.name, got, want)
		}
	}
}

// A client sends its body again where a redirect keeps the method, so its query has to be
// its own, too.
func TestFaultRedirectPosted(t *testing.T) {
	for _, tc := range []struct {
		status int
		want   string
	}{
		{http.StatusPermanentRedirect, "/x/?limit=5&z=1"},
		{http.StatusTemporaryRedirect, "/x/?limit=5&z=1"},
		{http.StatusMovedPermanently, "/x/?limit=6&z=1&a=b"}, // a GET, of which this is all
		{http.StatusSeeOther, "/x/?limit=6&z=1&a=b"},
	} {
		up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/x/?"+r.URL.RawQuery)
			w.WriteHeader(tc.status)
		}))
		s := harness.Start(t, "paginate 10 20 {\nstyle slack rows\nupstream link\n}\n"+up.proxy())
		if got := post(t, pageClient(t), s.URL+"/x?limit=5&z=1", formType, "a=b").header.Get("Location"); got != tc.want {
			t.Errorf("%d: got %q, want %q", tc.status, got, tc.want)
		}
	}
}
