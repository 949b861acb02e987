// Package limits judges what a client asks for: it knows the default page, the
// largest one, the deepest offset and the sentinels that mean "everything", and
// turns an ask into a verdict. It knows neither queries nor responses.
package limits

import "math"

// Kind says what a paging parameter turned out to be.
type Kind uint8

const (
	// Absent: not asked for.
	Absent Kind = iota
	// Given: a number, in Number.N.
	Given
	// Unlimited: a sentinel that asks for everything, such as limit=0.
	Unlimited
	// Invalid: something that servers would read differently, or not at all.
	Invalid
)

// Number is a paging parameter as it was read.
type Number struct {
	Kind Kind
	// N is the number when Kind is Given, else 0. It saturates at
	// math.MaxInt64: a number too large for us is over any maximum, and no
	// arithmetic is needed to know that.
	N int64
}

// ParseLimit reads a limit. Only ASCII digits make a number, and leading zeros
// do not count. The unlimited sentinels are "0" (in any length), "-1", the
// empty text and "all". Signs, blanks, exponents, hex, underscores and other
// scripts' digits are Invalid: somewhere a server reads each of them as a limit
// of its own, or as none.
func ParseLimit(text string) Number {
	switch text {
	case "", "-1", "all":
		return Number{Kind: Unlimited}
	}
	n := parseDigits(text)
	if n.Kind == Given && n.N == 0 {
		return Number{Kind: Unlimited}
	}
	return n
}

// ParseOffset reads an offset in items. The empty text is Absent, because forms
// send every field that they have; ASCII digits are Given, 0 included; all else
// is Invalid.
func ParseOffset(text string) Number {
	if text == "" {
		return Number{}
	}
	return parseDigits(text)
}

// ParsePage reads the number of a page as ParseOffset does; first is the number
// of the first page (0 or 1), and a page before it is Invalid.
func ParsePage(text string, first int64) Number {
	n := ParseOffset(text)
	if n.Kind == Given && n.N < first {
		return Number{Kind: Invalid}
	}
	return n
}

func parseDigits(text string) Number {
	if text == "" {
		return Number{Kind: Invalid}
	}
	var n int64
	for i := range len(text) {
		d := int64(text[i]) - '0'
		switch {
		case d < 0 || d > 9:
			return Number{Kind: Invalid}
		case n > (math.MaxInt64-d)/10:
			// Saturated; what is left must still be digits.
			n = math.MaxInt64
		default:
			n = n*10 + d
		}
	}
	return Number{Kind: Given, N: n}
}

// addCapped and mulCapped are for numbers >= 0 and saturate at math.MaxInt64.
func addCapped(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func mulCapped(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}
