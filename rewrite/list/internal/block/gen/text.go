package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A texter checks the text of a string, 32 bytes at a time. What crosses to the next of
// them is whether its first byte is escaped, which of its bytes have to be digits, and
// all of the bytes before them.
type texter struct {
	p, left         reg.Register
	size            reg.GPVirtual // how many of the bytes are the string's: BZHI takes no more than 8 bits
	escape, digits  reg.GPVirtual
	text, last      reg.VecVirtual
	nibble          reg.VecVirtual
	quotes, escapes reg.GPVirtual // of the 32 bytes
}

// text writes a function that checks strings.
func text() {
	TEXT("text", NOSPLIT, "func(p *byte, n int) (ok bool)")
	Pragma("noescape")
	Doc("text does what Text does. Behind p[n] there are 32 bytes.")
	t := &texter{size: GP64(), escape: GP64(), digits: GP64(), quotes: GP64(), escapes: GP64(), text: YMM(), last: YMM()}
	t.p, t.left = Load(Param("p"), GP64()), Load(Param("n"), GP64())
	quote, backslash, control := halves.every('"'), halves.every('\\'), halves.every(0x1F)
	t.nibble = halves.every(0x0F)
	XORQ(t.escape, t.escape)
	XORQ(t.digits, t.digits)
	VPXOR(t.last, t.last, t.last)

	Label("block")
	same, bad, high := YMM(), GP64(), GP64()
	VMOVDQU(Mem{Base: t.p}, t.text)
	mask := func(to reg.GPVirtual) {
		VPMOVMSKB(same, to.As32())
		BZHIQ(t.size, to, to)
	}
	MOVQ(U32(32), t.size)
	CMPQ(t.left, t.size)
	CMOVQLT(t.left, t.size)
	VPMINUB(t.text, control, same)
	VPCMPEQB(t.text, same, same)
	mask(bad)
	JNZ(LabelRef("wrong"))
	VPCMPEQB(t.text, quote, same)
	mask(t.quotes)
	VPCMPEQB(t.text, backslash, same)
	mask(t.escapes)

	Comment("Most of them are nothing but text.")
	any := GP64()
	MOVQ(t.escapes, any)
	ORQ(t.escape, any)
	ORQ(t.digits, any)
	JZ(LabelRef("plain"))
	t.special()
	Label("plain")
	VPOR(t.last, t.text, same)
	VPMOVMSKB(same, high.As32())
	TESTL(high.As32(), high.As32())
	JZ(LabelRef("ascii"))
	t.utf8()
	Label("ascii")
	VMOVDQA(t.text, t.last)

	Comment("Its only quote is its last byte.")
	SUBQ(U8(32), t.left)
	JLE(LabelRef("last"))
	ADDQ(U8(32), t.p)
	TESTQ(t.quotes, t.quotes)
	JZ(LabelRef("block"))
	Label("wrong")
	Store(t.result(0), ReturnIndex(0))
	VZEROUPPER()
	RET()
	Label("last")
	one := GP64()
	ADDQ(U8(31), t.left)
	MOVL(U32(1), one.As32())
	SHLXQ(t.left, one, one)
	CMPQ(t.quotes, one)
	JNE(LabelRef("wrong"))
	Store(t.result(1), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

func (t *texter) result(ok uint32) reg.Register {
	r := GP32()
	MOVL(U32(ok), r)
	return r.As8()
}

// lookup makes of bytes what a table has for their upper or lower halves.
func (t *texter) lookup(table Mem, of reg.VecVirtual, upper bool, to reg.VecVirtual) {
	halves, entries := YMM(), YMM()
	if upper {
		VPSRLW(U8(4), of, halves)
		VPAND(t.nibble, halves, halves)
	} else {
		VPAND(t.nibble, of, halves)
	}
	VBROADCASTI128(table, entries)
	VPSHUFB(halves, entries, to)
}

// What a byte may be in an escape.
const (
	hexDigit  = 0x10 // '0' to '9'
	hexLetter = 0x20 // 'a' to 'f', 'A' to 'F'
)

// special checks the escapes, and takes the quotes out that are escaped.
func (t *texter) special() {
	escaped, begin, series, odd := GP64(), GP64(), GP64(), GP64()
	MOVQ(U64(0xAAAAAAAAAAAAAAAA), odd)
	MOVQ(t.escape, begin)
	ANDNQ(t.escapes, begin, begin)
	LEAQ(Mem{Base: begin, Index: begin, Scale: 1}, series)
	ORQ(odd, series)
	SUBQ(begin, series)
	XORQ(odd, series)
	MOVQ(t.escapes, escaped)
	ORQ(t.escape, escaped)
	XORQ(series, escaped)
	Comment("The bytes are at most 32, so that what is escaped behind them is escaped in them.")
	MOVQ(escaped, t.escape)
	SHRQ(U8(32), t.escape)
	MOVL(escaped.As32(), escaped.As32())
	ANDNQ(t.quotes, escaped, t.quotes)

	kinds, some, mask, hex := YMM(), YMM(), GP64(), GP64()
	t.lookup(bytesTable("escapes0", map[byte]byte{
		0: hexDigit, 1: hexDigit | hexLetter, 2: 1 | 4 | 8 | hexDigit | hexLetter, 3: hexDigit | hexLetter,
		4: 8 | hexDigit | hexLetter, 5: 8 | hexDigit | hexLetter, 6: 4 | hexDigit | hexLetter, 7: hexDigit, 8: hexDigit, 9: hexDigit,
		0xC: 2, 0xE: 4, 0xF: 1,
	}), t.text, false, kinds)
	t.lookup(bytesTable("escapes1", map[byte]byte{2: 1, 3: hexDigit, 4: hexLetter, 5: 2, 6: 4 | hexLetter, 7: 8}), t.text, true, some)
	VPAND(some, kinds, kinds)
	Comment("Bytes over 0x7F have none, as their upper halves have none.")
	zero := YMM()
	VPXOR(zero, zero, zero)
	VPAND(t.nibble, kinds, some)
	VPCMPEQB(some, zero, some)
	VPMOVMSKB(some, mask.As32())
	TESTQ(mask, escaped)
	JNZ(LabelRef("wrong"))
	VPSRLW(U8(4), kinds, kinds)
	VPAND(t.nibble, kinds, kinds)
	VPCMPEQB(kinds, zero, kinds)
	VPMOVMSKB(kinds, hex.As32())

	Comment("Behind \\u, there are four digits.")
	u := halves.every('u')
	VPCMPEQB(t.text, u, u)
	VPMOVMSKB(u, mask.As32())
	ANDQ(escaped, mask)
	four := GP64()
	LEAQ(Mem{Base: mask, Index: mask, Scale: 2}, four) // at 0 and 1 behind it
	ADDQ(four, four)
	LEAQ(Mem{Base: four, Index: four, Scale: 4}, mask) // at 1, 2, 3 and 4
	ORQ(mask, t.digits)
	TESTQ(hex, t.digits)
	JNZ(LabelRef("wrong"))
	SHRQ(U8(32), t.digits)
}

// utf8 checks UTF-8, as in Keiser and Lemire, "Validating UTF-8 in less than one
// instruction per byte", 2021: tables by the halves of two bytes in a row tell all that
// can be wrong with them, and the third and fourth bytes of sequences are counted.
func (t *texter) utf8() {
	before, prev, wrong, some := YMM(), YMM(), YMM(), YMM()
	VPERM2I128(U8(0x21), t.text, t.last, before)
	VPALIGNR(U8(15), before, t.text, prev)
	t.lookup(bytesTable("utf8a", utf8First), prev, true, wrong)
	t.lookup(bytesTable("utf8b", utf8Lower), prev, false, some)
	VPAND(some, wrong, wrong)
	t.lookup(bytesTable("utf8c", utf8Second), t.text, true, some)
	VPAND(some, wrong, wrong)
	third, fourth, high := YMM(), YMM(), halves.every(0x60)
	VPALIGNR(U8(14), before, t.text, third)
	VPSUBUSB(high, third, third)
	high = halves.every(0x70)
	VPALIGNR(U8(13), before, t.text, fourth)
	VPSUBUSB(high, fourth, fourth)
	VPOR(fourth, third, third)
	high = halves.every(0x80)
	VPAND(high, third, third)
	VPXOR(third, wrong, wrong)
	zero, mask := YMM(), GP64()
	VPXOR(zero, zero, zero)
	VPCMPEQB(zero, wrong, wrong)
	VPMOVMSKB(wrong, mask.As32())
	NOTL(mask.As32())
	BZHIQ(t.size, mask, mask)
	JNZ(LabelRef("wrong"))
}

// What can be wrong with two bytes in a row.
const (
	tooShort = 1 << iota
	tooLong
	overlong3
	tooLarge
	surrogate
	overlong2
	overlong4 // and too large
	twoConts
	always = tooShort | tooLong | twoConts
)

// The tables are by the upper half of the first byte, by its lower half, and by the upper
// half of the second.
var utf8First, utf8Lower, utf8Second = func() (first, lower, second map[byte]byte) {
	first, lower, second = map[byte]byte{}, map[byte]byte{}, map[byte]byte{}
	for i := range byte(16) {
		switch {
		case i < 8:
			first[i], second[i] = tooLong, tooShort
		case i < 0xC:
			first[i], second[i] = twoConts, tooLong|overlong2|twoConts|surrogate|tooLarge
		default:
			first[i], second[i] = tooShort, tooShort
		}
		if lower[i] = always; i > 3 {
			lower[i] |= tooLarge
		}
		if i > 4 {
			lower[i] |= overlong4
		}
	}
	first[0xC] |= overlong2
	first[0xE] |= overlong3 | surrogate
	first[0xF] |= tooLarge | overlong4
	lower[0] |= overlong3 | overlong2 | overlong4
	lower[1] |= overlong2
	lower[0xD] |= surrogate
	second[8] = tooLong | overlong2 | twoConts | overlong3 | overlong4
	second[9] = tooLong | overlong2 | twoConts | overlong3 | tooLarge
	return first, lower, second
}()

// bytesTable is a table of 16 bytes, 0 where nothing is said.
func bytesTable(name string, bytes map[byte]byte) Mem {
	table := GLOBL(name, RODATA|NOPTR)
	for i := range 16 {
		DATA(i, U8(bytes[byte(i)]))
	}
	return table
}
