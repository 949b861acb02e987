package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// carefulFor is how many blocks without a backslash it takes to believe that no more come.
const carefulFor = 16

// A lexer tells what is in strings, from block to block.
type lexer struct {
	vectors
	inString, escape       reg.GPVirtual
	careful                reg.GPVirtual // how many blocks more are read as if they had a backslash
	quote, backslash, ones reg.VecVirtual
}

func newLexer(v vectors, state reg.Register) *lexer {
	l := &lexer{vectors: v, inString: GP64(), escape: GP64(), careful: GP64(), ones: XMM()}
	MOVQ(Mem{Base: state}, l.inString)
	MOVQ(Mem{Base: state, Disp: 8}, l.escape)
	l.quote, l.backslash = v.every('"'), v.every('\\')
	VPCMPEQB(l.ones, l.ones, l.ones)
	XORQ(l.careful, l.careful)
	return l
}

// save leaves what crosses to the next block in state.
func (l *lexer) save(state reg.Register) {
	MOVQ(l.inString, Mem{Base: state})
	MOVQ(l.escape, Mem{Base: state, Disp: 8})
	seen := GP64()
	XORQ(seen, seen)
	CMPQ(Mem{Base: state, Disp: 16}, U8(0))
	SETNE(seen.As8())
	MOVQ(seen, Mem{Base: state, Disp: 16})
}

// block reads the block at p, and returns which of its bytes are in strings. It jumps to
// the label text if all of them are.
func (l *lexer) block(p, state reg.Register, label string) (text []reg.VecVirtual, strings reg.GPVirtual) {
	text = l.load(p)
	quotes := l.equal(text, l.quote)
	backslashes := l.equal(text, l.backslash)

	Comment("Most texts hold no backslash. Where one has come, there will be others, but which blocks",
		"they are in is not predictable.")
	either := GP64()
	MOVQ(backslashes, either)
	ORQ(l.escape, either)
	ORQ(l.careful, either)
	JZ(LabelRef("unescaped"))
	again := GP64()
	MOVQ(U32(carefulFor), again)
	DECQ(l.careful)
	MOVQ(backslashes, either)
	ORQ(l.escape, either)
	CMOVQNE(again, l.careful)
	ORQ(either, Mem{Base: state, Disp: 16})
	escapes(backslashes, l.escape, quotes)

	Label("unescaped")
	Comment("Long text has blocks without a quote.")
	TESTQ(quotes, quotes)
	JNZ(LabelRef("quoted"))
	TESTQ(l.inString, l.inString)
	JNZ(LabelRef(label))

	Label("quoted")
	Comment("A bit is in a string if the number of quotes up to it is odd.")
	strings = prefixXor(quotes, l.ones)
	XORQ(l.inString, strings)
	MOVQ(strings, l.inString)
	SARQ(U8(63), l.inString)
	return text, strings
}
