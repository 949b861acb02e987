//go:build backends

package clients

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// kettingSays is what ketting prints for an answer that is deprecated.
func kettingSays(url string) string {
	return fmt.Sprintf("[Ketting] The resource %s is deprecated. It will no longer respond %sSee %s for more information.", url, sunset, docs)
}

// TestKettingIsWarned: ketting prints when the limits come and where it says so, if
// and only if they will make a difference. It follows rel="next" and no other link.
func TestKettingIsWarned(t *testing.T) {
	setTime(t, announced)
	c := start(t, "", calendar, "")
	for _, tc := range []struct {
		name, now, path string
		sizes           []int
		warned          bool
	}{
		{"affected, the whole list", announced, "/orders", []int{257}, true},
		{"affected, over the maximum", announced, "/orders?limit=300", []int{257}, true},
		{"latent, a list of no more than a page", announced, "/orders?_n=50", []int{50}, false},
		{"compliant", announced, "/orders?limit=100", []int{100, 100, 57}, false},
		{"compliant, in a brownout", rehearsed, "/orders?limit=100", []int{100, 100, 57}, false},
		{"affected, in a brownout", rehearsed, "/orders?limit=300", []int{100, 100, 57}, true},
		{"enforced", enforced, "/orders", []int{50, 50, 50, 50, 50, 7}, false},
		{"enforced, over the maximum", enforced, "/orders?limit=300", []int{100, 100, 57}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			setTime(t, tc.now)
			r := run(t, "ketting.mjs", c.URL, tc.path)
			var want []string
			if tc.warned {
				want = []string{kettingSays(c.URL + tc.path)}
			}
			if !slices.Equal(r.warnings, want) {
				t.Errorf("ketting printed %q, want %q", r.warnings, want)
			}
			if got := r.sizes(); !slices.Equal(got, tc.sizes) || r.Error != nil {
				t.Errorf("got pages of %d items and %+v, want %d", got, r.Error, tc.sizes)
			}
			r.wantItems(t, sum(tc.sizes))
		})
	}
	c.NoTrouble(t)
}

// TestKettingReadsProblems: ketting takes a refusal apart by itself, and its program
// can say that it is a rehearsal.
func TestKettingReadsProblems(t *testing.T) {
	setTime(t, rehearsed)
	c := start(t, "unpaginated reject", calendar, "")
	r := run(t, "ketting.mjs", c.URL, "/orders")
	if r.Error == nil {
		t.Fatalf("got pages of %d items, want a refusal", r.sizes())
	}
	if got, want := r.Error.Message, "HTTP Error 400: This list has to be read in pages"; got != want {
		t.Errorf("ketting says %q, want %q", got, want)
	}
	wantRehearsal(t, r.Error)
	if len(r.Pages) > 0 || len(r.warnings) > 0 {
		t.Errorf("got pages of %d items and %s", r.sizes(), strings.Join(r.warnings, "; "))
	}
}
