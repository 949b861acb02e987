//go:build backends

package clients

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// octokitSays is what octokit prints for an answer that is deprecated.
func octokitSays(url string) string {
	return fmt.Sprintf(`[@octokit/request] "GET %s" is deprecated. It is scheduled to be removed on %s. See %s`, url, sunset, docs)
}

// TestOctokitIsWarned: octokit tells whoever runs it when the limits come and where
// it says so, if and only if they will make a difference.
func TestOctokitIsWarned(t *testing.T) {
	setTime(t, announced)
	c := start(t, "style page", calendar, "")
	for _, tc := range []struct {
		name, path string
		sizes      []int
		warned     bool
	}{
		{"affected, the whole list", "/orders", []int{257}, true},
		{"affected, over the maximum", "/orders?per_page=257", []int{257}, true},
		{"latent, a list of no more than a page", "/orders?_n=50", []int{50}, false},
		{"compliant", "/orders?per_page=100", []int{100, 100, 57}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := run(t, "octokit.mjs", c.URL, tc.path)
			var want []string
			if tc.warned {
				want = []string{octokitSays(c.URL + tc.path)}
			}
			if !slices.Equal(r.warnings, want) {
				t.Errorf("octokit printed %q, want %q", r.warnings, want)
			}
			if got := r.sizes(); !slices.Equal(got, tc.sizes) {
				t.Errorf("got pages of %d items, want %d", got, tc.sizes)
			}
			r.wantItems(t, tc.sizes[0]+sum(tc.sizes[1:]))
		})
	}
	c.NoTrouble(t)
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

// TestOctokitWalks: octokit's paginate gets every item once, whatever it asks for
// and wherever the calendar stands.
func TestOctokitWalks(t *testing.T) {
	setTime(t, announced)
	c := start(t, "style page", calendar, "")
	in, out := teamWhere(t, true), teamWhere(t, false)
	for _, phase := range []struct {
		name, now, team string
		enforced        bool
		told            bool // the affected are
	}{
		{"announce", announced, in, false, true},
		{"brownout", rehearsed, out, true, true},
		{"rollout, in", rolledOut, in, true, false},
		{"rollout, not in yet", rolledOut, out, false, true},
		{"enforce", enforced, out, true, false},
	} {
		for _, ask := range []struct {
			query             string
			announced, capped int // the pages' size where limits are not enforced, and where they are
			compliant         bool
		}{
			{"", items, 50, false},
			{"?per_page=30", 30, 30, true},
			{"?per_page=100", 100, 100, true},
			{"?per_page=200", 200, 100, false},
		} {
			t.Run(phase.name+"/"+ask.query, func(t *testing.T) {
				setTime(t, phase.now)
				r := run(t, "octokit.mjs", c.URL, "/orders"+ask.query, phase.team)
				r.wantItems(t, items)
				size := ask.announced
				if phase.enforced {
					size = ask.capped
				}
				if got := r.sizes(); got[0] != size {
					t.Errorf("got pages of %d items, want %d", got, size)
				}
				if told := len(r.warnings) > 0; told != (phase.told && !ask.compliant) {
					t.Errorf("octokit printed %q", r.warnings)
				}
			})
		}
	}
	c.NoTrouble(t)
}

// TestOctokitWithoutSunset: without a date octokit has nothing better to print than
// "undefined". Calendars that announce to octokits should have a sunset.
func TestOctokitWithoutSunset(t *testing.T) {
	setTime(t, announced)
	c := start(t, "style page", "\ndeprecated 2030-01-01", "")
	r := run(t, "octokit.mjs", c.URL, "/orders")
	want := []string{fmt.Sprintf(`[@octokit/request] "GET %s/orders" is deprecated. It is scheduled to be removed on undefined`, c.URL)}
	if !slices.Equal(r.warnings, want) {
		t.Errorf("octokit printed %q, want %q", r.warnings, want)
	}
	r.wantItems(t, items)
}

// TestLinksOff: the warnings stay, and lose only where to read more.
func TestLinksOff(t *testing.T) {
	setTime(t, announced)
	c := start(t, "", calendar+"\nlinks off", "")
	url := c.URL + "/orders"
	for program, says := range map[string]string{"octokit.mjs": octokitSays(url), "ketting.mjs": kettingSays(url)} {
		r := run(t, program, c.URL, "/orders")
		says, _, _ = strings.Cut(says, "See ")
		if want := []string{strings.TrimSuffix(says, ". ")}; !slices.Equal(r.warnings, want) {
			t.Errorf("%s printed %q, want %q", program, r.warnings, want)
		}
		r.wantItems(t, items)
	}
	c.NoTrouble(t)
}
