package list

import (
	"encoding/binary"
	mathbits "math/bits"
	"unicode/utf8"
)

// skipText returns the position of the first byte from p[i] on that is no text of a
// string: a quote, a backslash, a control byte, or one where invalid UTF-8 begins,
// or UTF-8 that p cuts off.
func skipText(p []byte, i int) int {
	start, high := i, uint64(0)
	for ; i+8 <= len(p); i += 8 {
		w := binary.LittleEndian.Uint64(p[i:])
		quote, escape := w^(ones*'"'), w^(ones*'\\')
		stops := ((quote-ones)&^quote | (escape-ones)&^escape | (w-ones*0x20)&^w) & (ones << 7)
		if stops != 0 {
			n := mathbits.TrailingZeros64(stops)
			high |= w & (1<<n - 1)
			i += n / 8
			break
		}
		high |= w
	}
	for i < len(p) && plain[p[i]] {
		high |= uint64(p[i])
		i++
	}
	if high&(ones<<7) == 0 {
		return i
	}
	return skipUTF8(p, start, i)
}

// skipUTF8 returns where p[start:end] ceases to be UTF-8.
func skipUTF8(p []byte, start, end int) int {
	if utf8.Valid(p[start:end]) {
		return end
	}
	for start < end {
		r, n := utf8.DecodeRune(p[start:end])
		if r == utf8.RuneError && n == 1 {
			break
		}
		start += n
	}
	return start
}

// stringEnd returns the position behind the string at p[i], or broken if there is
// none, or p cuts it off. Most strings are ASCII without escapes: those it reads in one
// go.
func stringEnd(p []byte, i int) int {
	if p[i] != '"' {
		return broken
	}
	for j := i + 1; j+8 <= len(p); j += 8 {
		if stops := stopsOf(binary.LittleEndian.Uint64(p[j:])); stops != 0 {
			if j += mathbits.TrailingZeros64(stops) / 8; p[j] == '"' {
				return j + 1
			}
			break
		}
	}
	return anyStringEnd(p, i)
}

// stopsOf has the high bit set of the first byte of w that is a quote, a backslash, a
// control byte or not ASCII, and of none before it. With bit 1 turned over, a quote
// stands right above the control bytes.
func stopsOf(w uint64) uint64 {
	quoteOrControl, escape := (w^ones*2)-ones*0x21, (w^ones*'\\')-ones
	return (quoteOrControl | escape | w) & (ones << 7)
}

// anyStringEnd is stringEnd for any string.
func anyStringEnd(p []byte, i int) int {
	for i++; ; {
		if i = skipText(p, i); i == len(p) {
			return broken
		}
		switch p[i] {
		case '"':
			return i + 1
		case '\\':
			if i = escapeEnd(p, i); i == broken {
				return broken
			}
		default:
			return broken
		}
	}
}

// escapeEnd returns the position behind the escape at p[i], or broken if it is none,
// or p cuts it off.
func escapeEnd(p []byte, i int) int {
	switch byteAt(p, i+1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i += 6; i <= len(p) && isHex(p[i-4]) && isHex(p[i-3]) && isHex(p[i-2]) && isHex(p[i-1]) {
			return i
		}
	}
	return broken
}

// skipBlanks is skipSpace where much of it is expected: the indentation of a text
// that was printed to be read.
func skipBlanks(p []byte, i int) int {
	for i < len(p) && isSpace(p[i]) {
		i++
		for i+8 <= len(p) && binary.LittleEndian.Uint64(p[i:]) == ones*' ' {
			i += 8
		}
	}
	return i
}
