//go:build amd64 && !purego

package block

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// checkTextOf wants what the standard library says of a string, wherever in a block it is.
func checkTextOf(t *testing.T, s string) bool {
	t.Helper()
	want := strings.HasSuffix(s, `"`) && json.Valid([]byte(`"`+s)) && utf8.ValidString(s)
	for _, behind := range []string{`"`, "\x80"} {
		if got := Text([]byte(s+strings.Repeat(behind, TextReach)), len(s)); got != want {
			t.Fatalf("%q with %q behind it: got %t, want %t", s, behind, got, want)
		}
	}
	return want
}

func TestText(t *testing.T) {
	texts := []string{
		"", `\"`, `\\`, `\\\"`, `\/\b\f\n\r\t`, `\u0000`, `\uABcd\uEf19`, `\u123`, `\u12"4`, `\u123g`, `\u12\u1234`, `\ud800`, `\x`, `\U1234`, `\`, `"`, `a"b`,
		"\x1f", "\n", "\x00", " ", "\x7f", "\\\x7f", "\\\xc3\xa9", "é", "日本", "😀", "\u2028", "\uffff",
		"\x80", "\xbf", "\xc3", "\xc3\xc3", "\xc3\xa9\xa9", "\xe6\x97", "\xe6\x97x", "\xf0\x9f\x98", "\xf0\x9f\x98\x80\x80",
	}
	// All of two bytes, and those that begin where sequences of three and four change.
	for a := range 256 {
		for b := range 256 {
			texts = append(texts, string([]byte{byte(a), byte(b)}))
			for _, c := range []byte{0x7F, 0x80, 0xBF, 0xC0} {
				if a >= 0xE0 {
					texts = append(texts, string([]byte{byte(a), byte(b), c}), string([]byte{byte(a), byte(b), c, 0x80}))
				}
			}
		}
	}
	for c := range 256 {
		texts = append(texts, `\`+string([]byte{byte(c)}), `\u1`+string([]byte{byte(c)})+"1f")
	}
	right := 0
	for _, text := range texts {
		for _, before := range []int{0, 28, 29, 30, 31, 255} {
			if checkTextOf(t, strings.Repeat("a", before)+text+`"`) {
				right++
			}
			checkTextOf(t, text+strings.Repeat("a", before)+`"`)
		}
	}
	if right < 5_000 {
		t.Errorf("only %d were right", right)
	}
}

// However long a string is, what is wrong with it is found in every place.
func TestTextLong(t *testing.T) {
	for n := range 700 {
		for _, odd := range []string{"", "\x1f", "\xff", "\xc3", `\x`, `"`, `\u00`, `\`} {
			for at := max(n-300, 0); at <= n; at += 7 + n%37 {
				checkTextOf(t, strings.Repeat("a", at)+odd+strings.Repeat("z", n-at)+`"`)
			}
		}
	}
}

func TestTextRandomly(t *testing.T) {
	pieces := []string{"a", "text, and more of it", `\n`, `\\`, `\"`, `\u00e9`, `\ud83d\ude00`, "é", "日", "😀", "\u00a0"}
	wrong := []string{"\x80", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", `\`, `\u12`, `"`, "\x1f", "\t"}
	r := rand.New(rand.NewPCG(1, 6))
	right := 0
	for range 50_000 {
		var s strings.Builder
		for range r.IntN(60) {
			s.WriteString(pieces[r.IntN(len(pieces))])
			if r.IntN(100) == 0 {
				s.WriteString(wrong[r.IntN(len(wrong))])
			}
		}
		s.WriteString(`"`)
		if checkTextOf(t, s.String()) {
			right++
		}
	}
	if right < 25_000 || right > 48_000 {
		t.Errorf("%d were right", right)
	}
}

func FuzzText(f *testing.F) {
	f.Add(`text \u00e9 日本 \"`, 5)
	f.Add("\xf4\x90\x80\x80", 29)
	f.Fuzz(func(t *testing.T, s string, before int) {
		checkTextOf(t, strings.Repeat("a", before&63)+s+`"`)
	})
}
