package query_test

import (
	"slices"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

func TestPrefer(t *testing.T) {
	for _, tc := range []struct {
		name   string
		values []string
		limit  int64 // 0: absent
		token  string
		rest   []string
	}{
		{"no field", nil, 0, "", nil},
		{"alone", []string{"maxpagesize=25"}, 25, "maxpagesize", nil},
		{"OData's spelling", []string{"odata.maxpagesize=25"}, 25, "odata.maxpagesize", nil},
		{"letter case", []string{"OData.MaxPageSize=25"}, 25, "OData.MaxPageSize", nil},
		{"quoted", []string{`maxpagesize="25"`}, 25, "maxpagesize", nil},
		{"blanks around =", []string{"maxpagesize = 25"}, 25, "maxpagesize", nil},
		{"parameters", []string{`maxpagesize=25; foo="a;b,c"`}, 25, "maxpagesize", nil},
		{"others on the line", []string{"return=minimal,  maxpagesize=25 , wait=10"}, 25, "maxpagesize", []string{"return=minimal, wait=10"}},
		{"others on other lines", []string{"respond-async,  wait=10", "maxpagesize=25", "a"}, 25, "maxpagesize", []string{"respond-async,  wait=10", "a"}},
		{"in another's quotes", []string{`a="maxpagesize=5, x", b="\", maxpagesize=5"`}, 0, "", []string{`a="maxpagesize=5, x", b="\", maxpagesize=5"`}},
		{"the first wins", []string{"maxpagesize=25, odata.maxpagesize=30", "maxpagesize=40"}, 25, "maxpagesize", nil},
		{"the first wins, be it invalid", []string{"maxpagesize=x, maxpagesize=30"}, 0, "", nil},
		{"zero", []string{"maxpagesize=0"}, 0, "", nil},
		{"below zero", []string{"maxpagesize=-1, a"}, 0, "", []string{"a"}},
		{"no value", []string{"maxpagesize"}, 0, "", nil},
		{"two numbers", []string{`maxpagesize="1,2"`}, 0, "", nil},
		{"an open quote", []string{`maxpagesize="25`}, 0, "", nil},
		{"an escape at the end", []string{`a="x\`}, 0, "", []string{`a="x\`}},
		{"an escape at the end of a changed line", []string{`maxpagesize=5, a="x\`}, 5, "maxpagesize", []string{`a="x\`}},
		{"20 digits", []string{"maxpagesize=99999999999999999999"}, 1<<63 - 1, "maxpagesize", nil},
		{"a longer name", []string{"xmaxpagesize=5"}, 0, "", []string{"xmaxpagesize=5"}},
		{"empty elements", []string{", ,maxpagesize=5,,"}, 5, "maxpagesize", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := absent
			if tc.limit != 0 {
				want = given(tc.limit)
			}
			limit, token, rest := query.Prefer(tc.values)
			if limit != want || token != tc.token || !slices.Equal(rest, tc.rest) {
				t.Errorf("got %v %q %q, want %v %q %q", limit, token, rest, want, tc.token, tc.rest)
			}
		})
	}
}
