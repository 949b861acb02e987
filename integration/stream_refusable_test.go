package integration

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// Whose list would be refused once limits are enforced would get another answer, and the
// operator knows before.
func TestStreamRefusable(t *testing.T) {
	const ten = `{"id":1},{"id":2},{"id":3},{"id":4},{"id":5},{"id":6},{"id":7},{"id":8},{"id":9},{"id":10}`
	for _, tc := range []struct {
		name, query, body string
		pointer           string // to what is wrong, empty if nothing is
		affected          bool
	}{
		{"a list", "", `[{"price":1}]`, "", false},
		{"a list that is no strict JSON", "", `[{"price":1},{"price":NaN}]`, "/1/price", true},
		{"a tab in a string", "", "[{\"text\":\"a\tb\"}]", "/0/text", true},
		{"in an envelope", "", `{"n":01,"data":[{}]}`, "/n", false}, // of which no list has been seen
		{"a page of it", "?limit=1", `[{"price":NaN},{}]`, "/0/price", true},
		{"behind the page", "?limit=1", `[{},{"price":NaN}]`, "", false},
		{"behind the first page", "", `[` + ten + `,{"price":NaN}]`, "", true}, // because it is longer
		{"behind the list", "", `{"data":[` + ten + `,{"id":11}],"mean":NaN}`, "/mean", true},
		{"far behind the list", "", `{"data":[` + ten + strings.Repeat(`,{"id":11}`, 10_000) + `],"mean":NaN}`, "/mean", true},
		{"behind a list of which no end is read", "", `[` + ten + strings.Repeat(`,{"id":11}`, 10_000) + `] NaN`, "", true},
		{"before the page", "?limit=1&offset=1", `[{"price":NaN},{}]`, "", false},
		{"cut off", "", `[{},{"a":`, "", false},
		{"what is refused anyway", "?limit=abc", `[{"price":NaN}]`, "", true},
	} {
		for _, phase := range []string{"observe", "announce"} {
			if phase == "announce" && strings.HasPrefix(tc.query, "?limit=1") {
				continue // is a page already
			}
			t.Run(tc.name+", "+phase, func(t *testing.T) {
				upstream := serve(t, sends(tc.body, "Content-Type", asJSON))
				s := harness.StartConfig(t, harness.Config{
					Global: "paginate {\nnotice_interval 1h\n}",
					Routes: paginated("limit 10 20\nphase "+phase, upstream),
				})
				for range 2 {
					if a := get(t, s.URL+"/x"+tc.query); a.Status != http.StatusOK || string(a.Body) != tc.body {
						t.Errorf("got %v, want the upstream's answer", a)
					}
				}
				access := s.Access(t, 2) // whose lines come when all others have
				var told []string
				for _, l := range s.Log(t, "http.handlers.paginate") {
					if l.Text("level") == "warn" && l.Text("path") == "/x" {
						told = append(told, l.Text("pointer"))
					}
				}
				if got := strings.Join(told, " "); got != tc.pointer {
					t.Errorf("the operator was told of %q, want %q, once", got, tc.pointer)
				}
				if tc.pointer != "/n" {
					if got := access[1]["paginate.affected"]; got != tc.affected {
						t.Errorf("affected: got %v, want %v", got, tc.affected)
					}
				}
			})
		}
	}
}
