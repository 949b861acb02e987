package adoption

import (
	"maps"
	"slices"
	"time"
)

// Periods' lengths. Hours and days begin as UTC has them, whatever zone a server
// is in, so that those of several servers are the same.
const (
	Hour = time.Hour
	Day  = 24 * time.Hour
)

// A Period is an hour or a day of a ledger, of all instances together.
type Period struct {
	// Start is when it begins, in UTC; Length is Hour or Day.
	Start  time.Time
	Length time.Duration

	// Rows has what each key has come to. The rows of a route, that of Other
	// among them, add up to all requests of the route.
	Rows map[Key]*Usage

	// Floor says by route how many requests a client may have made at most that
	// has no row, and was counted under Other. It is zero, or not there, where
	// every client has a row.
	Floor map[string]int64
}

// NewPeriod returns a period in which nothing has happened yet.
func NewPeriod(start time.Time, length time.Duration) *Period {
	return &Period{Start: start.UTC().Truncate(length), Length: length, Rows: map[Key]*Usage{}, Floor: map[string]int64{}}
}

// End is when the period is over.
func (p *Period) End() time.Time { return p.Start.Add(p.Length) }

func (p *Period) has(t time.Time) bool { return !t.Before(p.Start) && t.Before(p.End()) }

// Merge adds what another period has counted, which is another part of p's time
// or of another instance. Requests must not be in both. Bounds stay true: a client
// without a row in one of them may have been counted under Other there.
func (p *Period) Merge(other *Period) {
	for key, usage := range other.Rows {
		own, ok := p.Rows[key]
		if !ok {
			own = new(Usage)
			if !key.isOther() {
				own.Missed = p.Floor[key.Route]
			}
			p.Rows[key] = own
		}
		own.Merge(usage)
	}
	if len(other.Floor) == 0 {
		return
	}
	for key, own := range p.Rows {
		if _, ok := other.Rows[key]; !ok && !key.isOther() {
			own.Missed += other.Floor[key.Route]
		}
	}
	for route, floor := range other.Floor {
		p.Floor[route] += floor
	}
}

func (k Key) isOther() bool { return k.Client == Other && k.Source == "" }

// Bound leaves each route its largest rows, so many at most, and counts the rest
// under Other.
func (p *Period) Bound(most int) {
	routes := map[string][]Key{}
	for key := range p.Rows {
		if !key.isOther() {
			routes[key.Route] = append(routes[key.Route], key)
		}
	}
	for route, keys := range routes {
		if len(keys) <= most {
			continue
		}
		slices.SortFunc(keys, func(a, b Key) int {
			return compareWeights(p.Rows[b], p.Rows[a])
		})
		other := Key{Route: route, Client: Other}
		if p.Rows[other] == nil {
			p.Rows[other] = new(Usage)
		}
		for _, key := range keys[most:] {
			p.Floor[route] = max(p.Floor[route], p.Rows[key].weight())
			p.Rows[other].absorb(p.Rows[key])
			delete(p.Rows, key)
		}
	}
}

// weight is how many requests there may have been.
func (u *Usage) weight() int64 { return u.Requests + u.Missed }

// absorb merges a row into that of Other: what it has missed is there already.
func (u *Usage) absorb(row *Usage) {
	u.Merge(row)
	u.Missed = 0
}

func compareWeights(a, b *Usage) int {
	switch {
	case a.weight() != b.weight():
		if a.weight() < b.weight() {
			return -1
		}
		return 1
	default:
		return a.Last.Compare(b.Last)
	}
}

// Routes are the routes that have rows, sorted.
func (p *Period) Routes() []string {
	routes := map[string]bool{}
	for key := range p.Rows {
		routes[key.Route] = true
	}
	return slices.Sorted(maps.Keys(routes))
}
