package list

import (
	"bytes"
	"fmt"
	"testing"
)

// TestStringEnd puts every byte at every place of a string that the words it is read
// by have, and compares the fast reading with the thorough one.
func TestStringEnd(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				text := bytes.Repeat([]byte{'a'}, length)
				text[at] = byte(c)
				for _, behind := range []string{"", `"`, `",`, `":"a name and its value"`} {
					p := fmt.Appendf(nil, `"%s%s`, text, behind)
					if got, want := stringEnd(p, 0), anyStringEnd(p, 0); got != want {
						t.Fatalf("%q: got %d, want %d", p, got, want)
					}
				}
			}
		}
	}
}

func TestStopsOf(t *testing.T) {
	for c := range 256 {
		for _, other := range []byte{' ', '!', '#', '[', ']', 0x7F} {
			w := uint64(other) * ones
			w = w&^(0xFF<<24) | uint64(c)<<24
			got := stopsOf(w)
			want := c == '"' || c == '\\' || c < 0x20 || c >= 0x80
			if (got != 0) != want || want && got&-got != 0x80<<24 {
				t.Errorf("%#x among %q: got %#x", c, other, got)
			}
		}
	}
}
