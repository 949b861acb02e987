package list

import (
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

// lookahead is how much behind an item is read where there is as much.
const lookahead = block.Reach

// broken is the position behind a value that is cut off or no JSON.
const broken = -1

// A projector is the memory of Project.
type projector struct {
	tokens
	check scanner // of containers that are kept
	plain bool    // without a template
	tmpl  *template
	err   SyntaxError // of the last that was broken; no pointer, as a chunk's end is one, too
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
	p.walk(value, i)
	p.next()
	projected, end := p.object(dst, i, m.Root(&room))
	if end == broken && !p.byBytes() {
		// By bytes, the first thing that is wrong is found first.
		p.bytewise = true
		defer func() { p.bytewise = false }()
		return p.project(dst, value, m)
	}
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
	glance := at.Glance()
	i = skipSpace(p.v, i+1)
	if byteAt(p.v, i) == '}' {
		p.next()
		return append(dst, '}'), i + 1
	}
	for {
		var name int
		var out outcome
		switch dst, name, out = p.pass(dst, i, at, glance); out {
		case ended:
			return append(dst, '}'), name
		case failed:
			return dst, p.fail(name, "no JSON")
		}
		wanted, below, value := p.member(name, at, glance)
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
		if i = blank(p.v, i); p.next() != i {
			return dst, p.fail(i, "expected ',' or '}' behind a member")
		}
		switch byteAt(p.v, i) {
		case ',':
			i = blank(p.v, i+1)
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
			if p.peek() == i {
				return dst, p.fail(i, "expected a value")
			}
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
func (p *projector) member(i int, at fields.Place, glance fields.Glance) (fields.Selection, fields.Place, int) {
	colon := p.next()
	if byteAt(p.v, colon) == ':' && p.v[colon-1] == '"' && !p.escaped(i, colon) {
		if glance.Lacks(uint16(p.v[colon-3]) | uint16(p.v[colon-2])<<8) {
			return fields.None, nil, colon + 1
		}
		if first, _ := at.Before(p.v, colon); first == i {
			return fields.All, nil, blank(p.v, colon+1)
		}
	}
	first, last := p.name(i, colon)
	switch {
	case byteAt(p.v, colon) == ':' && first != broken:
	case byteAt(p.v, i) != '"' || byteAt(p.v, colon) == ':':
		return fields.None, nil, p.fail(i, "expected a member's name")
	default:
		return fields.None, nil, p.fail(colon, "expected ':' behind a member's name")
	}
	name, value := p.v[first+1:last], blank(p.v, colon+1)
	var wanted fields.Selection
	var below fields.Place
	if p.escaped(first, last) {
		wanted, below = escapedMember(at, name)
	} else {
		wanted, below = at.Member(name)
	}
	switch {
	case wanted == fields.None:
	case first != i:
		return fields.None, nil, p.fail(i, "expected a member's name")
	case stringEnd(p.v, i) != last+1:
		return fields.None, nil, p.fail(i, "invalid string")
	}
	return wanted, below, value
}

// keep checks the value at v[i], which goes out as it is, and returns the position
// behind it.
func (p *projector) keep(i int) int {
	c := byteAt(p.v, i)
	end := valueEnd(p.v, i)
	switch {
	case c != '{' && c != '[':
		if end == broken {
			return p.fail(i, "invalid value")
		}
		return end
	case end == broken:
		// It nests deeply, or the scanner tells what is wrong.
		p.check.reset()
		_, ev := p.check.next(p.v, i)
		if ev == evStart {
			end, ev = p.check.next(p.v, i+1)
		}
		if ev != evEnd {
			if ev == evError {
				return p.fail(int(p.check.err.Offset), p.check.err.Msg)
			}
			return p.fail(len(p.v), "the JSON text ends too early")
		}
	}
	p.seek(end)
	return end
}

// leave returns the position of the token behind the value at v[i], which is left out.
func (p *projector) leave(i int) int {
	for {
		t := p.peek()
		c := byteAt(p.v, t)
		if c != '{' && c != '[' {
			return t
		}
		p.next()
		if end := p.skip(); end == broken || p.v[end-1] != closing(c) {
			return p.fail(i, "no end of a value")
		}
	}
}

// escapedMember is apart from member so that only escaped names pay for a
// buffer.
func escapedMember(at fields.Place, name []byte) (fields.Selection, fields.Place) {
	var plain [128]byte
	return at.Member(appendUnescaped(plain[:0], name))
}

// items projects the item at v[at] of a list, as object does, behind the separator that
// begins at v[i], if there is one, and up to most-1 items behind it. It tells how many have
// been projected, and where the last of them ends. If there is none, that is because it
// is cut off, or because something is wrong; nothing is known of it then.
//
// If the item before was projected by the general walk, that is walking, and goes on; else
// the item was like one before it, or is the first.
func (p *projector) items(dst, v []byte, i, at, most int, m *fields.Mask, walking bool) (out []byte, end, n int, walks bool) {
	like := p.like()
	if like != nil {
		var cut bool
		if out, end, n, cut = like.run(dst, v, at, most); n > 0 || cut {
			return out, end, n, false
		}
	}
	if !walking {
		p.walk(v, i)
	}
	if i != at {
		p.next()
	}
	p.next() // the bracket
	var room fields.Room
	if out, end = p.object(dst, at, m.Root(&room)); end == broken {
		return out, end, 0, true
	}
	if like != nil {
		like.learn(v, at, end, m)
	}
	return out, end, 1, true
}

// valid checks the item at v[at] of a list, and up to most-1 items behind it, as items does
// it that projects them. It may write to the free capacity of dst, and make it larger.
func (p *projector) valid(dst, v []byte, at, most int) (room []byte, end, n int) {
	var like *template
	if byteAt(v, at) == '{' {
		like = p.like()
	}
	if like != nil {
		// What it writes is not what the item is, between the members.
		room, end, n, _ = like.run(dst, v, at, most)
		if dst = room[:len(dst)]; n > 0 {
			return dst, end, n
		}
	}
	if end = valueEnd(v, at); end == broken {
		return dst, end, 0
	}
	if like != nil {
		like.learn(v, at, end, nil)
	}
	return dst, end, 1
}

// alone is project for an item that is not among others: one that went on from chunk to
// chunk, say. Behind it there may be room, up to lookahead, that is read and does not matter.
func (p *projector) alone(dst, item []byte, m *fields.Mask) ([]byte, *SyntaxError) {
	if like := p.like(); like != nil && item[0] == '{' {
		v := item[:min(len(item)+lookahead, cap(item))]
		out, end, n, _ := like.run(dst, v, 0, 1)
		if like.v = nil; n > 0 && end == len(item) {
			return out, nil
		}
	}
	return p.project(dst, item, m)
}

// like is for items that are like each other, or nil without the block engine.
func (p *projector) like() *template {
	if p.plain || p.byBytes() {
		return nil
	}
	if p.tmpl == nil {
		p.tmpl = new(template)
	}
	return p.tmpl
}

// letGo forgets the bytes that items were in, which are the caller's.
func (p *projector) letGo() {
	p.v = nil
	if p.tmpl != nil {
		p.tmpl.v = nil
	}
}
