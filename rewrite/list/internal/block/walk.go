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
// goes up to its value, or to the colon if that is left out; that of an end has all the
// brackets and commas that belong to it.
type Step struct {
	Text  [32]byte
	Full  uint32 // a bit for each byte of Text
	Back  uint32 // of EndElement: the step to go on with
	What  Action
	Size  uint8    // how long Text is
	Lead  uint8    // of a member: where in Text its name begins
	Comma uint8    // of a member: 1 if a comma is written before it, else 0
	_     [20]byte // to a size that makes no step straddle two lines of the cache
}

// A Cursor is how far a Run has come.
type Cursor struct {
	Step  int
	At    int // the position of the token at which the step begins
	Out   int // how many bytes have been written
	Items int // how many items have ended
	End   int // where the last of them ends
	Kept  int // how much of what was written is theirs
}

// Reach is how far from a token Run reads, and how much more than it writes it may
// overwrite.
const Reach = 112

// Run walks through the items of p from c on, as long as they are what steps expect, and
// writes to dst what is to be kept of them. It leaves c at what it is not sure about: a
// token that is not what the step expects, a value that it does not know to be right, a
// lack of room in dst, or the end of item number items, whatever follows it.
//
// It knows the tokens of p[:drawn], by m, and begins no step in the last Reach bytes of p. It
// knows strings of less than 32 bytes of ASCII without escapes, and numbers. It panics if it
// is not [Available].
func Run(steps []Step, m *Map, drawn int, p, dst []byte, items int, c *Cursor) {
	stop := min(drawn, len(p)-Reach)
	if c.At >= stop || len(dst)-c.Out < Reach {
		return
	}
	_, _ = steps[c.Step], m.All[:MapBlocks][(drawn-1)/Size]
	run(steps, m, drawn, stop, p, dst, items, c)
}
