package caddymodule

import (
	"strings"
	"sync"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// A trace is what of a request others may look at when it is over: handlers that
// still hold the writer, directives outside of us that ask for a placeholder, and
// whoever keeps a header. So it is made anew for each request, and small, while the
// exchange and all buffers are kept for other requests.
type trace struct {
	writer pageWriter
	joined joined

	x      *exchange // nil when the request is over
	limit  int64     // the facts of x, from then on
	phase  retire.Phase
	reason limits.Reason
	action adoption.Action // as recorded, empty if nothing was
	client string
	until  time.Time // when the brownout ends, zero if none makes the phase

	values [5]string // of header fields that we set: as many as a page has
	used   int
}

// one is the value of a header field that has a single line.
func (t *trace) one(value string) []string {
	if t.used == len(t.values) {
		return []string{value}
	}
	t.values[t.used] = value
	t.used++
	return t.values[t.used-1 : t.used : t.used]
}

// placeholder is the value of {http.paginate.*}.
func (t *trace) placeholder(key string) (any, bool) {
	name, ok := strings.CutPrefix(key, "http.paginate.")
	if !ok {
		return nil, false
	}
	t.note()
	switch name {
	case "limit":
		return t.limit, true
	case "phase":
		return string(t.phase), true
	case "reason":
		return string(t.reason), true
	case "action":
		return string(t.action), true
	case "client":
		return t.client, true
	case "route":
		return "", t.x != nil // see routeKey
	case "brownout":
		if t.until.IsZero() {
			return "", true
		}
		return t.until.UTC().Format(time.RFC3339), true
	}
	return nil, false
}

// note takes the facts of the exchange as they are now.
func (t *trace) note() {
	if t.x != nil {
		t.limit, t.phase, t.reason = t.x.plan.limit, t.x.phase, t.x.verdict.Reason
		t.action, t.client = t.x.rec.Action, t.x.rec.Client
		t.until = t.x.brownout.End()
	}
}

var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// release gives the exchange back. Nothing that outlives the request may point
// to it.
func (x *exchange) release() {
	if t := x.trace; t != nil {
		t.note()
		t.x = nil
	}
	clear(x.before)
	clear(x.bound)
	clear(x.names)
	x.before, x.bound, x.targets = x.before[:0], x.bound[:0], x.targets[:0]
	x.turn, x.ends = turn{}, [2]string{}
	x.ask.reset()
	x.rehearsal.reset()
	x.edited.reset()
	if cap(x.url)+cap(x.line) > maxPooled {
		x.url, x.line = nil, nil
	}
	exchanges.Put(x)
}
