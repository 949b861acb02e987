// Package block tells, 64 bytes at a time, where a JSON text has its structure: the
// brackets, commas and colons that stand outside its strings. By that it walks through items
// and past them, and it checks what is in strings.
//
// There is one engine, in assembly, and only where the processor has AVX2: in Go alone it
// is faster to look at one byte after the other, with bytes.IndexByte in strings, than to
// make masks. Callers ask [Available] and do that elsewhere. Where the processor has
// AVX-512, a block is one vector instead of two.
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
