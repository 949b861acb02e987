package caddymodule

import (
	"context"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

// A heads table has the first pages that are being read right now, and share one read
// of the upstream: in lazy nothing is kept of a first page, but a thousand clients
// that begin to walk at once are no reason to read the list's beginning a thousand
// times. The first one reads it as ever, the others wait for its page and take what
// came. With the last of them it is gone; but where there were several, more are on their
// way, and it stays for a moment.
type heads struct {
	clock clock
	mu    sync.Mutex
	table map[headKey]*head
}

// crowdFor is how long a head stays that several have used.
const crowdFor = time.Second

// A headKey is a request's, with all that decides how far the upstream is read.
type headKey [sha256.Size]byte

// An outcome is what became of the reading of a head.
type outcome uint8

const (
	unsettled outcome = iota
	usable            // the page is there
	noList            // the answer is nothing to share: each asks the upstream itself
	lost              // it is not known what the upstream has
)

// A head is the beginning of a list, up to the end of one page.
type head struct {
	key   headKey
	begun time.Time
	users int   // under heads.mu
	crowd bool  // so, too: there were several
	stays timer // so, too: what ends its stay

	ended chan struct{}

	// Written by the one who reads before ended is closed, and read by the others
	// behind that.
	outcome outcome
	status  int
	fields  []keptField
	body    []byte
}

var headBodies = sync.Pool{New: func() any { return new([]byte) }}

// join returns the head of this key that is being read, or one to read, which is the
// caller's then. A head that has begun before since is none to join. Who joins must
// leave, and who reads it must settle it before.
func (hs *heads) join(key headKey, now, since time.Time) (h *head, mine bool) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if h := hs.table[key]; h != nil && now.Sub(h.begun) <= freshFor && !h.begun.Before(since) {
		h.users++
		if h.stays == nil {
			h.crowd = true
		}
		return h, false
	}
	h = &head{key: key, begun: now, users: 1, ended: make(chan struct{})}
	h.body = (*headBodies.Get().(*[]byte))[:0]
	if hs.table == nil {
		hs.table = make(map[headKey]*head)
	}
	hs.table[key] = h // in the place of one that is too old, which goes on without
	return h, true
}

// leave ends the use of a head.
func (hs *heads) leave(h *head) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if h.users--; h.users > 0 {
		return
	}
	if h.crowd && h.outcome == usable && hs.table[h.key] == h && h.stays == nil {
		h.stays = hs.clock.AfterFunc(crowdFor, func() { hs.end(h) })
	}
	if h.stays == nil {
		hs.forget(h)
	}
}

// end ends the stay of a head. Those who use it just now end it themselves.
func (hs *heads) end(h *head) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h.stays, h.crowd = nil, false
	if h.users == 0 {
		hs.forget(h)
	}
}

// forget frees a head that nobody uses. The mutex is held.
func (hs *heads) forget(h *head) {
	if hs.table[h.key] == h {
		delete(hs.table, h.key)
	}
	if cap(h.body) <= maxPooled {
		body := h.body
		headBodies.Put(&body)
	}
	h.body = nil
}

// begin takes the header of the answer, before it is changed for the page.
func (h *head) begin(status int, before []savedField, header http.Header) {
	was := make(http.Header, len(before))
	for _, f := range before {
		was[f.name] = f.values
	}
	h.status = status
	if inList(header, "Vary", "*") {
		h.outcome = noList // nobody else gets this answer
	}
	h.fields, _ = changesOf(was, header)
	h.fields = without(h.fields)
	for i := range h.fields {
		f := &h.fields[i]
		f.values = append([]string(nil), f.values...)
	}
}

// take keeps a chunk of the decoded body, of which a page of this size is made.
func (h *head) take(p []byte, most int64) {
	if h.outcome != unsettled {
		return
	}
	if int64(len(h.body)+len(p)) > most {
		h.outcome = lost
		return
	}
	h.body = append(h.body, p...)
}

// settle tells those who wait what has become of it. It may be called repeatedly, and
// the first call counts.
func (h *head) settle(o outcome) {
	select {
	case <-h.ended:
		return
	default:
	}
	if h.outcome == unsettled {
		h.outcome = o
	}
	close(h.ended)
}

// wait waits for what becomes of it; lost if the caller has gone before that.
func (h *head) wait(ctx context.Context) outcome {
	select {
	case <-h.ended:
		return h.outcome
	case <-ctx.Done():
		return lost
	}
}
