package caddymodule

import (
	"math"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// A mode says how an answer is treated.
type mode uint8

const (
	// watch passes the answer on byte for byte, and counts.
	watch mode = iota

	// hold passes it on byte for byte too, but holds its beginning back until
	// it is known whether the client is affected.
	hold

	// page keeps one page and sends it once it is complete.
	page

	// flow sends what has been asked for as it streams: the list trimmed, or
	// cut where the client asked although that is over the maximum.
	flow

	// pass lets an answer through that turned out to be nothing to work on. No plan
	// begins with it.
	pass
)

// A plan is what to do with one request.
type plan struct {
	mode     mode
	enforced bool

	// requery: the query is rewritten for the upstream, and names window.
	requery bool
	window  style.Window

	limit  int64 // items to send; negative: all
	offset int64 // where they begin in the list
	rest   int64 // items that the client is still to get in all; negative: it has not said

	// threshold: the client is affected if the list, from offset on, has more
	// items. Negative: it is affected whatever the list has.
	threshold int64

	// whole refuses a list with more than limit items instead of cutting it.
	whole bool

	lines bool      // the upstream's answer turned out to be a list of lines
	kept  bool      // the page comes from a snapshot, which window is a part of
	path  list.Path // where its list is

	token   string    // of an upstream that has some: where window begins, "" for the list's beginning
	mark    list.Mark // the item behind which the page begins, if it is known by its key
	back    bool      // no: before which it ends
	mask    *fields.Mask
	forward bool // the mask goes to the upstream whatever the configuration says
}

// plan decides what to do with a request on which there is a verdict. A problem
// says that it is refused.
func (rt *runtime) plan(phase retire.Phase, v limits.Verdict) (plan, *limits.Problem) {
	p := plan{limit: v.Limit, offset: v.Offset, rest: v.Rest, threshold: rt.threshold(v)}
	switch {
	case phase == retire.Observe:
		p.mode = watch
		return p, nil
	case phase == retire.Enforce:
		return rt.enforce(p, v)
	case v.Compliant():
		p.mode = page
		rt.ask(&p)
		return p, nil
	}
	rt.announce(&p, v)
	return p, nil
}

// announce leaves the client what it always got. Only who asks for a page, be it
// a large or a deep one, of an upstream that would not know how, gets that page.
func (rt *runtime) announce(p *plan, v limits.Verdict) {
	p.mode = hold
	asked := v.Reason == limits.ReasonOverMax || v.Reason == limits.ReasonOverOffset && v.AskedLimit > 0
	if !asked || rt.upstream == rt.client || (rt.byKey() || rt.byToken()) && v.Reason == limits.ReasonOverOffset {
		p.limit = -1
		return
	}
	p.mode = flow
	if rt.byToken() || rt.client.Position == style.ByKey || rt.client.Position == style.ByCursor && rt.shape != nil {
		p.mode = page // its links, or the cursor in its body, are not known before its last item is
	}
	p.limit = min(v.AskedLimit, math.MaxInt64/2) // so that offset, limit and one more can be added
	p.offset = min(v.AskedOffset, math.MaxInt64/2)
	if rt.upstream != nil {
		// A window one larger than that may overflow, and asks for too much.
		p.limit = min(p.limit, math.MaxInt32, rt.most)
		p.offset = min(p.offset, math.MaxInt32)
	}
	rt.ask(p)
}

// enforce gives a page, or refuses.
func (rt *runtime) enforce(p plan, v limits.Verdict) (plan, *limits.Problem) {
	p.mode, p.enforced = page, true
	if v.Problem != nil {
		return p, v.Problem
	}
	if v.Reason == limits.ReasonMissing || v.Reason == limits.ReasonUnlimited {
		switch rt.unpaginated.Mode {
		case "reject":
			return p, rt.required(rt.rules.Max)
		case "reject_over":
			p.whole, p.limit = true, rt.unpaginated.Over
		}
	}
	rt.ask(&p)
	return p, nil
}

// ask says what the upstream is asked for.
func (rt *runtime) ask(p *plan) {
	p.requery = true
	if rt.upstream != nil {
		p.window = rt.upstream.WindowFor(p.offset, p.limit, rt.gives())
	} else {
		p.window = style.Window{Skip: p.offset}
	}
}

// parts tells whether the page is put together from several answers of the upstream.
func (p *plan) parts() bool {
	w := &p.window
	return w.Limit > 0 && w.Limit < w.Skip+p.limit+1
}

// threshold is how many items enforcement would leave to a client of which there
// is this verdict, negative if it would refuse it.
func (rt *runtime) threshold(v limits.Verdict) int64 {
	switch {
	case v.Problem != nil:
		return -1
	case v.Compliant(), v.Reason == limits.ReasonOverMax && v.AskedLimit <= v.Limit:
		return math.MaxInt64 // it wants no more in all, however large its pages may be
	case v.Reason == limits.ReasonOverMax:
		return v.Limit
	}
	mode := rt.unpaginated.Mode
	if v.Reason == limits.ReasonInvalid {
		mode = "page" // what cannot be read is absent, but something was asked for
	}
	switch {
	case mode == "reject":
		return -1
	case v.Offset > 0 && rt.upstream == nil:
		return anyItem // it has the list from its beginning, and would not get that
	case v.Offset > 0 && rt.upstream != rt.client:
		return -1 // the same, and what stands before a page of the upstream's is not seen
	case mode == "reject_over":
		return rt.unpaginated.Over
	}
	return v.Limit
}

// anyItem is the threshold of who is affected by whatever is in the list, but not if
// nothing is.
const anyItem = -2

// required is how a request without pagination is refused.
func (rt *runtime) required(most int64) *limits.Problem {
	size, how := rt.client.Params.Size(), "follow the Link header's rel=\"next\""
	if rt.client.Post {
		how = "go on as it says"
	}
	p := limits.NewProblem(limits.CodePaginationRequired, size, "", "ask for a page with "+size+", and "+how)
	p.Max = most
	return p
}

// options say what the list engine keeps of the answer.
func (p *plan) options(h *Handler, rt *runtime) list.Options {
	opt := list.Options{
		Path:     rt.path,
		Lines:    p.lines,
		Skip:     p.window.Skip,
		Spare:    p.window.Spare,
		Key:      rt.key,
		After:    p.mark,
		Limit:    p.limit,
		Mask:     p.mask,
		MaxBytes: int(min(h.MaxPageSize, math.MaxInt)),
		// Pages that are counted cannot be short: the next number would skip
		// what was left out, and so would a client that reckons with the size
		// that it asked for. Nor can an answer that is whole or refused.
		ShortPage: rt.client.Position != style.ByPage && !rt.client.Computes && !p.whole && p.mode == page,
		// Before limits are enforced, what is too large to be paged is sent whole.
		LetThrough: !p.enforced,
	}
	switch {
	case rt.byKey(): // the answer begins behind it
		opt.After = list.Mark{}
	case p.back:
		opt.After, opt.Before = list.Mark{}, p.mark
	}
	if p.kept {
		opt.Path = p.path
	}
	if opt.Stop = rt.stops(h, !p.kept); p.mode == watch || p.mode == hold {
		opt = list.Options{Path: rt.path, Lines: p.lines, Limit: -1, CountOnly: true}
	}
	return opt
}

// stops says how far an answer is read of which a page is made; whole, if it may be needed
// to its end for what is not on the page.
func (rt *runtime) stops(h *Handler, whole bool) list.Stop {
	switch {
	case (h.Total == "exact" || h.EarlyStop == "off") && whole:
		return list.StopNever
	case h.EarlyStop == "always", h.EarlyStop == "on" && rt.drops():
		// Siblings behind the list are left out by a style's own shape.
		return list.StopAlways
	}
	return list.StopAlone
}
