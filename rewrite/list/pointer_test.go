package list

import (
	"errors"
	"strings"
	"testing"
)

func TestPointer(t *testing.T) {
	x := strings.Repeat("x", 250)
	for _, tc := range []struct {
		name, body string
		opt        Options
		want       string
	}{
		{"nothing", ``, all, ""},
		{"the root", `oops`, all, ""},
		{"behind the root", `[]]`, all, ""},
		{"an item", `[1,oops]`, all, "/1"},
		{"the first item", `[oops]`, all, "/0"},
		{"an item that is missing", `[1,]`, all, "/1"},
		{"a comma", `[1 2]`, all, ""},
		{"an item at a path", `{"data":{"orders":[{},{},oops]}}`, Options{Limit: -1, Path: path(t, "data.orders")}, "/data/orders/2"},
		{"an item of a list that was looked for", `{"a":1,"orders":[{},oops]}`, all, "/orders/1"},
		{"behind an item", `{"orders":[{}}`, all, "/orders"},
		{"in an item", `{"orders":[{},{"id":1,"customer":{"tags":["a","b"],"name":oops}}]}`, all, "/orders/1/customer/name"},
		{"an element in an item", `[{"a":[[],[1,{"b":2},-]]}]`, all, "/0/a/1/2"},
		{"a string in an item", "[{\"a\":[\"b\",\"c\n\"]}]", all, "/0/a/1"},
		{"a name in an item", `[{"a":{"b":1,oops:2}}]`, all, "/0/a"},
		{"a colon in an item", `[{"a":{"b" 1}}]`, all, "/0/a/b"},
		{"a comma in an item", `[{"a":{"b":1 "c":2}}]`, all, "/0/a"},
		{"brackets in strings", `[{"a":{"b":"]}\"","c":["[{",tru]}}]`, all, "/0/a/c/1"},
		{"names to be escaped", `[{"a/b":{"~c~1":{"":oops}}}]`, all, "/0/a~1b/~0c~01/"},
		{"names that are escaped", `[{"\u0061\u002f\"":oops}]`, all, `/0/a~1"`},
		{"a name that is no UTF-8", "[{\"a\":{\"\xff\":1}}]", all, "/0/a"},
		{"a body that is cut", `{"orders":[{"a":[1,{"b":"c`, all, "/orders/0/a/1/b"},
		{"a body that is cut between items", `{"orders":[{}`, all, "/orders"},

		{"before the list", `{"a":{"b":[1,oops]},"orders":[]}`, all, "/a/b/1"},
		{"behind the list", `{"orders":[{}],"a":{"b":[1,oops]}}`, all, "/a/b/1"},
		{"behind a list that was cut", `{"orders":[{},{},{}],"a":{"b":[1,oops]}}`, Options{Limit: 1}, "/a/b/1"},
		{"no list", `{"a":{"b":[1,oops]}}`, all, "/a/b/1"},
		{"members around the path", `{"data":{"a":[1],"b":oops}}`, Options{Limit: -1, Path: path(t, "data.orders"), CountOnly: true}, "/data/b"},
		{"the list twice", `{"a":{"orders":[1],"orders":[2]}}`, Options{Limit: -1, Path: path(t, "a.orders")}, "/a/orders"},

		{"an item before the page", `[{"a":1},{"a":1}oops]`, Options{Skip: 1, Limit: -1}, ""},
		{"in an item before the page", `[{"a":1},{"a":1]]`, Options{Skip: 2, Limit: -1}, "/1"},
		{"in an item that is counted", `{"orders":[[],{"a":1]]}`, Options{Limit: -1, CountOnly: true, Path: path(t, "orders")}, "/orders/1"},
		{"in an item behind the page", `[{"a":1},{"a":1},[}]`, Options{Limit: 1}, "/2"},
		{"what is trimmed", `[{"a":1},{"b":{"a":1},"a":{"b":[1,oops]}}]`, Options{Limit: -1, Mask: mask(t, "a")}, "/1/a/b/1"},
		{"a bracket of what is trimmed", `[{"a":1},{"b":2]]`, Options{Limit: -1, Mask: mask(t, "a")}, "/1/b"},
		{"what is trimmed, with a key", `[{"id":1},{"b":{"a":oops}}]`, Options{Limit: -1, Mask: mask(t, "id"), Key: keyOf(t, "id")}, "/1/b/a"},

		{"an item too many", `{"orders":[{},{},{}]}`, Options{Limit: 2, FailOnMore: true}, "/orders/2"},
		{"an item too large", `{"o":[{},{"a":"` + x + `"}]}`, Options{Limit: 2, MaxBytes: 100}, "/o/1"},
		{"an item too large to be trimmed", `{"o":[{},{"a":"` + x + `"}]}`, Options{Limit: 2, MaxBytes: 100, Mask: mask(t, "b")}, "/o/1"},
		{"siblings too large", `{"o":[{}],"p":"` + x + `"}`, Options{Limit: 2, MaxBytes: 100}, "/p"},

		{"no room for another token", `[{"a":{"` + x + `":{"b":{"c":oops}}}}]`, all, "/0/a/" + x},
		{"a name too long", `[{"a":{"` + x + x + `":{"b":oops}}}]`, all, "/0/a"},
		{"deep", strings.Repeat("[", 300), all, strings.Repeat("/0", 128)},
		{"deep, and out again", strings.Repeat("[", 300) + strings.Repeat("]", 298) + ",oops", all, "/0/1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := reading{Options: tc.opt}.page(t, tc.body)
			if got.err == "" || got.pointer != tc.want {
				t.Errorf("got error %q at %q, want one at %q", got.err, got.pointer, tc.want)
			}
			var r Reader
			r.Reset(tc.opt)
			_, err := r.Write([]byte(tc.body))
			if err == nil {
				err = r.Close()
			}
			if syntax, ok := errors.AsType[*SyntaxError](err); ok && (syntax.Pointer != tc.want || strings.Contains(err.Error(), "/")) {
				t.Errorf("got %q, pointer %q, want %q in the pointer only", err, syntax.Pointer, tc.want)
			}
		})
	}
}

// A stream holds nothing that it has given away.
func TestPointerStream(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		opt        Options
		want       string
	}{
		{"in an item", `{"orders":[{},{"a":{"b":oops}}]}`, all, "/orders/1"},
		{"in an item that is trimmed", `{"orders":[{},{"a":{"b":oops}}]}`, Options{Limit: -1, Mask: mask(t, "a")}, "/orders/1/a/b"},
		{"before the list", `{"a":{"b":oops}}`, all, "/a"},
		{"behind the list", `{"orders":[{}],"a":{"b":oops}}`, all, "/a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := reading{Options: tc.opt, stream: true}.page(t, tc.body)
			if got.err == "" || got.pointer != tc.want {
				t.Errorf("got error %q at %q, want one at %q", got.err, got.pointer, tc.want)
			}
		})
	}
}

// Where an upstream broke off, the pointer says as well.
func TestPointerOnTheWay(t *testing.T) {
	body := `{"a":[{"n":1}],"b":2}`
	want := []string{
		"", "", "", "", "/a", "/a", "/a/0", "/a/0", "/a/0", "/a/0", "/a/0/n", "/a/0/n", "/a/0/n", "/a", "", "", "", "", "/b", "/b", "/b",
	}
	var r Reader
	r.Reset(all)
	for i := range len(body) {
		if got := r.Pointer(); got != want[i] {
			t.Errorf("behind %q: got %q, want %q", body[:i], got, want[i])
		}
		if _, err := r.Write([]byte{body[i]}); err != nil {
			t.Fatal(err)
		}
	}
}
