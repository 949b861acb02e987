package list

import (
	"bytes"

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
// Between two chunks, depth and state of the walk are all that it knows:
//
//	walk.Depth > 0 while on
//	0 <= items <= room
type skimmer struct {
	on       bool  // in a container
	bytewise bool  // without the block engine, which another processor may lack
	lines    bool  // items stand on lines of their own
	first    byte  // the container's opening bracket
	from     int   // lines: where in the chunk the item begins, or goes on
	room     int64 // how many items more may be skimmed
	items    int64 // how many were
	last     int   // where in the chunk the last of them begins, behind what separates it
	walk     block.Skimming
}

func (s *skimmer) reset() { *s = skimmer{bytewise: s.bytewise} }

// begin skims the container whose bracket has been read, and room items behind it.
func (s *skimmer) begin(bracket byte, room int64) {
	if s.first != bracket {
		s.walk.Follows(nil)
	}
	s.on, s.first, s.walk.Depth, s.room, s.items = true, bracket, 1, room, 0
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
		s.on, s.walk.State = false, block.State{}
	}
	return i, ended
}

// blocks reads as many whole blocks as there are, but for the last bytes of p.
func (s *skimmer) blocks(p []byte, i int) (j int, ended bool) {
	s.walk.Begin()
	for {
		room := s.room - s.items
		if s.walk.Room = room; room <= 0 {
			s.walk.Follows(nil)
		}
		i, ended = block.Skim(p, i, &s.walk)
		if s.walk.Last >= 0 {
			s.items += room - s.walk.Room
			s.last = s.walk.Last + 2
		}
		if !ended {
			return i, false
		}
		if !s.follows(p, i) {
			return i + 1, true
		}
	}
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
	s.walk.Follows(p[at : next+1])
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
	if s.walk.Escape != 0 {
		s.walk.Escape = 0
		i = s.escape(p, i-1)
	}
	if s.walk.InString != 0 {
		i = s.text(p, i)
	}
	depth := s.walk.Depth
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
	s.walk.Depth = depth
	return i, false
}

// text reads a string from p[i] to the byte behind its last quote.
func (s *skimmer) text(p []byte, i int) int {
	s.walk.InString = ^uint64(0)
	for i < len(p) {
		if i = skipPlain(p, i); i == len(p) {
			break
		}
		if p[i] == '"' {
			s.walk.InString = 0
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
		s.walk.Escape = 1
		return i
	}
	if p[i] == '"' || p[i] == '\\' {
		i++
	}
	return i
}

// bracket tells the bytes that matter outside strings, brackets without their kind.
var bracket = [256]byte{'{': '{', '[': '{', '}': '}', ']': '}', '"': '"', '\\': '\\'}
