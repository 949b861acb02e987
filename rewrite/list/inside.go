package list

import (
	"encoding/binary"
	mathbits "math/bits"
)

// inside reads p from i as far as whole tokens go that are no event to anybody:
// below the watched depth. It is next in a hurry, and most of a page is read by it.
// It has no state inside a token: one that p cuts off, one that is wrong, and the
// bracket that ends the value at the watched depth, are left to next, which finds
// everything as if it had come there itself.
func (s *scanner) inside(p []byte, i int) int {
	state, object := s.state, s.stack.object()
	for i < len(p) {
		c := p[i]
		if c <= ' ' {
			j := skipBlanks(p, i)
			if j == i {
				break
			}
			i = j
			continue
		}
		switch state {
		case stAfter:
			if c == ',' {
				i++
				state = stValue
				if object {
					state = stName
				}
				continue
			}
		case stName, stNameOrEnd:
			if j := stringEnd(p, i); j != broken {
				i, state = j, stColon
				if byteAt(p, i) == ':' {
					i, state = i+1, stValue
				}
				continue
			}
		case stColon:
			if c == ':' {
				i, state = i+1, stValue
				continue
			}
		case stValue, stValueOrEnd:
			if c|0x20 == '{' && s.stack.n < maxDepth {
				object = c == '{'
				s.stack.push(object)
				i++
				state = stValueOrEnd
				if object {
					state = stNameOrEnd
				}
				continue
			}
			if j := scalarEnd(p, i); j != broken {
				i, state = j, stAfter
				continue
			}
		}
		if !s.closesInside(state, object, c) {
			break
		}
		s.stack.pop()
		object = s.stack.object()
		i, state = i+1, stAfter
	}
	s.state = state
	return i
}

// closesInside tells whether c closes the innermost container, and that is one of
// those that inside reads to their end: neither the one in which something is
// watched nor the root.
func (s *scanner) closesInside(state state, object bool, c byte) bool {
	switch state {
	case stAfter, stNameOrEnd, stValueOrEnd:
	default:
		return false
	}
	want := byte(']')
	if object {
		want = '}'
	}
	return c == want && s.stack.n > max(s.watch, 0)+1
}

// scalarEnd returns the position behind the string, number or literal at p[i], or
// broken if there is none, or if it may go on behind p.
func scalarEnd(p []byte, i int) int {
	switch p[i] {
	case '"':
		return stringEnd(p, i)
	case 't':
		return literalEnd(p, i, "true")
	case 'f':
		return literalEnd(p, i, "false")
	case 'n':
		return literalEnd(p, i, "null")
	}
	return numberEnd(p, i)
}

func literalEnd(p []byte, i int, want string) int {
	if end := i + len(want); end <= len(p) && string(p[i:end]) == want {
		return end
	}
	return broken
}

// numberEnd is scalarEnd for numbers.
func numberEnd(p []byte, i int) int {
	if p[i] == '-' {
		i++
	}
	first := i
	if i = skipDigits(p, i); i == first || p[first] == '0' && i > first+1 {
		return broken
	}
	if byteAt(p, i) == '.' {
		first = i + 1
		if i = skipDigits(p, first); i == first {
			return broken
		}
	}
	if byteAt(p, i)|0x20 == 'e' {
		first = i + 1
		if c := byteAt(p, first); c == '+' || c == '-' {
			first++
		}
		if i = skipDigits(p, first); i == first {
			return broken
		}
	}
	if i >= len(p) {
		return broken
	}
	return i
}

func skipDigits(p []byte, i int) int {
	for i+8 <= len(p) {
		w := binary.LittleEndian.Uint64(p[i:]) ^ ones*'0'
		// The first byte over 9 is told by its high bit, those behind it are not.
		if others := (w + ones*(0x7F-9) | w) & (ones << 7); others != 0 {
			return i + mathbits.TrailingZeros64(others)/8
		}
		i += 8
	}
	for i < len(p) && isDigit(p[i]) {
		i++
	}
	return i
}
