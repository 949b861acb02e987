package list

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
)

func mask(t testing.TB, src string) *fields.Mask {
	t.Helper()
	m, err := fields.Parse(src, fields.Google)
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	return m
}

// projections are what each rule does; they seed the fuzzer, too.
var projections = []struct {
	name  string
	mask  string
	value string
	want  string
}{
	{"names", "b,d", `{"a":1,"b":2,"c":3,"d":4}`, `{"b":2,"d":4}`},
	{"the value's order, not the mask's", "b,a", `{"a":1,"b":2}`, `{"a":1,"b":2}`},
	{"unknown names", "x,y/z", `{"a":1}`, `{}`},
	{"every name", "*", `{"a":1,"b":{"c":[]}}`, `{"a":1,"b":{"c":[]}}`},
	{"empty object", "a", `{}`, `{}`},
	{"empty object with white space", "a", ` { } `, `{}`},

	{"path", "a/b", `{"a":{"b":1,"c":2},"b":3}`, `{"a":{"b":1}}`},
	{"group", "a(b,c)", `{"a":{"b":1,"c":2,"d":3}}`, `{"a":{"b":1,"c":2}}`},
	{"all below", "a/*", `{"a":{"b":1},"c":2}`, `{"a":{"b":1}}`},
	{"below all", "*/b", `{"a":{"b":1,"c":2},"d":{"c":3},"e":4}`, `{"a":{"b":1},"d":{}}`},
	{"united paths", "a/b,a/c", `{"a":{"b":1,"c":2,"d":3}}`, `{"a":{"b":1,"c":2}}`},
	{"wider selection", "a/b,a", `{"a":{"b":1,"c":2}}`, `{"a":{"b":1,"c":2}}`},
	{"star beside a name", "*(x),b(y)", `{"a":{"x":1,"y":2},"b":{"x":3,"y":4,"z":5}}`, `{"a":{"x":1},"b":{"x":3,"y":4}}`},
	{"star beside a name, and back", "*(x),b(y)", `{"b":{"y":1},"a":{"x":2,"y":3},"b":{"x":4}}`, `{"b":{"y":1},"a":{"x":2},"b":{"x":4}}`},
	{"empty object under a selection", "a/b", `{"a":{}}`, `{"a":{}}`},
	{"object without anything wanted", "a/b", `{"a":{"c":1}}`, `{"a":{}}`},
	{"null under a selection", "a/b", `{"a":null}`, `{"a":null}`},
	{"scalars under a selection", "*/x", `{"a":1,"b":"x","c":true,"d":false,"e":-1.5e3,"f":null,"g":""}`, `{"f":null}`},

	{"array", "a/b", `{"a":[{"b":1,"c":2},{"c":3},{}]}`, `{"a":[{"b":1},{},{}]}`},
	{"array of scalars", "a/b", `{"a":[1,"b",true,{"b":2},false,3]}`, `{"a":[{"b":2}]}`},
	{"nulls in an array", "a/b", `{"a":[null,1,null,{"b":null},null]}`, `{"a":[null,null,{"b":null},null]}`},
	{"array kept", "a", `{"a":[1,"b",true]}`, `{"a":[1,"b",true]}`},
	{"empty array", "a/b", `{"a":[ ]}`, `{"a":[]}`},
	{"arrays in arrays", "a/b", `{"a":[[{"b":1,"c":2},[]],[[[{"b":3}]]],[4]]}`, `{"a":[[{"b":1},[]],[[[{"b":3}]]],[]]}`},
	{"arrays in arrays in objects", "a/b/c", `{"a":[[{"b":[[1,{"c":2,"d":3}]]}],null]}`, `{"a":[[{"b":[[{"c":2}]]}],null]}`},
	{"behind an array", "a/b,c", `{"a":[1,[2]],"b":3,"c":4}`, `{"a":[[]],"c":4}`},

	{"item that is a number", "a", `12`, `12`},
	{"item that is a string", "a", `"{\"a\":1}"`, `"{\"a\":1}"`},
	{"item that is null", "a", `null`, `null`},
	{"item that is an array", "a", ` [{"b":1}, 2] `, ` [{"b":1}, 2] `},

	{"duplicate members", "a", `{"a":1,"b":2,"a":{"a":3},"a":1}`, `{"a":1,"a":{"a":3},"a":1}`},
	{"duplicate objects under a selection", "a/b", `{"a":{"b":1},"a":2,"a":{"b":3,"c":4}}`, `{"a":{"b":1},"a":{"b":3}}`},
	{"number text", "a,b,c,d", `{"a":1.0,"b":-0,"c":1E+400,"d":12345678901234567890123}`, `{"a":1.0,"b":-0,"c":1E+400,"d":12345678901234567890123}`},
	{"string text", "a", `{"a":"\u00e9é\/\ud83d\ude00 ,}]\"\\"}`, `{"a":"\u00e9é\/\ud83d\ude00 ,}]\"\\"}`},
	{"brackets and quotes in skipped strings", "z", `{"a":"}\\\",{","b":["]\\"],"c":{"d\"}":"{"},"z":1}`, `{"z":1}`},
	{"backslashes before a long string's end", "z", `{"a":"` + strings.Repeat("x", 99) + `\\\\","b":"` + strings.Repeat("y", 99) + `\"\\\"","z":1}`, `{"z":1}`},

	{"escaped name", "name", `{"n\u0061me":1,"name":2,"nam\u0065x":3}`, `{"n\u0061me":1,"name":2}`},
	{"escaped name in capital digits", "\u00EA\u00AB", `{"\u00EA\u00Ab":1}`, `{"\u00EA\u00Ab":1}`},
	{"surrogate pair", "😀", `{"\ud83d\ude00":1,"\uD83D\uDE00":2,"😀":3,"\ud83d":4}`, `{"\ud83d\ude00":1,"\uD83D\uDE00":2,"😀":3}`},
	{"half surrogate pairs", "\uFFFDx", `{"\ud83dx":1,"\ude00x":2,"\ud83d\ud83dx":3,"\ud83d\u0078":4}`, `{"\ud83dx":1,"\ude00x":2,"\ud83d\u0078":4}`},
	{"half a pair before a pair", "\uFFFD😀", `{"\ud83d\ud83d\ude00":1}`, `{"\ud83d\ud83d\ude00":1}`},
	{"short escapes", "\\\",\\\\,\\/,\\\b,\\\f,\\\n,\\\r,\\\t", `{"\"":1,"\\":2,"\/":3,"\b":4,"\f":5,"\n":6,"\r":7,"\t":8,"b":9}`, `{"\"":1,"\\":2,"\/":3,"\b":4,"\f":5,"\n":6,"\r":7,"\t":8}`},
	{"case", "name", `{"Name":1,"NAME":2}`, `{}`},
	{"empty name", "*/a", `{"":{"a":1,"":2}}`, `{"":{"a":1}}`},
	{"name of a star", `\*`, `{"a":1,"*":2}`, `{"*":2}`},
	{"name with separators", `a\/b/c\,d`, `{"a/b":{"c,d":1},"a":{"b":2}}`, `{"a/b":{"c,d":1}}`},

	{"white space of kept members", "a,c/d", " {\r\n\t\"a\" : [ 1 , 2 ] ,\n\"b\" : 2,\n  \"c\" :\t{ \"d\" : \"x\" , \"e\" : 1 }\n} ", "{\"a\" : [ 1 , 2 ],\"c\" :\t{\"d\" : \"x\"}}"},
	{"white space of an array under a selection", "a/b", "{ \"a\": [\n null , { \"b\":1 } , 2,\n[ ] ]\n}", `{"a": [null,{"b":1},[]]}`},
}

func TestProject(t *testing.T) {
	for _, tc := range projections {
		t.Run(tc.name, func(t *testing.T) {
			m := mask(t, tc.mask)
			const before = "before["
			got := string(Project([]byte(before), []byte(tc.value), m))
			if got != before+tc.want {
				t.Errorf("mask %q of %s\ngot  %s\nwant %s", m, tc.value, got, before+tc.want)
			}
		})
	}
}

func TestProjectWithoutMask(t *testing.T) {
	const value = ` {"a": 1} `
	if got := string(Project(nil, []byte(value), nil)); got != value {
		t.Errorf("got %q, want %q", got, value)
	}
}

// Nesting takes neither stack nor time beyond the value's length, whether it is
// kept, skipped or projected.
func TestProjectDeep(t *testing.T) {
	const depth = 1_000_000
	arrays := strings.Repeat("[", depth) + strings.Repeat("]", depth)
	objects := strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
	for _, tc := range []struct{ name, mask, value, want string }{
		{"arrays kept", "a", `{"a":` + arrays + `,"b":1}`, `{"a":` + arrays + `}`},
		{"arrays skipped", "b", `{"a":` + arrays + `,"b":1}`, `{"b":1}`},
		{"arrays projected", "a/b,b", `{"a":` + arrays + `,"b":1}`, `{"a":` + arrays + `,"b":1}`},
		{"objects kept", "a", objects, objects},
		{"objects skipped", "b", objects, `{}`},
		{"objects projected", strings.TrimSuffix(strings.Repeat("a/", fields.MaxDepth), "/"), objects, objects},
		{"objects projected, then skipped", "a/a/b", objects, `{"a":{"a":{}}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := string(Project(nil, []byte(tc.value), mask(t, tc.mask))); got != tc.want {
				t.Errorf("got %d bytes, %.40s..., want %d, %.40s...", len(got), got, len(tc.want), tc.want)
			}
		})
	}
}

// Strings are read eight bytes at a time: escapes and ends at every distance
// from their beginning.
func TestProjectStringLengths(t *testing.T) {
	m := mask(t, "z")
	for n := range 40 {
		for _, escape := range []string{"", `\"`, `\\`, `\\\"`, `\u0022`} {
			for at := range n + 1 {
				text := strings.Repeat("é", at) + escape + strings.Repeat("x", n-at)
				value := `{"` + text + `":"` + text + `","z":"` + text + `"}`
				want := `{"z":"` + text + `"}`
				if got := string(Project(nil, []byte(value), m)); got != want {
					t.Fatalf("%s: got %s", value, got)
				}
			}
		}
	}
}

// What is no JSON comes out unchanged where that is noticed; it must not panic,
// hang, or damage what is in dst already.
func TestProjectBroken(t *testing.T) {
	whole := `{"a" : {"b\u00e9" : [null, {"c":"d\\"}, 1.5]}, "e" : true}`
	masks := []*fields.Mask{mask(t, "a/*/c,e"), mask(t, "a"), mask(t, "e"), mask(t, "*/*/*/*")}
	for cut := range whole {
		for _, m := range masks {
			if got := string(Project([]byte("x"), []byte(whole[:cut]), m)); got != "x"+whole[:cut] {
				t.Errorf("cut at %d, mask %q: got %s", cut, m, got)
			}
		}
	}
	for _, value := range []string{
		`{a}`, `{"a"}`, `{"a":{"b":}}`, `{"a":1,}`, `{,}`, `{"a":[1}`, `{"a":[:]}`, `{"a" 1}`, `{"a":{"b":1]}`, `{"a":[{]}`, `{"a":{"c":1:2}}`, `{a:1}`, `{"x":1,,"y":2}`, `{"x" 1}`, `{"x":1 "y":2}`, `{"x":[1]:2}`, `{"x":1,{"y":2}}`,
		`{"x","a":{}}`, `{"x":1]`, `{\"x":1}`, `{"x\":1}`, `{"x":1,x"a":{}}`,
	} {
		if got := string(Project([]byte("x"), []byte(value), mask(t, "a/b"))); got != "x"+value {
			t.Errorf("%s: got %s", value, got)
		}
	}
}

// An item is checked where something of it is kept, wherever in a list it stands and
// however it is read; of the rest only strings and brackets are understood.
func TestTrimmedItems(t *testing.T) {
	const invalid = "[{\"id\":0},%s,{\"id\":2}]"
	for _, tc := range []struct{ name, item, want, err string }{
		{"nothing kept", `{"a":[1,,{x]],"b":tru e,"c":"\x` + "\n" + `","\x":-}`, `{}`, ""},
		{"number", `{"a":-,"id":01}`, "", "invalid value at byte 22"},
		{"literal", `{"id":nul}`, "", "invalid value at byte 16"},
		{"escape in a string", `{"id":"\x"}`, "", "invalid value at byte 16"},
		{"UTF-8 in a string", "{\"id\":\"\xff\"}", "", "invalid value at byte 16"},
		{"names with escapes and white space", "{\"i\\u0064\":1,\"id\" :2,\"id\"\n: 3}", "{\"i\\u0064\":1,\"id\" :2,\"id\"\n: 3}", ""},
		{"invalid escape in a name", `{"\id":1}`, "", "invalid string at byte 11"},
		{"no escape in a name", `{"a":1,"i\u006":1,"id":2}`, `{"id":2}`, ""},
		{"an object that is kept", `{"id":{"a":1,}}`, "", "expected a member's name at byte 23"},
		{"an array that is kept", `{"id":[{"a":[1 2]}]}`, "", "expected ',' or ']' behind an element at byte 25"},
		{"text behind a value that is kept", `{"id":1 2}`, "", "expected ',' or '}' behind a member at byte 18"},
		{"text behind a value that is not", `{"a":[] 2,"id":1}`, `{"id":1}`, ""},
		{"no value that is kept", `{"a":1,"id":}`, "", "invalid value at byte 22"},
		{"no value that is not", `{"a":,"b": ,"id":1,"c":}`, `{"id":1}`, ""},
		{"text before a name", `{"a":1,x"id":1}`, "", "expected a member's name at byte 17"},
		{"text before a name that is not kept", `{"a":1,x"b":1}`, `{}`, ""},
		{"two names, the second of which is kept", `{"a" "id":1}`, "", "expected a member's name at byte 11"},
		{"two colons", `{"a":1:2,"id":1}`, "", "expected ',' or '}' behind a member at byte 16"},
		{"no comma", `{"a":1 "id":1}`, "", "expected ',' or '}' behind a member at byte 21"},
		{"no name", `{:1,"id":1}`, "", "expected a member's name at byte 11"},
		{"no colon", `{"a","id":1}`, "", "expected ':' behind a member's name at byte 14"},
		{"comma behind the last member", `{"id":1,}`, "", "expected a member's name at byte 18"},
		{"another bracket", `{"a":[1},"id":1}`, "", "no end of a value at byte 15"},
		{"an array in between", `{"o":[{"id":1},,{}]}`, "", "expected a value at byte 25"},
		{"an array with a comma too much", `{"o":[{"id":1},]}`, "", "expected a value at byte 25"},
		{"an array without a comma", `{"o":[{"id":1} {}]}`, "", "expected ',' or ']' behind an element at byte 25"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body := fmt.Sprintf(invalid, tc.item)
			for _, limit := range []int64{-1, 2} {
				got := reading{Options: Options{Limit: limit, Mask: mask(t, "id,o/id")}}.check(t, body)
				want := fmt.Sprintf(invalid, tc.want)
				if limit == 2 {
					want = strings.Replace(want, `,{"id":2}`, "", 1)
				}
				if tc.err != "" {
					want = ""
				}
				if got.err != tc.err || got.out != want {
					t.Errorf("got  %q, error %q\nwant %q, %q", got.out, got.err, want, tc.err)
				}
			}
		})
	}
}

// Where an item's key may be needed, all of the item is checked.
func TestTrimmedItemsWithKeys(t *testing.T) {
	const body = `[{"id":1,"a":01},{"id":2}]`
	for _, tc := range []struct {
		limit  int64
		stream bool
		want   string
	}{
		{-1, false, "invalid number at byte 14"},
		{2, false, "invalid number at byte 14"},
		{2, true, "invalid number at byte 14"},
		{-1, true, ""},
	} {
		how := reading{Options: Options{Limit: tc.limit, Mask: mask(t, "id"), Key: keyOf(t, "id")}, stream: tc.stream}
		if got := how.check(t, body); got.err != tc.want {
			t.Errorf("limit %d, stream %t: got %q, want %q", tc.limit, tc.stream, got.err, tc.want)
		}
	}
}

func TestProjectAllocatesNothing(t *testing.T) {
	value := []byte(wideItem())
	dst := make([]byte, 0, len(value))
	for _, src := range []string{"f3,f20,f30,f49", "nested(list/x,y)", "*(x,y),nested(list(y),*(x))", "nested/list/*"} {
		m := mask(t, src)
		var p projector
		if got := testing.AllocsPerRun(100, func() { dst = p.projectValid(dst[:0], value, m) }); got != 0 {
			t.Errorf("mask %q: got %v allocations an item, want none", src, got)
		}
	}
}

const smallItem = `{"id":123456,"customer":"ACME Ltd.","status":"shipped","total":1234.50,"currency":"EUR","placed_at":"2024-05-06T07:08:09Z","note":null}`

func wideItem() string {
	var b strings.Builder
	b.WriteString(`{"nested":{"list":[{"x":1,"y":2},{"x\u0031":3}],"y":{"x":4}}`)
	for i := range 50 {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, `,"f%d":%d`, i, i*1_000_003)
		case 4:
			fmt.Fprintf(&b, `,"f%d":null`, i)
		default:
			fmt.Fprintf(&b, `,"f%d":"value %d of the item, in some words"`, i, i)
		}
	}
	b.WriteByte('}')
	return b.String()
}

func BenchmarkProject(b *testing.B) {
	for _, bc := range []struct{ name, mask, item string }{
		{"small", "id,status,total,placed_at", smallItem},
		{"wide", "f3,f20,f30,f49", wideItem()},
		{"wide by many names", "f3,f20,f30,f49,a,b,c,d,e,g,h,i,j,k,l,m", wideItem()},
		{"nested", "nested(list/x,y)", wideItem()},
		{"long text", "id", `{"id":1,"text":"` + strings.Repeat("lorem ipsum ", 1000) + `"}`},
	} {
		b.Run(bc.name, func(b *testing.B) {
			m, item := mask(b, bc.mask), []byte(bc.item)
			var dst []byte
			var p projector
			b.SetBytes(int64(len(item)))
			b.ReportAllocs()
			for b.Loop() {
				dst = p.projectValid(dst[:0], item, m)
			}
		})
	}
}
