package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// keyedOrders is the text of the orders in [from, to) of the legacy API, separated.
func keyedOrders(from, to int) string {
	var text []byte
	for i := from; i < to; i++ {
		if i > from {
			text = append(text, ',')
		}
		text = legacyapi.AppendItem(text, legacyapi.Small, i)
	}
	return string(text)
}

// keyedUpstream is how an API is configured that goes on behind an id.
func keyedUpstream(style string, most int) string {
	return fmt.Sprintf("paginate 10 20 {\nstyle %s\nkey id\nupstream cursor {\nafter after_id\nlimit %d\n}\n}\n", style, most)
}

// TestUpstreamByKey: an API that takes the key of an item is asked for what stands behind
// the last one of a page, however deep that is, and never for an offset.
func TestUpstreamByKey(t *testing.T) {
	const total = 257
	for _, most := range []int{100, 10, 4} {
		for _, tc := range []struct {
			style string
			next  func(t *testing.T, r reply) string
		}{
			{"link", func(t *testing.T, r reply) string {
				if links := r.links(t); links["prev"] != "" {
					t.Errorf("a link leads back: %v", links)
				}
				return queryBehind(r.next(t))
			}},
			{"cursor", func(t *testing.T, r reply) string {
				var body struct {
					Pagination struct {
						Next string `json:"next_cursor"`
						Prev any    `json:"prev_cursor"`
					}
				}
				if err := json.Unmarshal([]byte(r.body), &body); err != nil || body.Pagination.Prev != nil {
					t.Errorf("got %v, %v", body, err)
				}
				if body.Pagination.Next == "" {
					return ""
				}
				return "limit=10&after=" + body.Pagination.Next
			}},
			{"stripe {\ntext_key off\n}", func(t *testing.T, r reply) string {
				var body struct {
					More bool `json:"has_more"`
					Data []struct{ ID json.Number }
				}
				if err := json.Unmarshal([]byte(r.body), &body); err != nil || !body.More {
					return ""
				}
				return "limit=10&starting_after=" + body.Data[len(body.Data)-1].ID.String()
			}},
		} {
			for _, n := range []int{-1, 1, 10, 11, 20, total} {
				up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: n, Native: legacyapi.NativeKey, Cap: most}))
				s := harness.Start(t, keyedUpstream(tc.style, most)+up.proxy())
				c := pageClient(t)
				seen, pages, reads := 0, 0, 0
				for query := "limit=10&status=a%20b"; query != ""; pages++ {
					if !strings.Contains(query, "status=") {
						query += "&status=a%20b"
					}
					r := send(t, c, http.MethodGet, s.URL+"/orders?"+query)
					to := min(seen+10, max(n, 0))
					if r.status != http.StatusOK || !strings.Contains(r.body, "["+keyedOrders(seen, to)+"]") {
						t.Fatalf("style %s, n=%d, page %d: got %d %.300s", tc.style, n, pages+1, r.status, r.body)
					}
					for at, full := seen, true; full && at < seen+11; reads++ {
						asked := min(most, seen+11-at)
						got := min(asked, max(n, 0)-at)
						at, full = at+got, got == asked
					}
					for _, a := range up.take() {
						if at := queryOf(t, "/?"+a.query, "after_id"); strings.Contains(a.query, "offset") || seen > 0 && at == "" || !strings.Contains(a.query, "status=a%20b") {
							t.Errorf("the upstream was asked for %s behind %d items", a.query, seen)
						}
						reads--
					}
					seen = to
					query = tc.next(t, r)
				}
				if seen != max(n, 0) || pages != max(1, (n+9)/10) || reads != 0 {
					t.Errorf("style %s, n=%d, %d at once: got %d items by %d requests, and %d reads too few", tc.style, n, most, seen, pages, reads)
				}
				s.NoTrouble(t)
			}
		}
	}
}

// TestUpstreamByKeyRefuses: there is no way back, and none to an offset; and an API that
// does not heed the key is found out.
func TestUpstreamByKeyRefuses(t *testing.T) {
	up := newUpstream(t, legacyapi.New(legacyapi.Options{Items: 50, Native: legacyapi.NativeKey}))
	s := harness.Start(t, keyedUpstream("link", 100)+up.proxy())
	c := pageClient(t)
	wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?limit=10&offset=10"), http.StatusBadRequest, "offset_too_deep")
	wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?after_id=7"), http.StatusBadRequest, "cursor_invalid")
	if asked := up.take(); len(asked) > 0 {
		t.Errorf("the upstream was asked: %v", asked)
	}
	next := queryBehind(send(t, c, http.MethodGet, s.URL+"/orders?limit=10").next(t))
	up.Config.Handler = legacyapi.New(legacyapi.Options{Items: 50, Native: legacyapi.NativeOffset})
	wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?"+next), http.StatusBadGateway, "upstream_malformed")
}
