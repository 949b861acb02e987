package list

import (
	"encoding/binary"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
)

// isScalar tells whether v[i:end] is a string, number or literal. There is another byte
// behind it. It is scalarEnd for those who know the end: they need not look for it.
func isScalar(v []byte, i, end int) bool {
	n := end - i
	if n <= 0 {
		return false
	}
	switch c := v[i]; {
	case c == '"':
		if n < 2 || v[end-1] != '"' {
			return false
		}
		if n <= 2*block.TextReach && isPlain(v, i+1, end-1) {
			return true
		}
		if block.Available && end+block.TextReach <= len(v) {
			return block.Text(v[i+1:], n-1)
		}
	case c > '9':
	case n <= 8 && i+8 <= len(v):
		// What is behind the number goes, and zeros come in front of it.
		before := uint(64-8*n) & 63
		w := (binary.LittleEndian.Uint64(v[i:]) ^ ones*'0') << before
		others := (w&(ones*0x7F) + ones*(0x7F-9) | w) & (ones << 7)
		if others == 0 {
			return n == 1 || c != '0'
		}
		// One of them may be a point between digits.
		at := others >> 7
		if at&(at-1) == 0 && w&(at*0xFF) == at*('.'^'0') && at>>before != 1 && at>>56 == 0 && c != '0' {
			return true
		}
	}
	return scalarEnd(v, i) == end
}

// isPlain tells whether v[i:end] is ASCII without escapes or control bytes. It may say no
// of a text that is.
func isPlain(v []byte, i, end int) bool {
	for ; end-i > 16; i += 8 {
		if odd(binary.LittleEndian.Uint64(v[i:])) != 0 {
			return false
		}
	}
	if i+16 > len(v) {
		return false
	}
	// Two words for whatever is left: lengths are not predictable.
	n := uint(end - i)
	first, second := binary.LittleEndian.Uint64(v[i:]), binary.LittleEndian.Uint64(v[i+8:])
	return odd(first)&(1<<(8*n)-1)|odd(second)&(1<<(8*max(n, 8)-64)-1) == 0
}

// odd has the high bits of bytes that are no plain ASCII text of a string. Above the
// first of them it may have others.
func odd(w uint64) uint64 {
	quote, escape := w^(ones*'"'), w^(ones*'\\')
	return ((quote-ones)&^quote | (escape-ones)&^escape | (w - ones*0x20) | w) & (ones << 7)
}

// trimEnd returns where v[i:end] ends without the white space behind it.
func trimEnd(v []byte, i, end int) int {
	for end > i && isSpace(v[end-1]) {
		end--
	}
	return end
}
