package caddymodule

import (
	"net/http"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// A keptPage is what a page that comes from a snapshot knows of the list that it is
// only given a part of.
type keptPage struct {
	from  bool               // it comes from a snapshot, or from what another request read
	mine  bool               // the upstream was read for it
	part  bool               // it is only given a part of the list
	snap  *snapshot.Snapshot // which, as long as the page is being read
	total int64              // items of the whole list, if ended
	ended bool               // the list is known to its end
}

// read tells whether a page is from what others have the upstream read for.
func (k *keptPage) read() bool { return k.from && !k.mine }

// seen is how many items of the list are known to be there, up to the page's end at
// least.
func (pw *pageWriter) seen() int64 {
	switch {
	case pw.kept.ended:
		return pw.kept.total
	case pw.kept.part:
		return pw.x.plan.window.Offset + pw.list.Seen()
	}
	return pw.list.Seen()
}

// total is how many items the list has, -1 if that is not to be told or not known.
func (pw *pageWriter) total() int64 {
	switch {
	case pw.told:
		return pw.counted
	case pw.x.h.Total != "exact":
	case pw.kept.ended:
		return pw.kept.total
	case pw.list.Ended() && !pw.kept.part:
		return pw.list.Seen()
	}
	return -1
}

// startAgain forgets an answer of which nothing has been sent, for another one.
func (pw *pageWriter) startAgain() {
	pw.mu.Lock()
	defer pw.mu.Unlock()
	if pw.committed {
		panic(http.ErrAbortHandler) // what the client has must not look complete
	}
	pw.forget()
	pw.decoder.stop()
	pw.stopTimers()
	pw.mode, pw.status, pw.wrote, pw.full, pw.sniff = pw.x.plan.mode, 0, false, false, false
	pw.got, pw.held, pw.decoder, pw.kept = 0, nil, nil, keptPage{}
	pw.x.plan.restart()
	pw.reset()
}

// restart forgets that the page was to come from a snapshot.
func (p *plan) restart() {
	p.kept, p.lines = false, false
	p.window = style.Window{Skip: p.offset}
}
