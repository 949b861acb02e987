package integration

import (
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// streamings are the ways in which a list streams through us.
var streamings = []struct{ name, options, query string }{
	{"observe", "phase observe\nlimit 2 3", ""},
	{"announce", "phase announce\nlimit 2 3", ""},
	{"trimmed", "phase announce\nlimit 2 3", "?fields=id,text"},
}

// What an upstream has sent is with the client while it waits: it sends the next
// item only when the client has got the last one.
func TestStreamTrickle(t *testing.T) {
	for _, tc := range streamings {
		for _, ck := range clientKinds {
			for _, outside := range []string{"", "encode {\n\tgzip\n\tminimum_length 1\n}\n"} {
				t.Run(fmt.Sprint(tc.name, "/", ck.name, "/encoded ", outside != ""), func(t *testing.T) {
					received := make(chan struct{})
					upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Content-Type", asJSON)
						_, _ = io.WriteString(w, `[{"id":-3},{"id":-2},{"id":-1}`) // whoever gets these is affected
						for i := range 20 {
							fmt.Fprintf(w, `,{"id":%d}`, i)
							_ = http.NewResponseController(w).Flush()
							select {
							case <-received:
							case <-r.Context().Done():
								return
							}
						}
						_, _ = io.WriteString(w, `]`)
					})
					s := harness.StartConfig(t, harness.Config{
						Global: speakH2C,
						Routes: outside + paginated(tc.options, upstream),
					})
					req, err := http.NewRequest(http.MethodGet, s.URL+"/x"+tc.query, nil)
					if err != nil {
						t.Fatal(err)
					}
					if outside != "" {
						req.Header.Set("Accept-Encoding", "gzip")
					}
					res, err := newClient(t, ck.h2).Do(req)
					if err != nil {
						t.Fatal(err)
					}
					defer res.Body.Close()
					body := io.Reader(res.Body)
					if outside != "" {
						if body, err = gzip.NewReader(res.Body); err != nil {
							t.Fatal(err)
						}
					}
					want := `[{"id":-3},{"id":-2},{"id":-1}`
					for i := range 20 {
						want += fmt.Sprintf(`,{"id":%d}`, i)
						got := make([]byte, len(want))
						if _, err := io.ReadFull(body, got); err != nil || string(got) != want {
							t.Fatalf("item %d: got %q and error %v, want %q", i, got, err, want)
						}
						received <- struct{}{}
						want = ""
					}
					if rest, err := io.ReadAll(body); string(rest) != "]" || err != nil {
						t.Errorf("got %q and error %v at the end", rest, err)
					}
					s.NoTrouble(t)
				})
			}
		}
	}
}

// A list that comes as fast as it can is the same bytes, however it is framed.
func TestStreamFlood(t *testing.T) {
	const n = 200_000
	whole := orders(0, n) + "\n"
	want := sha256.Sum256([]byte(whole))
	for _, length := range []bool{false, true} {
		_, server := legacy(t, legacyapi.Options{Items: n, ContentLength: length})
		for _, tc := range streamings[:2] {
			for _, ck := range clientKinds {
				t.Run(fmt.Sprint(tc.name, "/", ck.name, "/length ", length), func(t *testing.T) {
					s := harness.StartConfig(t, harness.Config{
						Global: speakH2C,
						Routes: paginated(tc.options, proxyTo(server)),
					})
					a := newClient(t, ck.h2).fetch(t, http.MethodGet, s.URL+"/orders"+tc.query)
					if a.Err != nil || sha256.Sum256(a.Body) != want {
						t.Errorf("got %d bytes of %d and error %v", len(a.Body), len(whole), a.Err)
					}
					if wantLength := int64(len(whole)); length && a.ContentLength != wantLength || !length && a.ContentLength != -1 {
						t.Errorf("got Content-Length %d of %d", a.ContentLength, wantLength)
					}
					if got := s.Adoption(t, 1)[0]["http.response.body.size"]; got != float64(len(whole)) {
						t.Errorf("the adoption log has %v bytes, want %d", got, len(whole))
					}
					s.NoTrouble(t)
				})
			}
		}
	}
}

// A short list is framed as Caddy alone frames it.
func TestStreamShort(t *testing.T) {
	for _, n := range []int{0, 1, 50, 5000} {
		for _, flush := range []bool{false, true} {
			upstream := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", asJSON)
				_, _ = io.WriteString(w, list(0, n))
				if flush {
					_ = http.NewResponseController(w).Flush()
				}
			})
			wantSame(t, "phase observe\nlimit 2 3", upstream, "/x")
		}
	}
}
