package limits

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// The codes that a problem document carries in its member "code". Programs
// match on them, so they never change.
const (
	// CodeLimitInvalid: a paging parameter is malformed, given twice, spelled
	// in a way that servers read differently, or at odds with another.
	CodeLimitInvalid = "limit_invalid"
	// CodeLimitTooLarge: the limit is over the maximum and the route rejects that.
	CodeLimitTooLarge = "limit_too_large"
	// CodeOffsetTooDeep: offset plus limit is beyond the deepest offset.
	CodeOffsetTooDeep = "offset_too_deep"
	// CodeCursorInvalid: the cursor is altered, cut, or from elsewhere.
	CodeCursorInvalid = "cursor_invalid"
	// CodeFieldsInvalid: the mask of fields is malformed or given twice.
	CodeFieldsInvalid = "fields_invalid"
	// CodePaginationRequired: the request does not ask for a page, and must.
	CodePaginationRequired = "pagination_required"
	// CodeUpstreamMalformed: the upstream's answer is no list that we can page.
	CodeUpstreamMalformed = "upstream_malformed"
	// CodeItemTooLarge: one item alone is larger than a page may be.
	CodeItemTooLarge = "item_too_large"
)

// MaxGiven is how many bytes of what a client sent a Problem repeats.
const MaxGiven = 64

// Problem is why a request is refused, in the members of an RFC 9457 problem
// document that are ours. The zero value of a member leaves it out.
type Problem struct {
	// Code is one of the Code constants.
	Code string
	// Parameter names the parameter at fault, as the configuration spells it.
	Parameter string
	// Given is what the client sent for it: printable, at most MaxGiven bytes.
	Given string
	// Detail tells a person what is wrong and what to do instead.
	Detail string
	// Max is the largest value accepted.
	Max int64
	// Docs is the address of the documentation; the route fills it in.
	Docs string
	// Brownout is when the brownout ends that the refusal is part of, as RFC 3339
	// has it; the route fills it in.
	Brownout string
	// RetryAfter is how many seconds that is from now.
	RetryAfter int64
}

// NewProblem returns a Problem with given made printable and cut to MaxGiven.
func NewProblem(code, parameter, given, detail string) *Problem {
	return &Problem{Code: code, Parameter: parameter, Given: Clip(given), Detail: detail}
}

// Error implements error.
func (p *Problem) Error() string {
	if p.Parameter == "" {
		return p.Code + ": " + p.Detail
	}
	return p.Code + ": " + p.Parameter + ": " + p.Detail
}

// Clip returns text fit for a message: what is not printable is escaped as in
// a Go string, and the result is cut to MaxGiven bytes, ending in "…" then. It
// is what keeps hostile input out of logs and terminals.
func Clip(text string) string {
	const ellipsis = "…"
	clipped := make([]byte, 0, MaxGiven)
	fits := 0 // where the cut would fall: the last end that leaves room for the ellipsis
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			clipped = append(clipped, `\x`...)
			clipped = append(clipped, "0123456789abcdef"[text[0]>>4], "0123456789abcdef"[text[0]&15])
		case unicode.IsPrint(r):
			clipped = utf8.AppendRune(clipped, r)
		default:
			quoted := strconv.QuoteRune(r)
			clipped = append(clipped, quoted[1:len(quoted)-1]...)
		}
		if len(clipped) > MaxGiven {
			return string(clipped[:fits]) + ellipsis
		}
		if len(clipped) <= MaxGiven-len(ellipsis) {
			fits = len(clipped)
		}
		text = text[size:]
	}
	return string(clipped)
}

// Interface guard
var _ error = (*Problem)(nil)
