package list

import (
	"bytes"
	mathbits "math/bits"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list/internal/block"
)

// A skimmer follows a container from its opening bracket to the one that closes
// it, for items that nobody gets. Of what is inside it understands strings and
// brackets, and no more: not even which bracket closes which. That is a tenth of
// the work of reading it, and all that it takes to know where it ends.
//
// Where the next item follows at once and begins with the same bracket, it goes on
// with it; whatever else stands between items is the scanner's. So the list itself,
// its commas and the items that are no containers are checked as ever.
//
// Between two chunks, depth and state are all that it knows:
//
//	depth > 0 while on
//	0 <= items <= room
type skimmer struct {
	on       bool  // in a container
	bytewise bool  // without the block engine, which another processor may lack
	lines    bool  // items stand on lines of their own
	first    byte  // the container's opening bracket
	from     int   // lines: where in the chunk the item begins, or goes on
	depth    int   // how many are open, counted from it
	room     int64 // how many items more may be skimmed
	items    int64 // how many were
	last     int   // where in the chunk the last of them begins, behind what separates it
	state    block.State
	masks    [64]block.Brackets // scratch: 4 KB of a chunk
}

func (s *skimmer) reset() { *s = skimmer{bytewise: s.bytewise} }

// begin skims the container whose bracket has been read, and room items behind it.
func (s *skimmer) begin(bracket byte, room int64) {
	s.on, s.first, s.depth, s.room, s.items = true, bracket, 1, room, 0
}

// take is how many items more have begun since it was asked last.
func (s *skimmer) take() int64 {
	n := s.items
	s.items, s.room = 0, s.room-n
	return n
}

// next reads p from i to the end of the last container that may be skimmed, and
// tells whether it has been reached: it ends before p[j].
func (s *skimmer) next(p []byte, i int) (j int, ended bool) {
	s.from = i
	if block.Available && !s.bytewise {
		i, ended = s.blocks(p, i)
	}
	if !ended {
		i, ended = s.bytes(p, i)
	}
	if ended {
		s.on, s.state = false, block.State{}
	}
	return i, ended
}

// blocks reads as many whole blocks as there are.
func (s *skimmer) blocks(p []byte, i int) (j int, ended bool) {
	// An item may end soon: at first few blocks are looked at, then more.
	for ahead := 1; len(p)-i >= block.Size; ahead = min(2*ahead, len(s.masks)) {
		masks := s.masks[:min(ahead, (len(p)-i)/block.Size)]
		block.Scan(masks, p[i:], &s.state)
		depth := s.depth
		for k := range masks {
			open, closers := masks[k].Open, masks[k].Close
			if n := mathbits.OnesCount64(closers); depth > n {
				depth += mathbits.OnesCount64(open) - n
				continue
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
				depth += mathbits.OnesCount64(before) - 1
				if depth > 0 {
					continue
				}
				at := i + k*block.Size + mathbits.TrailingZeros64(closers)
				if !s.follows(p, at) {
					return at + 1, true
				}
			}
			depth += mathbits.OnesCount64(open)
		}
		s.depth = depth
		i += len(masks) * block.Size
	}
	return i, false
}

// follows tells whether the container that ends with p[at] is followed by another
// that may be skimmed too.
func (s *skimmer) follows(p []byte, at int) bool {
	if s.lines {
		return s.followsLine(p, at)
	}
	if s.items >= s.room || p[at] != closing(s.first) || byteAt(p, at+1) != ',' {
		return false
	}
	next := at + 2
	if next < len(p) && p[next] != s.first {
		next = skipSpace(p, next)
	}
	if byteAt(p, next) != s.first {
		return false
	}
	s.last = at + 2
	s.items++
	return true
}

// followsLine is follows for items that stand on lines of their own. None of them may
// have a line feed in it.
func (s *skimmer) followsLine(p []byte, at int) bool {
	next := at + 1
	if byteAt(p, next) == '\r' {
		next++
	}
	if s.items >= s.room || p[at] != closing(s.first) || byteAt(p, next) != '\n' ||
		byteAt(p, next+1) != s.first || bytes.IndexByte(p[s.from:at], '\n') >= 0 {
		return false
	}
	s.from, s.last = next+1, next+1
	s.items++
	return true
}

// closing is the bracket that closes what another opens: in ASCII, both pairs have
// one character between them.
func closing(bracket byte) byte { return bracket + 2 }

// bytes reads p byte by byte.
func (s *skimmer) bytes(p []byte, i int) (j int, ended bool) {
	if s.state.Escape != 0 {
		s.state.Escape = 0
		i = s.escape(p, i-1)
	}
	if s.state.InString != 0 {
		i = s.text(p, i)
	}
	depth := s.depth
	for i < len(p) {
		c := bracket[p[i]]
		for i++; c == 0 && i < len(p); i++ {
			c = bracket[p[i]]
		}
		switch c {
		case '"':
			i = s.text(p, i)
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 && !s.follows(p, i-1) {
				return i, true
			}
		case '\\':
			i = s.escape(p, i-1)
		}
	}
	s.depth = depth
	return i, false
}

// text reads a string from p[i] to the byte behind its last quote.
func (s *skimmer) text(p []byte, i int) int {
	s.state.InString = ^uint64(0)
	for i < len(p) {
		if i = skipPlain(p, i); i == len(p) {
			break
		}
		if p[i] == '"' {
			s.state.InString = 0
			return i + 1
		}
		i = s.escape(p, i)
	}
	return i
}

// escape reads the backslash p[i], and the byte behind it if that matters.
func (s *skimmer) escape(p []byte, i int) int {
	i++
	if i == len(p) {
		s.state.Escape = 1
		return i
	}
	if p[i] == '"' || p[i] == '\\' {
		i++
	}
	return i
}

// bracket tells the bytes that matter outside strings, brackets without their kind.
var bracket = [256]byte{'{': '{', '[': '{', '}': '}', ']': '}', '"': '"', '\\': '\\'}
