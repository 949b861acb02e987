package query_test

import (
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

func given(n int64) limits.Number { return limits.Number{Kind: limits.Given, N: n} }

var (
	absent    = limits.Number{}
	unlimited = limits.Number{Kind: limits.Unlimited}
	invalid   = limits.Number{Kind: limits.Invalid}
)

func TestRead(t *testing.T) {
	r := query.NewReader(style)
	for _, tc := range []struct {
		name, raw           string
		limit, offset, page limits.Number
		cursor              string
	}{
		{"nothing", "", absent, absent, absent, ""},
		{"a limit", "limit=10", given(10), absent, absent, ""},
		{"any letter case", "LiMiT=10&OFFSET=5", given(10), given(5), absent, ""},
		{"an alias", "per_page=10&skip=5", given(10), given(5), absent, ""},
		{"two names that agree", "per_page=10&limit=10", given(10), absent, absent, ""},
		{"too large to count, and agree", "limit=99999999999999999999&limit=099999999999999999999", given(1<<63 - 1), absent, absent, ""},
		{"pairs that agree", "limit=10&limit=010&a=1&limit=1%30", given(10), absent, absent, ""},
		{"an encoded letter", "%6Cimit=10", given(10), absent, absent, ""},
		{"among others", "a=1&limit=10&&b&offset=0", given(10), given(0), absent, ""},
		{"zero", "limit=0", unlimited, absent, absent, ""},
		{"minus one", "limit=-1", unlimited, absent, absent, ""},
		{"all", "limit=all", unlimited, absent, absent, ""},
		{"empty", "limit=", unlimited, absent, absent, ""},
		{"a bare name", "limit&a", unlimited, absent, absent, ""},
		{"sentinels agree", "limit=0&limit=all", unlimited, absent, absent, ""},
		{"empty positions are absent", "offset=&page=&cursor=&limit=5", given(5), absent, absent, ""},
		{"a page", "page=3&limit=10", given(10), absent, given(3), ""},
		{"20 digits", "limit=99999999999999999999", given(1<<63 - 1), absent, absent, ""},
		{"a cursor", "cursor=abc&limit=10", given(10), absent, absent, "abc"},
		{"a cursor, encoded", "cursor=a%2Fb%3D+c", absent, absent, absent, "a/b= c"},
		{"cursors that agree", "cursor=a%62&Cursor=ab", absent, absent, absent, "ab"},
		{"a bad escape elsewhere", "a=%zz&limit=10&%=1", given(10), absent, absent, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := r.Read(tc.raw).Ask
			if a.Limit != tc.limit || a.Offset != tc.offset || a.Page != tc.page || a.Cursor != tc.cursor {
				t.Errorf("got %+v, want %+v", a, tc)
			}
			if a.HasCursor != (tc.cursor != "") || a.FirstPage != 1 || a.Bad != nil {
				t.Errorf("got %+v", a)
			}
		})
	}
}

// TestReadHugeNumbersThatDiffer: they are one number to us, and two to others.
func TestReadHugeNumbersThatDiffer(t *testing.T) {
	a := query.NewReader(style).Read("limit=99999999999999999999&limit=99999999999999999998").Ask
	if a.Bad == nil || a.Limit != invalid {
		t.Errorf("got %+v, want it invalid", a)
	}
}

func TestReadInvalid(t *testing.T) {
	r := query.NewReader(style)
	for _, tc := range []struct{ name, raw, code, param, given string }{
		{"letters", "limit=abc", "limit_invalid", "limit", "abc"},
		{"letters in an alias", "per_page=abc", "limit_invalid", "per_page", "abc"},
		{"plus", "limit=+5", "limit_invalid", "limit", " 5"},
		{"encoded plus", "limit=%2B5", "limit_invalid", "limit", "+5"},
		{"exponent", "limit=1e3", "limit_invalid", "limit", "1e3"},
		{"blank in front", "limit=%2010", "limit_invalid", "limit", " 10"},
		{"letters behind", "limit=10abc", "limit_invalid", "limit", "10abc"},
		{"Arabic digits", "limit=%D9%A1%D9%A0", "limit_invalid", "limit", "١٠"},
		{"a NUL", "limit=10%00", "limit_invalid", "limit", `10\x00`},
		{"a wide escape", "limit=%u0031", "limit_invalid", "limit", "%u0031"},
		{"a bad escape", "limit=10%", "limit_invalid", "limit", "10%"},
		{"offset below zero", "offset=-5", "limit_invalid", "offset", "-5"},
		{"page before the first", "page=0", "limit_invalid", "page", "0"},
		{"two limits", "limit=10&a=1&limit=900", "limit_invalid", "limit", "10, 900"},
		{"two names of the limit", "limit=10&per_page=900", "limit_invalid", "per_page", "10, 900"},
		{"empty and given", "limit=&limit=10", "limit_invalid", "limit", ", 10"},
		{"absent and given", "offset=&offset=10", "limit_invalid", "offset", ", 10"},
		{"two offsets", "offset=1&skip=2", "limit_invalid", "skip", "1, 2"},
		{"two cursors", "cursor=a&cursor=b", "cursor_invalid", "cursor", "a, b"},
		{"a cursor and none", "cursor=a&cursor=", "cursor_invalid", "cursor", "a, "},
		{"an odd cursor", "cursor[]=a", "cursor_invalid", "cursor", "cursor[]"},
		{"offset and page", "offset=5&page=2", "limit_invalid", "page", "2"},
		{"offset and cursor", "cursor=a&offset=5", "limit_invalid", "cursor", "a"},
		{"page and cursor", "cursor=a&page=2", "limit_invalid", "cursor", "a"},
		{"the first of several", "offset=x&limit=y", "limit_invalid", "offset", "x"},
		{"the cursor's outranks", "offset=x&cursor=a&cursor=b", "cursor_invalid", "cursor", "a, b"},
		{"an odd spelling beside a good one", "limit=10&limit[]=10", "limit_invalid", "limit", "limit[]"},
		{"a long value", "limit=" + strings.Repeat("9", 70) + "x", "limit_invalid", "limit", strings.Repeat("9", 61) + "…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := r.Read(tc.raw)
			p := q.Ask.Bad
			if p == nil {
				t.Fatalf("got no problem, want %s", tc.code)
			}
			if p.Code != tc.code || p.Parameter != tc.param || p.Given != tc.given {
				t.Errorf("got %s %s %q, want %s %s %q", p.Code, p.Parameter, p.Given, tc.code, tc.param, tc.given)
			}
			if q.Unsafe {
				t.Error("unsafe")
			}
			if got := q.Upstream(true); got != "" && got != "a=1" {
				t.Errorf("upstream: got %q", got)
			}
		})
	}
}

// Under `invalid default` what is left of the ask is served, so it must hold
// no part of what was invalid.
func TestInvalidIsVoid(t *testing.T) {
	r := query.NewReader(style)
	for _, tc := range []struct {
		raw                 string
		limit, offset, page limits.Number
		cursor              string
	}{
		{"limit=10&limit=900&offset=5", invalid, given(5), absent, ""},
		{"limit=10&offset=x", given(10), invalid, absent, ""},
		{"limit=10&;limit=900", invalid, absent, absent, ""},
		{"limit[]=900&limit=10", invalid, absent, absent, ""},
		{"cursor=a&cursor=b&limit=5", given(5), absent, absent, ""},
		{"offset=5&page=2", absent, invalid, invalid, ""},
		{"offset=5&cursor=a", absent, invalid, invalid, "a"},
	} {
		a := r.Read(tc.raw).Ask
		if a.Limit != tc.limit || a.Offset != tc.offset || a.Page != tc.page || a.Cursor != tc.cursor {
			t.Errorf("%q: got %+v, want %+v", tc.raw, a, tc)
		}
	}
}

func TestUnsafe(t *testing.T) {
	r := query.NewReader(style)
	for _, raw := range []string{"a= b", "limit=10 HTTP/1.1", "a=1\r\nX: y", "a=\x00", "a=1#limit=900", "a=\x7f", "\ta=1", "limit=x&b= "} {
		q := r.Read(raw)
		if !q.Unsafe || q.Ask.Bad == nil || q.Ask.Bad.Parameter != "" || !strings.Contains(q.Ask.Bad.Detail, "percent-encoded") {
			t.Errorf("%q: got unsafe %v, %v", raw, q.Unsafe, q.Ask.Bad)
		}
	}
	if got, want := r.Read("a=1&"+strings.Repeat("b", 500)+" c").Ask.Bad.Given, strings.Repeat("b", 32)+" c"; got != want {
		t.Errorf("given: got %q, want what stands around the blank, %q", got, want)
	}
	if q := r.Read("a=%20%00%23+\xff\"<>|{}"); q.Unsafe {
		t.Error("encoded and odd bytes are not unsafe")
	}
}

// A style whose names have brackets owns everything under the same base.
func TestBracketedNames(t *testing.T) {
	r := query.NewReader(query.Names{Limit: []string{"page[size]"}, Page: []string{"page[number]"}, FirstPage: 1})
	for _, tc := range []struct {
		raw         string
		limit, page limits.Number
		bad         bool
	}{
		{"page[size]=10&page[number]=3", given(10), given(3), false},
		{"page%5Bsize%5D=10&page%5bnumber%5d=3", given(10), given(3), false},
		{"Page[Size]=10", given(10), absent, false},
		{"page[number]=3&page[number]=4", absent, invalid, true},
		{"page[size][]=10", invalid, absent, true},
		{"page[limit]=10", invalid, absent, true},
		{"page=10", invalid, absent, true},
		{"[page][size]=10", invalid, absent, true},
		{"page[size=10", invalid, absent, true},
	} {
		q := r.Read(tc.raw + "&a=1")
		if q.Ask.Limit != tc.limit || q.Ask.Page != tc.page || (q.Ask.Bad != nil) != tc.bad {
			t.Errorf("%q: got %+v, want %+v", tc.raw, q.Ask, tc)
		}
		if got, want := q.Upstream(false, query.Int("page[size]", 7)), "page%5Bsize%5D=7&a=1"; got != want {
			t.Errorf("upstream of %q: got %q, want %q", tc.raw, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	r := query.NewReader(query.Names{Limit: []string{"$top", "size", "pageSize"}, Offset: []string{"$skip", "size"}})
	q := r.Read("%24top=5&$skip=3")
	if q.Ask.Limit != given(5) || q.Ask.Offset != given(3) || q.Ask.LimitName != "$top" || q.Ask.PageName != "" {
		t.Errorf("OData: got %+v", q.Ask)
	}
	if got, want := q.Upstream(false, query.Int("$top", 6)), "$top=6"; got != want {
		t.Errorf("upstream: got %q, want %q", got, want)
	}
	// A name in two lists belongs to the earlier one; messages use the name
	// that the client did.
	q = r.Read("SIZE=4")
	if q.Ask.Limit != given(4) || q.Ask.Offset != absent || q.Ask.LimitName != "size" {
		t.Errorf("name in two lists: got %+v", q.Ask)
	}
	if q = r.Read("pagesize=9"); q.Ask.Limit != given(9) || q.Ask.LimitName != "pageSize" {
		t.Errorf("camel case: got %+v", q.Ask)
	}
	if q = query.NewReader(query.Names{}).Read("limit=5;limit[]=3&=1"); q.Touched() {
		t.Error("a reader without names finds paging")
	}
}

// PHP writes a leading dot or bracket as '_', so names that begin so are near.
func TestLeadingUnderscore(t *testing.T) {
	r := query.NewReader(query.Names{Limit: []string{"_limit"}})
	for _, raw := range []string{".limit=5", "[limit=5", "+_limit=5"} {
		if q := r.Read(raw); q.Ask.Bad == nil || q.Ask.Limit != invalid {
			t.Errorf("%q: got %+v, want a problem", raw, q.Ask)
		}
	}
	if q := r.Read("_limit=5"); q.Ask.Bad != nil || q.Ask.Limit != given(5) {
		t.Errorf("plain: got %+v", q.Ask)
	}
}

func TestFields(t *testing.T) {
	r := query.NewReader(style)
	for _, tc := range []struct {
		name, raw, fields string
		has, problem      bool
		upstream          string
	}{
		{"a mask", "a=1&fields=id,name&b=2", "id,name", true, false, "a=1&b=2"},
		{"encoded", "fields=lines%28sku%29+x", "lines(sku) x", true, false, ""},
		{"an encoded name", "%66ields=id", "id", true, false, ""},
		{"empty", "fields=", "", true, false, ""},
		{"bare", "fields", "", true, false, ""},
		{"twice alike", "fields=id&fields=i%64", "id", true, false, ""},
		{"twice", "fields=id&fields=name", "id", true, true, ""},
		{"another letter case is a filter", "Fields=id", "", false, false, "Fields=id"},
		{"brackets are a filter", "fields[]=id", "", false, false, "fields[]=id"},
		{"a bad escape is a filter", "fields%=id", "", false, false, "fields%=id"},
		{"with paging behind a semicolon", "fields=id;limit=5", "id", true, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := r.Read(tc.raw)
			if q.Fields != tc.fields || q.HasFields != tc.has || (q.FieldsProblem != nil) != tc.problem {
				t.Errorf("got %q %v %v", q.Fields, q.HasFields, q.FieldsProblem)
			}
			if tc.problem && (q.FieldsProblem.Code != limits.CodeFieldsInvalid || q.FieldsProblem.Given != "id, name") {
				t.Errorf("problem: got %+v", q.FieldsProblem)
			}
			if got := q.Upstream(false); got != tc.upstream {
				t.Errorf("upstream: got %q, want %q", got, tc.upstream)
			}
			if got, want := q.Upstream(true), strings.Replace(tc.raw, ";limit=5", "", 1); got != want {
				t.Errorf("upstream with fields: got %q, want %q", got, want)
			}
		})
	}
	if q := query.NewReader(query.Names{}).Read("fields=id&=x"); q.HasFields || q.Upstream(false) != "fields=id&=x" {
		t.Errorf("fields off: got %+v", q)
	}
}

// Keys of items are positions as cursors are, each by its own name.
func TestKeys(t *testing.T) {
	r := query.NewReader(query.Names{
		Limit: []string{"limit"}, Offset: []string{"offset"}, After: []string{"starting_after", "after_id"}, Before: []string{"ending_before"},
	})
	for _, tc := range []struct{ raw, after, before, code, param string }{
		{"limit=5&starting_after=cus_1", "cus_1", "", "", ""},
		{"Starting_After=a%2F%00b+c", "a/\x00b c", "", "", ""},
		{"starting_after=&ending_before=9007199254740993", "", "9007199254740993", "", ""},
		{"starting_after&ending_before=", "", "", "", ""},
		{"after_id=7&starting_after=7", "7", "", "", ""},
		{"starting_after=a&starting_after=b", "", "", "cursor_invalid", "starting_after"},
		{"starting_after[]=a", "", "", "cursor_invalid", "starting_after"},
		{"ending%u005fbefore=a", "", "", "cursor_invalid", "ending_before"},
		{"starting_after=a&ending_before=b", "", "", "cursor_invalid", "ending_before"},
		{"starting_after=a&ending_before=b&limit=x", "", "", "cursor_invalid", "ending_before"},
		{"starting_after=a&offset=5", "a", "", "limit_invalid", "starting_after"},
		{"offset=5&ending_before=b", "", "b", "limit_invalid", "ending_before"},
	} {
		q := r.Read(tc.raw + "&a=1")
		a := q.Ask
		if a.After != tc.after && a.HasAfter || a.Before != tc.before && a.HasBefore || a.HasAfter != (tc.after != "") || a.HasBefore != (tc.before != "") {
			t.Errorf("%q: got after %q %t, before %q %t", tc.raw, a.After, a.HasAfter, a.Before, a.HasBefore)
		}
		switch {
		case (a.Bad != nil) != (tc.code != ""):
			t.Errorf("%q: got the problem %v", tc.raw, a.Bad)
		case a.Bad != nil && (a.Bad.Code != tc.code || a.Bad.Parameter != tc.param):
			t.Errorf("%q: got the problem %v, want %s %s", tc.raw, a.Bad, tc.code, tc.param)
		}
		if got := q.Upstream(false); got != "a=1" {
			t.Errorf("%q: the upstream gets %q", tc.raw, got)
		}
	}
}

// Masks of types unite: each type's is a parameter of its own.
func TestFieldsOfTypes(t *testing.T) {
	r := query.NewReader(query.Names{Limit: []string{"page[size]"}, Fields: "fields[]"})
	for _, tc := range []struct {
		raw, mask string
		has       bool
		upstream  string
	}{
		{"fields[orders]=id,name&page[size]=5&a=1", "id,name", true, "a=1"},
		{"fields%5Borders%5D=id&fields[people]=name", "id,name", true, ""},
		{"fields[orders]=&fields[people]=name", "name", true, ""},
		{"fields[orders]=", "", true, ""},
		{"fields[orders]=id&fields[orders]=id", "id", true, ""},
		{"fields[]=id&fields=id&fields[a][b]=id&fields[a=id&xfields[a]=id", "", false, "fields[]=id&fields=id&fields[a][b]=id&fields[a=id&xfields[a]=id"},
	} {
		q := r.Read(tc.raw)
		if q.Fields != tc.mask || q.HasFields != tc.has || q.FieldsProblem != nil {
			t.Errorf("%q: got %q, %t, %v", tc.raw, q.Fields, q.HasFields, q.FieldsProblem)
		}
		if got := q.Upstream(false); got != tc.upstream {
			t.Errorf("%q: the upstream gets %q, want %q", tc.raw, got, tc.upstream)
		}
	}
}
