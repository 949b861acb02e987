package list

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Whatever encoding/json takes for JSON, and nothing else, is read to its end:
// as a body, and as an item in every place of a list. What is inside of items that
// nobody gets may be anything.
func TestConformance(t *testing.T) {
	for _, tc := range texts {
		t.Run(tc.name, func(t *testing.T) {
			for _, body := range []string{
				tc.text, "\n" + tc.text + " ",
				"[" + tc.text + "]", "[" + tc.text + ",{}]", "[1," + tc.text + ",2]", `["a",` + tc.text + "]",
				`{"a":` + tc.text + "}", `{"a":` + tc.text + `,"b":[{}]}`, `{"orders":[{},` + tc.text + `]}`, `{"orders":[{}],"b":` + tc.text + `}`,
			} {
				for _, how := range []reading{{Options: all}, {Options: Options{Limit: 1}}, {Options: Options{Limit: -1, CountOnly: true}}} {
					got := how.check(t, body)
					want := valid(how.pardon(body, got))
					if ok := got.err == ""; ok != want {
						t.Errorf("%s of %q: got error %q, want valid %t", how, body, got.err, want)
					}
				}
			}
		})
	}
}

// A body that stops anywhere is never complete, unless what has come of it is.
func TestTruncated(t *testing.T) {
	var r Reader
	for _, tc := range bodies {
		for n := range tc.body {
			body := tc.body[:n]
			for _, limit := range []int64{-1, 0, 1, 2} {
				got := reading{Options: Options{Limit: limit}}.read(&r, body, whole)
				if got.err == "" && !valid(body) {
					t.Errorf("%s: limit %d: %q is taken for complete", tc.name, limit, body)
				}
			}
		}
	}
}

// Two chunks, cut at every byte: inside escapes, UTF-8, numbers, literals, the
// byte order mark and names.
func TestCutAnywhere(t *testing.T) {
	item := `{"\u006f\"\\":[-12.50E+3,0,1e5,true,false,null,"é€😀\uD83D\uDE00"]}`
	list := "[" + item + ", " + item + "\n,-1.5e-7,0 ,true,\"\",[],{}]"
	var r Reader
	for _, body := range []string{
		bom + list,
		`{"a":"\u00e9","\u006frders":` + list + `,"b":1}`,
		`{"a":[],"data":{"x":{},"orders":` + list + `},"b":[1]}`,
		`{"id":` + item + `}`,
	} {
		for _, text := range []string{"auto", "orders", "data.orders"} {
			for _, opt := range []Options{all, {Skip: 1, Limit: 1}, {Limit: 3, Mask: mask(t, "o")}, {Limit: -1, MaxBytes: 150, ShortPage: true}} {
				opt.Path = path(t, text)
				how := reading{Options: opt}
				want := how.check(t, body)
				for n := range body {
					if got := how.read(&r, body, cutAt(n)); got != want {
						t.Fatalf("%s of %q, cut at %d\ngot  %+v\nwant %+v", how, body, n, got, want)
					}
				}
			}
		}
	}
}

// The offset is that of the byte that is wrong, or of the end that came too early.
func TestErrorOffsets(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"empty body", ``, "the JSON text ends too early at byte 0"},
		{"list not closed", `[1,2`, "the JSON text ends too early at byte 4"},
		{"number", `[1,-x]`, "invalid number at byte 4"},
		{"leading zero", `[012]`, "invalid number at byte 2"},
		{"literal", `[nulx]`, "invalid literal at byte 4"},
		{"value", `[1,]`, "expected a value at byte 3"},
		{"name", `{"a":1,}`, "expected a member's name at byte 7"},
		{"colon", `{"a",1}`, "expected ':' behind a member's name at byte 4"},
		{"object", `{"a":1]`, "expected ',' or '}' behind a member at byte 6"},
		{"array", `[1}`, "expected ',' or ']' behind an element at byte 2"},
		{"control byte", "[\"a\n\"]", "control byte in a string at byte 3"},
		{"escape", `["\x"]`, "invalid escape in a string at byte 3"},
		{"\\u", `["\u12x4"]`, `invalid \u escape in a string at byte 6`},
		{"UTF-8 lead", "[\"\xff\"]", "invalid UTF-8 at byte 2"},
		{"UTF-8 tail", "[\"\xe2\x82\"]", "invalid UTF-8 at byte 4"},
		{"behind the list", "[1] \x00", "unexpected bytes behind the JSON text at byte 4"},
		{"byte order mark inside", `[` + bom + `1]`, "expected a value at byte 1"},
		{"byte order mark cut", bom[:2] + `[1]`, "expected a value at byte 2"},
		{"HTML", `<html>`, "expected a value at byte 0"},
	} {
		got := reading{Options: all}.page(t, tc.body)
		if got.err != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got.err, tc.want)
		}
		if !strings.HasSuffix(got.err, fmt.Sprintf(" %d", got.offset)) {
			t.Errorf("%s: got offset %d, want that of %q", tc.name, got.offset, got.err)
		}
	}
}

// Nesting takes a bit a level, and neither recursion nor time.
func TestDepth(t *testing.T) {
	for _, depth := range []int{63, 64, 65, 10_000, 1_000_000} {
		for _, item := range []string{
			strings.Repeat("[", depth) + strings.Repeat("]", depth),
			strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth),
			strings.Repeat(`[{"a":`, depth/2) + "1" + strings.Repeat("}]", depth/2),
		} {
			var r Reader
			body := "[" + item + ",2,3]"
			got := reading{Options: Options{Limit: 2}}.read(&r, body, whole)
			if want := "[" + item + ",2]"; got.out != want || got.err != "" {
				t.Errorf("depth %d, %.10s...: got %d bytes, %q, want %d bytes", depth, item, len(got.out), got.err, len(want))
			}
			got = reading{Options: Options{Skip: 1, Limit: 1}}.read(&r, body[:len(body)-3]+"}", whole)
			if want := "expected ',' or ']' behind an element"; !strings.HasPrefix(got.err, want) {
				t.Errorf("depth %d, %.10s..., closed wrongly: got %q, want %q", depth, item, got.err, want)
			}
		}
	}
}

// A body may nest without an end, but not take memory without one.
func TestDepthLimit(t *testing.T) {
	var r Reader
	r.Reset(all)
	r.Stream(false)
	chunk := []byte(strings.Repeat("[", 1<<16))
	var err error
	for range 2 * maxDepth / len(chunk) {
		if _, err = r.Write(chunk); err != nil {
			break
		}
		r.Take()
	}
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset != maxDepth {
		t.Fatalf("got %v, want a SyntaxError at %d", err, maxDepth)
	}
	r.Recycle(1 << 10)
	if n := cap(r.find.stack.words); n > 1<<10/8 {
		t.Errorf("got a stack of %d words kept, want it dropped", n)
	}
}
