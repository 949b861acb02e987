package caddymodule

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// TestRequestIsPutBack: the upstream sees another request, handlers outside of us
// see what the client sent.
func TestRequestIsPutBack(t *testing.T) {
	b := newBench(t, &Handler{})
	r := get("/orders?x=1&limit=2&fields=id")
	header := http.Header{
		"Range": {"bytes=0-1"}, "If-Range": {`"v1"`}, "Accept-Encoding": {"gzip"}, "Prefer": {"maxpagesize=9, wait=1"},
		"X-Http-Method-Override": {"PUT"}, "X-Original-Url": {"/all"}, "X_rewrite_url": {"/all"}, "Accept": {"*/*"},
	}
	r.Header = header.Clone()
	b.ask(t, r, func(w http.ResponseWriter, r *http.Request) error {
		if got, want := r.URL.RawQuery, "x=1"; got != want || r.RequestURI != "/orders?"+want {
			t.Errorf("the upstream sees %q (%s), want %q", got, r.RequestURI, want)
		}
		for name, want := range map[string]string{"Accept-Encoding": "identity", "Prefer": "wait=1", "Accept": "*/*"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("the upstream sees %s %q, want %q", name, got, want)
			}
		}
		if len(r.Header) != 3 {
			t.Errorf("the upstream sees %v", r.Header)
		}
		return upstreamOf(numbers(3))(w, r)
	})
	if r.URL.RawQuery != "x=1&limit=2&fields=id" || !strings.Contains(r.RequestURI, "limit=2") {
		t.Errorf("got %q (%s) back", r.URL.RawQuery, r.RequestURI)
	}
	for name, values := range header {
		if got := r.Header[name]; len(got) != 1 || got[0] != values[0] {
			t.Errorf("%s: got %q back, want %q", name, got, values)
		}
	}
}

// unknownLength hides a body's length, as chunks and HTTP/3 do.
type unknownLength struct{ io.Reader }

func (unknownLength) Close() error { return nil }

func TestBodies(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		unknown    bool
		phase      string
		refused    bool
		reason     string
	}{
		{"none", "", false, "enforce", false, "ok"},
		{"one", "limit=900", false, "enforce", true, "invalid"},
		{"of unknown length", "limit=900", true, "enforce", true, "invalid"},
		{"of unknown length, empty", "", true, "enforce", false, "ok"},
		{"one in announce", "limit=900", false, "announce", false, "invalid"},
		{"of unknown length in announce", "limit=900", true, "announce", false, "invalid"},
		{"of unknown length in observe", "limit=900", true, "observe", false, "invalid"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{Phase: tc.phase})
			r := get("/?limit=2")
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(tc.body)), int64(len(tc.body))
			if tc.unknown {
				r.Body, r.ContentLength, r.TransferEncoding = unknownLength{strings.NewReader(tc.body)}, -1, []string{"chunked"}
			}
			rec := b.ask(t, r, func(w http.ResponseWriter, r *http.Request) error {
				if got, err := io.ReadAll(r.Body); string(got) != tc.body || err != nil {
					t.Errorf("the upstream reads %q (%v), want %q", got, err, tc.body)
				}
				return upstreamOf(numbers(3))(w, r)
			})
			if (rec.Code == http.StatusBadRequest) != tc.refused {
				t.Errorf("got %d, want it refused: %v", rec.Code, tc.refused)
			}
			record := b.lastRecord(t, 1)
			if record["paginate.reason"] != tc.reason || record["paginate.affected"] != (tc.reason != "ok") {
				t.Errorf("got record %v, want the reason %s", record, tc.reason)
			}
		})
	}
}

// TestDisguised: a write that some framework takes for a read is neither let
// through nor made a write.
func TestDisguised(t *testing.T) {
	for _, tc := range []struct {
		name, field, value, phase string
		want                      int
	}{
		{"an override", "X-Http-Method-Override", "get", "enforce", 400},
		{"spelled for CGI", "X_http_method", "HEAD", "enforce", 400},
		{"the first of several", "X-Http-Method-Override", "GET, POST", "enforce", 400},
		{"the last of several", "X-Method-Override", "POST,get", "enforce", 400},
		{"to another write", "X-Http-Method-Override", "DELETE", "enforce", 200},
		{"before it is enforced", "X-Http-Method-Override", "GET", "announce", 200},
		{"another field", "X-Method", "GET", "enforce", 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{Phase: tc.phase})
			r := prepared(httptest.NewRequest(http.MethodPost, "/?limit=900", strings.NewReader("{}")))
			r.Header[tc.field] = []string{tc.value}
			rec := b.ask(t, r, upstreamOf(numbers(200)))
			if rec.Code != tc.want || tc.want == 200 && rec.Body.String() != numbers(200) {
				t.Errorf("got %d and %d bytes, want %d", rec.Code, rec.Body.Len(), tc.want)
			}
		})
	}
}

// TestDisguisedPost: where POST asks for lists, what another method makes of it is
// neither paged as one nor made a POST.
func TestDisguisedPost(t *testing.T) {
	page := `{"ok":true,"items":` + numbers(3) + `,"response_metadata":`
	for _, tc := range []struct {
		name, method, value, phase string
		want                       int
		body                       string // how it begins
		seen                       string // the field, as the upstream gets it
	}{
		{"no field", "POST", "", "enforce", 200, page, ""},
		{"the same method", "POST", "post", "enforce", 200, page, ""},
		{"a read", "POST", "GET", "enforce", 200, page, ""},
		{"a write", "POST", "DELETE", "enforce", 400, `{"ok":false,`, ""},
		{"a write among others", "POST", "POST, DELETE", "enforce", 400, `{"ok":false,`, ""},
		{"a write before it is enforced", "POST", "DELETE", "announce", 200, numbers(200), "DELETE"},
		{"another write that it is made of", "PUT", "POST", "enforce", 400, `{"ok":false,`, ""},
		{"another write", "PUT", "DELETE", "enforce", 200, numbers(200), "DELETE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{Phase: tc.phase, Style: &StyleConfig{Name: "slack", ErrorStatus: 400}})
			r := prepared(httptest.NewRequest(tc.method, "/", strings.NewReader("limit=3")))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Http-Method-Override", tc.value)
			seen := ""
			rec := b.ask(t, r, func(w http.ResponseWriter, r *http.Request) error {
				seen = r.Header.Get("X-Http-Method-Override")
				return upstreamOf(numbers(200))(w, r)
			})
			if rec.Code != tc.want || !strings.HasPrefix(rec.Body.String(), tc.body) {
				t.Errorf("got %d %.100s, want %d %.100s", rec.Code, rec.Body, tc.want, tc.body)
			}
			if seen != tc.seen {
				t.Errorf("the upstream got the override %q, want %q", seen, tc.seen)
			}
		})
	}
}

// TestLowerCaseMethods: what some framework takes for GET is paged as GET is.
func TestLowerCaseMethods(t *testing.T) {
	for _, method := range []string{"get", "Get", "head", "hEAD"} {
		t.Run(method, func(t *testing.T) {
			b := newBench(t, &Handler{DefaultLimit: 3, MaxLimit: 5, Phase: "enforce"})
			rec := b.ask(t, prepared(httptest.NewRequest(method, "/?limit=900", nil)), upstreamOf(numbers(200)))
			if got, want := rec.Body.String(), numbers(5); got != want {
				t.Errorf("got %d %.100s, want %s", rec.Code, got, want)
			}
		})
	}
}

// TestObserveWithoutStorage: while nothing is changed, nothing can fail.
func TestObserveWithoutStorage(t *testing.T) {
	b := newBench(t, &Handler{Phase: "observe"})
	storage := newMemoryStorage()
	storage.set(nil, errors.New("out of reach"))
	b.run.app.keeper = newSecretKeeper(storage)
	if rec := b.ask(t, get("/?cursor=theirs"), upstreamOf(numbers(3))); rec.Body.String() != numbers(3) {
		t.Errorf("got %s", rec.Body)
	}
	b.run.phase = "enforce"
	var status caddyhttp.HandlerError
	if _, _, err := b.serve(get("/?cursor=ours"), upstreamOf(numbers(3))); !errors.As(err, &status) || status.StatusCode != 500 {
		t.Errorf("got %v, want a 500", err)
	}
}

// TestProblemStatus: 502 for what the upstream broke, 400 for all the rest.
func TestProblemStatus(t *testing.T) {
	rt := &runtime{client: &style.Style{}}
	for code, title := range titles {
		want := http.StatusBadRequest
		if code == limits.CodeUpstreamMalformed || code == limits.CodeItemTooLarge {
			want = http.StatusBadGateway
		}
		rec := httptest.NewRecorder()
		p := limits.NewProblem(code, "limit", "<x>", "detail")
		p.Max = 5
		if size, err := rt.refuse(rec, get("/"), p); err != nil || size != int64(rec.Body.Len()) {
			t.Fatalf("got %d bytes, error %v, want the %d that were sent", size, err, rec.Body.Len())
		}
		for _, part := range []string{`"code":"` + code + `"`, `"title":"` + title + `"`, "README.md#" + code + `"`, `"max":5`, `"parameter":"limit"`} {
			if !bytes.Contains(rec.Body.Bytes(), []byte(part)) {
				t.Errorf("%s: %s lacks %s", code, rec.Body, part)
			}
		}
		if rec.Code != want || rec.Header().Get("Cache-Control") != "no-store" || rec.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d with %v, want %d", code, rec.Code, rec.Header(), want)
		}
	}
}
