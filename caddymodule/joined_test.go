package caddymodule

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// capped is an API that pages by limit and offset through total items of a size, and gives
// at most so many at once, in chunks as reverse_proxy passes them on.
func capped(total, most, size int) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := r.URL.Query()
		limit, _ := strconv.Atoi(q.Get("limit"))
		offset, _ := strconv.Atoi(q.Get("offset"))
		var items []string
		for i := offset; i < min(total, offset+min(limit, most)); i++ {
			items = append(items, fmt.Sprintf(`{"id":%d,"text":%q}`, i, strings.Repeat("x", size)))
		}
		return proxied("["+strings.Join(items, ",")+"]", 32<<10, "Content-Type", "application/json")(w, r)
	}
}

// TestJoinedAnew: the first answer passes as it comes, and is read anew where others have
// to be joined to it, be it too long to be kept for that.
func TestJoinedAnew(t *testing.T) {
	for _, tc := range []struct {
		name              string
		total, most, size int
		want              int
	}{
		{"one answer does", 50, 100, 10, 20},
		{"one answer does, and is long", 50, 100, 200 << 10, 20},
		{"the list ends", 7, 100, 10, 7},
		{"the list has nothing", 0, 100, 10, 0},
		{"smaller answers", 50, 6, 10, 20},
		{"smaller answers, and long", 50, 6, 200 << 10, 20},
		{"smaller answers to the list's end", 16, 6, 10, 16},
		{"as many as on a page, and no more", 20, 20, 10, 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{Name: anyRoute, Phase: "enforce", DefaultLimit: 20, MaxLimit: 100, Upstream: &UpstreamConfig{Name: "link"}})
			for range 2 { // once it is known how many the API gives, too
				rec := b.ask(t, get("/orders?limit=20"), capped(tc.total, tc.most, tc.size))
				var got []struct{ ID int }
				if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusOK {
					t.Fatalf("got the status %d: %v", rec.Code, err)
				}
				for i := range got {
					if got[i].ID != i {
						t.Errorf("got %d for item %d", got[i].ID, i)
					}
				}
				if more := rec.Header().Get("Link") != ""; len(got) != tc.want || more != (tc.want < tc.total) {
					t.Errorf("got %d items and more %v, want %d of %d", len(got), more, tc.want, tc.total)
				}
			}
		})
	}
}

// TestJoinedNoList: what shows no list within the memory of a page passes, however long it
// is.
func TestJoinedNoList(t *testing.T) {
	b := newBench(t, &Handler{Name: anyRoute, Phase: "announce", MaxLimit: 100, MaxPageSize: 64 << 10, Upstream: &UpstreamConfig{Name: "link"}})
	for _, body := range []string{
		`{"text":"` + strings.Repeat("x", 3*maxPooled) + `"}`,
		`{"text":"` + strings.Repeat("x", 3*maxPooled) + `","items":[{"id":1},{"id":2}]}`,
	} {
		rec := b.ask(t, get("/orders?limit=20"), proxied(body, 32<<10, "Content-Type", "application/json"))
		if got := rec.Body.String(); got != body {
			t.Errorf("got %d bytes, want %d as they came", len(got), len(body))
		}
	}
}
