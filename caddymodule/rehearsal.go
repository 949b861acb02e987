package caddymodule

import (
	"math"

	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A rehearsal reads the page that enforced limits would make of a list, while that passes
// as it came. Counting looks inside of no item, and a page has to be strict JSON: an
// upstream that writes NaN, or a tab in a string, is a 502 from the day on which limits are
// enforced, and its operator has to know before.
type rehearsal struct {
	reader list.Reader
	begun  bool
	on     bool         // more of the list is wanted
	behind bool         // what stands behind the page would be read, too; whoever counts tells of it
	err    error        // why the page would be refused
	at     *list.Reader // who has found out
}

// begin readies a rehearsal of the page of which there is a verdict.
func (r *rehearsal) begin(x *exchange) {
	v := &x.verdict
	opt := list.Options{
		Path:      x.rt.path,
		Lines:     x.plan.lines,
		Limit:     v.Limit,
		MaxBytes:  int(min(x.h.MaxPageSize, math.MaxInt)),
		ShortPage: true,
		Stop:      x.rt.stops(x.h, true),
	}
	if x.rt.upstream == nil {
		opt.Skip = v.Offset
	}
	r.reader.Reset(opt)
	r.begun = true
	r.on = x.plan.threshold >= 0 // else it would be refused whatever it is
	r.behind, r.err = false, nil
}

// write takes a chunk of the body. Nobody tells of its end: an answer that was cut off says
// nothing of others.
func (r *rehearsal) write(p []byte) {
	if !r.on {
		return
	}
	status, err := r.reader.Write(p)
	more := err == nil && status == list.Reading
	r.behind = more && r.reader.More()
	r.on = more && !r.behind
	r.err, r.at = err, &r.reader
}

// counted takes note of what is wrong with what stands behind the page, where that matters.
func (r *rehearsal) counted(by *list.Reader, err error) {
	if r.behind && r.err == nil {
		r.err, r.at = err, by
	}
}

func (r *rehearsal) reset() {
	if r.begun { // most requests have none, and its memory is far away
		r.reader.Recycle(maxPooled)
		r.begun, r.on, r.behind, r.err, r.at = false, false, false, nil, nil
	}
}

// noticeRefusable tells the operator, once in each notice interval, of a list that would
// be refused.
func (x *exchange) noticeRefusable() {
	r, rt := &x.rehearsal, x.rt
	if r.err == nil || !rt.app.shared.refusable.due(rt.name, x.start, rt.app.logInterval) {
		return
	}
	rt.logger.Warn("the upstream's list cannot be used for pages, and will be a 502 once limits are enforced",
		zap.String("route", rt.name), zap.String("path", x.original.Path), zap.Int64("offset", r.at.Offset()),
		zap.String("pointer", r.at.Pointer()), zap.Error(r.err))
}
