package list

import (
	"bytes"
	mathbits "math/bits"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
)

// tokens walks through the structure of a value that is held entirely: its
// brackets, commas and colons outside strings. What stands between them is nobody's
// business but the caller's.
//
// By blocks, v[:scanned] has masks or had them. masks[k] are those of the block at
// v[base], of which rest has the bits that have not been walked past:
//
//	0 <= base <= scanned
//	k < n once a block has been scanned
//
// By bytes, v[:scanned] has been walked past, and a block has one token, at v[base].
type tokens struct {
	v        []byte
	bytewise bool // without the block engine, which another processor may lack
	base     int
	rest     uint64
	k, n     int
	scanned  int
	escape   int    // where the first backslash is, not before some position that has been passed; scanned or len(v) if there is none
	stops    uint64 // of rest, colons and brackets that pass has not come to
	in       uint64 // 1 if rest begins in a member's value, else 0
	state    block.State
	masks    [16]block.Structure
}

// walk begins at v[i], which is in no string.
func (t *tokens) walk(v []byte, i int) {
	t.v, t.rest, t.state = v, 0, block.State{}
	t.base, t.scanned = i, i
	t.k, t.n = 0, 0
	if t.escape = i; t.byBytes() {
		t.escape = -1
	}
}

// next returns the position of the next token, or len(v). It is small enough to be
// inlined.
func (t *tokens) next() int {
	rest := t.rest
	if rest == 0 {
		rest = t.fill()
	}
	t.rest = rest & (rest - 1)
	return t.base + mathbits.TrailingZeros64(rest)
}

// peek returns what next will.
func (t *tokens) peek() int {
	if t.rest == 0 {
		t.fill()
	}
	return t.base + mathbits.TrailingZeros64(t.rest)
}

// fill goes on to a block that has a token, and returns rest. Behind the last one
// there is another at len(v).
func (t *tokens) fill() uint64 {
	if t.byBytes() {
		t.base, t.rest = t.find(), 1
		t.scanned = t.base + 1
	}
	for t.rest == 0 {
		if !t.block() {
			t.base, t.rest = len(t.v), 1
		}
	}
	return t.rest
}

func (t *tokens) byBytes() bool { return t.bytewise || !block.Available }

// block goes to the next block, and reports false at the end.
func (t *tokens) block() bool {
	if t.k+1 < t.n {
		t.k++
		t.base += block.Size
	} else if !t.scan() {
		return false
	}
	t.rest = t.masks[t.k].All()
	return true
}

// scan makes masks of the next blocks.
func (t *tokens) scan() bool {
	left := len(t.v) - t.scanned
	if left <= 0 {
		return false
	}
	t.base, t.k = t.scanned, 0
	// A value may end, or be left, soon: at first few blocks are looked at, then more.
	t.n = min(2*t.n+4, len(t.masks), left/block.Size)
	if t.n > 0 {
		block.ScanAll(t.masks[:t.n], t.v[t.scanned:], &t.state)
	} else {
		var last [block.Size]byte // zeros are no tokens
		copy(last[:], t.v[t.scanned:])
		t.n = 1
		block.ScanAll(t.masks[:1], last[:], &t.state)
	}
	if t.escape == t.scanned {
		t.escape += t.n * block.Size
		if t.state.Seen != 0 {
			t.findEscape(t.scanned, t.escape)
		}
	}
	t.state.Seen = 0
	t.scanned += t.n * block.Size
	return true
}

// escaped tells whether there is a backslash in v[i:end], which has been walked past.
// It looks for each but once: i must not be less than it was.
func (t *tokens) escaped(i, end int) bool {
	switch {
	case t.escape >= i:
	case t.byBytes():
		t.findEscape(i, len(t.v))
	default:
		t.findEscape(i, t.scanned)
	}
	return t.escape < end
}

// findEscape looks for a backslash in v[i:end].
func (t *tokens) findEscape(i, end int) {
	t.escape = end
	if n := bytes.IndexByte(t.v[i:min(end, len(t.v))], '\\'); n >= 0 {
		t.escape = i + n
	}
}

// seek goes on at v[i], which is in no string and not behind the next token.
func (t *tokens) seek(i int) {
	if t.byBytes() {
		t.scanned, t.rest = i, 0
		return
	}
	if i >= t.scanned {
		t.walk(t.v, i)
		return
	}
	if ahead := (i - t.base) / block.Size; ahead > 0 {
		t.k += ahead
		t.base += ahead * block.Size
		t.rest = t.masks[t.k].All()
	}
	t.rest &= ^uint64(0) << (i - t.base)
}

// skip walks past the end of the container whose bracket was the last token, and
// returns the position behind it, or broken if it does not end.
func (t *tokens) skip() int {
	depth := 1
	if t.byBytes() {
		return t.skipBytes()
	}
	for {
		m := &t.masks[t.k]
		var at int
		if at, depth = closeIn(m.Open&t.rest, m.Close&t.rest, depth); depth == 0 {
			t.rest &= ^uint64(0) << at << 1
			return t.base + at + 1
		}
		if t.rest = 0; !t.block() {
			return broken
		}
	}
}

func (t *tokens) skipBytes() int {
	for depth := 1; ; {
		at := t.next()
		switch byteAt(t.v, at) {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1
			}
		case 0:
			return broken
		}
	}
}

// find returns the position of the first token from v[scanned] on, or len(v).
func (t *tokens) find() int {
	for i := t.scanned; i < len(t.v); i++ {
		switch token[t.v[i]] {
		case '"':
			if i = skipString(t.v, i) - 1; i < 0 {
				return len(t.v)
			}
		case '\\':
			// As the masks have it, it escapes a quote outside strings too.
			if c := byteAt(t.v, i+1); c == '"' || c == '\\' {
				i++
			}
		case ',':
			return i
		}
	}
	return len(t.v)
}

// token tells the bytes that matter outside strings.
var token = [256]byte{'{': ',', '[': ',', '}': ',', ']': ',', ',': ',', ':': ',', '"': '"', '\\': '\\'}

// closeIn returns the position of that of the closers in a block which ends the last
// of so many containers, and 0; or how many are open behind the block.
func closeIn(open, closers uint64, depth int) (at, left int) {
	if n := mathbits.OnesCount64(closers); depth > n {
		return 0, depth + mathbits.OnesCount64(open) - n
	}
	for depth > 8 && closers != 0 {
		// Eight bytes from the next closer on cannot close as many.
		window := (closers^(closers-1))<<7 | 0x7F
		depth += mathbits.OnesCount64(open&window) - mathbits.OnesCount64(closers&window)
		open, closers = open&^window, closers&^window
	}
	for ; closers != 0; closers &= closers - 1 {
		before := open & (closers ^ (closers - 1))
		open ^= before
		if depth += mathbits.OnesCount64(before) - 1; depth == 0 {
			return mathbits.TrailingZeros64(closers), 0
		}
	}
	return 0, depth + mathbits.OnesCount64(open)
}
