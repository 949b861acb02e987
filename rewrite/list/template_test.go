//go:build amd64 && !purego

package list

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
)

// byTemplate projects the second of two items by what has been learned of the first,
// and tells whether it could. If so, it must be what the general walk makes of it.
func byTemplate(t testing.TB, first, second string, m *fields.Mask) (out string, ok bool) {
	t.Helper()
	var p projector
	like := p.like()
	if like == nil {
		t.Fatal("this processor lacks what the block engine needs, so templates cannot be tested: use -tags=purego")
	}
	v := []byte(`[` + first + `,` + second + `,{"some":"bytes behind them, as there are mostly"}]`)
	var room fields.Room
	general := func(i int) ([]byte, int) {
		p.walk(v, i)
		p.next()
		return p.object([]byte("before["), i, m.Root(&room))
	}
	_, end := general(1)
	if end == broken || byteAt(v, end) != ',' {
		return "", false
	}
	like.learn(v, 1, end, m)
	i := blank(v, end+1)
	if byteAt(v, i) != '{' {
		return "", false
	}
	got, gotEnd, n, _ := like.run([]byte("before["), v, i, 1)
	if n == 0 {
		return "", false
	}
	if want, wantEnd := general(i); gotEnd != wantEnd || !bytes.Equal(got, want) {
		t.Fatalf("mask %q of %q behind %q\ngot  %q to %d\nwant %q to %d", m, second, first, got, gotEnd, want, wantEnd)
	}
	return string(got[len("before["):]), true
}

func TestTemplate(t *testing.T) {
	const flat = `{"id":1,"name":"one","note":null,"total":1.5,"x":[]}`
	const pretty = "{\n  \"id\": 1,\n  \"by\": {\n    \"name\" : \"one\",\n    \"age\": 3\n  },\n  \"x\": [ {\n    \"y\": 1\n } ]\n}"
	for _, tc := range []struct{ name, mask, first, second, want string }{
		{"containers instead of scalars", "id,name,total", flat, `{"id":-23,"name":"\u00e9é\"","note":[],"total":1e9,"x":{}}`, `{"id":-23,"name":"\u00e9é\"","total":1e9}`},
		{"kept container instead of a scalar", "id,name", flat, `{"id":2,"name":{}}`, ""},
		{"scalars instead of containers", "id", `{"a":[{}],"id":1,"b":{}}`, `{"a":1,"id":2,"b":[]}`, `{"id":2}`},
		{"other scalars", "id,name,total", flat, `{"id":-23,"name":"\u00e9é\"","note":"","total":true,"x":[{},1]}`, `{"id":-23,"name":"\u00e9é\"","total":true}`},
		{"nothing wanted", "y", flat, flat, `{}`},
		{"all wanted", "*", flat, `{"id":2,"name":"","note":0,"total":10,"x":[1,{"a":[]}]}`, `{"id":2,"name":"","note":0,"total":10,"x":[1,{"a":[]}]}`},
		{"no members at the end", "id,total", flat, `{"id":2,"name":"two"}`, `{"id":2}`},
		{"a member too many", "id,total", flat, flat[:len(flat)-1] + `,"id":1}`, ""},
		{"no member in between", "id,total", flat, `{"id":1,"note":null,"total":1.5,"x":[]}`, `{"id":1,"total":1.5}`},
		{"no object in between", "a,b/c,d", `{"a":1,"b":{"c":1},"d":2}`, `{"a":3,"d":4}`, `{"a":3,"d":4}`},
		{"no first member that is wanted", "b,c", `{"a":1,"b":2,"c":3}`, `{"a":1,"c":2}`, ""},
		{"members in another order", "a,b,c", `{"a":1,"b":2,"c":3}`, `{"a":1,"c":2,"b":3}`, ""},
		{"no member", "id,total", flat, `{}`, ""},
		{"another name", "id,total", flat, strings.Replace(flat, "name", "nama", 1), ""},
		{"escaped name", "id,total", flat, strings.Replace(flat, "name", `n\u0061me`, 1), ""},
		{"escaped names", "id,n\u00e4me", `{"id":1,"n\u00e4me":1}`, `{"id":2,"n\u00e4me":3}`, `{"id":2,"n\u00e4me":3}`},
		{"escaped names that are not wanted", "id", `{"n\"\\":1,"id":1}`, `{"n\"\\":2,"id":3}`, `{"id":3}`},
		{"names escaped in another way", "id,näme", `{"id":1,"n\u00e4me":1}`, `{"id":2,"n\u00E4me":3}`, ""},
		{"white space", "id,total", flat, strings.Replace(flat, ",", ", ", 1), ""},
		{"white space behind values", "id,name", flat, `{"id":2 ,"name":"two"` + "\n" + `,"note":null}`, `{"id":2,"name":"two"}`},
		{"array that does not end", "id", flat, strings.Replace(flat, "null", "[1", 1), ""},
		{"wrong number", "id", flat, strings.Replace(flat, "1", "01", 1), ""},
		{"wrong string", "name", flat, strings.Replace(flat, "one", `\x`, 1), ""},
		{"two strings", "name", flat, strings.Replace(flat, "one", `one" "two`, 1), ""},
		{"no value", "name", flat, strings.Replace(flat, `"one"`, "", 1), ""},
		{"another bracket", "id", flat, strings.Replace(flat, "[]", "[}", 1), ""},
		{"printed to be read", "id,by/name,x/y", pretty, strings.Replace(pretty, "1", "99", 2), "{\"id\": 99,\"by\": {\"name\" : \"one\"},\"x\": [{\"y\": 99}]}"},
		{"elements", "x/y,z", `{"x":[{"y":1,"a":2}],"z":1}`, `{"x":[{"y":3,"a":4},{"y":5},{"y":6,"a":{}}],"z":7}`, `{"x":[{"y":3},{"y":5},{"y":6}],"z":7}`},
		{"like elements", "x/y,z", `{"x":[{"y":1,"a":2}],"z":1}`, `{"x":[{"y":3,"a":4},{"y":5} , {"y":6,"a":2} ] ,"z":7}`, `{"x":[{"y":3},{"y":5},{"y":6}],"z":7}`},
		{"text behind an object", "x/y", `{"x":{"y":1},"z":1}`, `{"x":{"y":2} 3,"z":4}`, ""},
		{"text behind an array", "x/y", `{"x":[{"y":1}],"z":1}`, `{"x":[{"y":2}] 3,"z":4}`, ""},
		{"text behind an element", "x/y", `{"x":[{"y":1}],"z":1}`, `{"x":[{"y":2} 3,{"y":4}]}`, ""},
		{"text before an element", "x/y", `{"x":[{"y":1}],"z":1}`, `{"x":[{"y":2},3 {"y":4}]}`, ""},
		{"no elements", "x/y", `{"x":[{"y":1}]}`, `{"x":[]}`, ""},
		{"null in an array", "x/y", `{"x":[{"y":1}]}`, `{"x":[{"y":1},null]}`, ""},
		{"null instead of an object", "x/y,z", `{"x":{"y":1},"z":1}`, `{"x": null ,"z":2}`, ""},
		{"null instead of an object, likewise", "x/y,z", `{"x":{"y":1},"z":1}`, `{"x":null ,"z":2}`, `{"x":null,"z":2}`},
		{"null instead of an array", "x/y", `{"x":[{"y":1}]}`, `{"x":null}`, `{"x":null}`},
		{"string instead of an object", "x/y", `{"x":{"y":1}}`, `{"x":"null"}`, ""},
		{"long names", "id," + strings.Repeat("n", 99), `{"id":1,"` + strings.Repeat("n", 99) + `":1,"` + strings.Repeat("m", 99) + `":1}`, `{"id":2,"` + strings.Repeat("n", 99) + `":2,"` + strings.Repeat("m", 99) + `":2}`, `{"id":2,"` + strings.Repeat("n", 99) + `":2}`},
		{"another long name", "id", `{"id":1,"` + strings.Repeat("n", 99) + `":1}`, `{"id":2,"` + strings.Repeat("n", 98) + `m":2}`, ""},
		{"names longer than a template has", "id", `{"id":1,"` + strings.Repeat("n", 999) + `":1}`, `{"id":1,"` + strings.Repeat("n", 999) + `":1}`, ""},
		{"more members than a template has", "id", `{"id":1` + strings.Repeat(`,"a":2`, maxSteps) + "}", `{"id":1` + strings.Repeat(`,"a":2`, maxSteps) + "}", ""},
		{"more than there is room for", "id", `{"id":1,"a":[]}`, `{"id":2,"a":[` + strings.Repeat("{},", block.MapBlocks*block.Size/3) + `1]}`, ""},
		{"nearly as much", "id", `{"id":1,"a":[]}`, `{"id":2,"a":[` + strings.Repeat("{},", block.MapBlocks*block.Size/3-100) + `1]}`, `{"id":2}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := byTemplate(t, tc.first, tc.second, mask(t, tc.mask))
			if ok != (tc.want != "") || got != tc.want {
				t.Errorf("got %q, %t, want %q", got, ok, tc.want)
			}
		})
	}
}

// mutate changes a text a little.
func (r *roulette) mutate(text string) string {
	for range r.IntN(3) {
		i, j := r.IntN(len(text)), r.IntN(len(text))
		i, j = min(i, j), min(max(i, j), min(i, j)+30)
		switch r.IntN(5) {
		case 0:
			text = text[:i] + text[j:]
		case 1:
			text = text[:j] + text[i:]
		case 2:
			r.pick(",", ":", "{", "}", "[", "]", `"`, `\`, `\"`, " ", "\n", "0", "1.5", "x", "null", "\x0c", "\xff", `"a":1,`, `,"b":2`)
			text = text[:i] + r.take() + text[i:]
		case 3:
			r.pick(",", ":", `"`, " ", "0", "a", "b")
			text = text[:i] + r.take() + text[i+1:]
		default:
			r.value(2)
			text = text[:i] + r.take() + text[j:]
		}
		if text == "" {
			return "{}"
		}
	}
	return text
}

func TestTemplateAgainstGeneralWalk(t *testing.T) {
	taken, changed := 0, 0
	const rounds = 60_000
	for seed := range uint64(rounds) {
		r := &roulette{Rand: rand.New(rand.NewPCG(seed, 3))}
		r.object(3)
		first := r.take()
		second := r.mutate(first)
		r.mask(2)
		if _, ok := byTemplate(t, first, second, mask(t, r.take())); ok {
			taken++
			if first != second {
				changed++
			}
		}
	}
	if taken < rounds/12 || changed < rounds/40 {
		t.Errorf("only %d of %d items were taken, %d of them not the same", taken, rounds, changed)
	}
}

// However an item lies to the end of what has been scanned, and of what is read at once,
// it is what it would be elsewhere.
func TestTemplateAtEveryPlace(t *testing.T) {
	long := strings.Repeat("n", 40)
	for _, item := range []string{
		`{"id":%,"a":[1,2],"b":{"c":%,"d":"%"},"` + long + `":%}`,
		`{"` + long + `":[{"id":%},%],"id":[%]}`,
		"{\n  \"id\" : %, \"b\":\n [{\"c\": %,\"" + long + "\":%}, {\"c\":%}]\n}",
		`{"b":{"d":"` + strings.Repeat("x", 100) + `"},"id":"%"}`,
	} {
		var body strings.Builder
		for i := range 1000 {
			body.WriteString("," + strings.ReplaceAll(item, "%", strings.Repeat("7", 1+i*i%9)))
		}
		list := "[" + body.String()[1:] + "]"
		for _, src := range []string{"id", "b/c,id", "b,id," + long, long + "/id"} {
			got := reading{Options: Options{Limit: -1, Mask: mask(t, src)}}.page(t, list)
			if got.err != "" || got.items != 1000 {
				t.Errorf("mask %q of %s: got %d items, error %q", src, item, got.items, got.err)
			}
			if lines := strings.ReplaceAll(body.String()[1:], ",{\"id\"", "\n{\"id\""); strings.Count(lines, "\n") == 999 {
				got := reading{Options: Options{Lines: true, Limit: -1, Mask: mask(t, src)}}.page(t, lines)
				if got.err != "" || got.items != 1000 {
					t.Errorf("mask %q of lines of %s: got %d items, error %q", src, item, got.items, got.err)
				}
			}
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add(`{"id":1,"name":"one","total":1.5,"x":[]}`, `{"id":2,"name":"two","total":2.5,"x":[{}]}`, "id,total")
	f.Add(`{"a":{"b":1,"c":"x"},"d":[{"b":[]},{"b":2}]}`, `{"a":{"b":1},"d":[{"b":[]}]}`, "a/b,d/b")
	f.Add("{ \"a\" : 1 ,\n\"b\":[1] }", "{ \"a\" : 2 ,\n\"b\":[] }", "a,b")
	f.Fuzz(func(t *testing.T, first, second, src string) {
		m, err := fields.Parse(src, fields.Google)
		if err != nil {
			return
		}
		byTemplate(t, first, second, m)
		byTemplate(t, first, first, m)
	})
}

// Lists whose items change, and change back, are trimmed as without templates, however
// they are cut.
func FuzzTemplateList(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := &roulette{Rand: rand.New(rand.NewPCG(seed, 4))}
		r.object(3)
		item := r.take()
		var body strings.Builder
		body.WriteString("[" + item)
		for range r.IntN(200) {
			next := item
			if r.IntN(8) == 0 {
				if changed := r.mutate(item); r.IntN(40) == 0 || valid(changed) {
					next = changed
				}
			}
			if r.IntN(20) == 0 {
				item = next
			}
			body.WriteString("," + next)
		}
		body.WriteString("]")
		how := reading{Options: Options{Limit: -1}}
		if r.mask(2); r.IntN(4) > 0 {
			how.Mask = mask(t, r.take())
		}
		if r.IntN(2) == 0 {
			another := r.mutate(item)
			how.before = "[" + another + "," + another + "," + another + "]"
		}
		list := body.String()
		if r.IntN(4) == 0 {
			how.Lines = true
			list = strings.ReplaceAll(strings.ReplaceAll(list[1:len(list)-1], "\n", " "), "}, {", "},{")
			list = strings.ReplaceAll(list, "},{", "}\n{")
		}
		if r.IntN(3) == 0 {
			how.MaxBytes, how.ShortPage = 1<<r.IntN(14), r.IntN(2) == 0
		}
		how.page(t, list)
	})
}
