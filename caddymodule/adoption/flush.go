package adoption

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// flushTimeout bounds how long a storage may take, so that one that hangs holds
// up no reload.
const flushTimeout = 20 * time.Second

// Settings are a ledger's, as one configuration has them.
type Settings struct {
	// Instance returns the name of our entries' folder in the storage. Several
	// processes may be one instance. It is asked once, when the ledger is first stored.
	Instance func() string

	// Storage keeps the ledger. Instances that share it share the ledger.
	Storage certmagic.Storage

	// Logger is told of trouble with the storage, once each time it begins and
	// ends.
	Logger *zap.Logger

	// MaxClients is how many rows each route has in an hour, and in a day, besides
	// that of Other; a client that calls by several programs has several. A row
	// takes about 1 KiB. 0 is DefaultMaxClients.
	MaxClients int

	// Retention is how long the ledger goes back. Older days are deleted.
	// 0 is DefaultRetention.
	Retention time.Duration
}

func (s *Settings) rows() int {
	if s.MaxClients <= 0 {
		return DefaultMaxClients
	}
	return s.MaxClients
}

// Attach begins to store the ledger as the settings say. They stay in force until
// others are attached or they are detached; then those that were attached before
// them are in force again. Pointers tell settings apart.
func (l *Ledger) Attach(s *Settings) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attached = append(l.attached, s)
	l.inForceLocked()
	if l.stop == nil {
		l.armLocked()
	}
}

// armLocked sets the timer. Those set before do not go on.
func (l *Ledger) armLocked() {
	l.armed++
	mine := l.armed
	l.stop = l.clock.AfterFunc(FlushInterval, func() {
		l.tick()
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.stop != nil && l.armed == mine {
			l.armLocked()
		}
	})
}

// Detach puts settings out of force, and stores what there is: as the settings
// say that are in force then, or as these say if they were the last. What is
// counted later is stored with others that are attached, or by Flush.
func (l *Ledger) Detach(s *Settings) {
	l.mu.Lock()
	l.attached = slices.DeleteFunc(l.attached, func(other *Settings) bool { return other == s })
	l.inForceLocked()
	if len(l.attached) == 0 && l.stop != nil {
		l.stop()
		l.stop = nil
	}
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	l.Flush(ctx)
}

// inForceLocked takes over the settings attached last. Another number of rows
// makes a new hour of the current one.
func (l *Ledger) inForceLocked() {
	if len(l.attached) == 0 {
		return
	}
	l.last = l.attached[len(l.attached)-1]
	if most := l.last.rows(); most != l.most {
		l.most = most
		if l.current.Load() != nil {
			l.newHourLocked(l.clock.Now().UTC())
		}
	}
}

func (l *Ledger) settings() *Settings {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// tick stores what has changed, and tidies up now and then.
func (l *Ledger) tick() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	l.Flush(ctx)
	l.tidyNow(ctx)
}

func (l *Ledger) takeTurn(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the ledger's storage: %w", ctx.Err())
	}
}

func (l *Ledger) endTurn() { <-l.turn }

// Flush stores what has changed. Trouble is logged, and mended by a later flush:
// until then the counts stay in memory.
func (l *Ledger) Flush(ctx context.Context) {
	s := l.settings()
	if s == nil {
		return
	}
	err := l.takeTurn(ctx)
	if err == nil {
		err = l.flush(ctx, s)
		l.endTurn()
	}
	l.ails.tell(s.Logger, "storing the adoption ledger", err)
	l.mu.Lock()
	lost := l.lost
	l.lost = 0
	l.mu.Unlock()
	if lost > 0 {
		s.Logger.Error("adoption counts are lost, because the storage took none for too long", zap.Int64("requests", lost))
	}
}

func (l *Ledger) flush(ctx context.Context, s *Settings) error {
	var failed error
	now := l.clock.Now()
	for _, h := range l.unstored() {
		if now.Sub(h.start) >= Hour+time.Minute {
			l.current.CompareAndSwap(h, nil) // no request has come since; another instance may fold it some day
		}
		over := h != l.current.Load()
		if h.settle(over) {
			h.unsaved = true
		}
		if h.unsaved {
			if err := l.store(ctx, s, h); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			h.unsaved = false
		}
		if over {
			l.drop(h)
		}
	}
	return failed
}

func (l *Ledger) store(ctx context.Context, s *Settings, h *hour) error {
	data, err := encodeEntry(h.peek(), nil)
	if err != nil {
		return err
	}
	if l.instance == "" { // an entry that changed its name would count twice
		l.instance = s.Instance()
	}
	return s.Storage.Store(ctx, l.hourName(h), data)
}

func (l *Ledger) drop(gone *hour) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hours = slices.DeleteFunc(l.hours, func(h *hour) bool { return h == gone })
}

// A condition logs trouble when it begins and when it ends, and not in between.
type condition struct {
	mu      sync.Mutex
	failing bool
}

func (c *condition) tell(logger *zap.Logger, what string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil && !c.failing:
		logger.Error(what, zap.Error(err))
	case err == nil && c.failing:
		logger.Info(what + " works again")
	}
	c.failing = err != nil
}
