package list

import (
	"strings"
	"testing"
)

// A value that ends is one, and whatever nests no deeper than a word has bits is found
// to end, if a byte follows.
func checkValueEnd(t *testing.T, text string) {
	t.Helper()
	want := broken
	if trimmed := strings.TrimRight(text, " \r\n\t"); valid(text) && strings.TrimLeft(text, " \r\n\t") == text && !strings.HasPrefix(text, bom) {
		want = len(trimmed)
	}
	got := valueEnd([]byte(text+","), 0)
	switch {
	case got == want:
	case want == broken && valid(text[:got]): // something else follows
	case got == broken && strings.Count(text, "[")+strings.Count(text, "{") > deepValue:
	default:
		t.Fatalf("%q: got %d, want %d", text, got, want)
	}
	for cut := range min(len(text), 100) {
		if got := valueEnd([]byte(text[:cut]), 0); got > cut || got != broken && !valid(text[:got]) {
			t.Fatalf("%q: got %d", text[:cut], got)
		}
	}
}

func TestValueEnd(t *testing.T) {
	for _, tc := range texts {
		t.Run(tc.name, func(t *testing.T) { checkValueEnd(t, tc.text) })
	}
	for _, tc := range []struct {
		depth int
		want  int
	}{{deepValue, 2 * deepValue}, {deepValue + 1, broken}} {
		nested := strings.Repeat("[", tc.depth) + strings.Repeat("]", tc.depth)
		if got := valueEnd([]byte(nested), 0); got != tc.want {
			t.Errorf("%d levels: got %d, want %d", tc.depth, got, tc.want)
		}
	}
}

func FuzzValueEnd(f *testing.F) {
	for _, tc := range texts {
		f.Add(tc.text)
	}
	f.Fuzz(checkValueEnd)
}
