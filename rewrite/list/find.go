package list

import "bytes"

// A place says where the finder is.
type place uint8

const (
	atRoot    place = iota // before the root value
	inMembers              // among the members of an object on the path
	inProbe                // at the first element of an array that may be the list
	inList                 // among the items
	beyond                 // behind all that could be the list
)

// A found says what an event means for the list.
type found uint8

const (
	nothing   found = iota
	listOpen        // '[' of the list has been read
	itemFirst       // the first byte of the first item of a list that it makes one
	itemStart       // the first byte of an item has been read
	itemEnd         // an item is complete
	itemComma       // the comma behind an item has been read
	listClose       // ']' of the list has been read
	twice           // the list begins a second time
)

// A finder steers a scanner to the list: it moves the watched depth along the
// path and translates the scanner's events. Behind the list it goes on looking
// for the same list, because a repeated member would be another answer to
// parsers that take the last of them.
type finder struct {
	scanner
	skim  skimmer
	plain []byte // scratch: a name without its escapes
	search
}

// A search is how far a finder has come.
type search struct {
	path  Path
	place place
	depth int   // how many names of the path lead to the members that we are among
	match bool  // the member named last is the path's next
	lines bool  // the body is a list of lines
	line  int64 // where a line feed is, not before some position that has been passed
	empty bool  // auto: a top-level empty array was seen before any list
	done  bool  // the list has been found
}

func (f *finder) reset(p Path, lines bool) {
	f.scanner.reset()
	f.skim.reset()
	f.search, f.plain = search{path: p, lines: lines, line: -1}, f.plain[:0]
	if lines {
		f.path = Path{}
		f.resetLines()
	}
}

// next reads p from i to the next thing that matters, like scanner.next.
func (f *finder) next(p []byte, i int) (int, found, bool) {
	if f.lines {
		return f.nextLine(p, i)
	}
	for {
		j, ev := f.read(p, i)
		switch ev {
		case evNone:
			return j, nothing, true
		case evError:
			return j, nothing, false
		}
		var first byte
		if ev == evStart {
			first = p[j-1]
		}
		if what := f.on(ev, first); what != nothing {
			return j, what, true
		}
		i = j
	}
}

// read reads p from i to the next event.
func (f *finder) read(p []byte, i int) (int, event) {
	if !f.skim.on {
		return f.scanner.next(p, i)
	}
	j, ended := f.skim.next(p, i)
	return f.skimmed(p, j, ended)
}

// skimmed goes on where the skimmer has stopped.
func (f *finder) skimmed(p []byte, j int, ended bool) (int, event) {
	if !ended {
		return j, evNone
	}
	// To the scanner, what has been skimmed is a container that ends where it began.
	if f.state = stAfter; p[j-1] != closing(f.skim.first) {
		return j, f.afterValue(p[j-1], j-1)
	}
	return j, f.closeContainer()
}

// skipItem skims the item whose first byte, c, has just been read, and as many as
// room behind it. Only a container is worth it.
func (f *finder) skipItem(c byte, room int64) {
	if c == '{' || c == '[' {
		f.skim.begin(c, room)
	}
}

// passItem goes on behind the object that has begun, which has been read elsewhere.
func (f *finder) passItem() {
	f.state = stAfter
	f.closeContainer()
}

// on moves along the path. first is the first byte of a value that has begun.
func (f *finder) on(ev event, first byte) found {
	switch f.place {
	case inList:
		return f.onItem(ev)
	case atRoot:
		if ev == evStart {
			return f.onRoot(first)
		}
	case inMembers:
		return f.onMember(ev, first)
	case inProbe:
		return f.onProbe(ev, first)
	}
	return nothing
}

func (f *finder) onRoot(c byte) found {
	switch c {
	case '[':
		return f.open()
	case '{':
		f.place, f.watch = inMembers, 1
	default:
		f.leave()
	}
	return nothing
}

func (f *finder) onMember(ev event, first byte) found {
	switch ev {
	case evName:
		f.match = f.wanted()
	case evStart:
		if f.match {
			return f.onWanted(first)
		}
	case evClose:
		// The object on the path has ended without the list in it: its parent
		// may repeat the member.
		if f.depth == 0 {
			f.leave()
			return nothing
		}
		f.depth--
		f.watch--
	}
	return nothing
}

// onWanted goes into the value of a member that the path names.
func (f *finder) onWanted(c byte) found {
	last := f.path.Auto() || f.depth == len(f.path.names)-1
	switch {
	case c == '[' && f.path.Auto():
		f.place, f.watch = inProbe, f.watch+1
	case c == '[' && last:
		return f.open()
	case c == '{' && !last:
		f.depth++
		f.watch++
	}
	return nothing
}

// onProbe judges an array by its first element: only an array of objects is a
// list that can be found without being named.
func (f *finder) onProbe(ev event, first byte) found {
	f.place = inMembers
	if ev == evClose {
		f.empty = true
		f.watch--
		return nothing
	}
	f.watch--
	if first != '{' {
		return nothing
	}
	// From here on the list has a name, and only that name can repeat it.
	f.path = unmatchable
	if name, ok := f.memberName(); ok {
		f.path = Path{names: []string{string(name)}}
	}
	f.watch++
	f.place = inList
	f.done = true
	return itemFirst
}

func (f *finder) onItem(ev event) found {
	switch ev {
	case evStart:
		return itemStart
	case evEnd:
		return itemEnd
	case evComma:
		return itemComma
	case evClose:
		f.place = inMembers // of what is around it; nothing is around the root
		f.watch--
		return listClose
	}
	return nothing
}

func (f *finder) open() found {
	if f.done {
		return twice
	}
	f.done = true
	f.place = inList
	f.watch++
	return listOpen
}

// leave stops watching: the rest is only checked.
func (f *finder) leave() { f.place, f.watch = beyond, -1 }

// emptyList tells whether an empty array is the list that was looked for, if no
// other has been found. Only the root value's end can tell.
func (f *finder) emptyList() bool { return f.empty && !f.done && f.state == stEnd }

// wanted tells whether the member just named is the path's next. Automatically,
// every top-level member is, until the list is found.
func (f *finder) wanted() bool {
	if f.path.Auto() {
		return true
	}
	name, ok := f.memberName()
	return ok && string(name) == f.path.names[f.depth]
}

// unmatchable is the path to a member whose name is too long to be compared: no
// name is invalid UTF-8.
var unmatchable = Path{names: []string{"\xFF"}}

// memberName is the last member's name without its escapes, valid until the next
// one, if it is not too long to be known.
func (f *finder) memberName() ([]byte, bool) {
	if len(f.name) > maxName {
		return nil, false
	}
	if bytes.IndexByte(f.name, '\\') < 0 {
		return f.name, true
	}
	f.plain = appendUnescaped(f.plain[:0], f.name)
	return f.plain, true
}
