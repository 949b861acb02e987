package style

import (
	"fmt"
	"strconv"
	"strings"
)

// A Shape is a body of a style's. It is compiled from a template: a JSON object in
// which slots stand for what is known of the page, or of an error. A page's may be
// "$list", the array alone.
//
//	{"count":$total,"next":$next,"results":$list}
//
// A slot is a "$" and a name of [slots] or [errorSlots]. Where there is nothing to
// say (no next page, no total), "null" stands in its place; with "?" behind the
// name the member is left out, and with it every object and array that has no
// member left; with "!" an empty string stands there. "$name", in place of a
// member's name, is what the list is called.
type Shape struct {
	root node
	name bool // the list has a name of its own
}

// Bare is the body that is nothing but the list.
var Bare = &Shape{root: node{slot: "list"}}

// A node is one value of a template.
type node struct {
	text    string // a constant, as JSON
	slot    slot   // else a slot
	empty   string // what stands where the slot has nothing; "": the member is left out
	open    byte   // of an object or an array
	close   byte
	members []member
}

type member struct {
	key   string // as JSON, with the colon; empty in an array
	value node
}

// A filler appends what a slot stands for. It reports false where there is nothing.
type filler func(dst []byte, s slot) ([]byte, bool)

// append appends the value. It reports false, and has appended nothing, where the
// member that it belongs to is left out.
func (n *node) append(dst []byte, fill filler) ([]byte, bool) {
	was := len(dst)
	switch {
	case n.open != 0:
		return n.appendMembers(dst, fill)
	case n.text != "":
		return append(dst, n.text...), true
	}
	if dst, ok := fill(dst, n.slot); ok {
		return dst, true
	}
	return append(dst[:was], n.empty...), n.empty != ""
}

func (n *node) appendMembers(dst []byte, fill filler) ([]byte, bool) {
	begin := len(dst)
	dst = append(dst, n.open)
	for i := range n.members {
		was := len(dst)
		if was > begin+1 {
			dst = append(dst, ',')
		}
		dst = append(dst, n.members[i].key...)
		var ok bool
		if dst, ok = n.members[i].value.append(dst, fill); !ok {
			dst = dst[:was]
		}
	}
	if len(dst) == begin+1 {
		return dst[:begin], false
	}
	return append(dst, n.close), true
}

// A slot is something that is known of a page.
type slot string

// slots are those of a page.
var slots = map[slot]string{
	"list":        "the items, as the upstream wrote them",
	"items":       "how many items the page has",
	"limit":       "how many it may have",
	"offset":      "how many stand before it",
	"total":       "how many there are in all",
	"count":       "how many there are in all, where the client asks for it",
	"left":        "how many follow, where some do",
	"page":        "the page's number",
	"next_page":   "the next page's number",
	"prev_page":   "the number of the page before",
	"pages":       "how many pages there are",
	"more":        "whether an item follows, or comes before a page that was asked for by what it ends before",
	"begin":       "whether it is the first page",
	"end":         "whether it is the last page",
	"empty":       "whether it has no items",
	"next":        "the URL of the next page",
	"prev":        "the URL of the page before",
	"first":       "the URL of the first page",
	"last":        "the URL of the last page",
	"self":        "the URL of the page",
	"cursor":      "the cursor of the next page, or the key of the last item",
	"prev_cursor": "the cursor of the page before, or the key of the first item",
	"path":        "the path of the list",
	"range":       "which items of how many it has, as in Content-Range",
}

// onlyList is the template of a body that is the array alone.
const onlyList = "$list"

// ParseShape compiles the template of a page. name is what the list is called.
func ParseShape(template, name string) (*Shape, error) {
	p := shapeParser{text: template, name: name, slots: slots}
	s := p.shape()
	if p.err == nil && p.lists != 1 {
		p.at = 0
		p.fail("the body must have $list once")
	}
	return s, p.err
}

// Names tells whether the template has a name for the list.
func (s *Shape) Names() bool { return s.name }

// A shapeParser reads a template. After the first error it reads on and says
// nothing more.
type shapeParser struct {
	text, name string
	slots      map[slot]string
	at         int
	lists      int
	named      bool
	err        error
}

func (p *shapeParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("character %d of the body: %s", p.at+1, fmt.Sprintf(format, args...))
	}
	p.at = len(p.text)
}

func (p *shapeParser) blank() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *shapeParser) shape() *Shape {
	s := &Shape{root: p.value()}
	p.blank()
	switch {
	case p.err == nil && p.at < len(p.text):
		p.fail("something stands behind it")
	case p.err == nil && s.root.open != '{' && s.root.text != "{}" && s.root.slot != "list":
		p.at = 0
		p.fail("the body must be an object or $list")
	}
	s.name = p.named
	return s
}

// sees reads c if it is next.
func (p *shapeParser) sees(c byte) bool {
	p.blank()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *shapeParser) value() node {
	switch {
	case p.sees('{'):
		return p.members(node{open: '{', close: '}'})
	case p.sees('['):
		return p.members(node{open: '[', close: ']'})
	case p.sees('$'):
		return p.slot()
	}
	return node{text: p.constant()}
}

// members reads what stands in an object or an array.
func (p *shapeParser) members(n node) node {
	if p.sees(n.close) {
		return node{text: string([]byte{n.open, n.close})}
	}
	for p.err == nil {
		key := ""
		if n.open == '{' {
			key = p.key()
		}
		n.members = append(n.members, member{key, p.value()})
		switch {
		case p.sees(','):
		case p.sees(n.close):
			return n
		default:
			p.fail("a comma or a %q is missing", n.close)
		}
	}
	return n
}

// key reads a member's name and the colon.
func (p *shapeParser) key() string {
	key := p.constant()
	switch {
	case p.err == nil && !strings.HasPrefix(key, `"`):
		p.fail("a member needs a name in quotes")
	case key == `"$name"`:
		p.named = true
		key = strconv.Quote(p.name)
	}
	if !p.sees(':') {
		p.fail("a colon is missing")
	}
	return key + ":"
}

func (p *shapeParser) slot() node {
	start := p.at
	for p.at < len(p.text) && (p.text[p.at] == '_' || 'a' <= p.text[p.at] && p.text[p.at] <= 'z') {
		p.at++
	}
	n := node{slot: slot(p.text[start:p.at]), empty: "null"}
	if p.slots[n.slot] == "" {
		p.at = start - 1
		p.fail("there is no slot $%s", n.slot)
		return n
	}
	if n.slot == "list" {
		p.lists++
	}
	switch {
	case p.sees('?'):
		n.empty = ""
	case p.sees('!'):
		n.empty = `""`
	}
	return n
}

// constant reads a string, a number or a literal.
func (p *shapeParser) constant() string {
	p.blank()
	start := p.at
	if p.at < len(p.text) && p.text[p.at] == '"' {
		for p.at++; p.at < len(p.text) && p.text[p.at] != '"'; p.at++ {
			if p.text[p.at] == '\\' || p.text[p.at] < ' ' {
				p.fail("a string must have no escapes and no control characters")
				return ""
			}
		}
		if p.at >= len(p.text) {
			p.fail("a string has no end")
			return ""
		}
		p.at++
		return p.text[start:p.at]
	}
	for p.at < len(p.text) && strings.IndexByte("+-.0123456789abcdefghijklmnopqrstuvwxyzE", p.text[p.at]) >= 0 {
		p.at++
	}
	switch text := p.text[start:p.at]; text {
	case "true", "false", "null":
		return text
	default:
		if _, err := strconv.ParseInt(text, 10, 64); err != nil || strings.HasPrefix(text, "+") || len(text) > 1 && text[0] == '0' {
			p.at = start
			p.fail("a string, a whole number, true, false, null, an object, an array or a slot is missing")
		}
		return text
	}
}
