package block

// An Action is what becomes of what a Step expects.
type Action uint8

const (
	Drop       Action = iota // a member whose value is left out: a string, number or literal
	Keep                     // one whose value is written, from its name on
	DropBox                  // a member whose value is left out: mostly an object or array
	Enter                    // a member whose value is an object: it is written up to the bracket, and the next step is the first in it
	EnterArray               // one whose value is an array of objects: so it is with both brackets
	EndItem                  // the end of an item and the beginning of the next one, which is step 0: both are written as they stand
	EndElement               // the end of an element, and either the beginning of the next one, or the end of the array
	EndObject                // the end of an object
	Other                    // none of these
)

// A Step is what items are expected to go on with: a text that begins at a token.
//
// That of a member begins at the token in front of its name, a comma or a bracket, and
// goes up to its value; that of an end has all the brackets and commas that belong to it.
type Step struct {
	Text  [32]byte
	Full  uint32 // a bit for each byte of Text
	Back  uint32 // of EndElement: the step to go on with
	What  Action
	Size  uint8    // how long Text is
	Lead  uint8    // of a member: where in Text its name begins
	Comma uint8    // of a member: 1 if a comma is written before it, else 0
	Long  uint32   // of DropBox: how long Box is
	All   uint32   // a bit for each byte of Box, or for one that is 0, which nothing is like
	_     [12]byte // to a size that makes no step straddle two lines of the cache
	Box   [32]byte // the structure of the value, as it is likely to be
	_     [32]byte
}

// Likely says what structure the value of a DropBox is likely to have; nil says nothing.
func (s *Step) Likely(box []byte) {
	if s.Long = uint32(copy(s.Box[:], box)); s.Long == 0 || len(box) > len(s.Box) {
		s.Box[0], s.Long = 0, 1
	}
	s.All = uint32(1<<s.Long - 1)
}

// A Cursor is how far a Run has come.
type Cursor struct {
	Step, Token int
	Out         int // how many bytes have been written
	Items       int // how many items have ended
	End         int // where the last of them ends
	Kept        int // how much of what was written is theirs
}

// Reach is how far from a token Run reads, and how much more than it writes it may
// overwrite.
const Reach = 112

// Run walks through the items of p from c on, as long as they are what steps expect, and
// writes to dst what is to be kept of them. It leaves c at what it is not sure about: a
// token that is not what the step expects, a value that it does not know to be right, a
// lack of room in dst, or the end of item number items, whatever follows it.
//
// It knows the tokens at[:stop+3], whose bytes are in kinds, and reads none from at[stop] on
// but for what is behind one before that. Behind kinds[stop], it may read 32 bytes more. Those before at[stop] are not in the last Reach bytes of p. It
// knows strings of less than 32 bytes of ASCII without escapes, and numbers. It panics if it is not [Available].
func Run(steps []Step, at []uint32, kinds []byte, stop int, p, dst []byte, items int, c *Cursor) {
	if c.Token >= stop || len(dst)-c.Out < Reach {
		return
	}
	_ = steps[c.Step]
	_, _ = at[stop+2], kinds[stop+31]
	run(steps, at, kinds, stop, p, dst, items, c)
}
