package adoption

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
)

// tidyLock is taken so that one instance tidies up at a time.
const tidyLock = "paginate/ledger-tidying"

// tidyNow folds and deletes, when the ledger begins to be stored and once an hour.
// It asks for the lock only if there is something to do.
func (l *Ledger) tidyNow(ctx context.Context) {
	s, now := l.settings(), l.clock.Now().UTC()
	l.mu.Lock()
	due := s != nil && (l.tidied.IsZero() || now.Sub(l.tidied) >= Hour || now.Before(l.tidied))
	if due {
		l.tidied = now
	}
	l.mu.Unlock()
	if !due {
		return
	}
	if err := l.tidy(ctx, s, now); err != nil {
		s.Logger.Warn("tidying up the adoption ledger", zap.Error(err)) // the next hour tries again
	}
}

func (l *Ledger) tidy(ctx context.Context, s *Settings, now time.Time) error {
	t := &tidier{reader: reader{storage: s.Storage, now: now}, ledger: l, settings: s}
	if err := t.list(ctx); err != nil {
		return err
	}
	if !slices.ContainsFunc(t.days(), t.untidy) {
		return nil
	}
	if err := s.Storage.Lock(ctx, tidyLock); err != nil {
		return fmt.Errorf("locking: %w", err)
	}
	defer func() { _ = s.Storage.Unlock(context.WithoutCancel(ctx), tidyLock) }()
	if err := t.list(ctx); err != nil { // another instance may have done it
		return err
	}
	for _, day := range t.days() {
		if err := t.tidyDay(ctx, day); err != nil {
			return err
		}
	}
	return nil
}

// A tidier folds the hours of days that are over for long, and deletes what is
// past the retention.
type tidier struct {
	reader
	ledger   *Ledger
	settings *Settings
}

func (t *tidier) past(day time.Time) bool {
	keep := t.settings.Retention
	if keep <= 0 {
		keep = DefaultRetention
	}
	return !day.Add(Day + keep).After(t.now)
}

func (t *tidier) untidy(day time.Time) bool {
	return t.past(day) || foldable(day, t.now) && len(t.within(NewPeriod(day, Day))) > 0
}

func (t *tidier) tidyDay(ctx context.Context, day time.Time) error {
	switch {
	case !t.untidy(day):
		return nil
	case t.past(day):
		return t.remove(ctx, append(t.within(NewPeriod(day, Day)), dayName(day)))
	}
	return t.fold(ctx, day)
}

// fold stores the day, with the names of what is in it, before the hours go: a
// crash in between counts nothing twice.
func (t *tidier) fold(ctx context.Context, day time.Time) error {
	p := NewPeriod(day, Day)
	sources, damaged, err := t.fill(ctx, p)
	if err != nil {
		return err
	}
	for _, d := range damaged {
		t.ledger.tellDamage(d)
		if errors.Is(d, errVersion) {
			return nil // for instances that know it
		}
		if err := t.setAside(ctx, d); err != nil {
			return err
		}
	}
	p.Bound(t.settings.rows())
	data, err := encodeEntry(p, sources)
	if err != nil {
		return err
	}
	if err := t.storage.Store(ctx, dayName(day), data); err != nil {
		return fmt.Errorf("storing %s: %w", dayName(day), err)
	}
	return t.remove(ctx, t.within(p))
}

func (t *tidier) remove(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := t.storage.Delete(ctx, name); err != nil {
			return fmt.Errorf("deleting %s: %w", name, err)
		}
	}
	return nil
}

// setAside keeps a damaged entry where nothing reads it, for who may mend it.
func (t *tidier) setAside(ctx context.Context, damage error) error {
	d, _ := errors.AsType[*DamagedError](damage)
	data, err := t.storage.Load(ctx, d.Name)
	if err != nil {
		return fmt.Errorf("setting aside %s: %w", d.Name, err)
	}
	if err := t.storage.Store(ctx, damagedPrefix+d.Name[len(ledgerPrefix):], data); err != nil {
		return fmt.Errorf("setting aside %s: %w", d.Name, err)
	}
	return t.remove(ctx, []string{d.Name})
}

// tellDamage logs an entry that cannot be read, once.
func (l *Ledger) tellDamage(damage error) {
	d, _ := errors.AsType[*DamagedError](damage)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told[d.Name] || l.last == nil {
		return
	}
	l.told[d.Name] = true
	l.last.Logger.Error("an entry of the adoption ledger cannot be read; its counts are missing", zap.Error(d))
}
