package snapshot

import (
	"errors"
	"time"
)

const (
	// maxRefusals is how many keys are remembered. Without one, an upstream is read once
	// more than need be.
	maxRefusals = 1 << 12

	// maxUnsuitable is how long it is remembered that an answer has no list. The next one
	// may have.
	maxUnsuitable = time.Minute
)

// Refusals remember of which keys nothing can be kept, for a while: otherwise each request
// would have the upstream read in vain before it is asked directly. The zero value has none.
type refusals map[Key]refusal

type refusal struct {
	err   error // nil: not yet
	until time.Time
}

// of is the error for a key, if there is one.
func (f refusals) of(key Key, now time.Time) error {
	if r, is := f[key]; is && now.Before(r.until) {
		return r.err
	}
	return nil
}

// add remembers why a snapshot has ended, if another one would end so, too.
func (f *refusals) add(key Key, err error, p Policy, now time.Time) {
	keep := p.TTL
	switch {
	case errors.Is(err, errNoRoom):
		keep = min(keep, moment)
	case errors.Is(err, ErrUnsuitable):
		keep = min(keep, maxUnsuitable)
	case !errors.Is(err, ErrTooLarge):
		return
	}
	f.put(key, refusal{err, now.Add(keep)})
}

// lost remembers that the store has lost a snapshot as soon as it had it. Once, that may be
// chance; it tells whether it was once more.
func (f *refusals) lost(key Key, p Policy, now time.Time) (again bool) {
	r := refusal{until: now.Add(min(p.TTL, moment))}
	if before, is := (*f)[key]; is && now.Before(before.until) {
		r.err, again = errForgotten, true
	}
	f.put(key, r)
	return again
}

func (f *refusals) put(key Key, r refusal) {
	if *f == nil || len(*f) >= maxRefusals {
		*f = refusals{}
	}
	(*f)[key] = r
}

// forget forgets what does not hold any more.
func (f refusals) forget(now time.Time) {
	for key, r := range f {
		if !now.Before(r.until) {
			delete(f, key)
		}
	}
}
