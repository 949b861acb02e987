package query_test

import (
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

func TestUpstream(t *testing.T) {
	r := query.NewReader(style)
	limit := []query.Param{query.Int("limit", 51), query.Int("offset", 100)}
	for _, tc := range []struct{ name, raw, bare, want string }{
		{"nothing", "", "", "limit=51&offset=100"},
		{"one pair", "limit=5", "", "limit=51&offset=100"},
		{"in front", "limit=5&a=1", "a=1", "limit=51&offset=100&a=1"},
		{"in the middle", "a=1&limit=5&b=2", "a=1&b=2", "limit=51&offset=100&a=1&b=2"},
		{"at the end", "a=1&limit=5", "a=1", "limit=51&offset=100&a=1"},
		{"empty pairs stay", "a=1&&b=2&", "a=1&&b=2&", "limit=51&offset=100&a=1&&b=2&"},
		{"an empty pair before a cut", "a=1&&limit=5", "a=1&", "limit=51&offset=100&a=1&"},
		{"empty pairs around a cut", "&limit=5&", "&", "limit=51&offset=100&&"},
		{"order, encoding and bad escapes stay", "z=%7e&a=%zz&b=x;y&A=1&a=+%20", "z=%7e&a=%zz&b=x;y&A=1&a=+%20", "limit=51&offset=100&z=%7e&a=%zz&b=x;y&A=1&a=+%20"},
		{"raw UTF-8 stays", "q=é&limit=5", "q=é", "limit=51&offset=100&q=é"},
		{"a segment", "a=1;limit=900;b=2", "a=1;b=2", "limit=51&offset=100&a=1;b=2"},
		{"two segments", "a=1;limit=900;b=2?limit=3", "a=1;b=2", "limit=51&offset=100&a=1;b=2"},
		{"only segments", ";limit=900?limit=3", "", "limit=51&offset=100"},
		{"the first segment", "limit=5;b=2;c=3", "b=2;c=3", "limit=51&offset=100&b=2;c=3"},
		{"the rest of an entity", "a=1&amp;limit=5&amp;b=2", "a=1&amp;b=2", "limit=51&offset=100&a=1&amp;b=2"},
		{"a cut that would join a name", "[amp;limit=1;offset]=5", "[amp", "limit=51&offset=100&[amp"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := r.Read(tc.raw)
			if got := q.Upstream(true); got != tc.bare {
				t.Errorf("without params: got %q, want %q", got, tc.bare)
			}
			if got := q.Upstream(true, limit...); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	got := r.Read("a=1").Upstream(true, query.Param{Name: "q&=[]", Value: "a b/é&=;+%"})
	if want := "q%26%3D%5B%5D=a%20b%2F%C3%A9%26%3D%3B%2B%25&a=1"; got != want {
		t.Errorf("escaping: got %q, want %q", got, want)
	}
}

func TestClient(t *testing.T) {
	r := query.NewReader(style)
	next := []query.Param{query.Int("limit", 50), {Name: "cursor", Value: "AbC-_1"}}
	for _, tc := range []struct{ name, raw, want string }{
		{"nothing", "", "limit=50&cursor=AbC-_1"},
		{"other parameters stay in their place", "b=2&limit=900&a=1&cursor=old", "b=2&a=1&limit=50&cursor=AbC-_1"},
		{"the mask stays", "fields=id(x)&page=2", "fields=id(x)&limit=50&cursor=AbC-_1"},
		{"what breaks a Link header", `a=x,y;z&b=<">`, "a=x%2Cy%3Bz&b=%3C%22%3E&limit=50&cursor=AbC-_1"},
		{"what is no byte of a URL", "a={x|y}&b=\\^`", "a=%7Bx%7Cy%7D&b=%5C%5E%60&limit=50&cursor=AbC-_1"},
		{"escapes stay as they came", "a=%2c%2C%zz+", "a=%2c%2C%zz+&limit=50&cursor=AbC-_1"},
		{"bytes beyond ASCII", "q=é\xff", "q=%C3%A9%FF&limit=50&cursor=AbC-_1"},
		{"unsafe bytes", "q=a b\r\n#", "q=a%20b%0D%0A%23&limit=50&cursor=AbC-_1"},
		{"empty pairs stay", "a=1&&limit=5", "a=1&&limit=50&cursor=AbC-_1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := r.Read(tc.raw).Client(next...); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFilter(t *testing.T) {
	r := query.NewReader(style)
	same := func(raws ...string) {
		t.Helper()
		for _, raw := range raws[1:] {
			if got, want := r.Read(raw).Filter(), r.Read(raws[0]).Filter(); got != want {
				t.Errorf("%q: got %q, want %q", raw, got, want)
			}
		}
	}
	differ := func(a, b string) {
		t.Helper()
		if got := r.Read(a).Filter(); got == r.Read(b).Filter() {
			t.Errorf("%q and %q: both are %q", a, b, got)
		}
	}
	same("", "limit=5", "cursor=x&offset=", "&", "fields=id", "limit[]=9&;offset=3")
	same("f[a]=1&b=2", "b=2&f%5Ba%5D=1", "f%5ba%5d=1&b=2&limit=5", "&b=%32&&f[a]=1", "fields=id&b=2&f[a]=1", "b=2;limit=7&f[a]=1")
	same("q=a+b", "q=a%20b", "q=%61+b")
	same("x", "x=")
	same("a=%zz", "a=%25zz")
	same("a=x;y", "a=x%3By")
	same("t=1&t=2", "t=2&t=1")
	differ("a=1", "a=2")
	differ("a=1", "A=1")
	differ("a=1", "a=1&a=1")
	differ("a=1&b=2", "a=1%26b=2")
	differ("a=b=c", "a%3Db=c")
	differ("q=a%2Bb", "q=a+b")
	differ("", "a")
}

// TestWhole: how many items are wanted in all is about paging; to ask for their number
// is not.
func TestWhole(t *testing.T) {
	r := query.NewReader(query.Names{Whole: []string{"$top"}, Cursor: []string{"$skiptoken"}, Count: "$count"})
	q := r.Read("a=1&%24top=5&$count=true&$TOP=05")
	if q.Ask.Whole != given(5) || q.Ask.Limit != absent || q.Ask.Bad != nil || !q.Counts {
		t.Errorf("got %+v, counts %v", q.Ask, q.Counts)
	}
	if got, want := q.Upstream(false), "a=1&$count=true"; got != want {
		t.Errorf("upstream: got %q, want %q", got, want)
	}
	if q := r.Read("%24count=false&$top=0&count=true"); q.Ask.Whole != unlimited || q.Counts {
		t.Errorf("got %+v, counts %v", q.Ask, q.Counts)
	}
	for _, raw := range []string{"$top=x", "$top=1&$top=2", "$top[]=1", "$top=-2"} {
		if bad := r.Read(raw).Ask.Bad; bad == nil || bad.Parameter != "$top" {
			t.Errorf("%s: got %+v, want a problem with $top", raw, bad)
		}
	}
}

// TestLoose: what clients leave out behind the first page stays where it is, and no
// cursor is bound to it.
func TestLoose(t *testing.T) {
	names := style
	names.Loose = []string{"version"}
	const raw = "a=1&version=0&limit=5&fields=id&%76ersion=1"
	q := query.NewReader(names).Read(raw)
	if got := q.Filter(); got != "a=1" {
		t.Errorf("the filter is %q", got)
	}
	if got, want := q.Upstream(false, query.Int("limit", 6)), "limit=6&a=1&version=0&%76ersion=1"; got != want {
		t.Errorf("upstream: got %q, want %q", got, want)
	}
	if got, want := q.Client(), "a=1&version=0&fields=id&%76ersion=1"; got != want {
		t.Errorf("link: got %q, want %q", got, want)
	}
}

// TestCopy: a copy says what the reading does, and what is read into it next changes nothing
// of that.
func TestCopy(t *testing.T) {
	r := query.NewReader(style)
	original := r.Read("a=1&limit=5&b=2&cursor=c")
	q := r.Read("limit=1&a=1&limit=1&b=2&limit=1&c=3&limit=1")
	for range 2 {
		q.Copy(&original)
		for name, got := range map[string]query.Reading{"the copy": q, "the reading": original} {
			if got.Client() != "a=1&b=2" || got.Limit.N != 5 || got.Cursor != "c" || !got.HasCursor {
				t.Errorf("%s: got the query %s and %+v", name, got.Client(), got.Ask)
			}
		}
		r.ReadTo(&q, "limit=7&x=1&cursor=d&y=2&limit=7")
	}
}
