package caddymodule

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/quic-go/quic-go/http3"
)

// errStopped is what pageWriter.Write reports once nothing more is wanted of the
// upstream: the page is complete, or the answer is refused.
var errStopped = errors.New("nothing more is wanted of this answer")

// stopError ends reverse_proxy's copy loop, so that it closes the upstream's
// body at once. reverse_proxy takes any write error for a lost client and warns
// of it, but for one: the error of an HTTP/3 client that cancelled on purpose
// (isClientCanceledH3 in its source). Wrapping that one keeps a line per page
// out of the log. Before Caddy 2.11.8 the only difference is that line.
type stopError struct{}

func (stopError) Error() string { return errStopped.Error() }

func (stopError) Unwrap() []error {
	return []error{errStopped, &http3.Error{Remote: true, ErrorCode: http3.ErrCodeRequestCanceled}}
}

// serveUpstream runs next with pw in front of the client, and absorbs the way in
// which it ends when pw has stopped it: reverse_proxy panics with
// http.ErrAbortHandler, and may return the error one day; others return it, or
// nothing.
//
// The same panic with nothing sent yet means that the upstream broke off. The
// client is still waiting, so it can be told: broke is true.
func serveUpstream(pw *pageWriter, r *http.Request, next caddyhttp.Handler) (broke bool, err error) {
	client := r.Context()
	r, release := pw.watchStall(r)
	defer release()
	defer func() {
		v := recover()
		pw.settle(v != nil) // whatever comes now, no timer must send an answer beside it
		switch {
		case v != nil && v != http.ErrAbortHandler: //nolint:errorlint // net/http compares it so, too
			panic(v)
		case pw.over():
			err = nil // whatever it says: it is about what we did, or do not need
		case v == nil:
		case pw.holding() && client.Err() == nil:
			broke = true
		default:
			panic(v)
		}
	}()
	return false, next.ServeHTTP(fromUpstream{pw}, r)
}

// fromUpstream is a pageWriter as the handler behind us sees it. It alone may have
// the header map in its hands while timers run beside it.
type fromUpstream struct{ *pageWriter }

func (w fromUpstream) Header() http.Header {
	w.pause()
	return w.pageWriter.Header()
}
