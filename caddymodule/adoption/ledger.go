package adoption

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of a ledger's Settings.
const (
	DefaultMaxClients = 10_000
	DefaultRetention  = 100 * Day
)

// FlushInterval is how often what has changed is stored, and so the most that a
// crash can cost.
const FlushInterval = 10 * time.Second

// mostHours is how many hours are kept at most while storage takes none.
const mostHours = 24

// A Clock tells a ledger and a log the time, and wakes them.
type Clock interface {
	Now() time.Time

	// AfterFunc runs f after d on a goroutine of its own, unless stop is called
	// before. stop does not wait for f.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// A Ledger counts list requests by hour and Key. Counting happens in memory; every
// FlushInterval what has changed goes to a storage that several instances may
// share, one entry for each hour of each process. Reading merges the entries of
// all of them, so that every instance gives the same answer. Nothing is read to
// go on after a restart: a new process begins an entry of its own.
//
// One ledger serves a process, over all reloads. Whoever uses it attaches first;
// the settings attached last are in force. A nil *Ledger counts nothing.
type Ledger struct {
	clock   Clock
	process string               // names our entries; no other process has it
	current atomic.Pointer[hour] // nil if it is still to be made

	mu       sync.Mutex
	most     int
	hours    []*hour // the current one, and those whose end is not stored yet
	made     int
	lost     int64       // requests of hours that could not be kept
	attached []*Settings // those attached last stand last
	last     *Settings   // in force, or last in force
	stop     func() bool // the timer; nil if there is none
	armed    int         // how often it was set

	turn     chan struct{} // held by who stores: an older copy must not come last
	instance string        // where the storage has our entries; "" until the first is stored
	ails     condition
	told     map[string]bool // damaged entries that were logged
	tidied   time.Time
}

// NewLedger returns an empty ledger, which keeps what it counts in memory until
// settings are attached.
func NewLedger(clock Clock) *Ledger {
	var process [8]byte
	rand.Read(process[:]) // never fails (crypto/rand)
	return &Ledger{
		clock: clock, process: hex.EncodeToString(process[:]),
		most: DefaultMaxClients, turn: make(chan struct{}, 1), told: map[string]bool{},
	}
}

// Add counts a request. It is safe for concurrent use, takes no lock that all
// requests share, and allocates nothing for a Key that the hour knows already.
func (l *Ledger) Add(rec *Record) {
	if l == nil {
		return
	}
	now := l.clock.Now().UTC().Round(0) // without the monotonic clock
	for {
		if h := l.hourAt(now); h.add(rec, now) {
			return
		}
		// The hour was closed since we got it.
	}
}

// hourAt returns the hour in which requests are counted now. Within a minute
// around its ends the next one's, or the one's before, may come too: requests that
// overtake each other do not start hours.
func (l *Ledger) hourAt(now time.Time) *hour {
	h := l.current.Load()
	if h != nil {
		if since := now.Sub(h.start); since >= -time.Minute && since < Hour {
			return h
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if again := l.current.Load(); again != nil && again != h {
		return again
	}
	return l.newHourLocked(now)
}

// newHourLocked makes another hour the current one. Where storage takes none for
// a day, the oldest has to go.
func (l *Ledger) newHourLocked(now time.Time) *hour {
	if len(l.hours) >= mostHours {
		l.lost += l.hours[0].requests()
		l.hours = slices.Delete(l.hours, 0, 1)
	}
	h := newHour(now.Truncate(Hour), l.made, l.most)
	l.made++
	l.hours = append(l.hours, h)
	l.current.Store(h)
	return h
}

// Live returns the counts of this process that storage need not have yet: the current
// hour's, and those of hours that could not be stored, a period each.
func (l *Ledger) Live() []*Period {
	if l == nil {
		return nil
	}
	var periods []*Period
	for _, h := range l.unstored() {
		p := h.peek()
		same := slices.IndexFunc(periods, func(o *Period) bool { return o.Start.Equal(p.Start) })
		if same < 0 {
			periods = append(periods, p)
			continue
		}
		periods[same].Merge(p)
	}
	return periods
}

func (l *Ledger) unstored() []*hour {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.hours)
}
