package query_test

import (
	"math"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

// spans are the names of a page that is said by where it begins and ends.
var spans = query.Names{
	Limit: []string{"_limit"}, Offset: []string{"_start"}, End: []string{"_end"}, Range: []string{"range"}, Page: []string{"page"}, Cursor: []string{"cursor"},
	FirstPage: 1, Fields: "fields",
}

func TestSpans(t *testing.T) {
	r := query.NewReader(spans)
	for _, tc := range []struct {
		name, raw     string
		limit, offset limits.Number
		limitName     string
	}{
		{"a start and an end", "_start=50&_end=100", given(50), given(50), "_end"},
		{"the end first, among others", "_end=100&_order=ASC&_sort=seq&_start=50", given(50), given(50), "_end"},
		{"any letter case, encoded", "_START=%310&_End=20", given(10), given(10), "_end"},
		{"an end alone", "_end=20", given(20), given(0), "_end"},
		{"a start alone", "_start=20", absent, given(20), "range"},
		{"a start and a limit", "_start=20&_limit=5", given(5), given(20), "_limit"},
		{"an end that agrees", "_start=0&_end=20&_end=020", given(20), given(0), "_end"},
		{"empty ones", "_start=&_end=&range=&_limit=5", given(5), absent, "_limit"},
		{"an empty limit beside an end", "_limit=&_start=5&_end=10", given(5), given(5), "_end"},
		{"an empty range beside an end", "_end=10&range=", given(10), given(0), "_end"},
		{"an end beside an empty range", "range=&_end=10", given(10), given(0), "_end"},
		{"an end too large to count", "_start=7&_end=99999999999999999999", given(math.MaxInt64 - 7), given(7), "_end"},
		{"a range", "range=[50,99]", given(50), given(50), "range"},
		{"a range, encoded", "filter=%7B%7D&range=%5B0%2C49%5D&sort=%5B%22seq%22%2C%22ASC%22%5D", given(50), given(0), "range"},
		{"a range of one", "range=[7,7]", given(1), given(7), "range"},
		{"a range with blanks", "range=+[+0+,%0949]%20", given(50), given(0), "range"},
		{"ranges that agree", "range=[0,49]&range=[0,+49]&range=%5B00,49%5D", given(50), given(0), "range"},
		{"a range too large to count", "range=[7,99999999999999999999]", given(math.MaxInt64 - 7), given(7), "range"},
		{"no page", "page=2", absent, absent, "range"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := r.Read(tc.raw).Ask
			if a.Limit != tc.limit || a.Offset != tc.offset || a.LimitName != tc.limitName || a.Bad != nil {
				t.Errorf("got %+v, want %+v", a, tc)
			}
			if a.Spans != (tc.limitName != "_limit" && tc.limit != absent) {
				t.Errorf("spans: got %t", a.Spans)
			}
		})
	}
}

// TestSpansInvalid: nothing of a span that is invalid is left in the ask, so that under
// `invalid default` it is served as if it had not been said.
func TestSpansInvalid(t *testing.T) {
	r := query.NewReader(spans)
	for _, tc := range []struct {
		name, raw, param, given string
		limit, offset           limits.Number
	}{
		{"an end before the start", "_start=50&_end=49", "_end", "49", invalid, given(50)},
		{"an end at the start", "_end=50&_start=50", "_end", "50", invalid, given(50)},
		{"an end of nothing", "_end=0", "_end", "0", invalid, absent},
		{"both too large to count", "_start=99999999999999999998&_end=99999999999999999999", "_end", "99999999999999999999", invalid, given(math.MaxInt64)},
		{"no number", "_start=0&_end=all", "_end", "all", invalid, given(0)},
		{"below zero", "_end=-1", "_end", "-1", invalid, absent},
		{"two ends", "_start=0&_end=5&_end=900", "_end", "5, 900", invalid, given(0)},
		{"an end and none", "_end=5&_end=", "_end", "5, ", invalid, absent},
		{"two ends too large to count", "_end=99999999999999999999&_end=99999999999999999998", "_end", "99999999999999999999, 99999999999999999998", invalid, absent},
		{"an odd end", "_start=0&_end[]=900", "range", "_end[]", invalid, given(0)},
		{"an odd start: then an end is no limit", "_start[]=800&_end=900", "range", "_start[]", invalid, invalid},
		{"an invalid start", "_end=900&_start=x", "_start", "x", invalid, invalid},
		{"an end and a limit", "_start=0&_end=10&_limit=10", "_end", "10", invalid, given(0)},
		{"an end and an invalid limit", "_limit=x&_end=10", "_limit", "x", invalid, absent},
		{"an end and a page", "_end=10&page=2", "page", "2", given(10), invalid},
		{"an end and a cursor", "_end=10&cursor=x", "cursor", "x", given(10), invalid},
		{"a range backwards", "range=[9,0]", "range", "[9,0]", invalid, invalid},
		{"a range of letters", "range=[a,b]", "range", "[a,b]", invalid, invalid},
		{"a range of all", "range=[0,-1]", "range", "[0,-1]", invalid, invalid},
		{"a range with a fraction", "range=[0,9.0]", "range", "[0,9.0]", invalid, invalid},
		{"a range of strings", `range=["0","9"]`, "range", `["0","9"]`, invalid, invalid},
		{"a range of one number", "range=[9]", "range", "[9]", invalid, invalid},
		{"a range of three", "range=[0,9,9]", "range", "[0,9,9]", invalid, invalid},
		{"a range of none", "range=[,]", "range", "[,]", invalid, invalid},
		{"a range that is no array", "range=0,9", "range", "0,9", invalid, invalid},
		{"a range without an end", "range=[0,9", "range", "[0,9", invalid, invalid},
		{"a range in another one", "range=[[0,9]]", "range", "[[0,9]]", invalid, invalid},
		{"a range of bytes", "range=items=0-9", "range", "items=0-9", invalid, invalid},
		{"two ranges", "range=[0,9]&range=[0,900]", "range", "[0,9], [0,900]", invalid, invalid},
		{"a range and none", "range=&range=[0,9]", "range", ", [0,9]", invalid, invalid},
		{"an odd range", "range[0]=0&range[1]=9", "range", "range[0]", invalid, invalid},
		{"a range and a start", "range=[0,9]&_start=0", "range", "[0,9]", invalid, invalid},
		{"a range and an end", "range=[0,9]&_end=10", "_end", "10", invalid, absent},
		{"an end and a range", "_end=10&range=[0,9]", "range", "[0,9]", invalid, invalid},
		{"a range and a limit", "range=[0,9]&_limit=10", "range", "[0,9]", invalid, invalid},
		{"a range and a page", "range=[0,9]&page=1", "page", "1", given(10), invalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := r.Read(tc.raw + "&a=1")
			if p := q.Ask.Bad; p == nil || p.Code != limits.CodeLimitInvalid || p.Parameter != tc.param || p.Given != tc.given {
				t.Errorf("got %+v, want the parameter %s, given %s", p, tc.param, tc.given)
			}
			if q.Ask.Limit != tc.limit || q.Ask.Offset != tc.offset {
				t.Errorf("got %+v, want the limit %v, the offset %v", q.Ask, tc.limit, tc.offset)
			}
			if got := q.Upstream(false); got != "a=1" {
				t.Errorf("the upstream gets %q", got)
			}
		})
	}
}

// FuzzSpans: whoever follows a link asks for just the span in it, nothing of a span goes
// upstream, and no sum of a span that is valid overflows.
func FuzzSpans(f *testing.F) {
	seeds(f)
	for _, raw := range []string{
		"_start=50&_end=100", "_end=5&_end=6;_start=1", "range=[0,49]&range=%5B0%2C49%5D", "range[0]=1&_start=99999999999999999999&_end=99999999999999999999",
		"range=[0,9223372036854775806]&_limit=", "_end=[1,2]&.end=3&range=+[1,2]", "page=2&range=[1,2]&cursor=x",
	} {
		f.Add(raw)
	}
	r := query.NewReader(spans)
	f.Fuzz(func(t *testing.T, raw string) {
		q := r.Read(raw)
		if again := r.Read(q.Upstream(false)); again.Touched() {
			t.Errorf("%q: paging is left in %q", raw, q.Upstream(false))
		}
		if a := &q.Ask; a.Spans && a.Bad == nil && (a.Limit.N < 1 || a.Offset.N < 0 || a.Limit.N > math.MaxInt64-a.Offset.N) {
			t.Errorf("%q: got %+v", raw, a)
		}
		for _, link := range []string{
			q.Client(query.Int("_start", 25), query.Int("_end", 50)),
			q.Client(query.Param{Name: "range", Value: "[25,49]"}),
		} {
			again := r.Read(link)
			if a := &again.Ask; a.Bad != nil || a.Limit != given(25) || a.Offset != given(25) || a.Page != absent {
				t.Errorf("%q: the link %q asks for %+v", raw, link, a)
			}
			if again.Filter() != q.Filter() {
				t.Errorf("%q: filter %q, behind the link %q", raw, q.Filter(), again.Filter())
			}
		}
	})
}
