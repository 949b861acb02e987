package caddymodule

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestMediaOf(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want media
	}{
		{"", noMedia},
		{"application/json", textMedia},
		{"Application/JSON; charset=utf-8", textMedia},
		{"application/json;", textMedia},
		{"application/json; charset", textMedia},
		{"text/json", textMedia},
		{"application/vnd.api+json", textMedia},
		{"application/problem+json", textMedia},
		{"application/stream+json", linesMedia},
		{"application/x-ndjson", linesMedia},
		{"application/x-ndjson; charset=utf-8", linesMedia},
		{"Application/NDJSON", linesMedia},
		{"application/jsonl", linesMedia},
		{"application/x-jsonl", linesMedia},
		{"application/jsonlines", linesMedia},
		{"application/x-jsonlines;", linesMedia},
		{"application/json-seq", otherMedia},
		{"text/event-stream", otherMedia},
		{"text/html", otherMedia},
		{"json", otherMedia},
	} {
		if got := mediaOf(tc.in); got != tc.want {
			t.Errorf("%q: got %v, want %v", tc.in, got, tc.want)
		}
	}
}

func TestNoTransformIsADirective(t *testing.T) {
	for _, tc := range []struct {
		lines []string
		want  bool
	}{
		{nil, false},
		{[]string{"max-age=1"}, false},
		{[]string{"max-age=1,NO-TRANSFORM"}, true},
		{[]string{"private", " no-transform "}, true},
		{[]string{"no-transformers"}, false},
	} {
		if got := noTransform(http.Header{"Cache-Control": tc.lines}); got != tc.want {
			t.Errorf("%q: got %v, want %v", tc.lines, got, tc.want)
		}
	}
}

// TestWithoutContentType: a list is found by its first byte, encoded or not, in
// whatever chunks; all else passes as it came.
func TestWithoutContentType(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"a list", numbers(8), numbers(2)},
		{"behind white space", " \r\n\t" + numbers(8), " \r\n\t" + numbers(2)},
		{"behind a BOM", "\xEF\xBB\xBF" + numbers(8), "\xEF\xBB\xBF" + numbers(2)},
		{"text", "hello [1,2,3]", "hello [1,2,3]"},
		{"white space", "  \n", "  \n"},
		{"nothing", "", ""},
	} {
		for _, coding := range []string{"", "gzip", "br", "zstd"} {
			t.Run(strings.TrimSpace(tc.name+" "+coding), func(t *testing.T) {
				for _, size := range []int{1, 5, 1 << 20} {
					in := []byte(tc.body)
					if coding != "" {
						in = encode(t, coding, in)
					}
					want, wantCoding := tc.want, ""
					if tc.want == tc.body { // untouched, coding and all
						want, wantCoding = string(in), coding
					}
					b := newBench(t, &Handler{})
					rec := b.ask(t, get("/?limit=2"), func(w http.ResponseWriter, _ *http.Request) error {
						w.Header()["Content-Type"] = nil
						if coding != "" {
							w.Header().Set("Content-Encoding", coding)
						}
						w.WriteHeader(http.StatusOK)
						for chunk := range slices.Chunk(in, size) {
							if _, err := w.Write(chunk); err != nil {
								return err
							}
						}
						return nil
					})
					if !bytes.Equal(rec.Body.Bytes(), []byte(want)) || rec.Header().Get("Content-Encoding") != wantCoding {
						t.Errorf("in chunks of %d: got %q (%s), want %q", size, rec.Body, rec.Header().Get("Content-Encoding"), want)
					}
				}
			})
		}
	}
}

// TestAnswersThatPass: what is nothing to work on goes through as it is.
func TestAnswersThatPass(t *testing.T) {
	for _, tc := range []struct {
		name, contentType, coding string
		status, enforced          int // the status before and after limits are enforced
	}{
		{"an error", "application/json", "", 404, 404},
		{"a redirect", "application/json", "", 302, 302},
		{"text", "text/plain", "", 200, 200},
		{"records of JSON", "application/json-seq", "", 200, 200},
		{"a part", "application/json", "", 206, 502},
		{"a coding that nobody knows", "application/json", "exi", 200, 502},
		{"an odd success", "text/csv", "", 203, 203},
	} {
		for phase, want := range map[string]int{"observe": tc.status, "announce": tc.status, "enforce": tc.enforced} {
			t.Run(tc.name+" in "+phase, func(t *testing.T) {
				rec := newBench(t, &Handler{Phase: phase}).ask(t, get("/?limit=2"), func(w http.ResponseWriter, _ *http.Request) error {
					w.Header().Set("Content-Type", tc.contentType)
					if tc.coding != "" {
						w.Header().Set("Content-Encoding", tc.coding)
					}
					w.Header().Set("Content-Length", "123")
					w.WriteHeader(tc.status)
					_, err := w.Write([]byte(numbers(8)))
					return err
				})
				if rec.Code != want {
					t.Fatalf("got %d, want %d", rec.Code, want)
				}
				if want == 502 {
					return
				}
				if rec.Body.String() != numbers(8) || rec.Header().Get("Content-Length") != "123" || len(rec.Header()["Link"]) > 0 {
					t.Errorf("got %s with %v", rec.Body, rec.Header())
				}
			})
		}
	}
}

// TestNoMoreThanTheMaximum: however the upstream wraps its list, no answer holds
// more items than the maximum once that is enforced.
func TestNoMoreThanTheMaximum(t *testing.T) {
	for _, coding := range []string{"", "gzip", "zstd", "br", "gzip, br"} {
		for _, contentType := range []string{"application/json", "application/hal+json", "", "application/x-ndjson"} {
			for _, target := range []string{"/", "/?limit=900", "/?limit=0", "/?limit=5&fields=id", "/?cursor="} {
				b := newBench(t, &Handler{DefaultLimit: 3, MaxLimit: 5})
				rec := b.ask(t, get(target), func(w http.ResponseWriter, _ *http.Request) error {
					w.Header()["Content-Type"] = []string{contentType}
					body := []byte(numbers(500))
					if contentType == "application/x-ndjson" {
						body = bytes.ReplaceAll(bytes.Trim(body, "[]"), []byte("},"), []byte("}\n"))
					}
					if coding != "" {
						w.Header().Set("Content-Encoding", coding)
						body = encode(t, coding, body)
					}
					_, err := w.Write(body)
					return err
				})
				if n := strings.Count(rec.Body.String(), `"id"`); n < 1 || n > 5 || rec.Header().Get("Content-Encoding") != "" {
					t.Errorf("%s as %q in %q: got %d items in %q", target, contentType, coding, n, rec.Header().Get("Content-Encoding"))
				}
			}
		}
	}
}
