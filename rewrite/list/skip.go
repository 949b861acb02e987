package list

import (
	"bytes"
	"encoding/binary"
	mathbits "math/bits"
)

// byteAt returns v[i], or 0 behind the end, which no JSON token begins with.
func byteAt(v []byte, i int) byte {
	if i < len(v) {
		return v[i]
	}
	return 0
}

func skipSpace(v []byte, i int) int {
	for i < len(v) && isSpace(v[i]) {
		i++
	}
	return i
}

// skipString returns the position behind the string whose first quote is v[i].
func skipString(v []byte, i int) int {
	for i++; i < len(v); i++ {
		if i = skipPlain(v, i); i == len(v) {
			break
		}
		if v[i] == '"' {
			return i + 1
		}
		i++ // what is escaped
	}
	return broken
}

// skipPlain returns the position of the first quote or backslash from v[i] on, or
// len(v).
func skipPlain(v []byte, i int) int {
	// Eight bytes at a time: most of a list is text that is skipped.
	for words := 4; i+8 <= len(v); i += 8 {
		w := binary.LittleEndian.Uint64(v[i:])
		if stops := zeroBytes(w^(ones*'"')) | zeroBytes(w^(ones*'\\')); stops != 0 {
			return i + mathbits.TrailingZeros64(stops)/8
		}
		if words--; words == 0 {
			return skipLong(v, i+8)
		}
	}
	for i < len(v) && v[i] != '"' && v[i] != '\\' {
		i++
	}
	return i
}

// skipLong is skipPlain where much is expected. It looks a few hundred bytes ahead
// and no further, lest a text full of backslashes be searched for its last quote
// at every one of them.
func skipLong(v []byte, i int) int {
	for i < len(v) {
		window := v[i:min(i+256, len(v))]
		if n := bytes.IndexByte(window, '"'); n >= 0 {
			window = window[:n]
		}
		if n := bytes.IndexByte(window, '\\'); n >= 0 {
			window = window[:n]
		}
		if i += len(window); len(window) < 256 {
			return i
		}
	}
	return i
}

const ones = 0x0101010101010101

// zeroBytes sets the high bit of the first zero byte of w, counted from the low
// end, and none below it; what it sets above means nothing.
func zeroBytes(w uint64) uint64 {
	return (w - ones) &^ w & (ones << 7)
}
