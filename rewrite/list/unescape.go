package list

import (
	"unicode/utf16"
	"unicode/utf8"
)

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
