package snapshot

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A State is how far a snapshot has been read.
type State struct {
	// Items is how many items are complete: all of them if Ended.
	Items int64

	// Ended: the list has been read to its end.
	Ended bool

	// Done: what stands behind the list has been read, too.
	Done bool

	// Alone: nothing but white space can stand behind the list. Windows of another
	// list lack what stands behind it until Done.
	Alone bool

	// Size is how many bytes there are.
	Size int64

	// Path and Lines say where the list is in a Window: of a list that was to be found
	// automatically, its path is known now, and better than what its first items would
	// tell.
	Path  list.Path
	Lines bool
}

// A Snapshot is what one user has of a list that is kept. It must be released. It is safe
// for concurrent use.
type Snapshot struct {
	m        *Manager
	e        *entry
	began    bool
	saved    atomic.Bool
	released atomic.Bool
}

// ID names the snapshot for an operator.
func (s *Snapshot) ID() string {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.e.id
}

// Began tells whether it was this user for whom the upstream was read.
func (s *Snapshot) Began() bool { return s.began }

// Born is when the reading began.
func (s *Snapshot) Born() time.Time {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.e.born
}

// Head waits for the head that was given to Recorder.Begin. It must not be changed.
func (s *Snapshot) Head(ctx context.Context) ([]byte, error) {
	var head []byte
	err := s.e.await(ctx, theEnd, func() (bool, error) {
		head = s.e.head
		return s.e.begun, nil
	})
	return head, err
}

// Await waits until so many items are complete. If the list has less, or if items < 0, it
// waits until the whole body is there: what stands behind the list belongs to the last page.
// What has been read is not spoilt by what follows it: there is an error only if what is
// waited for does not come any more. An error of ctx is that of its cause.
func (s *Snapshot) Await(ctx context.Context, items int64) (State, error) {
	var st State
	wanted := items
	if items < 0 {
		wanted = theEnd
	}
	err := s.e.await(ctx, wanted, func() (bool, error) {
		st = s.e.state()
		return items >= 0 && s.e.layout.Found && st.Items >= items, nil
	})
	if err == nil && !s.began && !s.saved.Swap(true) {
		s.m.opt.Observer.Saved(s.e.label)
	}
	return st, err
}

// State is how far the snapshot has been read now.
func (s *Snapshot) State() State {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	return s.e.state()
}

// state is State. The mutex is held.
func (e *entry) state() State {
	l := &e.layout
	return State{
		Items: l.Items, Ended: l.Ended, Done: e.over && e.err == nil, Alone: l.Found && l.Around == 0,
		Size: l.Size, Path: l.Path, Lines: l.Lines,
	}
}

// Remember keeps for all users that a page ended before an item, which is what stands at
// this place behind an item with this key. Few of them are kept.
func (s *Snapshot) Remember(key []byte, item int64) { s.e.hints.add(key, item) }

// Recall returns what was remembered last of a key. It is a hint: the caller has to look.
func (s *Snapshot) Recall(key []byte) (item int64, ok bool) { return s.e.hints.find(key) }

// Drop makes the snapshot one that nobody finds any more. Those who have it may go on with
// what has been read.
func (s *Snapshot) Drop() {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.drop(s.e, Dropped, ErrGone)
}

// Release says that this user is done with it: no other method may be called, nor a window
// read, behind it. Releasing it again does nothing.
func (s *Snapshot) Release() {
	if s.released.Swap(true) {
		return
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.releaseLocked()
}

func (s *Snapshot) releaseLocked() {
	s.released.Store(true)
	s.e.used = s.m.opt.Now()
	s.e.users--
	s.m.unref(s.e)
}
