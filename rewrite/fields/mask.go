package fields

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// manyKids is the number of names at one place from which a map finds a name
// faster than comparing one after the other does.
const manyKids = 12

// Mask says which members of an object are wanted, by name and to any depth.
// It does not change once it is made, so goroutines may share it.
type Mask struct {
	root *node
}

// node is a place in the tree of names. A name occurs once among the kids of a
// node, however often the mask mentions it. Three states, never mixed once
// settle has run:
//
//	all            the value is wanted as it is; no kids, no star
//	kids and star  some members are wanted; those in kids also match star,
//	               which is why a walk stands on several nodes at once
//	star is all    every member is wanted; no kids, star says it all
type node struct {
	all    bool
	star   *node            // what "*" selects, nil where the mask has none
	kids   []kid            // what names select
	index  map[string]*node // the same as kids, where they are many
	simple bool             // few names, all of them plain
	some   uint64           // has the sketches of the names that are wanted
}

type kid struct {
	name    string // unescaped
	node    *node
	end     uint64 // the last eight bytes of the name in quotes, or all there are
	endBits uint64 // which of its bits count
}

func newKid(name string, n *node) kid {
	k := kid{name: name, node: n}
	quoted := `"` + name + `"`
	quoted = quoted[max(0, len(quoted)-8):]
	for i := range len(quoted) {
		shift := 8 * (8 - len(quoted) + i)
		k.end |= uint64(quoted[i]) << shift
		k.endBits |= 0xFF << shift
	}
	return k
}

// plain tells whether a name may stand in a JSON text as it is.
func plain(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == '"' || c == '\\' {
			return false
		}
	}
	return utf8.ValidString(name)
}

// find returns the kid of that name, or nil.
func (n *node) find(name []byte) *node {
	if n.index != nil {
		return n.index[string(name)]
	}
	for i := range n.kids {
		if k := &n.kids[i]; k.name == string(name) {
			return k.node
		}
	}
	return nil
}

// grow returns the kid of that name, made if there was none.
func (n *node) grow(name string) *node {
	if found := n.find([]byte(name)); found != nil {
		return found
	}
	grown := &node{}
	n.kids = append(n.kids, newKid(name, grown))
	n.some |= sketches(name)
	switch {
	case n.index != nil:
		n.index[name] = grown
	case len(n.kids) > manyKids:
		n.index = make(map[string]*node, 2*len(n.kids))
		for _, k := range n.kids {
			n.index[k.name] = k.node
		}
	}
	return grown
}

// growStar returns what "*" selects, made if there was none.
func (n *node) growStar() *node {
	if n.star == nil {
		n.star = &node{}
		n.some = ^uint64(0)
	}
	return n.star
}

// settle drops what a wider selection beside it covers and puts the kids in
// order, so that String depends less on how the mask was written.
func (n *node) settle() {
	if n.all || (n.star != nil && n.star.all) {
		n.kids, n.index = nil, nil
	}
	if n.all {
		n.star = nil
	}
	slices.SortFunc(n.kids, func(a, b kid) int { return strings.Compare(a.name, b.name) })
	for _, k := range n.kids {
		k.node.settle()
	}
	if n.star != nil {
		n.star.settle()
	}
	n.simple = n.star == nil && len(n.kids) <= manyKids
	for _, k := range n.kids {
		n.simple = n.simple && plain(k.name)
	}
}

// absorb adds the selections of other, of which it keeps nothing.
func (n *node) absorb(other *node) {
	n.all = n.all || other.all
	for _, k := range other.kids {
		n.grow(k.name).absorb(k.node)
	}
	if other.star != nil {
		n.growStar().absorb(other.star)
	}
}

// Union returns a mask that selects what any of the masks selects. Nil masks
// are passed over; without any other the union is nil. The limits of Parse do
// not apply to it.
func Union(masks ...*Mask) *Mask {
	root := &node{}
	for _, m := range masks {
		if m != nil {
			root.absorb(m.root)
		}
	}
	if len(root.kids) == 0 && root.star == nil {
		return nil
	}
	root.settle()
	return &Mask{root}
}

// String returns a text from which Parse makes the same mask in either syntax,
// as long as it is within the limits. Masks that differ only in the order of
// names, in repetitions, grouping, escapes, or in selections that a wider one
// beside them covers (a,a/b or *,a) have the same text. Others may differ
// though they select the same, as *(x),a(x) and *(x) do.
func (m *Mask) String() string {
	if m == nil {
		return ""
	}
	var b strings.Builder
	m.root.write(&b)
	return b.String()
}

// write writes what n selects: a list, without the parentheses around it.
func (n *node) write(b *strings.Builder) {
	if n.star != nil {
		b.WriteByte('*')
		n.star.writeBelow(b)
	}
	for i, k := range n.kids {
		if i > 0 || n.star != nil {
			b.WriteByte(',')
		}
		writeName(b, k.name)
		k.node.writeBelow(b)
	}
}

// writeBelow writes what follows a name: nothing, a path or a group.
func (n *node) writeBelow(b *strings.Builder) {
	names := len(n.kids)
	if n.star != nil {
		names++
	}
	switch {
	case names == 1:
		b.WriteByte('/')
		n.write(b)
	case names > 1:
		b.WriteByte('(')
		n.write(b)
		b.WriteByte(')')
	}
}

// writeName escapes "." whatever the syntax, so that the text does not depend
// on it.
func writeName(b *strings.Builder, name string) {
	for i := range len(name) {
		if special(name[i], Dotted) || blank(name[i]) {
			b.WriteByte('\\')
		}
		b.WriteByte(name[i])
	}
}
