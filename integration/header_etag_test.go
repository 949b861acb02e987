package integration

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A tagged upstream heeds If-None-Match, then If-Modified-Since, and remembers
// what it was asked.
type tagged struct {
	tag string
	saw atomic.Pointer[http.Header]
}

const lastModified = "Tue, 01 Jan 2019 00:00:00 GMT"

func (u *tagged) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := r.Header.Clone()
	u.saw.Store(&asked)
	h := w.Header()
	h.Set("Etag", u.tag)
	h.Set("Last-Modified", lastModified)
	h.Set("Cache-Control", "max-age=60")
	tags := strings.Join(r.Header["If-None-Match"], ", ")
	switch {
	case tags == "*", strings.Contains(tags, strings.TrimPrefix(u.tag, "W/")),
		tags == "" && r.Header.Get("If-Modified-Since") == lastModified:
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", asJSON)
	_, _ = io.WriteString(w, list(0, 500))
}

// The tag of a page is the page's alone, and leads back to the upstream's.
func TestHeaderETag(t *testing.T) {
	for _, tag := range []string{`"a"`, `W/"a"`, `"a-pg"`, `""`, `"a,b"`, `"a, \"`} {
		t.Run(tag, func(t *testing.T) {
			upstream := &tagged{tag: tag}
			s := harness.Start(t, paginated("limit 10 20\nsnapshot off", startH1(t, upstream)))
			tags := map[string]string{}
			for _, query := range []string{"", "?limit=10", "?limit=5", "?offset=5", "?fields=id", "?fields=id,name(a,b/c)"} {
				a := get(t, s.URL+"/x"+query)
				if a.Status != http.StatusOK || len(a.Header["Etag"]) != 1 || a.Header.Get("Etag") == tag {
					t.Fatalf("%s: got %v, want a page with a tag of its own", query, a)
				}
				if got := a.Header.Get("Etag"); strings.HasPrefix(got, "W/") != strings.HasPrefix(tag, "W/") || !strings.HasSuffix(got, `"`) {
					t.Errorf("%s: got the tag %s, made of %s", query, got, tag)
				}
				tags[query] = a.Header.Get("Etag")
			}
			if tags[""] != tags["?limit=10"] {
				t.Errorf("the same page has the tags %s and %s", tags[""], tags["?limit=10"])
			}
			for query, own := range tags {
				upstream.wantNotModified(t, s.URL+"/x"+query, own, own)
				upstream.wantNotModified(t, s.URL+"/x"+query, `"x", `+own+`,W/"y"`, own)
				for other, foreign := range tags {
					if foreign != own {
						upstream.wantModified(t, s.URL+"/x"+query, foreign, "the tag of "+other)
					}
				}
				upstream.wantModified(t, s.URL+"/x"+query, tag, "the tag of the whole list")
			}
			s.NoTrouble(t)
		})
	}
}

// wantNotModified asks whether the page has changed since it had these tags.
func (u *tagged) wantNotModified(t *testing.T, url, tags, own string) {
	t.Helper()
	a := get(t, url, "If-None-Match", tags)
	if a.Status != http.StatusNotModified || a.Header.Get("Etag") != own || len(a.Body) > 0 {
		t.Errorf("%s with the tags %s: got %v, want 304 and the tag %s", url, tags, a, own)
	}
	if a.Header.Get("Cache-Control") != "max-age=60" {
		t.Errorf("the 304 lacks the upstream's Cache-Control: %v", a.Header)
	}
	if got := (*u.saw.Load())["If-None-Match"]; len(got) != 1 || got[0] != u.tag {
		t.Errorf("the upstream saw the tags %q, want its own %s", got, u.tag)
	}
}

func (u *tagged) wantModified(t *testing.T, url, tags, why string) {
	t.Helper()
	if a := get(t, url, "If-None-Match", tags); a.Status != http.StatusOK {
		t.Errorf("%s with %s: got %v, want the page", url, why, a)
	}
	// A server that heeds If-None-Match must not heed If-Modified-Since.
	if a := get(t, url, "If-None-Match", tags, "If-Modified-Since", lastModified); a.Status != http.StatusOK {
		t.Errorf("%s with %s and a date: got %v, want the page", url, why, a)
	}
	if got := (*u.saw.Load())["If-None-Match"]; len(got) > 0 {
		t.Errorf("%s with %s: the upstream saw the tags %q, want none", url, why, got)
	}
}

func TestHeaderConditions(t *testing.T) {
	upstream := &tagged{tag: `"a"`}
	proxy := startH1(t, upstream)
	s := harness.Start(t, paginated("limit 10 20", proxy))
	for _, tc := range []struct {
		name string
		ask  []string
		want int
	}{
		{"any tag", []string{"If-None-Match", "*"}, http.StatusNotModified},
		{"a date alone", []string{"If-Modified-Since", lastModified}, http.StatusNotModified},
		{"an older date", []string{"If-Modified-Since", "Tue, 01 Jan 2002 00:00:00 GMT"}, http.StatusOK},
		{"no tag", []string{"If-None-Match", ""}, http.StatusOK},
		{"rubbish", []string{"If-None-Match", `a"`}, http.StatusOK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if a := get(t, s.URL+"/x", tc.ask...); a.Status != tc.want {
				t.Errorf("got %v, want %d", a, tc.want)
			}
		})
	}

	t.Run("the whole list's tag, announced", func(t *testing.T) {
		s.Reload(t, harness.Config{Routes: paginated(announced+"limit 10 20", proxy)})
		whole := get(t, s.URL+"/x")
		if got := whole.Header.Get("Etag"); got != `"a"` {
			t.Errorf("got the tag %s, want the upstream's", got)
		}
		if a := get(t, s.URL+"/x", "If-None-Match", `"a"`); a.Status != http.StatusNotModified {
			t.Errorf("got %v, want 304", a)
		}
	})
	t.Run("another configuration", func(t *testing.T) {
		page := func(options string) string {
			s.Reload(t, harness.Config{Routes: paginated(options, proxy)})
			return get(t, s.URL+"/x?limit=10").Header.Get("Etag")
		}
		before := page("limit 10 20")
		if got := page("limit 10 20"); got != before {
			t.Errorf("the same configuration has the tags %s and %s", before, got)
		}
		if got := page("limit 10 20\nfields {\n\tdefault id\n}"); got == before {
			t.Errorf("another configuration has the same tag %s", got)
		}
	})
}
