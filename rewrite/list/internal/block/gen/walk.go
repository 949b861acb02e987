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
	first, stop       reg.GPVirtual // the position of the next token, and where to stop
	p, bits           reg.Register  // the text, and its map
	out, full         reg.GPVirtual // the next byte to write, and where there is no room
	what              reg.GPVirtual // the step's action
	quote, backslash  reg.VecVirtual
	space, zero, nine reg.VecVirtual
	lowest, last      reg.VecVirtual // what makes '0' the lowest byte, signed, and '9' then
	far               []func()       // what is apart from the way that is mostly gone
}

// Where a Cursor has its fields.
const (
	cursorStep = 8 * iota
	cursorAt
	cursorOut
	cursorItems
	cursorEnd
	cursorKept
)

// walk writes a function that walks through items.
func walk() {
	TEXT("walk", NOSPLIT, "func(steps *byte, bits *uint64, drawn, stop int, p, dst *byte, room, items int, cursor *int)")
	Pragma("noescape")
	Doc("walk does what Run does, and begins no step at p[stop] or behind it. There is no room",
		"behind dst[room].")
	w := &walker{step: GP64(), first: GP64(), stop: GP64(), out: GP64(), full: GP64(), what: GP64()}
	w.p, w.bits = Load(Param("p"), GP64()), Load(Param("bits"), GP64())
	cursor, base := Load(Param("cursor"), GP64()), GP64()
	MOVQ(Mem{Base: cursor, Disp: cursorStep}, w.step)
	SHLQ(U8(stepShift), w.step)
	Load(Param("steps"), base)
	ADDQ(base, w.step)
	MOVQ(Mem{Base: cursor, Disp: cursorAt}, w.first)
	Load(Param("stop"), w.stop)
	Load(Param("dst"), base)
	MOVQ(Mem{Base: cursor, Disp: cursorOut}, w.out)
	ADDQ(base, w.out)
	Load(Param("room"), w.full)
	ADDQ(base, w.full)
	w.quote, w.backslash, w.space, w.zero, w.nine = halves.every('"'), halves.every('\\'), halves.every(' '), halves.every('0'), halves.every(9)
	w.lowest, w.last = halves.every(0x80-'0'), halves.every(0x80+9)

	Label("step")
	CMPQ(w.first, w.stop)
	JAE(LabelRef("done"))
	w.compare()
	JNZ(LabelRef("differs"))
	MOVBLZX(Mem{Base: w.step, Disp: stepWhat}, w.what.As32())
	CMPL(w.what.As32(), U8(keep))
	JE(LabelRef("keep"))
	JA(LabelRef("structure"))
	at := w.behind()
	w.token(at, "drop")
	MOVQ(at, w.first)
	w.next()

	w.keep()
	w.structure()
	for len(w.far) > 0 {
		part := w.far[0]
		w.far = w.far[1:]
		part()
	}

	Label("done")
	Load(Param("cursor"), cursor)
	Load(Param("steps"), base)
	SUBQ(base, w.step)
	SHRQ(U8(stepShift), w.step)
	MOVQ(w.step, Mem{Base: cursor, Disp: cursorStep})
	MOVQ(w.first, Mem{Base: cursor, Disp: cursorAt})
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

// next goes on with the next step.
func (w *walker) next() {
	ADDQ(U8(1<<stepShift), w.step)
	JMP(LabelRef("step"))
}

// behind returns where the step's text ends.
func (w *walker) behind() reg.GPVirtual {
	at := GP64()
	MOVBLZX(Mem{Base: w.step, Disp: stepSize}, at.As32())
	ADDQ(w.first, at)
	return at
}

// window returns the words of the map that are disp behind its beginning, from bit at on.
func (w *walker) window(at reg.GPVirtual, disp int) reg.GPVirtual {
	bits, shift := GP64(), GP64()
	MOVQ(at, bits)
	SHRQ(U8(3), bits)
	MOVQ(Mem{Base: w.bits, Index: bits, Scale: 1, Disp: disp}, bits)
	MOVQ(at, shift)
	ANDQ(U8(7), shift)
	SHRXQ(shift, bits, bits)
	return bits
}

// token moves at on to the next token, if it is none. It jumps to done if there is none.
func (w *walker) token(at reg.GPVirtual, label string) {
	bits := w.window(at, 0)
	TZCNTQ(bits, bits)
	JCS(LabelRef(label + "Far"))
	ADDQ(bits, at)
	Label(label + "Here")
	w.far = append(w.far, func() {
		Label(label + "Far")
		w.ahead(at)
		more, four := GP64(), YMM()
		MOVQ(at, more)
		SHRQ(U8(3), more)
		Comment("Long texts have words without bits.")
		words := Mem{Base: w.bits, Index: more, Scale: 1}
		VMOVDQU(words, four)
		VPTEST(four, four)
		JNZ(LabelRef(label + "Some"))
		ADDQ(U32(4*64-64), at)
		JMP(LabelRef(label + "Far"))
		Label(label + "Some")
		MOVQ(words, more)
		TZCNTQ(more, more)
		JCS(LabelRef(label + "Far"))
		ADDQ(more, at)
		JMP(LabelRef(label + "Here"))
	})
}

// ahead moves at on to where the words begin behind its window. It jumps to done if there are
// none.
func (w *walker) ahead(at reg.GPVirtual) {
	ANDQ(I8(-8), at)
	ADDQ(U8(64), at)
	end, err := Param("drawn").Resolve()
	if err != nil {
		panic(err)
	}
	CMPQ(at, end.Addr)
	JAE(LabelRef("done"))
}
