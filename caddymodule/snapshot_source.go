package caddymodule

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"strconv"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A source is where a page's bytes come from: the handler behind us, or a snapshot,
// which then looks like an upstream that pages by itself. It stands in the handler's
// place, so that all that is done to an answer of the upstream is done to this one.
type source struct {
	x    *exchange
	pw   *pageWriter
	next caddyhttp.Handler
	key  snapshot.Key
	old  *snapshot.Snapshot // to be compared with what the list begins with now; nil: none

	again bool // the snapshot has gone once already
}

// source is the handler that answers x.
func (x *exchange) source(pw *pageWriter, next caddyhttp.Handler) caddyhttp.Handler {
	switch {
	case x.rt.upstream != nil && x.plan.requery:
		return x.joined(pw, next)
	case !x.snapshotted():
		return next
	}
	s := &source{x: x, pw: pw, next: next, key: x.snapshotKey()}
	if x.rt.snapshots.plain.has(s.key, x.start) {
		return next
	}
	return s
}

// ServeHTTP answers from where it costs least. As long as nothing has been written it can
// still turn to the upstream, and does so whatever is the matter with snapshots.
func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) error {
	sr, first := s.x.rt.snapshots, s.x.first()
	snap := sr.manager.Get(r.Context(), s.key, sr.policy)
	switch {
	case snap != nil && (!first || s.current(snap)):
		defer snap.Release()
		return s.page(w, r, snap, nil)
	case first && !sr.eager:
		s.old = snap
		return s.head(w, r)
	case snap != nil:
		snap.Drop()
		snap.Release()
	}
	return s.open(w, r)
}

// current tells whether a first page may come from a snapshot: what was written
// through the route since it was begun would be missing.
func (s *source) current(snap *snapshot.Snapshot) bool {
	sr, born := s.x.rt.snapshots, snap.Born()
	return born.After(sr.writes.last()) && (sr.eager || s.x.rt.clock.Now().Sub(born) <= freshFor)
}

// head answers a first page from the upstream, or from what another request for it has
// just read there.
func (s *source) head(w http.ResponseWriter, r *http.Request) error {
	if len(r.Header["If-None-Match"])+len(r.Header["If-Modified-Since"]) > 0 {
		s.release()
		return s.direct(w, r) // which may get no list, and costs little if so
	}
	x, heads := s.x, &s.x.rt.snapshots.heads
	h, mine := heads.join(s.headKey(), x.rt.clock.Now(), x.rt.snapshots.writes.last())
	if mine {
		s.pw.head, s.pw.shared = h, s
		return s.direct(w, r)
	}
	s.release()
	defer heads.leave(h)
	switch h.wait(r.Context()) {
	case usable:
		x.rt.counts().shared()
		s.pw.kept = keptPage{from: true}
		apply(h.fields, w.Header())
		w.WriteHeader(h.status)
		_, _ = w.Write(h.body) // whoever wants no more, has it
		return nil
	case noList:
		return s.direct(w, r)
	}
	if err := r.Context().Err(); err != nil {
		return caddyhttp.Error(statusGone, err)
	}
	return s.open(w, r)
}

// headKey is the snapshot's key with what decides how far the page is read.
func (s *source) headKey() headKey {
	x, t := s.x, (*keyText)(&s.x.keyed)
	*t = append((*t)[:0], s.key[:]...)
	t.number(int(x.plan.limit))
	t.flag(x.plan.whole)
	t.flag(x.plan.enforced)
	t.flag(x.ask.Reading.HasFields)
	t.part(x.ask.Reading.Fields)
	return sha256.Sum256(*t)
}

// release lets go of the snapshot that was to be compared.
func (s *source) release() {
	if s.old != nil {
		s.old.Release()
		s.old = nil
	}
}

// share gives the page that has been read to those who wait for it. It is called once
// it is known what the page is, and before it is sent: a client that reads slowly keeps
// nobody waiting, and one that reads fast does not ask for the next page too early.
func (pw *pageWriter) share() {
	h := pw.head
	if h == nil {
		return
	}
	switch {
	case pw.problem != nil:
		h.settle(lost)
	case pw.mode == pass, pw.full && !pw.list.Found():
		h.settle(noList)
		pw.shared.remember(pw.status)
	case pw.full && pw.mode == page:
		h.settle(usable)
		pw.shared.compare(h.body)
	default:
		h.settle(lost)
	}
}

// unshare ends the sharing of a page, whatever has become of it.
func (pw *pageWriter) unshare() {
	if pw.head != nil {
		pw.head.settle(lost)
		pw.x.rt.snapshots.heads.leave(pw.head)
		pw.shared.release()
		pw.head, pw.shared = nil, nil
	}
}

// compare drops the snapshot that there is if the list does not begin with the page that
// has just been read: a walk that goes on in it would lose items, or repeat some. Walks
// under way may go on with what they have.
func (s *source) compare(begin []byte) {
	if s.old == nil {
		return
	}
	now, then := s.pageOf(s.x.plan, bytes.NewReader(begin)), ""
	if state := s.old.State(); state.Items > s.x.plan.limit || state.Ended {
		then = s.pageOf(s.x.plan.inside(s.old), s.old.Window(0, s.x.plan.limit))
	}
	if now != then {
		s.old.Drop()
	}
}

// pageOf is the first page of a body, as it is told apart from others; empty if it cannot
// be read.
func (s *source) pageOf(p plan, body io.Reader) (page string) {
	_ = s.look(p, body, func(r *list.Reader) { // whatever the error, there is no page then
		page = strconv.FormatInt(r.Items(), 10) + strconv.FormatBool(r.More()) + string(r.Bytes())
	})
	return page
}
