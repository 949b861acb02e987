package list

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// An indexing is all that an indexer tells of a body: its layout, where items begin, and
// what it knew at the end of each chunk.
type indexing struct {
	Layout
	err     string
	pointer string
	begins  map[int64]int64
}

// index gives a body to an indexer in chunks, and asks for every stride-th item. what it
// knows in between, it tells seen.
func index(opt Options, body string, stride int64, cut cutter, bytewise bool, seen func(Layout, map[int64]int64)) indexing {
	got := indexing{begins: map[int64]int64{}}
	var x Indexer
	x.find.skim.bytewise = bytewise
	x.Reset(LayoutOptions{Path: opt.Path, Lines: opt.Lines, Boundary: func(item, at int64) int64 {
		got.begins[item] = at
		return item + stride
	}})
	var err error
	for rest := body; err == nil && rest != ""; {
		n := cut(len(rest))
		chunk := []byte(rest[:n])
		rest = rest[n:]
		_, err = x.Write(chunk)
		for i := range chunk {
			chunk[i] = '#'
		}
		if seen != nil {
			seen(x.Layout(), got.begins)
		}
	}
	if err == nil {
		err = x.Close()
	}
	if got.Layout = x.Layout(); err != nil {
		got.err = err.Error()
		if syntax, ok := err.(*SyntaxError); ok { //nolint:errorlint // nobody wraps it
			got.pointer = syntax.Pointer
		}
	}
	return got
}

// window is a body with the items from first to last only, cut as a layout says.
func window(body string, l Layout, begins map[int64]int64, first, last int64) string {
	if l.Ended && l.Items == 0 {
		return body
	}
	from, to := begins[first], l.Tail
	if l.Ended {
		to = l.End // with what stands before the bracket
	}
	if at, ok := begins[last]; ok && last < l.Items {
		to = at
		if !l.Lines {
			to--
		}
	}
	text := body[:l.Prefix] + body[from:to]
	switch {
	case l.Lines:
		return text
	case l.Ended:
		return text + body[l.End:]
	}
	return text + "]" + strings.Repeat("}", l.Around)
}

// checkIndex compares what an indexer tells of a body with what a reader does with it: the
// same errors, the same items, and the same pages out of a few of them. It leaves out what
// no reader can know: errors of items that an indexer skims are errors of the page's.
func checkIndex(t *testing.T, opt Options, body string, stride int64, seed uint64) {
	t.Helper()
	want := reading{Options: Options{Path: opt.Path, Lines: opt.Lines, Limit: -1, CountOnly: true}}.page(t, body)
	var got indexing
	for i, cut := range []cutter{whole, bytewise, randomly(seed)} {
		for _, bytewise := range []bool{false, true} {
			again := index(opt, body, stride, cut, bytewise, func(l Layout, begins map[int64]int64) {
				checkTail(t, body, l)
			})
			if i == 0 && !bytewise {
				got = again
			}
			again.Size = got.Size // of a body in error, it depends on the chunk
			if fmt.Sprint(again) != fmt.Sprint(got) {
				t.Fatalf("%q, cut %d, byte engine %t\ngot  %+v\nwhole %+v", body, i, bytewise, again, got)
			}
		}
	}
	if got.err != want.err || want.err == "" && (got.Items != want.items || got.Ended != want.ended) || got.Found != want.found && want.err == "" {
		t.Fatalf("%q\ngot  %+v\nwant %+v", body, got, want)
	}
	if got.err != "" || !got.Found {
		return
	}
	r := rand.New(rand.NewPCG(seed, 9))
	first := r.Int64N(got.Items + 1)
	limit := r.Int64N(5)
	from := first - first%stride
	if from == got.Items {
		from = max(0, from-stride)
	}
	to := first + limit + 1
	to += (stride - to%stride) % stride
	part := window(body, got.Layout, got.begins, from, to)
	how := Options{Path: got.Path, Lines: opt.Lines, Skip: first, Limit: limit, Stop: StopAlways}
	direct := reading{Options: how}.page(t, body)
	how.Skip -= from
	short := reading{Options: how}.page(t, part)
	if direct.err == "" && (direct.out != short.out || direct.items != short.items || direct.more != short.more || short.err != "") {
		t.Fatalf("%q, from %d, limit %d\nof %q\ngot  %+v\nwant %+v", body, first, limit, part, short, direct)
	}
}

// checkTail makes a body of what is complete, and reads it.
func checkTail(t *testing.T, body string, l Layout) {
	t.Helper()
	if !l.Found || l.Items == 0 {
		return
	}
	l.Ended = false
	text := window(body, l, map[int64]int64{0: l.Prefix}, 0, l.Items)
	var r Reader
	got := reading{Options: Options{Path: l.Path, Lines: l.Lines, Limit: -1, CountOnly: true}}.read(&r, text, whole)
	if got.err != "" || got.items != l.Items {
		t.Fatalf("%q, %+v\n%d items are complete in %q, which has %d: %s", body, l, l.Items, text, got.items, got.err)
	}
}

var layouts = []struct {
	name, path, body string
	lines            bool
}{
	{"root", "", `[{"a":1},{"a":2} , {"a":[3]},4,"5",null,[6],{"b":{}}]` + "\n", false},
	{"pretty", "", "[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  },\n  {}\n]\n", false},
	{"scalars", "", `[1,2,3, 4 ,5,"6",true,-7.5e1]`, false},
	{"empty", "", ` [ ] `, false},
	{"path", "data.orders", `{"n":[1],"data":{"x":[{}],"orders":[{"a":1},{"b":2},{"c":3}],"z":1},"k":2}`, false},
	{"path to nothing", "data.orders", `{"data":[{}]}`, false},
	{"path to an empty list", "orders", `{"orders":[],"z":1}`, false},
	{"auto", "", "{\"t\":[1],\"orders\":\r\n [ \n {\"a\":1},{\"b\":2},5,{\"c\":3}] , \"z\":[]}", false},
	{"auto, escaped name", "", `{"or\u0064ers":[{},{},{}]}`, false},
	{"auto, an empty array before it", "", `{"errors":[],"orders":[{"a":1},{"b":2},{"c":3}],"z":[]}`, false},
	{"auto, empty", "", `{"t":1,"orders":[]}`, false},
	{"auto, repeated", "", `{"orders":[{},{}],"orders":[{}]}`, false},
	{"no list", "", `{"error":"none"}`, false},
	{"number", "", `17`, false},
	{"byte order mark", "", "\xEF\xBB\xBF[{},{},{}]", false},
	{"two commas", "", `[{},{},,{}]`, false},
	{"closed wrongly", "", `[{},{},{},{},{]]`, false},
	{"bad scalar", "", `[1,2,3,01]`, false},
	{"cut", "", `[{},{},{"a":`, false},
	{"bytes behind", "", `[{},{}]]`, false},
	{"lines", "", "{\"a\":1}\n{\"a\":2}\r\n3\n[4]\n{\"a\":5}\n", true},
	{"lines, the last one open", "", "{}\n{}\n{}\n7", true},
	{"empty lines", "", "\n\n{}\n\n{}\n{}\n\n", true},
	{"no lines", "", "", true},
	{"lines of scalars", "", "1\n2\n3\n\"4\"\n5", true},
	{"two on a line", "", "{}\n{}{}\n{}\n", true},
	{"a line that is cut", "", "{}\n{\"a\":\n1}\n", true},
}

func TestIndexer(t *testing.T) {
	for _, tc := range layouts {
		t.Run(tc.name, func(t *testing.T) {
			for stride := int64(1); stride < 6; stride++ {
				for seed := range uint64(40) {
					checkIndex(t, Options{Path: path(t, tc.path), Lines: tc.lines}, tc.body, stride, seed)
				}
			}
		})
	}
}

func FuzzIndexer(f *testing.F) {
	for _, tc := range layouts {
		f.Add(tc.body, tc.path, tc.lines, uint8(2), uint64(1))
	}
	f.Fuzz(func(t *testing.T, body, text string, lines bool, stride uint8, seed uint64) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		checkIndex(t, Options{Path: p, Lines: lines}, body, int64(stride%16)+1, seed)
	})
}

// A layout is what the doc comment draws.
func TestLayout(t *testing.T) {
	for _, tc := range []struct {
		name string
		opt  Options
		body string
		want Layout
		at   string
	}{
		{
			"around",
			Options{Path: path(t, "d.o")},
			`{"d":{"o":[ {}, {} ,{}] }}`,
			Layout{Found: true, Ended: true, Items: 3, Prefix: 11, Tail: 22, End: 22, Size: 26, Path: path(t, "d.o"), Around: 2},
			"map[0:11 1:15 2:20]",
		},
		{
			"unfinished",
			Options{},
			`{"o": [ {}, {} ,{`,
			Layout{Found: true, Items: 2, Prefix: 7, Tail: 15, Size: 17, Path: path(t, "o"), Around: 1},
			"map[0:7 1:11 2:16]",
		},
		{
			"lines",
			Options{Lines: true},
			"{}\n\n{}",
			Layout{Found: true, Ended: true, Lines: true, Items: 2, Tail: 6, End: 6, Size: 6},
			"map[0:0 1:4]",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := index(tc.opt, tc.body, 1, whole, false, nil)
			if fmt.Sprint(got.Layout) != fmt.Sprint(tc.want) || fmt.Sprint(got.begins) != tc.at {
				t.Errorf("got  %+v, %v\nwant %+v, %s", got.Layout, got.begins, tc.want, tc.at)
			}
		})
	}
}

// An error says in which item it is, as far as that is looked at.
func TestIndexerErrors(t *testing.T) {
	long := strings.Repeat("x", maxName+1)
	for _, tc := range []struct{ name, path, body, want, pointer string }{
		{"missing value", "d.o", `{"d":{"o":[{},{},,{}]}}`, "expected a value at byte 17", "/d/o/2"},
		{"closed wrongly", "", `{"o":[{},{"a":1],{}]}`, "expected ',' or '}' behind a member at byte 15", "/o/1"},
		{"too early", "", `[{},{}`, "the JSON text ends too early at byte 6", ""},
		{"repeated", "o", `{"o":[{}],"o":[]}`, "the list occurs twice", ""},
		{"name too long", "", `{"` + long + `":[{}]}`, ErrUnnamed.Error(), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := index(Options{Path: path(t, tc.path)}, tc.body, 4, whole, false, nil)
			if got.err != tc.want || got.pointer != tc.pointer {
				t.Errorf("got %q in %q, want %q in %q", got.err, got.pointer, tc.want, tc.pointer)
			}
		})
	}
}
