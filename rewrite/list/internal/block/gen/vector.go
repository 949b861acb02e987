package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A vectors is what a kernel holds a block in: one vector of 64 bytes with AVX-512, else
// two of 32 bytes.
type vectors bool

const (
	halves vectors = false
	whole  vectors = true
)

// suffix is what names of functions end with.
func (v vectors) suffix() string {
	if v == whole {
		return "512"
	}
	return ""
}

func (v vectors) one() reg.VecVirtual {
	if v == whole {
		return ZMM()
	}
	return YMM()
}

// load reads the block at p.
func (v vectors) load(p reg.Register) (text []reg.VecVirtual) {
	if v == whole {
		text = []reg.VecVirtual{ZMM()}
		VMOVDQU64(Mem{Base: p}, text[0])
		return text
	}
	text = []reg.VecVirtual{YMM(), YMM()}
	VMOVDQU(Mem{Base: p}, text[0])
	VMOVDQU(Mem{Base: p, Disp: 32}, text[1])
	return text
}

// every returns a vector whose every byte is c.
func (v vectors) every(c byte) reg.VecVirtual {
	one, all := GP64(), v.one()
	MOVQ(U64(uint64(c)), one)
	if v == whole {
		VPBROADCASTB(one.As32(), all)
		return all
	}
	x := XMM()
	VMOVQ(one, x)
	VPBROADCASTB(x, all)
	return all
}

// equal returns which of 64 bytes are those of c.
func (v vectors) equal(text []reg.VecVirtual, c reg.VecVirtual) reg.GPVirtual {
	return v.same(text, func(reg.VecVirtual) reg.VecVirtual { return c })
}

// same returns which of 64 bytes are what other makes of them.
func (v vectors) same(text []reg.VecVirtual, other func(reg.VecVirtual) reg.VecVirtual) reg.GPVirtual {
	mask := GP64()
	if v == whole {
		k := K()
		VPCMPEQB(other(text[0]), text[0], k)
		KMOVQ(k, mask)
		return mask
	}
	upper := GP64()
	for i, half := range []reg.GPVirtual{mask, upper} {
		same, with := YMM(), other(text[i])
		VPCMPEQB(text[i], with, same)
		VPMOVMSKB(same, half.As32())
	}
	SHLQ(U8(32), upper)
	ORQ(upper, mask)
	return mask
}

// or sets the bits of c in text.
func (v vectors) or(text []reg.VecVirtual, c reg.VecVirtual) {
	for _, part := range text {
		if v == whole {
			VPORQ(c, part, part)
		} else {
			VPOR(c, part, part)
		}
	}
}

// table returns a vector with 16 bytes of memory again and again.
func (v vectors) table(m Mem) reg.VecVirtual {
	all := v.one()
	if v == whole {
		VBROADCASTI32X4(m, all)
	} else {
		VBROADCASTI128(m, all)
	}
	return all
}
