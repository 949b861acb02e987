package caddymodule

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
)

// A reading is one read of the upstream into a snapshot: the handler behind us, run
// with a request that has come loose of the one that it was made of, and writing here.
//
// Whoever began it waits until it is known what the upstream answers. If that is
// nothing to keep, the very answer is given to the one who began, so that a request
// that is for no list at all costs the upstream no second one.
type reading struct {
	rt     *runtime
	path   string // for the log
	next   caddyhttp.Handler
	before http.Header // what had been written to the header when the reading began
	detach func(ctx context.Context) *detached

	rec     *snapshot.Recorder
	request *detached
	cancel  context.CancelFunc
	loosen  func() bool  // lets the answer come, whatever becomes of the snapshot
	ended   func() error // nil as long as the snapshot has not gone
	header  http.Header
	wrote   bool
	sniff   bool   // no Content-Type: the body's first byte tells whether it is JSON
	held    []byte // of a body without one
	decoder *decoder
	got     int64 // bytes of the body, as they came
	failed  error // why no more is read

	headed chan struct{} // closed when it is known what the upstream answers
	told   bool          // it is closed

	// What is known then.
	status  int
	own     []keptField // fields that are only for the one who began
	refused bool        // the answer is nothing to keep

	decided chan struct{}       // closed when the one who began has decided
	taker   http.ResponseWriter // where an answer goes that is not kept; nil: nowhere

	done chan struct{} // closed when the upstream has been read

	// What is known then.
	err      error // of the handler behind us
	panicked any
	body     []byte // the body as it came, if it was short
	whole    bool   // that is all of it
}

// shortBody is how much of an answer is kept for the one who began to read it, should it
// turn out at its end to have no list.
const shortBody = 64 << 10

// stopWait is how long an upstream may take to send more once nobody wants it.
const stopWait = time.Second

// newReading readies a read of the upstream for x, which must wait for headed once it
// has begun.
func newReading(x *exchange, next caddyhttp.Handler) *reading {
	return &reading{
		rt:      x.rt,
		path:    x.original.Path,
		next:    next,
		before:  x.w.Header().Clone(),
		detach:  x.detach,
		headed:  make(chan struct{}),
		decided: make(chan struct{}),
		done:    make(chan struct{}),
	}
}

// errBrokeOff is what is told of an upstream that ends its answer before its end.
var errBrokeOff = errors.New("the upstream broke off")

// run reads the upstream. It ends with ctx.
func (rd *reading) run(ctx context.Context, rec *snapshot.Recorder) {
	defer close(rd.done)
	rd.rec = rec
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	rd.cancel = func() { cancel(nil) }
	defer rd.cancel()
	rd.ended = ctx.Err
	rd.loosen = context.AfterFunc(ctx, func() {
		// An upstream that sends is told when it does, which is no reason to warn.
		select {
		case <-rd.done:
		case <-time.After(stopWait):
			cancel(context.Cause(ctx))
		}
	})
	defer rd.loosen()
	rd.request = rd.detach(own)
	rd.header = rd.before.Clone()
	if rd.header == nil {
		rd.header = http.Header{}
	}
	rd.err = rd.ask()
	err := rd.end()
	rd.tell()
	rd.whole = err == nil && rd.body != nil
	if !rd.refused {
		rec.End(err)
		rd.rt.counts().readUpstream(rd.got)
		if errors.Is(err, snapshot.ErrTooLarge) {
			rd.rt.counts().tooLarge()
		}
	}
	rd.decoder.stop()
}

// ask runs the handler behind us. A panic must not end the process: no server stands
// behind this goroutine.
func (rd *reading) ask() (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			rd.panicked, err = v, errBrokeOff
		default:
			rd.panicked, err = v, errBrokeOff
			rd.rt.logger.Error("a handler panicked while a snapshot was read", zap.String("route", rd.rt.name),
				zap.String("path", rd.path), zap.Any("panic", v), zap.Stack("stack"))
		}
	}()
	return rd.next.ServeHTTP(rd, rd.request.Request)
}

// end reads the body's end, and says what was wrong with it.
func (rd *reading) end() error {
	switch {
	case rd.failed != nil:
		return rd.failed
	case rd.panicked != nil:
		return errBrokeOff
	case rd.err != nil:
		return nextError{rd.err}
	case !rd.wrote:
		rd.WriteHeader(http.StatusOK)
	}
	if rd.sniff && !rd.refused {
		rd.refuse()
	}
	if rd.refused {
		return nil
	}
	return rd.decoder.finish(rd.record)
}

// Header is the header that the handler behind us writes to.
func (rd *reading) Header() http.Header {
	if rd.taker != nil {
		return rd.taker.Header()
	}
	return rd.header
}

// WriteHeader takes the upstream's header. Interim responses reach nobody.
func (rd *reading) WriteHeader(status int) {
	if rd.wrote || 100 <= status && status < 200 {
		return
	}
	rd.status = status
	rd.wrote = true
	media := mediaOf(valueOf(rd.header, "Content-Type"))
	var err error
	rd.decoder, err = decoderOf(rd.header)
	switch {
	case !whole(status), media == otherMedia, err != nil, inList(rd.header, "Vary", "*"),
		media == noMedia && rd.decoder != nil: // whether it is JSON shows too late
		rd.refuse()
	case media == noMedia:
		rd.sniff = true
	default:
		rd.begin(media == linesMedia)
	}
}

// begin begins the snapshot.
func (rd *reading) begin(lines bool) {
	answer := keptAnswer{status: rd.status, read: rd.rt.clock.Now()}
	answer.fields, rd.own = changesOf(rd.before, rd.header)
	answer.fields = without(answer.fields)
	rd.failed = rd.rec.Begin(answer.text(), rd.rt.path, lines)
	rd.body = []byte{}
	rd.tell()
}

// tell lets the one who began go on.
func (rd *reading) tell() {
	if !rd.told {
		rd.told = true
		close(rd.headed)
	}
}

// without leaves out what describes the body in its encoding, or comes behind it.
func without(fields []keptField) []keptField {
	kept := fields[:0]
	for _, f := range fields {
		switch {
		case f.name == "Content-Encoding", f.name == "Content-Length", strings.HasPrefix(f.name, http.TrailerPrefix):
		default:
			kept = append(kept, f)
		}
	}
	return kept
}

// refuse gives the answer to the one who began, if it is still there.
func (rd *reading) refuse() {
	rd.refused, rd.sniff = true, false
	rd.loosen() // with the snapshot the request would end, and the body is still to come
	rd.rec.End(snapshot.ErrUnsuitable)
	rd.tell()
	<-rd.decided
	if rd.taker == nil {
		return
	}
	h := rd.taker.Header()
	clear(h)
	maps.Copy(h, rd.header)
	rd.taker.WriteHeader(rd.status)
	_, _ = rd.taker.Write(rd.held) // the next write tells
	rd.held = nil
}

// Write takes a chunk of the upstream's body.
func (rd *reading) Write(p []byte) (int, error) {
	if !rd.wrote {
		rd.WriteHeader(http.StatusOK)
	}
	if rd.sniff {
		rd.held = append(rd.held, p...)
		switch looksLikeJSON(rd.held) {
		case maybe:
			return len(p), nil
		case no:
			rd.refuse()
			return rd.passed(len(p))
		}
		rd.sniff = false
		rd.begin(false)
		held := rd.held
		rd.held = nil
		_, err := rd.keep(held)
		return len(p), err
	}
	if rd.refused {
		if rd.taker == nil {
			return 0, stopError{}
		}
		return rd.taker.Write(p)
	}
	return rd.keep(p)
}

// passed is the end of a Write whose bytes have been given to the taker.
func (rd *reading) passed(n int) (int, error) {
	if rd.taker == nil {
		return 0, stopError{}
	}
	return n, nil
}

// keep writes a chunk to the snapshot.
func (rd *reading) keep(p []byte) (int, error) {
	rd.got += int64(len(p))
	if rd.body != nil && len(rd.body)+len(p) <= shortBody {
		rd.body = append(rd.body, p...)
	} else {
		rd.body = nil
	}
	if rd.failed == nil {
		rd.failed = rd.decoder.feed(p, rd.record)
	}
	if rd.failed == nil {
		rd.failed = rd.ended()
	}
	if rd.failed != nil {
		return 0, stopError{} // nothing more is wanted, and that is no reason to warn
	}
	return len(p), nil
}

// record writes decoded bytes to the snapshot.
func (rd *reading) record(p []byte) error {
	_, err := rd.rec.Write(p)
	return err
}

// FlushError has nothing to flush, unless the answer is passed on.
func (rd *reading) FlushError() error {
	if rd.taker == nil {
		return nil
	}
	return http.NewResponseController(rd.taker).Flush()
}

// take waits for the end of an answer that is not kept, and that goes to w.
func (rd *reading) take(w http.ResponseWriter, r *http.Request) error {
	rd.taker = w
	close(rd.decided)
	stop := context.AfterFunc(r.Context(), rd.cancel)
	defer stop()
	<-rd.done
	if rd.panicked != nil {
		panic(rd.panicked)
	}
	return rd.err
}

// leave lets the reading go on without the one who began it.
func (rd *reading) leave() { close(rd.decided) }

// replay gives an answer that turned out to have no list to the one who began to read
// it. It reports whether all of it is there.
func (rd *reading) replay(w http.ResponseWriter) (ok bool) {
	<-rd.done
	if !rd.whole {
		return false
	}
	h := w.Header()
	clear(h)
	maps.Copy(h, rd.header)
	w.WriteHeader(rd.status)
	_, _ = w.Write(rd.body) // whoever is gone needs no answer
	return true
}

// A nextError is what the handler behind us returned, for all who wait for its answer.
type nextError struct{ error }

func (e nextError) Unwrap() error { return e.error }

// Interface guards
var (
	_ http.ResponseWriter             = (*reading)(nil)
	_ interface{ FlushError() error } = (*reading)(nil)
)
