package snapshot

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// An entry is a snapshot as all of its users have it together. What the manager knows of it
// is in holding, what has been read so far in progress.
type entry struct {
	id     string
	key    Key
	label  Label
	born   time.Time
	cancel context.CancelCauseFunc // ends the reading
	done   chan struct{}           // closed once it has ended
	hints  hints

	holding
	progress
}

// A holding is guarded by the manager's mutex.
type holding struct {
	policy  Policy
	used    time.Time
	size    int64
	listed  bool // it is found by its key
	users   int
	refs    int       // users, the table if it is listed, and the reading as long as it goes on
	foreign bool      // another process reads
	leave   bool      // the blob is left to other processes
	checked time.Time // when the store was told last that it is used
}

// A progress is how far the reading has come, as far as the blob has it. Whoever waits for
// more takes changed, which is closed when there is as much as somebody wanted, and when
// all is over.
type progress struct {
	mu      sync.Mutex
	blob    Blob   // nil until the store has made it
	rec     source // nil where nothing more comes
	begun   bool
	head    []byte
	layout  list.Layout
	places  index
	prefix  []byte // a copy of what stands before the list, once somebody has read it
	suffix  []byte // of what stands behind it, too
	over    bool   // the reading has ended
	err     error
	changed chan struct{}
	wanted  atomic.Int64 // the fewest items that somebody waits for, or nobody
}

const (
	nobody = math.MaxInt64
	theEnd = nobody - 1 // somebody waits, but not for items
)

// A source is where a progress comes from.
type source interface {
	// nudge says that so many items are wanted now, and tells whether that has helped.
	nudge(items int64) bool
}

func newEntry(key Key, l Label, p Policy, now time.Time) *entry {
	e := &entry{id: newID(), key: key, label: l, born: now}
	e.policy, e.used = p, now
	e.changed, e.done = make(chan struct{}), make(chan struct{})
	e.wanted.Store(nobody)
	return e
}

// expired tells if and why the entry may not be used any more. The manager's mutex is held.
func (e *entry) expired(p Policy, now time.Time) (Reason, bool) {
	switch {
	case p.MaxAge > 0 && now.Sub(e.born) >= p.MaxAge:
		return Aged, true
	case p.TTL > 0 && now.Sub(e.used) >= p.TTL && e.users == 0:
		return Unused, true
	}
	return "", false
}

func (e *entry) setBlob(b Blob) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.blob = b
}

// begin says that there is an answer.
func (e *entry) begin(head []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun, e.head = true, head
	e.wake()
}

// publish says that the blob has what the layout says, and where more items begin.
func (e *entry) publish(l list.Layout, places []int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.layout = l
	for _, at := range places {
		e.places.add(at)
	}
	if l.Items >= e.wanted.Load() {
		e.wake()
	}
}

// finish says that nothing more comes. The first call counts.
func (e *entry) finish(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return
	}
	e.over, e.err, e.rec = true, err, nil
	close(e.done)
	e.wake()
}

// complete tells whether all of the body is there.
func (e *entry) complete() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.over && e.err == nil
}

// failure is why the reading has been given up, if it has.
func (e *entry) failure() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// wake wakes those who wait, who will say anew what they want. The mutex is held.
func (e *entry) wake() {
	close(e.changed)
	e.changed = make(chan struct{})
	e.wanted.Store(nobody)
}

// await waits until ok, which is called with the mutex held, and which the wanted number of
// items may make true; or theEnd, if only the beginning or the end of the reading may.
func (e *entry) await(ctx context.Context, wanted int64, ok func() (bool, error)) error {
	for {
		e.mu.Lock()
		done, err := ok()
		if !done && err == nil && e.over {
			if err = e.err; err == nil {
				done = true
			}
		}
		changed, rec := e.changed, e.rec
		if !done && err == nil {
			e.wanted.Store(min(e.wanted.Load(), wanted))
		}
		e.mu.Unlock()
		if done || err != nil {
			return err
		}
		// What is wanted may be held back only because nobody has wanted it yet.
		if rec != nil && rec.nudge(wanted) {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
