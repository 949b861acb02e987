package query

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Folding reads a parameter's name as broadly as the laxest server known. Two
// names that fold alike may be one parameter somewhere behind us. What each
// step stands for:
//
//	decode    every server; %uXXXX is ASP.NET's
//	NUL       PHP ends the name there, ASP.NET leaves the byte out
//	trim      blanks (PHP, many frameworks), BOM and '?' (pasted URLs), "amp;"
//	          (URLs copied out of HTML)
//	brackets  limit[]=1 is limit for PHP and qs, [limit]=1 for qs, limit]=1 for Rack
//	mangle    PHP writes '.', ' ' and an unclosed '[' as '_'
//	case      ASP.NET; runtimes that compare by Unicode fold ſ, K (kelvin) and ı
//	          to ASCII; best fit in Windows code pages folds fullwidth letters

// byte classes of a raw query
const (
	_      = iota
	unsafe // may not stand in a query: an upstream may split the line there
	lax    // needs folding when it stands in a name
	link   // may not stand in the URL of a Link header, see Reading.Client
	coded  // is escaped where we write a name or a value
)

// classes has a bit 1<<class for each class that a byte is in.
var classes = func() (t [256]uint8) {
	for c := range t {
		if c <= ' ' || c == 0x7f || c == '#' {
			t[c] |= 1<<unsafe | 1<<link
		}
		if c <= ' ' || c >= 0x7f || 'A' <= c && c <= 'Z' || bytes.IndexByte([]byte("%+.[]?;"), byte(c)) >= 0 {
			t[c] |= 1 << lax
		}
		if c >= 0x80 || bytes.IndexByte([]byte(",;<>\"\\^`{|}"), byte(c)) >= 0 {
			t[c] |= 1 << link
		}
		if !isPlain(byte(c)) {
			t[c] |= 1 << coded
		}
	}
	return t
}()

// has reports whether a byte of s is in the class.
func has(s string, class int) bool {
	for i := range len(s) {
		if classes[s[i]]&(1<<class) != 0 {
			return true
		}
	}
	return false
}

// decode appends s to dst with '+' as space and percent escapes undone, once.
// Bad escapes stay as they are. With wide, %uXXXX is undone as well.
func decode(dst []byte, s string, wide bool) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			dst = append(dst, ' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			dst = append(dst, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		case wide && c == '%' && i+5 < len(s) && (s[i+1] == 'u' || s[i+1] == 'U') &&
			isHex(s[i+2]) && isHex(s[i+3]) && isHex(s[i+4]) && isHex(s[i+5]):
			r := rune(unhex(s[i+2]))<<12 | rune(unhex(s[i+3]))<<8 | rune(unhex(s[i+4]))<<4 | rune(unhex(s[i+5]))
			dst = utf8.AppendRune(dst, r)
			i += 5
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unhex is the value of a hex digit.
func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// find returns the parameter that a raw name may be read as by some server.
func (r *Reader) find(raw string) (parameter, bool) {
	if raw == "" {
		return parameter{}, false
	}
	if !has(raw, lax) {
		return r.plainly(raw)
	}
	var stack [128]byte
	name := decode(stack[:0], raw, true)
	before, _, ok := bytes.Cut(name, []byte{0})
	if !ok {
		return r.findDecoded(name)
	}
	if p, ok := r.findDecoded(before); ok {
		return p, true
	}
	return r.findDecoded(slices.DeleteFunc(name, func(c byte) bool { return c == 0 }))
}

// plainly is find for a name that needs no folding. Most are none of ours, as their first
// letter tells.
func (r *Reader) plainly(raw string) (parameter, bool) {
	if raw == "" || !r.begins[raw[0]] {
		return parameter{}, false
	}
	p, ok := r.folded[raw]
	return p, ok
}

// findDecoded is find behind the decoding, for a name that ends at its length.
func (r *Reader) findDecoded(name []byte) (parameter, bool) {
	name = trim(name)
	if p, ok := r.lookup(base(name)); ok {
		return p, true
	}
	// PHP takes an unclosed bracket for a letter: per[page is per_page. No
	// parameter's fold holds a closing one, so there is no need to look for it.
	if bytes.IndexByte(name, '[') >= 0 {
		return r.lookup(name)
	}
	return parameter{}, false
}

// lookup compares letters only; the name has been trimmed and cut before.
func (r *Reader) lookup(name []byte) (parameter, bool) {
	var stack [64]byte
	key := stack[:0]
	for len(name) > 0 && len(key) < r.longest {
		c, size := utf8.DecodeRune(name)
		key = utf8.AppendRune(key, foldRune(c))
		name = name[size:]
	}
	if len(name) > 0 {
		return parameter{}, false
	}
	p, ok := r.folded[string(key)]
	return p, ok
}

// base is what stands before a bracket, or in the leading ones.
func base(name []byte) []byte {
	start := 0
	for start < len(name) && isBracket(name[start]) {
		start++
	}
	end := start
	for end < len(name) && !isBracket(name[end]) {
		end++
	}
	return trim(name[start:end])
}

func isBracket(c byte) bool { return c == '[' || c == ']' }

// trim cuts off what servers, browsers and copying leave around a name.
func trim(name []byte) []byte {
	for {
		name = bytes.TrimFunc(name, isMargin)
		if len(name) < 4 || name[3] != ';' || !bytes.EqualFold(name[:3], []byte("amp")) {
			return name
		}
		name = name[4:]
	}
}

func isMargin(c rune) bool {
	return c <= ' ' || c == 0x7f || c == '?' || c == '\ufeff' || unicode.IsSpace(c)
}

// foldRune maps a letter to what the laxest comparison takes it for.
func foldRune(c rune) rune {
	if '！' <= c && c <= '～' {
		c -= '！' - '!'
	}
	switch {
	case c == ' ' || c == '.' || c == '[':
		return '_'
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	case c < utf8.RuneSelf:
		return c
	case c == 'ſ':
		return 's'
	case c == '\u212a': // kelvin
		return 'k'
	case c == 'ı' || c == 'İ':
		return 'i'
	}
	return unicode.ToLower(c)
}
