package caddymodule

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// unconditional are the fields by which an answer could be less than the list.
var unconditional = []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"}

// A detached request is one that goes on when the request that it was made of has
// ended: what of that others might change, or which ends with it, is its own.
type detached struct {
	*http.Request
	old oldPlaceholders
}

// detach makes a request of x's, as it is ready for the upstream. ctx ends it, and has
// the values of x's own.
func (x *exchange) detach(ctx context.Context) *detached {
	d := &detached{Request: x.r.Clone(ctx)}
	d.Body, d.ContentLength, d.TransferEncoding = bodyOf(x.edited.sent), int64(len(x.edited.sent)), nil
	for _, name := range unconditional {
		d.Header.Del(name)
	}

	repl := caddy.NewReplacer()
	server, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	d.Request = caddyhttp.PrepareRequest(d.Request, repl, nil, server)
	if vars, ok := ctx.Value(caddyhttp.VarsCtxKey).(map[string]any); ok {
		if own, ok := d.Context().Value(caddyhttp.VarsCtxKey).(map[string]any); ok {
			maps.Copy(own, vars)
		}
	}
	if original, ok := ctx.Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
		// In place: the replacer's placeholders of the request have this very one.
		*d.Request = *d.WithContext(context.WithValue(d.Context(), caddyhttp.OriginalRequestCtxKey, original))
	}
	for _, name := range [...]string{"limit", "phase", "reason", "client", "route"} {
		if value, ok := x.trace.placeholder("http.paginate." + name); ok {
			repl.Set("http.paginate."+name, value)
		}
	}
	if x.repl != nil {
		d.old.repl = x.repl.WithoutFile() // a copy: others may add to x's
		repl.Map(d.old.value)
	}
	return d
}

// oldPlaceholders are those that handlers ahead of us have set or mapped, such as
// who has been authenticated. They may look at the old request, so they are known
// only as long as that waits: whoever detaches waits until the upstream has answered.
type oldPlaceholders struct {
	mu   sync.Mutex
	repl *caddy.Replacer // nil: the old request may have ended
}

func (o *oldPlaceholders) value(key string) (any, bool) {
	if strings.HasPrefix(key, "http.response.") || strings.HasPrefix(key, "http.paginate.") {
		return nil, false // of another answer
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.repl == nil {
		return nil, false
	}
	return o.repl.Get(key)
}

// end lets the old request go.
func (o *oldPlaceholders) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.repl = nil
}
