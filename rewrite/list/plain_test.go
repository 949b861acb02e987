package list

import (
	"strings"
	"testing"
)

// Numbers and strings of every length, wrong in every place.
func TestIsScalar(t *testing.T) {
	var right int
	for n := range 40 {
		for _, c := range []string{"1", "0", "x", "é"} {
			for _, frame := range []string{`"`, ""} {
				for at := range n {
					for _, odd := range []string{"", ".", "-", "e", "0", `"`, `\`, `\n`, "\x1f", "\x80", ":", "/", ".1.", "..", "1e-1", "e"} {
						text := frame + strings.Repeat(c, at) + odd + strings.Repeat(c, n-at-1) + frame
						v := []byte("  " + text + ",       , 0123456789abcdef")
						want := valid(text)
						if got := isScalar(v, 2, 2+len(text)); got != want {
							t.Fatalf("%q: got %t, want %t", text, got, want)
						}
						if got := isScalar(v[:2+len(text)+1], 2, 2+len(text)); got != want {
							t.Fatalf("%q at the end: got %t, want %t", text, got, want)
						}
						if want {
							right++
						}
					}
				}
			}
		}
	}
	if right < 1000 {
		t.Errorf("only %d were right", right)
	}
}
