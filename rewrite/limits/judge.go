package limits

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Ask is what a request asks for, before anybody judges it.
type Ask struct {
	// Limit, Offset and Page as they were read. Offset also holds the position
	// that a cursor stood for, once the caller has opened it.
	Limit, Offset, Page Number
	// FirstPage is the number of the first page in this style, 0 or 1.
	FirstPage int64
	// Cursor is the cursor as the client sent it, decoded from the query but
	// still sealed. HasCursor says that there is one; an empty one is none.
	Cursor    string
	HasCursor bool
	// After and Before are keys of items, as the client sent them, that the page
	// begins behind or ends before. HasAfter and HasBefore say that there is one;
	// an empty one is none.
	After, Before       string
	HasAfter, HasBefore bool
	// LimitName and its siblings are the parameters' names for messages: the
	// configured spelling that the client used, else the style's own.
	LimitName, OffsetName, PageName, CursorName string
	AfterName, BeforeName                       string
	// LimitText and its siblings are the values as the client wrote them, for
	// messages; empty where a number did not come from a query.
	LimitText, OffsetText, PageText string
	// Spans says that the limit is what lies between two positions: no parameter is
	// it by itself. LimitName is then the one that says where the page ends.
	Spans bool
	// Whole is how many items the client wants in all, over as many pages as that
	// takes. WholeName and WholeText are for it what LimitName and LimitText are.
	Whole                Number
	WholeName, WholeText string
	// Preferred says that the limit came from a Prefer header field.
	Preferred bool
	// Bad is the first thing that is invalid, nil if nothing is. A cursor that
	// cannot be used outranks the rest, see Judge.
	Bad *Problem
}

// Rules are a route's limits, in items.
type Rules struct {
	// Default is the page of a request that names no limit, Max the largest
	// page. 1 <= Default <= Max.
	Default, Max int64
	// MaxOffset is how far offset plus limit may reach; below 0 there is no
	// such bound. The first page is never too deep, so 0 leaves cursors as the
	// only way beyond it.
	MaxOffset int64
	// RejectOverMax refuses a limit over Max instead of serving Max items.
	RejectOverMax bool
	// ZeroIsMax takes a limit of 0 for as many items as are allowed, instead of for
	// all that there are.
	ZeroIsMax bool
	// DefaultInvalid serves what is invalid as if it had not been said.
	DefaultInvalid bool
}

// Reason says why a request is compliant or why it is not.
type Reason string

// The reasons, as logs and reports spell them.
const (
	ReasonOK         Reason = "ok"
	ReasonMissing    Reason = "missing"
	ReasonUnlimited  Reason = "unlimited"
	ReasonOverMax    Reason = "over_max"
	ReasonOverOffset Reason = "over_max_offset"
	ReasonInvalid    Reason = "invalid"
)

// Verdict is what the rules say about an ask. It does not know the phase.
type Verdict struct {
	Reason Reason
	// Limit and Offset are what to serve where limits are enforced and Problem
	// is nil. 1 <= Limit <= Max, and Offset+Limit+1 does not overflow.
	Limit, Offset int64
	// AskedLimit and AskedOffset are what the client wants, for the phases that
	// do not enforce. AskedLimit is 0 when it named none; both may be
	// math.MaxInt64.
	AskedLimit, AskedOffset int64
	// Rest is how many items the client is still to get, those of this page among
	// them; negative if it has not said.
	Rest int64
	// Problem is how enforcement refuses the request, nil if it serves it.
	Problem *Problem
}

// Compliant reports whether the request asks for a bounded page within the
// maximum: then nothing changes for it when limits are enforced.
func (v Verdict) Compliant() bool { return v.Reason == ReasonOK }

// Moved reports whether the page begins elsewhere where limits are enforced: a page
// number counts in pages of the size that was asked for, or of the maximum.
func (v Verdict) Moved() bool { return v.Reason == ReasonOverMax && v.AskedOffset != v.Offset }

// Settle makes sure that the ask names one position. An offset, a page number,
// a cursor and a key contradict each other; where two of them are given, the numbers
// become Invalid and Bad says so, unless something else was wrong before. The
// cursor or the key stays: it is the most exact. Of two keys neither stays. Call it
// before the cursor's position is put into Offset.
func (a *Ask) Settle() {
	if a.HasAfter && a.HasBefore {
		a.HasAfter, a.HasBefore = false, false
		a.Bad = NewProblem(CodeCursorInvalid, a.BeforeName, a.Before,
			fmt.Sprintf("%s and %s are two positions; use one", a.AfterName, a.BeforeName))
	}
	offset, page := a.Offset.Kind == Given, a.Page.Kind == Given
	var problem *Problem
	switch {
	case offset && page:
		problem = NewProblem(CodeLimitInvalid, a.PageName, asWritten(a.PageText, a.Page),
			fmt.Sprintf("%s and %s are two positions; use one", a.OffsetName, a.PageName))
	case offset && a.HasCursor:
		problem = NewProblem(CodeLimitInvalid, a.CursorName, a.Cursor,
			fmt.Sprintf("%s and %s are two positions; use one", a.OffsetName, a.CursorName))
	case page && a.HasCursor:
		problem = NewProblem(CodeLimitInvalid, a.CursorName, a.Cursor,
			fmt.Sprintf("%s and %s are two positions; use one", a.PageName, a.CursorName))
	case (offset || page) && a.HasAfter:
		problem = a.besideKey(a.AfterName, a.After)
	case (offset || page) && a.HasBefore:
		problem = a.besideKey(a.BeforeName, a.Before)
	default:
		return
	}
	a.Offset, a.Page = Number{Kind: Invalid}, Number{Kind: Invalid}
	if a.Bad == nil {
		a.Bad = problem
	}
}

// besideKey says that a key stands beside a number.
func (a *Ask) besideKey(name, given string) *Problem {
	number := a.OffsetName
	if a.Page.Kind == Given {
		number = a.PageName
	}
	return NewProblem(CodeLimitInvalid, name, given, fmt.Sprintf("%s and %s are two positions; use one", number, name))
}

// goesOn tells whether the request goes on from a page that was served.
func (a *Ask) goesOn() bool { return a.HasCursor || a.HasAfter || a.HasBefore }

// Judge returns the verdict on a, which has been settled. Where several things are wrong, the reason is
// the first of: invalid, over_max_offset, over_max, missing or unlimited.
//
// Under DefaultInvalid an invalid parameter counts as absent and the rest is
// judged as usual, so that limit=abc does not lift the other bounds. A bad
// cursor is refused all the same: serving the first page instead would send a
// client that walks the list round in circles.
func (r Rules) Judge(a Ask) Verdict {
	bad := a.firstBad()
	for _, n := range []*Number{&a.Limit, &a.Offset, &a.Page, &a.Whole} {
		if n.Kind == Invalid {
			*n = Number{}
		}
	}
	v := r.judgeValid(&a)
	if bad == nil {
		return v
	}
	v.Reason = ReasonInvalid
	if !r.DefaultInvalid || bad.Code == CodeCursorInvalid {
		v.Problem = bad
	}
	return v
}

// firstBad returns why a is invalid. Numbers without a Problem of their own
// come from callers that read no query.
func (a *Ask) firstBad() *Problem {
	const detail = "not a whole number in plain digits"
	switch {
	case a.Bad != nil:
		return a.Bad
	case a.Limit.Kind == Invalid:
		return NewProblem(CodeLimitInvalid, a.LimitName, "", detail)
	case a.Offset.Kind == Invalid:
		return NewProblem(CodeLimitInvalid, a.OffsetName, "", detail)
	case a.Page.Kind == Invalid:
		return NewProblem(CodeLimitInvalid, a.PageName, "", detail)
	case a.Whole.Kind == Invalid:
		return NewProblem(CodeLimitInvalid, a.WholeName, "", detail)
	}
	return nil
}

// judgeValid judges an ask in which nothing is Invalid.
func (r *Rules) judgeValid(a *Ask) Verdict {
	v := Verdict{Reason: ReasonOK, Limit: r.Default, Rest: -1}
	asked := r.Default // what a page number counts in, as asked
	largest := r.Max
	if a.Limit.Kind == Absent && !a.goesOn() {
		// All that is wanted, in one page if that may be so large. If not, nobody
		// has said how large the pages are to be.
		a.Limit, a.LimitName, a.LimitText = a.Whole, a.WholeName, a.WholeText
		if a.Whole.Kind == Given {
			largest = r.Default
		}
	}
	switch {
	case a.Limit.Kind == Given && a.Limit.N > r.Max:
		v.Reason, v.Limit, v.AskedLimit = ReasonOverMax, largest, a.Limit.N
		asked = a.Limit.N
		// A preference never fails a request (RFC 7240, section 2).
		if r.RejectOverMax && !a.Preferred {
			v.Problem = r.tooLarge(a)
		}
	case a.Limit.Kind == Given && a.Limit.N > 0:
		v.Limit, v.AskedLimit = a.Limit.N, a.Limit.N
		asked = a.Limit.N
	case r.ZeroIsMax && a.Limit.Kind == Unlimited && isZero(a.LimitText):
		v.Limit, v.AskedLimit = r.Max, r.Max
		asked = r.Max
	case a.goesOn():
		// Whoever follows a cursor, or a key, walks page by page.
	case a.Limit.Kind == Unlimited || a.Limit.Kind == Given:
		v.Reason = ReasonUnlimited
	case a.Page.Kind != Given:
		v.Reason = ReasonMissing
	}

	if a.Whole.Kind == Given {
		v.Rest = a.Whole.N
		v.Limit, v.AskedLimit = min(v.Limit, v.Rest), min(v.AskedLimit, v.Rest)
	}

	v.Offset, v.AskedOffset = a.position(v.Limit), a.position(asked)
	if r.MaxOffset >= 0 && !a.HasCursor && v.Offset > 0 && addCapped(v.Offset, v.Limit) > r.MaxOffset {
		v.Reason, v.Problem = ReasonOverOffset, r.tooDeep(a, v.Limit)
	}
	v.Offset = min(v.Offset, math.MaxInt64-1-v.Limit)
	return v
}

// isZero tells whether a limit is the number 0, and no other sentinel.
func isZero(text string) bool { return text != "" && strings.Trim(text, "0") == "" }

// position is how many items to skip when pages have size items.
func (a *Ask) position(size int64) int64 {
	switch {
	case a.Offset.Kind == Given:
		return max(a.Offset.N, 0)
	case a.Page.Kind == Given && a.Page.N > a.FirstPage:
		return mulCapped(a.Page.N-a.FirstPage, size)
	}
	return 0
}

func (r *Rules) tooLarge(a *Ask) *Problem {
	detail := fmt.Sprintf("%s may be at most %d", a.LimitName, r.Max)
	if a.Spans {
		detail = fmt.Sprintf("the page that %s asks for may be at most %d items long", a.LimitName, r.Max)
	}
	p := NewProblem(CodeLimitTooLarge, a.LimitName, asWritten(a.LimitText, a.Limit), detail)
	p.Max = r.Max
	return p
}

func (r *Rules) tooDeep(a *Ask, size int64) *Problem {
	name, given := a.OffsetName, asWritten(a.OffsetText, a.Offset)
	if a.Offset.Kind != Given {
		name, given = a.PageName, asWritten(a.PageText, a.Page)
	}
	way := "narrow the filter"
	if a.CursorName != "" {
		way = `follow rel="next" or a cursor from a page before, or narrow the filter`
	}
	p := NewProblem(CodeOffsetTooDeep, name, given, fmt.Sprintf(
		"%s=%s with %d items a page reaches beyond item %d, the deepest this list is paged by %s; %s",
		name, given, size, r.MaxOffset, name, way))
	p.Max = r.MaxOffset
	return p
}

// asWritten is a Given number as a message shows it.
func asWritten(text string, n Number) string {
	switch {
	case text != "":
		return Clip(text)
	case n.N == math.MaxInt64:
		return strconv.FormatInt(n.N, 10) + " or more"
	}
	return strconv.FormatInt(n.N, 10)
}
