package list

import (
	"bytes"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
)

// learn makes a template of the item v[i:end], which the general walk has projected, or
// checked where the mask is nil.
func (t *template) learn(v []byte, i, end int, m *fields.Mask) {
	if t.pause > 0 {
		t.pause--
		return
	}
	t.n, t.pause = 0, t.longer
	var room fields.Room
	var root fields.Place
	if t.whole = m == nil; !t.whole {
		root = m.Root(&room)
	}
	behind, ok := i, t.all(v, i, end)
	if ok {
		behind, ok = t.object(i, root, block.EndItem)
	}
	if !ok || behind != end {
		t.differs()
		t.n, t.pause = 0, t.longer
	}
}

// all makes sure that v[i:end] is in the map, and that v[i] is a token.
func (t *template) all(v []byte, i, end int) bool {
	ok := t.seek(v, i)
	for ok && t.scanned < end {
		ok = t.more(i)
	}
	return ok
}

// object adds the steps of the object that begins at v[i], and returns the position behind it.
func (t *template) object(i int, at fields.Place, end block.Action) (int, bool) {
	begin, first := t.n, true
	for {
		if t.n >= maxSteps-1 {
			return i, false
		}
		st := &t.steps[t.n]
		next, below, ok := t.member(st, i, at)
		if !ok {
			return i, false
		}
		st.first = first
		first = first && !st.kept()
		t.expect(t.n, i)
		t.n++
		switch st.what {
		case block.DropBox, keepBox:
			next, ok = t.close(next)
			next++
		case block.Enter:
			next, ok = t.object(next, below, block.EndObject)
		case block.EnterArray:
			next, ok = t.array(next, below)
		}
		if ok {
			i, ok = t.next(next)
		}
		if !ok {
			return i, false
		}
		switch t.v[i] {
		case ',':
			continue
		case '}':
			for k := begin; k < t.n; k++ {
				if t.steps[k].end == 0 {
					t.steps[k].end = t.n
				}
			}
			t.steps[t.n] = step{what: end, end: t.n, begin: begin, text: t.steps[t.n].text[:0]}
			t.expect(t.n, i)
			t.n++
			return i + 1, true
		}
		return i, false
	}
}

// array is object for an array: what it learns of the first element is for all of them.
func (t *template) array(i int, at fields.Place) (int, bool) {
	first := blank(t.v, i+1)
	if byteAt(t.v, first) != '{' {
		return i, false
	}
	if _, ok := t.object(first, at, block.EndElement); !ok {
		return i, false
	}
	end, ok := t.close(i)
	return end + 1, ok
}

// member makes a step of the member whose name stands behind the token at v[a], and returns the
// token behind its colon and the place below it. A name that is escaped in one way will be so
// again.
func (t *template) member(st *step, a int, at fields.Place) (int, fields.Place, bool) {
	v, name := t.v, blank(t.v, a+1)
	colon, ok := t.next(a + 1)
	if !ok || v[colon] != ':' || v[name] != '"' {
		return a, nil, false
	}
	last := stringEnd(v, name) - 1
	if last < name || blank(v, last+1) != colon {
		return a, nil, false
	}
	next, ok := t.next(colon + 1)
	if !ok {
		return a, nil, false
	}
	value := blank(v, colon+1)
	*st = step{lead: name - a, open: v[next], text: st.text[:0]}
	wanted, below := t.wanted(at, next, v[name+1:last])
	switch box := st.open == '{' || st.open == '['; {
	case wanted == fields.None:
		value = colon + 1
		if st.what = block.Drop; box {
			st.what = block.DropBox
		}
	case !box && wanted == fields.All:
		st.what = block.Keep
	case !box:
		return a, nil, false // null stays, other scalars go
	case wanted == fields.All:
		st.what = keepBox
	case st.open == '{':
		st.what = block.Enter
	default:
		st.what = block.EnterArray
	}
	if value-a > maxPrefix {
		return a, nil, false
	}
	st.text = append(st.text, v[a:value]...)
	return next, below, true
}

// wanted says how much is wanted of a member, behind whose colon the next token is at v[next],
// and the place below it. All of an item is wanted in parts, as far as it has objects: the
// kernel goes into these.
func (t *template) wanted(at fields.Place, next int, name []byte) (fields.Selection, fields.Place) {
	if t.whole {
		behind, ok := t.next(next + 1)
		if ok && (t.v[next] == '{' && t.v[behind] == ':' || t.v[next] == '[' && t.v[behind] == '{') {
			return fields.Part, nil
		}
		return fields.All, nil
	}
	if bytes.IndexByte(name, '\\') >= 0 {
		return escapedMember(at, name)
	}
	return at.Member(name)
}

// expect tells the kernel about step s, which begins at v[at].
func (t *template) expect(s, at int) {
	st, e := &t.steps[s], &t.expected[s]
	*e = block.Step{What: st.what, Lead: uint8(st.lead), Back: uint32(st.begin), Comma: 1}
	if st.first {
		e.Comma = 0
	}
	v := t.v
	text := st.text
	switch st.what {
	case block.Enter:
		text = v[at : at+len(text)+1]
	case block.EnterArray:
		text = v[at : at+len(text)+2] // if there is white space between the brackets, it is not what it should be
	case block.EndItem, block.EndElement:
		text = []byte("},{")
		// White space before the comma is not kept.
		if next := blank(v, at+2); byteAt(v, at+1) == ',' && byteAt(v, next) == '{' {
			text = v[at : next+1]
		}
	case block.EndObject:
		text = []byte("}")
	}
	fits := len(text) <= len(e.Text)
	switch st.what {
	case block.EnterArray:
		fits = fits && string(text[len(text)-2:]) == "[{"
	case keepBox:
		fits = false
	}
	if !fits {
		e.Full = 1 // a token is not 0
		return
	}
	e.Size = uint8(copy(e.Text[:], text))
	e.Full = uint32(1<<e.Size - 1)
}
