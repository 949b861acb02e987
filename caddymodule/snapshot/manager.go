package snapshot

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// moment is how long a snapshot in use is young, and not taken away to make room.
	moment = 10 * time.Second

	// pause is how long the store is left alone once it has failed, so that not every
	// request tries in vain, and waits for it.
	pause = 2 * time.Second

	// mostFiles is how many snapshots there are at once in a store that has a file open for
	// each: far fewer than a process may have open, since connections need theirs.
	mostFiles = 4096

	// calm is how long a store has not failed until its next failure is news.
	calm = time.Minute
)

// Options are what a Manager needs besides its store.
type Options struct {
	// Total is how many bytes all snapshots may have together that this process has read.
	// Those that have not been used for the longest time go first. Default: no bound.
	Total int64

	// Now tells the time. Default: time.Now.
	Now func() time.Time

	// Observer is told what happens. Default: nobody.
	Observer Observer

	// Sweep is how often snapshots are looked for that have been kept for too long;
	// negative for never. They are not used any more in any case. Default: a second.
	Sweep time.Duration
}

// A Manager has the snapshots of a process. It is safe for concurrent use.
type Manager struct {
	store Store
	opt   Options
	stop  chan struct{} // closed to end the sweeping

	mu      sync.Mutex
	closed  bool
	table   map[Key]*entry
	bytes   int64 // of all in the table
	refused refusals
	failed  time.Time // when the store has failed last
	freeing int       // blobs that are being dropped
	freed   sync.Cond // told whenever one has been
	paused  time.Time // nothing new is kept until then, as the store has failed
	blind   time.Time // what it has is not looked at until then, as it did not give it
}

// New makes a manager of snapshots in a store. It must be closed.
func New(store Store, opt Options) *Manager {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Observer == nil {
		opt.Observer = NopObserver{}
	}
	if opt.Sweep == 0 {
		opt.Sweep = time.Second
	}
	m := &Manager{store: store, opt: opt, stop: make(chan struct{}), table: map[Key]*entry{}}
	m.freed.L = &m.mu
	if opt.Sweep > 0 {
		go m.sweepOften()
	}
	return m
}

// Close drops all snapshots, and ends their readings; complete ones that other processes know
// are left to them. Those who still read one may go on; no other can be opened.
func (m *Manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.closed = true
		close(m.stop)
		for _, e := range m.table {
			m.drop(e, Shut, ErrGone)
		}
	}
	for m.freeing > 0 {
		m.freed.Wait()
	}
}

// Get returns the snapshot of a key, whether it is complete or being read, here or by another
// process, or nil if there is none that the policy lets be used. Getting it is using it; it
// must be released.
func (m *Manager) Get(ctx context.Context, key Key, p Policy) *Snapshot {
	m.mu.Lock()
	s := m.find(key, p)
	m.mu.Unlock()
	if store, shared := m.store.(SharedStore); shared && s == nil {
		s = m.findShared(ctx, store, key, p)
	}
	return s
}

// find is Get. The mutex is held.
func (m *Manager) find(key Key, p Policy) *Snapshot {
	e := m.table[key]
	if e == nil {
		return nil
	}
	now := m.opt.Now()
	if why, is := e.expired(p, now); is {
		m.drop(e, why, ErrGone)
		return nil
	}
	if now.Before(m.blind) {
		return nil
	}
	e.policy, e.used = p, now
	m.keep(e)
	m.opt.Observer.Hit(e.label)
	return m.use(e, false)
}

// use makes another user of an entry. The mutex is held.
func (m *Manager) use(e *entry, began bool) *Snapshot {
	e.users++
	e.refs++
	return &Snapshot{m: m, e: e, began: began}
}

// Open returns the snapshot of a key, or begins one: then read is called, in a goroutine of
// its own, with a context that outlives the request, and that ends when nobody needs the
// snapshot any more. It should read the upstream and tell the recorder. Open does not wait
// for it. The error says that there can be no snapshot now, see [FallsBack]. The snapshot
// must be released.
//
// What read panics with is an error of the snapshot, and goes no further.
func (m *Manager) Open(ctx context.Context, key Key, p Policy, l Label, read func(context.Context, *Recorder)) (*Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.find(key, p); s != nil {
		return s, nil
	}
	now := m.opt.Now()
	switch {
	case m.closed:
		return nil, ErrGone
	case now.Before(m.paused):
		return nil, storeError(errPaused)
	}
	if err := m.refused.of(key, now); err != nil {
		return nil, err
	}
	e := newEntry(key, l, p, now)
	if store, shared := m.store.(SharedStore); shared {
		return m.openShared(ctx, store, e, read)
	}
	if len(m.table) >= mostFiles {
		victim := m.victim(nil)
		if victim == nil {
			return nil, errNoRoom
		}
		m.drop(victim, Evicted, ErrGone)
	}
	m.opt.Observer.Miss(l)
	blob, err := m.store.Create(e.id)
	if err != nil {
		return nil, m.storeFailedLocked(l, err)
	}
	e.setBlob(blob)
	s := m.admit(e, true)
	m.begin(ctx, e, read)
	return s, nil
}

// admit puts an entry into the table, for its first user. The mutex is held.
func (m *Manager) admit(e *entry, began bool) *Snapshot {
	e.listed, e.refs = true, 1
	e.cancel = func(error) {} // there is nothing to end yet
	m.table[e.key] = e
	m.opt.Observer.Added(e.label)
	return m.use(e, began)
}

// begin has an upstream read. The mutex is held.
func (m *Manager) begin(ctx context.Context, e *entry, read func(context.Context, *Recorder)) {
	detached, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	e.cancel = cancel
	if !e.listed {
		cancel(ErrGone) // it has been dropped meanwhile
	}
	e.refs++
	r := newRecorder(m, e)
	go m.run(detached, r, read)
	if r.shared != nil {
		go writeOften(r)
		go m.renew(r) //nolint:gosec // it outlives the request
	}
}

var errPaused = fmt.Errorf("the store has failed less than %v ago", pause)

// run reads an upstream.
func (m *Manager) run(ctx context.Context, r *Recorder, read func(context.Context, *Recorder)) {
	defer func() {
		if p := recover(); p != nil {
			r.End(fmt.Errorf("reading the upstream: panic: %v", p))
		}
		r.End(ErrUnfinished)
		r.e.cancel(nil)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.unref(r.e)
	}()
	read(ctx, r)
}

// ended says that the reading of an entry has ended.
func (m *Manager) ended(e *entry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		e.finish(nil)
		return
	}
	m.refused.add(e.key, err, e.policy, m.opt.Now())
	m.drop(e, Broken, err)
}

// grow makes room for more bytes of an entry.
func (m *Manager) grow(e *entry, n int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !e.listed {
		return ErrGone
	}
	for m.opt.Total > 0 && m.bytes+n > m.opt.Total {
		victim := m.victim(e)
		if victim == nil {
			return errNoRoom
		}
		m.drop(victim, Evicted, ErrGone)
	}
	e.size += n
	m.bytes += n
	m.opt.Observer.Grown(e.label, n)
	return nil
}

// victim is the entry that goes to make room for another one: the one that nobody has used
// for the longest time, at best one that nobody uses now. The mutex is held.
func (m *Manager) victim(not *entry) *entry {
	var best *entry
	now := m.opt.Now()
	for _, e := range m.table {
		switch {
		case e == not || e.size == 0 || e.users > 0 && now.Sub(e.born) < moment:
		case best == nil, (e.users > 0) == (best.users > 0) && e.used.Before(best.used), e.users == 0 && best.users > 0:
			best = e
		}
	}
	return best
}

// drop takes an entry out of the table, and ends its reading, if that goes on: those who wait
// get the error. The mutex is held.
func (m *Manager) drop(e *entry, why Reason, err error) {
	if !e.listed {
		e.finish(err)
		return
	}
	switch why {
	case Dropped, Evicted:
		e.leave = e.foreign && why == Evicted
	case Broken:
		// To those who are still reading it, for a moment; but nobody finds anything in
		// one whose data have gone.
		e.leave = !isGone(err)
	default:
		e.leave = e.foreign || e.complete()
	}
	e.listed = false
	delete(m.table, e.key)
	m.bytes -= e.size
	m.opt.Observer.Removed(e.label, e.size, why)
	e.cancel(err)
	e.finish(err)
	m.unref(e)
}

// unref frees an entry that nobody needs any more. The mutex is held.
func (m *Manager) unref(e *entry) {
	if e.refs--; e.refs > 0 || e.blob == nil {
		return
	}
	// That may take a while.
	blob, leave := e.blob, e.leave
	m.freeing++
	go func() {
		if shared, is := blob.(SharedBlob); is && leave {
			shared.Leave()
		} else {
			blob.Drop()
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.freeing--
		m.freed.Broadcast()
	}()
}

// unreadable says that the store does not give what it has taken. One that others use, too,
// is not asked again for a while; a file is of no use any more.
func (m *Manager) unreadable(e *entry, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // that is no list's end
	}
	busy := errors.Is(err, errBusy)
	_, shared := m.store.(SharedStore)
	err = m.entryFailed(e, err)
	switch {
	case isGone(err), !shared:
		m.drop(e, Broken, err)
	case !busy:
		m.blind = m.paused
	}
	return err
}

// storeFailed tells that the store has failed with an entry, and returns the error for those
// who wait.
func (m *Manager) storeFailed(e *entry, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entryFailed(e, err)
}

// entryFailed is storeFailed. The mutex is held.
func (m *Manager) entryFailed(e *entry, err error) error {
	now := m.opt.Now()
	// A store may make room; but one that always does so at once has none, and the upstream
	// would be read for it again and again.
	if isGone(err) && e.listed && !e.foreign && now.Sub(e.born) < moment && m.refused.lost(e.key, e.policy, now) {
		m.failedLocked(e.label, errForgotten)
	}
	return m.storeFailedLocked(e.label, err)
}

func (m *Manager) storeFailedLocked(l Label, err error) error {
	if isGone(err) {
		return err // that is what may happen, not a failure
	}
	m.failedLocked(l, err)
	m.paused = m.failed.Add(pause)
	return storeError(err)
}

// failedLocked tells of a failure of the store.
func (m *Manager) failedLocked(l Label, err error) {
	now := m.opt.Now()
	m.opt.Observer.Failed(l, err, m.failed.IsZero() || now.Sub(m.failed) >= calm)
	m.failed = now
}

func (m *Manager) sweepOften() {
	ticker := time.NewTicker(m.opt.Sweep)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			m.sweep()
		case <-m.stop:
			return
		}
	}
}

// sweep drops what has been kept for too long.
func (m *Manager) sweep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.opt.Now()
	for _, e := range m.table {
		if why, is := e.expired(e.policy, now); is {
			m.drop(e, why, ErrGone)
		}
	}
	m.refused.forget(now)
}

// newID is a name that says nothing.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}
