package caddymodule

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
)

const (
	// affectedWindow is how far back a client counts as affected. Jobs that run
	// once a month are in it.
	affectedWindow = 30 * adoption.Day

	// affectedFresh is how long a count holds at least. A ledger that takes long
	// to read is read less often: at most a fiftieth of the time goes there.
	affectedFresh = 5 * time.Second
	affectedShare = 50

	// affectedPatience is how long a scrape waits for a count. After that it gets
	// the last one, if there is one.
	affectedPatience = 2 * time.Second

	// affectedTimeout is how long reading the ledger may take.
	affectedTimeout = time.Minute

	// mostAffected is how many clients are counted on a route; where there are
	// more, the gauge stays there. It bounds memory, to about 2 MB a route.
	mostAffected = 100_000
)

// An affectedClients counts the clients that are affected, when it is asked. It
// lives as long as the ledger: a count that is missing after each reload would set
// alerts back. The zero value is ready to use, and a nil one knows nothing.
type affectedClients struct {
	mu      sync.Mutex
	counts  map[string]int // nil before the first
	read    time.Time
	took    time.Duration
	reading chan struct{} // closed at the end of the count that is under way, nil if none is
}

// byRoute returns the number of affected clients of each route that has any; nil
// if it is not known.
func (a *affectedClients) byRoute(ledger *adoption.Ledger) map[string]int {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	if a.reading == nil && (a.read.IsZero() || time.Since(a.read) > max(affectedFresh, affectedShare*a.took)) {
		a.reading = make(chan struct{})
		go a.count(ledger, a.reading)
	}
	reading := a.reading
	a.mu.Unlock()
	if reading != nil {
		patience := time.NewTimer(affectedPatience)
		defer patience.Stop()
		select {
		case <-reading:
		case <-patience.C:
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts
}

// count reads the ledger. When that fails the last count stays: half of one would
// look like success.
func (a *affectedClients) count(ledger *adoption.Ledger, done chan struct{}) {
	began := time.Now()
	counts, err := countAffected(ledger, systemClock{}.Now())
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.counts = counts
	}
	a.read, a.took, a.reading = time.Now(), time.Since(began), nil
	close(done)
}

// countAffected counts the distinct clients of each route that had affected
// requests. Those without a name, and those that were counted together, are at least
// one: whoever waits for zero must not miss them. Entries of the ledger that are damaged are left out, and logged by it.
func countAffected(ledger *adoption.Ledger, now time.Time) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), affectedTimeout)
	defer cancel()
	seed := maphash.MakeSeed()
	clients := map[string]map[uint64]struct{}{}
	for period, err := range ledger.Read(ctx, now.Add(-affectedWindow)) {
		if _, damaged := errors.AsType[*adoption.DamagedError](err); damaged {
			continue
		}
		if err != nil {
			return nil, err
		}
		for key, usage := range period.Rows {
			if usage.Affected == 0 {
				continue
			}
			if key.Source == "" { // nobody told, or it is Other: nobody knows how many these are
				key.Client = ""
			}
			of := clients[key.Route]
			if of == nil {
				of = map[uint64]struct{}{}
				clients[key.Route] = of
			}
			// By hash: of 100,000 two are the same once in four billion times.
			if len(of) < mostAffected {
				of[maphash.Comparable(seed, [2]string{key.Client, key.Source})] = struct{}{}
			}
		}
	}
	counts := make(map[string]int, len(clients))
	for route, of := range clients {
		counts[route] = len(of)
	}
	return counts, nil
}
