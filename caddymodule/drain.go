package caddymodule

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// An HTTP/1 connection lives on only if the answer has been read to its end. So a
// short remainder behind a full page is swallowed: a new connection would cost
// more than these bytes, and more than this time, if the upstream is not near.
const (
	drainBytes = 64 << 10
	drainTime  = 20 * time.Millisecond
)

// A route's patience says whether to swallow at all. Swallowing needs a context,
// which costs allocations, so the first answer that needs it goes without; and
// where remainders turn out to be long, or not to come, it costs time for nothing,
// so it is tried but now and then.
//
// score > 0: so many remainders may fail in a row until swallowing rests.
// score <= 0: so many answers are cut without until it is tried again.
type patience struct{ score atomic.Int32 }

const (
	drainTries = 8
	drainRests = 64
)

// any tells whether there is patience.
func (p *patience) any() bool { return p.score.Load() > 0 }

// missed takes note of an answer that was cut without.
func (p *patience) missed() { p.score.Add(1) }

// tried takes note of a remainder that was swallowed, or failed to be.
func (p *patience) tried(swallowed bool) {
	switch {
	case swallowed:
		p.score.Store(drainTries)
	case p.score.Add(-1) == 0:
		p.score.Store(-drainRests)
	}
}

// watchStall gives a request that may be cut a context by which an upstream that
// stalls can be let go while its remainder is swallowed. release must be called
// once the request is over.
func (pw *pageWriter) watchStall(r *http.Request) (_ *http.Request, release func()) {
	pw.vias = len(pw.Header()["Via"])
	if pw.x.plan.mode != page || pw.x.plan.whole || !pw.x.rt.drains.any() {
		return r, func() {}
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	pw.cancel = cancel
	return r.WithContext(ctx), func() { cancel(nil) }
}

// enough decides what becomes of an answer of which the page is complete: a short
// remainder is swallowed where that keeps a connection alive.
func (pw *pageWriter) enough() error {
	if pw.kept.from {
		return pw.stop() // no connection lives on by it
	}
	var length int64
	var known bool
	if text := valueOf(pw.Header(), "Content-Length"); text != "" { // errors are dear
		var err error
		length, err = strconv.ParseInt(text, 10, 64)
		known = err == nil
	}
	rest := length - pw.got
	switch {
	case known && rest <= 0:
		return nil // all is here but the end
	case known && rest > drainBytes, !pw.ended.IsZero(), !pw.speaksHTTP1(known):
		return pw.stop()
	case pw.cancel == nil:
		pw.x.rt.drains.missed()
		return pw.stop()
	}
	pw.drain = drainBytes
	// The transport of HTTP/1, and it alone, reports the cause of its context as
	// the body's error, and to reverse_proxy io.EOF is none.
	cancel := pw.cancel
	pw.stall = pw.x.rt.clock.AfterFunc(drainTime, func() { cancel(io.EOF) })
	return nil
}

// swallow takes n bytes behind the page.
func (pw *pageWriter) swallow(n int) (int, error) {
	if n > pw.drain {
		return 0, pw.stop()
	}
	pw.drain -= n
	return n, nil
}

// speaksHTTP1 tells whether reverse_proxy has the answer from an HTTP/1 connection
// that can live on; of HTTP/1.0, none can if the length is not known. reverse_proxy
// puts its Via behind those that were there, and ahead of the upstream's own.
func (pw *pageWriter) speaksHTTP1(known bool) bool {
	via := pw.Header()["Via"]
	if len(via) <= pw.vias {
		return false
	}
	return via[pw.vias] == "1.1 Caddy" || via[pw.vias] == "1.0 Caddy" && known
}
