package list

import (
	"errors"
	"fmt"
)

// A SyntaxError reports a body that is no JSON text (RFC 8259), or that ends
// before it is complete.
type SyntaxError struct {
	// Offset counts the bytes of the body before the one that is wrong.
	Offset int64

	// Pointer is the JSON Pointer (RFC 6901) of the value in which it is, or at which
	// a value is missing, as far as that is known: see [Reader.Pointer].
	Pointer string

	// Msg says what is wrong there.
	Msg string
}

// Error leaves the pointer out, because it holds names of members: they may stand in
// a log, but not in an answer.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at byte %d", e.Msg, e.Offset)
}

var (
	// ErrTooLarge reports a page that cannot be held: one item alone, or what
	// stands before or behind the list, is larger than Options.MaxBytes.
	ErrTooLarge = errors.New("larger than what one page may take in memory")

	// ErrDuplicate reports a body whose list occurs twice, as a repeated member:
	// parsers differ in which of the two they take, so neither can be cut.
	ErrDuplicate = errors.New("the list occurs twice")

	// ErrUnnamed reports to an [Indexer] a list in a member whose name is too long to
	// be compared, so that no path could lead to it again.
	ErrUnnamed = errors.New("the list's name is too long")

	// ErrTooMany reports a list that goes on beyond Options.Limit when
	// Options.FailOnMore asks for an error instead of a cut.
	ErrTooMany = errors.New("more items than allowed")
)
