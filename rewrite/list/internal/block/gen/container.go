package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

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
	at, kind, bracket, c, depth := GP64(), GP64(), GP64(), GP64(), GP64()
	LEAQ(Mem{Base: w.at, Disp: 8}, at)
	CMPQ(at, w.stop)
	JAE(LabelRef("done"))
	MOVQ(at, kind)
	SUBQ(Load(Param("at"), GP64()), kind)
	SHRQ(U8(2), kind)
	ADDQ(Load(Param("kinds"), GP64()), kind)

	Comment("Mostly it has the structure that it had before.")
	like, same, long := YMM(), GP32(), GP64()
	VMOVDQU(Mem{Base: kind}, like)
	VPCMPEQB(Mem{Base: w.step, Disp: stepBox}, like, like)
	VPMOVMSKB(like, same)
	ANDNL(Mem{Base: w.step, Disp: stepAll}, same, same)
	JNZ(LabelRef("unlike"))
	MOVL(Mem{Base: w.step, Disp: stepLong}, long.As32())
	LEAQ(Mem{Base: at, Index: long, Scale: 4}, w.at)
	CMPQ(w.at, w.stop)
	JA(LabelRef("cut"))
	w.next(0)
	Label("cut")
	LEAQ(Mem{Base: at, Disp: -8}, w.at)
	JMP(LabelRef("done"))

	Label("unlike")
	MOVBLZX(Mem{Base: kind}, bracket.As32())
	MOVQ(bracket, c)
	ORQ(U8(0x20), c)
	CMPQ(c, U8('{'))
	JNE(LabelRef("boxed"))
	XORQ(depth, depth)
	table := GP64()
	LEAQ(nesting(), table)
	nests := GP64()
	nested := func() {
		MOVBLZX(Mem{Base: kind}, c.As32())
		MOVBQSX(Mem{Base: table, Index: c, Scale: 1}, nests)
		INCQ(kind)
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
