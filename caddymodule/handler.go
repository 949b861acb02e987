package caddymodule

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.paginate",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision fills in defaults and compiles the configuration.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.applyDefaults()
	if err := h.check(); err != nil {
		return err
	}
	app, err := ctx.App("paginate")
	if err != nil {
		return fmt.Errorf("getting the paginate app: %w", err)
	}
	h.run, err = h.compile(ctx.Logger(), app.(*App))
	if err != nil {
		return err
	}
	h.run.keying.place = placeOf(ctx, app.(*App))
	h.run.snapshots = h.newSnapshotRoute(app.(*App))
	app.(*App).routes = append(app.(*App).routes, h.run)
	h.warn()
	return nil
}

// credentials are fields by which upstreams know who is asking.
var credentials = []string{"Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key"}

// warn tells at load what an operator should know but need not mend at once.
func (h *Handler) warn() {
	for _, path := range h.ExactPaths {
		h.run.logger.Warn("the route matches this path only as it is written; many frameworks answer to variants too, such as a trailing slash or an extension, and those would pass unpaged",
			zap.String("route", h.Name), zap.String("path", path))
	}
	for _, name := range h.Snapshot.IgnoreHeader {
		if slices.Contains(credentials, http.CanonicalHeaderKey(name)) {
			h.run.logger.Warn("ignore_header names a credential: whoever asks with another one, or with none, may get an answer that was given for it",
				zap.String("route", h.Name), zap.String("header", name))
		}
	}
	if h.Retire != nil && h.Phase == "" {
		for _, text := range h.run.calendar.Warnings(h.run.clock.Now()) {
			h.run.logger.Warn(text, zap.String("route", h.Name))
		}
	}
	h.run.warnClients()
}

// ServeHTTP takes a request through: read, judge, refuse or rewrite, serve,
// record.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	rt := h.run
	disguised := rt.disguised(r)
	lists := rt.lists(r.Method) && !disguised
	if lists && len(rt.app.routes) > 1 && routed(r) { // a single route is inside of none
		return next.ServeHTTP(w, r)
	}
	start := rt.clock.Now()
	where := rt.stand(r, start)
	switch {
	case where.phase == retire.Off && lists:
		return passRouted(w, r, next)
	case where.phase == retire.Off:
	case lists:
		x := newExchange(h, w, r, start, where)
		defer x.release()
		return x.serve(next)
	case where.phase == retire.Enforce && disguised:
		x := newExchange(h, w, r, start, where)
		defer x.release()
		x.verdict.Reason = limits.ReasonInvalid
		return x.reject(limits.NewProblem(limits.CodeLimitInvalid, "", "",
			"a method override hides whether this "+r.Method+" request asks for the list; send it without one"))
	case rt.snapshots != nil && !safe(r.Method):
		return rt.passWrite(w, r, next)
	}
	return next.ServeHTTP(w, r)
}

// routeKey is the placeholder that is known while a request is on a route. The first one
// that matches decides: a route inside of it would cut the list again, by a limit that the
// one outside knows nothing of, which would take what is left for the whole list.
//
// The request's variables would be quicker to ask, but are nobody's to write to: the dialing
// of a connection, say, may read them even now.
const routeKey = "http.paginate.route"

func routed(r *http.Request) bool {
	repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if ok {
		_, ok = repl.Get(routeKey)
	}
	return ok
}

// passRouted lets a request pass untouched, by the routes inside of this one too.
func passRouted(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Set(routeKey, "")
		defer repl.Delete(routeKey)
	}
	return next.ServeHTTP(w, r)
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
