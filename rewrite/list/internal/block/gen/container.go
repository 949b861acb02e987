package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
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
	LEAQ(Mem{Base: w.first, Disp: 1}, items)
	MOVQ(items, Mem{Base: cursor, Disp: cursorEnd})
	kept := Load(Param("dst"), GP64())
	NEGQ(kept)
	LEAQ(Mem{Base: kept, Index: w.out, Scale: 1, Disp: 1}, kept)
	MOVQ(kept, Mem{Base: cursor, Disp: cursorKept})
	MOVBLZX(Mem{Base: w.step, Disp: stepSize}, size.As32())
	ADDQ(size, w.out)
	w.into(size)
	Load(Param("steps"), w.step)
	JMP(LabelRef("step"))

	w.enter()
	w.box()
	w.ends()
}

// into goes on at the last byte of the text, which is a bracket.
func (w *walker) into(size reg.GPVirtual) {
	LEAQ(Mem{Base: w.first, Index: size, Scale: 1, Disp: -1}, w.first)
}

// enter writes a member up to the brackets of its value.
func (w *walker) enter() {
	Label("enter")
	name, size, text, comma, long := GP64(), GP64(), YMM(), GP64(), GP64()
	w.comma(comma)
	MOVBLZX(Mem{Base: w.step, Disp: stepLead}, name.As32())
	MOVBLZX(Mem{Base: w.step, Disp: stepSize}, size.As32())
	MOVQ(size, long)
	SUBQ(name, long)
	ADDQ(w.first, name)
	VMOVDQU(Mem{Base: w.p, Index: name, Scale: 1}, text)
	VMOVDQU(text, Mem{Base: w.out})
	ADDQ(long, w.out)
	w.into(size)
	w.next()
}

// box goes past an object or array, if there is one. Both its brackets are mostly where they
// are looked for first, right behind the colon and right before a token.
func (w *walker) box() {
	Label("box")
	at := w.behind()
	open := w.window(at, mapOpen)
	TESTQ(U32(1), open)
	JZ(LabelRef("spaced"))
	Label("opened")
	bracket, depth, passed, total, inner := w.what, GP64(), GP64(), GP64(), GP64()
	MOVBLZX(Mem{Base: w.p, Index: at, Scale: 1}, bracket.As32())
	closers := w.window(at, mapClose)
	XORQ(depth, depth)
	Label("closers")
	POPCNTQ(closers, total)
	XORQ(passed, passed)
	Label("closer")
	Comment("So many containers as are open before a closer cannot be closed by fewer closers.")
	TESTQ(closers, closers)
	JZ(LabelRef("open"))
	BLSMSKQ(closers, inner)
	ANDQ(open, inner)
	POPCNTQ(inner, inner)
	ADDQ(depth, inner)
	SUBQ(passed, inner)
	DECQ(inner)
	JZ(LabelRef("closed"))
	ADDQ(inner, passed)
	Label("pass")
	BLSRQ(closers, closers)
	DECQ(inner)
	JNZ(LabelRef("pass"))
	JMP(LabelRef("closer"))

	Label("open")
	POPCNTQ(open, open)
	ADDQ(open, depth)
	SUBQ(total, depth)
	w.ahead(at)
	words := GP64()
	MOVQ(at, words)
	SHRQ(U8(3), words)
	MOVQ(Mem{Base: w.bits, Index: words, Scale: 1, Disp: mapOpen}, open)
	MOVQ(Mem{Base: w.bits, Index: words, Scale: 1, Disp: mapClose}, closers)
	POPCNTQ(closers, total)
	CMPQ(depth, total)
	JG(LabelRef("open"))
	JMP(LabelRef("closers"))

	Label("closed")
	TZCNTQ(closers, closers)
	ADDQ(closers, at)
	ADDQ(U8(2), bracket)
	CMPB(Mem{Base: w.p, Index: at, Scale: 1}, bracket.As8())
	JNE(LabelRef("done"))
	INCQ(at)
	TESTQ(U32(1), w.window(at, 0))
	JZ(LabelRef("apart"))
	Label("boxed")
	MOVQ(at, w.first)
	w.next()

	w.far = append(w.far, func() {
		Label("spaced")
		w.token(at, "value")
		MOVQ(w.window(at, mapOpen), open)
		TESTQ(U32(1), open)
		JNZ(LabelRef("opened"))
		JMP(LabelRef("boxed"))
		Label("apart")
		w.token(at, "behind")
		JMP(LabelRef("boxed"))
	})
}

// ends goes on behind the end of an element or another object.
func (w *walker) ends() {
	back, size := GP64(), GP64()
	Label("element")
	MOVL(U32('}'|','<<8|'{'<<16), Mem{Base: w.out})
	ADDQ(U8(3), w.out)
	MOVL(Mem{Base: w.step, Disp: stepBack}, back.As32())
	MOVBLZX(Mem{Base: w.step, Disp: stepSize}, size.As32())
	SHLQ(U8(stepShift), back)
	Load(Param("steps"), w.step)
	ADDQ(back, w.step)
	w.into(size)
	JMP(LabelRef("step"))

	Label("object")
	Comment("No white space, and nothing else, is behind it.")
	w.close(1)
	MOVB(U8('}'), Mem{Base: w.out})
	INCQ(w.out)
	w.next()

	Label("differs")
	Comment("It may be the last element.")
	CMPB(Mem{Base: w.step, Disp: stepWhat}, U8(endElement))
	JNE(LabelRef("done"))
	CMPQ(w.out, w.full)
	JAE(LabelRef("done"))
	CMPW(Mem{Base: w.p, Index: w.first, Scale: 1}, U16('}'|']'<<8))
	JNE(LabelRef("done"))
	w.close(2)
	MOVW(U16('}'|']'<<8), Mem{Base: w.out})
	ADDQ(U8(2), w.out)
	w.next()
}

// close goes on behind so many brackets, if there is a token.
func (w *walker) close(brackets int) {
	at := GP64()
	LEAQ(Mem{Base: w.first, Disp: brackets}, at)
	TESTQ(U32(1), w.window(at, 0))
	JZ(LabelRef("done"))
	MOVQ(at, w.first)
}
