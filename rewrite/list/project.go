package list

import (
	"bytes"
	mathbits "math/bits"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
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
// What it keeps, it checks; of what it leaves out it understands strings and
// brackets, as a [Reader] does. Given something in which what is kept is no JSON, it
// returns the value unchanged.
func Project(dst, value []byte, m *fields.Mask) []byte {
	var p projector
	return p.projectValid(dst, value, m)
}

// broken is the position behind a value that is cut off or no JSON.
const broken = -1

// A projector is the memory of Project.
type projector struct {
	tokens
	check  scanner     // of containers that are kept
	escape int         // where the first backslash is, not before some position that has been passed
	err    SyntaxError // of the last that was broken; no pointer, as a chunk's end is one, too
}

// projectValid does what Project does.
func (p *projector) projectValid(dst, value []byte, m *fields.Mask) []byte {
	projected, err := p.project(dst, value, m)
	if err != nil {
		return append(dst, value...)
	}
	return projected
}

// project is projectValid that tells why a value cannot be projected, and where in
// it the reason stands.
func (p *projector) project(dst, value []byte, m *fields.Mask) ([]byte, *SyntaxError) {
	i := skipSpace(value, 0)
	if m == nil || byteAt(value, i) != '{' {
		return append(dst, value...), nil
	}
	var room fields.Room
	p.begin(value, i)
	p.next()
	projected, end := p.object(dst, i, m.Root(&room))
	p.v = nil // it is the caller's
	switch {
	case end == broken:
	case skipSpace(value, end) < len(value):
		p.fail(skipSpace(value, end), "unexpected bytes behind the JSON text")
	default:
		return projected, nil
	}
	err := p.err
	return dst, &err
}

// begin walks on from v[i].
func (p *projector) begin(v []byte, i int) {
	p.escape = -1
	p.walk(v, i)
}

// pass walks past members, the first of which is named at v[i], and returns where the
// name of the next one is, or the position behind the object if it has ended. It passes
// scalars that are left out, as a glance at the name says. It is object in a hurry: it
// does nothing that object would not do, leaves to it whatever is not plain, and may
// give up between any two members.
func (p *projector) pass(i int, at fields.Place) (next int, ended bool) {
	if p.byBytes() {
		return i, false
	}
	v, glance := p.v, at.Glance()
	base, rest, k := p.base, p.rest, p.k
members:
	for !ended {
		b, r, n := base, rest, k
		for ; r == 0; r = p.masks[n].All() {
			if n++; n >= p.n {
				break members
			}
			b += block.Size
		}
		colon := b + mathbits.TrailingZeros64(r)
		for r &= r - 1; r == 0; r = p.masks[n].All() {
			if n++; n >= p.n {
				break members
			}
			b += block.Size
		}
		behind := b + mathbits.TrailingZeros64(r)
		end, value := colon-1, colon+1
		if v[value] == ' ' {
			value++
		}
		switch {
		case v[colon] != ':', end <= i, v[i] != '"', v[end] != '"', !glance.Lacks(v[i+1 : end]), p.escaped(i, end),
			value >= behind, v[value] <= ' ', v[behind] != ',' && v[behind] != '}':
			break members
		}
		base, rest, k = b, r&(r-1), n
		if i = behind + 1; v[behind] == '}' {
			ended = true
		} else {
			i = p.blank(i)
		}
	}
	p.base, p.rest, p.k = base, rest, k
	return i, ended
}

// fail is broken, because of what stands at v[i].
func (p *projector) fail(i int, msg string) int {
	p.err = SyntaxError{Offset: int64(i), Msg: msg}
	return broken
}

// object projects the object at v[i], whose bracket has been walked past, as has its
// other one when it returns the position behind it. It calls itself once per name on
// the mask's path at most, whatever v nests.
func (p *projector) object(dst []byte, i int, at fields.Place) ([]byte, int) {
	dst = append(dst, '{')
	i = skipSpace(p.v, i+1)
	if byteAt(p.v, i) == '}' {
		p.next()
		return append(dst, '}'), i + 1
	}
	for {
		name, ended := p.pass(i, at)
		if ended {
			return append(dst, '}'), name
		}
		wanted, below, value := p.member(name, at)
		if value == broken {
			return dst, broken
		}
		switch c := byteAt(p.v, value); {
		case wanted == fields.All, wanted == fields.Part && c == 'n':
			if i = p.keep(value); i != broken {
				dst = append(comma(dst), p.v[name:i]...)
			}
		case wanted == fields.Part && c == '{':
			p.next()
			dst, i = p.object(append(comma(dst), p.v[name:value]...), value, below)
		case wanted == fields.Part && c == '[':
			p.next()
			dst, i = p.array(append(comma(dst), p.v[name:value]...), value, below)
		default:
			i = p.leave(value)
		}
		if i == broken {
			return dst, broken
		}
		if i = p.blank(i); p.next() != i {
			return dst, p.fail(i, "expected ',' or '}' behind a member")
		}
		switch byteAt(p.v, i) {
		case ',':
			i = p.blank(i + 1)
		case '}':
			return append(dst, '}'), i + 1
		default:
			return dst, p.fail(i, "expected ',' or '}' behind a member")
		}
	}
}

// array projects the array at v[i], as object does it. Arrays in arrays stand at the
// same place in the mask, and it is enough to count them, so their nesting costs no
// stack.
func (p *projector) array(dst []byte, i int, at fields.Place) ([]byte, int) {
	dst = append(dst, '[')
	i = skipSpace(p.v, i+1)
	for open, first := 1, true; open > 0; {
		// An element, or the end of an empty array.
		switch byteAt(p.v, i) {
		case '[':
			p.next()
			dst = append(comma(dst), '[')
			i, first = skipSpace(p.v, i+1), true
			open++
			continue
		case ']':
			if !first {
				return dst, p.fail(i, "expected a value")
			}
		case '{':
			p.next()
			dst, i = p.object(comma(dst), i, at)
		case 'n':
			null := i
			if i = p.keep(i); i != broken {
				dst = append(comma(dst), p.v[null:i]...)
			}
		default:
			i = p.leave(i)
		}
		if i == broken {
			return dst, broken
		}
		dst, i, open = p.behind(dst, i, open)
		first = false
	}
	return dst, i
}

// behind reads what follows an element, up to the next one or the end of the
// outermost array.
func (p *projector) behind(dst []byte, i, open int) ([]byte, int, int) {
	for ; open > 0; open-- {
		i = skipSpace(p.v, i)
		at := p.next()
		switch c := byteAt(p.v, i); {
		case at == i && c == ',':
			return dst, skipSpace(p.v, i+1), open
		case at == i && c == ']':
			dst = append(dst, ']')
			i++
		default:
			return dst, p.fail(i, "expected ',' or ']' behind an element"), 0
		}
	}
	return dst, i, 0
}

// comma separates what comes next from the member or element before it, if
// there is one: no JSON value ends with an opening bracket.
func comma(dst []byte) []byte {
	if c := dst[len(dst)-1]; c == '{' || c == '[' {
		return dst
	}
	return append(dst, ',')
}

// member reads the name at v[i] and the colon behind it. It returns how much of the
// member is wanted, the place below it, and the position of its value.
func (p *projector) member(i int, at fields.Place) (fields.Selection, fields.Place, int) {
	colon := p.next()
	end := colon - 1
	for end > i && p.v[end] <= ' ' && isSpace(p.v[end]) {
		end--
	}
	switch {
	case end <= i || p.v[i] != '"' || p.v[end] != '"':
		return fields.None, nil, p.fail(i, "expected a member's name")
	case byteAt(p.v, colon) != ':':
		return fields.None, nil, p.fail(colon, "expected ':' behind a member's name")
	}
	name, value := p.v[i+1:end], p.blank(colon+1)
	var wanted fields.Selection
	var below fields.Place
	if p.escaped(i, end) {
		wanted, below = escapedMember(at, name)
	} else {
		wanted, below = at.Member(name)
	}
	if wanted != fields.None && stringEnd(p.v, i) != end+1 {
		return fields.None, nil, p.fail(i, "invalid string")
	}
	return wanted, below, value
}

// escaped tells whether there is a backslash in v[i:end]. It looks for each but once:
// i must not be less than it was.
func (p *projector) escaped(i, end int) bool {
	if p.escape < i {
		p.findEscape(i)
	}
	return p.escape < end
}

func (p *projector) findEscape(i int) {
	p.escape = len(p.v)
	if n := bytes.IndexByte(p.v[i:], '\\'); n >= 0 {
		p.escape = i + n
	}
}

// blank is skipSpace, in a hurry where there is none.
func (p *projector) blank(i int) int {
	if i < len(p.v) && p.v[i] > ' ' {
		return i
	}
	return skipBlanks(p.v, i)
}

// keep checks the value at v[i], which goes out as it is, and returns the position
// behind it.
func (p *projector) keep(i int) int {
	c := byteAt(p.v, i)
	if c == '{' || c == '[' {
		p.check.reset()
		_, ev := p.check.next(p.v, i)
		if ev == evStart {
			i, ev = p.check.next(p.v, i+1)
		}
		if ev != evEnd {
			if ev == evError {
				return p.fail(int(p.check.err.Offset), p.check.err.Msg)
			}
			return p.fail(len(p.v), "the JSON text ends too early")
		}
		p.seek(i)
		return i
	}
	if i < len(p.v) {
		if end := scalarEnd(p.v, i); end != broken {
			return end
		}
	}
	return p.fail(i, "invalid value")
}

// leave returns the position behind the value at v[i], which is left out.
func (p *projector) leave(i int) int {
	c := byteAt(p.v, i)
	if c == '{' || c == '[' {
		p.next()
		end := p.skip()
		if end == broken || p.v[end-1] != closing(c) {
			return p.fail(i, "no end of a value")
		}
		return end
	}
	end := p.peek()
	for end > i && p.v[end-1] <= ' ' && isSpace(p.v[end-1]) {
		end--
	}
	if end == i {
		return p.fail(i, "expected a value")
	}
	return end
}

// escapedMember is apart from member so that only escaped names pay for a
// buffer.
func escapedMember(at fields.Place, name []byte) (fields.Selection, fields.Place) {
	var plain [128]byte
	return at.Member(appendUnescaped(plain[:0], name))
}
