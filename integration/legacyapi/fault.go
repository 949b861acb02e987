package legacyapi

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// FaultKind is a way to break an answer.
type FaultKind string

// The faults. What was rendered before the fault is flushed first, so that the
// client has it.
const (
	// Die closes the connection without finishing the answer.
	Die FaultKind = "die"
	// Stall sends nothing more until the client goes away.
	Stall FaultKind = "stall"
	// Rubbish puts bytes in between that are no JSON, not even inside a string,
	// and goes on as if nothing were the matter.
	Rubbish FaultKind = "rubbish"
	// Short announces the whole body's length and ends early, in valid JSON: the
	// list and its envelope are tidily closed where the fault strikes. Only the
	// Content-Length tells that something is missing.
	Short FaultKind = "short"
)

// Places for Fault.Item besides an item's number.
const (
	AtHead = -1          // before the header; rubbish comes first in the body
	AtEnd  = math.MaxInt // right behind the list's closing bracket
)

// Fault breaks an answer at one place. The zero value breaks nothing.
type Fault struct {
	Kind FaultKind // empty: no fault

	// Item is the number, from 0, of the item before which the fault strikes:
	// so many items were sent whole. Or AtHead, or AtEnd.
	Item int

	// Inside makes the fault strike in the middle of that item's bytes.
	Inside bool
}

// rubbish is no JSON anywhere: a bare NUL is not allowed even inside a string.
const rubbish = "\x00<html>rubbish</html>"

// ParseFault reads a fault as flags and queries write it: the kind, @ and the
// place, which is head, end, an item's number, or the number with .5 appended for
// the middle of that item. "none" is no fault.
//
//	die@head   stall@0   rubbish@10.5   short@100   die@end
func ParseFault(text string) (Fault, error) {
	if text == "none" {
		return Fault{}, nil
	}
	kind, place, _ := strings.Cut(text, "@")
	f := Fault{Kind: FaultKind(kind)}
	if err := oneOf(kind, string(Die), string(Stall), string(Rubbish), string(Short)); err != nil {
		return Fault{}, fmt.Errorf("reading the fault's kind: %w", err)
	}
	switch place {
	case "head":
		f.Item = AtHead
	case "end":
		f.Item = AtEnd
	default:
		number, inside := strings.CutSuffix(place, ".5")
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return Fault{}, fmt.Errorf("reading the fault's place %q: head, end, a number, or a number and .5: %w", place, err)
		}
		f.Item, f.Inside = int(n), inside
	}
	if f.Kind == Short && (f.Inside || f.Item < 0) {
		return Fault{}, fmt.Errorf("reading the fault's place %q: a short answer ends between items", place)
	}
	return f, nil
}

// before reports whether the fault strikes before item i of the answer.
func (f Fault) before(i int) bool { return f.Kind != "" && f.Item == i && !f.Inside }

// inside reports whether the fault strikes inside item i of the answer.
func (f Fault) inside(i int) bool { return f.Kind != "" && f.Item == i && f.Inside }
