package fields

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// What a mask may be at most. The limits bound what a client can make us do: a
// walk costs at most the length of the value times the names of the mask.
const (
	MaxBytes = 8 << 10 // length of the text
	MaxNames = 1000    // names in the text, repetitions and stars included
	MaxDepth = 32      // names on one path
)

// Syntax is a way to write masks.
type Syntax uint8

const (
	// Google separates the names of a path with "/"; "." is part of a name.
	Google Syntax = iota
	// Dotted separates the names of a path with "." as well as with "/".
	Dotted
)

// SyntaxError says what is wrong with a mask, and where.
type SyntaxError struct {
	Offset int    // byte offset of the culprit; the text's length if something is missing at its end
	Msg    string // names the character, and what would be right
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("parsing fields at offset %d: %s", e.Offset, e.Msg)
}

// Parse reads a mask. The text is what the client meant: percent-decoding is
// done. The error is always a *SyntaxError, about the first culprit from the
// left; an empty mask is one, since a client that selects nothing has made a
// mistake.
func Parse(src string, s Syntax) (*Mask, error) {
	if src == "" {
		return nil, &SyntaxError{0, "the mask is empty"}
	}
	if len(src) > MaxBytes {
		return nil, &SyntaxError{MaxBytes, fmt.Sprintf("the mask is longer than %d bytes", MaxBytes)}
	}
	p := parser{src: src, syntax: s}
	root := &node{}
	if err := p.mask(root); err != nil {
		return nil, err
	}
	root.settle()
	return &Mask{root}, nil
}

// parser is a recursive descent over the grammar in the package's comment. It
// cannot descend further than MaxDepth, for each step down takes a name.
type parser struct {
	src    string
	syntax Syntax
	pos    int // everything before is read
	names  int // read so far
}

// mask reads everything. The parentheses around it are counted instead of
// descended into, since they have no names that would bound their number.
func (p *parser) mask(root *node) error {
	for p.peek() == '(' {
		p.pos++
	}
	around := p.pos
	if err := p.list(root, 0); err != nil {
		return err
	}
	for range around {
		if p.peek() != ')' {
			return p.unexpected("the parentheses around the mask are not closed")
		}
		p.pos++
	}
	switch {
	case p.pos == len(p.src):
		return nil
	case p.peek() == ')':
		return p.unexpected("no group is open")
	}
	return p.unexpected("the mask ends with the parentheses around it")
}

// list reads paths up to what is no comma.
func (p *parser) list(at *node, depth int) error {
	for {
		if err := p.path(at, depth); err != nil {
			return err
		}
		if p.peek() != ',' {
			return nil
		}
		p.pos++
	}
}

// path reads names up to the end of the path, which a group is, too.
func (p *parser) path(at *node, depth int) error {
	for {
		if depth++; depth > MaxDepth {
			return p.fail(fmt.Sprintf("the path is deeper than %d names", MaxDepth))
		}
		var err error
		if at, err = p.name(at); err != nil {
			return err
		}
		switch c := p.peek(); {
		case c == '/', c == '.' && p.syntax == Dotted:
			p.pos++
		case c == '(':
			p.pos++
			return p.group(at, depth)
		default:
			at.all = true
			return nil
		}
	}
}

// group reads what follows an opening parenthesis.
func (p *parser) group(at *node, depth int) error {
	if err := p.list(at, depth); err != nil {
		return err
	}
	if p.peek() != ')' {
		return p.unexpected("a group is not closed")
	}
	p.pos++
	switch {
	case p.pos == len(p.src), p.peek() == ',', p.peek() == ')':
		return nil
	}
	return p.unexpected(`only "," or ")" can follow a group`)
}

const starInName = `"*" is a name of its own, write "\*" for a star in a name`

// name reads one name and returns the node that it selects below at.
func (p *parser) name(at *node) (*node, error) {
	start := p.pos
	if p.names++; p.names > MaxNames {
		return nil, p.fail(fmt.Sprintf("the mask has more than %d names", MaxNames))
	}
	if p.peek() == '*' {
		p.pos++
		if !p.atNameEnd() {
			return nil, p.unexpected(starInName)
		}
		return at.growStar(), nil
	}
	escaped := false
	for p.pos < len(p.src) {
		c := p.peek()
		if c == '\\' {
			escaped = true
			if p.pos++; p.pos == len(p.src) {
				return nil, p.unexpected(`"\" has nothing to escape`)
			}
		} else if special(c, p.syntax) {
			break
		} else if blank(c) {
			return nil, p.unexpected(`a blank in a name is escaped with "\"`)
		}
		r, size := utf8.DecodeRuneInString(p.src[p.pos:])
		if r == utf8.RuneError && size == 1 {
			return nil, p.fail(fmt.Sprintf("byte 0x%02x is not UTF-8", p.peek()))
		}
		p.pos += size
	}
	switch {
	case p.pos == start:
		return nil, p.unexpected("a name is missing")
	case p.peek() == '*':
		return nil, p.unexpected(starInName)
	}
	name := p.src[start:p.pos]
	if escaped {
		name = unescape(name)
	}
	return at.grow(name), nil
}

// atNameEnd tells whether what comes next can follow a name.
func (p *parser) atNameEnd() bool {
	c := p.peek()
	return p.pos == len(p.src) || special(c, p.syntax) && c != '*' && c != '\\'
}

// peek returns the next byte, 0 at the end. A NUL in the text is no special
// character, so that the two need not be told apart.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) fail(msg string) error {
	return &SyntaxError{p.pos, msg}
}

// unexpected fails at the next character, and names it.
func (p *parser) unexpected(why string) error {
	if p.pos == len(p.src) {
		return p.fail("unexpected end: " + why)
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
	char := `"` + string(r) + `"`
	if !strconv.IsPrint(r) || r == utf8.RuneError {
		char = strconv.QuoteRuneToASCII(r)
	}
	return p.fail("unexpected " + char + ": " + why)
}

// special tells the characters that are no part of a name unless escaped.
func special(c byte, s Syntax) bool {
	switch c {
	case ',', '/', '(', ')', '*', '\\':
		return true
	}
	return c == '.' && s == Dotted
}

// blank tells spaces and control characters.
func blank(c byte) bool {
	return c <= ' ' || c == 0x7f
}

// unescape drops the backslashes; the text does not end with an open one.
func unescape(name string) string {
	plain := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		if name[i] == '\\' {
			i++
		}
		plain = append(plain, name[i])
	}
	return string(plain)
}
