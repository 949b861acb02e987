package list

import (
	"strings"
	"testing"
)

// TestFirstRun: a page is the same whether or not its reader knows what items are like from
// a list before it, wherever it is cut.
func TestFirstRun(t *testing.T) {
	const before = `[{"id":8,"name":"eight"},{"id":9,"name":"nine"}]`
	long := strings.Repeat("x", 40)
	for _, body := range []string{
		`[{"id":1,"name":"one"},{"id":2,"name":"two"},{"id":3,"name":"three"}]`,
		`[ {"id":1,"name":"one"} , {"id":2,"name":"two"}, 3, {"id":4,"name":"four"} ]`,
		`{"a":1,"items":[{"id":1,"name":"one"},{"id":2,"name":"two"}],"b":[{}]}`,
		`[{"id":1,"name":"one"}]`,
		`[{"id":1,"name":"` + long + `"},{"id":2,"name":"` + long + `"},{"id":3,"name":""}]`,
		`[{"id":1,"name":[{}]},{"id":2,"name":"two"}]`,
		`[{"name":"one","id":1},{"id":2,"name":"two"}]`,
		`[{"id":1,"name":"one"}{"id":2,"name":"two"}]`,
		`[{"id":1,"name":"one"},{"id":2,"name":two}]`,
		`[{"id":1,"name":"one"},{"id":2`,
	} {
		for name, opt := range map[string]Options{
			"all":        {Limit: -1},
			"one":        {Limit: 1},
			"two":        {Limit: 2, Spare: 1, Stop: StopAlone},
			"none":       {Limit: 0},
			"the second": {Skip: 1, Limit: 1},
			"short":      {Limit: 2, MaxBytes: 60, ShortPage: true},
			"too large":  {Limit: 2, MaxBytes: 30},
			"keyed":      {Limit: 2, Key: keyOf(t, "id")},
			"counted":    {Limit: 2, CountOnly: true},
		} {
			for n := range len(body) + 1 {
				var fresh, warm Reader
				want := reading{Options: opt}.read(&fresh, body, cutAt(n))
				got := reading{Options: opt, before: before}.read(&warm, body, cutAt(n))
				if got != want || want.err == "" && string(warm.Next().Bytes()) != string(fresh.Next().Bytes()) {
					t.Errorf("%s of %s, cut at %d:\ngot  %+v %q\nwant %+v %q", name, body, n, got, warm.Next().Bytes(), want, fresh.Next().Bytes())
				}
			}
		}
	}
}
