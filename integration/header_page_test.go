package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// What described the upstream's body is gone from a page's header, all else is
// kept.
func TestHeaderOfPage(t *testing.T) {
	upstream := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for _, field := range []string{"Content-Digest", "Repr-Digest", "Digest", "Content-Md5", "Accept-Ranges"} {
			h.Set(field, "of the list")
		}
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("Content-Length", fmt.Sprint(len(list(0, 500))))
		h.Set("Last-Modified", lastModified)
		h.Set("Cache-Control", "max-age=60")
		h.Set("X-Request-Id", "17")
		h.Add("Set-Cookie", "a=1")
		h.Add("Set-Cookie", "b=2")
		_, _ = w.Write([]byte(list(0, 500)))
	})
	s := harness.Start(t, paginated("limit 10 20", upstream))
	a := get(t, s.URL+"/x")
	wantPage(t, a, list(0, 10))
	for field, want := range map[string]string{
		"Content-Digest": "", "Repr-Digest": "", "Digest": "", "Content-Md5": "", "Accept-Ranges": "", "Trailer": "",
		"Transfer-Encoding": "", "Content-Encoding": "", "Deprecation": "", "Sunset": "",
		"Content-Length": fmt.Sprint(len(list(0, 10))),
		"Content-Type":   "application/json; charset=utf-8",
		"Last-Modified":  lastModified,
		"Cache-Control":  "max-age=60",
		"X-Request-Id":   "17",
		"Set-Cookie":     "a=1|b=2",
		"Vary":           "Prefer",
		"Via":            "1.1 Caddy",
	} {
		if got := strings.Join(a.Header[field], "|"); got != want {
			t.Errorf("got %s %q, want %q", field, got, want)
		}
	}
}

// Scripts in a browser can read what we set, where the upstream lets them in.
func TestHeaderCORS(t *testing.T) {
	for _, tc := range []struct {
		name     string
		options  string
		ask      []string
		upstream []string
		exposed  string
	}{
		{name: "a page", upstream: []string{"Access-Control-Allow-Origin", "*"}, exposed: "Link"},
		{name: "no CORS", upstream: nil, exposed: ""},
		{
			name: "others exposed", upstream: []string{
				"Access-Control-Allow-Origin", "https://app.example.com", "Access-Control-Expose-Headers", "X-A, ETag",
			}, exposed: "X-A, ETag|Link",
		},
		{
			name: "exposed already", upstream: []string{
				"Access-Control-Allow-Origin", "*", "Access-Control-Expose-Headers", "X-A, link",
			}, exposed: "X-A, link",
		},
		{
			name: "all exposed", upstream: []string{
				"Access-Control-Allow-Origin", "*", "Access-Control-Expose-Headers", "*",
			}, exposed: "*",
		},
		{
			name: "total", options: "total exact\n", upstream: []string{"Access-Control-Allow-Origin", "*"},
			exposed: "X-Total-Count|Link",
		},
		{
			name: "preference", ask: []string{"Prefer", "maxpagesize=5"}, upstream: []string{"Access-Control-Allow-Origin", "*"},
			exposed: "Link|Preference-Applied",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			upstream := serve(t, sends(list(0, 50), append([]string{"Content-Type", asJSON}, tc.upstream...)...))
			s := harness.Start(t, paginated(tc.options+"limit 10 20", upstream))
			a := get(t, s.URL+"/x", tc.ask...)
			if got := strings.Join(a.Header["Access-Control-Expose-Headers"], "|"); got != tc.exposed {
				t.Errorf("got Access-Control-Expose-Headers %q, want %q", got, tc.exposed)
			}
		})
	}

	t.Run("announced", func(t *testing.T) {
		upstream := serve(t, sends(list(0, 50), "Content-Type", asJSON, "Access-Control-Allow-Origin", "*"))
		s := harness.Start(t, paginated(announced+"limit 10 20", upstream))
		a := get(t, s.URL+"/x")
		exposed := strings.Join(a.Header["Access-Control-Expose-Headers"], ",")
		for _, field := range []string{"Deprecation", "Sunset"} {
			if !strings.Contains(exposed, field) {
				t.Errorf("%s is not exposed: %q", field, exposed)
			}
		}
	})
}

func TestHeaderVary(t *testing.T) {
	for _, tc := range []struct{ upstream, want string }{
		{"", "Prefer"},
		{"Accept, Origin", "Accept, Origin|Prefer"},
		{"accept, prefer", "accept, prefer"},
		{"*", "*"},
	} {
		upstream := serve(t, sends(list(0, 50), "Content-Type", asJSON, "Vary", tc.upstream))
		s := harness.Start(t, paginated("limit 10 20", upstream))
		a := get(t, s.URL+"/x")
		if got := strings.TrimPrefix(strings.Join(a.Header["Vary"], "|"), "|"); got != tc.want {
			t.Errorf("upstream %q: got Vary %q, want %q", tc.upstream, got, tc.want)
		}
	}
}

// What an upstream says of its own end is kept, and not doubled.
func TestHeaderUpstreamsDeprecation(t *testing.T) {
	const deprecated, sunset, its = "@1500000000", "Fri, 01 Jan 2100 00:00:00 GMT", `<https://example.com/v2>; rel="successor-version"`
	for _, tc := range []struct {
		name                    string
		fields                  []string
		deprecation, wantSunset string
	}{
		{"both", []string{"Deprecation", deprecated, "Sunset", sunset}, deprecated, sunset},
		{"only Deprecation", []string{"Deprecation", deprecated}, deprecated, "Mon, 01 Jan 2120 00:00:00 GMT"},
		{"only Sunset", []string{"Sunset", sunset}, "@1577836800", sunset},
	} {
		t.Run(tc.name, func(t *testing.T) {
			upstream := serve(t, sends(list(0, 50), append([]string{"Content-Type", asJSON, "Link", its}, tc.fields...)...))
			for _, query := range []string{"", "?limit=30", "?fields=id"} {
				s := harness.Start(t, paginated(announced+"limit 10 20", upstream))
				a := get(t, s.URL+"/x"+query)
				if got := strings.Join(a.Header["Deprecation"], "|"); got != tc.deprecation {
					t.Errorf("%s: got Deprecation %q, want %q", query, got, tc.deprecation)
				}
				if got := strings.Join(a.Header["Sunset"], "|"); got != tc.wantSunset {
					t.Errorf("%s: got Sunset %q, want %q", query, got, tc.wantSunset)
				}
				if lines := a.Header["Link"]; len(lines) == 0 || lines[len(lines)-1] != its {
					t.Errorf("%s: got the Link lines %q, want the upstream's among them", query, lines)
				}
				s.Reload(t, harness.Config{Routes: paginated("limit 10 20", upstream)})
				a = get(t, s.URL+"/x")
				if got := a.Header.Get("Deprecation"); got != "" && got != deprecated {
					t.Errorf("enforced: got Deprecation %q", got)
				}
			}
		})
	}
}
