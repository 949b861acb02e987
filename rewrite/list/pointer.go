package list

import (
	"strconv"
	"unicode/utf8"
)

// maxPointer is how long a pointer may be: it is one field of a line in a log.
const maxPointer = 256

// A pointer is a JSON Pointer (RFC 6901) that is being written. It ends before the
// first token that has no room in it, or is no text: then it leads to something
// around the value that is meant.
type pointer struct {
	text []byte
	cut  bool
}

// name adds the name of a member, its escapes undone.
func (p *pointer) name(name []byte) {
	size := 1
	for _, c := range name {
		if size++; c == '~' || c == '/' {
			size++
		}
	}
	if p.cut = p.cut || len(p.text)+size > maxPointer || !utf8.Valid(name); p.cut {
		return
	}
	p.text = append(p.text, '/')
	for _, c := range name {
		switch c {
		case '~':
			p.text = append(p.text, "~0"...)
		case '/':
			p.text = append(p.text, "~1"...)
		default:
			p.text = append(p.text, c)
		}
	}
}

// index adds the place of an element in its array.
func (p *pointer) index(n int64) {
	var digits [20]byte
	p.name(strconv.AppendInt(digits[:0], n, 10))
}

// A level is a container that is open. Of an object it knows the member, of an array
// the element, that has begun or has to come next.
type level struct {
	object bool
	within bool // in that member or element: its name is known, and no value is complete
	index  int64
	name   []byte // as it stands, without quotes
}

// into leads into a JSON text that ends where something is wrong, to what was being
// read there: the member or element that had begun or was expected, else the container
// of which a name, a comma or the end was. What stands before that may be wrong, too:
// only strings and brackets are understood.
func (p *pointer) into(text []byte) {
	levels := make([]level, 0, 16)
	depth := 0 // of which levels has as many as may matter: a token takes a byte at least
	for i := 0; i < len(text); i++ {
		var in *level
		if depth > 0 && depth <= len(levels) {
			in = &levels[depth-1]
		}
		switch c := text[i]; c {
		case '{', '[':
			if depth == len(levels) && depth < maxPointer {
				levels = append(levels, level{object: c == '{', within: c == '['})
			}
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return
			}
			levels = levels[:min(depth, len(levels))]
			if depth == len(levels) {
				levels[depth-1].within = false
			}
		case '"':
			end := skipString(text, i)
			switch named := in != nil && in.object && !in.within; {
			case end == broken:
				end = len(text)
			case named:
				in.name, in.within = text[i+1:end-1], true
			case in != nil:
				in.within = false
			}
			i = end - 1
		case ',':
			if in != nil {
				in.index++
				in.within = !in.object
			}
		case ' ', '\t', '\r', '\n':
			if in != nil && i > 0 && scalar[text[i-1]] {
				in.within = false
			}
		}
	}
	p.through(levels)
}

func (p *pointer) through(levels []level) {
	for _, l := range levels {
		switch {
		case !l.within:
			return
		case l.object:
			p.name(appendUnescaped(nil, l.name))
		default:
			p.index(l.index)
		}
	}
}

// scalar tells the bytes that a number or a literal may end with.
var scalar = func() (t [256]bool) {
	for c := range t {
		t[c] = isDigit(byte(c)) || 'a' <= c && c <= 'z'
	}
	return t
}()

// where leads to what the finder watches: a member on the way to the list, or the
// list. Inside of that it does not know its way.
func (f *finder) where(p *pointer) {
	for _, name := range f.path.names[:min(f.depth, len(f.path.names))] {
		p.name([]byte(name))
	}
	switch f.place {
	case inMembers:
		if !f.within() {
			return
		}
	case inList:
		if f.watch == 1 {
			return // at the root
		}
	case atRoot, beyond:
		return
	}
	name, ok := f.memberName()
	if p.cut = p.cut || !ok; ok {
		p.name(name)
	}
}

// within tells whether a value is being read, or expected, at the watched depth:
// neither a name nor what follows a value.
func (f *finder) within() bool {
	if f.stack.n != f.watch {
		return f.stack.n > f.watch
	}
	switch f.state {
	case stAfter, stName, stNameOrEnd, stEnd:
		return false
	}
	return !f.inName
}

// locate leads to where reading stands, all bytes up to there being where they
// belong. What has gone, because it is left out or has been taken, it cannot look
// into.
func (r *Reader) locate() string {
	var p pointer
	held := !r.opt.CountOnly && !r.streaming
	switch f := &r.find; {
	case f.place == inList && !f.within():
		f.where(&p)
	case f.place == inList && f.stack.n == f.watch && (f.state == stValue || f.state == stValueOrEnd || f.state == stBOM):
		f.where(&p)
		p.index(r.seen)
	case f.place == inList && r.dest == toItem:
		return r.locateIn(r.item)
	case f.place == inList && r.inItem && held:
		return r.locateIn(r.out[r.itemAt:])
	case f.place == inList:
		return r.locateIn(nil)
	case held:
		p.into(r.out)
	default:
		f.where(&p)
	}
	return string(p.text)
}

// locateIn leads into the item that has begun last, of which this has been read.
func (r *Reader) locateIn(item []byte) string {
	var p pointer
	r.find.where(&p)
	p.index(r.seen - 1)
	p.into(item)
	return string(p.text)
}
