package list

// plain tells the bytes of a string that are nothing but text: all but the quote,
// the backslash and control bytes.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return t
}()

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// A utf8Tail is what must follow the lead byte of a UTF-8 sequence (RFC 3629):
// how many bytes, and the bounds of the first, which keep out overlong forms,
// surrogates and what lies above U+10FFFF.
type utf8Tail struct{ n, lo, hi byte }

func tailOf(lead byte) (utf8Tail, bool) {
	switch {
	case 0xC2 <= lead && lead <= 0xDF:
		return utf8Tail{1, 0x80, 0xBF}, true
	case lead == 0xE0:
		return utf8Tail{2, 0xA0, 0xBF}, true
	case lead == 0xED:
		return utf8Tail{2, 0x80, 0x9F}, true
	case 0xE1 <= lead && lead <= 0xEF:
		return utf8Tail{2, 0x80, 0xBF}, true
	case lead == 0xF0:
		return utf8Tail{3, 0x90, 0xBF}, true
	case 0xF1 <= lead && lead <= 0xF3:
		return utf8Tail{3, 0x80, 0xBF}, true
	case lead == 0xF4:
		return utf8Tail{3, 0x80, 0x8F}, true
	}
	return utf8Tail{}, false
}
