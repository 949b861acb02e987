package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Where a Skimming has its fields, behind those of a State.
const (
	skimDepth = 8 * (3 + iota)
	skimRoom
	skimLast
	skimWant
	skimMask
	skimOpen
	skimClosers
	skimAt
	skimWithin
)

// A skimmer has what the parts of skim share. What changes seldom is left in memory.
type skimmer struct {
	state, p, blocks reg.Register
	depth            reg.GPVirtual
	last             reg.GPVirtual // where the last container ended that another follows
	open, closers    reg.GPVirtual // brackets of the block that have not been looked at
}

// skim writes a function that follows containers to their ends.
func skim(v vectors) {
	name := "skim" + v.suffix()
	TEXT(name, NOSPLIT, "func(p *byte, blocks int, s *uint64) (n int)")
	Pragma("noescape")
	Doc(name+" does what Skim does, with blocks behind which there are 8 bytes, and returns how",
		"many of them it has read. s is a Skimming.")
	s := &skimmer{depth: GP64(), last: GP64(), open: GP64(), closers: GP64()}
	s.p, s.blocks, s.state = Load(Param("p"), GP64()), Load(Param("blocks"), GP64()), Load(Param("s"), GP64())
	lex := newLexer(v, s.state)
	open, closer, lower := v.every('{'), v.every('}'), v.every(0x20)
	LEAQ(Mem{Base: s.p, Disp: -1}, s.last)
	MOVQ(Mem{Base: s.state, Disp: skimDepth}, s.depth)
	MOVQ(Mem{Base: s.state, Disp: skimOpen}, s.open)
	MOVQ(Mem{Base: s.state, Disp: skimClosers}, s.closers)
	CMPQ(Mem{Base: s.state, Disp: skimWithin}, U8(0))
	JNE(LabelRef("closer"))

	Label("block")
	text, strings := lex.block(s.p, s.state, "next")
	Comment("With bit 5 set, both openers are '{' and both closers '}'.")
	v.or(text, lower)
	ANDNQ(v.equal(text, open), strings, s.open)
	ANDNQ(v.equal(text, closer), strings, s.closers)
	s.one()

	Label("next")
	ADDQ(U8(64), s.p)
	DECQ(s.blocks)
	JNZ(LabelRef("block"))
	s.leave(lex, 0)

	s.several()
	s.spent()
	Label("other")
	s.leave(lex, 1)
}

// longContainer is how long a container is that has mostly blocks without a closer.
const longContainer = 5 * 64

// one is for blocks with one closer or none, as most are where containers do not nest. In
// which of them a short one ends is not predictable: it takes no branch.
func (s *skimmer) one() {
	count, upTo, depth, inner := GP64(), GP64(), GP64(), GP64()
	CMPQ(s.depth, U8(1))
	JG(LabelRef("several"))
	BLSRQ(s.closers, count)
	JNZ(LabelRef("several"))
	LEAQ(Mem{Base: s.p, Disp: -longContainer}, count)
	CMPQ(count, s.last)
	JLT(LabelRef("short"))
	TESTQ(s.closers, s.closers)
	JZ(LabelRef("open"))
	Label("short")
	POPCNTQ(s.closers, count)
	BLSMSKQ(s.closers, upTo)
	MOVQ(upTo, inner)
	ANDQ(s.open, inner)
	POPCNTQ(inner, inner)
	LEAQ(Mem{Base: s.depth, Index: inner, Scale: 1}, depth)
	SUBQ(count, depth)
	Comment("Without a closer, the depth is not 0. If it is, another container should follow.")
	at, differs, none := GP64(), GP64(), GP64()
	TZCNTQ(s.closers, at)
	s.follows(at, differs)
	XORL(none.As32(), none.As32())
	TESTQ(depth, depth)
	CMOVQNE(none, differs)
	TESTQ(differs, differs)
	JNZ(LabelRef("closer"))
	ADDQ(s.p, at)
	TESTQ(depth, depth)
	CMOVQEQ(at, s.last)
	SETEQ(none.As8())
	ANDNQ(s.open, upTo, upTo)
	POPCNTQ(upTo, upTo)
	LEAQ(Mem{Base: depth, Index: upTo, Scale: 1}, s.depth)
	SUBQ(none, Mem{Base: s.state, Disp: skimRoom})
	JZ(LabelRef("spent"))
}

// follows sets differs to 0 if what is at a closer is what stands between containers.
func (s *skimmer) follows(at, differs reg.GPVirtual) {
	MOVQ(Mem{Base: s.p, Index: at, Scale: 1}, differs)
	XORQ(Mem{Base: s.state, Disp: skimWant}, differs)
	ANDQ(Mem{Base: s.state, Disp: skimMask}, differs)
}

// several goes from closer to closer, unless they are too few for the container to end.
func (s *skimmer) several() {
	Label("several")
	count, inner := GP64(), GP64()
	POPCNTQ(s.closers, count)
	CMPQ(s.depth, count)
	JLE(LabelRef("closer"))
	SUBQ(count, s.depth)
	JMP(LabelRef("open"))

	Label("closer")
	upTo, at, differs := GP64(), GP64(), GP64()
	TESTQ(s.closers, s.closers)
	JZ(LabelRef("open"))
	BLSMSKQ(s.closers, upTo)
	MOVQ(upTo, inner)
	ANDQ(s.open, inner)
	ANDNQ(s.open, upTo, s.open)
	POPCNTQ(inner, inner)
	TZCNTQ(s.closers, at)
	BLSRQ(s.closers, s.closers)
	LEAQ(Mem{Base: s.depth, Index: inner, Scale: 1, Disp: -1}, s.depth)
	TESTQ(s.depth, s.depth)
	JNZ(LabelRef("closer"))
	MOVQ(at, Mem{Base: s.state, Disp: skimAt})
	s.follows(at, differs)
	TESTQ(differs, differs)
	JNZ(LabelRef("other"))
	LEAQ(Mem{Base: s.p, Index: at, Scale: 1}, s.last)
	DECQ(Mem{Base: s.state, Disp: skimRoom})
	JNZ(LabelRef("closer"))
	s.nothing()
	JMP(LabelRef("closer"))

	Label("open")
	POPCNTQ(s.open, s.open)
	ADDQ(s.open, s.depth)
	JMP(LabelRef("next"))
}

// spent is where no more containers may follow.
func (s *skimmer) spent() {
	Label("spent")
	s.nothing()
	JMP(LabelRef("next"))
}

// nothing makes whatever follows differ: a closer is not 0.
func (s *skimmer) nothing() {
	MOVQ(U32(0), Mem{Base: s.state, Disp: skimWant})
	MOVQ(I32(-1), Mem{Base: s.state, Disp: skimMask})
}

// leave returns, from within a block or not.
func (s *skimmer) leave(lex *lexer, within uint32) {
	lex.save(s.state)
	MOVQ(s.depth, Mem{Base: s.state, Disp: skimDepth})
	MOVQ(s.open, Mem{Base: s.state, Disp: skimOpen})
	MOVQ(s.closers, Mem{Base: s.state, Disp: skimClosers})
	MOVQ(U32(within), Mem{Base: s.state, Disp: skimWithin})
	SUBQ(Load(Param("p"), GP64()), s.last)
	MOVQ(s.last, Mem{Base: s.state, Disp: skimLast})
	n := Load(Param("blocks"), GP64())
	SUBQ(s.blocks, n)
	Store(n, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
