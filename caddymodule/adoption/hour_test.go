package adoption

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestUsage: what a ledger says of requests, number by number.
func TestUsage(t *testing.T) {
	b := newBench(t, newTestClock(), newMapStorage(), "a")
	first := request("ann")
	first.Upstream, first.Noticed = 2*time.Second, true
	b.Add(first)
	b.clock.advance(time.Minute)
	affected := request("ann")
	affected.Compliant, affected.Affected, affected.Action, affected.Phase = false, true, Rejected, "enforce"
	affected.Items, affected.ItemsSeen, affected.BodySize, affected.RequestID = -1, 5000, -1, "req-1"
	affected.Upstream, affected.UserAgent, affected.ExemptUntil = time.Second, "curl/9 (x)", noon.Add(Day)
	b.Add(affected)
	got := b.Live()[0].Rows[keyOf("ann")]
	if got == nil {
		t.Fatalf("got no row; rows %v", b.Live()[0].Rows)
	}
	want := Usage{
		Requests: 2, Compliant: 1, Affected: 1, Rejected: 1, Notices: 1, MostItems: 5000, MostBytes: 100, Upstream: 3 * time.Second,
		First: noon, Last: noon.Add(time.Minute), LastCompliant: noon, Phase: "enforce", ExemptUntil: noon.Add(Day),
		Sample: Sample{Time: noon.Add(time.Minute), Path: "/orders", RequestID: "req-1", UserAgent: "curl/9 (x)"},
	}
	if *got != want {
		t.Errorf("got  %+v\nwant %+v", *got, want)
	}
}

// TestKeysApart: what is counted apart, and what together.
func TestKeysApart(t *testing.T) {
	b := newBench(t, newTestClock(), newMapStorage(), "a")
	for _, change := range []func(*Record){
		func(*Record) {},
		func(r *Record) { r.UserAgent = "curl/7.1" }, // another version of the program
		func(r *Record) { r.UserAgent = "wget/1" },
		func(r *Record) { r.Route = "items" },
		func(r *Record) { r.Client = "bob" },
		func(r *Record) { r.ClientSource = "{http.request.header.User-Agent}" }, // says that it is ann
		func(r *Record) { r.Client, r.ClientSource = Other, "{http.request.header.User-Agent}" },
	} {
		rec := request("ann")
		change(rec)
		b.Add(rec)
	}
	rows := b.Live()[0].Rows
	if len(rows) != 6 || rows[keyOf("ann")].Requests != 2 || rows[otherOrders] != nil {
		t.Errorf("got %d rows, want 6: %v", len(rows), rows)
	}
}

// TestExactUpToMost: as long as there is room nobody is counted under Other,
// however clients fall into shards.
func TestExactUpToMost(t *testing.T) {
	for _, most := range []int{1, 3, fewClients - 1, fewClients, 3000} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			h := newHour(noon, 0, most)
			for i := range most {
				h.add(request(fmt.Sprint("c", i)), noon)
			}
			p := h.peek()
			if len(p.Rows) != most || p.Rows[otherOrders] != nil || len(p.Floor) > 0 {
				t.Errorf("got %d rows, other %v, floor %v", len(p.Rows), p.Rows[otherOrders], p.Floor)
			}
			h.add(request("one more"), noon)
			if p := h.peek(); len(p.Rows) != most+1 || p.Rows[otherOrders] == nil {
				t.Errorf("with one more: got %d rows, other %v", len(p.Rows), p.Rows[otherOrders])
			}
		})
	}
}

// TestMillionClients: memory is bounded, sums are exact, and the largest clients
// are there within the bound, also those that come last.
func TestMillionClients(t *testing.T) {
	const (
		clients = 1_000_000
		large   = 100
		most    = 10_000
	)
	truth, names := make([]int64, large), make([]string, large)
	for c := range names {
		names[c] = fmt.Sprint("large-", c)
	}
	total := int64(0)
	h := newHour(noon, 0, most)
	rec := request("")
	add := func(client string, requests int64) {
		rec.Client, rec.Count = client, requests
		h.add(rec, noon)
		total += requests
	}
	rng := rand.New(rand.NewPCG(1, 2))
	before := heapInUse()
	for i := range clients {
		add("id-"+strconv.Itoa(i), 1)
		// Half of the large clients come from the start, half in the last quarter.
		if c := rng.IntN(large); i%4 == 0 && (c%2 == 0 || i > clients*3/4) {
			n := 4 * int64(1+c/10)
			truth[c] += n
			add(names[c], n)
		}
	}
	grown := heapInUse() - before
	if grown > 40<<20 {
		t.Errorf("memory has grown by %d MiB for %d rows, want at most 40", grown>>20, most)
	}
	p := h.peek()
	sum := int64(0)
	for _, u := range p.Rows {
		sum += u.Requests
	}
	if sum != total || len(p.Rows) > most+1 {
		t.Errorf("got %d requests in %d rows, want %d in at most %d", sum, len(p.Rows), total, most+1)
	}
	bound := 2 * total / most // shards are not filled quite evenly
	for c, want := range truth {
		u := p.Rows[keyOf(names[c])]
		switch {
		case want <= bound:
			t.Errorf("large-%d has only %d requests, which says nothing", c, want)
		case u == nil:
			t.Errorf("large-%d with %d requests is lost", c, want)
		case u.Requests > want || u.Requests+u.Missed < want || u.Missed > bound:
			t.Errorf("large-%d: got %d and %d missed, want %d and at most %d missed", c, u.Requests, u.Missed, want, bound)
		}
	}
	if floor := p.Floor["orders"]; floor <= 0 || floor > bound {
		t.Errorf("got floor %d, want at most %d", floor, bound)
	}
	runtime.KeepAlive(h)
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestAddAllocatesNothing for a known client, with texts that have to be looked
// at.
func TestAddAllocatesNothing(t *testing.T) {
	l := NewLedger(newTestClock())
	rec := request("ann")
	rec.Affected, rec.UserAgent = true, "Mozilla/5.0 (X11; Linux x86_64)"
	if n := testing.AllocsPerRun(100, func() { l.Add(rec) }); n > 0 {
		t.Errorf("got %v allocations", n)
	}
}

// TestConcurrentAdd loses nothing while hours change, copies are made and
// settings come and go.
func TestConcurrentAdd(t *testing.T) {
	b := newBench(t, newTestClock(), newMapStorage(), "a")
	const workers, each = 8, 2000
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				b.Add(request(fmt.Sprint("c", (w+i)%50)))
				if i%100 == 0 {
					b.clock.advance(time.Minute)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 20 {
			s := &Settings{Instance: b.settings.Instance, Storage: b.storage, Logger: b.settings.Logger, MaxClients: 40 + i%3}
			b.Attach(s)
			b.Live()
			b.Detach(s)
		}
	})
	wg.Wait()
	periods, damage := b.periods(t)
	sum := int64(0)
	for _, p := range periods {
		for _, u := range p.Rows {
			sum += u.Requests
		}
	}
	if sum != workers*each || len(damage) > 0 {
		t.Errorf("got %d requests, want %d; damage %v", sum, workers*each, damage)
	}
}

func TestProgram(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"product with version", "curl/8.5.0", "curl"},
		{"several products", "Mozilla/5.0 (X11) Gecko/1", "Mozilla"},
		{"no version", "legacy client", "legacy"},
		{"none", "", ""},
		{"blanks before", "  curl/8", "curl"},
		{"only a comment", "(x)", ""},
		{"long", strings.Repeat("a", 300), strings.Repeat("a", 64)},
		{"no UTF-8", "a\xffb/1", "a?b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Program(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	for in, want := range map[string]string{
		"4bf92f35-77b3": "4bf92f35-77b3", "a b": "", "x\n": "", "é": "", strings.Repeat("a", 65): "", "": "",
	} {
		if got := requestID(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	l := NewLedger(newTestClock())
	records := make([]*Record, 1000)
	for i := range records {
		records[i] = request(fmt.Sprint("client-", i))
		l.Add(records[i])
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := rand.IntN(1000); pb.Next(); i++ {
			l.Add(records[i%1000])
		}
	})
}
