package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where a Step has its fields, and how large it is.
const (
	stepFull  = 32
	stepBack  = 36
	stepWhat  = 40
	stepSize  = 41
	stepLead  = 42
	stepComma = 43
	stepShift = 6
)

// The actions, as in package block.
const (
	keep = iota + 1
	dropBox
	enter
	enterArray
	endItem
	endElement
	endObject
)

// A walker has what its parts share: where they are, and what they compare with.
type walker struct {
	step              reg.GPVirtual // what is expected
	at, stop          reg.GPVirtual // the next position, and where to stop
	p                 reg.Register
	out, full         reg.GPVirtual // the next byte to write, and where there is no room
	first, what       reg.GPVirtual // the token at at, and the step's action
	quote, backslash  reg.VecVirtual
	space, zero, nine reg.VecVirtual
}

// Where a Cursor has its fields.
const (
	cursorStep = 8 * iota
	cursorToken
	cursorOut
	cursorItems
	cursorEnd
	cursorKept
)

// walk writes a function that walks through items.
func walk() {
	TEXT("walk", NOSPLIT, "func(steps *byte, at *uint32, stop int, p, dst *byte, room, items int, cursor *int)")
	Pragma("noescape")
	Doc("walk does what Run does. There is no room behind dst[room].")
	w := &walker{step: GP64(), at: GP64(), stop: GP64(), out: GP64(), full: GP64(), first: GP64(), what: GP64()}
	w.p = Load(Param("p"), GP64())
	cursor, base := Load(Param("cursor"), GP64()), GP64()
	MOVQ(Mem{Base: cursor, Disp: cursorStep}, w.step)
	SHLQ(U8(stepShift), w.step)
	Load(Param("steps"), base)
	ADDQ(base, w.step)
	Load(Param("at"), base)
	MOVQ(Mem{Base: cursor, Disp: cursorToken}, w.at)
	LEAQ(Mem{Base: base, Index: w.at, Scale: 4}, w.at)
	Load(Param("stop"), w.stop)
	LEAQ(Mem{Base: base, Index: w.stop, Scale: 4}, w.stop)
	Load(Param("dst"), base)
	MOVQ(Mem{Base: cursor, Disp: cursorOut}, w.out)
	ADDQ(base, w.out)
	Load(Param("room"), w.full)
	ADDQ(base, w.full)
	w.quote, w.backslash, w.space, w.zero, w.nine = halves.every('"'), halves.every('\\'), halves.every(' '), halves.every('0'), halves.every(9)

	Label("step")
	CMPQ(w.at, w.stop)
	JAE(LabelRef("done"))
	MOVL(Mem{Base: w.at}, w.first.As32())
	w.compare()
	JNZ(LabelRef("differs"))
	MOVBLZX(Mem{Base: w.step, Disp: stepWhat}, w.what.As32())
	CMPL(w.what.As32(), U8(keep))
	JE(LabelRef("keep"))
	JA(LabelRef("structure"))
	w.next(8)

	w.keep()
	w.structure()

	Label("done")
	Load(Param("cursor"), cursor)
	Load(Param("steps"), base)
	SUBQ(base, w.step)
	SHRQ(U8(stepShift), w.step)
	MOVQ(w.step, Mem{Base: cursor, Disp: cursorStep})
	Load(Param("at"), base)
	SUBQ(base, w.at)
	SHRQ(U8(2), w.at)
	MOVQ(w.at, Mem{Base: cursor, Disp: cursorToken})
	Load(Param("dst"), base)
	SUBQ(base, w.out)
	MOVQ(w.out, Mem{Base: cursor, Disp: cursorOut})
	VZEROUPPER()
	RET()
}

// compare sets the flags to zero if the step's text stands at the token.
func (w *walker) compare() {
	text, same := YMM(), GP32()
	VMOVDQU(Mem{Base: w.p, Index: w.first, Scale: 1}, text)
	VPCMPEQB(Mem{Base: w.step}, text, text)
	VPMOVMSKB(text, same)
	ANDNL(Mem{Base: w.step, Disp: stepFull}, same, same)
}

// next goes on with the next step, so many bytes of tokens farther.
func (w *walker) next(tokens int) {
	if tokens > 0 {
		ADDQ(U8(uint8(tokens)), w.at)
	}
	ADDQ(U8(1<<stepShift), w.step)
	JMP(LabelRef("step"))
}

// keep writes a member if its value is a string, a number or a literal.
func (w *walker) keep() {
	Label("keep")
	CMPQ(w.out, w.full)
	JAE(LabelRef("done"))
	value, end, size, c := GP64(), GP64(), GP64(), GP32()
	MOVBLZX(Mem{Base: w.step, Disp: stepSize}, value.As32())
	ADDQ(w.first, value)
	MOVL(Mem{Base: w.at, Disp: 8}, end.As32())
	MOVQ(end, size)
	SUBQ(value, size)
	Comment("Between 1 and 31 bytes.")
	LEAQ(Mem{Base: size, Disp: -1}, w.what)
	CMPQ(w.what, U8(30))
	JA(LabelRef("done"))
	text := YMM()
	VMOVDQU(Mem{Base: w.p, Index: value, Scale: 1}, text)
	MOVBLZX(Mem{Base: w.p, Index: value, Scale: 1}, c)
	CMPL(c, U8('"'))
	JNE(LabelRef("number"))
	w.str(text, size)
	Label("number")
	w.number(text, value, size, c)

	Label("write")
	name, upper, lower, comma := GP64(), YMM(), YMM(), GP64()
	w.comma(comma)
	MOVBLZX(Mem{Base: w.step, Disp: stepLead}, name.As32())
	ADDQ(w.first, name)
	VMOVDQU(Mem{Base: w.p, Index: name, Scale: 1}, lower)
	VMOVDQU(Mem{Base: w.p, Index: name, Scale: 1, Disp: 32}, upper)
	VMOVDQU(lower, Mem{Base: w.out})
	VMOVDQU(upper, Mem{Base: w.out, Disp: 32})
	SUBQ(name, end)
	ADDQ(end, w.out)
	w.next(8)
}

// comma writes a comma if there is one before the member.
func (w *walker) comma(comma reg.GPVirtual) {
	MOVB(U8(','), Mem{Base: w.out})
	MOVBLZX(Mem{Base: w.step, Disp: stepComma}, comma.As32())
	ADDQ(comma, w.out)
}

// str goes to the label write if text begins with a string of so many bytes: a quote
// there and at its end, and nothing special between them.
func (w *walker) str(text reg.VecVirtual, size reg.GPVirtual) {
	odd, special, quotes, both := YMM(), GP32(), GP32(), GP32()
	Comment("Signed, control bytes and those over 0x7F are less than a space.")
	VPCMPGTB(text, w.space, odd)
	escapes := YMM()
	VPCMPEQB(text, w.backslash, escapes)
	VPOR(escapes, odd, odd)
	VPMOVMSKB(odd, special)
	VPCMPEQB(text, w.quote, text)
	VPMOVMSKB(text, quotes)
	BZHIL(size.As32(), special, special)
	JNZ(LabelRef("done"))
	BZHIL(size.As32(), quotes, quotes)
	MOVL(U32(1), both)
	SHLXL(w.what.As32(), both, both) // what is the size less 1
	CMPL(both, U8(1))
	JE(LabelRef("done"))
	ORL(U8(1), both)
	CMPL(quotes, both)
	JE(LabelRef("write"))
	JMP(LabelRef("done"))
}

// number goes to the label write if text is a number of so many bytes without an exponent,
// or a literal, and to done if it does not know.
func (w *walker) number(text reg.VecVirtual, value, size reg.GPVirtual, c reg.GPVirtual) {
	CMPL(c, U8('9'))
	JA(LabelRef("literal"))
	digits, others, length, sign := YMM(), GP32(), GP32(), GP32()
	VPSUBB(w.zero, text, text)
	VPMINUB(w.nine, text, digits)
	VPCMPEQB(text, digits, digits)
	VPMOVMSKB(digits, others)
	NOTL(others)
	BZHIL(size.As32(), others, others)
	Comment("A sign is no digit, but for that like one.")
	XORL(sign, sign)
	CMPL(c, U8('-'))
	SETEQ(sign.As8())
	XORL(sign, others)
	Comment("How many digits there are before the point, or the end.")
	whole := GP32()
	BTSL(size.As32(), others)
	TZCNTL(others, whole)
	SUBL(sign, whole)
	JZ(LabelRef("done"))
	Comment("Only one digit may begin with 0. How many there are is less predictable than their first.")
	ADDQ(value, sign.As64())
	CMPB(Mem{Base: w.p, Index: sign.As64(), Scale: 1}, U8('0'))
	JNE(LabelRef("lead"))
	CMPL(whole, U8(1))
	JNE(LabelRef("done"))
	Label("lead")
	BLSRL(others, length)
	JZ(LabelRef("write"))
	Comment("All that is left must be a point with digits behind it.")
	point := GP64()
	TZCNTL(others, point.As32())
	BLSRL(length, others)
	JNZ(LabelRef("done"))
	CMPL(w.what.As32(), point.As32())
	JE(LabelRef("done"))
	ADDQ(value, point)
	CMPB(Mem{Base: w.p, Index: point, Scale: 1}, U8('.'))
	JE(LabelRef("write"))
	JMP(LabelRef("done"))

	Label("literal")
	word, rest := GP32(), GP32()
	MOVL(Mem{Base: w.p, Index: value, Scale: 1}, word)
	CMPQ(size, U8(4))
	JNE(LabelRef("false"))
	CMPL(word, U32('t'|'r'<<8|'u'<<16|'e'<<24))
	JE(LabelRef("write"))
	CMPL(word, U32('n'|'u'<<8|'l'<<16|'l'<<24))
	JE(LabelRef("write"))
	JMP(LabelRef("done"))
	Label("false")
	CMPQ(size, U8(5))
	JNE(LabelRef("done"))
	CMPL(word, U32('f'|'a'<<8|'l'<<16|'s'<<24))
	JNE(LabelRef("done"))
	MOVBLZX(Mem{Base: w.p, Index: value, Scale: 1, Disp: 4}, rest)
	CMPL(rest, U8('e'))
	JNE(LabelRef("done"))
}

// structure goes into objects and arrays, past them, and out of them.
func (w *walker) structure() {
	Label("structure")
	CMPQ(w.out, w.full)
	JAE(LabelRef("done"))
	what := w.what.As32()
	for _, to := range []struct {
		action uint8
		label  string
	}{{dropBox, "box"}, {enterArray, "enter"}, {endElement, "element"}, {endObject, "object"}} {
		CMPL(what, U8(to.action))
		if to.action == enterArray || to.action == dropBox {
			JBE(LabelRef(to.label))
		} else {
			JE(LabelRef(to.label))
		}
	}
	CMPL(what, U8(endItem))
	JNE(LabelRef("done"))

	Comment("The end of an item.")
	cursor, items, limit, size, text := Load(Param("cursor"), GP64()), GP64(), Load(Param("items"), GP64()), GP64(), YMM()
	MOVQ(Mem{Base: cursor, Disp: cursorItems}, items)
	INCQ(items)
	CMPQ(items, limit)
	JGE(LabelRef("done"))
	MOVQ(items, Mem{Base: cursor, Disp: cursorItems})
	VMOVDQU(Mem{Base: w.p, Index: w.first, Scale: 1}, text)
	VMOVDQU(text, Mem{Base: w.out})
	INCQ(w.first)
	MOVQ(w.first, Mem{Base: cursor, Disp: cursorEnd})
	kept := Load(Param("dst"), GP64())
	NEGQ(kept)
	LEAQ(Mem{Base: kept, Index: w.out, Scale: 1, Disp: 1}, kept)
	MOVQ(kept, Mem{Base: cursor, Disp: cursorKept})
	MOVBLZX(Mem{Base: w.step, Disp: stepSize}, size.As32())
	ADDQ(size, w.out)
	Load(Param("steps"), w.step)
	ADDQ(U8(8), w.at)
	JMP(LabelRef("step"))

	w.enter()
	w.box()
	w.ends()
}

// enter writes a member up to the brackets of its value.
func (w *walker) enter() {
	Label("enter")
	name, size, text, comma := GP64(), GP64(), YMM(), GP64()
	w.comma(comma)
	MOVBLZX(Mem{Base: w.step, Disp: stepLead}, name.As32())
	MOVBLZX(Mem{Base: w.step, Disp: stepSize}, size.As32())
	SUBQ(name, size)
	ADDQ(w.first, name)
	VMOVDQU(Mem{Base: w.p, Index: name, Scale: 1}, text)
	VMOVDQU(text, Mem{Base: w.out})
	ADDQ(size, w.out)
	Comment("The token in front of the name, the colon, and the bracket of an array.")
	LEAQ(Mem{Base: w.at, Index: w.what, Scale: 4, Disp: 8 - 4*enter}, w.at)
	w.next(0)
}

// box goes past an object or array, if there is one.
func (w *walker) box() {
	Label("box")
	at, x, bracket, c, depth := GP64(), GP64(), GP64(), GP64(), GP64()
	LEAQ(Mem{Base: w.at, Disp: 8}, at)
	CMPQ(at, w.stop)
	JAE(LabelRef("done"))
	MOVL(Mem{Base: at}, x.As32())
	MOVBLZX(Mem{Base: w.p, Index: x, Scale: 1}, bracket.As32())
	MOVQ(bracket, c)
	ORQ(U8(0x20), c)
	CMPQ(c, U8('{'))
	JNE(LabelRef("boxed"))
	XORQ(depth, depth)
	table := GP64()
	LEAQ(nesting(), table)
	nests := GP64()
	nested := func() {
		MOVL(Mem{Base: at}, x.As32())
		MOVBLZX(Mem{Base: w.p, Index: x, Scale: 1}, c.As32())
		MOVBQSX(Mem{Base: table, Index: c, Scale: 1}, nests)
		ADDQ(U8(4), at)
		ADDQ(nests, depth)
		JZ(LabelRef("closed"))
	}
	const together = 4 // tokens, before it is asked whether there are more
	SUBQ(U8(4*(together-1)), w.stop)
	JMP(LabelRef("several"))
	Label("nested")
	for range together {
		nested()
	}
	Label("several")
	CMPQ(at, w.stop)
	JB(LabelRef("nested"))
	Label("last")
	LEAQ(Mem{Base: w.stop, Disp: 4 * (together - 1)}, nests)
	CMPQ(at, nests)
	JAE(LabelRef("done"))
	nested()
	JMP(LabelRef("last"))
	Label("closed")
	ADDQ(U8(4*(together-1)), w.stop)
	ADDQ(U8(2), bracket)
	CMPQ(c, bracket)
	JNE(LabelRef("done"))
	Label("boxed")
	MOVQ(at, w.at)
	w.next(0)
}

// ends goes on behind the end of an element or another object.
func (w *walker) ends() {
	back, x := GP64(), GP64()
	Label("element")
	MOVL(U32('}'|','<<8|'{'<<16), Mem{Base: w.out})
	ADDQ(U8(3), w.out)
	MOVL(Mem{Base: w.step, Disp: stepBack}, back.As32())
	SHLQ(U8(stepShift), back)
	Load(Param("steps"), w.step)
	ADDQ(back, w.step)
	ADDQ(U8(8), w.at)
	JMP(LabelRef("step"))

	Label("object")
	Comment("No white space, and nothing else, is behind it.")
	INCQ(w.first)
	MOVL(Mem{Base: w.at, Disp: 4}, x.As32())
	CMPQ(x, w.first)
	JNE(LabelRef("done"))
	MOVB(U8('}'), Mem{Base: w.out})
	INCQ(w.out)
	w.next(4)

	Label("differs")
	Comment("It may be the last element.")
	CMPB(Mem{Base: w.step, Disp: stepWhat}, U8(endElement))
	JNE(LabelRef("done"))
	CMPQ(w.out, w.full)
	JAE(LabelRef("done"))
	CMPW(Mem{Base: w.p, Index: w.first, Scale: 1}, U16('}'|']'<<8))
	JNE(LabelRef("done"))
	ADDQ(U8(2), w.first)
	MOVL(Mem{Base: w.at, Disp: 8}, x.As32())
	CMPQ(x, w.first)
	JNE(LabelRef("done"))
	MOVW(U16('}'|']'<<8), Mem{Base: w.out})
	ADDQ(U8(2), w.out)
	w.next(8)
}

// nesting is a table of how much deeper each byte of ASCII leads.
func nesting() Mem {
	table := GLOBL("nesting", RODATA|NOPTR)
	for i := 0; i < 128; i += 8 {
		var eight uint64
		for k := range 8 {
			switch i + k {
			case '{', '[':
				eight |= 1 << (8 * k)
			case '}', ']':
				eight |= 0xFF << (8 * k)
			}
		}
		DATA(i, U64(eight))
	}
	return table
}
