package block

import "math/bits"

// MapBlocks is how many blocks a Map has room for.
const MapBlocks = 1024

// Words have a bit for each byte of a text: bit i of word k is for byte i of block k. Behind
// the blocks that have been drawn there are words without bits.
type Words [MapBlocks + 8]uint64

// A Map tells where the structure of a text is. Bytes 0x0C and 0x1A outside strings, which are
// no JSON, may be among All.
type Map struct {
	All   Words // brackets, commas and colons
	Open  Words // '{' and '['
	Close Words // '}' and ']'
}

// Draw maps the blocks of p, the first of which is block k of the map. It panics if there is no
// room for them, or if it is not [Available].
func (m *Map) Draw(k int, p []byte, s *State) {
	blocks := len(p) / Size
	if blocks > 0 {
		_ = m.All[:MapBlocks][k+blocks-1]
		draw(&m.All[k], p, blocks, s)
	}
	for _, w := range []*Words{&m.All, &m.Open, &m.Close} {
		clear(w[k+blocks:][:2]) // whoever reads at any bit reads as many as a word has
	}
}

// Keep forgets the blocks before block from, of the to blocks that have been drawn. It is the
// first one then.
func (m *Map) Keep(from, to int) {
	for _, w := range []*Words{&m.All, &m.Open, &m.Close} {
		copy(w[:], w[from:to+2])
	}
}

// Next returns the position of the first bit from bit i on, and whether there is one before
// bit end, the end of a block.
func (w *Words) Next(i, end int) (at int, ok bool) {
	for i < end {
		if rest := w[i/Size] >> (i % Size); rest != 0 {
			return i + bits.TrailingZeros64(rest), true
		}
		i = (i/Size + 1) * Size
	}
	return end, false
}
