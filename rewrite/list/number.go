package list

import (
	"math/big"
	"strings"
)

// maxDecimal is how long a number with a fraction or an exponent may be to be
// compared by its value: reading one takes time quadratic in its length.
const maxDecimal = 1000

// compareNumbers compares two JSON numbers by value. Integers, which keys nearly
// always are, are compared digit by digit: 9007199254740993 is no float64.
func compareNumbers(a, b string) int {
	if integer(a) && integer(b) {
		return compareIntegers(a, b)
	}
	if max(len(a), len(b)) > maxDecimal {
		return strings.Compare(a, b)
	}
	// An exponent may make a number as large as it likes: floats bound the work.
	x, _, errX := big.ParseFloat(a, 10, 256, big.ToNearestEven)
	y, _, errY := big.ParseFloat(b, 10, 256, big.ToNearestEven)
	if errX != nil || errY != nil {
		return strings.Compare(a, b)
	}
	return x.Cmp(y)
}

func integer(s string) bool { return !strings.ContainsAny(s, ".eE") }

func compareIntegers(a, b string) int {
	minusA, minusB := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	switch {
	case minusA && minusB:
		return compareDigits(b[1:], a[1:])
	case minusA && a != "-0":
		return -1
	case minusB && b != "-0":
		return 1
	}
	return compareDigits(strings.TrimPrefix(a, "-"), strings.TrimPrefix(b, "-"))
}

// compareDigits compares whole numbers without a sign. JSON allows no leading
// zeros, so the longer one is the larger.
func compareDigits(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
