// Command gen writes the AVX2 kernels of package block; see go generate there.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	kernel("brackets", 2, "openers and closers")
	kernel("structure", 4, "openers, closers, commas and colons")
	positions()
	walk()
	Generate()
}

// kernel writes a function that makes so many masks of each block.
func kernel(name string, masks int, of string) {
	TEXT(name, NOSPLIT, "func(dst *uint64, p *byte, blocks int, state *uint64)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s writes %d masks for each block of 64 bytes at p: %s, outside strings.", name, masks, of),
		"state is a State.")
	dst, p, blocks, state := Load(Param("dst"), GP64()), Load(Param("p"), GP64()), Load(Param("blocks"), GP64()), Load(Param("state"), GP64())
	lex := newLexer(state)
	open, closer, lower := every('{'), every('}'), every(0x20)
	var comma, colon reg.VecVirtual
	if masks > 2 {
		comma, colon = every(','), every(':')
	}

	Label("block")
	low, high, strings := lex.block(p, state, "text")
	outside := func(mask reg.GPVirtual, i int) {
		ANDNQ(mask, strings, mask)
		MOVQ(mask, Mem{Base: dst, Disp: 8 * i})
	}
	if masks > 2 {
		outside(equal(low, high, comma), 2)
		outside(equal(low, high, colon), 3)
	}
	Comment("With bit 5 set, both openers are '{' and both closers '}'.")
	VPOR(lower, low, low)
	VPOR(lower, high, high)
	outside(equal(low, high, open), 0)
	outside(equal(low, high, closer), 1)

	Label("next")
	ADDQ(U8(64), p)
	ADDQ(U8(uint8(8*masks)), dst)
	DECQ(blocks)
	JNZ(LabelRef("block"))

	lex.save(state)
	VZEROUPPER()
	RET()

	Label("text")
	for i := range masks {
		MOVQ(U32(0), Mem{Base: dst, Disp: 8 * i})
	}
	JMP(LabelRef("next"))
}

// A lexer tells what is in strings, from block to block.
type lexer struct {
	inString, escape, odd  reg.GPVirtual
	quote, backslash, ones reg.VecVirtual
}

func newLexer(state reg.Register) *lexer {
	l := &lexer{inString: GP64(), escape: GP64(), odd: GP64(), ones: XMM()}
	MOVQ(Mem{Base: state}, l.inString)
	MOVQ(Mem{Base: state, Disp: 8}, l.escape)
	l.quote, l.backslash = every('"'), every('\\')
	VPCMPEQB(l.ones, l.ones, l.ones)
	MOVQ(U64(0xAAAAAAAAAAAAAAAA), l.odd)
	return l
}

// save leaves what crosses to the next block in state.
func (l *lexer) save(state reg.Register) {
	MOVQ(l.inString, Mem{Base: state})
	MOVQ(l.escape, Mem{Base: state, Disp: 8})
}

// block reads the block at p, and returns which of its bytes are in strings. It jumps to
// the label text if all of them are.
func (l *lexer) block(p, state reg.Register, text string) (low, high reg.VecVirtual, strings reg.GPVirtual) {
	low, high = YMM(), YMM()
	VMOVDQU(Mem{Base: p}, low)
	VMOVDQU(Mem{Base: p, Disp: 32}, high)
	quotes := equal(low, high, l.quote)
	backslashes := equal(low, high, l.backslash)

	Comment("Most blocks hold no backslash, and are behind none.")
	none := GP64()
	MOVQ(backslashes, none)
	ORQ(l.escape, none)
	JZ(LabelRef("unescaped"))
	escapes(backslashes, l.escape, l.odd, quotes)
	MOVQ(U32(1), Mem{Base: state, Disp: 16})

	Label("unescaped")
	Comment("Long text has blocks without a quote.")
	TESTQ(quotes, quotes)
	JNZ(LabelRef("quoted"))
	TESTQ(l.inString, l.inString)
	JNZ(LabelRef(text))

	Label("quoted")
	Comment("A bit is in a string if the number of quotes up to it is odd.")
	strings = prefixXor(quotes, l.ones)
	XORQ(l.inString, strings)
	MOVQ(strings, l.inString)
	SARQ(U8(63), l.inString)
	return low, high, strings
}

// positions writes a function that lists where the structure is.
func positions() {
	TEXT("positions", NOSPLIT, "func(dst *uint32, p *byte, blocks int, at uint32, state *uint64) (n int)")
	Pragma("noescape")
	Doc("positions writes the positions of all brackets, commas and colons outside strings in the",
		"blocks of 64 bytes at p, the first of which has position at, and of bytes 0x0C and 0x1A there.",
		"It writes eight at a time. state is a State.")
	dst, p, blocks, at, state := Load(Param("dst"), GP64()), Load(Param("p"), GP64()), Load(Param("blocks"), GP64()), Load(Param("at"), GP32()), Load(Param("state"), GP64())
	first := GP64()
	MOVQ(dst, first)
	lex := newLexer(state)
	lower, structure := every(0x20), YMM()
	VBROADCASTI128(tokens(), structure)

	Label("block")
	low, high, strings := lex.block(p, state, "next")

	Comment("With bit 5 set, each is what the table has for its lower half.")
	mask, upper := GP64(), GP64()
	for _, half := range []struct {
		bytes reg.VecVirtual
		mask  reg.GPVirtual
	}{{low, mask}, {high, upper}} {
		want := YMM()
		VPSHUFB(half.bytes, structure, want)
		VPOR(lower, half.bytes, half.bytes)
		VPCMPEQB(half.bytes, want, want)
		VPMOVMSKB(want, half.mask.As32())
	}
	SHLQ(U8(32), upper)
	ORQ(upper, mask)
	ANDNQ(mask, strings, mask)

	count, to := GP64(), GP64()
	POPCNTQ(mask, count)
	MOVQ(dst, to)
	LEAQ(Mem{Base: dst, Index: count, Scale: 4}, dst)
	Label("eight")
	for i := range 8 {
		one := GP64()
		TZCNTQ(mask, one)
		ADDL(at, one.As32())
		MOVL(one.As32(), Mem{Base: to, Disp: 4 * i})
		BLSRQ(mask, mask)
	}
	ADDQ(U8(32), to)
	CMPQ(to, dst)
	JB(LabelRef("eight"))

	Label("next")
	ADDQ(U8(64), p)
	ADDL(U8(64), at)
	DECQ(blocks)
	JNZ(LabelRef("block"))

	lex.save(state)
	VZEROUPPER()
	SUBQ(first, dst)
	SHRQ(U8(2), dst)
	Store(dst, ReturnIndex(0))
	RET()
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

// every returns a vector whose every byte is c.
func every(c byte) reg.VecVirtual {
	one, x, y := GP64(), XMM(), YMM()
	MOVQ(U64(uint64(c)), one)
	VMOVQ(one, x)
	VPBROADCASTB(x, y)
	return y
}

// equal returns which of 64 bytes are those of c.
func equal(low, high, c reg.VecVirtual) reg.GPVirtual {
	mask, upper := GP64(), GP64()
	for _, half := range []struct {
		bytes reg.VecVirtual
		mask  reg.GPVirtual
	}{{low, mask}, {high, upper}} {
		same := YMM()
		VPCMPEQB(half.bytes, c, same)
		VPMOVMSKB(same, half.mask.As32())
	}
	SHLQ(U8(32), upper)
	ORQ(upper, mask)
	return mask
}

// escapes takes out of quotes those that are escaped, and leaves in escape whether
// the next block's first byte is. A run of backslashes that begins at an even place
// escapes what stands at even places behind it and the other way round; a
// subtraction that carries through the runs tells them apart.
func escapes(backslashes, escape, odd, quotes reg.GPVirtual) {
	begin, series, escaped := GP64(), GP64(), GP64()
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
