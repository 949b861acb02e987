package fields

// Selection says how much of a member is wanted.
type Selection uint8

const (
	None Selection = iota // the member is left out
	Part                  // what its own members' selections say
	All                   // the member is kept as it is
)

// Room is the memory in which one walk keeps its places. It is meant to live on
// the stack of whoever walks; masks that need more of it allocate.
type Room [40]*node

// Place is where a walk through a value stands in the mask: on one node, or on
// several where the mask has both "*" and names, as in *(x),b(y) at the member
// b. The nodes of one place are all at the same depth and all different, so
// there are never more of them than the mask has names, and mostly one.
type Place []*node

// Root returns the place of the outermost object, for a walk of its own.
func (m *Mask) Root(room *Room) Place {
	return append(room[:0], m.root)
}

// Member says how much of the member called name is wanted: its name's bytes,
// unescaped. With Part comes the place of the member's own members. It shares
// memory with its siblings, so it holds until the next call on p.
func (p Place) Member(name []byte) (Selection, Place) {
	// Places lie one behind the other in the room, as the walk goes down. The
	// siblings of a place are left when the next one is entered.
	sub := p[len(p):]
	for _, n := range p {
		if n.star != nil {
			if n.star.all {
				return All, nil
			}
			sub = append(sub, n.star)
		}
		if k := n.find(name); k != nil {
			if k.all {
				return All, nil
			}
			sub = append(sub, k)
		}
	}
	if len(sub) == 0 {
		return None, nil
	}
	return Part, sub
}

// A Glance tells some names that are not wanted at a place from no more than their
// length and their ends: enough for most members of a large object.
type Glance uint64

// Glance is good for as long as p is.
func (p Place) Glance() Glance {
	var some uint64
	for _, n := range p {
		some |= n.some
	}
	return Glance(some)
}

// Lacks tells that Member would say None of that name. False says nothing.
func (g Glance) Lacks(name []byte) bool { return g>>sketch(name)&1 == 0 }

// sketch is a number below 64 that a name has with few others.
func sketch(name []byte) uint {
	n := uint(len(name))
	if n == 0 {
		return 0
	}
	return (5*n + uint(name[0]) + 9*uint(name[n-1])) % 64
}
