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
	stepLong  = 44
	stepAll   = 48
	stepBox   = 64
	stepShift = 7
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
	TEXT("walk", NOSPLIT, "func(steps *byte, at *uint32, kinds *byte, stop int, p, dst *byte, room, items int, cursor *int)")
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
	ADDQ(U32(1<<stepShift), w.step)
	JMP(LabelRef("step"))
}
