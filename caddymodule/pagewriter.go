package caddymodule

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// holdFor is how long an upstream may take to show whether a client is affected.
// After that the client counts as affected, and gets what there is.
const holdFor = time.Second

// A pageWriter stands between the upstream and the client. Until it knows what
// the client gets, it holds the header and the body's beginning back.
//
// mode is the plan's at first; an answer that is no list to work on turns it to
// pass, and a body too long to be a page to flow. Two things go on beside each other:
//
//	the upstream's answer: nothing has come; wrote; over, as the page is full or as
//	  the upstream has been stopped, be it because of that or of a problem
//	ours: nothing has gone out, and the header map may still be changed; committed
//
// If there is a problem by then, it is answered with as long as nothing is committed;
// else the connection is aborted.
type pageWriter struct {
	caddyhttp.ResponseWriterWrapper
	header http.Header // of the wrapped writer, as long as nothing is committed
	x      *exchange   // nil once it is released

	mu        sync.Mutex // the timer of a held answer runs beside the handler
	unhold    timer
	paused    bool // the handler has the header map: no timer runs before the next write
	mode      mode
	status    int
	wrote     bool      // the upstream has written its header
	committed bool      // our header has gone out
	stopped   bool      // nothing more is wanted of the upstream
	full      bool      // the page is complete, and to be sent
	late      bool      // the upstream took too long to show whether the client is affected
	ended     time.Time // when the upstream had, or was stopped
	linked    bool      // our line of paging links is the first of Link
	sniff     bool      // no Content-Type: the body's first byte tells whether it is JSON

	got    int64                   // bytes of the body that have come, as they came
	drain  int                     // bytes behind the page that may still be swallowed
	stall  timer                   // lets go of an upstream that stalls meanwhile
	cancel context.CancelCauseFunc // nil if it cannot be let go so
	vias   int                     // Via lines that were there before the upstream's

	list    *list.Reader
	decoder *decoder
	held    []byte  // raw bytes of a held answer
	size    int64   // bytes of the body that have been sent
	out     *output // of an answer that streams; nil before its first byte
	problem *limits.Problem
	body    []byte // of a page, in the style's shape
	dressed bool   // that is what is sent

	kept    keptPage // of a page that comes from a snapshot
	counted int64    // how many items the upstream says that there are
	told    bool     // it says so

	head   *head   // where others take what comes from; nil: nobody does
	shared *source // of head
}

func newPageWriter(x *exchange) *pageWriter {
	pw := &x.trace.writer
	pw.ResponseWriter, pw.x, pw.mode = x.w, x, x.plan.mode
	pw.list, pw.header = &x.reader, x.w.Header()
	x.before = appendFields(x.before, pw.header)
	pw.reset()
	return pw
}

// reset readies the list engine for what is planned.
func (pw *pageWriter) reset() {
	pw.list.Reset(pw.x.plan.options(pw.x.h, pw.x.rt))
	switch pw.mode {
	case flow:
		pw.list.Stream(false) // what is held is bounded here, not there
	case watch, hold:
		pw.x.rehearsal.begin(pw.x)
	}
}

// release gives back what the writer holds. A handler that writes even now, from
// a goroutine that it has left behind, still finds a writer of its own request.
func (pw *pageWriter) release() {
	pw.settle(false)
	pw.mu.Lock()
	defer pw.mu.Unlock()
	pw.unshare()
	pw.decoder.stop()
	if pw.out != nil {
		pw.out.release()
		pw.out = nil
	}
	pw.list.Recycle(maxPooled)
	pw.list, pw.x = nil, nil
	pw.mode, pw.wrote = pass, true
}

// maxPooled is how large a buffer may be to be kept for another request.
const maxPooled = 1 << 20

// Header is that of the wrapped writer. Writers around that of net/http hand the question
// on from one to the next, and it is asked more than twenty times before the header goes
// out; behind that, net/http has to know of it.
func (pw *pageWriter) Header() http.Header {
	if pw.committed {
		return pw.ResponseWriter.Header()
	}
	return pw.header
}

// holding tells whether an answer has begun of which the client has got nothing
// yet.
func (pw *pageWriter) holding() bool {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	return pw.wrote && !pw.committed && pw.mode != pass
}

// over tells whether nothing more of the upstream's body counts: the page is complete, or
// the answer has been given up.
func (pw *pageWriter) over() bool { return pw.stopped || pw.full }

// flowing tells whether the client has got the beginning of a body that is not
// the upstream's byte for byte, and whose end only we can write.
func (pw *pageWriter) flowing() bool {
	return pw.committed && !pw.stopped && pw.mode == flow
}

// WriteHeader takes the upstream's header. Interim responses pass at once.
func (pw *pageWriter) WriteHeader(status int) {
	if 100 <= status && status < 200 {
		pw.ResponseWriter.WriteHeader(status)
		return
	}
	pw.mu.Lock()
	defer pw.mu.Unlock()
	if pw.wrote {
		return
	}
	pw.wrote, pw.status = true, status
	if pw.head != nil {
		pw.head.begin(status, pw.x.before, pw.Header())
	}
	if pw.mode = pw.judge(); pw.mode == pass {
		pw.share()
	}
	switch pw.mode {
	case pass, watch:
		pw.commit()
	case hold, flow:
		pw.startHold()
	}
}

// startHold begins the time for which an answer is held back at most.
func (pw *pageWriter) startHold() { pw.unhold = pw.x.rt.clock.AfterFunc(holdFor, pw.holdOver) }

// settle takes note of the upstream's end, and sends what waits for more. From
// here on nothing runs beside the handler. An answer that was broken off is
// flushed: the client shall see how far it came.
func (pw *pageWriter) settle(brokenOff bool) {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	if pw.ended.IsZero() {
		pw.ended = pw.x.rt.clock.Now()
	}
	pw.stopTimers()
	if pw.stall != nil {
		pw.x.rt.drains.tried(pw.stall.Stop() && !brokenOff && !pw.stopped)
		pw.stall = nil
	}
	switch {
	case pw.out == nil:
	case brokenOff:
		_ = pw.out.flush() // whoever breaks off needs no second reason
	default:
		_ = pw.out.settle() // a client that is gone needs no end
	}
}

// stopTimers stops what runs beside the handler, save for the output's own timer.
func (pw *pageWriter) stopTimers() {
	if pw.unhold != nil {
		pw.unhold.Stop()
		pw.unhold = nil // a timer that has gone off already, and waits, sees it
	}
}

// Write takes a chunk of the upstream's body.
func (pw *pageWriter) Write(p []byte) (int, error) {
	if !pw.wrote {
		pw.WriteHeader(http.StatusOK)
	}
	if pw.mode == pass {
		n, err := pw.ResponseWriter.Write(p)
		pw.size += int64(n)
		return n, err
	}
	pw.mu.Lock()
	defer pw.mu.Unlock()
	if pw.stopped {
		return 0, stopError{}
	}
	if pw.got += int64(len(p)); pw.full {
		return pw.swallow(len(p))
	}
	if pw.paused {
		pw.resume()
	}
	if err := pw.take(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ReadFrom keeps io.Copy from going around Write.
func (pw *pageWriter) ReadFrom(r io.Reader) (int64, error) {
	if !pw.wrote {
		pw.WriteHeader(http.StatusOK)
	}
	if pw.mode == pass {
		n, err := pw.ResponseWriterWrapper.ReadFrom(r)
		pw.size += n
		return n, err
	}
	return io.Copy(struct{ io.Writer }{pw}, r)
}

// FlushError flushes an answer that passes. One that streams is flushed soon, and
// of one that is held back there is nothing to flush.
func (pw *pageWriter) FlushError() error {
	if !pw.wrote {
		pw.WriteHeader(http.StatusOK)
	}
	if pw.mode == pass {
		return http.NewResponseController(pw.ResponseWriter).Flush()
	}
	pw.mu.Lock()
	defer pw.mu.Unlock()
	if !pw.committed || pw.stopped {
		return nil
	}
	return pw.output().flushSoon()
}

// pause keeps the timers from running while the handler has the header map in its
// hands: they change it, or have it read. Where the handler sets trailers, what it
// has written and flushed must be out before.
func (pw *pageWriter) pause() {
	if pw.mode == page || pw.mode == pass {
		return // nothing runs beside these
	}
	pw.mu.Lock()
	defer pw.mu.Unlock()
	if !pw.wrote {
		return
	}
	if pw.unhold != nil {
		pw.stopTimers()
		pw.paused = true
	}
	if pw.out != nil {
		_ = pw.out.rest() // the next write tells
	}
}

// resume ends a pause in which the handler has not ended the answer.
func (pw *pageWriter) resume() {
	pw.paused = false
	if !pw.committed && (pw.mode == hold || pw.mode == flow) {
		pw.startHold()
	}
}

// holdOver ends the holding back of an answer that takes too long.
func (pw *pageWriter) holdOver() {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	switch {
	case pw.unhold == nil || pw.committed || pw.stopped:
		return
	case pw.sniff: // no byte of the body has come that tells whether it is a list
		pw.startHold()
		return
	}
	pw.late = true
	if pw.let(true) == nil {
		_ = pw.output().flush() // the next write tells
	}
}

// commit sends the header.
func (pw *pageWriter) commit() {
	pw.committed = true
	pw.confine()
	pw.ResponseWriter.WriteHeader(pw.status)
}

// send writes bytes of the body to the client: in blocks if the answer streams, at
// once if this is all of it, or if it is none of our business.
func (pw *pageWriter) send(p []byte) error {
	if len(p) == 0 || pw.x.r.Method == http.MethodHead {
		return nil
	}
	if pw.mode != pass && pw.mode != page {
		return pw.output().write(p)
	}
	n, err := pw.ResponseWriter.Write(p)
	pw.size += int64(n)
	return err
}

func (pw *pageWriter) output() *output {
	if pw.out == nil {
		pw.out = newOutput(pw.ResponseWriter, &pw.size, pw.x.rt.clock)
	}
	return pw.out
}

// forget drops what the upstream wrote, so that another answer can be given.
func (pw *pageWriter) forget() {
	if pw.committed {
		return
	}
	restoreFields(pw.Header(), pw.x.before)
}

// more tells whether the list goes on where the client does: before a page that was asked
// for by what it ends before, else behind it.
func (pw *pageWriter) more() bool {
	if pw.x.plan.back {
		return pw.offset() > 0
	}
	return pw.list.More()
}

// affected tells whether enforcement gives the client another answer, or would.
func (pw *pageWriter) affected() bool {
	p := &pw.x.plan
	seen := pw.seen()
	switch {
	case pw.late || pw.x.rehearsal.err != nil:
		return true
	case p.threshold == anyItem:
		return seen > 0
	case p.threshold < 0:
		return true
	}
	if v := &pw.x.verdict; v.Moved() {
		// Where the list ends before that page, it is the same empty one as before. Of an
		// upstream that was asked for what stands behind it, nobody knows.
		return pw.x.rt.upstream != nil || seen > v.Offset
	}
	if pw.x.rt.upstream == nil {
		seen -= pw.offset()
	} else {
		seen -= p.window.Skip
	}
	if pw.list.More() {
		seen = max(seen, pw.list.Items()+1) // it may be known without having been read
	}
	return seen > p.threshold
}

// Interface guards
var (
	_ http.ResponseWriter                       = (*pageWriter)(nil)
	_ io.ReaderFrom                             = (*pageWriter)(nil)
	_ interface{ FlushError() error }           = (*pageWriter)(nil)
	_ interface{ Unwrap() http.ResponseWriter } = (*pageWriter)(nil)
)
