//go:build backends

package clients

import (
	"fmt"
	"testing"
)

// TestPlainClientsNoticeNothing: programs that look at no header get the whole list
// until the limits are enforced, and nothing is printed.
func TestPlainClientsNoticeNothing(t *testing.T) {
	setTime(t, announced)
	c := start(t, "", calendar, "")
	for _, how := range []string{"fetch", "undici"} {
		for _, tc := range []struct {
			name, now, query string
			want             int
		}{
			{"observe", "2029-12-31", "", items},
			{"announce", announced, "", items},
			{"announce, over the maximum", announced, "?limit=300", items},
			{"announce, a page", announced, "?limit=100", 100},
			{"brownout", rehearsed, "", 50},
			{"announce, after the brownout", "2030-02-01T12:00:00Z", "", items},
			{"enforce", enforced, "", 50},
		} {
			t.Run(fmt.Sprintf("%s/%s", how, tc.name), func(t *testing.T) {
				setTime(t, tc.now)
				r := run(t, "plain.mjs", how, c.URL+"/orders"+tc.query)
				r.wantItems(t, tc.want)
				if len(r.warnings) > 0 {
					t.Errorf("%s printed %q", how, r.warnings)
				}
			})
		}
	}
	c.NoTrouble(t)
}
