package limits_test

import (
	"math"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

func given(n int64) limits.Number { return limits.Number{Kind: limits.Given, N: n} }

var (
	absent    = limits.Number{}
	unlimited = limits.Number{Kind: limits.Unlimited}
	invalid   = limits.Number{Kind: limits.Invalid}
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, text          string
		limit, offset, page limits.Number // page: first page is 1
	}{
		{"empty", "", unlimited, absent, absent},
		{"zero", "0", unlimited, given(0), invalid},
		{"zeros", "000", unlimited, given(0), invalid},
		{"minus one", "-1", unlimited, invalid, invalid},
		{"all", "all", unlimited, invalid, invalid},
		{"ALL is no sentinel", "ALL", invalid, invalid, invalid},
		{"one", "1", given(1), given(1), given(1)},
		{"leading zeros", "0010", given(10), given(10), given(10)},
		{"many leading zeros", strings.Repeat("0", 400) + "7", given(7), given(7), given(7)},
		{"largest", "9223372036854775807", given(math.MaxInt64), given(math.MaxInt64), given(math.MaxInt64)},
		{"one more than the largest", "9223372036854775808", given(math.MaxInt64), given(math.MaxInt64), given(math.MaxInt64)},
		{"20 digits", "99999999999999999999", given(math.MaxInt64), given(math.MaxInt64), given(math.MaxInt64)},
		{"wraps 64 bits to 10", "18446744073709551626", given(math.MaxInt64), given(math.MaxInt64), given(math.MaxInt64)},
		{"20 digits and a letter", "99999999999999999999x", invalid, invalid, invalid},
		{"plus", "+5", invalid, invalid, invalid},
		{"minus two", "-2", invalid, invalid, invalid},
		{"exponent", "1e3", invalid, invalid, invalid},
		{"hex", "0x10", invalid, invalid, invalid},
		{"underscore", "1_000", invalid, invalid, invalid},
		{"leading blank", " 10", invalid, invalid, invalid},
		{"trailing blank", "10 ", invalid, invalid, invalid},
		{"letters behind", "10abc", invalid, invalid, invalid},
		{"decimal", "10.0", invalid, invalid, invalid},
		{"two in one", "10,900", invalid, invalid, invalid},
		{"NUL behind", "10\x00", invalid, invalid, invalid},
		{"Arabic digits", "١٠", invalid, invalid, invalid},
		{"fullwidth digits", "１０", invalid, invalid, invalid},
		{"null", "null", invalid, invalid, invalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := limits.ParseLimit(tc.text); got != tc.limit {
				t.Errorf("ParseLimit(%q): got %v, want %v", tc.text, got, tc.limit)
			}
			if got := limits.ParseOffset(tc.text); got != tc.offset {
				t.Errorf("ParseOffset(%q): got %v, want %v", tc.text, got, tc.offset)
			}
			if got := limits.ParsePage(tc.text, 1); got != tc.page {
				t.Errorf("ParsePage(%q, 1): got %v, want %v", tc.text, got, tc.page)
			}
		})
	}
	if got := limits.ParsePage("0", 0); got != given(0) {
		t.Errorf("ParsePage(0, 0): got %v, want %v", got, given(0))
	}
}

func TestClip(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "limit=10", "limit=10"},
		{"exactly full", strings.Repeat("a", 64), strings.Repeat("a", 64)},
		{"one too long", strings.Repeat("a", 65), strings.Repeat("a", 61) + "…"},
		{"control bytes", "a\x00b\r\nc\x7f", `a\x00b\r\nc\x7f`},
		{"terminal escape", "\x1b[31m", `\x1b[31m`},
		{"invalid UTF-8", "a\xff", `a\xff`},
		{"right-to-left override", "a\u202eb", `a\u202eb`},
		{"cut between runes", strings.Repeat("é", 40), strings.Repeat("é", 30) + "…"},
		{"cut between escapes", strings.Repeat("\x00", 40), strings.Repeat(`\x00`, 15) + "…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := limits.Clip(tc.in)
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if len(got) > limits.MaxGiven {
				t.Errorf("got %d bytes, want at most %d", len(got), limits.MaxGiven)
			}
		})
	}
}
