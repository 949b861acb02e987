package caddymodule

import (
	"net/http"
	"strings"
	"testing"
)

// TestSelfByKey: where clients go on by the keys of items, a page is at the key that it was
// asked for by.
func TestSelfByKey(t *testing.T) {
	b := newBench(t, &Handler{Style: &StyleConfig{Name: "stripe", Body: `{"self":$self,"rows":$list}`}})
	for _, tc := range []struct{ name, query, want string }{
		{"the first", "limit=2", "limit=2"},
		{"behind an item", "limit=2&starting_after=3", "limit=2&starting_after=3"},
		{"before an item", "ending_before=7&limit=2", "limit=2&ending_before=7"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rec := b.ask(t, get("/orders?"+tc.query), upstreamOf(numbers(9)))
			if want := `{"self":"http://api.example/orders?` + tc.want + `",`; !strings.HasPrefix(rec.Body.String(), want) {
				t.Errorf("got %.200s, want %s", rec.Body, want)
			}
		})
	}
}

// TestKeyless: a page behind which nobody could go on is none, whether or not the list is
// read to its end.
func TestKeyless(t *testing.T) {
	const rows = `[{"id":1},{"name":"no id"},{"id":3}]`
	for _, total := range []string{"off", "exact"} {
		t.Run(total, func(t *testing.T) {
			b := newBench(t, &Handler{Style: &StyleConfig{Name: "stripe"}, Total: total})
			if rec := b.ask(t, get("/orders?limit=2"), upstreamOf(rows)); rec.Code != http.StatusBadGateway {
				t.Errorf("in the middle: got %d %s, want a 502", rec.Code, rec.Body)
			}
			if rec := b.ask(t, get("/orders?limit=3"), upstreamOf(rows)); rec.Code != http.StatusOK {
				t.Errorf("on the last page: got %d %s, want a page", rec.Code, rec.Body)
			}
		})
	}
}
