package list

import "github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"

const (
	maxSteps  = 128 // in a template: larger items have none
	maxPrefix = 128 // how long the text before a value may be in a template
	maxPause  = 256 // how many items are left to the general walk where they differ
)

// An action is what becomes of a member, or of the end of an object.
type action uint8

const (
	dropScalar action = iota // or nothing at all: what is left out is not looked at
	keepScalar
	dropBox // a container
	keepBox
	enterObject // it is projected: the steps behind this one are its members
	enterArray  // its elements are objects, which the steps behind this one project
	endObject
	endElement // with the array's end, if it was the last one
)

// A step is a member as it stood in the item before, or an end. Its prefix is the text
// from the token in front of its name, a comma or a bracket, up to the colon or, where
// that matters, up to the value.
type step struct {
	what   action
	open   byte   // the bracket of a container
	first  bool   // nothing is written before it in its object
	joined bool   // it is kept, and stands next to a member that is kept
	lead   uint16 // how far the name's first quote is from the token
	size   uint16 // how far the value is
	run    uint16 // how many steps from this one on have scalars, but maybe the last
	keep   uint16 // this one or the next in its run that is keepScalar
	end    uint16 // the step of the object's end
	begin  uint16 // of an end: the step of the first member
}

// kept tells whether the member is written, in part at least.
func (s *step) kept() bool { return s.what == keepScalar || s.what >= keepBox }

// A template speculates that the items of a list have the same members, in the same
// order, with the same white space before them, as it nearly always is (Li et al.,
// "Mison: a fast JSON parser for data analytics", VLDB 2017, speculate so on positions).
// What the general walk has found out about the names of one item need not be found out
// again for the next one: comparing is enough. Of an item that differs nothing is said;
// it is the general walk's, from its beginning.
type template struct {
	places
	steps    [maxSteps]step
	prefixes [maxSteps]block.Prefix // without a colon, the prefix is in text
	text     [maxSteps][]byte       // prefixes that are longer than a block.Prefix
	n        int                    // steps; 0 if there is no template
	pause    int                    // items that are left to the general walk
	longer   int                    // the next pause
}

// forget readies t for another list.
func (t *template) forget() { t.n, t.pause, t.longer, t.v = 0, 0, 0, nil }

// item does what object does with the item at v[i], or is broken if it is not sure.
// Only the free capacity of dst has changed then.
func (t *template) item(dst, v []byte, i int) ([]byte, int) {
	if t.n == 0 || t.pause > 0 || !t.seek(v, i) {
		return dst, broken
	}
	for {
		out, k := t.walk(dst, v)
		if k > 0 {
			t.need = max(k-t.k, t.need-(t.need+7)/8)
			t.k = k
			t.longer -= (t.longer + 7) / 8
			return out, int(t.pos[k-1]) + 1
		}
		// It may only be that more of it has to be scanned.
		if -k+2*maxSteps < t.end || !t.more() {
			t.differs()
			return dst, broken
		}
	}
}

// differs makes the next pause longer: templates cost more than they gain where items
// keep differing.
func (t *template) differs() { t.longer = min(2*t.longer+1, maxPause) }

// walk projects the item whose bracket is the next token. It returns the token behind
// its end, or the negative of about where it differs.
func (t *template) walk(dst, v []byte) ([]byte, int) {
	var run stretch // members that are not in dst yet
	dst = append(dst, '{')
	for s, k := 0, t.k; ; {
		n := t.follow(v, s, k)
		past := s + n
		for i := int(t.steps[s].keep); i < past; i = int(t.steps[i+1].keep) {
			st, at := &t.steps[i], k+2*(i-s)
			a, end := int(t.pos[at]), int(t.pos[at+2])
			if end >= len(v) {
				return dst, -k
			}
			if v[end-1] <= ' ' {
				end = trimEnd(v, a, end)
			}
			if !isScalar(v, a+int(st.size), end) {
				return dst, -k
			}
			dst, run = st.add(dst, v, run, a, end)
		}
		k += 2 * n
		switch {
		case n > 0 && t.steps[past-1].what >= dropBox:
			dst, run, s, k = t.box(dst, v, run, past-1, k)
		case n > 0 && t.steps[past-1].what == dropScalar && t.opens(v, k):
			s, k = past, t.close(v, k)
		case past < int(t.steps[s].end) && byteAt(v, int(t.pos[k])) == ',':
			s, k = t.lacking(v, past, k)
		default:
			dst, s, k = t.leave(run.put(dst, v), v, int(t.steps[s].end), k)
			run = stretch{}
		}
		if k <= 0 || s == t.n {
			return dst, k
		}
	}
}

// follow tells how many steps in a row from s on are what stands at token k, up to the
// first that is no scalar.
func (t *template) follow(v []byte, s, k int) int {
	n, run := 0, int(t.steps[s].run)
	for {
		n += block.Follow(t.prefixes[s+n:s+run], t.pos[k+2*n:], v)
		if n == run || len(t.text[s+n]) == 0 {
			return n
		}
		a, colon, text := int(t.pos[k+2*n]), int(t.pos[k+2*n+1]), t.text[s+n]
		if colon >= len(v) || a+len(text) > len(v) || string(v[a:a+len(text)]) != string(text) {
			return n
		}
		n++
	}
}

// lacking finds the member that begins with token k behind step s, if those between them
// lack. But for the commas it does not matter where in an object a member stands.
func (t *template) lacking(v []byte, s, k int) (next, token int) {
	for end := int(t.steps[s].end); s < end; {
		switch st := &t.steps[s]; {
		case t.follow(v, s, k) > 0:
			return s, k
		case st.first && st.kept():
			return s, -k
		case st.what == enterObject, st.what == enterArray:
			s = int(t.steps[s+1].end) + 1
		default:
			s++
		}
	}
	return s, -k
}

// leave goes on behind the end of an object, which is the next token: step s is its end,
// whatever members before it lack.
func (t *template) leave(dst, v []byte, s, k int) (out []byte, next, token int) {
	at := int(t.pos[k])
	if byteAt(v, at) != '}' {
		return dst, s, -k
	}
	dst = append(dst, '}')
	k++
	if s == t.n-1 {
		return dst, t.n, k
	}
	if t.steps[s].what == endElement {
		if at = blank(v, at+1); at != int(t.pos[k]) {
			return dst, s, -k
		}
		k++
		switch byteAt(v, at) {
		case ',':
			if !t.stands(v, at+1, k, '{') {
				return dst, s, -k
			}
			return append(dst, ',', '{'), int(t.steps[s].begin), k
		case ']':
			dst = append(dst, ']')
		default:
			return dst, s, -k
		}
	}
	if blank(v, at+1) != int(t.pos[k]) {
		return dst, s, -k
	}
	return dst, s + 1, k
}

// stands tells whether token k, and nothing but white space before it, is what begins at
// v[i].
func (t *template) stands(v []byte, i, k int, c byte) bool {
	at := int(t.pos[k])
	return byteAt(v, at) == c && blank(v, i) == at
}

// box reads the value of step s, a container at token k: to its end, or into it if it is
// projected. It may also be null, or any other scalar that is left out.
func (t *template) box(dst, v []byte, run stretch, s, k int) (out []byte, kept stretch, next, token int) {
	st := &t.steps[s]
	a, at := int(t.pos[k-2]), int(t.pos[k])
	value, next := a+int(st.size), s+1
	switch {
	case st.what == dropBox:
		if t.opens(v, k) {
			k = t.close(v, k)
		}
		return dst, run, next, k
	case at >= len(v):
		return dst, run, s, -k
	case st.what != keepBox && v[at] != st.open && string(v[value:trimEnd(v, value, at)]) == "null":
		dst, run = st.add(dst, v, run, a, value+len("null"))
		return dst, run, int(t.steps[next].end) + 1, k
	case at != value || v[at] != st.open:
		return dst, run, s, -k
	case st.what == keepBox:
		end := valueEnd(v, at)
		if end == broken {
			return dst, run, s, -k
		}
		for int(t.pos[k]) < end {
			k++
		}
		if blank(v, end) != int(t.pos[k]) {
			return dst, run, s, -k
		}
		dst, run = st.add(dst, v, run, a, end)
		return dst, run, next, k
	}
	dst, run = st.add(dst, v, run, a, at+1)
	if st.what == enterArray {
		if k++; !t.stands(v, at+1, k, '{') {
			return dst, run, s, -k
		}
		dst, run = append(run.put(dst, v), '{'), stretch{}
	}
	return dst, run, next, k
}

// opens tells whether a container begins with token k.
func (t *template) opens(v []byte, k int) bool {
	return byteAt(v, int(t.pos[k]))|0x20 == '{'
}

// close returns the token behind the container that begins with token k.
func (t *template) close(v []byte, k int) int {
	first := k
	for depth := 0; k < t.end; {
		c := v[t.pos[k]]
		depth += int(nesting[c])
		if k++; depth == 0 {
			if c != closing(v[t.pos[first]]) {
				return -k
			}
			return k
		}
	}
	return -k
}

// nesting tells brackets.
var nesting = [256]int8{'{': 1, '[': 1, '}': -1, ']': -1}

// add adds the member that begins behind the token v[a] to those that are kept.
func (s *step) add(dst, v []byte, run stretch, a, end int) ([]byte, stretch) {
	if s.joined && run.end == a {
		return dst, stretch{run.start, end}
	}
	dst = run.put(dst, v)
	switch {
	case s.first:
		a += int(s.lead)
	case s.lead != 1:
		dst = append(dst, ',')
		a += int(s.lead)
	}
	return dst, stretch{a, end}
}

// put appends the members, which are mostly few bytes: some too many are written then.
func (s stretch) put(dst, v []byte) []byte {
	n, size := len(dst), s.end-s.start
	if size == 0 {
		return dst
	}
	if size <= 64 && cap(dst)-n >= 64 && s.start+64 <= len(v) {
		to, from := (*[64]byte)(dst[n:n+64]), (*[64]byte)(v[s.start:])
		// All of it at once would be a call.
		*(*[16]byte)(to[:16]) = *(*[16]byte)(from[:16])
		*(*[16]byte)(to[16:32]) = *(*[16]byte)(from[16:32])
		*(*[16]byte)(to[32:48]) = *(*[16]byte)(from[32:48])
		*(*[16]byte)(to[48:]) = *(*[16]byte)(from[48:])
		return dst[:n+size]
	}
	return append(dst, v[s.start:s.end]...)
}
