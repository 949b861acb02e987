// Command gen writes the AVX2 kernels of package block; see go generate there.
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
		positions(v, kinds)
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

// positions writes a function that lists where the structure is, of the kinds in a table.
func positions(v vectors, kinds Mem) {
	name := "positions" + v.suffix()
	TEXT(name, NOSPLIT, "func(dst *uint32, kinds, p *byte, blocks int, at uint32, state *uint64) (n int)")
	Pragma("noescape")
	Doc(name+" writes the positions of all brackets, commas and colons outside strings in the",
		"blocks of 64 bytes at p, the first of which has position at, and of bytes 0x0C and 0x1A there;",
		"and to kinds which bytes they are. It writes some at a time. state is a State.")
	dst, p, blocks, state := Load(Param("dst"), GP64()), Load(Param("p"), GP64()), Load(Param("blocks"), GP64()), Load(Param("state"), GP64())
	lex := newLexer(v, state)
	lower, structure := v.every(0x20), v.table(kinds)
	var list lister = new(eights)
	if v == whole {
		list = new(sixteens)
	}
	list.begin(Load(Param("at"), GP32()), Load(Param("kinds"), GP64()), p)

	Label("block")
	text, strings := lex.block(p, state, "next")

	Comment("With bit 5 set, each is what the table has for its lower half.")
	list.keep(text)
	mask := v.same(text, func(part reg.VecVirtual) reg.VecVirtual {
		want := v.one()
		VPSHUFB(part, structure, want)
		v.or([]reg.VecVirtual{part}, lower)
		return want
	})
	ANDNQ(mask, strings, mask)
	list.write(mask, dst)

	Label("next")
	ADDQ(U8(64), p)
	list.next()
	DECQ(blocks)
	JNZ(LabelRef("block"))

	lex.save(state)
	VZEROUPPER()
	SUBQ(Load(Param("dst"), GP64()), dst)
	SHRQ(U8(2), dst)
	Store(dst, ReturnIndex(0))
	RET()
	list.others()
}

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
