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
	Generate()
}

// kernel writes a function that makes so many masks of each block.
func kernel(name string, masks int, of string) {
	TEXT(name, NOSPLIT, "func(dst *uint64, p *byte, blocks int, state *uint64)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s writes %d masks for each block of 64 bytes at p: %s, outside strings.", name, masks, of),
		"state is a State.")
	dst, p, blocks, state := Load(Param("dst"), GP64()), Load(Param("p"), GP64()), Load(Param("blocks"), GP64()), Load(Param("state"), GP64())
	inString, escape := GP64(), GP64()
	MOVQ(Mem{Base: state}, inString)
	MOVQ(Mem{Base: state, Disp: 8}, escape)
	quote, backslash, open, closer, lower := every('"'), every('\\'), every('{'), every('}'), every(0x20)
	var comma, colon reg.VecVirtual
	if masks > 2 {
		comma, colon = every(','), every(':')
	}
	ones, odd := XMM(), GP64()
	VPCMPEQB(ones, ones, ones)
	MOVQ(U64(0xAAAAAAAAAAAAAAAA), odd)

	Label("block")
	low, high := YMM(), YMM()
	VMOVDQU(Mem{Base: p}, low)
	VMOVDQU(Mem{Base: p, Disp: 32}, high)
	quotes := equal(low, high, quote)
	backslashes := equal(low, high, backslash)

	Comment("Most blocks hold no backslash, and are behind none.")
	none := GP64()
	MOVQ(backslashes, none)
	ORQ(escape, none)
	JZ(LabelRef("unescaped"))
	escapes(backslashes, escape, odd, quotes)
	MOVQ(U32(1), Mem{Base: state, Disp: 16})

	Label("unescaped")
	Comment("Long text has blocks without a quote.")
	TESTQ(quotes, quotes)
	JNZ(LabelRef("quoted"))
	TESTQ(inString, inString)
	JNZ(LabelRef("text"))

	Label("quoted")
	Comment("A bit is in a string if the number of quotes up to it is odd.")
	strings := prefixXor(quotes, ones)
	XORQ(inString, strings)
	MOVQ(strings, inString)
	SARQ(U8(63), inString)
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

	MOVQ(inString, Mem{Base: state})
	MOVQ(escape, Mem{Base: state, Disp: 8})
	VZEROUPPER()
	RET()

	Label("text")
	for i := range masks {
		MOVQ(U32(0), Mem{Base: dst, Disp: 8 * i})
	}
	JMP(LabelRef("next"))
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
