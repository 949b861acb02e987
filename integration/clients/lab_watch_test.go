//go:build backends

package clients

import (
	"bytes"
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// watching is the lab that the handlers watch for: Caddy makes them by itself.
var watching atomic.Pointer[lab]

func init() {
	caddy.RegisterModule(watch{})
	httpcaddyfile.RegisterHandlerDirective("watch", func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		h.Next()
		return watch{}, nil
	})
	httpcaddyfile.RegisterDirectiveOrder("watch", httpcaddyfile.Before, "templates")
}

// watch is a Caddy handler that tells the lab of each request, as it came from the
// client, and of its answer, as it goes there.
type watch struct{}

// CaddyModule implements caddy.Module.
func (watch) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.watch", New: func() caddy.Module { return new(watch) }}
}

// ServeHTTP implements caddyhttp.MiddlewareHandler.
func (watch) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	l := watching.Load()
	if l == nil {
		return next.ServeHTTP(w, r)
	}
	original := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request)
	i := l.begin(exchange{Method: r.Method, URL: original.RequestURI, Proto: r.Proto})
	tee := &teeWriter{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}}
	err := next.ServeHTTP(tee, r)
	l.end(i, tee.status, w.Header().Clone(), bytes.Count(tee.body.Bytes(), []byte(big)))
	return err
}

// A teeWriter keeps a copy of what is written.
type teeWriter struct {
	caddyhttp.ResponseWriterWrapper
	status int
	body   bytes.Buffer
}

func (t *teeWriter) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

func (t *teeWriter) Write(p []byte) (int, error) {
	// All of it, whatever becomes of it: over HTTP/2 a client that has what it wants may
	// close the stream before its end, and what it has got counts as not written then.
	t.body.Write(p)
	return t.ResponseWriter.Write(p)
}
