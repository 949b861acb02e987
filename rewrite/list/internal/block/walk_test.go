//go:build amd64 && !purego

package block

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// expect makes a step.
func expect(what Action, text string, lead int, comma uint8) Step {
	s := Step{What: what, Full: uint32(1<<len(text) - 1), Size: uint8(len(text)), Lead: uint8(lead), Comma: comma}
	copy(s.Text[:], text)
	return s
}

// orders are steps of items like {"id":1,"x":2,"by":{"age":3,"name":"a"},"of":[{"k":1},{"k":2}],"y":[[]],"z":"b"}.
func orders() []Step {
	element := expect(EndElement, `},{`, 0, 0)
	element.Back = 7
	return []Step{
		expect(Keep, `{"id":`, 1, 0),
		expect(Drop, `,"x":`, 1, 1),
		expect(Enter, `,"by":{`, 1, 1),
		expect(Drop, `{"age":`, 1, 0),
		expect(Keep, `,"name":`, 1, 0),
		expect(EndObject, `}`, 0, 0),
		expect(EnterArray, `,"of":[{`, 1, 1),
		expect(Keep, `{"k":`, 1, 0), // where elements begin
		element,
		expect(DropBox, `,"y":`, 1, 1),
		expect(Keep, `,"z":`, 1, 1),
		expect(EndItem, `},{`, 0, 0),
	}
}

// drawn is a text behind which there is enough, and its map.
func drawn(t testing.TB, text string) ([]byte, *Map) {
	t.Helper()
	if !Available {
		t.Fatal("this processor lacks what the kernel needs, so it cannot be tested: use -tags=purego")
	}
	p := []byte(text + strings.Repeat(" ", 2*Size+Reach-len(text)%Size))
	scratch.Draw(0, p, new(State))
	return p, &scratch
}

// scratch is a map, which is too large to be made anew for each of many texts.
var scratch Map

// runOn is Run from the first token of a text.
func runOn(t testing.TB, steps []Step, text string, items int) (string, Cursor) {
	t.Helper()
	p, m := drawn(t, text)
	dst := make([]byte, 2*len(p)+Reach)
	known := len(p) / Size * Size
	var c Cursor
	c.At, _ = m.All.Next(0, known)
	Run(steps, m, known, p, dst, items, &c)
	if m.All[c.At/Size]>>(c.At%Size)&1 == 0 {
		t.Fatalf("%q: it stopped at %d, where no token is", text, c.At)
	}
	return string(dst[:c.Out]), c
}

func TestRun(t *testing.T) {
	steps := orders()
	const item = `{"id":1,"x":2,"by":{"age":3,"name":"a"},"of":[{"k":1},{"k":2}],"y":[[]],"z":"b"}`
	const kept = `"id":1,"by":{"name":"a"},"of":[{"k":1},{"k":2}],"z":"b"`
	change := func(old, to string) string { return strings.Replace(item, old, to, 1) }
	for _, tc := range []struct {
		name, text string
		items      int
		out        string
		step       int
		ended      int
	}{
		{"one item", item + "]", 9, kept, 11, 0},
		{"two of three", item + "," + item + "," + item, 2, kept + "},{" + kept, 11, 1},
		{"all of three", item + "," + item + "," + item, 9, kept + "},{" + kept + "},{" + kept, 11, 2},
		{"another name at first", change("id", "ix"), 9, "", 0, 0},
		{"another name", change(`"x"`, `"w"`), 9, `"id":1`, 1, 0},
		{"a longer name", change(`"x"`, `"xx"`), 9, `"id":1`, 1, 0},
		{"white space", change(`,"x"`, `, "x"`), 9, `"id":1`, 1, 0},
		{"a container instead of a scalar", change(`2`, `[2]`), 9, `"id":1`, 2, 0},
		{"a scalar instead of an object", change(`{"age":3,"name":"a"}`, `null`), 9, `"id":1`, 2, 0},
		{"a scalar instead of a container", change(`[[]]`, `7`), 9, kept, 11, 0},
		{"another container", change(`[[]]`, `{"a":[{},1]}`), 9, kept, 11, 0},
		{"a container that does not end", change(`[[]]`, `[[`), 9, `"id":1,"by":{"name":"a"},"of":[{"k":1},{"k":2}]`, 9, 0},
		{"a container that ends otherwise", change(`[[]]`, `[[]}`), 9, `"id":1,"by":{"name":"a"},"of":[{"k":1},{"k":2}]`, 9, 0},
		{"no elements", change(`[{"k":1},{"k":2}]`, `[]`), 9, `"id":1,"by":{"name":"a"}`, 6, 0},
		{"one element", change(`[{"k":1},{"k":2}]`, `[{"k":1}]`), 9, `"id":1,"by":{"name":"a"},"of":[{"k":1}],"z":"b"`, 11, 0},
		{"something behind an array", change(`2}]`, `2}]1`), 9, `"id":1,"by":{"name":"a"},"of":[{"k":1},{"k":2`, 8, 0},
		{"something behind an element", change(`1},`, `1}1,`), 9, `"id":1,"by":{"name":"a"},"of":[{"k":1`, 8, 0},
		{"something behind an object", change(`"a"}`, `"a"} `), 9, `"id":1,"by":{"name":"a"`, 5, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, c := runOn(t, steps, tc.text, tc.items)
			if out != tc.out || c.Step != tc.step || c.Items != tc.ended {
				t.Errorf("got %q, step %d, %d items\nwant %q, step %d, %d items", out, c.Step, c.Items, tc.out, tc.step, tc.ended)
			}
			if n := len(item); tc.ended > 0 && (c.End != (n+1)*tc.ended-1 || c.Kept != (len(kept)+3)*tc.ended-2) {
				t.Errorf("got items up to %d, kept %d", c.End, c.Kept)
			}
		})
	}
}

// Whatever structure a value has, it is passed up to its end, wherever that lies to the words of
// the map.
func TestRunPast(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		passed      bool
	}{
		{"empty", `[]`, true},
		{"flat", `{"a":1,"b":[2],"c":{"d":3}}`, true},
		{"one in the other", strings.Repeat(`[{"a":`, 40) + "1" + strings.Repeat("}]", 40), true},
		{"one behind the other", "[" + strings.Repeat(`[],{"a":[]},`, 40) + "1]", true},
		{"up and down", "[" + strings.Repeat(`[[[[]]],[]],`, 20) + "1]", true},
		{"brackets in strings", `["]",{"}":"[["},"\"]"]`, true},
		{"a long text in it", `["` + strings.Repeat("]", 500) + `"]`, true},
		{"white space around it", "   \n" + `[{}]` + strings.Repeat(" ", 70), true},
		{"a scalar", `1`, true},
		{"a long text", `"` + strings.Repeat("text ", 100) + `"`, true},
		{"another bracket", `[{}}`, false},
		{"cut off", `[{},`, false},
		{"cut off in a text", `[{},"`, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			steps := []Step{expect(DropBox, `{"y":`, 1, 0), expect(Keep, `,"z":`, 1, 0)}
			for n := range Size {
				text := strings.Repeat(" ", n) + `{"y":` + tc.value + `,"z":7}`
				out, c := runOn(t, steps, text, 9)
				if passed := out == `"z":7`; passed != tc.passed || !passed && (out != "" || c.At != n) {
					t.Fatalf("%s: got %q, and stopped at %d", text, out, c.At)
				}
			}
		})
	}
}

// What is kept is what the standard allows; what it mostly looks like is kept.
func TestRunScalars(t *testing.T) {
	steps := orders()[:1]
	keeps := func(value string) bool {
		out, _ := runOn(t, steps, `{"id":`+value+`,"x":2}`, 9)
		if out != "" && (out != `"id":`+value || !json.Valid([]byte(value)) || strings.TrimSpace(value) != value) {
			t.Fatalf("%q has become %q", value, out)
		}
		return out != ""
	}
	for _, value := range []string{
		"0", "7", "-0", "-7", "10", "-10", "1234567890123456789012345678901", "0.5", "-0.25", "12.5", "-12.75",
		"1e5", "12E5", "-1e5", "1e-5", "1E+5", "0e0", "-0e-0", "1.5e5", "10.25e-12", "0.5E+123", "1e05",
		"true", "false", "null", `""`, `"a"`, `" "`, `"123456789012345678901234567890"`[:31-1] + `"`,
	} {
		if len(value) < 32 && !keeps(value) {
			t.Errorf("%s is not kept", value)
		}
	}
	for _, value := range []string{"", "-", "01", "-01", ".5", "1.", "-.5", "1.2.3", "00", "1-", "--1", "+1", "1e", "1e-", "1e+", "1.e5", ".e5", "1.5e", "1.5e-", "e5", "-e5", "1e5.", "1e5.5", "1e--5", "1ee5", "1e5e5", "1.5.5e5", "1.5f5", "1e/5", "1f5", "1e-5-", "01e5", "nul", "nulL", "trub", "falsy", "fals", `"`, `"a""b"`, `"a" "b"`, `"a"b`, `"a"1`, `a"b"`, "12a", "1 2", "1.2 ", "9\x00", "\"\t\"", `"\x"`, "\"\xff\"", "1 ", " 1"} {
		if keeps(value) {
			t.Errorf("%q is kept", value)
		}
	}
	const alphabet = `0123456789--..eE+"\ntruefalsnu` + "\x00\x1f\x7f\x80\xc3\xa9 "
	r := rand.New(rand.NewPCG(1, 5))
	for range 300_000 {
		var value strings.Builder
		for range 1 + r.IntN(7) {
			value.WriteByte(alphabet[r.IntN(len(alphabet))])
		}
		keeps(value.String())
		keeps(`"` + value.String() + `"`)
		keeps(fmt.Sprint(r.IntN(1e9)) + value.String())
	}
}

// Nothing is written that there is no room for, and no step begins behind what is known of.
func TestRunBounds(t *testing.T) {
	const item = `{"id":1,"z":"b"},`
	text, m := drawn(t, strings.Repeat(item, 40))
	steps := []Step{expect(Keep, `{"id":`, 1, 0), expect(Keep, `,"z":`, 1, 1), expect(EndItem, `},{`, 0, 0)}
	known := len(text) / Size * Size
	for room := range 400 {
		dst := make([]byte, room, room+1)
		dst[:room+1][room] = 0x55
		var c Cursor
		Run(steps, m, known, text, dst, 99, &c)
		if c.Out > room || dst[:room+1][room] != 0x55 {
			t.Fatalf("wrote %d bytes where there is room for %d", c.Out, room)
		}
	}
	for blocks := range known / Size {
		m.Draw(0, text[:blocks*Size], new(State))
		var c Cursor
		Run(steps, m, blocks*Size, text, make([]byte, 2000), 99, &c)
		if stop := min(blocks*Size, len(item)*40); c.At > stop+len(item) || c.At < stop-len(item) {
			t.Fatalf("stopped at %d, want about %d", c.At, stop)
		}
	}
	for short := range known {
		var c Cursor
		Run(steps, m, 0, text[:short], make([]byte, 2000), 99, &c)
		if c.At != 0 {
			t.Fatalf("went to %d without a map", c.At)
		}
	}
}
