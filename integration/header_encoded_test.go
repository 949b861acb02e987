package integration

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// encode applies content codings in their order.
func encode(t testing.TB, text string, codings ...string) string {
	t.Helper()
	for _, coding := range codings {
		var b bytes.Buffer
		w := encoder(t, &b, coding)
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		text = b.String()
	}
	return text
}

func encoder(t testing.TB, w io.Writer, coding string) io.WriteCloser {
	t.Helper()
	switch coding {
	case "gzip":
		return gzip.NewWriter(w)
	case "deflate":
		return zlib.NewWriter(w)
	case "br":
		return brotli.NewWriter(w)
	case "zstd":
		zw, err := zstd.NewWriter(w)
		if err != nil {
			t.Fatal(err)
		}
		return zw
	}
	t.Fatalf("no encoder for %q", coding)
	return nil
}

// An upstream that encodes although it is asked not to is decoded: the page is
// right, and says nothing of an encoding.
func TestHeaderEncoded(t *testing.T) {
	for _, tc := range []struct {
		name    string
		header  []string // Content-Encoding, a line each
		codings []string
	}{
		{"gzip", []string{"gzip"}, []string{"gzip"}},
		{"x-gzip", []string{"X-GZIP"}, []string{"gzip"}},
		{"zstd", []string{"zstd"}, []string{"zstd"}},
		{"brotli", []string{"br"}, []string{"br"}},
		{"deflate", []string{"deflate"}, []string{"deflate"}},
		{"two codings", []string{"gzip, br"}, []string{"gzip", "br"}},
		{"two codings, a line each", []string{"zstd", "gzip"}, []string{"zstd", "gzip"}},
		{"identity", []string{"identity"}, nil},
		{"no coding, but a charset", []string{"UTF-8"}, nil},
		{"no coding, but a word", []string{"none"}, nil},
		{"identity and gzip", []string{"identity, gzip"}, []string{"gzip"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			saw := make(chan string, 8)
			answer := func(w http.ResponseWriter, r *http.Request) {
				saw <- strings.Join(r.Header["Accept-Encoding"], "|")
				w.Header().Set("Content-Type", asJSON)
				w.Header()["Content-Encoding"] = tc.header
				w.Header().Set("Vary", "Accept-Encoding")
				w.Header().Set("Etag", `"a"`)
				body := list(0, 3)
				if r.URL.Path == "/long" {
					body = list(0, 5000)
				}
				dribble(w, encode(t, body, tc.codings...))
			}
			s := harness.Start(t, paginated("limit 10 20", serve(t, answer)))
			for path, want := range map[string]string{"/short": list(0, 3), "/long": list(0, 10)} {
				for _, accept := range []string{"", "gzip, br, zstd", "br;q=1, *;q=0"} {
					var ask []string
					if accept != "" {
						ask = []string{"Accept-Encoding", accept}
					}
					a := get(t, s.URL+path, ask...)
					wantPage(t, a, want)
					if got := a.Header["Content-Encoding"]; len(got) > 0 && len(tc.codings) > 0 {
						t.Errorf("the page has Content-Encoding %q", got)
					}
					if got := <-saw; got != "identity" {
						t.Errorf("the upstream saw Accept-Encoding %q, want identity", got)
					}
				}
			}
			s.NoTrouble(t)
		})
	}
}

// dribble sends a short body byte by byte, so that no decoder sees it at once.
func dribble(w http.ResponseWriter, body string) {
	if len(body) > 200 {
		_, _ = io.WriteString(w, body)
		return
	}
	for i := range len(body) {
		_, _ = io.WriteString(w, body[i:i+1])
		_ = http.NewResponseController(w).Flush()
	}
}

// The upstream is stopped in the middle of an encoded list, too.
func TestHeaderEncodedIsStopped(t *testing.T) {
	for _, coding := range []string{"gzip", "zstd", "br"} {
		t.Run(coding, func(t *testing.T) {
			api, server := legacy(t, legacyapi.Options{Encoding: coding})
			s := harness.Start(t, paginated("limit 20 100", proxyTo(server)))
			client := newClient(t, false)
			for range 3 {
				wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/orders"), orders(0, 20))
			}
			ctx, cancel := context.WithTimeout(t.Context(), harness.Deadline)
			defer cancel()
			stats, err := api.Settled(ctx)
			if err != nil || stats.Gone != 3 {
				t.Errorf("got %d stopped answers and error %v, want 3", stats.Gone, err)
			}
			if got := client.dials.Load(); got != 1 {
				t.Errorf("the client needed %d connections, want 1", got)
			}
			s.NoTrouble(t)
		})
	}
}

// A list that cannot be read must not pass once limits are enforced.
func TestHeaderUnknownCoding(t *testing.T) {
	for _, coding := range []string{"compress", "aes128gcm", "gzip, rot13", "dcb"} {
		t.Run(coding, func(t *testing.T) {
			upstream := serve(t, sends(list(0, 500), "Content-Type", asJSON, "Content-Encoding", coding, "Etag", `"a"`))
			s := harness.Start(t, paginated("limit 10 20", upstream))
			client := newClient(t, false)
			for _, query := range []string{"", "?limit=5"} {
				a := client.fetch(t, http.MethodGet, s.URL+"/x"+query, "Accept-Encoding", coding)
				wantProblem(t, a, http.StatusBadGateway, "upstream_malformed")
			}
			if got := client.dials.Load(); got != 1 {
				t.Errorf("the client needed %d connections, want 1", got)
			}
			wantSame(t, "phase observe\nlimit 10 20", upstream, "/x")

			s.Reload(t, harness.Config{Routes: paginated(announced+"limit 10 20", upstream)})
			a := client.fetch(t, http.MethodGet, s.URL+"/x")
			if a.Err != nil || string(a.Body) != list(0, 500) || a.Header.Get("Content-Encoding") != coding {
				t.Errorf("announced: got %v, want the upstream's bytes", a)
			}
			if a.Header.Get("Deprecation") == "" {
				t.Error("announced: a list that may be long is not called deprecated")
			}
		})
	}
}

// A small body that is a huge item when decoded costs a page's memory and no more.
func TestHeaderEncodedBomb(t *testing.T) {
	for _, coding := range []string{"gzip", "br", "zstd"} {
		t.Run(coding, func(t *testing.T) {
			var bomb bytes.Buffer
			w := encoder(t, &bomb, coding)
			zeros := bytes.Repeat([]byte("0"), 1<<20)
			fmt.Fprint(w, `[{"text":"`)
			for range 64 {
				if _, err := w.Write(zeros); err != nil {
					t.Fatal(err)
				}
			}
			fmt.Fprint(w, `"}]`)
			w.Close()
			t.Logf("%d KB stand for 64 MB", bomb.Len()>>10)
			s := harness.Start(t, paginated("limit 10 20\nmax_page_size 1MiB",
				serve(t, sends(bomb.String(), "Content-Type", asJSON, "Content-Encoding", coding))))
			grown := heapGrowth(func() {
				wantProblem(t, get(t, s.URL+"/x"), http.StatusBadGateway, "item_too_large")
			})
			t.Logf("the heap grew by %d KB at most", grown>>10)
			if grown > 32<<20 { // the decoders' windows have 8 and 16 MB
				t.Errorf("the heap grew by %d bytes", grown)
			}
		})
	}
}

// Answers that are no lists keep their encoding, and objects without a list are
// decoded: nothing else can be known of them before they end.
func TestHeaderEncodedOthers(t *testing.T) {
	zipped := encode(t, list(0, 500), "gzip")
	upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		switch r.URL.Path {
		case "/404":
			w.Header().Set("Content-Type", asJSON)
			w.WriteHeader(http.StatusNotFound)
		case "/text":
			w.Header().Set("Content-Type", "text/plain")
		case "/object":
			w.Header().Set("Content-Type", asJSON)
			_, _ = io.WriteString(w, encode(t, `{"id":1,"total":1.0}`, "gzip"))
			return
		}
		_, _ = io.WriteString(w, zipped)
	})
	wantSame(t, "limit 10 20", upstream, "/404", "Accept-Encoding", "gzip")
	wantSame(t, "limit 10 20", upstream, "/text", "Accept-Encoding", "gzip")
	s := harness.Start(t, paginated("limit 10 20", upstream))
	wantPage(t, get(t, s.URL+"/object", "Accept-Encoding", "gzip"), `{"id":1,"total":1.0}`)
}
