package list

import (
	"bytes"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
)

// learn makes a template of the item v[i:end], which the general walk has projected.
func (t *template) learn(v []byte, i, end int, m *fields.Mask) {
	if t.pause > 0 {
		t.pause--
		return
	}
	t.n, t.pause = 0, t.longer
	var room fields.Room
	k := broken
	if t.whole(v, i, end) {
		k = t.object(t.k, m.Root(&room), endObject)
	}
	if k == broken || int(t.pos[k-1])+1 != end {
		t.differs()
		t.n, t.pause = 0, t.longer
		return
	}
	t.need = k - t.k
	t.link()
}

// whole makes sure that there are the tokens of v[i:end].
func (t *template) whole(v []byte, i, end int) bool {
	for ok := t.seek(v, i); ok && t.scanned < end; {
		ok = t.more()
	}
	return t.scanned >= end && int(t.pos[t.k]) == i
}

// link tells every step about those behind it.
func (t *template) link() {
	run, keep := uint16(0), uint16(maxSteps)
	for s := t.n - 1; s >= 0; s-- {
		st := &t.steps[s]
		switch {
		case st.what >= endObject:
			run = 0
		case st.what >= dropBox:
			run = 1
		default:
			run++
		}
		if st.what == keepScalar {
			keep = uint16(s)
		}
		st.run, st.keep = run, keep
	}
}

// object adds the steps of the object whose bracket is token k, and returns the token
// behind it, or broken.
func (t *template) object(k int, at fields.Place, end action) int {
	begin, first, beside := t.n, true, false
	for {
		if k+2 >= t.end || t.n >= maxSteps-1 {
			return broken
		}
		s := t.n
		st := &t.steps[s]
		below, ok := t.member(st, k, at)
		if !ok {
			return broken
		}
		st.first, st.joined = first, beside && st.lead == 1
		first, beside = first && !st.kept(), st.what == keepScalar || st.what == keepBox
		t.n++
		switch k += 2; st.what {
		case dropBox, keepBox:
			k = t.close(t.v, k)
		case enterObject:
			k = t.object(k, below, endObject)
		case enterArray:
			k = t.array(k, below)
		}
		if k <= 0 || k >= t.end {
			return broken
		}
		switch t.v[t.pos[k]] {
		case ',':
			continue
		case '}':
			for i := begin; i < t.n; i++ {
				if t.steps[i].end == 0 {
					t.steps[i].end = uint16(t.n)
				}
			}
			t.steps[t.n] = step{what: end, end: uint16(t.n), begin: uint16(begin)}
			t.n++
			return k + 1
		}
		return broken
	}
}

// array is object for an array: what it learns of the first element is for all of them.
func (t *template) array(k int, at fields.Place) int {
	if k+1 >= t.end || t.v[t.pos[k+1]] != '{' || t.object(k+1, at, endElement) == broken {
		return broken
	}
	return t.close(t.v, k)
}

// member makes a step of the member whose name stands behind token k, unless the name
// has escapes, and returns the place below it.
func (t *template) member(st *step, k int, at fields.Place) (fields.Place, bool) {
	v, a, colon, next := t.v, int(t.pos[k]), int(t.pos[k+1]), t.pos[k+2]
	name := blank(v, a+1)
	if v[colon] != ':' || v[name] != '"' {
		return nil, false
	}
	last := stringEnd(v, name) - 1
	if last <= name || blank(v, last+1) != colon || bytes.IndexByte(v[name:last], '\\') >= 0 {
		return nil, false
	}
	value := blank(v, colon+1)
	*st = step{lead: uint16(min(name-a, maxPrefix)), open: v[next]}
	wanted, below := at.Member(v[name+1 : last])
	switch box := st.open == '{' || st.open == '['; {
	case wanted == fields.None:
		value = colon + 1
		if box {
			st.what = dropBox
		}
	case !box && wanted == fields.All:
		st.what = keepScalar
	case !box:
		return nil, false // null stays, other scalars go
	case wanted == fields.All:
		st.what = keepBox
	case st.open == '{':
		st.what = enterObject
	default:
		st.what = enterArray
	}
	return below, t.prefix(st, v[a:value], colon-a)
}

// prefix gives the last step the text that every member like it begins with.
func (t *template) prefix(st *step, text []byte, colon int) bool {
	if len(text) > maxPrefix {
		return false
	}
	st.size = uint16(len(text))
	p := &t.prefixes[t.n]
	*p, t.text[t.n] = block.Prefix{}, t.text[t.n][:0]
	if len(text) > 8*len(p.Bytes) {
		t.text[t.n] = append(t.text[t.n], text...)
		return true
	}
	p.Colon = uint64(colon)
	for i, c := range text {
		p.Bytes[i/8] |= uint64(c) << (i % 8 * 8)
		p.Mask[i/8] |= 0xFF << (i % 8 * 8)
	}
	return true
}
