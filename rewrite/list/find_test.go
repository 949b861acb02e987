package list

import (
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", "auto"},
		{"auto", "auto"},
		{"orders", "/orders"},
		{"data.orders", "/data/orders"},
		{`a\.b.c\\d.e\/f~g`, `/a.b/c\d/e~1f~0g`},
		{`\auto`, "/auto"},
		{"/data/orders", "/data/orders"},
		{"/a~1b~0c/d.e", "/a~1b~0c/d.e"},
		{"/~01", "/~01"},
		{"/", "/"},
		{"/auto", "/auto"},
	} {
		p := path(t, tc.text)
		if got := p.String(); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		}
		if again := path(t, p.String()); again.String() != p.String() {
			t.Errorf("%q: got %q when read again, want %q", tc.text, again, p)
		}
	}
	for _, text := range []string{".", ".a", "a.", "a..b", "data/orders", "a.*.b", "a[0]", `a\`, "/a~", "/a~2b", "/~"} {
		if p, err := ParsePath(text); err == nil {
			t.Errorf("%q: got %q, want an error", text, p)
		}
	}
}

func TestFind(t *testing.T) {
	long := strings.Repeat("n", maxName)
	for _, tc := range []struct {
		name, path, body string
		found            bool
		seen             int64
	}{
		{"root array", "auto", `[1,2]`, true, 2},
		{"root array whatever the path", "data.orders", `[1,{"data":{"orders":[]}}]`, true, 2},
		{"empty root array", "auto", `[]`, true, 0},
		{"root array behind a byte order mark", "auto", bom + `[1]`, true, 1},

		{"member", "orders", `{"a":1,"orders":[1,2,3],"b":2}`, true, 3},
		{"no such member", "orders", `{"a":[1,2]}`, false, 0},
		{"case", "orders", `{"Orders":[1,2]}`, false, 0},
		{"member deeper than the path", "orders", `{"data":{"orders":[1]}}`, false, 0},
		{"member of an item", "orders", `{"a":[{"orders":[1]}]}`, false, 0},
		{"name that goes on", "orders", `{"ordersx":[1],"order":[1]}`, false, 0},
		{"empty list", "orders", `{"orders":[]}`, true, 0},
		{"member that is no array", "orders", `{"orders":{"a":[{}]}}`, false, 0},
		{"array at the second attempt", "orders", `{"orders":null,"orders":[1]}`, true, 1},
		{"escaped in the body", "orders", `{"\u006frd\u0065rs":[1]}`, true, 1},
		{"escaped slash", "/a~1b", `{"a\/b":[1]}`, true, 1},
		{"surrogate pair", "😀", `{"\ud83d\ude00":[1]}`, true, 1},
		{"backslash that escapes a backslash", `\\u006f`, `{"\\u006f":[1],"o":[1,2]}`, true, 1},
		{"empty name", "/", `{"":[1],"a":[1,2]}`, true, 1},

		{"path", "data.orders", `{"orders":[1],"data":{"a":[{}],"orders":[1,2]}}`, true, 2},
		{"pointer", "/data/orders", `{"data":{"orders":[1,2]}}`, true, 2},
		{"path through an array", "data.orders", `{"data":[{"orders":[1]}]}`, false, 0},
		{"path through the second object", "data.orders", `{"data":{"a":{}},"data":{"orders":[1,2]}}`, true, 2},
		{"path past a scalar", "data.orders", `{"data":1,"orders":[1],"data":{"orders":[7]}}`, true, 1},
		{"four levels", "a.a.a.a", `{"a":{"a":{"b":{},"a":{"a":[1,2]}}}}`, true, 2},
		{"one level short", "a.a.a", `{"a":{"a":{"b":[]}},"b":{"a":{"a":[1]}}}`, false, 0},

		{"auto", "auto", `{"a":1,"b":[{},{}],"c":[{}]}`, true, 2},
		{"auto, not deeper", "auto", `{"a":{"b":[{}]}}`, false, 0},
		{"auto, past scalars", "auto", `{"a":[1,{}],"b":["x"],"c":[null],"d":[[{}]],"e":[{}]}`, true, 1},
		{"auto, past an empty array", "auto", `{"a":[],"b":[{}]}`, true, 1},
		{"auto, only an empty array", "auto", `{"a":[],"b":1}`, true, 0},
		{"auto, only scalars", "auto", `{"a":["x"]}`, false, 0},
		{"auto, items unlike the first", "auto", `{"a":[{},1,null]}`, true, 3},
		{"auto, the name too long", "auto", `{"` + long + `x":[{},{}],"":[1],"b":[{}]}`, true, 2},

		{"the longest name", "/" + long, `{"` + long + `":[1,2]}`, true, 2},
		{"a name too long", "/" + long, `{"` + long + `x":[1,2]}`, false, 0},
		{"a name that would fit unescaped", "orders", `{"` + strings.Repeat(`\u006f`, maxName) + `":[1,2],"orders":[1]}`, true, 1},

		{"object", "auto", `{"id":1}`, false, 0},
		{"empty object", "auto", `{}`, false, 0},
		{"string", "auto", `"[1]"`, false, 0},
		{"number", "orders", `12`, false, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			how := reading{Options: Options{Path: path(t, tc.path), Limit: -1}}
			got := how.page(t, tc.body)
			if got.err != "" || got.found != tc.found || got.seen != tc.seen || got.ended != tc.found || got.out != tc.body {
				t.Errorf("%s of %.200s\ngot %.400v\nwant found %t, %d items, unchanged", how, tc.body, got, tc.found, tc.seen)
			}
		})
	}
}

// An empty array is the list only if nothing better comes.
func TestFindEmptyLast(t *testing.T) {
	var r Reader
	r.Reset(all)
	for _, step := range []struct {
		chunk        string
		found, ended bool
	}{
		{chunk: `{"a":[],`},
		{chunk: `"b":1`},
		{chunk: `}`, found: true, ended: true},
	} {
		if _, err := r.Write([]byte(step.chunk)); err != nil {
			t.Fatal(err)
		}
		if r.Found() != step.found || r.Ended() != step.ended {
			t.Errorf("behind %q: got found %t, ended %t, want %t, %t", step.chunk, r.Found(), r.Ended(), step.found, step.ended)
		}
	}
}

func TestDuplicate(t *testing.T) {
	for _, tc := range []struct {
		name, path, body string
		want             bool
	}{
		{"twice", "orders", `{"orders":[1],"orders":[2]}`, true},
		{"twice, others between", "orders", `{"orders":[1],"a":{"orders":[1]},"orders":[2]}`, true},
		{"twice, empty", "orders", `{"orders":[],"orders":[]}`, true},
		{"spelt differently", "orders", `{"\u006frders":[1],"order\u0073":[2]}`, true},
		{"by the same parent", "data.orders", `{"data":{"orders":[1],"orders":[2]}}`, true},
		{"by its parent", "data.orders", `{"data":{"orders":[1]},"data":{"orders":[2]}}`, true},
		{"by its parent, spelt differently", "data.orders", `{"data":{"orders":[1]},"dat\u0061":{"a":1,"orders":[2]}}`, true},
		{"automatically", "auto", `{"a":[{}],"a":[{}]}`, true},
		{"automatically, scalars", "auto", `{"a":[{}],"b":[{}],"\u0061":[1]}`, true},
		{"elsewhere", "orders", `{"orders":[1],"data":{"orders":[2]}}`, false},
		{"in an item", "orders", `{"orders":[{"orders":[1],"a":{"orders":[2]}}]}`, false},
		{"no array the second time", "orders", `{"orders":[1],"orders":{"a":[1]},"orders":"x"}`, false},
		{"another parent", "data.orders", `{"data":{"orders":[1]},"dat":{"orders":[2]},"data":{"a":{"orders":[2]}}}`, false},
		{"automatically, another name", "auto", `{"a":[{}],"b":[{}],"A":[{}]}`, false},
		{"automatically, scalars first", "auto", `{"a":[1],"a":[{}]}`, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, opt := range []Options{all, {Limit: 0}, {Limit: -1, CountOnly: true}, {Limit: 1, MaxBytes: 1 << 10, ShortPage: true}} {
				opt.Path = path(t, tc.path)
				got := reading{Options: opt}.page(t, tc.body)
				if (got.err == ErrDuplicate.Error()) != tc.want {
					t.Errorf("%s: got %q, want an error: %t", tc.body, got.err, tc.want)
				}
			}
		})
	}
}
