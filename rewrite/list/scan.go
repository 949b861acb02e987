package list

// An event is what the scanner stops for: something at the watched depth.
type event uint8

const (
	evNone  event = iota // the chunk is used up
	evStart              // a value has begun; its first byte is the one just read
	evEnd                // a value has ended; of a number, the byte behind it is not read yet
	evComma              // a comma between two values or members
	evName               // a member's name is complete, see scanner.name
	evClose              // the watched container has ended
	evError              // see scanner.err
)

// A state says what may come next.
type state uint8

const (
	stValue      state = iota // a value
	stValueOrEnd              // a value or ']', behind '['
	stNameOrEnd               // a name or '}', behind '{'
	stName                    // a name, behind ',' in an object
	stColon                   // ':'
	stAfter                   // ',' or the container's end, behind a value
	stEnd                     // only white space, behind the root value
	stString                  // in a string
	stEscape                  // behind '\'
	stHex                     // in the four digits behind '\u'
	stUTF8                    // in a UTF-8 sequence
	stLiteral                 // in true, false or null
	stBOM                     // in a byte order mark
	stMinus                   // behind a number's '-'
	stZero                    // behind a leading '0'
	stInt                     // in a number's integer digits
	stDot                     // behind '.'
	stFrac                    // in the digits behind '.'
	stExp                     // behind 'e' or 'E'
	stExpSign                 // behind the exponent's sign
	stExpDigits               // in the exponent's digits
)

const (
	// maxName is how many bytes of a member's name are kept. A longer one matches
	// no path.
	maxName = 4 << 10

	// maxDepth is how many containers may be open at once, which RFC 8259,
	// section 9, lets a parser limit: 1 MiB of stack, however deep a hostile body
	// nests.
	maxDepth = 8 << 20

	// bom is the byte order mark in UTF-8.
	bom = "\xEF\xBB\xBF"
)

// A scanner checks a JSON text that comes in chunks. It is a pushdown automaton:
// state and stack are all that it carries from chunk to chunk. It stops for
// what happens at depth watch (that many containers open) and only checks the rest.
//
// stack.n is the depth. name is set only by names at depth watch; longer than
// maxName, it is cut there and one byte more is kept as the sign of it.
type scanner struct {
	state  state
	stack  bits
	watch  int
	off    int64  // bytes of the body before this chunk
	inName bool   // the string is a member's name
	left   uint8  // digits or UTF-8 bytes still to come
	lo, hi byte   // bounds of the next UTF-8 byte
	lit    string // what a literal or a byte order mark still lacks
	name   []byte // the raw name of the last member at depth watch, quotes excluded
	err    *SyntaxError
}

func (s *scanner) reset() {
	*s = scanner{stack: bits{words: s.stack.words[:0]}, name: s.name[:0]}
}

// next reads p from i until something happens at the watched depth, and says
// what and where it stopped.
func (s *scanner) next(p []byte, i int) (int, event) {
	for i < len(p) {
		c := p[i]
		switch s.state {
		case stString:
			j := skipText(p, i)
			if s.inName {
				s.keepName(p[i:j])
			}
			if i = j; i == len(p) {
				return i, evNone
			}
			i++
			if ev := s.stringByte(p[i-1], i-1); ev != evNone {
				return i, ev
			}
			continue
		case stEscape, stHex, stUTF8, stLiteral, stBOM:
			i++
			if ev := s.innerByte(c, i-1); ev != evNone {
				return i, ev
			}
			continue
		case stMinus, stZero, stInt, stDot, stFrac, stExp, stExpSign, stExpDigits:
			more, ok := s.numberByte(c)
			if !ok {
				return i, s.fail(i, "invalid number")
			}
			if more {
				i++
				continue
			}
			// The byte belongs to what follows the number.
			if ev := s.valueEnd(); ev != evNone {
				return i, ev
			}
			continue
		}
		if s.stack.n > max(s.watch, 0) {
			if j := s.inside(p, i); j > i {
				i = j
				continue
			}
		}
		i++
		if isSpace(c) {
			continue
		}
		if ev := s.structural(c, i-1); ev != evNone {
			return i, ev
		}
	}
	return i, evNone
}

// structural reads a byte between tokens.
func (s *scanner) structural(c byte, at int) event {
	switch s.state {
	case stValueOrEnd:
		if c == ']' {
			return s.closeContainer()
		}
		return s.beginValue(c, at)
	case stValue:
		return s.beginValue(c, at)
	case stNameOrEnd, stName:
		if c == '}' && s.state == stNameOrEnd {
			return s.closeContainer()
		}
		if c != '"' {
			return s.fail(at, "expected a member's name")
		}
		s.state, s.inName = stString, true
		if s.stack.n == s.watch {
			s.name = s.name[:0]
		}
		return evNone
	case stColon:
		if c != ':' {
			return s.fail(at, "expected ':' behind a member's name")
		}
		s.state = stValue
		return evNone
	case stAfter:
		return s.afterValue(c, at)
	default:
		return s.fail(at, "unexpected bytes behind the JSON text")
	}
}

func (s *scanner) afterValue(c byte, at int) event {
	object := s.stack.object()
	switch {
	case c == ',':
		s.state = stValue
		if object {
			s.state = stName
		}
		if s.stack.n == s.watch {
			return evComma
		}
		return evNone
	case c == '}' && object, c == ']' && !object:
		return s.closeContainer()
	case object:
		return s.fail(at, "expected ',' or '}' behind a member")
	default:
		return s.fail(at, "expected ',' or ']' behind an element")
	}
}

func (s *scanner) beginValue(c byte, at int) event {
	atWatch := s.stack.n == s.watch
	switch {
	case c == '{' || c == '[':
		if s.stack.n == maxDepth {
			return s.fail(at, "too many levels of nesting")
		}
		s.stack.push(c == '{')
		s.state = stValueOrEnd
		if c == '{' {
			s.state = stNameOrEnd
		}
	case c == '"':
		s.state, s.inName = stString, false
	case c == '-':
		s.state = stMinus
	case c == '0':
		s.state = stZero
	case isDigit(c):
		s.state = stInt
	case c == 't':
		s.state, s.lit = stLiteral, "rue"
	case c == 'f':
		s.state, s.lit = stLiteral, "alse"
	case c == 'n':
		s.state, s.lit = stLiteral, "ull"
	case c == bom[0] && s.off+int64(at) == 0:
		// At the very beginning RFC 8259, section 8.1, lets a parser ignore it.
		s.state, s.lit = stBOM, bom[1:]
		return evNone
	default:
		return s.fail(at, "expected a value")
	}
	if atWatch {
		return evStart
	}
	return evNone
}

func (s *scanner) closeContainer() event {
	watched := s.stack.n == s.watch
	s.stack.pop()
	ev := s.valueEnd()
	if watched {
		return evClose
	}
	return ev
}

// valueEnd goes on behind a complete value.
func (s *scanner) valueEnd() event {
	s.state = stAfter
	if s.stack.n == 0 {
		s.state = stEnd
	}
	if s.stack.n == s.watch {
		return evEnd
	}
	return evNone
}

func (s *scanner) fail(at int, msg string) event {
	s.err = &SyntaxError{Offset: s.off + int64(at), Msg: msg}
	return evError
}

// finish tells whether the text is complete. A number at the root ends with the
// body.
func (s *scanner) finish() error {
	switch s.state {
	case stEnd:
		return nil
	case stZero, stInt, stFrac, stExpDigits:
		if s.stack.n == 0 {
			s.state = stEnd
			return nil
		}
	}
	return &SyntaxError{Offset: s.off, Msg: "the JSON text ends too early"}
}
