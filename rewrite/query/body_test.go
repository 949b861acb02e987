package query_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

// inBodies has a limit at a path, and a cursor at the top.
var inBodies = query.Names{
	Limit: []string{"limit", "per_page"}, Offset: []string{"from"}, Cursor: []string{"cursor"},
	At: map[string]string{"limit": "page.size", "from": "page.from"},
}

func parts(q *query.Reading) (raw, form string) {
	var a, b query.Writer
	a.UpstreamQuery(q, false)
	b.UpstreamForm(q, false)
	return string(a.Text), string(b.Text)
}

func TestReadForm(t *testing.T) {
	r := query.NewReader(style)
	for _, tc := range []struct {
		name, raw, form string
		limit           limits.Number
		code            string
		query, body     string
		filter          string
	}{
		{"in the form", "a=1", "limit=5&b=2", given(5), "", "a=1", "b=2", "a=1&b=2"},
		{"in the query", "limit=5&a=1", "b=2", given(5), "", "a=1", "b=2", "a=1&b=2"},
		{"in both, alike", "limit=5", "limit=05", given(5), "", "", "", ""},
		{"in both, unlike", "limit=5&a=1", "limit=6", limits.Number{Kind: limits.Invalid}, limits.CodeLimitInvalid, "a=1", "", "a=1"},
		{"no query", "", "limit=5&b=2", given(5), "", "", "b=2", "b=2"},
		{"no form", "limit=5&a=1", "", given(5), "", "a=1", "", "a=1"},
		{"at both ends of the seam", "a=1&limit=5", "limit=5&b=2", given(5), "", "a=1", "b=2", "a=1&b=2"},
		{"empty pairs at the seam", "a=1&", "&b=2&", absent, "", "a=1&", "&b=2&", "&&&a=1&b=2"},
		{"an odd one in the form", "", "limit[]=5", limits.Number{Kind: limits.Invalid}, limits.CodeLimitInvalid, "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var q query.Reading
			r.ReadForm(&q, tc.raw, tc.form)
			code := ""
			if q.Ask.Bad != nil {
				code = q.Ask.Bad.Code
			}
			if q.Ask.Limit != tc.limit || code != tc.code {
				t.Errorf("got the limit %v, %q, want %v, %q", q.Ask.Limit, code, tc.limit, tc.code)
			}
			if raw, form := parts(&q); raw != tc.query || form != tc.body {
				t.Errorf("got %q and %q, want %q and %q", raw, form, tc.query, tc.body)
			}
			if got := q.Filter(); strings.Trim(got, "&") != strings.Trim(tc.filter, "&") {
				t.Errorf("filter: got %q, want %q", got, tc.filter)
			}
		})
	}
}

func TestReadJSON(t *testing.T) {
	r := query.NewReader(inBodies)
	for _, tc := range []struct {
		name, body string
		limit      limits.Number
		why        string // what is wrong, if anything
		rest       string
		filter     string
	}{
		{"at its path", `{"page":{"size":5,"sort":"a"},"q":[1, 2]}`, given(5), "", `{"page":{"sort":"a"},"q":[1, 2]}`, "\n" + `{"page":{"sort":"a"},"q":[1,2]}`},
		{"the object that had nothing else goes", `{"q":1,"page":{"size":5,"from":0}}`, given(5), "", `{"q":1}`, "\n" + `{"q":1}`},
		{"nothing is left", `{"page":{"size":"5"}}`, given(5), "", `{}`, ""},
		{"not at the top", `{"limit":5,"size":6}`, absent, "", `{"limit":5,"size":6}`, "\n" + `{"limit":5,"size":6}`},
		{"another's name, at the top", `{"per_page":5}`, given(5), "", `{}`, ""},
		{"no object on the way", `{"page":5}`, absent, "", `{"page":5}`, "\n" + `{"page":5}`},
		{"an array", `[{"page":{"size":5}}]`, absent, "", `[{"page":{"size":5}}]`, "\n" + `[{"page":{"size":5}}]`},
		{"in another case", `{"Page":{"SIZE":5}}`, given(5), "", `{}`, ""},
		{"with escapes", `{"p\u0061ge":{"siz\u0065":5}}`, given(5), "", `{}`, ""},
		{"in letters that fold", "{\"page\":{\"\u017fize\":5}}", limits.Number{Kind: limits.Invalid}, "servers read", `{}`, ""},
		{"true", `{"page":{"size":true}}`, limits.Number{Kind: limits.Invalid}, "plain digits", `{}`, ""},
		{"null", `{"page":{"size":null}}`, limits.Number{Kind: limits.Unlimited}, "", `{}`, ""},
		{"twice", `{"page":{"size":5,"size":5}}`, given(5), "there twice", "", ""},
		{"an object on the way twice", `{"page":{},"page":{"size":5}}`, absent, "there twice", "", ""},
		{"in two spellings", `{"page":{"size":5},"per_page":5}`, given(5), "more than once", "", ""},
		{"no JSON", `{"page":{"size":5}`, absent, "no JSON", "", ""},
		{"something behind it", `{} {}`, absent, "no JSON", "", ""},
		{"dots in a name", `{"a.b":{},"per.page":5,"per":{}}`, limits.Number{Kind: limits.Invalid}, "servers read", `{"a.b":{},"per":{}}`, "\n" + `{"a.b":{},"per":{}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var q query.Reading
			r.ReadJSON(&q, "", []byte(tc.body))
			why := ""
			if q.Ask.Bad != nil {
				why = q.Ask.Bad.Detail
			}
			if q.Ask.Limit != tc.limit && !q.Unsafe || (why == "") != (tc.why == "") || !strings.Contains(why, tc.why) {
				t.Errorf("got the limit %v, %q, want %v, %q", q.Ask.Limit, why, tc.limit, tc.why)
			}
			if q.Unsafe {
				return
			}
			if got := string(q.JSON()); got != tc.rest {
				t.Errorf("got %s, want %s", got, tc.rest)
			}
			if got := q.Filter(); got != tc.filter {
				t.Errorf("filter: got %q, want %q", got, tc.filter)
			}
		})
	}
}

// FuzzForm: wherever a pair stands, it is read as in one query; what is about no paging
// keeps its bytes, on its side.
func FuzzForm(f *testing.F) {
	for _, form := range []string{"", "a=b&c", "limit=5&token=x", "a=1&limit=5;b=2&&", "cursor=&team_id=", "%zz&=&&\xff"} {
		f.Add("a=1&limit=10", form)
		f.Add("", form)
	}
	r := query.NewReader(style)
	f.Fuzz(func(t *testing.T, raw, form string) {
		var q query.Reading
		r.ReadForm(&q, raw, form)
		gotQuery, gotForm := parts(&q)
		both := strings.TrimSuffix(strings.TrimPrefix(raw+"&"+form, "&"), "&")
		if one := r.Read(both); one.Ask.Limit != q.Ask.Limit || one.Ask.Cursor != q.Ask.Cursor || one.Touched() != q.Touched() {
			t.Errorf("%q, %q: got %+v, read as one %+v", raw, form, q.Ask, one.Ask)
		}
		if q.Touched() {
			for _, left := range []string{gotQuery, gotForm} {
				if again := r.Read(left); again.Touched() {
					t.Errorf("%q, %q: paging is left in %q", raw, form, left)
				}
			}
			return
		}
		if gotQuery != raw || gotForm != form {
			t.Errorf("%q, %q: got %q, %q", raw, form, gotQuery, gotForm)
		}
	})
}

// FuzzJSON: what is left is JSON without paging, and all else keeps its text and its place.
func FuzzJSON(f *testing.F) {
	for _, body := range []string{
		`{"page":{"size":5,"from":1},"cursor":"a","q":{"a.b":[1.0,1e5]}}`, `{"cursor":null , "a" : 1}`, `{"cursor.":1,"cursor[]":2}`,
		`{"page":{"size":5},"Page":{}}`, `[]`, `{"\u0063ursor":1,"*":2,"#":{"cursor":3}}`, `{"a\\":1,"\\":{"cursor":2},"cursor":"\\\""}`, `{"":1,":cursor":2,"cursor":3,"per_page":1}`,
	} {
		f.Add(body)
	}
	r := query.NewReader(inBodies)
	f.Fuzz(func(t *testing.T, body string) {
		var q query.Reading
		r.ReadJSON(&q, "", []byte(body))
		if q.Unsafe {
			return
		}
		rest := string(q.JSON())
		if !q.Touched() {
			if rest != body {
				t.Errorf("%q: no paging, but %q is left", body, rest)
			}
			return
		}
		var again query.Reading
		if r.ReadJSON(&again, "", []byte(rest)); !json.Valid([]byte(rest)) || again.Touched() {
			t.Fatalf("%q: %q is left", body, rest)
		}
		left := gjson.Parse(rest).Map()
		gjson.Parse(body).ForEach(func(key, value gjson.Result) bool {
			got, ok := left[key.Str]
			if ok && !strings.EqualFold(key.Str, "page") && got.Raw != value.Raw && strings.Count(body, key.Raw) == 1 {
				t.Errorf("%q: %s became %q", body, key.Raw, got.Raw)
			}
			return true
		})
	})
}

// Hostile bodies take linear time.
func TestHostileBodies(t *testing.T) {
	r := query.NewReader(inBodies)
	for _, part := range []string{`"cursor":1,`, `"a":{},`, `"page":{"size":1},`, `"CURSOR":{"cursor":1},`, `"cursor[]":1,`} {
		body := "{" + strings.Repeat(part, 1<<20/len(part)) + `"z":0}`
		start := time.Now()
		var q query.Reading
		r.ReadJSON(&q, "", []byte(body))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", part, took)
		}
	}
	var q query.Reading
	if r.ReadJSON(&q, "", []byte(strings.Repeat(`{"a":`, 1<<18)+"1")); !q.Unsafe {
		t.Error("a body that never ends is JSON")
	}
}
