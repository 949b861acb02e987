// Package block tells, 64 bytes at a time, where a JSON text has its structure: the
// brackets, commas and colons that stand outside its strings. By that it walks through items
// and past them, and it checks what is in strings.
//
// There is one engine, in assembly, and only where the processor has AVX2: in Go alone it
// is faster to look at one byte after the other, with bytes.IndexByte in strings, than to
// make masks. Callers ask [Available] and do that elsewhere. Where the processor has
// AVX-512, a block is one vector instead of two, and positions are listed sixteen at a time.
package block

//go:generate go run ./gen -out kernel_amd64.s -stubs kernel_amd64.go -pkg block

// Size is how many bytes a block has.
const Size = 64

// Brackets are the brackets of a block outside strings: bit i stands for its i-th
// byte.
type Brackets struct {
	Open  uint64 // '{' and '['
	Close uint64 // '}' and ']'
}

// A Structure is Brackets with what stands between names and values.
type Structure struct {
	Brackets
	Comma uint64
	Colon uint64
}

// All are all of them.
func (s *Structure) All() uint64 { return s.Open | s.Close | s.Comma | s.Colon }

// Stops are those that pass looks at one by one: all but commas.
func (s *Structure) Stops() uint64 { return s.Open | s.Close | s.Colon }

// A State is what crosses from block to block, and Seen. The zero State is between
// strings.
type State struct {
	InString uint64 // all bits are set in a string, else none
	Escape   uint64 // 1 behind a backslash that escapes the next byte, else 0
	Seen     uint64 // 1 if there has been a backslash, or the first byte was behind one; the caller clears it
}

// ScanAll finds the structure of len(dst) blocks, the first of which begins at p[0]. It
// panics if p is shorter, or if it is not [Available].
func ScanAll(dst []Structure, p []byte, s *State) {
	if len(dst) == 0 {
		return
	}
	_ = p[len(dst)*Size-1]
	scanAll(dst, p, s)
}

// Index writes to dst where the structure of the blocks of p is, in order, and to kinds
// which bytes stand there, and returns how much of it there is; their first byte has
// position at. Bytes 0x0C and 0x1A outside strings, which are no JSON, may be listed too. It
// panics if dst or kinds has no room for as much as the blocks can have, or if it is not
// [Available].
func Index(dst []uint32, kinds, p []byte, at uint32, s *State) int {
	blocks := len(p) / Size
	if blocks == 0 {
		return 0
	}
	_, _ = dst[blocks*Size-1], kinds[blocks*Size-1]
	return index(dst, kinds, p, blocks, at, s)
}
