package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A lister writes the positions of a block's bits, and the bytes there.
type lister interface {
	begin(at, kinds, p reg.Register)            // the position of the first block, where to write kinds, and where the block is
	keep(text []reg.VecVirtual)                 // keeps the block as it is
	write(mask reg.GPVirtual, dst reg.Register) // moves dst on by as many as there are
	next()                                      // goes on to the next block
	others()                                    // is apart from the loop: what few blocks need
}

// eights writes positions eight at a time, as long as there are any.
type eights struct{ at, kinds, p reg.Register }

func (e *eights) begin(at, kinds, p reg.Register) { e.at, e.kinds, e.p = at, kinds, p }

func (e *eights) keep([]reg.VecVirtual) {}

func (e *eights) next() { ADDL(U8(64), e.at) }

func (e *eights) others() {}

func (e *eights) write(mask reg.GPVirtual, dst reg.Register) {
	count, to, kinds := GP64(), GP64(), GP64()
	POPCNTQ(mask, count)
	MOVQ(dst, to)
	MOVQ(e.kinds, kinds)
	LEAQ(Mem{Base: dst, Index: count, Scale: 4}, dst)
	ADDQ(count, e.kinds)
	Label("eight")
	for i := range 8 {
		one, kind := GP64(), GP64()
		TZCNTQ(mask, one)
		MOVL(one.As32(), kind.As32())
		ANDL(U8(63), kind.As32()) // it is 64 where there are no more
		MOVBLZX(Mem{Base: e.p, Index: kind, Scale: 1}, kind.As32())
		MOVB(kind.As8(), Mem{Base: kinds, Disp: i})
		ADDL(e.at, one.As32())
		MOVL(one.As32(), Mem{Base: to, Disp: 4 * i})
		BLSRQ(mask, mask)
	}
	ADDQ(U8(8), kinds)
	ADDQ(U8(32), to)
	CMPQ(to, dst)
	JB(LabelRef("eight"))
}

// sixteens writes sixteen positions, and more where there are. It compresses the numbers of
// the bytes and widens what is left: few blocks have more than sixteen positions, and
// whatever the text is, it takes no other branch.
type sixteens struct {
	at, size, bytes, text reg.VecVirtual
	kinds                 reg.Register
	rest                  func()
}

func (s *sixteens) begin(at, kinds, _ reg.Register) {
	s.at, s.size, s.bytes, s.text, s.kinds = ZMM(), ZMM(), ZMM(), ZMM(), kinds
	size := GP32()
	VPBROADCASTD(at, s.at)
	MOVL(U32(64), size)
	VPBROADCASTD(size, s.size)
	VMOVDQU8(counting(), s.bytes)
}

func (s *sixteens) keep(text []reg.VecVirtual) { VMOVDQU64(text[0], s.text) }

func (s *sixteens) next() { VPADDD(s.size, s.at, s.at) }

func (s *sixteens) others() { s.rest() }

func (s *sixteens) write(mask reg.GPVirtual, dst reg.Register) {
	some, count, set := ZMM(), GP64(), K()
	KMOVQ(mask, set)
	POPCNTQ(mask, count)
	compress(s.bytes, set, some)
	compress(s.text, set, s.text)
	VMOVDQU(s.text.AsX(), Mem{Base: s.kinds})
	s.quarter(some, 0, dst)
	CMPQ(count, U8(16))
	JA(LabelRef("more"))
	Label("written")
	ADDQ(count, s.kinds)
	LEAQ(Mem{Base: dst, Index: count, Scale: 4}, dst)
	s.rest = func() {
		Label("more")
		VMOVDQU8(s.text, Mem{Base: s.kinds})
		for i := 1; i < 4; i++ {
			s.quarter(some, i, dst)
		}
		JMP(LabelRef("written"))
	}
}

// compress is VPCOMPRESSB, which avo does not know.
func compress(from reg.VecVirtual, set, to reg.Register) {
	Instruction(&ir.Instruction{
		Opcode: "VPCOMPRESSB", Suffixes: []string{"Z"},
		Operands: []Op{from, set, to}, Inputs: []Op{from, set}, Outputs: []Op{to},
		ISA: []string{"AVX512VBMI2"},
	})
}

// quarter writes sixteen positions of those that a block may have.
func (s *sixteens) quarter(some reg.VecVirtual, i int, dst reg.Register) {
	part, places := some.AsX(), ZMM()
	if i > 0 {
		part = XMM()
		VEXTRACTI32X4(U8(uint8(i)), some, part)
	}
	VPMOVZXBD(part, places)
	VPADDD(s.at, places, places)
	VMOVDQU32(places, Mem{Base: dst, Disp: 64 * i})
}

// counting is a table of the numbers from 0 to 63.
func counting() Mem {
	table := GLOBL("counting", RODATA|NOPTR)
	for i := range 64 {
		DATA(i, U8(uint8(i)))
	}
	return table
}
