package caddymodule

import (
	"errors"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// take reads a chunk of the upstream's body by the mode of the answer. The error
// is what the upstream is told.
func (pw *pageWriter) take(p []byte) error {
	if pw.sniff {
		pw.held = append(pw.held, p...)
		switch pw.guess(false) {
		case maybe:
			return nil
		case no:
			return pw.passOn()
		}
		p, pw.held, pw.sniff = pw.held, nil, false
	}
	switch pw.mode {
	case watch:
		return pw.watched(p)
	case hold:
		return pw.heldBack(p)
	}
	err := pw.decoder.feed(p, pw.read)
	switch {
	case err == errFull: //nolint:errorlint // nobody wraps it
		return pw.enough()
	case err != nil && !errors.Is(err, errStopped) && !pw.gone(err):
		return pw.fail(err)
	}
	return err
}

// watched passes a chunk on, and counts.
func (pw *pageWriter) watched(p []byte) error {
	if err := pw.send(p); err != nil {
		return err
	}
	pw.count(p)
	return nil
}

// count follows a list that is passed on as it is. If it cannot be read, that
// ends the counting and nothing else.
func (pw *pageWriter) count(p []byte) {
	_ = pw.decoder.feed(p, pw.follow)
}

func (pw *pageWriter) follow(block []byte) error {
	pw.x.rehearsal.write(block)
	_, err := pw.list.Write(block)
	pw.x.rehearsal.counted(pw.list, err)
	return err
}

// heldBack keeps the beginning of a list that is passed on as it is, until it is
// known whether the client is affected.
func (pw *pageWriter) heldBack(p []byte) error {
	pw.count(p)
	if pw.committed {
		return pw.send(p)
	}
	pw.held = append(pw.held, p...)
	switch {
	case pw.list.Found() && pw.affected():
		return pw.let(true)
	case int64(len(pw.held)) > pw.x.h.MaxPageSize:
		pw.late = pw.list.Found()
		return pw.let(pw.late)
	}
	return nil
}

// let sends what has been held back: the answer streams from here on.
func (pw *pageWriter) let(affected bool) error {
	if pw.mode == hold {
		if affected {
			pw.announce()
		}
		pw.commit()
		held := pw.held
		pw.held = nil
		return pw.send(held)
	}
	pw.flowHeaders(affected)
	pw.commit()
	return pw.send(pw.list.Take())
}

// clientError is an error of writing to the client.
type clientError struct{ error }

func (e clientError) Unwrap() error { return e.error }

// gone tells whether err is the client's, who is not there any more.
func (pw *pageWriter) gone(err error) bool {
	var ce clientError
	return errors.As(err, &ce)
}

// read gives a decoded chunk to the list engine, and sends what is known to be
// right.
func (pw *pageWriter) read(p []byte) error {
	if pw.head != nil {
		pw.head.take(p, pw.x.h.MaxPageSize)
	}
	status, err := pw.list.Write(p)
	switch {
	case err != nil:
		return err
	case pw.list.Overrun() && pw.x.plan.window.Offset > 0:
		return errIgnored
	case pw.x.plan.whole && pw.list.More():
		return pw.refuseLong()
	case status == list.Done && pw.keyless():
		return errKeyless
	case status == list.Done:
		pw.full = true
		return errFull
	case status == list.Overflow:
		return pw.overflow()
	case pw.mode == flow:
		return pw.flowOn()
	}
	return nil
}

// errIgnored: a page behind the first one cannot be told from the first one when
// the upstream does not do what it is asked.
var errIgnored = errors.New("the upstream sent more items than it was asked for, so it seems to ignore paging parameters; it is no such upstream as configured, but unbounded")

// errFull ends the reading of a body: the page is complete.
var errFull = errors.New("the page is full")

// soonBytes is how long a page may be to be sent before the upstream is let go:
// so much a connection's buffer takes, however slowly the client reads.
const soonBytes = 16 << 10

// sendSoon sends a page while the upstream is still there, if that cannot hold it
// up: to close its connection takes longer, and over HTTP/1 the client has all of
// the page as soon as it is written. Streams of HTTP/2 and 3 may have to wait for
// the client to read.
func (pw *pageWriter) sendSoon() {
	if !pw.ended.IsZero() || pw.mode != page || pw.x.r.ProtoMajor != 1 || len(pw.list.Bytes()) > soonBytes {
		return
	}
	pw.ended = pw.x.rt.clock.Now()
	pw.share()
	pw.noteEnds()
	pw.sendPage()
}

// stop tells the upstream that nothing more is wanted. A large page is sent once
// it has let go: a client that reads slowly does not hold it up.
func (pw *pageWriter) stop() error {
	pw.sendSoon()
	pw.stopped = true
	return stopError{}
}

// sendPage sends a page, or what is left of it to send. A client that is gone needs none.
func (pw *pageWriter) sendPage() {
	if !pw.committed {
		pw.pageHeaders()
		pw.commit()
	}
	rest := pw.body
	if pw.body = nil; !pw.dressed {
		rest = pw.list.Take()
	}
	_ = pw.send(rest)
}

// flowOn sends what has come, once it is known whether the client is affected.
func (pw *pageWriter) flowOn() error {
	if pw.committed {
		return clientErr(pw.send(pw.list.Take()))
	}
	found := pw.list.Found()
	whole := pw.x.plan.limit < 0
	switch {
	case int64(len(pw.list.Bytes())) > pw.x.h.MaxPageSize, // too much to hold any longer
		whole && found && pw.affected():
		return clientErr(pw.let(found))
	}
	return nil // a page is held until its links are known
}

func clientErr(err error) error {
	if err != nil {
		return clientError{err}
	}
	return nil
}

// overflow goes on with a body that has not shown a list within the memory of a
// page. It is most likely none, and is let through; if a list comes all the
// same, it must not hold more than may be sent.
func (pw *pageWriter) overflow() error {
	if pw.x.plan.window.Skip > 0 {
		return list.ErrTooLarge
	}
	pw.mode = flow
	return clientErr(pw.let(false))
}

// finish takes the end of the upstream's body.
func (pw *pageWriter) finish() {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	if pw.wrote && pw.mode != pass && !pw.over() {
		pw.end()
	}
	pw.share()
	if pw.full { // which the last bytes of an encoded body may have made it
		if pw.committed {
			dropTrailers(pw.Header())
		}
		pw.sendPage()
	}
	if pw.out != nil {
		_ = pw.out.settle()
	}
}

// end reads what is left of an answer whose end nobody has forced.
func (pw *pageWriter) end() {
	if pw.sniff {
		if pw.guess(true) != yes { // nothing but white space came
			_ = pw.passOn()
			return
		}
		all := pw.held
		pw.held, pw.sniff = nil, false
		_ = pw.take(all)
		if pw.over() {
			return
		}
	}
	if pw.decoder == nil && pw.list.Offset() == 0 && !pw.committed {
		_ = pw.passOn() // nothing came: no list, and nothing that could look like one
		return
	}
	sink := pw.read
	if pw.mode == watch || pw.mode == hold {
		sink = pw.follow
	}
	err := pw.decoder.finish(sink)
	if pw.over() {
		return
	}
	if err == nil {
		err = pw.list.Close()
	}
	switch pw.mode {
	case watch:
	case hold:
		if !pw.committed {
			_ = pw.let(pw.list.Found() && pw.affected())
		}
	default:
		if err == nil && pw.keyless() {
			err = errKeyless
		}
		switch {
		case err != nil:
			_ = pw.fail(err)
		case pw.list.MarkLost():
			pw.refuseKey()
		default:
			pw.full = true
		}
	}
}

// fail gives an answer up because of what the upstream sent.
func (pw *pageWriter) fail(err error) error {
	pw.stopped = true
	if errors.Is(err, list.ErrTooMany) && !pw.committed {
		err = list.ErrTooLarge // the list came after all, in the very bytes that were too many
	}
	pw.x.broken(err, pw.list.Offset(), pw.list.Pointer())
	code := limits.CodeUpstreamMalformed
	if errors.Is(err, list.ErrTooLarge) {
		code = limits.CodeItemTooLarge
	}
	detail := err.Error()
	if _, of := errors.AsType[nextError](err); of {
		detail = "the upstream could not be read to the page's end" // why not may name hosts
	}
	pw.problem = limits.NewProblem(code, "", "", detail)
	return stopError{}
}

// refuseLong refuses a list that is longer than what is served whole.
func (pw *pageWriter) refuseLong() error {
	pw.stopped = true
	pw.problem = pw.x.rt.required(pw.x.rt.rules.Max)
	pw.problem.Detail = "the list is too long to be sent as a whole; " + pw.problem.Detail
	if why := pw.x.ask.posted.unread; why != "" {
		pw.problem.Detail += "; the request's body is not read for that: " + why
	}
	return stopError{}
}

// refuseKey refuses a request for what stands beside an item of which nobody knows where
// in the list it would be.
func (pw *pageWriter) refuseKey() {
	pw.stopped = true
	a := &pw.x.ask
	name, given := a.AfterName, a.After
	if pw.x.plan.back {
		name, given = a.BeforeName, a.Before
	}
	pw.x.verdict.Reason = limits.ReasonInvalid
	pw.problem = limits.NewProblem(limits.CodeCursorInvalid, name, given,
		"the list has no such item, and nothing tells where it was; begin again without "+name)
}

// errKeyless: nobody could go on, and a page that does not say so looks like the last one.
var errKeyless = errors.New("the item at the page's end has no key by which clients could go on")

// keyless tells whether the list goes on behind an item that clients cannot name. Before
// limits are enforced they get the page all the same.
func (pw *pageWriter) keyless() bool {
	if pw.x.rt.byKey() {
		return pw.list.Found() && pw.list.More() && pw.list.Next().Text() == ""
	}
	if pw.x.rt.client.Position != style.ByKey || !pw.x.plan.enforced || !pw.list.Found() || pw.list.MarkLost() || !pw.more() {
		return false
	}
	first, last := pw.list.Ends()
	if pw.x.plan.back {
		return first == "" && pw.list.Items() > 0
	}
	return last == ""
}

// passOn lets an answer through that turns out to be nothing to work on.
func (pw *pageWriter) passOn() error {
	pw.mode, pw.sniff = pass, false
	pw.commit()
	held := pw.held
	pw.held = nil
	return pw.send(held)
}
