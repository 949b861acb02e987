// Command engines measures how fast the list engine is beside the libraries
// that one would take in its place: gjson, sonic, jsontext and encoding/json.
// ./xcaddy.sh bench engines runs it. It is a module of its own, so that what it
// compares with never becomes what the product needs.
//
// Each does three works on a list of about 16 MB that lies in memory, each in
// the fastest way that we found for it:
//
//   - boundaries: find the end of every item;
//   - page: write the first hundred items, and read no further;
//   - project: write every item with four of its members.
//
// What they write is compared once, as decoded values, before anything is
// timed. What each of them does not check is said at its type: none is slower
// because it is asked for more than it gives, but the product's engine checks
// more than the fastest of them.
package main

// An engine does the three works. It keeps its memory for the next time, and
// appends what it writes to dst, which has room from the time before.
type engine interface {
	// boundaries finds the end of every item, and tells how many there are.
	boundaries(body []byte) (int, error)

	// page writes a list of the first n items.
	page(dst, body []byte, n int) ([]byte, error)

	// project writes a list of all items, each with the members that the shape
	// names. The order of members is the engine's.
	project(dst, body []byte, s shape) ([]byte, error)
}

// engines are the contenders. The first is what the others are compared with.
var engines = []struct {
	name string
	make func() engine
}{
	{"ours", func() engine { return &ours{chunk: 32 << 10} }}, // as a proxy's buffer
	{"ours-whole", func() engine { return &ours{} }},
	{"gjson", func() engine { return gjsonEngine{} }},
	{"sonic", func() engine { return new(sonicEngine) }},
	{"jsontext", func() engine { return new(jsontextEngine) }},
	{"encoding-json", func() engine { return new(stdEngine) }},
}

// separate writes what stands before an item of a list.
func separate(dst []byte, first bool) []byte {
	if first {
		return append(dst, '[')
	}
	return append(dst, ',')
}
