//go:build amd64 && !purego

package block

import (
	"bytes"
	"testing"
)

// A skimmed is what Skim tells.
type skimmed struct {
	at    int
	ended bool
	room  int64
	depth int
	last  int
}

// slowSkim does what Skim does, up to block n, a byte at a time.
func slowSkim(p []byte, masks []Structure, n int, from skimmed, between string) skimmed {
	got := skimmed{depth: from.depth, room: from.room, last: -1}
	for i := from.at; i < n*Size; i++ {
		bit := uint64(1) << (i % Size)
		switch m := &masks[i/Size]; {
		case m.Open&bit != 0:
			got.depth++
		case m.Close&bit != 0:
			got.depth--
			switch {
			case got.depth > 0:
			case got.room > 0 && between != "" && bytes.HasPrefix(p[i:], []byte(between)):
				got.room--
				got.last = i
			default:
				got.at, got.ended = i, true
				return got
			}
		}
	}
	got.at = n * Size
	return got
}

// checkSkim skims containers in a row, as if some were open already, as many blocks at a
// time as each says.
func checkSkim(t *testing.T, p []byte, masks []Structure, each func() int) {
	t.Helper()
	for i, between := range []string{"", "},{", "},\n  {", "],[", "}{", "},{", "},\n  {", "],["} {
		s := Skimming{Depth: max(i-4, 0)}
		if s.Depth == 0 && !opens(p) {
			continue
		}
		want := skimmed{depth: s.Depth}
		for want.at < len(p) {
			room := int64(each() - 1)
			begin := want.at
			end := min(begin/Size*Size+each()*Size+each(), len(p))
			if end-begin < Size+8 {
				break
			}
			for goOn := true; goOn; {
				if s.Follows([]byte(between)); room == 0 {
					s.Follows(nil)
				}
				s.Room, want.room = room, room
				from := want
				if from.ended {
					from.at++
				}
				want = slowSkim(p, masks, begin/Size+(end-begin-8)/Size, from, between)
				got := skimmed{last: -1}
				got.at, got.ended = Skim(p[begin:end], from.at-begin-boolean(from.ended), &s)
				got.at += begin
				if got.room, got.depth = s.Room, s.Depth; s.Last >= 0 {
					got.last = begin + s.Last
				}
				if got != want {
					t.Fatalf("%q, %q between, from %+v to %d\ngot  %+v\nwant %+v", p, between, from, end, got, want)
				}
				room = want.room
				goOn = want.ended
				if goOn && !opens(p[want.at+1:]) {
					return
				}
			}
			s.Begin()
		}
	}
}

// opens tells whether a bracket opens something before anything else.
func opens(p []byte) bool {
	rest := bytes.TrimLeft(p, ", \n")
	return len(rest) > 0 && rest[0]|0x20 == '{'
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
