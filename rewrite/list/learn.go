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
	k, ok := t.all(v, i, end)
	if ok {
		k, ok = t.object(k, root, block.EndItem)
	}
	if !ok || int(t.pos[k-1])+1 != end {
		t.differs()
		t.n, t.pause = 0, t.longer
	}
}

// all makes sure that there are the tokens of v[i:end], and returns the first of them.
func (t *template) all(v []byte, i, end int) (k int, ok bool) {
	k, ok = t.seek(v, i, t.cursor.Token)
	for ok && t.scanned < end {
		ok = t.more(k)
		k = 0
	}
	t.cursor.Token = k
	return k, ok
}

// object adds the steps of the object whose bracket is token k, and returns the token
// behind it.
func (t *template) object(k int, at fields.Place, end block.Action) (int, bool) {
	begin, first := t.n, true
	for {
		if k+2 >= t.end || t.n >= maxSteps-1 {
			return k, false
		}
		st := &t.steps[t.n]
		below, ok := t.member(st, k, at)
		if !ok {
			return k, false
		}
		st.first = first
		first = first && !st.kept()
		t.expect(t.n, k)
		t.n++
		switch k += 2; st.what {
		case block.DropBox, keepBox:
			box := k
			var what verdict
			k, what = t.close(k)
			ok = what == goesOn
			t.expected[t.n-1].Likely(t.kinds[box:k])
		case block.Enter:
			k, ok = t.object(k, below, block.EndObject)
		case block.EnterArray:
			k, ok = t.array(k, below)
		}
		if !ok || k >= t.end {
			return k, false
		}
		switch t.v[t.pos[k]] {
		case ',':
			continue
		case '}':
			for i := begin; i < t.n; i++ {
				if t.steps[i].end == 0 {
					t.steps[i].end = t.n
				}
			}
			t.steps[t.n] = step{what: end, end: t.n, begin: begin, text: t.steps[t.n].text[:0]}
			t.expect(t.n, k)
			t.n++
			return k + 1, true
		}
		return k, false
	}
}

// array is object for an array: what it learns of the first element is for all of them.
func (t *template) array(k int, at fields.Place) (int, bool) {
	if k+1 >= t.end || t.v[t.pos[k+1]] != '{' {
		return k, false
	}
	if _, ok := t.object(k+1, at, block.EndElement); !ok {
		return k, false
	}
	k, what := t.close(k)
	return k, what == goesOn
}

// member makes a step of the member whose name stands behind token k, and returns the
// place below it. A name that is escaped in one way will be so again.
func (t *template) member(st *step, k int, at fields.Place) (fields.Place, bool) {
	v, a, colon, next := t.v, int(t.pos[k]), int(t.pos[k+1]), t.pos[k+2]
	name := blank(v, a+1)
	if v[colon] != ':' || v[name] != '"' {
		return nil, false
	}
	last := stringEnd(v, name) - 1
	if last < name || blank(v, last+1) != colon {
		return nil, false
	}
	value := blank(v, colon+1)
	*st = step{lead: name - a, open: v[next], text: st.text[:0]}
	wanted, below := t.wanted(at, k, v[name+1:last])
	switch box := st.open == '{' || st.open == '['; {
	case wanted == fields.None:
		value = colon + 1
		if st.what = block.Drop; box {
			st.what = block.DropBox
		}
	case !box && wanted == fields.All:
		st.what = block.Keep
	case !box:
		return nil, false // null stays, other scalars go
	case wanted == fields.All:
		st.what = keepBox
	case st.open == '{':
		st.what = block.Enter
	default:
		st.what = block.EnterArray
	}
	if value-a > maxPrefix {
		return nil, false
	}
	st.text = append(st.text, v[a:value]...)
	return below, true
}

// wanted says how much is wanted of the member behind token k, and the place below it. All
// of an item is wanted in parts, as far as it has objects: the kernel goes into these.
func (t *template) wanted(at fields.Place, k int, name []byte) (fields.Selection, fields.Place) {
	switch {
	case t.whole && k+3 < t.end && (t.kinds[k+2] == '{' && t.kinds[k+3] == ':' || t.kinds[k+2] == '[' && t.kinds[k+3] == '{'):
		return fields.Part, nil
	case t.whole:
		return fields.All, nil
	case bytes.IndexByte(name, '\\') >= 0:
		return escapedMember(at, name)
	}
	return at.Member(name)
}

// expect tells the kernel about step s, which is at token k.
func (t *template) expect(s, k int) {
	st, e := &t.steps[s], &t.expected[s]
	*e = block.Step{What: st.what, Lead: uint8(st.lead), Back: uint32(st.begin), Comma: 1}
	e.Likely(nil)
	if st.first {
		e.Comma = 0
	}
	v, at := t.v, int(t.pos[k])
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
