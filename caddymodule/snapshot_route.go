package caddymodule

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
)

// freshFor is how old a snapshot may be from which a first page is served in lazy. A
// walk that begins then meets the same list on all its pages, and a client that asks
// for the first page alone gets one that is hardly older than its way back.
const freshFor = 5 * time.Second

// A snapshotRoute is what a route has for its snapshots.
type snapshotRoute struct {
	manager *snapshot.Manager
	policy  snapshot.Policy
	eager   bool
	heads   heads
	writes  *writes
	plain   plainAnswers
}

// routeWrites are those of all routes by name, over reloads.
type routeWrites struct{ byRoute sync.Map } // of string to *writes

func (w *routeWrites) of(route string) *writes {
	known, _ := w.byRoute.LoadOrStore(route, new(writes))
	return known.(*writes)
}

// writes remembers when something was written through a route: a client that has
// changed the list wants to see it on the first page.
type writes struct{ at atomic.Int64 }

func (w *writes) note(now time.Time) { w.at.Store(now.UnixNano()) }

func (w *writes) last() time.Time { return time.Unix(0, w.at.Load()) }

// safe tells whether a method changes nothing (RFC 9110, section 9.2.1).
func safe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// passWrite hands a request on that may change the list. It does so at some time until
// it is answered: what was read before that may be without the change.
func (rt *runtime) passWrite(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	defer func() { rt.snapshots.writes.note(rt.clock.Now()) }()
	return next.ServeHTTP(w, r)
}

// plainAnswers remembers for a while which requests are answered with something that
// is no list: there is nothing to keep of it, and nothing to wait for.
type plainAnswers struct {
	mu    sync.Mutex
	until map[snapshot.Key]time.Time
}

const (
	plainFor  = 30 * time.Second
	mostPlain = 4096
)

func (p *plainAnswers) add(key snapshot.Key, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.until) >= mostPlain || p.until == nil {
		p.until = make(map[snapshot.Key]time.Time)
	}
	p.until[key] = now.Add(plainFor)
}

func (p *plainAnswers) has(key snapshot.Key, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.until[key]
	if ok && !now.Before(until) {
		delete(p.until, key)
		return false
	}
	return ok
}

// unsharable are fields of a request to which an answer is given that is only good for
// this very request: a condition that may refuse it, or another protocol.
var unsharable = []string{"If-Match", "If-Unmodified-Since", "Upgrade"}

// snapshotted tells whether a request's page may come from a snapshot.
func (x *exchange) snapshotted() bool {
	if x.rt.snapshots == nil || x.plan.mode != page || x.r.Method != http.MethodGet && !x.posted || x.ask.posted.unread != "" {
		return false
	}
	for _, name := range unsharable {
		if len(x.r.Header[name]) > 0 {
			return false
		}
	}
	return true
}

// first tells whether a request is for the first page, from the list's beginning.
func (x *exchange) first() bool { return x.plan.offset == 0 && len(x.plan.mark.Bytes()) == 0 }
