package integration

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	if _, err := io.WriteString(zw, text); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Answers that call themselves JSON and are not are refused once enforced, and
// whenever a page was asked for. Where nothing is changed they pass.
func TestFaultMalformed(t *testing.T) {
	zipped := gzipped(t, orders(0, 8))
	for _, tc := range []struct{ name, body, encoding string }{
		{"HTML", "<!doctype html><p>down for maintenance", ""},
		{"garbage behind the list", list(0, 3) + " garbage", ""},
		{"a second list behind the list", list(0, 3) + list(3, 6), ""},
		{"two objects", `{"id":1}` + "\n" + `{"id":2}`, ""},
		{"list without an end", strings.TrimSuffix(list(0, 3), "]"), ""},
		{"missing comma", `[{"id":1}{"id":2}]`, ""},
		{"trailing comma", `[{"id":1},]`, ""},
		{"invalid UTF-8", "[{\"name\":\"\xff\"}]", ""},
		{"overlong UTF-8", "[{\"name\":\"\xc0\xaf\"}]", ""},
		{"bare NaN", `[{"total":NaN}]`, ""},
		{"leading zero", `[{"total":007}]`, ""},
		{"cut-off gzip", zipped[:len(zipped)-10], "gzip"},
		{"gzip that is none", orders(0, 8), "gzip"},
		{"gzip with a wrong checksum", zipped[:len(zipped)-8] + "\x00\x00\x00\x00" + zipped[len(zipped)-4:], "gzip"},
		{"garbage behind gzip", zipped + "garbage", "gzip"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			headers := []string{"Content-Type", asJSON, "Etag", `"a"`, "Link", `<https://example.com/x>; rel="preload"`}
			if tc.encoding != "" {
				headers = append(headers, "Content-Encoding", tc.encoding)
			}
			upstream := serve(t, sends(tc.body, headers...))
			for _, phase := range []string{"phase enforce", "phase announce"} {
				s := harness.Start(t, paginated(phase+"\nlimit 10 20", upstream))
				client := newClient(t, false)
				wantProblem(t, client.fetch(t, http.MethodGet, s.URL+"/x?limit=10"), http.StatusBadGateway, "upstream_malformed")
				// The client takes gzip, lest reverse_proxy decodes it.
				if a := client.fetch(t, http.MethodGet, s.URL+"/x", "Accept-Encoding", "gzip"); phase == "phase announce" {
					if a.Status != http.StatusOK || string(a.Body) != tc.body || a.Err != nil {
						t.Errorf("announced: got %v, want the upstream's bytes", a)
					}
				} else {
					wantProblem(t, a, http.StatusBadGateway, "upstream_malformed")
				}
				if got := client.dials.Load(); got != 1 {
					t.Errorf("the client needed %d connections, want 1", got)
				}
				s.Adoption(t, 1)
			}
		})
	}
}

// A fault far behind what has been sent already ends the connection.
func TestFaultFarBehind(t *testing.T) {
	_, server := legacy(t, legacyapi.Options{Items: 20_000})
	s := harness.StartConfig(t, harness.Config{
		Global: speakH2C,
		Routes: paginated(announced+"limit 10 20", proxyTo(server)),
	})
	for _, ck := range clientKinds {
		for _, fault := range []string{"rubbish@9000", "rubbish@9000.5", "rubbish@end", "die@9000", "short@9000"} {
			t.Run(ck.name+"/"+fault, func(t *testing.T) {
				a := newClient(t, ck.h2).fetch(t, http.MethodGet, s.URL+"/orders?fields=id&_fault="+fault)
				if a.Status != http.StatusOK || !brokenOff(a) || len(a.Body) == 0 {
					t.Errorf("got %v, want a list that breaks off", a)
				}
				if got := a.Header.Get("Deprecation"); got == "" {
					t.Error("the client is not told of the deprecation")
				}
			})
		}
	}
}

// What is no list to work on passes as it is, list or not.
func TestFaultUntouchedAnswers(t *testing.T) {
	long := list(0, 500)
	for _, tc := range []struct {
		name   string
		status int
		body   string
		header []string
	}{
		{"204", http.StatusNoContent, "", nil},
		{"304 nobody asked for", http.StatusNotModified, "", []string{"X-Upstream", "yes"}},
		{"301", http.StatusMovedPermanently, long, []string{"Location", "/elsewhere?limit=500", "Content-Type", asJSON}},
		{"303", http.StatusSeeOther, "", []string{"Location", "https://example.com/x"}},
		{"300 with a list", http.StatusMultipleChoices, long, []string{"Content-Type", asJSON}},
		{"400 with a list", http.StatusBadRequest, long, []string{"Content-Type", asJSON, "Etag", `"a"`}},
		{"404 with a list", http.StatusNotFound, long, []string{"Content-Type", asJSON}},
		{"429 with a list", http.StatusTooManyRequests, long, []string{"Content-Type", asJSON, "Retry-After", "7"}},
		{"500 with a list", http.StatusInternalServerError, long, []string{"Content-Type", asJSON}},
		{"503 with rubbish", http.StatusServiceUnavailable, "[[[", []string{"Content-Type", asJSON}},
		{"HTML", http.StatusOK, "<p>" + long, []string{"Content-Type", "text/html; charset=utf-8", "Etag", `"a"`}},
		{"plain text", http.StatusOK, long, []string{"Content-Type", "text/plain"}},
		{"CSV", http.StatusOK, "a,b\n1,2\n", []string{"Content-Type", "text/csv", "Accept-Ranges", "bytes"}},
		{"an object without a list", http.StatusOK, `{"id":1,"tags":["a","b"],"n":1.0}`, []string{"Content-Type", asJSON, "Etag", `"a"`}},
		{"a scalar", http.StatusOK, ` "text" `, []string{"Content-Type", asJSON}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			upstream := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				for i := 0; i+1 < len(tc.header); i += 2 {
					w.Header().Add(tc.header[i], tc.header[i+1])
				}
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			for _, phase := range []string{"observe", "announce", "enforce"} {
				for _, query := range []string{"", "?limit=3"} {
					wantSame(t, "phase "+phase+"\nlimit 10 20", upstream, "/x"+query)
				}
			}
		})
	}
}

// wantSame asserts that a request is answered the same, in every header field and
// byte, with paginate and without.
func wantSame(t *testing.T, options, upstream, path string, headers ...string) {
	t.Helper()
	s := harness.Start(t, "header ?X-Outside yes\n"+paginated(options, upstream))
	got := get(t, s.URL+path, headers...)
	for _, line := range s.Log(t, "http.handlers") {
		if level := line.Text("level"); level == "warn" || level == "error" {
			t.Errorf("Caddy complained: %v", line)
		}
	}
	s.Reload(t, harness.Config{Routes: "header ?X-Outside yes\n" + upstream})
	want := get(t, s.URL+path, headers...)
	for _, a := range []answer{got, want} {
		a.Header.Del("Date")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || !bytes.Equal(got.Body, want.Body) ||
		fmt.Sprint(got.Trailer) != fmt.Sprint(want.Trailer) || got.ContentLength != want.ContentLength {
		t.Errorf("%s, %s:\ngot  %v, trailer %v\nwant %v, trailer %v", options, path, got, got.Trailer, want, want.Trailer)
	}
}

// A part of the list that nobody asked for cannot be told from the list.
func TestFaultPartialContent(t *testing.T) {
	var sawRange bool
	upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sawRange = r.Header.Get("Range") != ""
		w.Header().Set("Content-Type", asJSON)
		w.Header().Set("Content-Range", "bytes 0-999/5000")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, list(0, 500))
	})
	s := harness.Start(t, paginated("limit 10 20", upstream))
	wantProblem(t, get(t, s.URL+"/x", "Range", "bytes=0-999"), http.StatusBadGateway, "upstream_malformed")
	if sawRange {
		t.Error("the upstream was asked for a range")
	}
	wantSame(t, "phase announce\nlimit 10 20", upstream, "/x")
	wantSame(t, "phase observe\nlimit 10 20", upstream, "/x", "Range", "bytes=0-999")
}

// An empty body is no JSON, and nothing that could be taken for a page either: it
// is passed on.
func TestFaultEmptyBody(t *testing.T) {
	for _, length := range []string{"", "0"} {
		headers := []string{"Content-Type", asJSON}
		if length != "" {
			headers = append(headers, "Content-Length", length)
		}
		upstream := serve(t, sends("", headers...))
		wantSame(t, "phase enforce\nlimit 10 20", upstream, "/x")
		wantSame(t, "phase announce\nlimit 10 20", upstream, "/x")
	}
}

// What next does of its own accord stays what it is.
func TestFaultOfNext(t *testing.T) {
	header := func(w http.ResponseWriter) { w.Header().Set("Content-Type", asJSON) }
	for _, tc := range []struct {
		name string
		do   func(w http.ResponseWriter, r *http.Request) error
		ok   func(a answer) bool
	}{
		{"panics", func(http.ResponseWriter, *http.Request) error { panic("a fault of the test's") }, brokenOff},
		{"panics inside the page", func(w http.ResponseWriter, _ *http.Request) error {
			header(w)
			_, _ = io.WriteString(w, `[{"id":1}`)
			panic("a fault of the test's")
		}, brokenOff},
		{"aborts", func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }, brokenOff},
		{"returns 502", func(http.ResponseWriter, *http.Request) error {
			return caddyhttp.Error(http.StatusBadGateway, errors.New("no upstream"))
		}, func(a answer) bool {
			return a.Err == nil && a.Status == http.StatusBadGateway && len(a.Body) == 0 && len(a.Header["Content-Type"]) == 0
		}},
		{"returns an error inside the page", func(w http.ResponseWriter, _ *http.Request) error {
			header(w)
			w.Header().Set("Etag", `"a"`)
			_, _ = io.WriteString(w, `[{"id":1}`)
			return caddyhttp.Error(http.StatusGatewayTimeout, errors.New("too slow"))
		}, func(a answer) bool {
			return a.Err == nil && a.Status == http.StatusGatewayTimeout && len(a.Body) == 0 && len(a.Header["Etag"]) == 0
		}},
		{"returns its write's error, unwrapped", func(w http.ResponseWriter, _ *http.Request) error {
			header(w)
			if _, err := io.WriteString(w, list(0, 500)); err != nil {
				return errors.New("writing: " + err.Error())
			}
			return nil
		}, func(a answer) bool { return a.Err == nil && string(a.Body) == list(0, 10) }},
		{"goes on after the stop", func(w http.ResponseWriter, _ *http.Request) error {
			header(w)
			for range 10 {
				_, _ = io.WriteString(w, list(0, 500))
				_ = http.NewResponseController(w).Flush()
			}
			w.WriteHeader(http.StatusTeapot)
			return nil
		}, func(a answer) bool { return a.Err == nil && string(a.Body) == list(0, 10) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, paginated("limit 10 20", next(t, tc.do)))
			if a := get(t, s.URL+"/x"); !tc.ok(a) {
				t.Errorf("got %v", a)
			}
		})
	}

	t.Run("abort directive", func(t *testing.T) {
		s := harness.Start(t, "route {\n"+paginated("limit 10 20", "abort")+"\n}")
		if a := get(t, s.URL+"/x"); !brokenOff(a) {
			t.Errorf("got %v, want an aborted connection", a)
		}
	})
	t.Run("upstream down", func(t *testing.T) {
		wantStatus := func(a answer) bool {
			return a.Err == nil && a.Status == http.StatusBadGateway && len(a.Body) == 0
		}
		s := harness.Start(t, "header ?X-Outside yes\n"+paginated("limit 10 20", "reverse_proxy 127.0.0.1:"+freePort(t)))
		if a := get(t, s.URL+"/x"); !wantStatus(a) || a.Header.Get("X-Outside") != "" && a.Header.Get("X-Outside") != "yes" {
			t.Errorf("got %v, want Caddy's own 502", a)
		}
	})
}
