package report

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
)

// mostRows is how many rows a Builder keeps by themselves, and at times twice as
// many.
const mostRows = 100_000

// A Builder adds up adoption, from a ledger or from logs. Its memory is bounded by
// clients: of too many, those of the fewest requests are counted together, and the
// affected last.
type Builder struct {
	since, now time.Time
	only       []string // routes; empty for all
	most       int

	rows   map[adoption.Key]*row
	routes map[string]*routeSum
	notes  []string
	pruned bool
}

// A row is what one Key has come to in the window.
type row struct {
	usage    adoption.Usage
	affected days // on which it was
}

// A routeSum is what all clients of a route have come to.
type routeSum struct {
	days   []dayCount
	pages  int64     // of a list that is not in the order of its key
	last   time.Time // when the phase and the sunset were seen
	phase  string
	sunset time.Time
}

type dayCount struct{ requests, compliant int64 }

// days is a set of days, by their number in the window.
type days []uint64

func (d *days) add(i int) {
	for len(*d) <= i/64 {
		*d = append(*d, 0)
	}
	(*d)[i/64] |= 1 << (i % 64)
}

func (d *days) union(other days) {
	for len(*d) < len(other) {
		*d = append(*d, 0)
	}
	for i, word := range other {
		(*d)[i] |= word
	}
}

// each calls f with every day of the set.
func (d days) each(f func(i int)) {
	for w, word := range d {
		for ; word != 0; word &= word - 1 {
			f(w*64 + bits.TrailingZeros64(word))
		}
	}
}

// An identity is who a row belongs to, by whatever program.
type identity struct{ client, source string }

// together tells whether it is no single client.
func (id identity) together() bool {
	return id.client == "" || id.client == adoption.Other && id.source == ""
}

// NewBuilder returns a builder of a report on the window from since to now, and
// on these routes only; on all if there are none.
func NewBuilder(since, now time.Time, routes ...string) *Builder {
	return &Builder{
		since: since.UTC().Truncate(adoption.Day), now: now.UTC(), only: routes, most: mostRows,
		rows: map[adoption.Key]*row{}, routes: map[string]*routeSum{},
	}
}

// Since is where the window begins.
func (b *Builder) Since() time.Time { return b.since }

// AddPeriod adds a period of a ledger. None may come twice.
func (b *Builder) AddPeriod(p *adoption.Period) {
	for key, usage := range p.Rows {
		b.add(key, usage, p.Start, time.Time{})
	}
}

// Note adds a sentence on what is missing.
func (b *Builder) Note(text string) { b.notes = append(b.notes, text) }

// add counts what requests of a day have come to. It copies what it keeps of the
// key's texts.
func (b *Builder) add(key adoption.Key, u *adoption.Usage, at, sunset time.Time) {
	if at.Before(b.since) || len(b.only) > 0 && !slices.Contains(b.only, key.Route) {
		return
	}
	route := b.routes[key.Route]
	if route == nil {
		route = new(routeSum)
		b.routes[strings.Clone(key.Route)] = route
	}
	i := int(min(at.Sub(b.since), max(b.now.Sub(b.since), 0)) / adoption.Day) // clocks may be ahead
	for len(route.days) <= i {
		route.days = append(route.days, dayCount{})
	}
	route.pages += u.Unordered
	route.days[i].requests += u.Requests
	route.days[i].compliant += u.Compliant
	if !u.Last.Before(route.last) {
		route.last, route.sunset = u.Last, sunset
		if route.phase != u.Phase {
			route.phase = strings.Clone(u.Phase)
		}
	}
	r := b.row(key)
	r.merge(u)
	if u.Affected > 0 {
		r.affected.add(i)
	}
}

// merge copies the texts that it takes over from u: they may be parts of a line,
// which would stay in memory with them.
func (r *row) merge(u *adoption.Usage) {
	old := r.usage
	r.usage.Merge(u)
	if r.usage.Phase == old.Phase {
		r.usage.Phase = old.Phase
	} else {
		r.usage.Phase = strings.Clone(r.usage.Phase)
	}
	if s := &r.usage.Sample; *s != old.Sample {
		s.Path, s.RequestID, s.UserAgent = strings.Clone(s.Path), strings.Clone(s.RequestID), strings.Clone(s.UserAgent)
	}
}

// row is that of a key. It makes room if there are too many.
func (b *Builder) row(key adoption.Key) *row {
	if r := b.rows[key]; r != nil {
		return r
	}
	if len(b.rows) >= 2*b.most {
		b.prune()
	}
	key.Route, key.Client = strings.Clone(key.Route), strings.Clone(key.Client)
	key.Source, key.Program = strings.Clone(key.Source), strings.Clone(key.Program)
	r := new(row)
	b.rows[key] = r
	return r
}

// prune counts half of the rows together, those that matter the least.
func (b *Builder) prune() {
	b.pruned = true
	type entry struct {
		key adoption.Key
		row *row
	}
	entries := make([]entry, 0, len(b.rows))
	for key, r := range b.rows {
		if (identity{key.Client, key.Source}).together() {
			continue
		}
		entries = append(entries, entry{key, r})
	}
	slices.SortFunc(entries, func(x, y entry) int {
		a, b := &x.row.usage, &y.row.usage
		return cmp.Or(cmp.Compare(min(b.Affected, 1), min(a.Affected, 1)), cmp.Compare(b.Requests, a.Requests), b.Last.Compare(a.Last))
	})
	for _, e := range entries[min(b.most, len(entries)):] {
		delete(b.rows, e.key)
		other := adoption.Key{Route: e.key.Route, Client: adoption.Other}
		if b.rows[other] == nil {
			b.rows[other] = new(row)
		}
		b.rows[other].join(e.row)
	}
}

func (r *row) join(other *row) {
	r.usage.Merge(&other.usage)
	r.affected.union(other.affected)
}

// Merge adds what another builder of the same window has counted, which must not
// be used any more.
func (b *Builder) Merge(other *Builder) {
	if len(b.rows) == 0 {
		b.rows, other.rows = other.rows, nil
	}
	for key, r := range other.rows {
		if b.rows[key] == nil && len(b.rows) < 2*b.most {
			b.rows[key] = r
			continue
		}
		b.row(key).join(r)
	}
	for name, theirs := range other.routes {
		ours := b.routes[name]
		if ours == nil {
			b.routes[name] = theirs
			continue
		}
		ours.pages += theirs.pages
		for len(ours.days) < len(theirs.days) {
			ours.days = append(ours.days, dayCount{})
		}
		for i, d := range theirs.days {
			ours.days[i].requests += d.requests
			ours.days[i].compliant += d.compliant
		}
		if theirs.last.After(ours.last) {
			ours.last, ours.phase, ours.sunset = theirs.last, theirs.phase, theirs.sunset
		}
	}
	b.notes = append(b.notes, other.notes...)
	b.pruned = b.pruned || other.pruned
}
