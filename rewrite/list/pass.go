package list

import (
	"bytes"
	"encoding/binary"
	mathbits "math/bits"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
)

// An outcome says why a walk through an object's members has ended.
type outcome uint8

const (
	ended  outcome = iota // with the object
	unsure                // at a member that is not plain
	failed                // something is wrong or cut off; by bytes it is found out what
)

// A stretch is a part of a value, v[start:end].
type stretch struct{ start, end int }

// pass walks through the members of an object, the first of which is named at v[i], and
// appends to dst those that are wanted entirely and are scalars. It returns the position
// behind the object, or of the name that it is not sure about. It is object in a hurry:
// it does nothing that object would not do, and may be unsure of any member.
//
// It sees members by their colons alone. Of one that is not wanted it looks at nothing
// but the last bytes of its name, and that colons and commas take turns is checked for
// all of a block at once.
func (p *projector) pass(dst []byte, i int, at fields.Place, glance fields.Glance) ([]byte, int, outcome) {
	if p.byBytes() {
		return dst, p.passBytes(i, glance), unsure
	}
	v := p.v
	p.in, p.stops = 0, p.masks[p.k].Stops()&p.rest
	var run stretch // wanted members that are not in dst yet
	for {
		t := p.stop(glance)
		switch c := byteAt(v, t); c {
		case ':':
			name, value, wanted := p.glimpse(t, at)
			if name == broken {
				name, value, wanted = p.look(i, t, at)
			}
			switch {
			case name == broken:
				return dst, i, failed
			case wanted == fields.None:
				p.stops &= p.stops - 1
				continue
			case wanted == fields.All:
				if end := p.scalar(value); end != broken {
					if name != run.end+1 || v[run.end] != ',' {
						dst = run.flush(dst, v)
						run.start = name
					}
					run.end = end
					p.stops &= p.stops - 1
					continue
				}
			}
			if !p.inTurn(t) || p.in != 0 {
				return dst, i, failed
			}
			return run.flush(dst, v), name, unsure
		case '}':
			if !p.inTurn(t) || p.in == 0 {
				return dst, i, failed
			}
			p.rest &= p.rest - 1
			return run.flush(dst, v), t + 1, ended
		case '{', '[':
			if !p.inTurn(t) || p.in == 0 {
				return dst, i, failed
			}
			p.rest &= p.rest - 1
			if end := p.skip(); end == broken || v[end-1] != closing(c) {
				return dst, i, failed
			}
			p.stops = p.masks[p.k].Stops() & p.rest
		default:
			return dst, i, failed
		}
	}
}

// passBytes walks past members that are not wanted and are plain, the first of which is
// named at v[i], and returns the position of the first that is not.
func (p *projector) passBytes(i int, g fields.Glance) int {
	v := p.v
	for byteAt(v, i) == '"' {
		end := skipPlain(v, i+1)
		if end+2 >= len(v) || v[end] != '"' || v[end+1] != ':' || !g.Lacks(uint16(v[end-2])|uint16(v[end-1])<<8) {
			break
		}
		value := end + 2
		if v[value] == ' ' {
			value++
		}
		if byteAt(v, value) == '"' {
			if value = skipPlain(v, value+1); byteAt(v, value) != '"' {
				break
			}
			value++
		} else {
			for value < len(v) && token[v[value]] == 0 {
				value++
			}
		}
		if byteAt(v, value) != ',' {
			break
		}
		i = blank(v, value+1)
	}
	p.scanned, p.rest = i, 0
	return i
}

// stop returns the position of the next colon or bracket, passing colons by behind
// names that are not wanted; len(v) if there is none, or commas and colons do not take
// turns before.
func (p *projector) stop(g fields.Glance) int {
	v, base, stops, escape := p.v, p.base, p.stops, p.escape
	for {
		for ; stops != 0; stops &= stops - 1 {
			t := base + mathbits.TrailingZeros64(stops)
			if 8 <= t && t <= escape {
				w := binary.LittleEndian.Uint64(v[t-7 : t+1])
				if w>>48 == '"'|':'<<8 && g.Lacks(uint16(w>>32)) {
					continue
				}
			}
			p.stops = stops
			return t
		}
		m := &p.masks[p.k]
		var ok bool
		if p.in, ok = inTurn(m.Colon&p.rest, m.Comma&p.rest, p.in); !ok {
			return len(v)
		}
		if p.k+1 >= p.n {
			if !p.scan() {
				return len(v)
			}
			base, m = p.base, &p.masks[0]
		} else {
			p.k++
			p.base += block.Size
			base, m = p.base, &p.masks[p.k]
		}
		p.rest = m.All()
		stops = m.Stops()
	}
}

// inTurn tells whether colons and commas take turns before v[t], and walks past them.
func (p *projector) inTurn(t int) (ok bool) {
	m, before := &p.masks[p.k], uint64(1)<<(t-p.base)-1
	p.in, ok = inTurn(m.Colon&p.rest&before, m.Comma&p.rest&before, p.in)
	p.rest &^= before
	return ok
}

// inTurn tells whether colons and commas take turns, from within a value if in is 1,
// and whether a value has begun last. It takes a subtraction: from each colon to the
// comma behind it, the difference has ones, and elsewhere zeros. Where one does not
// follow the other, a borrow spoils that.
func inTurn(colons, commas, in uint64) (out uint64, ok bool) {
	values := commas - colons - in
	return values >> 63, values&commas|colons&^values == 0
}

// glimpse is look for the usual: a name without escapes, and no white space that could
// be. It says nothing if the name is broken.
func (p *projector) glimpse(colon int, at fields.Place) (name, value int, wanted fields.Selection) {
	if p.escape < colon {
		return broken, 0, fields.None
	}
	name, certain := at.Before(p.v, colon)
	if name < 0 {
		if certain && p.v[colon-1] == '"' {
			return 0, 0, fields.None
		}
		return broken, 0, fields.None
	}
	// Without escapes, a quote in front of a name can only be its first.
	before := name - 1
	for before > 0 && isSpace(p.v[before]) {
		for before--; before >= 8 && binary.LittleEndian.Uint64(p.v[before-7:before+1]) == ones*' '; {
			before -= 8
		}
	}
	if c := byteAt(p.v, max(before, 0)); c != ',' && c != '{' {
		return broken, 0, fields.None
	}
	return name, blank(p.v, colon+1), fields.All
}

// look says how much is wanted of the member whose colon is v[colon], and where its
// name and its value begin. Its name is broken if it is none.
func (p *projector) look(low, colon int, at fields.Place) (name, value int, wanted fields.Selection) {
	v := p.v
	name, end := p.name(low, colon)
	if name == broken {
		return broken, 0, fields.None
	}
	if p.escaped(name, end) {
		wanted, _ = escapedMember(at, v[name+1:end])
	} else {
		wanted, _ = at.Member(v[name+1 : end])
	}
	if wanted == fields.None {
		return name, 0, wanted
	}
	before := name - 1
	for isSpace(v[before]) {
		before--
	}
	if c := v[before]; c != ',' && c != '{' || stringEnd(v, name) != end+1 {
		return broken, 0, wanted
	}
	return name, blank(p.v, colon+1), wanted
}

// name returns where the name before the colon begins and ends, at its quotes, or
// broken if there is none.
func (p *projector) name(low, colon int) (first, last int) {
	v := p.v
	last = colon - 1
	for last > low && isSpace(v[last]) {
		last--
	}
	if last <= low || v[last] != '"' || v[last-1] == '\\' && escapes(v, low, last)%2 != 0 {
		return broken, 0
	}
	for first = last; ; {
		n := bytes.LastIndexByte(v[low:first], '"')
		if n < 0 {
			return broken, 0
		}
		first = low + n
		if n == 0 || v[first-1] != '\\' {
			return first, last
		}
		if n = escapes(v, low, first); n%2 == 0 {
			return first, last
		}
		first -= n
	}
}

// escapes is how many backslashes there are right before v[i], down to v[low].
func escapes(v []byte, low, i int) (n int) {
	for i-n > low && v[i-n-1] == '\\' {
		n++
	}
	return n
}

// scalar checks the string, number or literal at v[i], and returns the position behind
// it. It is broken if there is none that ends with its member.
func (p *projector) scalar(i int) int {
	if i >= len(p.v) {
		return broken
	}
	end := scalarEnd(p.v, i)
	if end == broken {
		return broken
	}
	if c := byteAt(p.v, blank(p.v, end)); c != ',' && c != '}' {
		return broken
	}
	return end
}

// flush appends the members.
func (s stretch) flush(dst, v []byte) []byte {
	if s.end == 0 {
		return dst
	}
	return append(comma(dst), v[s.start:s.end]...)
}
