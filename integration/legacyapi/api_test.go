package legacyapi_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

func serve(t *testing.T, o legacyapi.Options) (*legacyapi.API, string) {
	t.Helper()
	api := legacyapi.New(o)
	srv := httptest.NewServer(api)
	t.Cleanup(srv.Close)
	return api, srv.URL
}

// get asks without the transport's own gzip, as a proxy does.
func get(t *testing.T, method, url string, header ...string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(client.CloseIdleConnections)
	res, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

func settled(t *testing.T, api *legacyapi.API) legacyapi.Stats {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	stats, err := api.Settled(ctx)
	if err != nil {
		t.Fatalf("waiting for the API to settle: %v", err)
	}
	return stats
}

func TestList(t *testing.T) {
	var (
		small    = page(legacyapi.Small, 0, 3)
		withText = page(legacyapi.Text, 0, 3)
	)
	for _, tc := range []struct {
		name, query, want string
	}{
		{"root array", "_n=3", "[" + small + "]\n"},
		{"envelope", "_n=3&_root=envelope", envelope(small, 3)},
		{"lines", "_n=3&_root=lines", lines(legacyapi.Small, 3)},
		{"lines of known length", "_n=3&_root=lines&_shape=text&_length=known", lines(legacyapi.Text, 3)},
		{"lines that repeat themselves", "_n=3&_root=lines&_period=3", lines(legacyapi.Small, 3)},
		{"no lines", "_n=0&_root=lines&_length=known", ""},
		{"rubbish between lines", "_n=1&_root=lines&_fault=rubbish@0", "\x00<html>rubbish</html>" + lines(legacyapi.Small, 1)},
		{"empty array", "_n=0", "[]\n"},
		{"empty envelope", "_n=0&_root=envelope", envelope("", 0)},
		{"other shape", "_n=3&_shape=text", "[" + withText + "]\n"},
		{"limit is not known", "_n=3&limit=1&offset=1&page=2", "[" + small + "]\n"},
		{"limit and offset", "_n=9&_native=offset&limit=3&offset=2", "[" + page(legacyapi.Small, 2, 5) + "]\n"},
		{"count is of all", "_n=9&_native=offset&limit=3&_root=envelope", envelope(small, 9)},
		{"past the end", "_n=9&_native=offset&limit=3&offset=8", "[" + page(legacyapi.Small, 8, 9) + "]\n"},
		{"far past the end", "_n=9&_native=offset&limit=3&offset=9223372036854775807", "[]\n"},
		{"a bad limit is none", "_n=3&_native=offset&limit=abc", "[" + small + "]\n"},
		{"a sentinel is none", "_n=3&_native=offset&limit=0", "[" + small + "]\n"},
		{"a cap", "_n=9&_native=offset&limit=8&_cap=3", "[" + small + "]\n"},
		{"a cap without a limit", "_n=9&_native=offset&_cap=3", "[" + small + "]\n"},
		{"page and per_page", "_n=9&_native=page&per_page=2&page=3", "[" + page(legacyapi.Small, 4, 6) + "]\n"},
		{"a page without end", "_n=9&_native=page&per_page=2&page=9223372036854775807", "[]\n"},
		{"known length", "_n=3&_length=known", "[" + small + "]\n"},
		{"rubbish in front", "_n=3&_fault=rubbish@head", "\x00<html>rubbish</html>[" + small + "]\n"},
		{"rubbish between", "_n=2&_fault=rubbish@1", "[" + page(legacyapi.Small, 0, 1) + ",\x00<html>rubbish</html>" + page(legacyapi.Small, 1, 2) + "]\n"},
		{"rubbish behind", "_n=3&_fault=rubbish@end&_root=envelope", strings.Replace(envelope(small, 3), "]", "]\x00<html>rubbish</html>", 1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, url := serve(t, legacyapi.Options{})
			res, got, err := get(t, http.MethodGet, url+"/orders?"+tc.query)
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want {
				t.Errorf("body:\n got %.2000q\nwant %.2000q", got, tc.want)
			}
			wantLength := int64(-1)
			if strings.Contains(tc.query, "_length=known") {
				wantLength = int64(len(tc.want))
			}
			if res.ContentLength != wantLength {
				t.Errorf("content length: got %d, want %d", res.ContentLength, wantLength)
			}
			want := "application/json"
			if strings.Contains(tc.query, "_root=lines") {
				want = "application/x-ndjson"
			}
			if got := res.Header.Get("Content-Type"); got != want {
				t.Errorf("content type: got %q, want %q", got, want)
			}
		})
	}
}

// lines is a list of one order a line.
func lines(shape legacyapi.Shape, n int) string {
	var text []byte
	for i := range n {
		text = append(legacyapi.AppendItem(text, shape, i), '\n')
	}
	return string(text)
}

func TestListsHaveTheLengthTheyAnnounce(t *testing.T) {
	for _, shape := range shapes {
		for _, root := range []string{"array", "envelope"} {
			_, url := serve(t, legacyapi.Options{Items: 50, Shape: shape, ContentLength: true, Envelope: root == "envelope"})
			res, body, err := get(t, http.MethodGet, url+"/orders")
			if err != nil {
				t.Fatalf("%s in %s: %v", shape, root, err)
			}
			if got := int64(len(body)); got != res.ContentLength {
				t.Errorf("%s in %s: %d bytes, announced %d", shape, root, got, res.ContentLength)
			}
			if !json.Valid([]byte(body)) {
				t.Errorf("%s in %s: the body is no JSON", shape, root)
			}
		}
	}
}

func TestALongListsLengthIsRemembered(t *testing.T) {
	_, url := serve(t, legacyapi.Options{Items: 10_001, ContentLength: true})
	for _, query := range []string{"", "", "?_root=envelope", "?_shape=pretty", "?_n=10002", ""} {
		res, body, err := get(t, http.MethodGet, url+"/orders"+query)
		if err != nil {
			t.Fatalf("%q: %v", query, err)
		}
		if got := int64(len(body)); got != res.ContentLength {
			t.Errorf("%q: %d bytes, announced %d", query, got, res.ContentLength)
		}
	}
}

func TestPrettyAnswerIsPrettyAsAWhole(t *testing.T) {
	_, url := serve(t, legacyapi.Options{Items: 3, Shape: legacyapi.Pretty})
	_, body, err := get(t, http.MethodGet, url+"/orders")
	if err != nil {
		t.Fatal(err)
	}
	var orders []json.RawMessage
	if err := json.Unmarshal([]byte(body), &orders); err != nil {
		t.Fatal(err)
	}
	want, err := json.MarshalIndent(orders, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if body != string(want)+"\n" {
		t.Errorf("got\n%swant\n%s", body, want)
	}
}

func TestEncodings(t *testing.T) {
	decoders := map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	}
	api, url := serve(t, legacyapi.Options{Items: 1000})
	want := "[" + page(legacyapi.Small, 0, 1000) + "]\n"
	for encoding, decode := range decoders {
		t.Run(encoding, func(t *testing.T) {
			api.Reset()
			res, body, err := get(t, http.MethodGet, url+"/orders?_encoding="+encoding)
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Header.Get("Content-Encoding"); got != encoding {
				t.Errorf("content encoding: got %q, want %q", got, encoding)
			}
			r, err := decode(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("decoded body: got %d bytes, want %d others", len(got), len(want))
			}
			if stats := settled(t, api); stats.Bytes != int64(len(body)) {
				t.Errorf("recorded %d bytes, %d came", stats.Bytes, len(body))
			}
		})
	}
}

func TestHeadersAlone(t *testing.T) {
	_, url := serve(t, legacyapi.Options{Items: 3, ETag: true, ContentLength: true})
	full, body, err := get(t, http.MethodGet, url+"/orders")
	if err != nil {
		t.Fatal(err)
	}
	tag := full.Header.Get("Etag")
	if len(tag) < 3 || tag[0] != '"' {
		t.Fatalf("etag: got %s, want a strong one", tag)
	}

	head, nothing, err := get(t, http.MethodHead, url+"/orders")
	if err != nil {
		t.Fatal(err)
	}
	if nothing != "" || head.ContentLength != int64(len(body)) || head.Header.Get("Etag") != tag {
		t.Errorf("HEAD: got body %q, length %d, etag %s", nothing, head.ContentLength, head.Header.Get("Etag"))
	}
	same, nothing, err := get(t, http.MethodGet, url+"/orders", "If-None-Match", tag)
	if err != nil {
		t.Fatal(err)
	}
	if same.StatusCode != http.StatusNotModified || nothing != "" {
		t.Errorf("conditional: got %d and %q, want an empty 304", same.StatusCode, nothing)
	}
	other, _, err := get(t, http.MethodGet, url+"/orders?_n=4")
	if err != nil {
		t.Fatal(err)
	}
	if other.Header.Get("Etag") == tag {
		t.Errorf("another list has the same etag %s", tag)
	}
}

func TestOneOrder(t *testing.T) {
	_, url := serve(t, legacyapi.Options{Items: 10})
	for _, tc := range []struct {
		path, want string
		status     int
	}{
		{"/orders/10", page(legacyapi.Small, 9, 10), http.StatusOK},
		{"/orders/11", "404 page not found\n", http.StatusNotFound},
		{"/orders/0", "404 page not found\n", http.StatusNotFound},
		{"/orders/x", "404 page not found\n", http.StatusNotFound},
	} {
		res, got, err := get(t, http.MethodGet, url+tc.path)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != tc.status || got != tc.want {
			t.Errorf("%s: got %d %q, want %d %q", tc.path, res.StatusCode, got, tc.status, tc.want)
		}
	}
}

func TestUnknownWishesAreRefused(t *testing.T) {
	_, url := serve(t, legacyapi.Options{})
	for _, query := range []string{
		"_m=1", "_n=x", "_shape=round", "_root=tree", "_root=lines&_shape=pretty", "_native=yes", "_cap=x", "_length=long", "_encoding=rot13", "_etag=weak",
		"_fault=die", "_fault=die@", "_fault=die@-1", "_fault=explode@1", "_fault=short@head", "_fault=short@1.5",
		"_encoding=gzip&_length=known", "_encoding=gzip&_fault=short@1",
	} {
		res, _, err := get(t, http.MethodGet, url+"/orders?"+query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", query, res.StatusCode)
		}
	}
}

// BenchmarkList is the whole way through a socket and net/http.
func BenchmarkList(b *testing.B) {
	srv := httptest.NewServer(legacyapi.New(legacyapi.Options{Items: 200_000}))
	defer srv.Close()
	for b.Loop() {
		res, err := http.Get(srv.URL + "/orders")
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n)
	}
}
