package caddymodule

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// open answers from a snapshot, which is begun if there is none.
func (s *source) open(w http.ResponseWriter, r *http.Request) error {
	sr := s.x.rt.snapshots
	rd := newReading(s.x, s.next)
	snap, err := sr.manager.Open(r.Context(), s.key, sr.policy, s.label(), rd.run)
	if err != nil {
		return s.direct(w, r)
	}
	defer snap.Release()
	if !snap.Began() {
		return s.page(w, r, snap, nil)
	}
	s.x.rt.counts().miss()
	// Even if the client has gone: until then the reading needs this request.
	<-rd.headed
	rd.request.old.end()
	if rd.refused && r.Context().Err() == nil {
		s.remember(rd.status)
		return rd.take(w, r)
	}
	rd.leave()
	return s.page(w, r, snap, rd)
}

// label is what operators are told of the snapshot.
func (s *source) label() snapshot.Label {
	const most = 200
	path := s.x.r.URL.EscapedPath() // which nobody can write control bytes into
	return snapshot.Label{Route: s.x.rt.name, Path: path[:min(len(path), most)]}
}

// remember notes that the request is for no list, unless that was for once.
func (s *source) remember(status int) {
	if status == http.StatusOK {
		s.x.rt.snapshots.plain.add(s.key, s.x.rt.clock.Now())
	}
}

// direct answers from the upstream, as if there were no snapshots.
func (s *source) direct(w http.ResponseWriter, r *http.Request) error { return s.next.ServeHTTP(w, r) }

// page answers from a snapshot. rd is the reading of it, if this request began it.
func (s *source) page(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot, rd *reading) error {
	ctx := r.Context()
	text, err := snap.Head(ctx)
	if err != nil {
		return s.failed(w, r, err, rd)
	}
	answer, err := readAnswer(text)
	if err != nil || !s.x.plan.enforced && noTransform(answer.header()) {
		return s.direct(w, r)
	}
	s.pw.kept = keptPage{from: true, mine: rd != nil}
	if rd == nil {
		s.x.rt.counts().hit()
	}
	if tags := r.Header["If-None-Match"]; len(tags) > 0 && matches(tags, answer.header()) {
		s.begin(w, &answer, rd, http.StatusNotModified)
		return nil
	}
	part, err := s.part(ctx, snap)
	if err != nil {
		s.pw.kept = keptPage{}
		return s.failed(w, r, err, rd)
	}
	s.pw.kept.snap = snap
	s.begin(w, &answer, rd, answer.status)
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	if _, err = io.CopyBuffer(struct{ io.Writer }{w}, part, *buf); err != nil && !s.pw.stopped {
		s.pw.startAgain()
		return s.direct(w, r) // the store has lost it
	}
	s.pw.noteEnds()
	s.pw.kept.snap = nil
	return nil
}

var copyBuffers = sync.Pool{New: func() any { return new(make([]byte, 32<<10)) }}

// part waits for the part of the list that the page is in, readies the page reader for
// it, and returns it.
func (s *source) part(ctx context.Context, snap *snapshot.Snapshot) (io.Reader, error) {
	p := &s.x.plan
	state, err := s.await(ctx, snap, p.offset)
	if err != nil {
		return nil, err
	}
	first, n := p.offset, p.limit
	if s.keyed() {
		place, found, err := s.locate(ctx, snap)
		switch {
		case err != nil:
			return nil, err
		case found && p.back: // up to the item that the page ends before
			first = max(0, place-1-p.limit)
			n = place - first
		case found: // from the item on that the page begins behind
			first, n = place-1, p.limit+1
			state, err = s.await(ctx, snap, place)
		default: // it has gone, and only the whole list tells where the page begins
			first, n = 0, math.MaxInt64
			state, err = snap.Await(ctx, -1)
		}
		if err != nil {
			return nil, err
		}
	}
	part := snap.Window(first, n)
	s.pw.kept.part = true
	if state.Ended {
		s.pw.kept.ended, s.pw.kept.total = true, state.Items
	}
	skip := p.offset
	if s.keyed() && n != math.MaxInt64 {
		skip = first + 1
	}
	p.window = style.Window{Offset: part.Offset, Skip: skip - part.Offset}
	p.kept, p.path = true, state.Path
	s.pw.reset()
	return part, nil
}

// await waits until a page that begins at offset is there, and what of the list's end
// belongs to it.
func (s *source) await(ctx context.Context, snap *snapshot.Snapshot, offset int64) (snapshot.State, error) {
	h, p := s.x.h, &s.x.plan
	if h.Total == "exact" {
		state, err := snap.Await(ctx, math.MaxInt64)
		if err == nil && !state.Alone {
			return snap.Await(ctx, -1)
		}
		return state, err
	}
	state, err := snap.Await(ctx, offset+p.limit+1)
	if err == nil && !state.Done && !state.Alone && h.EarlyStop != "always" && !s.x.rt.drops() {
		return snap.Await(ctx, -1) // what stands behind the list belongs to the page
	}
	return state, err
}

// begin writes the header of a page.
func (s *source) begin(w http.ResponseWriter, answer *keptAnswer, rd *reading, status int) {
	h := w.Header()
	apply(answer.fields, h)
	if rd != nil {
		apply(rd.own, h)
	}
	if age := s.x.rt.clock.Now().Sub(answer.read); age >= time.Second {
		// As caches tell it (RFC 9111, section 5.1): what the upstream says of how
		// long its answer is good counts from when it was given.
		had, _ := strconv.ParseInt(valueOf(h, "Age"), 10, 64)
		h["Age"] = []string{strconv.FormatInt(had+int64(age/time.Second), 10)}
	}
	w.WriteHeader(status)
}

// matches tells whether the upstream would have answered that nothing has changed. The
// tags are the upstream's own (see ownTags); weak comparison is for them (RFC 9110,
// section 13.1.2).
func matches(lines []string, h http.Header) bool {
	etag := strings.TrimPrefix(valueOf(h, "Etag"), "W/")
	for _, line := range lines {
		for tag := range entityTags(line) {
			if tag == "*" || etag != "" && strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}

// failed answers where there is no snapshot to answer from.
func (s *source) failed(w http.ResponseWriter, r *http.Request, err error, rd *reading) error {
	next, of := errors.AsType[nextError](err)
	switch {
	case r.Context().Err() != nil:
		return caddyhttp.Error(statusGone, err)
	case errors.Is(err, snapshot.ErrUnsuitable):
		s.remember(http.StatusOK)
		if rd != nil && rd.replay(w) {
			return nil
		}
		return s.direct(w, r)
	case errors.Is(err, snapshot.ErrGone) && !s.again: // dropped, or whoever read it has died
		s.again = true
		return s.open(w, r)
	case of: // as the handler behind us would have told this request
		return next.error
	case snapshot.FallsBack(err):
		return s.direct(w, r)
	}
	s.pw.mu.Lock()
	defer s.pw.mu.Unlock()
	_ = s.pw.fail(err)
	return nil
}

// statusGone is what Caddy logs of a client that went away.
const statusGone = 499
