package list

import (
	"bytes"
	"encoding/binary"
	mathbits "math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
)

// Project appends to dst what the mask keeps of value, and returns it. The value
// is one complete JSON value, an item of a list or a root object, maybe with
// white space around it; it must not overlap the free capacity of dst.
//
// A value that is no object is appended unchanged, so that a page keeps its
// length, and so is every value where the mask is nil. Of an object, members
// stay or go in their order, duplicates too; names match after unescaping, case
// and all. A member that is wanted entirely keeps its bytes, from its name's
// first quote to its value's last byte. Where only a part of it is wanted,
//
//   - an object is projected in turn, and stays as {} if nothing of it is wanted;
//   - an array has its objects projected and its arrays likewise, and its other
//     elements left out, nulls excepted;
//   - null stays;
//   - anything else is left out, having no part that could be meant.
//
// Between the tokens of objects and arrays that are projected no white space is
// written, except that around a colon, which is kept with the member's name.
//
// Project does not validate. Given something else than JSON it returns
// something else than JSON, mostly the value unchanged.
func Project(dst, value []byte, m *fields.Mask) []byte {
	i := skipSpace(value, 0)
	if m == nil || byteAt(value, i) != '{' {
		return append(dst, value...)
	}
	var room fields.Room
	projected, end := projectObject(dst, value, i, m.Root(&room))
	if end == broken {
		return append(dst, value...)
	}
	return projected
}

// broken is the position behind a value that is cut off or no JSON.
const broken = -1

// projectObject projects the object at v[i] and returns the position behind it.
// It calls itself once per name on the mask's path at most, whatever v nests.
func projectObject(dst, v []byte, i int, at fields.Place) ([]byte, int) {
	dst = append(dst, '{')
	i = skipSpace(v, i+1)
	if byteAt(v, i) == '}' {
		return append(dst, '}'), i + 1
	}
	for {
		name := i
		wanted, below, i1 := member(v, i, at)
		if i = i1; i == broken {
			return dst, broken
		}
		switch c := byteAt(v, i); {
		case wanted == fields.Part && c == '{':
			dst = append(comma(dst), v[name:i]...)
			dst, i = projectObject(dst, v, i, below)
		case wanted == fields.Part && c == '[':
			dst = append(comma(dst), v[name:i]...)
			dst, i = projectArray(dst, v, i, below)
		case wanted == fields.All, wanted == fields.Part && c == 'n':
			if i = skipValue(v, i); i != broken {
				dst = append(comma(dst), v[name:i]...)
			}
		default:
			i = skipValue(v, i)
		}
		if i == broken {
			return dst, broken
		}
		i = skipSpace(v, i)
		switch byteAt(v, i) {
		case ',':
			i = skipSpace(v, i+1)
		case '}':
			return append(dst, '}'), i + 1
		default:
			return dst, broken
		}
	}
}

// projectArray projects the array at v[i] and returns the position behind it.
// Arrays in arrays stand at the same place in the mask, and it is enough to
// count them, so their nesting costs no stack.
func projectArray(dst, v []byte, i int, at fields.Place) ([]byte, int) {
	dst = append(dst, '[')
	i++
	for open := 1; open > 0; {
		i = skipSpace(v, i)
		switch byteAt(v, i) {
		case '[':
			dst = append(comma(dst), '[')
			i++
			open++
		case ']':
			dst = append(dst, ']')
			i++
			open--
		case ',':
			i++
		case '{':
			dst, i = projectObject(comma(dst), v, i, at)
		case 'n':
			null := i
			if i = skipValue(v, i); i != broken {
				dst = append(comma(dst), v[null:i]...)
			}
		default:
			i = skipValue(v, i)
		}
		if i == broken {
			return dst, broken
		}
	}
	return dst, i
}

// comma separates what comes next from the member or element before it, if
// there is one: no JSON value ends with an opening bracket.
func comma(dst []byte) []byte {
	if c := dst[len(dst)-1]; c == '{' || c == '[' {
		return dst
	}
	return append(dst, ',')
}

// member reads the name at v[i] and the colon behind it. It returns how much of
// the member is wanted, the place below it, and the position of its value.
func member(v []byte, i int, at fields.Place) (fields.Selection, fields.Place, int) {
	if byteAt(v, i) != '"' {
		return fields.None, nil, broken
	}
	escaped := false
	end := i + 1
	for ; byteAt(v, end) != '"'; end++ {
		if end >= len(v) {
			return fields.None, nil, broken
		}
		if v[end] == '\\' {
			escaped = true
			end++
		}
	}
	name := v[i+1 : end]
	colon := skipSpace(v, end+1)
	if byteAt(v, colon) != ':' {
		return fields.None, nil, broken
	}
	next := skipSpace(v, colon+1)
	if escaped {
		wanted, below := escapedMember(at, name)
		return wanted, below, next
	}
	wanted, below := at.Member(name)
	return wanted, below, next
}

// escapedMember is apart from member so that only escaped names pay for a
// buffer.
func escapedMember(at fields.Place, name []byte) (fields.Selection, fields.Place) {
	var plain [128]byte
	return at.Member(appendUnescaped(plain[:0], name))
}

// appendUnescaped appends the text of a JSON string without its quotes. Half a
// surrogate pair becomes U+FFFD, as in encoding/json.
func appendUnescaped(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		i++
		if c != '\\' || i == len(s) {
			dst = append(dst, c)
			continue
		}
		c = s[i]
		i++
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r := hexRune(s, i)
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(utf8.RuneError)
				if byteAt(s, i) == '\\' && byteAt(s, i+1) == 'u' {
					low = hexRune(s, i+2)
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// hexRune returns the number that four hexadecimal digits make, U+FFFD if there
// are none.
func hexRune(s []byte, i int) rune {
	var r rune
	for j := range 4 {
		c := byteAt(s, i+j)
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return utf8.RuneError
		}
		r = r<<4 | rune(c)
	}
	return r
}

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

// skipValue returns the position behind the value at v[i]. It does not call
// itself, so a value may nest as deep as it likes.
func skipValue(v []byte, i int) int {
	switch byteAt(v, i) {
	case '"':
		return skipString(v, i)
	case '{', '[':
		return skipContainer(v, i)
	}
	start := i
	for i < len(v) {
		switch v[i] {
		case ',', '}', ']', ':', ' ', '\n', '\r', '\t':
			if i == start {
				return broken
			}
			return i
		}
		i++
	}
	// Inside an object or an array, nothing but its end can be the end.
	return broken
}

// skipContainer returns the position behind the object or array at v[i].
func skipContainer(v []byte, i int) int {
	open := 0
	for i < len(v) {
		switch v[i] {
		case '"':
			if i = skipString(v, i); i == broken {
				return broken
			}
			continue
		case '{', '[':
			open++
		case '}', ']':
			if open--; open == 0 {
				return i + 1
			}
		}
		i++
	}
	return broken
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
