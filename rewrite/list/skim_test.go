package list

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// A skimming is where a skimmer has come.
type skimming struct {
	at    int
	items int64
	ended bool
}

// skim skims text, which begins behind an opening bracket, in chunks.
func skim(text, bracket string, room int64, bytewise bool, cut cutter) skimming {
	s := skimmer{bytewise: bytewise}
	s.begin(bracket[0], room)
	var got skimming
	for rest := text; rest != "" && !got.ended; {
		n := cut(len(rest))
		var j int
		j, got.ended = s.next([]byte(rest[:n]), 0)
		got.at += j
		got.items += s.take()
		rest = rest[n:]
	}
	return got
}

// slowSkim does it with endOf, item by item.
func slowSkim(text, bracket string, room int64) skimming {
	body := bracket + text
	var got skimming
	for at := 0; ; got.items++ {
		end := endOf(body, at)
		if end < 0 {
			return skimming{len(text), got.items, false}
		}
		got.at, got.ended = end-1, true
		rest := strings.TrimLeft(strings.TrimPrefix(body[end:], ","), " \t\r\n")
		if got.items == room || body[end-1] != closing(bracket[0]) || !strings.HasPrefix(body[end:], ",") || !strings.HasPrefix(rest, bracket) {
			return got
		}
		at = len(body) - len(rest)
	}
}

// checkSkim compares both engines, and the first item in any chunks: a chunk that
// ends between two items ends the skimming.
func checkSkim(t *testing.T, text, bracket string, room int64, seed uint64) {
	t.Helper()
	for _, bytewise := range []bool{false, true} {
		want := slowSkim(text, bracket, room)
		if got := skim(text, bracket, room, bytewise, whole); got != want {
			t.Fatalf("%q, room %d, byte engine %t\ngot  %+v\nwant %+v", bracket+text, room, bytewise, got, want)
		}
		want = slowSkim(text, bracket, 0)
		if got := skim(text, bracket, 0, bytewise, randomly(seed)); got != want {
			t.Fatalf("%q, in chunks, byte engine %t\ngot  %+v\nwant %+v", bracket+text, bytewise, got, want)
		}
	}
}

var skims = []struct{ name, text, bracket string }{
	{"empty", `}`, `{`},
	{"object", `"a":[1,{"b":"}"}]}]`, `{`},
	{"items", `},{},{"a":{}},{"b":[]}]`, `{`},
	{"white space behind the comma", "},\n  {}, {} ,{}]", `{`},
	{"another kind of item", `},{},[{}],{}]`, `{`},
	{"a scalar", `},{},1,{}]`, `{`},
	{"closed wrongly", `},{"a":1],{}]`, `{`},
	{"nothing behind the comma", `},`, `{`},
	{"arrays", `[]],[[[]],{}],[1]]`, `[`},
	{"deep", strings.Repeat("[", 99) + strings.Repeat("]", 100) + ",[]]", `[`},
	{"deep and up and down", strings.Repeat(`[{"a":`, 30) + strings.Repeat("[{}],", 60) + strings.Repeat("}]", 30) + "]]", `[`},
	{"quote at a block's end", strings.Repeat(" ", 62) + `"}",""}]`, `{`},
	{"backslash at a block's end", strings.Repeat(" ", 60) + `"a\\\"}"}]`, `{`},
	{"never closed", strings.Repeat(`{"a":"]`, 50), `{`},
	{"string never closed", `"` + strings.Repeat(`]}\"`, 50), `{`},
	{"long items", strings.Repeat(`"`+strings.Repeat("x}", 500)+`"},{`, 20) + "}]", `{`},
}

func TestSkim(t *testing.T) {
	for i, tc := range skims {
		t.Run(tc.name, func(t *testing.T) {
			for before := range 130 {
				text := strings.Repeat(" ", before) + tc.text
				for _, room := range []int64{0, 1, 2, math.MaxInt64} {
					checkSkim(t, text, tc.bracket, room, uint64(i))
				}
			}
		})
	}
}

func FuzzSkim(f *testing.F) {
	for _, tc := range skims {
		f.Add(tc.text, tc.bracket == "{", uint64(3))
	}
	f.Fuzz(func(t *testing.T, text string, object bool, seed uint64) {
		bracket := "["
		if object {
			bracket = "{"
		}
		room := rand.New(rand.NewPCG(seed, 5)).Int64N(5)
		checkSkim(t, text, bracket, room, seed)
	})
}

// A list that is skimmed is checked all the same: its commas, its end, the bracket
// that each item ends with, and the items that are no containers.
func TestSkimmedList(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"no comma", `[{}{}]`, "expected ',' or ']' behind an element at byte 3"},
		{"two commas", `[{},,{}]`, "expected a value at byte 4"},
		{"comma before the end", `[{},{},]`, "expected a value at byte 7"},
		{"colon", `[{}:{}]`, "expected ',' or ']' behind an element at byte 3"},
		{"item closed as an array", `[{"a":1],{}]`, "expected ',' or '}' behind a member at byte 7"},
		{"item closed as an object", `[{},[1},{}]`, "expected ',' or ']' behind an element at byte 6"},
		{"list closed as an object", `[{},{}}`, "expected ',' or ']' behind an element at byte 6"},
		{"behind the list", `[{},{}]]`, "unexpected bytes behind the JSON text at byte 7"},
		{"list not closed", `[{},{}`, "the JSON text ends too early at byte 6"},
		{"item not closed", `[{},{"a":"b]"`, "the JSON text ends too early at byte 13"},
		{"string not closed", `[{},{"a":"b]}]`, "the JSON text ends too early at byte 14"},
		{"string in an item", "[{},\"\n\"]", "control byte in a string at byte 5"},
		{"number", `[{},01]`, "invalid number at byte 5"},
		{"literal", `[{},nul]`, "invalid literal at byte 7"},
		{"number behind others", `[1,2,-,3]`, "invalid number at byte 6"},
		{"no comma behind a number", `[1,2 3,4]`, "expected ',' or ']' behind an element at byte 5"},
		{"comma behind the last number", `[1,2,]`, "expected a value at byte 5"},
		{"string behind others", "[\"a\",\"b\",\"\xff\",1]", "invalid UTF-8 at byte 10"},
		{"anything in an item", "[{\x00,:oops \"\xff\n\"},{\"\"[:}}]", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, opt := range []Options{{Skip: 9, Limit: 1}, {Limit: 0}, {Limit: -1, CountOnly: true}} {
				if got := (reading{Options: opt}).check(t, tc.body); got.err != tc.want {
					t.Errorf("skip %d, count %t: got %q, want %q", opt.Skip, opt.CountOnly, got.err, tc.want)
				}
			}
		})
	}
}

// Items are counted as they come, whether they are skimmed or not.
func TestSkimCounts(t *testing.T) {
	const n = 300
	body := "[" + strings.Repeat(`{"a":[1,"x"]},{"b":2},  {},[],[{}] , 7,"s", true,-1.5e3 ,null,`, n) + "{}]"
	for _, tc := range []struct {
		opt         Options
		items, seen int64
		more        bool
	}{
		{Options{Skip: 10 * n, Limit: 5}, 1, 10*n + 1, false},
		{Options{Skip: 10*n - 1, Limit: 1}, 1, 10*n + 1, true},
		{Options{Skip: 10*n + 1, Limit: 5}, 0, 10*n + 1, false},
		{Options{Skip: 1, Limit: 1, Spare: 1, Stop: StopAlone}, 1, 4, true},
		{Options{Limit: 1, Spare: 100, Stop: StopAlone}, 1, 102, true},
		{Options{Limit: -1, CountOnly: true}, 10*n + 1, 10*n + 1, false},
		{Options{Limit: 10 * n, CountOnly: true}, 10 * n, 10*n + 1, true},
		{Options{Skip: 3, Limit: 9, CountOnly: true}, 9, 10*n + 1, true},
		{Options{Skip: 3, Limit: 9, CountOnly: true, Stop: StopAlone}, 9, 13, true},
	} {
		got := reading{Options: tc.opt}.check(t, body)
		if got.items != tc.items || got.seen != tc.seen || got.more != tc.more || got.err != "" {
			t.Errorf("skip %d, limit %d, count %t: got %+v, want %d items of %d, more %t",
				tc.opt.Skip, tc.opt.Limit, tc.opt.CountOnly, got, tc.items, tc.seen, tc.more)
		}
	}
}
