package integration

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A queryCase is a query on its way through: what the client is answered, and
// what the upstream is asked.
type queryCase struct {
	name, query string

	// size and from are the page of 50 items that the client gets; a size of 0
	// is a refusal with code, parameter and given.
	size, from             int
	code, parameter, given string

	// upstream is the query that an unbounded upstream sees, native that of one
	// that pages by limit and offset. A refused request reaches neither.
	upstream, native string
}

func invalid(name, query, given string) queryCase {
	return queryCase{name: name, query: query, code: "limit_invalid", parameter: "limit", given: given}
}

func served(name, query string, size int, upstream string) queryCase {
	native := "limit=" + strconv.Itoa(size+1)
	if upstream != "" {
		native += "&" + upstream
	}
	return queryCase{name: name, query: query, size: size, upstream: upstream, native: native}
}

// queryCases are field-notes 5 and 6: how servers tell "everything", and in what
// they differ when they read one query.
var queryCases = []queryCase{
	served("none", "", 10, ""),
	served("a limit", "limit=5", 5, ""),
	served("empty", "limit=", 10, ""),
	served("bare", "limit", 10, ""),
	served("zero", "limit=0", 10, ""),
	served("zeros", "limit=000", 10, ""),
	served("minus one", "limit=-1", 10, ""),
	served("all", "limit=all", 10, ""),
	served("leading zeros", "limit=0000000000000000000000005", 5, ""),
	served("over the maximum", "limit=21", 20, ""),
	served("20 digits", "limit=99999999999999999999", 20, ""),
	served("2^64+5", "limit=18446744073709551621", 20, ""),
	invalid("plus as blank", "limit=+5", " 5"),
	invalid("plus", "limit=%2B5", "+5"),
	invalid("minus two", "limit=-2", "-2"),
	invalid("exponent", "limit=1e3", "1e3"),
	invalid("fraction", "limit=10.0", "10.0"),
	invalid("blank before", "limit=%2010", " 10"),
	invalid("blank behind", "limit=10%20", "10 "),
	invalid("line feed behind", "limit=10%0A", `10\n`),
	invalid("letters behind", "limit=10abc", "10abc"),
	invalid("hex", "limit=0x10", "0x10"),
	invalid("underscore", "limit=1_0", "1_0"),
	invalid("list", "limit=10,900", "10,900"),
	invalid("Arabic digits", "limit=%D9%A1%D9%A0", "١٠"),
	invalid("Arabic digits, raw", "limit=١٠", "١٠"),
	invalid("fullwidth digits", "limit=%EF%BC%99", "９"),
	invalid("NUL", "limit=10%00", `10\x00`),
	invalid("bad escape", "limit=10%zz", "10%zz"),
	invalid("word", "limit=none", "none"),

	served("twice alike", "limit=5&limit=5", 5, ""),
	served("twice alike, zeros", "limit=5&a=1&limit=05", 5, "a=1"),
	invalid("twice", "limit=10&limit=900", "10, 900"),
	invalid("twice, apart", "limit=10&a=1&limit=900", "10, 900"),
	invalid("twice, one a sentinel", "limit=10&limit=", "10, "),
	invalid("twice in two cases", "limit=10&LIMIT=900", "10, 900"),
	served("upper case", "LIMIT=900", 20, ""),
	served("mixed case", "a=1&Limit=5", 5, "a=1"),
	served("escaped name", "lim%69t=5", 5, ""),
	served("escaped name over the maximum", "%6c%69%6D%69%74=900", 20, ""),
	invalid("brackets", "limit[]=900", "limit[]"),
	invalid("escaped brackets", "limit%5B%5D=900", "limit%5B%5D"),
	invalid("index", "limit[0]=900", "limit[0]"),
	invalid("operator", "limit[gt]=900", "limit[gt]"),
	invalid("brackets around", "[limit]=900", "[limit]"),
	invalid("closing bracket", "limit]=900", "limit]"),
	invalid("blank before the name", "+limit=900", "+limit"),
	invalid("blank behind the name", "limit%20=900", "limit%20"),
	invalid("NUL behind the name", "limit%00=900", "limit%00"),
	invalid("NUL and more behind the name", "limit%00x=900", "limit%00x"),
	invalid("NUL in the name", "lim%00it=900", "lim%00it"),
	invalid("%u in the name", "%u006cimit=900", "%u006cimit"),
	invalid("BOM", "%EF%BB%BFlimit=900", "%EF%BB%BFlimit"),
	invalid("dotless i", "l%C4%B1mit=900", "l%C4%B1mit"),
	invalid("fullwidth letter", "%EF%BD%8Cimit=900", "%EF%BD%8Cimit"),
	invalid("second question mark", "?limit=900", "?limit"),
	invalid("question mark in a value", "a=1?limit=900", "?limit"),
	invalid("semicolon", "a=1;limit=900", ";limit"),
	invalid("semicolon behind a limit", "limit=10;limit=900", "10;limit=900"),
	invalid("amp;", "a=1&amp;limit=900", ";limit"),
	invalid("odd beside exact", "limit=5&limit[]=900", "limit[]"),
	served("other names", "limits=900&xlimit=900&limit.x=900&size=900&per_page=900&first=John", 10,
		"limits=900&xlimit=900&limit.x=900&size=900&per_page=900&first=John"),
	served("escaped twice", "lim%2569t=900", 10, "lim%2569t=900"),
	served("broken pairs stay", "a=%zz&;b&=&&limit=5&c=d;e", 5, "a=%zz&;b&=&&c=d;e"),
	served("order and encoding stay", "z=%7e&limit=5&a=+%20é&a=0", 5, "z=%7e&a=+%20é&a=0"),

	{name: "offset", query: "offset=5", size: 10, from: 5, native: "limit=11&offset=5"},
	{name: "offset 0", query: "limit=5&offset=0", size: 5, native: "limit=6"},
	{name: "empty offset", query: "limit=5&offset=", size: 5, native: "limit=6"},
	{name: "upper case offset", query: "OFFSET=5&limit=5", size: 5, from: 5, native: "limit=6&offset=5"},
	{name: "offset -1", query: "offset=-1", code: "limit_invalid", parameter: "offset", given: "-1"},
	{name: "offset word", query: "offset=abc", code: "limit_invalid", parameter: "offset", given: "abc"},
	{name: "offset twice", query: "offset=1&offset=2", code: "limit_invalid", parameter: "offset", given: "1, 2"},
	{name: "offset in brackets", query: "offset[]=1", code: "limit_invalid", parameter: "offset", given: "offset[]"},
	{
		name: "20 digits of offset", query: "offset=99999999999999999999", code: "offset_too_deep", parameter: "offset",
		given: "99999999999999999999",
	},
	{name: "number sign", query: "a=1&limit=10#&limit=900", code: "limit_invalid", given: "limit=10#&limit=900"},
}

// Every spelling has a declared outcome, none is unbounded, and the upstream sees
// no limit but ours.
func TestQueryTricks(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, `
		handle /unbounded {
			paginate 10 20 {
				snapshot off
			}
			`+up.proxy()+`
		}
		handle /link {
			paginate 10 20 {
				upstream link
			}
			`+up.proxy()+`
		}`)
	for _, tc := range queryCases {
		for path, want := range map[string]string{"/unbounded": tc.upstream, "/link": tc.native} {
			t.Run(tc.name+path, func(t *testing.T) {
				up.take()
				r := getRaw(t, s, path+"?"+tc.query)
				if tc.size == 0 {
					wantGiven(t, r, tc)
					if asked := up.take(); len(asked) > 0 {
						t.Errorf("a refused request reached the upstream: %v", asked)
					}
					return
				}
				wantOdd(t, r, tc.from, tc.from+tc.size)
				if got := up.takeOne(t).query; got != want {
					t.Errorf("the upstream saw %q, want %q", got, want)
				}
			})
		}
	}
	s.NoTrouble(t)
}

// wantGiven asserts on a refusal and what it says of the parameter.
func wantGiven(t *testing.T, r reply, tc queryCase) {
	t.Helper()
	p := wantRefusal(t, r, http.StatusBadRequest, tc.code)
	if p.Parameter != tc.parameter || p.Given != tc.given {
		t.Errorf("got parameter %q given %q, want %q %q", p.Parameter, p.Given, tc.parameter, tc.given)
	}
}

// With "invalid default" the same queries are served the first page, and what is
// invalid still reaches no upstream.
func TestQueryInvalidDefault(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20 {\ninvalid default\nupstream link\n}\n"+up.proxy())
	for _, tc := range queryCases {
		if tc.code != "limit_invalid" || strings.Contains(tc.query, "#") {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			up.take()
			wantOdd(t, getRaw(t, s, "/link?z=1&"+tc.query+"&y=2"), 0, 10)
			got := up.takeOne(t).query
			left, ok := strings.CutPrefix(got, "limit=11&z=1&")
			if !ok || strings.Contains(strings.ToLower(left), "limit") || strings.Contains(left, "900") || !strings.HasSuffix(left, "y=2") {
				t.Errorf("the upstream saw %q", got)
			}
		})
	}
	t.Run("the rest still counts", func(t *testing.T) {
		up.take()
		wantOdd(t, getRaw(t, s, "/link?limit=abc&offset=5"), 5, 15)
		if got := up.takeOne(t).query; got != "limit=11&offset=5" {
			t.Errorf("the upstream saw %q", got)
		}
	})
	for _, tc := range []queryCase{
		{name: "number sign", query: "limit=10#", code: "limit_invalid", given: "limit=10#"},
		{name: "cursor", query: "cursor=abc", code: "cursor_invalid", parameter: "cursor", given: "abc"},
		{name: "cursor in brackets", query: "cursor[]=abc", code: "cursor_invalid", parameter: "cursor", given: "cursor[]"},
	} {
		t.Run(tc.name, func(t *testing.T) { wantGiven(t, getRaw(t, s, "/link?"+tc.query), tc) })
	}
}

// The style page is read as strictly, and page times size never overflows.
func TestQueryStylePage(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20 {\nstyle page\nupstream link\nmax_offset off\n}\n"+up.proxy())
	for _, tc := range []queryCase{
		{name: "page", query: "a=1&page=2", size: 10, from: 10, native: "limit=11&offset=10&a=1"},
		{name: "both", query: "page=3&per_page=5", size: 5, from: 10, native: "limit=6&offset=10"},
		{name: "clamped", query: "per_page=900&page=2", size: 20, from: 20, native: "limit=21&offset=20"},
		{name: "unlimited", query: "per_page=0", size: 10, native: "limit=11"},
		{name: "empty page", query: "page=", size: 10, native: "limit=11"},
		{name: "the upstream's limit", query: "limit=900", size: 20, native: "limit=21"},
		{name: "the upstream's offset", query: "offset=7", size: 10, from: 7, native: "limit=11&offset=7"},
		{name: "page 0", query: "page=0", code: "limit_invalid", parameter: "page", given: "0"},
		{name: "page -1", query: "page=-1", code: "limit_invalid", parameter: "page", given: "-1"},
		{name: "page in brackets", query: "page[number]=2", code: "limit_invalid", parameter: "page", given: "page[number]"},
		{name: "page twice", query: "page=2&page=3", code: "limit_invalid", parameter: "page", given: "2, 3"},
		{name: "PHP's underscore", query: "per.page=900", code: "limit_invalid", parameter: "per_page", given: "per.page"},
		{name: "PHP's bracket", query: "per[page=900", code: "limit_invalid", parameter: "per_page", given: "per[page"},
		{name: "blank in the name", query: "per+page=900", code: "limit_invalid", parameter: "per_page", given: "per+page"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up.take()
			r := getRaw(t, s, "/link?"+tc.query)
			if tc.size == 0 {
				wantGiven(t, r, tc)
				return
			}
			wantOdd(t, r, tc.from, tc.from+tc.size)
			if got := up.takeOne(t).query; got != tc.native {
				t.Errorf("the upstream saw %q, want %q", got, tc.native)
			}
		})
	}
	for _, page := range []string{"9223372036854775807", "99999999999999999999", "922337203685477582", "461168601842738792"} {
		t.Run("page "+page, func(t *testing.T) {
			up.take()
			r := getRaw(t, s, "/link?per_page=20&page="+page)
			wantOdd(t, r, 0, 0)
			offset, ok := strings.CutPrefix(up.takeOne(t).query, "limit=21&offset=")
			if n, err := strconv.ParseInt(offset, 10, 64); !ok || err != nil || n < 1<<62 {
				t.Errorf("the upstream was asked for offset %q", offset)
			}
		})
	}
}

// Where a server stops reading behind its thousandth pair, ours are before it.
func TestQueryManyPairs(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20 {\nupstream link\n}\n"+up.proxy())
	many := strings.Repeat("x=1&", 1500)
	r := getRaw(t, s, "/link?"+many+"limit=900&offset=7")
	wantOdd(t, r, 7, 27)
	if got, want := up.takeOne(t).query, "limit=21&offset=7&"+strings.TrimSuffix(many, "&"); got != want {
		t.Errorf("the upstream saw %.60q... of %d bytes, want %.60q... of %d", got, len(got), want, len(want))
	}
}

// A guarded parameter is read as the limit is, and never forwarded; the upstream's
// own names are guarded anyway.
func TestQueryGuard(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, `
		handle /link {
			paginate 10 20 {
				upstream link
				guard size max-results
			}
			`+up.proxy()+`
		}
		handle /page {
			paginate 10 20 {
				upstream page
			}
			`+up.proxy()+`
		}`)
	for _, tc := range []struct {
		queryCase
		path string
	}{
		{queryCase{name: "alone", query: "size=5&a=1", size: 5, native: "limit=6&a=1"}, "/link"},
		{queryCase{name: "over the maximum", query: "Size=900", size: 20, native: "limit=21"}, "/link"},
		{queryCase{name: "agrees", query: "size=5&limit=5", size: 5, native: "limit=6"}, "/link"},
		{queryCase{name: "disagrees", query: "limit=5&size=900", code: "limit_invalid", parameter: "size", given: "5, 900"}, "/link"},
		{queryCase{name: "word", query: "size=XL", code: "limit_invalid", parameter: "size", given: "XL"}, "/link"},
		{queryCase{name: "brackets", query: "max-results[]=9", code: "limit_invalid", parameter: "limit", given: "max-results[]"}, "/link"},
		{queryCase{name: "the upstream's limit", query: "per_page=900", size: 20, native: "per_page=21"}, "/page"},
		{queryCase{name: "the upstream's page", query: "page=2&limit=5", size: 5, from: 5, native: "per_page=11"}, "/page"},
		{
			queryCase{name: "both positions", query: "page=2&offset=5", code: "limit_invalid", parameter: "page", given: "2"},
			"/page",
		},
		{
			queryCase{name: "the upstream's limit in brackets", query: "per_page[]=5", code: "limit_invalid", parameter: "limit", given: "per_page[]"},
			"/page",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up.take()
			r := getRaw(t, s, tc.path+"?"+tc.query)
			if tc.size == 0 {
				wantGiven(t, r, tc.queryCase)
				return
			}
			wantOdd(t, r, tc.from, tc.from+tc.size)
			if got := up.takeOne(t).query; got != tc.native {
				t.Errorf("the upstream saw %q, want %q", got, tc.native)
			}
		})
	}
}
