package caddymodule

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// keyed tells whether the page begins behind a certain item, or ends before one.
func (s *source) keyed() bool { return !s.x.rt.key.None() && len(s.x.plan.mark.Bytes()) > 0 }

// around is how far from its place an item is looked for first: the snapshot may be
// another one than the cursor was made by, and the list have changed meanwhile.
const around = 4096

// locate finds the item that the page begins behind, or ends before, and returns how many
// items there are up to that one. It looks where the cursor says, then around that.
func (s *source) locate(ctx context.Context, snap *snapshot.Snapshot) (place int64, found bool, err error) {
	p := &s.x.plan
	if s.x.rt.client.Position == style.ByKey {
		return s.search(ctx, snap)
	}
	if place, found, err = s.seek(snap, p.offset-1, 1); found || err != nil {
		return place, found, err
	}
	if _, err := snap.Await(ctx, p.offset+around); err != nil {
		return 0, false, err
	}
	return s.seek(snap, p.offset-around, 2*around)
}

// search finds an item of which only the key is known: where a page has ended before; else
// on the first page, as whoever begins to walk asks for the second one; else by the list's
// order, or from its beginning on, as far as it is there.
func (s *source) search(ctx context.Context, snap *snapshot.Snapshot) (place int64, found bool, err error) {
	if at, ok := snap.Recall(s.x.plan.mark.Bytes()); ok {
		if place, found, err = s.seek(snap, at-1, 1); found || err != nil {
			return place, found, err
		}
	}
	for from, n := int64(0), s.x.plan.limit+1; ; from, n = from+n, 2*n {
		state, err := snap.Await(ctx, from+n)
		if err != nil {
			return 0, false, err
		}
		if place, found, err = s.seek(snap, from, n); found || err != nil || state.Items < from+n {
			return place, found, err
		}
		if from == 0 {
			if place, found, err = s.bisect(snap, state.Items); found || err != nil {
				return place, found, err
			}
		}
	}
}

// bisect finds an item among the first n of a list that is in the order of its keys, by
// looking at a few. In another one, or if the item has gone, it finds nothing, unless by
// chance the item.
func (s *source) bisect(snap *snapshot.Snapshot, n int64) (place int64, found bool, err error) {
	begin, ok, err := s.side(snap, 0)
	for lo, hi := int64(0), n; ok && err == nil && lo < hi; {
		at := lo + (hi-lo)/2
		var c int
		switch c, ok, err = s.side(snap, at); {
		case ok && c == 0:
			return at + 1, true, err
		case (c < 0) == (begin < 0): // the list's beginning lies on the same side
			lo = at + 1
		default:
			hi = at
		}
	}
	return 0, false, err
}

// side compares the key of the at-th item with the one that is sought.
func (s *source) side(snap *snapshot.Snapshot, at int64) (c int, ok bool, err error) {
	p := s.x.plan
	p.limit, p.mark = 1, list.Mark{}
	part := snap.Window(at, 1)
	p.window = style.Window{Skip: at - part.Offset}
	err = s.look(p.inside(snap), part, func(r *list.Reader) { c, ok = r.CompareFirst(s.x.plan.mark) })
	return c, ok, err
}

// seek looks for the item among n.
func (s *source) seek(snap *snapshot.Snapshot, first, n int64) (place int64, found bool, err error) {
	p := s.x.plan
	p.limit = 0
	part := snap.Window(max(0, first), n)
	p.window = style.Window{Skip: max(0, p.offset-part.Offset)}
	err = s.look(p.inside(snap), part, func(r *list.Reader) { place, found = part.Offset+r.Start(), r.MarkFound() })
	return place, found, err
}

// inside is p for a part of a snapshot's list.
func (p plan) inside(snap *snapshot.Snapshot) plan {
	state := snap.State()
	p.kept, p.path, p.lines = true, state.Path, state.Lines
	return p
}

// readers are for looking into a list besides the page.
var readers = sync.Pool{New: func() any { return new(list.Reader) }}

// look reads a list, or a part of it, besides the page, by another plan. see is not called
// if that cannot be read (an item is too large, say): the page will tell.
func (s *source) look(p plan, body io.Reader, see func(*list.Reader)) error {
	p.mask, p.back = nil, false
	opt := p.options(s.x.h, s.x.rt)
	opt.Stop, opt.LetThrough = list.StopAlways, false
	reader := readers.Get().(*list.Reader)
	defer func() {
		reader.Recycle(maxPooled)
		readers.Put(reader)
	}()
	reader.Reset(opt)
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for {
		size, err := body.Read(*buf)
		status, wrong := reader.Write((*buf)[:size])
		switch {
		case wrong != nil:
			return nil
		case status == list.Done, errors.Is(err, io.EOF):
			see(reader)
			return nil
		case err != nil:
			return err
		}
	}
}

// noteEnds remembers where in the snapshot the page ends where the client goes on: it will
// name the item there.
func (pw *pageWriter) noteEnds() {
	snap := pw.kept.snap
	if snap == nil || pw.x.rt.client.Position != style.ByKey || !pw.full && !pw.list.Ended() {
		return
	}
	pw.kept.snap = nil
	first, last := pw.list.Ends()
	key, behind := last, pw.offset()+pw.list.Items()
	if pw.x.plan.back {
		key, behind = first, pw.offset()+1
	}
	if key != "" {
		snap.Remember(list.MarkOfText(key).Bytes(), behind)
	}
}
