// Command gen writes the kernels of package block, in AVX2 and AVX-512; see go generate there.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	kinds := tokens()
	for _, v := range []vectors{halves, whole} {
		skim(v)
		structure(v)
		bitmaps(v, kinds)
	}
	walk()
	text()
	Generate()
}

// structure writes a function that makes masks of each block.
func structure(v vectors) {
	name := "structure" + v.suffix()
	TEXT(name, NOSPLIT, "func(dst *uint64, p *byte, blocks int, state *uint64)")
	Pragma("noescape")
	Doc(name+" writes 4 masks for each block of 64 bytes at p: openers, closers, commas and colons,",
		"outside strings. state is a State.")
	dst, p, blocks, state := Load(Param("dst"), GP64()), Load(Param("p"), GP64()), Load(Param("blocks"), GP64()), Load(Param("state"), GP64())
	lex := newLexer(v, state)
	open, closer, comma, colon, lower := v.every('{'), v.every('}'), v.every(','), v.every(':'), v.every(0x20)

	Label("block")
	text, strings := lex.block(p, state, "text")
	outside := func(mask reg.GPVirtual, i int) {
		ANDNQ(mask, strings, mask)
		MOVQ(mask, Mem{Base: dst, Disp: 8 * i})
	}
	outside(v.equal(text, comma), 2)
	outside(v.equal(text, colon), 3)
	Comment("With bit 5 set, both openers are '{' and both closers '}'.")
	v.or(text, lower)
	outside(v.equal(text, open), 0)
	outside(v.equal(text, closer), 1)

	Label("next")
	ADDQ(U8(64), p)
	ADDQ(U8(32), dst)
	DECQ(blocks)
	JNZ(LabelRef("block"))

	lex.save(state)
	VZEROUPPER()
	RET()

	Label("text")
	for i := range 4 {
		MOVQ(U32(0), Mem{Base: dst, Disp: 8 * i})
	}
	JMP(LabelRef("next"))
}

// bitmaps writes a function that maps where the structure is, of the kinds in a table.
func bitmaps(v vectors, kinds Mem) {
	name := "bitmaps" + v.suffix()
	TEXT(name, NOSPLIT, "func(dst *uint64, p *byte, blocks int, state *uint64)")
	Pragma("noescape")
	Doc(name+" writes 3 masks for each block of 64 bytes at p, to the words of a Map: brackets, commas",
		"and colons outside strings, and bytes 0x0C and 0x1A there; openers; and closers. state is a",
		"State.")
	dst, p, blocks, state := Load(Param("dst"), GP64()), Load(Param("p"), GP64()), Load(Param("blocks"), GP64()), Load(Param("state"), GP64())
	lex := newLexer(v, state)
	open, closer, lower, structure := v.every('{'), v.every('}'), v.every(0x20), v.table(kinds)

	Label("block")
	text, strings := lex.block(p, state, "text")
	outside := func(mask reg.GPVirtual, disp int) {
		ANDNQ(mask, strings, mask)
		MOVQ(mask, Mem{Base: dst, Disp: disp})
	}
	Comment("With bit 5 set, each is what the table has for its lower half, both openers are '{',",
		"and both closers '}'.")
	outside(v.same(text, func(part reg.VecVirtual) reg.VecVirtual {
		want := v.one()
		VPSHUFB(part, structure, want)
		v.or([]reg.VecVirtual{part}, lower)
		return want
	}), 0)
	outside(v.equal(text, open), mapOpen)
	outside(v.equal(text, closer), mapClose)

	Label("next")
	ADDQ(U8(64), p)
	ADDQ(U8(8), dst)
	DECQ(blocks)
	JNZ(LabelRef("block"))

	lex.save(state)
	VZEROUPPER()
	RET()

	Label("text")
	for _, disp := range []int{0, mapOpen, mapClose} {
		MOVQ(U32(0), Mem{Base: dst, Disp: disp})
	}
	JMP(LabelRef("next"))
}

// Where a Map has its words, but for all of them, which are at its beginning.
const (
	mapOpen  = 8 * (1024 + 8)
	mapClose = 2 * mapOpen
)

// tokens is a table of brackets, the comma and the colon by the lower halves of
// their bytes.
func tokens() Mem {
	table := GLOBL("tokens", RODATA|NOPTR)
	for i, c := range [16]byte{10: ':', 11: '{', 12: ',', 13: '}'} {
		DATA(i, U8(c))
	}
	return table
}

// escapes takes out of quotes those that are escaped, and leaves in escape whether
// the next block's first byte is. A run of backslashes that begins at an even place
// escapes what stands at even places behind it and the other way round; a
// subtraction that carries through the runs tells them apart.
func escapes(backslashes, escape, quotes reg.GPVirtual) {
	begin, series, escaped, odd := GP64(), GP64(), GP64(), GP64()
	MOVQ(U64(0xAAAAAAAAAAAAAAAA), odd)
	MOVQ(escape, begin)
	ANDNQ(backslashes, begin, begin) // those not escaped by the block before
	MOVQ(begin, series)
	SHLQ(U8(1), series)
	ORQ(odd, series)
	SUBQ(begin, series)
	XORQ(odd, series)
	MOVQ(backslashes, escaped)
	ORQ(escape, escaped)
	XORQ(series, escaped)
	ANDNQ(quotes, escaped, quotes)
	MOVQ(series, escape)
	ANDQ(backslashes, escape)
	SHRQ(U8(63), escape)
}

// prefixXor returns the parity of the bits up to each bit: a multiplication without
// carries by all ones.
func prefixXor(bits reg.GPVirtual, ones reg.VecVirtual) reg.GPVirtual {
	x, parity := XMM(), GP64()
	VMOVQ(bits, x)
	VPCLMULQDQ(U8(0), ones, x, x)
	VMOVQ(x, parity)
	return parity
}
