package fields

import "encoding/binary"

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
// last two bytes: enough for most members of a large object.
type Glance uint64

// Glance is good for as long as p is.
func (p Place) Glance() Glance {
	var some uint64
	for _, n := range p {
		some |= n.some
	}
	return Glance(some)
}

// Lacks tells that Member would say None of a name that ends with these two bytes, the
// last of them in the upper half. Of a name of one byte, they are a quote and that byte.
// False says nothing, as it does of the empty name.
func (g Glance) Lacks(last uint16) bool { return g>>sketch(last)&1 == 0 }

// Before finds the name that is wanted entirely and stands right before v[colon], in
// quotes and without escapes, and returns the position of its first quote. It is -1 if
// there is none among those that it knows; certain tells that it knows them all.
func (p Place) Before(v []byte, colon int) (first int, certain bool) {
	if len(p) != 1 || !p[0].simple || colon < 8 {
		return -1, false
	}
	w := binary.LittleEndian.Uint64(v[colon-8:])
	for i := range p[0].kids {
		k := &p[0].kids[i]
		if (w^k.end)&k.endBits != 0 {
			continue
		}
		first = colon - len(k.name) - 2
		if len(k.name) <= 6 || first >= 0 && v[first] == '"' && string(v[first+1:colon-1]) == k.name {
			if !k.node.all {
				return -1, false
			}
			return first, true
		}
	}
	return -1, true
}

// sketch is a number below 64 that two bytes have with few others.
func sketch(last uint16) uint { return uint(uint32(last)*0x9E3779B1>>26) & 63 }

// sketches has the bit of a name's sketch, or those of all names if it has no bytes.
func sketches(name string) uint64 {
	if name == "" {
		return ^uint64(0)
	}
	quoted := `"` + name
	n := len(quoted)
	return 1 << sketch(uint16(quoted[n-2])|uint16(quoted[n-1])<<8)
}
