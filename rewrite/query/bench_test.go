package query_test

import (
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

const plainQuery = "status=open&customer%5Bid%5D=42&createdAt=2024-01-01T00:00:00%2B02:00&sort=-created_at&q=a+b;c"

// The hot path: nearly every request of a site that pages has one of these.
func TestReadAllocates(t *testing.T) {
	r := query.NewReader(style)
	for _, tc := range []struct {
		name, raw string
		most      float64
	}{
		{"no query", "", 0},
		{"no paging", plainQuery, 0},
		{"a limit and a cursor", "limit=10&cursor=x", 1},
		{"a limit, a cursor and filters", plainQuery + "&limit=10&cursor=x", 1},
	} {
		got := testing.AllocsPerRun(100, func() { r.Read(tc.raw) })
		if got > tc.most {
			t.Errorf("%s: got %v allocations, want at most %v", tc.name, got, tc.most)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	r := query.NewReader(style)
	for _, bc := range []struct{ name, raw string }{
		{"none", ""},
		{"plain", plainQuery},
		{"paged", "limit=10&cursor=x"},
		{"odd", "limit[]=900&lim%00it=9&a=1;limit=4"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Read(bc.raw)
			}
		})
	}
}

func BenchmarkUpstream(b *testing.B) {
	q := query.NewReader(style).Read(plainQuery + "&limit=10&cursor=x")
	b.ReportAllocs()
	for b.Loop() {
		q.Upstream(false, query.Int("limit", 11))
	}
}
