package adoption

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// fill fills a ledger with a request an hour of each of two instances, for so
// many days.
func fill(t testing.TB, days int) (a, b *bench) {
	t.Helper()
	clock, storage := newTestClock(), newMapStorage()
	clock.jump(noon.Truncate(Day))
	a, b = newBench(t, clock, storage, "a"), newBench(t, clock, storage, "b")
	for range days * 24 {
		a.addTimes(1, "ann")
		b.addTimes(2, "bob")
		clock.jump(clock.Now().Add(time.Hour))
		a.Flush(t.Context())
		b.Flush(t.Context())
	}
	return a, b
}

// TestFold: days that are over for two days are one entry each, and say what
// their hours said.
func TestFold(t *testing.T) {
	a, b := fill(t, 6)
	a.clock.advance(0)
	names := a.storage.names(daysPrefix)
	want := []string{daysPrefix + "/2030-03-01", daysPrefix + "/2030-03-02", daysPrefix + "/2030-03-03", daysPrefix + "/2030-03-04"}
	if !slices.Equal(names, want) {
		t.Errorf("got days %q, want %q", names, want)
	}
	if n := len(a.storage.names(ledgerPrefix)) - len(names); n != 2*24*2 {
		t.Errorf("got %d hours, want those of two days of two instances", n)
	}
	for _, reader := range []*bench{a, b} {
		if ann, bob := reader.requests(t, keyOf("ann")), reader.requests(t, keyOf("bob")); ann != 6*24 || bob != 6*24*2 {
			t.Errorf("got %d requests of ann, %d of bob; want %d and %d", ann, bob, 6*24, 6*24*2)
		}
	}
	periods, _ := a.periods(t)
	lines := outline(periods)
	if lines[2] != "2030-03-03T00 24h0m0s 72" || lines[4] != "2030-03-05T00 1h0m0s 3" {
		t.Errorf("got %q", lines)
	}
	var since []*Period
	for p, err := range a.Read(t.Context(), time.Date(2030, 3, 3, 23, 0, 0, 0, time.UTC)) {
		if err != nil {
			t.Fatal(err)
		}
		since = append(since, p)
	}
	if got := outline(since); got[0] != lines[2] || len(got) != 2+2*24 {
		t.Errorf("since: got %q", got)
	}
	if a.storage.locked != 0 {
		t.Errorf("%d locks are left", a.storage.locked)
	}
}

// TestFoldCrash: a crash at any step of the folding counts nothing twice and
// loses nothing.
func TestFoldCrash(t *testing.T) {
	for step := range 60 {
		a, _ := fill(t, 3)
		before := a.requests(t, keyOf("ann"))
		n := 0
		a.storage.failing(func(operation, _ string) error {
			if operation == "list" || operation == "load" {
				return nil
			}
			if n++; n > step {
				return errors.New("crash")
			}
			return nil
		})
		now := a.clock.Now().Add(12 * time.Hour)
		failed := a.tidy(t.Context(), a.settings, now) != nil
		a.storage.failing(nil)
		a.clock.jump(now)
		if got := a.requests(t, keyOf("ann")); got != before {
			t.Fatalf("crash at step %d: got %d requests, want %d", step, got, before)
		}
		if err := a.tidy(t.Context(), a.settings, now); err != nil {
			t.Fatal(err)
		}
		if got := a.requests(t, keyOf("ann")); got != before {
			t.Fatalf("mended after step %d: got %d requests, want %d", step, got, before)
		}
		if !failed {
			if step < 49 {
				t.Errorf("all was done in %d steps", step)
			}
			return
		}
	}
	t.Error("the folding never came to its end")
}

// TestRetention: what is older is deleted, and nothing else.
func TestRetention(t *testing.T) {
	a, _ := fill(t, 5)
	a.settings.Retention = 10 * Day
	a.clock.hours(8 * 24)
	periods, _ := a.periods(t)
	if got := outline(periods); !slices.Equal(got, []string{"2030-03-04T00 24h0m0s 72", "2030-03-05T00 24h0m0s 72"}) {
		t.Errorf("got %q", got)
	}
	a.clock.hours(30 * 24)
	if names := a.storage.names(ledgerPrefix); len(names) != 0 {
		t.Errorf("got %q, want nothing", names)
	}
}

// TestReadWhileFolded: a reader that had listed hours finds the day.
func TestReadWhileFolded(t *testing.T) {
	a, b := fill(t, 3)
	before := a.requests(t, keyOf("ann"))
	now := a.clock.Now().Add(12 * time.Hour)
	a.clock.jump(now)
	listed := false
	a.storage.failing(func(operation, _ string) error {
		if operation == "load" && !listed {
			listed = true
			a.storage.mu.Unlock()
			defer a.storage.mu.Lock()
			if err := b.tidy(t.Context(), b.settings, now); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if got := a.requests(t, keyOf("ann")); got != before || !listed {
		t.Errorf("got %d requests, want %d", got, before)
	}
}

// TestDamagedEntries never keep anybody from reading the rest, are told once over
// all reloads, and set aside when their day is folded. An entry of a newer version is left alone.
func TestDamagedEntries(t *testing.T) {
	a, _ := fill(t, 2)
	names := a.storage.names(ledgerPrefix + "/a")
	whole := a.storage.entries[names[0]]
	a.storage.entries[names[0]] = whole[:len(whole)/2]
	a.storage.entries[names[1]] = nil
	a.storage.entries[names[30]] = []byte(strings.Replace(string(whole), `"version":1`, `"version":2`, 1))
	a.storage.entries[ledgerPrefix+"/a/notes.txt"] = []byte("not ours")
	for range 3 {
		if _, damage := a.periods(t); len(damage) != 3 {
			t.Errorf("got damage %v, want 3", damage)
		}
		next := *a.settings
		a.Attach(&next) // a reload
		a.Detach(a.settings)
		a.settings = &next
	}
	if got, want := a.requests(t, keyOf("ann")), int64(45); got != want {
		t.Errorf("got %d requests, want %d", got, want)
	}
	a.clock.hours(5 * 24)
	if aside := a.storage.names(damagedPrefix); len(aside) != 2 {
		t.Errorf("got %q set aside", aside)
	}
	if n := a.logs.FilterMessageSnippet("cannot be read").Len(); n != 3 {
		t.Errorf("damage is logged %d times, want once for each of 3", n)
	}
	if _, ok := a.storage.entries[names[30]]; !ok {
		t.Error("the entry of another version is gone")
	}
	if got, want := a.requests(t, keyOf("ann")), int64(45); got != want {
		t.Errorf("after folding: got %d requests, want %d", got, want)
	}
}
