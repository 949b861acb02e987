package caddymodule

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestWithTag(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"strong", `"abc"`, `"abc-pg1"`},
		{"weak", `W/"abc"`, `W/"abc-pg1"`},
		{"empty", `""`, `"-pg1"`},
		{"no quotes", `abc`, `abc-pg1`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := withTag(tc.in, "-pg1")
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if back := ownTags([]string{got}, "-pg1"); !slices.Equal(back, []string{tc.in}) {
				t.Errorf("mapped back: got %q, want %q", back, tc.in)
			}
		})
	}
}

func TestOwnTags(t *testing.T) {
	for _, tc := range []struct {
		name string
		in   []string
		want []string
	}{
		{"any", []string{"*"}, []string{"*"}},
		{"another page's", []string{`"abc-pg2"`}, nil},
		{"the whole list's", []string{`"abc"`}, nil},
		{"one of many", []string{`"x", "abc-pg1"`, `W/"y-pg1"`}, []string{`"abc", W/"y"`}},
		{"nothing", []string{""}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := ownTags(tc.in, "-pg1"); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestTagTellsPagesApart: what changes the body changes the tag, and nothing else
// does.
func TestTagTellsPagesApart(t *testing.T) {
	tagOf := func(h *Handler, target string) string {
		rec := newBench(t, h).ask(t, get(target), upstreamOf(numbers(8), "Etag", `"v1"`))
		return rec.Header().Get("Etag")
	}
	base := tagOf(&Handler{}, "/?limit=2")
	if again := tagOf(&Handler{}, "/?limit=02"); again != base || !strings.HasPrefix(base, `"v1-pg`) {
		t.Errorf("the same page: got %s and %s", base, again)
	}
	seen := map[string]string{base: "the page"}
	for name, tag := range map[string]string{
		"the limit":  tagOf(&Handler{}, "/?limit=3"),
		"the offset": tagOf(&Handler{}, "/?limit=2&offset=1"),
		"the mask":   tagOf(&Handler{}, "/?limit=2&fields=id"),
		"the list":   tagOf(&Handler{List: "orders"}, "/?limit=2"),
		"the name":   tagOf(&Handler{Name: "another"}, "/?limit=2"), // its cursors are others
	} {
		if other, taken := seen[tag]; taken {
			t.Errorf("%s and %s have the tag %s", name, other, tag)
		}
		seen[tag] = name
	}
}

// TestConditional: a client comes back with our tag, and the upstream sees its
// own; with any other it is asked unconditionally.
func TestConditional(t *testing.T) {
	b := newBench(t, &Handler{})
	notModified := func(w http.ResponseWriter, r *http.Request) error {
		if r.Header.Get("If-None-Match") != `"v1"` || r.Header.Get("If-Modified-Since") != "" {
			return upstreamOf(numbers(3), "Etag", `"v1"`)(w, r)
		}
		for _, name := range []string{"Link", "Content-Md5", "Repr-Digest"} {
			w.Header().Set(name, "the upstream's")
		}
		w.Header().Set("Etag", `"v1"`)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	tag := b.ask(t, get("/?limit=2"), notModified).Header().Get("Etag")
	for _, tc := range []struct {
		name, sent string
		want       int
	}{
		{"ours", tag, 304},
		{"the whole list's", `"v1"`, 200},
	} {
		r := get("/?limit=2")
		r.Header.Set("If-None-Match", tc.sent)
		r.Header.Set("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT")
		rec := b.ask(t, r, notModified)
		if rec.Code != tc.want || rec.Header().Get("Etag") != tag {
			t.Errorf("%s: got %d with tag %s, want %d with %s", tc.name, rec.Code, rec.Header().Get("Etag"), tc.want, tag)
		}
		if rec.Code == 304 && (len(rec.Header()) != 2 || rec.Header().Get("Vary") != "Prefer") {
			t.Errorf("got the header %v, want the tag and Vary only", rec.Header())
		}
		if r.Header.Get("If-None-Match") != tc.sent || r.Header.Get("If-Modified-Since") == "" {
			t.Errorf("%s: the request is not put back: %v", tc.name, r.Header)
		}
	}
}

// TestStaleFields: what described the upstream's body does not describe the page.
func TestStaleFields(t *testing.T) {
	stale := []string{"Content-Md5", "Digest", "Repr-Digest", "Content-Digest", "Accept-Ranges", "Trailer", "X-Sum", "Trailer:Late"}
	for _, tc := range []struct {
		name, target, phase string
		changed             bool
	}{
		{"a page", "/?limit=2", "enforce", true},
		{"all there is, as a page", "/?limit=90", "enforce", true},
		{"a list that is trimmed", "/?fields=id", "announce", true},
		{"a list as ever", "/", "announce", false},
		{"a list that is watched", "/?limit=2", "observe", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{DefaultLimit: 3, Phase: tc.phase})
			body := numbers(8)
			rec := b.ask(t, get(tc.target), func(w http.ResponseWriter, _ *http.Request) error {
				h := w.Header()
				for _, name := range stale {
					h[name] = []string{"x"}
				}
				h.Set("Trailer", "X-Sum")
				h.Set("Content-Type", "application/json")
				h.Set("Content-Length", strconv.Itoa(len(body)))
				h.Set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
				_, err := io.WriteString(w, body)
				return err
			})
			for _, name := range stale {
				if _, kept := rec.Header()[name]; kept == tc.changed {
					t.Errorf("%s: kept %v", name, kept)
				}
			}
			if rec.Header().Get("Last-Modified") == "" {
				t.Error("Last-Modified is gone")
			}
			length := rec.Header().Get("Content-Length")
			if length != "" && length != strconv.Itoa(rec.Body.Len()) {
				t.Errorf("Content-Length is %s for %d bytes", length, rec.Body.Len())
			}
		})
	}
}

// TestNoTransform: an answer that must not be changed is not, before limits are
// enforced; who is affected is told all the same.
func TestNoTransform(t *testing.T) {
	for _, tc := range []struct {
		name, target, phase string
		whole, told         bool
		action              string
	}{
		{"compliant", "/?limit=2", "announce", true, false, "untouched"},
		{"over the maximum", "/?limit=6", "announce", true, true, "whole"},
		{"trimmed", "/?fields=id", "announce", true, true, "whole"},
		{"enforced", "/?limit=2", "enforce", false, false, "page"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := announcing(t)
			b.run.phase = "announce"
			if tc.phase == "enforce" {
				b.run.phase = "enforce"
			}
			rec := b.ask(t, get(tc.target), upstreamOf(numbers(8), "Cache-Control", "public, No-Transform", "Etag", `"v1"`))
			if got := rec.Body.String() == numbers(8) && rec.Header().Get("Etag") == `"v1"`; got != tc.whole {
				t.Errorf("got %q with %v", rec.Body, rec.Header())
			}
			if told(rec.Header()) != tc.told {
				t.Errorf("got header %v, want told: %v", rec.Header(), tc.told)
			}
			if got := b.lastRecord(t, 1)["paginate.action"]; got != tc.action {
				t.Errorf("got action %v, want %s", got, tc.action)
			}
		})
	}
}

// TestHead: a HEAD request gets what is known without a body.
func TestHead(t *testing.T) {
	for _, tc := range []struct {
		name, target string
		told         bool
		etag         string // its beginning
		length       string
	}{
		{"a page", "/?limit=2", false, `"v1-pg`, ""},
		{"the list as ever", "/", false, `"v1"`, "999"},
		{"surely affected", "/?limit=x", true, `"v1"`, "999"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := announcing(t)
			r := get(tc.target)
			r.Method = http.MethodHead
			rec := b.ask(t, r, func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Length", "999")
				w.Header().Set("Etag", `"v1"`)
				w.WriteHeader(http.StatusOK)
				return nil
			})
			if rec.Body.Len() > 0 || told(rec.Header()) != tc.told || rec.Header().Get("Content-Length") != tc.length ||
				!strings.HasPrefix(rec.Header().Get("Etag"), tc.etag) {
				t.Errorf("got %q with %v", rec.Body, rec.Header())
			}
		})
	}
}
