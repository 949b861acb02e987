package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A firstAnswer is the first of the upstream's answers, which goes to the page writer as
// it comes, but for what stands behind its last item. Whatever is no list passes.
type firstAnswer struct {
	http.ResponseWriter
	j       *joined
	wrote   bool
	plain   bool // it passes
	over    bool // nothing more is taken
	lost    bool // the page writer takes no more
	alone   bool // nothing is to be joined to it, as far as is known
	decoder *decoder
}

// Unwrap lets http.ResponseController reach the client.
func (a *firstAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// FlushError flushes as far as the page writer lets it.
func (a *firstAnswer) FlushError() error {
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// WriteHeader takes the header. What is encoded is decoded here: nothing can be joined
// to it.
func (a *firstAnswer) WriteHeader(status int) {
	if a.wrote || 100 <= status && status < 200 {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.wrote = true
	h, x := a.Header(), a.j.x
	media := mediaOf(valueOf(h, "Content-Type"))
	a.plain = !whole(status) || media == otherMedia || x.r.Method == http.MethodHead
	if !a.plain {
		var err error
		a.decoder, err = decoderOf(h)
		a.plain = err != nil || a.decoder != nil && media == noMedia
	}
	if !a.plain && a.decoder != nil {
		delete(h, "Content-Encoding")
		delete(h, "Content-Length")
	}
	a.ResponseWriter.WriteHeader(status)
	a.plain = a.plain || a.j.pw.mode == pass
	// What the body says beside its list is known to who joins it. A page in parts is
	// always joined, and what streams cannot be read anew.
	a.alone = a.j.pw.mode == page && media == textMedia && !x.plan.parts() && !x.rt.byToken() && !x.rt.listener.Shapes()
	if !a.alone {
		a.join()
	}
}

// join readies the list engine for items that follow those of the answer.
func (a *firstAnswer) join() {
	x := a.j.x
	a.alone = false
	a.j.body.Reset(x.rt.path, x.plan.lines, int(min(x.h.MaxPageSize, math.MaxInt)), passer{a})
}

// take takes a chunk of the body, decoded.
func (a *firstAnswer) take(p []byte) error {
	if !a.alone {
		return a.j.body.Write(p)
	}
	if _, err := (passer{a}).Write(p); err != nil || !a.j.pw.wants() {
		return err
	}
	if a.j.begun = append(a.j.begun, p...); len(a.j.begun) > maxPooled {
		return a.anew()
	}
	return nil
}

// anew reads what has come of the answer once more, as one to which others are joined.
func (a *firstAnswer) anew() error {
	a.join()
	a.j.pw.readAnew()
	return a.j.body.Write(a.j.begun)
}

// A passer passes on to the page writer what the list engine lets go.
type passer struct{ *firstAnswer }

func (a passer) Write(p []byte) (int, error) {
	n, err := a.ResponseWriter.Write(p)
	a.lost = err != nil
	return n, err
}

// Write takes a chunk of the body.
func (a *firstAnswer) Write(p []byte) (int, error) {
	if !a.wrote {
		a.WriteHeader(http.StatusOK)
	}
	switch {
	case a.plain:
		return a.ResponseWriter.Write(p)
	case a.over:
		return 0, stopError{}
	}
	a.j.bytes += int64(len(p))
	err := a.decoder.feed(p, a.take)
	switch {
	case err == nil:
		return len(p), nil
	case !a.lost: // it is not encoded as it says
		_ = a.j.failed(err)
		err = stopError{}
	}
	return 0, err
}

// end says what the answer had of the list.
func (a *firstAnswer) end() (list.Part, error) {
	defer a.decoder.stop()
	if !a.wrote || a.plain {
		return list.Part{}, nil
	}
	if err := a.decoder.finish(a.take); err != nil {
		return list.Part{}, err
	}
	if a.alone {
		return a.j.pw.part(), nil
	}
	return a.j.body.End()
}

// part is what has been read of a list.
func (pw *pageWriter) part() list.Part {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	l := pw.list
	return list.Part{Found: pw.mode == page && l.Found() && (l.Ended() || l.More()), Items: l.Seen()}
}

// wants tells whether the page could still do with more items than have come.
func (pw *pageWriter) wants() bool {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	return pw.mode == page && !pw.over() && !pw.list.Settled()
}

// readAnew forgets what has been read of an answer's body.
func (pw *pageWriter) readAnew() {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	pw.got = 0
	pw.reset()
}

// A nextAnswer is one of those that follow, of which nothing but the items is kept. It has
// to be what the first one was.
type nextAnswer struct {
	j       *joined
	header  http.Header
	status  int   // 0: none has come yet
	err     error // why it cannot be used
	decoder *decoder
}

// Header is that of the answer, which goes nowhere.
func (a *nextAnswer) Header() http.Header { return a.header }

// WriteHeader takes the header. Interim responses reach nobody.
func (a *nextAnswer) WriteHeader(status int) {
	if a.status != 0 || 100 <= status && status < 200 {
		return
	}
	a.status = status
	media := mediaOf(valueOf(a.header, "Content-Type"))
	switch {
	case !whole(status):
		a.err = fmt.Errorf("the upstream answered with the status %d", status)
	case media == otherMedia, (media == linesMedia) != a.j.x.plan.lines:
		a.err = errors.New("the upstream answered with another media type")
	default:
		a.decoder, a.err = decoderOf(a.header)
	}
}

// Write takes a chunk of the body. An error stops the upstream without a warning.
func (a *nextAnswer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.j.bytes += int64(len(p))
	if a.err == nil {
		a.err = a.decoder.feed(p, a.j.body.Write)
	}
	if a.err != nil {
		return 0, stopError{}
	}
	return len(p), nil
}

// FlushError has nothing to flush.
func (a *nextAnswer) FlushError() error { return nil }

// ask asks the handler behind us, and says what its answer had of the list.
func (a *nextAnswer) ask(r *detached) (list.Part, error) {
	defer r.old.end()
	err := a.serve(r)
	defer func() { a.decoder.stop() }() // which a header without a body makes below
	switch {
	case a.err != nil:
		return list.Part{}, a.err
	case err != nil:
		return list.Part{}, err
	}
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.err == nil {
		a.err = a.decoder.finish(a.j.body.Write)
	}
	if a.err != nil {
		return list.Part{}, a.err
	}
	return a.j.body.End()
}

// serve runs the handler behind us. reverse_proxy panics where an upstream breaks off; if
// it is the client that has gone, the panic goes on.
func (a *nextAnswer) serve(r *detached) (err error) {
	defer func() {
		switch v := recover(); {
		case v == nil:
		case v == http.ErrAbortHandler && context.Cause(r.Context()) == nil: //nolint:errorlint // net/http compares it so, too
			err = errBrokeOff
		default:
			panic(v)
		}
	}()
	if err = a.j.next.ServeHTTP(a, r.Request); err != nil {
		err = nextError{err}
	}
	return err
}

// Interface guards
var (
	_ http.ResponseWriter                       = (*firstAnswer)(nil)
	_ interface{ FlushError() error }           = (*firstAnswer)(nil)
	_ interface{ Unwrap() http.ResponseWriter } = (*firstAnswer)(nil)
	_ http.ResponseWriter                       = (*nextAnswer)(nil)
	_ interface{ FlushError() error }           = (*nextAnswer)(nil)
)
