package retire_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// TestCohortOf holds the hash still: another one would put clients in other
// cohorts in the middle of a rollout. The values are those of
//
//	printf 'paginate-cohort\0<identity>' | sha256sum
//
// of which the first 16 digits are a number, modulo 10000.
func TestCohortOf(t *testing.T) {
	for _, tc := range []struct {
		identity string
		want     retire.Cohort
	}{
		{"", 9999},
		{"ann", 389},
		{"6a2da20943931e9834fc12cfe5bb47bb", 8914},
		{"192.0.2.0/24", 48},
		{strings.Repeat("x", 1000), 775},
	} {
		if got := retire.CohortOf(tc.identity); got != tc.want {
			t.Errorf("%.40q: got %d, want %d", tc.identity, got, tc.want)
		}
	}
}

// TestCohortsAreUniform: every share gets its share of clients, also where their
// names are as like as numbers in a row are.
func TestCohortsAreUniform(t *testing.T) {
	const clients = 1_000_000
	var cohorts [retire.Cohorts]int
	for i := range clients {
		cohorts[retire.CohortOf("customer-"+strconv.Itoa(i))]++
	}
	// Of 100 clients to a cohort and a deviation of 10, seven deviations are
	// exceeded once in 10^11.
	sum := 0.0
	for cohort, n := range cohorts {
		if n < 30 || n > 180 {
			t.Errorf("cohort %d has %d clients, want about 100", cohort, n)
		}
		sum += float64(n-100) * float64(n-100) / 100
	}
	// Chi-square of 9999 degrees of freedom: mean 9999, deviation 141.
	if sum < 9999-6*141 || sum > 9999+6*141 {
		t.Errorf("chi-square is %.0f, want about 9999", sum)
	}
}

// TestCohortsGrow: who is in at one percentage is at every larger one, and
// everyone is at 100.
func TestCohortsGrow(t *testing.T) {
	for cohort := range retire.Cohort(retire.Cohorts) {
		was := false
		for percent := range 101 {
			is := cohort.In(percent)
			if was && !is {
				t.Fatalf("cohort %d is in at %d percent, but not at %d", cohort, percent-1, percent)
			}
			was = is
		}
		if !was || cohort.In(0) {
			t.Fatalf("cohort %d: in at 100 percent %v, at 0 %v", cohort, was, cohort.In(0))
		}
	}
	if retire.LastCohort.In(99) {
		t.Error("the last cohort is in at 99 percent")
	}
}
