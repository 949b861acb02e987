package snapshot

import (
	"context"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A SharedStore keeps snapshots where other processes find them, too: one of them reads an
// upstream for all. It may block for a while, on a network.
type SharedStore interface {
	Store

	// Find returns the snapshot of a key, or nil if no process has one.
	Find(ctx context.Context, key Key) (SharedBlob, error)

	// Claim makes room for the snapshot of a key, as Create does, and says that it is
	// this process that reads; unless another one has been quicker: then it returns
	// that one's.
	Claim(ctx context.Context, key Key, about About) (b SharedBlob, ours bool, err error)
}

// An About is what a snapshot begins with.
type About struct {
	Name   string // unique
	Label  Label
	Born   time.Time
	Policy Policy // of this process: others have their own
}

// A SharedBlob has all of a snapshot that others have to know. The process that reads calls
// Begin, Append instead of Write, and Finish, and Renew every Pulse meanwhile; the others
// Poll. All of them Keep it while they use it.
type SharedBlob interface {
	Blob

	// About is that of its Claim, less the policy.
	About() About

	// Begin publishes the head.
	Begin(head []byte) error

	// Append is Write, and publishes the layout and where more items begin. It must not
	// keep p.
	Append(p []byte, l list.Layout, places []int64) error

	// Finish publishes the end of the body, or why it has failed.
	Finish(l list.Layout, places []int64, err error) error

	// Renew says that the reading goes on, lest another process think that this one has
	// died, and tells whether others use it. ErrGone says that they do think so.
	Renew(ctx context.Context) (used bool, err error)

	// Pulse is how often to Renew.
	Pulse() time.Duration

	// Poll asks for what is new, of a reader that has so many places already.
	Poll(ctx context.Context, have int64) (News, error)

	// Keep says that the snapshot is used, so that it is kept for its time to live.
	// ErrGone says that it has been dropped.
	Keep(ctx context.Context, p Policy) error

	// Leave is Drop for this process only.
	Leave()
}

// News are what another process has published of a snapshot.
type News struct {
	Begun  bool
	Head   []byte
	Layout list.Layout
	Places []int64 // that were not known
	More   bool    // there are more of them
	Over   bool
	Err    error // why it is over
}

const (
	// storeTimeout is how long a request waits for the store to say whether there is a
	// snapshot.
	storeTimeout = 3 * time.Second

	// checkEvery is how often a snapshot that is used is kept alive in its store.
	checkEvery = time.Second

	// holdBack is how long bytes are held back that others may wait for, who cannot say
	// so.
	holdBack = 50 * time.Millisecond

	// pollSoon is how often others are asked for news while somebody waits for them, and
	// pollLater how often otherwise.
	pollSoon  = 10 * time.Millisecond
	pollLater = 250 * time.Millisecond
)

// findShared is Get for a snapshot that only others have yet.
func (m *Manager) findShared(ctx context.Context, store SharedStore, key Key, p Policy) *Snapshot {
	m.mu.Lock()
	now := m.opt.Now()
	off := m.closed || now.Before(m.paused) || m.refused.of(key, now) != nil
	m.mu.Unlock()
	if off {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	blob, err := store.Find(ctx, key)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		_ = m.storeFailedLocked(Label{}, err)
		return nil
	}
	if s := m.find(key, p); s != nil || blob == nil || m.closed {
		return s // somebody else has found it
	}
	about := blob.About()
	e := newEntry(key, about.Label, p, about.Born)
	e.used = now
	if why, is := e.expired(p, now); is && why == Aged {
		return nil
	}
	s := m.admit(e, false)
	m.follow(e, blob)
	m.opt.Observer.Hit(e.label)
	return s
}

// openShared is Open where other processes may be reading. The mutex is held, and let go
// while they are asked.
func (m *Manager) openShared(ctx context.Context, store SharedStore, e *entry, read func(context.Context, *Recorder)) (*Snapshot, error) {
	s := m.admit(e, false)
	p := e.policy
	m.mu.Unlock()
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	blob, ours, err := store.Claim(asking, e.key, About{e.id, e.label, e.born, p})
	cancel()
	m.mu.Lock()
	if err != nil {
		err = m.storeFailedLocked(e.label, err)
		m.drop(e, Broken, err)
		s.releaseLocked()
		return nil, err
	}
	if !ours {
		m.opt.Observer.Hit(e.label)
		m.follow(e, blob)
		return s, nil
	}
	m.opt.Observer.Miss(e.label)
	s.began = true
	e.setBlob(blob)
	m.begin(ctx, e, read)
	return s, nil
}

// follow follows an entry that another process reads. The mutex is held.
func (m *Manager) follow(e *entry, blob SharedBlob) {
	about := blob.About()
	e.id, e.born, e.foreign = about.Name, about.Born, true
	e.setBlob(blob)
	f := &follower{poke: make(chan struct{}, 1)}
	e.mu.Lock()
	e.rec = f
	e.mu.Unlock()
	ctx, cancel := context.WithCancelCause(context.Background())
	if e.cancel = cancel; !e.listed { // it has been dropped meanwhile
		e.leave = true
		return
	}
	e.refs++
	go m.pollNews(ctx, e, blob, f)
}

// A follower waits for news, sooner if somebody wants them.
type follower struct {
	poke chan struct{}
}

// nudge implements [source].
func (f *follower) nudge(int64) bool {
	select {
	case f.poke <- struct{}{}:
	default:
	}
	return false
}

// pollNews takes over what another process publishes until that is over.
func (m *Manager) pollNews(ctx context.Context, e *entry, blob SharedBlob, f *follower) {
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.unref(e)
	}()
	begun, have := false, int64(0)
	for ctx.Err() == nil {
		asking, cancel := context.WithTimeout(ctx, storeTimeout)
		news, err := blob.Poll(asking, have)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			m.lost(e, err)
			return
		}
		if news.Begun && !begun {
			begun = true
			e.begin(news.Head)
		}
		have += int64(len(news.Places))
		e.publish(news.Layout, news.Places)
		if news.Over {
			m.endedElsewhere(e, news.Err)
			return
		}
		if !news.More {
			f.wait(ctx, e)
		}
	}
}

// wait waits for the time to ask again.
func (f *follower) wait(ctx context.Context, e *entry) {
	d := pollLater
	if e.wanted.Load() != nobody {
		d = pollSoon
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-f.poke:
		// At once, but not more often than others who wait are served.
		select {
		case <-time.After(pollSoon):
		case <-ctx.Done():
		}
	}
}

// endedElsewhere says that another process has read the upstream to the end.
func (m *Manager) endedElsewhere(e *entry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		e.finish(nil)
		return
	}
	m.refused.add(e.key, err, e.policy, m.opt.Now())
	m.drop(e, Broken, err)
}

// lost says that an entry is of no use because of its store.
func (m *Manager) lost(e *entry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(e, Broken, m.storeFailedLocked(e.label, err))
}

// tellInVain says that this process has given up to read because of the store, which hardly
// can tell the others. Nobody here waits until it has, nor for what it may still say of the
// snapshot, as if somebody were reading.
func (m *Manager) tellInVain(r *Recorder) {
	m.refuse(r.e.key, refusal{r.err, m.opt.Now().Add(3 * r.shared.Pulse())})
	m.ended(r.e, r.err)
	if r.shared.Finish(list.Layout{}, nil, r.err) == nil {
		m.refuse(r.e.key, refusal{})
	}
}

func (m *Manager) refuse(key Key, r refusal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refused.put(key, r)
}

// renew says every while that this process is still reading, as long as it is. If it is not
// believed, the reading is of no use.
func (m *Manager) renew(r *Recorder) {
	e := r.e
	pulse := time.NewTicker(r.shared.Pulse())
	defer pulse.Stop()
	for {
		select {
		case <-pulse.C:
		case <-e.done:
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		used, err := r.shared.Renew(ctx)
		cancel()
		switch {
		case isGone(err):
			m.lost(e, err)
		case err == nil && used:
			m.mu.Lock()
			e.used = m.opt.Now()
			m.mu.Unlock()
		}
	}
}

// writeOften has what is held back written every while, as others may wait for it.
func writeOften(r *Recorder) {
	ticker := time.NewTicker(holdBack)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.nudge(0)
		case <-r.e.done:
			return
		}
	}
}

// keep keeps an entry alive in its store while it is used, and drops it here if it is not
// there any more. It asks at most every while, and nobody waits for the answer. The mutex is
// held.
func (m *Manager) keep(e *entry) {
	now := m.opt.Now()
	blob, shared := e.blob.(SharedBlob)
	if !shared || now.Sub(e.checked) < checkEvery {
		return
	}
	e.checked = now
	e.refs++
	p := e.policy
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		err := blob.Keep(ctx, p)
		cancel()
		if isGone(err) {
			m.lost(e, err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.unref(e)
	}()
}
