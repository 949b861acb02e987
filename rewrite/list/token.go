package list

// stringByte reads a byte of a string that is not plain.
func (s *scanner) stringByte(c byte, at int) event {
	switch {
	case c == '"':
		if !s.inName {
			return s.valueEnd()
		}
		s.state, s.inName = stColon, false
		if s.stack.n == s.watch {
			return evName
		}
		return evNone
	case c == '\\':
		s.state = stEscape
	case c < 0x20:
		return s.fail(at, "control byte in a string")
	default:
		tail, ok := tailOf(c)
		if !ok {
			return s.fail(at, "invalid UTF-8")
		}
		s.state, s.left, s.lo, s.hi = stUTF8, tail.n, tail.lo, tail.hi
	}
	if s.inName {
		s.keepName([]byte{c})
	}
	return evNone
}

// innerByte reads a byte of an escape, of a UTF-8 sequence, of a literal or of a
// byte order mark.
func (s *scanner) innerByte(c byte, at int) event {
	if s.inName {
		s.keepName([]byte{c})
	}
	switch s.state {
	case stEscape:
		switch c {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			s.state = stString
		case 'u':
			s.state, s.left = stHex, 4
		default:
			return s.fail(at, "invalid escape in a string")
		}
	case stHex:
		if !isHex(c) {
			return s.fail(at, "invalid \\u escape in a string")
		}
		if s.left--; s.left == 0 {
			s.state = stString
		}
	case stUTF8:
		if c < s.lo || c > s.hi {
			return s.fail(at, "invalid UTF-8")
		}
		s.lo, s.hi = 0x80, 0xBF
		if s.left--; s.left == 0 {
			s.state = stString
		}
	case stLiteral:
		if c != s.lit[0] {
			return s.fail(at, "invalid literal")
		}
		if s.lit = s.lit[1:]; s.lit == "" {
			return s.valueEnd()
		}
	case stBOM:
		if c != s.lit[0] {
			return s.fail(at, "expected a value")
		}
		if s.lit = s.lit[1:]; s.lit == "" {
			s.state = stValue
		}
	}
	return evNone
}

// numberByte reads a byte in a number: whether the byte belongs to the number,
// and whether what came so far is one.
func (s *scanner) numberByte(c byte) (more, ok bool) {
	switch s.state {
	case stMinus:
		if c == '0' {
			s.state = stZero
			return true, true
		}
		s.state = stInt
		return true, isDigit(c)
	case stZero, stInt:
		switch {
		case isDigit(c):
			return true, s.state == stInt
		case c == '.':
			s.state = stDot
			return true, true
		case c == 'e' || c == 'E':
			s.state = stExp
			return true, true
		}
		return false, true
	case stDot:
		s.state = stFrac
		return true, isDigit(c)
	case stFrac:
		if c == 'e' || c == 'E' {
			s.state = stExp
			return true, true
		}
		return isDigit(c), true
	case stExp:
		if c == '+' || c == '-' {
			s.state = stExpSign
			return true, true
		}
		s.state = stExpDigits
		return true, isDigit(c)
	case stExpSign:
		s.state = stExpDigits
		return true, isDigit(c)
	default: // stExpDigits
		return isDigit(c), true
	}
}

// keepName keeps the raw bytes of a name at the watched depth.
func (s *scanner) keepName(p []byte) {
	if s.stack.n != s.watch {
		return
	}
	s.name = append(s.name, p[:min(len(p), maxName+1-len(s.name))]...)
}
