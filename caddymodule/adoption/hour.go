package adoption

import (
	"container/heap"
	"hash/maphash"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// shardsOfHour is in how many parts, each with a lock of its own, a route's rows
// are; fewClients is below how many rows one part does.
const (
	shardsOfHour = 16
	fewClients   = 1024
)

// An hour counts requests as they come, in memory that is bounded: each route has
// at most so many rows.
//
// When a route's rows are used up, each new client takes the place of one of the
// least requests, and that one's counts go to Other (Space-Saving: Metwally,
// Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in
// data streams", 2005; by shards). So a large client finds its place however late
// it comes. With n requests to a route of which m rows are kept, a client that
// makes more than about n/m requests has a row, and that row has missed no more
// than those: Usage.Missed has the row's own bound. Sums are always exact.
type hour struct {
	start time.Time
	n     int // distinguishes hours of one process that begin at the same instant
	most  int // rows a route

	routes atomic.Pointer[map[string]*table] // replaced, under mu, when one is added

	mu     sync.Mutex
	closed bool // does not get routes any more

	unsaved bool // has counts that storage has not got; of the ledger's flushing
}

func newHour(start time.Time, n, most int) *hour {
	h := &hour{start: start, n: n, most: most}
	h.routes.Store(&map[string]*table{})
	return h
}

// A caller is a Key without its route.
type caller struct {
	client, source, program string
}

// A table has the rows of one route.
type table struct {
	seed   maphash.Seed
	shards []shard
	free   atomic.Int64 // rows that may still be added
}

type shard struct {
	mu     sync.Mutex
	rows   map[caller]*row
	least  leastFirst // the same rows; a weight noted there may be too small
	other  Usage
	floor  int64 // the largest weight of a row that had to go
	dirty  bool  // has counted since it was settled
	closed bool  // does not count any more

	_ [64]byte // keeps neighbours' locks in other cache lines
}

type row struct {
	caller caller
	noted  int64 // the weight by which it stands in the heap
	usage  Usage
}

// table returns a route's table, which is made if there is none; nil if the hour
// is closed.
func (h *hour) table(route string) *table {
	if t, ok := (*h.routes.Load())[route]; ok {
		return t
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	routes := *h.routes.Load()
	if t, ok := routes[route]; ok {
		return t
	}
	if h.closed {
		return nil
	}
	t := newTable(h.most)
	routes = maps.Clone(routes)
	routes[strings.Clone(route)] = t
	h.routes.Store(&routes)
	return t
}

func newTable(most int) *table {
	n := shardsOfHour
	if most < fewClients {
		n = 1
	}
	t := &table{seed: maphash.MakeSeed(), shards: make([]shard, n)}
	t.free.Store(int64(most))
	for i := range t.shards {
		t.shards[i].rows = map[caller]*row{}
	}
	return t
}

// add counts a record. It reports false if the hour is closed.
func (h *hour) add(rec *Record, now time.Time) bool {
	who := caller{client: bounded(rec.Client), source: rec.ClientSource, program: Program(rec.UserAgent)}
	t := h.table(rec.Route)
	return t != nil && t.add(who, rec, now)
}

func (t *table) add(who caller, rec *Record, now time.Time) bool {
	hash := maphash.String(t.seed, who.client) ^ maphash.String(t.seed, who.program)*3
	s := &t.shards[hash%uint64(len(t.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.dirty = true
	known, ok := s.rows[who]
	if !ok {
		known = s.place(who, &t.free)
	}
	if known == nil {
		s.other.add(rec, now)
		return true
	}
	known.usage.add(rec, now)
	return true
}

// place finds a place for a new caller: a free one, else that of the row that has
// the least. There is none in a shard that has no rows, while others have them
// all.
func (s *shard) place(who caller, free *atomic.Int64) *row {
	var added *row
	texts := caller{strings.Clone(who.client), strings.Clone(who.source), strings.Clone(who.program)}
	if free.Add(-1) >= 0 {
		added = &row{caller: texts}
		heap.Push(&s.least, added)
	} else {
		free.Add(1)
		added = s.smallest()
		if added == nil {
			return nil
		}
		s.floor = added.usage.weight()
		s.other.absorb(&added.usage)
		delete(s.rows, added.caller)
		// The weight stays, and with it the place in the heap.
		*added = row{caller: texts, noted: s.floor, usage: Usage{Missed: s.floor}}
	}
	s.rows[added.caller] = added
	return added
}

// smallest is the row of the least weight. Weights only grow, and are noted here
// only, so that known callers need not care for the order: a row whose weight is
// noted right and stands first is the smallest.
func (s *shard) smallest() *row {
	if len(s.least) == 0 {
		return nil
	}
	for {
		first := s.least[0]
		weight := first.usage.weight()
		if weight == first.noted {
			return first
		}
		first.noted = weight
		heap.Fix(&s.least, 0)
	}
}

// peek copies the counts.
func (h *hour) peek() *Period {
	p := NewPeriod(h.start, Hour)
	for route, t := range *h.routes.Load() {
		for i := range t.shards {
			t.shards[i].copyTo(p, route)
		}
	}
	return p
}

func (s *shard) copyTo(p *Period, route string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	copies := make([]Usage, 0, len(s.rows))
	for who, r := range s.rows {
		copies = append(copies, r.usage)
		p.Rows[Key{Route: route, Client: who.client, Source: who.source, Program: who.program}] = &copies[len(copies)-1]
	}
	if s.floor > 0 {
		p.Floor[route] = max(p.Floor[route], s.floor)
	}
	if s.other.Requests > 0 {
		key := Key{Route: route, Client: Other}
		if p.Rows[key] == nil {
			p.Rows[key] = new(Usage)
		}
		p.Rows[key].absorb(&s.other)
	}
}

// requests is how many were counted.
func (h *hour) requests() (n int64) {
	for _, usage := range h.peek().Rows {
		n += usage.Requests
	}
	return n
}

// settle tells whether something was counted since it last did. It comes before a
// copy: what is counted between them is in the copy, and settled once more. After
// the last time nothing is counted any more.
func (h *hour) settle(last bool) (changed bool) {
	if last {
		h.mu.Lock() // no routes any more, either
		h.closed = true
		h.mu.Unlock()
	}
	for _, t := range *h.routes.Load() {
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			changed = changed || s.dirty
			s.dirty, s.closed = false, s.closed || last
			s.mu.Unlock()
		}
	}
	return changed
}

// leastFirst is a heap of rows by noted weight.
type leastFirst []*row

func (l leastFirst) Len() int           { return len(l) }
func (l leastFirst) Less(i, j int) bool { return l[i].noted < l[j].noted }
func (l leastFirst) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *leastFirst) Push(x any)        { *l = append(*l, x.(*row)) }

// Pop is never used: rows take each other's place.
func (l *leastFirst) Pop() any {
	old := *l
	last := old[len(old)-1]
	*l = old[:len(old)-1]
	return last
}

var _ heap.Interface = (*leastFirst)(nil)
