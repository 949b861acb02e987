package caddymodule

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// routeNotices remembers when each route was last told of, by its name, over reloads.
type routeNotices struct{ byRoute sync.Map } // of string to *atomic.Int64

// due tells whether the interval since the last notice is over, and begins another one if
// so.
func (n *routeNotices) due(route string, now time.Time, interval time.Duration) bool {
	known, _ := n.byRoute.LoadOrStore(route, new(atomic.Int64))
	last := known.(*atomic.Int64)
	was := last.Load()
	if was != 0 && now.Sub(time.Unix(0, was)) < interval {
		return false
	}
	return last.CompareAndSwap(was, now.UnixNano())
}

// noticeDisorder counts a page of a list that cannot be walked by its key alone, and tells
// the operator of the route once in each notice interval.
func (x *exchange) noticeDisorder(pw *pageWriter) {
	what := pw.list.Disorder()
	if what == "" {
		return
	}
	rt := x.rt
	rt.counts().unordered()
	if !rt.app.shared.disorders.due(rt.name, x.start, rt.app.logInterval) {
		return
	}
	message := "the list is not in the order of its key, and is paged by offset where that does not find an item"
	if rt.client.Position == style.ByKey {
		message = "the list is not in the order of its key, and a client cannot go on behind an item that has gone"
	}
	rt.logger.Warn(message, zap.String("route", rt.name), zap.String("key", strings.Join(rt.keyNames, " ")),
		zap.String("path", x.original.Path), zap.String("reason", string(what)))
}

// noticePaged tells the operator, as often, that an upstream goes on behind a list that
// was read to its end. The link that says so leads past us, and is left out: what stands
// there nobody gets.
func (x *exchange) noticePaged() {
	rt := x.rt
	if !rt.app.shared.paged.due(rt.name, x.start, rt.app.logInterval) {
		return
	}
	rt.logger.Warn("the upstream says that its list goes on (Link with rel=next), although it is configured as one that knows no pages, and clients do not get the rest: name the style that it pages in, as in upstream page",
		zap.String("route", rt.name), zap.String("path", x.original.Path))
}
