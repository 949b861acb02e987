package block

import "encoding/binary"

// A Skimming is how far containers have been followed that stand in a row. Between two
// texts, the State, Depth and what follows is all that there is to know.
type Skimming struct {
	State
	Depth int   // how many containers are open; none only where white space and an opener come next
	Room  int64 // how many more containers may follow without anybody's being asked
	Last  int   // where the last of them ended that one followed, or less than 0: Skim sets it
	want  uint64
	mask  uint64 // of want, what has to be there

	// Of the block at hand: the brackets behind the end of a container, where that is, and
	// whether there is one.
	_      [2]uint64
	at     int
	within uint64
}

// Follows says what the bytes are that stand between two containers, beginning with the
// first one's closer and ending with the other one's opener. Nothing ever follows if there
// are none, or too many.
func (s *Skimming) Follows(between []byte) {
	s.want, s.mask = 0, ^uint64(0)
	if n := len(between); 0 < n && n <= 8 {
		var word [8]byte
		copy(word[:], between)
		s.want, s.mask = binary.LittleEndian.Uint64(word[:]), ^uint64(0)>>(64-8*n)
	}
}

// Begin forgets what has been read of a block.
func (s *Skimming) Begin() { s.within = 0 }

// Skim follows the container that is open at p[i], through all that follow it, and returns
// the position behind the last block that there is in p; or that of the bracket which ends
// a container, if something else follows. After that, it goes on in that block, if i is the
// position that it has returned. It panics if it is not [Available].
func Skim(p []byte, i int, s *Skimming) (at int, ended bool) {
	from := i
	if s.within != 0 {
		from = i - s.at
	}
	s.Last = -1
	blocks := (len(p) - from - 8) / Size
	if len(p)-from < Size+8 {
		return i, false
	}
	n := skimBlocks(p[from:], blocks, s)
	if s.Last >= 0 {
		s.Last += from
	}
	if s.within != 0 {
		return from + n*Size + s.at, true
	}
	return from + n*Size, false
}
