package caddymodule

import (
	"fmt"
	"net/http"
)

// judge says how to treat the answer whose header has come.
func (pw *pageWriter) judge() mode {
	h, plan := pw.Header(), &pw.x.plan
	switch {
	case pw.status == http.StatusNotModified && pw.cuts():
		pw.unchanged()
		return pass
	case pw.status == http.StatusPartialContent && plan.enforced:
		return pw.refuseAnswer("the upstream answered with a part of the list (206) that nobody asked for")
	case !whole(pw.status):
		pw.redirect()
		return pass
	}
	media := mediaOf(valueOf(h, "Content-Type"))
	if media == otherMedia {
		return pass
	}
	if media == linesMedia {
		plan.lines = true
		pw.reset()
	}
	if pw.cuts() && !plan.enforced && pw.x.rt.upstream == nil && noTransform(h) {
		pw.leave()
	}
	if pw.x.r.Method == http.MethodHead {
		return pw.judgeHead()
	}
	return pw.judgeCoding(plan.mode, media != noMedia)
}

// leave changes the plan to one that leaves the body as it is, but still tells a
// client that is affected.
func (pw *pageWriter) leave() {
	plan := &pw.x.plan
	plan.mode = hold
	if pw.x.verdict.Compliant() && plan.threshold >= 0 {
		plan.mode = watch
	}
	plan.limit, plan.offset = -1, 0
	pw.reset()
}

// cuts tells whether the plan is to change the body.
func (pw *pageWriter) cuts() bool { return pw.x.plan.mode == page || pw.x.plan.mode == flow }

// judgeHead treats the answer to a HEAD request: it gets the header of which the
// value is known without the body.
func (pw *pageWriter) judgeHead() mode {
	switch {
	case pw.cuts():
		pw.changed()
		delete(pw.Header(), "Content-Encoding") // as of a page
		pw.signals(false, false)
	case pw.x.plan.mode == hold && pw.x.plan.threshold < 0:
		pw.announce()
	}
	return pass
}

// judgeCoding readies the decoder of an encoded answer. known tells whether the
// Content-Type has said that it is JSON.
func (pw *pageWriter) judgeCoding(m mode, known bool) mode {
	var err error
	pw.decoder, err = decoderOf(pw.Header())
	switch {
	case err == nil:
		pw.sniff = !known && m != watch
		return m
	case !known:
		return pass
	case pw.x.plan.enforced:
		return pw.refuseAnswer(err.Error())
	case m == hold || m == flow:
		pw.announce() // what cannot be counted may be long
	}
	return pass
}

// refuseAnswer gives an answer up by its header.
func (pw *pageWriter) refuseAnswer(why string) mode {
	_ = pw.fail(fmt.Errorf("%s", why))
	return pw.x.plan.mode
}
