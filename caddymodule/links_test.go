package caddymodule

import (
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
