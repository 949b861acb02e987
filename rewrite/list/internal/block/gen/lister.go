package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A lister writes the positions of a block's bits.
type lister interface {
	begin(at reg.Register)                      // the position of the first block
	write(mask reg.GPVirtual, dst reg.Register) // moves dst on by as many as there are
	next()                                      // goes on to the next block
}

// eights writes positions eight at a time, as long as there are any.
type eights struct{ at reg.Register }

func (e *eights) begin(at reg.Register) { e.at = at }

func (e *eights) next() { ADDL(U8(64), e.at) }

func (e *eights) write(mask reg.GPVirtual, dst reg.Register) {
	count, to := GP64(), GP64()
	POPCNTQ(mask, count)
	MOVQ(dst, to)
	LEAQ(Mem{Base: dst, Index: count, Scale: 4}, dst)
	Label("eight")
	for i := range 8 {
		one := GP64()
		TZCNTQ(mask, one)
		ADDL(e.at, one.As32())
		MOVL(one.As32(), Mem{Base: to, Disp: 4 * i})
		BLSRQ(mask, mask)
	}
	ADDQ(U8(32), to)
	CMPQ(to, dst)
	JB(LabelRef("eight"))
}

// sixteens writes, of sixteen positions at a time, those whose bits are set. It takes no
// branch that depends on the text.
type sixteens struct {
	at   [4]reg.VecVirtual // the positions of the block
	size reg.VecVirtual
}

func (s *sixteens) begin(at reg.Register) {
	s.size = ZMM()
	size := GP32()
	MOVL(U32(64), size)
	VPBROADCASTD(size, s.size)
	first, sixteen := ZMM(), ZMM()
	VPBROADCASTD(at, first)
	MOVL(U32(16), size)
	VPBROADCASTD(size, sixteen)
	for i := range s.at {
		s.at[i] = ZMM()
		if i == 0 {
			VPADDD(counting(), first, s.at[0])
		} else {
			VPADDD(sixteen, s.at[i-1], s.at[i])
		}
	}
}

func (s *sixteens) next() {
	for _, at := range s.at {
		VPADDD(s.size, at, at)
	}
}

func (s *sixteens) write(mask reg.GPVirtual, dst reg.Register) {
	for i, at := range s.at {
		some, count, set := ZMM(), GP64(), K()
		KMOVW(mask.As32(), set)
		VPCOMPRESSD_Z(at, set, some)
		VMOVDQU32(some, Mem{Base: dst})
		MOVWLZX(mask.As16(), count.As32())
		POPCNTL(count.As32(), count.As32())
		LEAQ(Mem{Base: dst, Index: count, Scale: 4}, dst)
		if i < len(s.at)-1 {
			SHRQ(U8(16), mask)
		}
	}
}

// counting is a table of the numbers from 0 to 15.
func counting() Mem {
	table := GLOBL("counting", RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(uint32(i)))
	}
	return table
}
