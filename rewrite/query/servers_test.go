package query_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

// TestServersThatReadDifferently has the measured ways in which 64 servers read
// one query differently. In each, the model of the server named does see 900
// in the raw query; we call it invalid, and once rewritten nobody sees it.
func TestServersThatReadDifferently(t *testing.T) {
	for _, tc := range []struct {
		name, raw string
		reader    string // the model that is led astray
		param     string // the parameter that it reads
		want      []string
		given     string // what the problem repeats
		upstream  string // behind limit=10&
	}{
		{"two limits: Go, Tomcat, Jetty and Flask take the first", "limit=10&limit=900", "Go net/url", "limit", []string{"10", "900"}, "10, 900", ""},
		{"two limits: PHP, Django, Starlette, Rails and hapi take the last", "limit=10&a=1&limit=900", "PHP", "limit", []string{"10", "900"}, "10, 900", "&a=1"},
		{"two limits: Express makes an array", "limit=10&limit=900", "qs (Express, hapi)", "limit", []string{"10", "900"}, "10, 900", ""},
		{"two limits: ASP.NET and Spring join them", "limit=10&LIMIT=900", "ASP.NET", "limit", []string{"10", "900"}, "10, 900", ""},
		{"brackets: PHP", "limit[]=900", "PHP", "limit", []string{"900"}, "limit[]", ""},
		{"brackets: qs", "limit%5B%5D=900", "qs (Express, hapi)", "limit", []string{"900"}, "limit%5B%5D", ""},
		{"brackets with a key", "limit[gt]=900", "qs (Express, hapi)", "limit", []string{"900"}, "limit[gt]", ""},
		{"leading brackets: qs", "[limit]=900", "qs (Express, hapi)", "limit", []string{"900"}, "[limit]", ""},
		{"closing bracket: Rack", "limit]=900", "Rack (Rails)", "limit", []string{"900"}, "limit]", ""},
		{"two opening brackets: Rack", "[[limit=900", "Rack (Rails)", "limit", []string{"900"}, "[[limit", ""},
		{"blank in front: PHP", "+limit=900", "PHP", "limit", []string{"900"}, "+limit", ""},
		{"blank behind", "limit%20=900", "trims blanks and BOM", "limit", []string{"900"}, "limit%20", ""},
		{"BOM in front", "%EF%BB%BFlimit=900", "trims blanks and BOM", "limit", []string{"900"}, "%EF%BB%BFlimit", ""},
		{"cut at NUL: PHP", "limit%00=900", "PHP", "limit", []string{"900"}, "limit%00", ""},
		{"cut at NUL with a tail: PHP", "limit%00x=900", "PHP", "limit", []string{"900"}, "limit%00x", ""},
		{"NUL left out: ASP.NET", "lim%00it=900", "ASP.NET", "limit", []string{"900"}, "lim%00it", ""},
		{"wide escape: ASP.NET", "%u006cimit=900", "ASP.NET", "limit", []string{"900"}, "%u006cimit", ""},
		{"semicolon", "a=1;limit=900", "Go 1.16, Perl CGI", "limit", []string{"900"}, ";limit", "&a=1"},
		{"semicolon between two others", "a=1;limit=900;b=2", "Rack (Rails)", "limit", []string{"900"}, ";limit", "&a=1;b=2"},
		{"semicolon behind a bare limit", "limit;b=2", "Rack (Rails)", "limit", []string{""}, "limit;b", "&b=2"},
		{"semicolon behind a limit", "limit=900;b=2", "Rack (Rails)", "limit", []string{"900"}, "900;b=2", "&b=2"},
		{"question mark", "a=1?limit=900", "behind the last ?", "limit", []string{"900"}, "?limit", "&a=1"},
		{"question mark in front", "?limit=900", "qs (Express, hapi)", "limit", []string{"900"}, "?limit", ""},
		{"HTML entity", "a=1&amp;limit=900", "HTML entities", "limit", []string{"900"}, ";limit", "&a=1"},
		{"HTML entity, encoded", "a=1&amp%3Blimit=900", "HTML entities", "limit", []string{"900"}, "amp%3Blimit", "&a=1"},
		{"HTML entity before others", "amp;limit=900;b=2", "HTML entities", "limit", []string{"900;b=2"}, ";limit", "&amp;b=2"},
		{"long s", "per_page=10&%C5%BFkip=900", "compares by Unicode", "skip", []string{"900"}, "%C5%BFkip", ""},
		{"dotless i", "l%C4%B1mit=900", "compares by Unicode", "limit", []string{"900"}, "l%C4%B1mit", ""},
		{"dot for underscore: PHP", "per.page=900", "PHP", "per_page", []string{"900"}, "per.page", ""},
		{"blank for underscore: PHP", "per+page=900", "PHP", "per_page", []string{"900"}, "per+page", ""},
		{"bracket for underscore: PHP", "per[page=900", "PHP", "per_page", []string{"900"}, "per[page", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			i := slices.IndexFunc(servers, func(s server) bool { return s.name == tc.reader })
			if got := servers[i].read(tc.raw, tc.param); !slices.Equal(got, tc.want) {
				t.Fatalf("the model of %s reads %q, want %q: the case shows nothing", tc.reader, got, tc.want)
			}
			q := query.NewReader(style).Read(tc.raw)
			if q.Ask.Bad == nil || q.Ask.Bad.Code != limits.CodeLimitInvalid || q.Ask.Bad.Given != tc.given {
				t.Errorf("problem: got %+v, want %s given %q", q.Ask.Bad, limits.CodeLimitInvalid, tc.given)
			}
			if !q.Touched() {
				t.Error("not touched")
			}
			got := q.Upstream(false, query.Int("limit", 10))
			if want := "limit=10" + tc.upstream; got != want {
				t.Errorf("upstream: got %q, want %q", got, want)
			}
			for _, s := range servers {
				checkServer(t, s, got)
			}
		})
	}
}

// checkServer fails if a server reads anything but limit=10 out of raw.
func checkServer(t *testing.T, s server, raw string) {
	t.Helper()
	for _, name := range []string{"limit", "per_page", "offset", "skip", "page", "cursor"} {
		var want []string
		if name == "limit" {
			want = []string{"10"}
		}
		if got := s.read(raw, name); !slices.Equal(got, want) {
			t.Errorf("%s reads %s=%q out of %q, want %q", s.name, name, got, raw, want)
		}
	}
}

// More spellings that no model covers, each known from somewhere.
func TestOddSpellings(t *testing.T) {
	r := query.NewReader(style)
	for _, tc := range []struct{ name, raw string }{
		{"kelvin sign, for names with k", "s%E2%84%AAip=900"},
		{"dotted capital I", "L%C4%B0M%C4%B0T=900"},
		{"fullwidth letters, best fit", "%uFF4Cimit=900"},
		{"fullwidth letters in UTF-8", "%EF%BC%AC%EF%BC%A9mit=900"},
		{"wide NUL", "lim%u0000it=900"},
		{"wide bracket", "limit%u005B%u005D=900"},
		{"bad escape in a name that is cut", "limit[%zz]=900"},
		{"blank in brackets", "limit+[]=900"},
		{"no-break space", "%C2%A0limit=900"},
		{"line break", "limit%0D%0A=900"},
		{"HTML entity twice, encoded", "amp%3Bamp%3B+limit=900"},
		{"bare name behind a semicolon", "a=1;limit"},
		{"cut at NUL in front of brackets", "limit%00[]=900"},
		{"a name over the stack buffer", "limit[" + strings.Repeat("x", 500) + "]=900"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := r.Read(tc.raw)
			if q.Ask.Bad == nil || !q.Touched() {
				t.Errorf("%q: got %+v, want a problem", tc.raw, q.Ask)
			}
		})
	}
}

// Ordinary filters that come close to paging and must stay what they are.
func TestNoPaging(t *testing.T) {
	r := query.NewReader(style)
	for _, raw := range []string{
		"", "&", "a", "=", "==limit", "=limit=5", "a=limit", "a=limit=5", "limits=5", "limi=5", "xlimit=5", "limit_=5", "limit.x=5",
		"limit%2=5", "limit%253D5", "a[limit]=5", "filter[page]=5", "page_size=5", "perpage=5", "q=AT%26T%26limit%3D5",
		"size=XL", "first=John", "lim;it=5", "a=%zz;%", "amp;a=1", "?a=1?b=2", "%00limit_x=1", "%C5%BF=1", "r=%3Flimit%3D5",
	} {
		q := r.Read(raw)
		if q.Touched() || q.Ask.Bad != nil || q.Unsafe {
			t.Errorf("%q: got %+v, want no paging", raw, q.Ask)
		}
		if got := q.Upstream(true); got != raw {
			t.Errorf("upstream of %q: got %q", raw, got)
		}
	}
}
