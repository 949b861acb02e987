package adoption

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/caddyserver/certmagic"
)

// A DamagedError says that an entry of a stored ledger cannot be read, and that
// its counts are missing from what else is read.
type DamagedError struct {
	Name string // of the entry, in the storage
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("reading ledger entry %s: %v", e.Name, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Read yields the ledger's periods that end after since, the oldest first, each
// merged over all instances that share the storage: days, as far as these have
// been over for two days, then hours. It has what this process has not stored
// yet, too.
//
// A *DamagedError tells of an entry that is left out, and reading goes on. Any
// other error is the last; what the storage has is missing then, and only this
// process's own counts that are not stored follow.
func (l *Ledger) Read(ctx context.Context, since time.Time) iter.Seq2[*Period, error] {
	return func(yield func(*Period, error) bool) {
		if l == nil {
			return
		}
		storage, live, own, err := l.stand(ctx)
		r := reader{storage: storage, now: l.clock.Now(), own: own}
		if err == nil && storage != nil {
			err = r.list(ctx)
		}
		if err != nil && !yield(nil, err) {
			return
		}
		r.live = live
		r.read(ctx, since, func(p *Period, err error) bool {
			if IsDamage(err) {
				l.tellDamage(err)
			}
			return yield(p, err)
		})
	}
}

// ReadStorage reads, as Ledger.Read does, what a storage has at the instant now,
// without a server that runs. Nothing is written.
func ReadStorage(ctx context.Context, storage certmagic.Storage, now, since time.Time) iter.Seq2[*Period, error] {
	return func(yield func(*Period, error) bool) {
		r := reader{storage: storage, now: now}
		if err := r.list(ctx); err != nil {
			yield(nil, err)
			return
		}
		r.read(ctx, since, yield)
	}
}

// stand returns this process's counts that are not stored, and the names under
// which they are, or will be, stored: what the storage has under these is older.
func (l *Ledger) stand(ctx context.Context) (storage certmagic.Storage, live []*Period, own map[string]bool, err error) {
	if err := l.takeTurn(ctx); err == nil {
		defer l.endTurn() // no hour is dropped as long as we look
	}
	own = map[string]bool{}
	for _, h := range l.unstored() {
		own[l.hourName(h)] = true
	}
	if s := l.settings(); s != nil {
		storage = s.Storage
	}
	return storage, l.Live(), own, err
}

// A reader reads a stored ledger.
type reader struct {
	storage certmagic.Storage
	now     time.Time
	own     map[string]bool // entries that live has instead
	live    []*Period
	names   []string
}

// list finds out which entries there are.
func (r *reader) list(ctx context.Context) (err error) {
	r.names, err = listEntries(ctx, r.storage)
	return err
}

// listEntries tries again where a file goes while the storage looks at it.
func listEntries(ctx context.Context, storage certmagic.Storage) (names []string, err error) {
	for range 3 {
		names, err = storage.List(ctx, ledgerPrefix, true)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || !storage.Exists(ctx, ledgerPrefix) {
			break
		}
	}
	if errors.Is(err, fs.ErrNotExist) && !storage.Exists(ctx, ledgerPrefix) {
		return nil, nil // nothing is stored yet
	}
	if err != nil {
		return nil, fmt.Errorf("listing the ledger: %w", err)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		_, _, ok := parseName(name)
		return !ok
	}), nil
}

// read yields the periods, one in memory at a time.
func (r *reader) read(ctx context.Context, since time.Time, yield func(*Period, error) bool) {
	for _, day := range r.days() {
		if !day.Add(Day).After(since) {
			continue
		}
		if r.folded(day) || foldable(day, r.now) {
			if !r.yieldDay(ctx, day, yield) {
				return
			}
			continue
		}
		for start := day; start.Before(day.Add(Day)); start = start.Add(Hour) {
			if !start.Add(Hour).After(since) {
				continue
			}
			p := NewPeriod(start, Hour)
			_, damaged, err := r.fill(ctx, p)
			if !deliver(p, damaged, err, yield) {
				return
			}
		}
	}
}

// yieldDay gives a whole day. Another instance may fold it meanwhile: then its
// hours go, and the day has them.
func (r *reader) yieldDay(ctx context.Context, day time.Time, yield func(*Period, error) bool) bool {
	var (
		p       *Period
		damaged []error
		err     error
	)
	for range 3 {
		p = NewPeriod(day, Day)
		_, damaged, err = r.fill(ctx, p)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err = r.list(ctx); err != nil {
			break
		}
	}
	return deliver(p, damaged, err, yield)
}

func deliver(p *Period, damaged []error, err error, yield func(*Period, error) bool) bool {
	for _, d := range damaged {
		if !yield(nil, d) {
			return false
		}
	}
	switch {
	case err != nil:
		yield(nil, err)
		return false
	case len(p.Rows) == 0:
		return true
	}
	return yield(p, nil)
}

// days are the days of which there is something, sorted.
func (r *reader) days() []time.Time {
	found := map[time.Time]bool{}
	for _, name := range r.names {
		start, _, _ := parseName(name)
		found[start.Truncate(Day)] = true
	}
	for _, p := range r.live {
		found[p.Start.Truncate(Day)] = true
	}
	return slices.SortedFunc(maps.Keys(found), time.Time.Compare)
}

func (r *reader) folded(day time.Time) bool { return slices.Contains(r.names, dayName(day)) }

// fill merges into a period what there is of it. sources are the names of the
// entries that are in it now, be it by way of the day's.
func (r *reader) fill(ctx context.Context, p *Period) (sources []string, damaged []error, err error) {
	names := r.within(p)
	if p.Length == Day && r.folded(p.Start) {
		names = slices.Insert(names, 0, dayName(p.Start))
	}
	for _, name := range names {
		if slices.Contains(sources, name) {
			continue // the day has it; who folded it could not delete it
		}
		part, merged, err := loadEntry(ctx, r.storage, name)
		switch {
		case IsDamage(err):
			damaged = append(damaged, err)
			continue
		case err != nil:
			return nil, nil, err
		}
		p.Merge(part)
		if part.Length == Day {
			sources = append(sources, merged...)
		} else {
			sources = append(sources, name)
		}
	}
	for _, live := range r.live {
		if p.has(live.Start) {
			p.Merge(live)
		}
	}
	return sources, damaged, nil
}

// within are the names of the hours' entries that belong to a period.
func (r *reader) within(p *Period) (names []string) {
	for _, name := range r.names {
		if start, day, _ := parseName(name); !day && p.has(start) && !r.own[name] {
			names = append(names, name)
		}
	}
	return names
}

// IsDamage tells whether an error is of one entry alone, so that the others can be read.
func IsDamage(err error) bool {
	_, ok := errors.AsType[*DamagedError](err)
	return ok
}

func loadEntry(ctx context.Context, storage certmagic.Storage, name string) (*Period, []string, error) {
	data, err := storage.Load(ctx, name)
	if err != nil {
		return nil, nil, fmt.Errorf("loading ledger entry %s: %w", name, err)
	}
	p, merged, err := decodeEntry(data)
	if err == nil {
		start, day, _ := parseName(name)
		if !p.Start.Equal(start) || (p.Length == Day) != day {
			err = errors.New("its content is that of another period")
		}
	}
	if err != nil {
		return nil, nil, &DamagedError{Name: name, Err: err}
	}
	return p, merged, nil
}
