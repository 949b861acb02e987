package adoption

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// settingsTo are those of a configuration whose log is apart.
func settingsTo(clients int) (*LogSettings, *observer.ObservedLogs) {
	core, logs := observer.New(zapcore.InfoLevel)
	return &LogSettings{Logger: zap.New(core), MaxClients: clients}, logs
}

// TestReloadsWriteNothing: a client that is known stays so, however often the
// configuration is loaded anew, and its sum goes to the log of the last one.
func TestReloadsWriteNothing(t *testing.T) {
	b := newLogBench(10)
	old := b.settings
	logs := b.logs
	b.add(whole("ann"))
	b.take()
	for minute := range 60 {
		next, nextLogs := settingsTo(10)
		b.Attach(next)
		b.Add(old.Logger, whole("ann")) // one that is under way still
		b.Detach(old)
		b.Add(next.Logger, whole("ann"))
		if n := logs.Len(); n != 0 {
			t.Fatalf("minute %d: %d lines in the old log", minute, n)
		}
		old, logs = next, nextLogs
		if minute < 59 {
			b.clock.advance(time.Minute)
		}
	}
	if n := logs.Len(); n != 0 || b.clock.pending() != 1 {
		t.Errorf("before the end: got %d lines and %d timers", n, b.clock.pending())
	}
	b.clock.advance(time.Minute)
	b.logs = logs
	if got := tell(b.take()); len(got) != 1 || got[0] != "ann 120" {
		t.Errorf("at the end: got %q, want one line of 120", got)
	}
}

// TestFailedReload: the settings from before are in force again.
func TestFailedReload(t *testing.T) {
	b := newLogBench(1)
	b.add(whole("ann"))
	failed, failedLogs := settingsTo(10)
	b.Attach(failed)
	b.Detach(failed)
	b.add(whole("ann"))
	b.clock.advance(time.Hour)
	if got := tell(b.take()); len(got) != 2 || failedLogs.Len() != 0 {
		t.Errorf("got %q, and %d lines in the log of what failed", got, failedLogs.Len())
	}
	for i := range 5 {
		b.add(whole(fmt.Sprint("c", i)))
	}
	if got := tell(b.take()); !slices.Equal(got, []string{"c0 1", "c1 1", "other 1"}) {
		t.Errorf("got %q, want room for two", got)
	}
}

// TestRoomChanges with the configuration; those that have a place keep it.
func TestRoomChanges(t *testing.T) {
	b := newLogBench(1)
	add := func(want ...string) {
		t.Helper()
		for i := range 8 {
			b.add(whole(fmt.Sprint("c", i)))
		}
		if got := tell(b.take()); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	add("c0 1", "c1 1", "other 1")
	more := &LogSettings{Logger: b.logger, MaxClients: 3}
	b.Attach(more)
	b.Detach(b.settings)
	add("c2 1", "c3 1", "c4 1", "c5 1")
	fewer := &LogSettings{Logger: b.logger, MaxClients: 1}
	b.Attach(fewer)
	b.Detach(more)
	add()
	b.clock.advance(time.Hour)
	b.take()
	add("c0 1", "c1 1", "other 1")
}

// TestAttachedAgain: a log that was written to its end goes on.
func TestAttachedAgain(t *testing.T) {
	b := newLogBench(10)
	b.add(whole("ann"))
	b.Detach(b.settings)
	b.Attach(b.settings)
	b.add(whole("ann"))
	b.add(whole("ann"))
	b.clock.advance(time.Hour)
	if got := tell(b.take()); !slices.Equal(got, []string{"ann 1", "ann 1", "ann 1"}) || b.clock.pending() != 0 {
		t.Errorf("got %q and %d timers", got, b.clock.pending())
	}
}

// TestEarlierEndComesFirst: a client that is new while sums are written, and whose
// interval ends last, holds up none that ends before.
func TestEarlierEndComesFirst(t *testing.T) {
	b := newLogBench(10)
	b.add(whole("ann"))
	b.clock.advance(time.Minute)
	b.add(whole("bob"))
	b.add(whole("bob"))
	b.mu.Lock()
	b.disarmLocked() // as ring does before it looks
	b.mu.Unlock()
	b.clock.advance(time.Minute)
	b.add(whole("eve"))
	b.take()
	b.arm(b.clock.Now(), noon.Add(time.Hour)) // as ring does then
	b.clock.advance(noon.Add(time.Hour + time.Minute).Sub(b.clock.Now()))
	if got := tell(b.take()); !slices.Equal(got, []string{"bob 1"}) {
		t.Errorf("got %q, want the sum of bob at his end", got)
	}
}

// A logProcess is what an instance's configurations share: a log for each interval.
// It is attached to and detached from as they come and go.
type logProcess struct {
	clock    *testClock
	by       map[time.Duration]*Log
	settings *LogSettings
	interval time.Duration
	logs     []*observer.ObservedLogs
}

func (p *logProcess) log() *Log { return p.by[p.interval] }

// load goes over to a configuration as Caddy does; one that fails goes at once.
func (p *logProcess) load(interval time.Duration, clients int, fails bool) {
	s, logs := settingsTo(clients)
	p.logs = append(p.logs, logs)
	if p.by[interval] == nil {
		p.by[interval] = NewLog(p.clock, interval)
	}
	p.by[interval].Attach(s)
	if fails {
		p.by[interval].Detach(s)
		return
	}
	if p.settings != nil {
		p.log().Detach(p.settings)
	}
	p.settings, p.interval = s, interval
}

func (p *logProcess) sum() map[string]int64 {
	sum := map[string]int64{}
	for _, logs := range p.logs {
		for _, entry := range logs.All() {
			line := entry.ContextMap()
			sum[line["paginate.client"].(string)] += line["paginate.count"].(int64)
		}
	}
	return sum
}

// TestCountsAddUp: whatever happens, in whatever order, the counts of a client's
// lines are its requests; where there is no room for all, those of all lines are.
func TestCountsAddUp(t *testing.T) {
	intervals := []time.Duration{time.Hour, time.Hour, time.Hour, time.Minute, 0}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		few := seed%2 == 1 // clients find no room
		rooms := func() int {
			if few {
				return 1 + rng.IntN(3)
			}
			return 20 // of two lines each, and two more in a brownout
		}
		p := &logProcess{clock: newTestClock(), by: map[time.Duration]*Log{}}
		p.load(time.Hour, rooms(), false)
		want, all := map[string]int64{}, int64(0)
		for range 400 {
			switch n := rng.IntN(40); {
			case n == 0:
				p.load(intervals[rng.IntN(len(intervals))], rooms(), rng.IntN(3) == 0)
			case n < 4:
				p.clock.advance(time.Duration(rng.Int64N(int64(40 * time.Minute))))
			case n == 4:
				p.clock.jump(p.clock.Now().Add(-time.Minute)) // set back
			default:
				rec := whole(fmt.Sprint("c", rng.IntN(8)))
				rec.Compliant = rng.IntN(2) == 0
				if rng.IntN(10) == 0 {
					rec.Brownout = noon
				}
				want[rec.Client]++
				all++
				p.log().Add(p.settings.Logger, rec)
			}
		}
		p.log().Detach(p.settings)
		rec := whole("late") // its server has ended already
		p.log().Add(p.settings.Logger, rec)
		want["late"]++
		all++
		got, told := p.sum(), int64(0)
		for _, n := range got {
			told += n
		}
		if told != all || !few && !maps.Equal(got, want) || p.clock.pending() != 0 {
			t.Fatalf("seed %d: got %v (%d), want %v (%d); %d timers", seed, got, told, want, all, p.clock.pending())
		}
	}
}

// TestConcurrentReloads lose no request, and count none twice.
func TestConcurrentReloads(t *testing.T) {
	p := &logProcess{clock: newTestClock(), by: map[time.Duration]*Log{}}
	p.load(time.Hour, 10, false)
	log, logger := p.log(), p.settings.Logger
	const workers, each = 4, 2000
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				log.Add(logger, whole(fmt.Sprint("c", (w+i)%30)))
				if i%50 == 0 {
					p.clock.advance(7 * time.Minute)
				}
			}
		})
	}
	for i := range 200 {
		p.load(time.Hour, 5+i%20, i%5 == 0)
		if i%10 == 0 { // all end, and begin again
			log.Detach(p.settings)
			log.Attach(p.settings)
		}
	}
	wg.Wait()
	log.Detach(p.settings)
	told := int64(0)
	for _, n := range p.sum() {
		told += n
	}
	if told != workers*each {
		t.Errorf("got %d requests, want %d", told, workers*each)
	}
}

// TestDetachInTraffic: a request that meets the end is in a sum that is written,
// or a line of its own.
func TestDetachInTraffic(t *testing.T) {
	const rounds, each = 100, 100
	for round := range rounds {
		b := newLogBench(10)
		var wg sync.WaitGroup
		begun := make(chan struct{})
		wg.Go(func() {
			for i := range each {
				if i == each/4 {
					close(begun)
				}
				b.add(whole(fmt.Sprint("c", i%50)))
			}
		})
		<-begun
		b.Detach(b.settings)
		wg.Wait()
		told := int64(0)
		for _, line := range b.take() {
			told += line["paginate.count"].(int64)
		}
		if told != each || b.clock.pending() != 0 {
			t.Fatalf("round %d: got %d requests, want %d; %d timers", round, told, each, b.clock.pending())
		}
	}
}

// TestOvertakenByDetach: a request that has looked before the end, and counts
// behind it, leaves no sum that nobody writes.
func TestOvertakenByDetach(t *testing.T) {
	b := newLogBench(10)
	b.Detach(b.settings)
	if first, known := b.count(logKey{client: "ann"}, whole("ann")); !first || !known {
		t.Errorf("got first %v, known %v; want a line at once", first, known)
	}
}
