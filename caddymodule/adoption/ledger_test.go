package adoption

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFlush: what has changed is stored every interval, and nothing else is.
func TestFlush(t *testing.T) {
	storage := newMapStorage()
	b := newBench(t, newTestClock(), storage, "a")
	b.clock.advance(10 * FlushInterval)
	if storage.stores != 0 {
		t.Errorf("without requests: got %d stores", storage.stores)
	}
	b.addTimes(1000, "ann")
	if storage.stores != 0 {
		t.Errorf("requests are stored by themselves: %d stores", storage.stores)
	}
	b.clock.advance(FlushInterval)
	b.clock.advance(10 * FlushInterval)
	if storage.stores != 1 {
		t.Errorf("after 1000 requests: got %d stores, want 1", storage.stores)
	}
	names := storage.names(ledgerPrefix)
	if len(names) != 1 || !strings.HasPrefix(names[0], "paginate/ledger/a/2030-03-01T12-") {
		t.Errorf("got entries %q", names)
	}
}

// TestHoursAndDays walks over hours, and over the end of a day, in a zone that is
// not UTC.
func TestHoursAndDays(t *testing.T) {
	b := newBench(t, newTestClock(), newMapStorage(), "a")
	b.clock.jump(time.Date(2030, 3, 2, 1, 30, 0, 0, time.FixedZone("", 5*3600+1800))) // 20:00 of the first, UTC
	for range 6 {
		b.addTimes(2, "ann")
		b.clock.advance(time.Hour)
	}
	periods, _ := b.periods(t)
	want := []string{
		"2030-03-01T20 1h0m0s 2", "2030-03-01T21 1h0m0s 2", "2030-03-01T22 1h0m0s 2", "2030-03-01T23 1h0m0s 2",
		"2030-03-02T00 1h0m0s 2", "2030-03-02T01 1h0m0s 2",
	}
	if got := outline(periods); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if n := len(b.unstored()); n > 1 {
		t.Errorf("%d hours are still in memory", n)
	}
}

// TestClockSetBack: hours that come again are added up.
func TestClockSetBack(t *testing.T) {
	b := newBench(t, newTestClock(), newMapStorage(), "a")
	b.addTimes(3, "ann")
	b.clock.advance(2 * time.Hour)
	b.addTimes(4, "ann")
	b.clock.jump(noon.Add(time.Minute))
	b.addTimes(5, "ann")
	b.Flush(t.Context())
	periods, _ := b.periods(t)
	if got, want := outline(periods), []string{"2030-03-01T12 1h0m0s 8", "2030-03-01T14 1h0m0s 4"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestInstanceIsAskedOnce: not before something is stored, as who attaches first may
// still be making its name, and never again, as other names would count twice.
func TestInstanceIsAskedOnce(t *testing.T) {
	b, asked := newBench(t, newTestClock(), newMapStorage(), "a"), 0
	b.settings.Instance = func() string {
		asked++
		return fmt.Sprint("name-", asked)
	}
	for range 2 {
		b.Attach(b.settings)
		b.clock.advance(FlushInterval) // with nothing to store
	}
	if asked != 0 {
		t.Errorf("asked %d times before anything was stored, want 0", asked)
	}
	for range 2 {
		b.addTimes(1, "ann")
		b.clock.advance(FlushInterval)
	}
	if names := b.storage.names(ledgerPrefix); asked != 1 || len(names) != 1 || !strings.HasPrefix(names[0], ledgerPrefix+"/name-1/") {
		t.Errorf("asked %d times, got entries %q, want once and one of name-1", asked, names)
	}
}

// TestThreeInstances share a storage, and all say the same. One of them is two
// processes.
func TestThreeInstances(t *testing.T) {
	clock, storage := newTestClock(), newMapStorage()
	var all []*bench
	for i, instance := range []string{"a", "b", "c", "c"} {
		b := newBench(t, clock, storage, instance)
		b.addTimes(i+1, "ann")
		b.addTimes(10*(i+1), fmt.Sprint("client of ", i))
		all = append(all, b)
	}
	clock.advance(FlushInterval)
	for i, b := range all {
		if got := b.requests(t, keyOf("ann")); got != 10 {
			t.Errorf("instance %d: got %d requests of ann, want 10", i, got)
		}
		if got := b.requests(t, keyOf("client of 1")); got != 20 {
			t.Errorf("instance %d: got %d requests of another's client, want 20", i, got)
		}
	}
	n := int64(0)
	for p, err := range ReadStorage(t.Context(), storage, clock.Now(), time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		n += p.Rows[keyOf("ann")].Requests
	}
	if n != 10 {
		t.Errorf("from storage: got %d requests of ann, want 10", n)
	}
}

// TestCrash costs no more than what came after the last flush; a restart begins
// where it was.
func TestCrash(t *testing.T) {
	clock, storage := newTestClock(), newMapStorage()
	crashed := newBench(t, clock, storage, "a")
	crashed.addTimes(5, "ann")
	clock.advance(FlushInterval)
	crashed.addTimes(3, "ann") // lost
	clock.timers = map[int]testTimer{}

	stopped := newBench(t, clock, storage, "a")
	if got := stopped.requests(t, keyOf("ann")); got != 5 {
		t.Errorf("after a crash: got %d, want 5", got)
	}
	stopped.addTimes(7, "ann")
	stopped.Detach(stopped.settings)
	if n := clock.pending(); n != 0 {
		t.Errorf("%d timers are left after the end", n)
	}
	if got := newBench(t, clock, storage, "a").requests(t, keyOf("ann")); got != 12 {
		t.Errorf("after an orderly end: got %d, want 12", got)
	}
}

// TestReload: a configuration takes over from another while both serve, another
// one fails at once; nothing is lost or counted twice.
func TestReload(t *testing.T) {
	b := newBench(t, newTestClock(), newMapStorage(), "a")
	b.addTimes(1, "ann")
	next := &Settings{Instance: b.settings.Instance, Storage: b.storage, Logger: b.settings.Logger, MaxClients: 5}
	b.Attach(next)
	b.addTimes(1, "ann")
	b.Detach(b.settings) // the old one's end
	b.addTimes(1, "ann")
	failed := &Settings{Instance: b.settings.Instance, Storage: newMapStorage(), Logger: b.settings.Logger, MaxClients: 7}
	b.Attach(failed)
	b.Detach(failed)
	if b.Ledger.settings() != next || b.most != 5 {
		t.Error("the failed configuration is still in force")
	}
	b.addTimes(1, "ann")
	b.clock.advance(FlushInterval)
	if got := b.requests(t, keyOf("ann")); got != 4 {
		t.Errorf("got %d requests, want 4", got)
	}
	b.Detach(next)
	b.addTimes(1, "ann") // a request that the end has overtaken
	b.Flush(t.Context())
	if got := b.requests(t, keyOf("ann")); got != 5 || b.clock.pending() != 0 {
		t.Errorf("at the end: got %d requests, want 5; %d timers, want none", got, b.clock.pending())
	}
}

// TestStorageFails: requests are counted all the same, the log tells it once, and
// nothing is lost when the storage is back.
func TestStorageFails(t *testing.T) {
	b := newBench(t, newTestClock(), newMapStorage(), "a")
	down := errors.New("no space left")
	b.storage.failing(func(string, string) error { return down })
	for range 5 {
		b.addTimes(1, "ann")
		b.clock.advance(time.Hour)
	}
	if n := b.logs.FilterMessage("storing the adoption ledger").Len(); n != 1 {
		t.Errorf("it is logged %d times, want once: %v", n, b.logs.All())
	}
	var failed error
	live := int64(0)
	for p, err := range b.Read(t.Context(), time.Time{}) {
		if err != nil {
			failed = err
			continue
		}
		live += p.Rows[keyOf("ann")].Requests
	}
	if !errors.Is(failed, down) || live != 5 {
		t.Errorf("reading meanwhile: got error %v, and %d requests, want 5", failed, live)
	}
	b.storage.failing(nil)
	b.clock.advance(FlushInterval)
	if got := b.requests(t, keyOf("ann")); got != 5 || len(b.storage.names(ledgerPrefix)) != 5 {
		t.Errorf("afterwards: got %d requests in %q", got, b.storage.names(ledgerPrefix))
	}
	if n := b.logs.FilterMessage("storing the adoption ledger works again").Len(); n != 1 {
		t.Errorf("its end is logged %d times", n)
	}
}

// TestStorageGone: memory is bounded even if the storage never takes anything,
// and what is lost is told.
func TestStorageGone(t *testing.T) {
	b := newBench(t, newTestClock(), newMapStorage(), "a")
	b.storage.failing(func(string, string) error { return errors.New("gone") })
	for range mostHours + 3 {
		b.addTimes(2, "ann")
		b.clock.hours(1)
	}
	if n := len(b.unstored()); n != mostHours {
		t.Errorf("%d hours are in memory, want %d", n, mostHours)
	}
	lost := int64(0)
	for _, entry := range b.logs.FilterMessageSnippet("counts are lost").All() {
		lost += entry.ContextMap()["requests"].(int64)
	}
	if lost != 6 {
		t.Errorf("got %d requests told as lost, want 6", lost)
	}
}

// TestMergeBounds: a client that has no row in one of two periods may be among
// the others there.
func TestMergeBounds(t *testing.T) {
	period := func(floor int64, rows map[string]int64) *Period {
		p := NewPeriod(noon, Hour)
		p.Floor["orders"] = floor
		for client, n := range rows {
			p.Rows[keyOf(client)] = &Usage{Requests: n}
		}
		p.Rows[otherOrders] = &Usage{Requests: 100}
		return p
	}
	p := period(3, map[string]int64{"both": 10, "first": 20})
	p.Merge(period(4, map[string]int64{"both": 30, "second": 40}))
	got := map[string][2]int64{}
	for key, u := range p.Rows {
		got[key.Client] = [2]int64{u.Requests, u.Missed}
	}
	want := map[string][2]int64{"both": {40, 0}, "first": {20, 4}, "second": {40, 3}, "other": {200, 0}}
	if !maps.Equal(got, want) || p.Floor["orders"] != 7 {
		t.Errorf("got %v and floor %v, want %v and 7", got, p.Floor, want)
	}
	p.Bound(1)
	if p.Rows[keyOf("second")] == nil || len(p.Rows) != 2 || p.Rows[otherOrders].Requests != 260 || p.Floor["orders"] != 40 {
		t.Errorf("bounded: got %v and floor %v", p.Rows, p.Floor)
	}
}

// TestNilLedger counts nothing, and says nothing.
func TestNilLedger(t *testing.T) {
	var l *Ledger
	l.Add(request("ann"))
	for p, err := range l.Read(t.Context(), time.Time{}) {
		t.Errorf("got %v, %v", p, err)
	}
	if live := l.Live(); live != nil {
		t.Errorf("got %v", live)
	}
}
