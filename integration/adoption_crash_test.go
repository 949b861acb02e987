package integration

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// wantStored waits until a storage has just these requests of clients. Instances
// store every ten seconds.
func wantStored(t *testing.T, storage string, want map[string]int64) {
	t.Helper()
	harness.Poll(t, func() error {
		if got, _ := ledgerOf(t, storage); !maps.Equal(got, want) {
			return fmt.Errorf("the ledger has %v, want %v", got, want)
		}
		return nil
	})
}

// instancesOf are the names of those that have something in a storage.
func instancesOf(t *testing.T, storage string) (names []string) {
	t.Helper()
	folders, err := os.ReadDir(filepath.Join(storage, "paginate", "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		names = append(names, folder.Name())
	}
	return names
}

// TestCrash: a Caddy that is killed loses what it has counted since it last stored
// that, and nothing else; it goes on where it was when it is started again.
func TestCrash(t *testing.T) {
	t.Parallel() // most of the time is waiting
	up := newUpstream(t, phaseAnswer(8, nil))
	home, storage, routes := t.TempDir(), t.TempDir(), "paginate /orders* 3 5\n"+up.proxy()
	crashing := startInstance(t, home, storage, routes)
	crashing.ask(t, 20, "ann")
	crashing.ask(t, 3, "bob")
	stored := map[string]int64{"ann": 20, "bob": 3}
	wantStored(t, storage, stored)
	crashing.ask(t, 7, "ann") // in the ten seconds that may be lost
	crashing.kill(t)

	left, _ := ledgerOf(t, storage)
	if ann := left["ann"]; ann < 20 || ann > 27 || left["bob"] != 3 || len(left) != 2 {
		t.Fatalf("after the crash: got %v, want %v and at most 7 more of ann", left, stored)
	}
	again := startInstance(t, home, storage, routes)
	again.ask(t, 5, "ann")
	again.stop(t)
	left["ann"] += 5
	if got, _ := ledgerOf(t, storage); !maps.Equal(got, left) {
		t.Errorf("after the restart: got %v, want %v", got, left)
	}
	if names := instancesOf(t, storage); len(names) != 1 {
		t.Errorf("got entries of %q, want those of one instance", names)
	}
}

// TestInstancesShareLedger: what three instances have counted adds up, also when
// one of them is killed.
func TestInstancesShareLedger(t *testing.T) {
	t.Parallel() // most of the time is waiting
	up := newUpstream(t, phaseAnswer(8, nil))
	storage, routes := t.TempDir(), "paginate /orders* 3 5\n"+up.proxy()
	var all []*instance
	for range 3 {
		all = append(all, startInstance(t, t.TempDir(), storage, routes))
	}
	var wg sync.WaitGroup
	for at, i := range all {
		wg.Go(func() { i.ask(t, 10+at, "everybody's") })
		wg.Go(func() { i.ask(t, 5, fmt.Sprint("only of ", at)) })
	}
	wg.Wait()
	want := map[string]int64{"everybody's": 33, "only of 0": 5, "only of 1": 5, "only of 2": 5}
	wantStored(t, storage, want)

	all[2].kill(t)
	for at, i := range all[:2] {
		i.ask(t, 4, "everybody's")
		i.ask(t, 1, fmt.Sprint("only of ", at))
		i.stop(t)
	}
	want["everybody's"], want["only of 0"], want["only of 1"] = 41, 6, 6
	if got, _ := ledgerOf(t, storage); !maps.Equal(got, want) {
		t.Errorf("after the end of all: got %v, want %v", got, want)
	}
	if names := instancesOf(t, storage); len(names) != 3 {
		t.Errorf("got entries of %q, want those of three instances", names)
	}
}

// TestReloadsCountAll: under traffic no reload loses a request or counts one twice,
// in the ledger and in the log; nor do reloads make lines.
func TestReloadsCountAll(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	site := "http://:" + freePort(t)
	config := func(phase string) harness.Config {
		return harness.Config{
			Global: "paginate {\nnotice_interval 1h\n}", Site: site,
			Routes: "paginate /orders* 3 5 {\nname orders\nphase " + phase + "\n}\n" + up.proxy(),
		}
	}
	c := harness.StartConfig(t, config("enforce"))
	url, names := c.URL+"/orders", []string{"ann", "bob", "eve"}
	answered := make([]atomic.Int64, len(names))
	var done atomic.Bool
	var wg sync.WaitGroup
	for at, name := range names {
		client := newClient(t, false)
		wg.Go(func() {
			for !done.Load() {
				// The kernel resets connections that wait at the old socket.
				switch a := client.fetch(t, http.MethodGet, url, "User-Agent", name); a.Status {
				case 0:
				case http.StatusOK:
					answered[at].Add(1)
				default:
					t.Errorf("got %v", a)
					return
				}
			}
		})
	}
	for i, phases := 0, []string{"observe", "announce", "enforce"}; i < 15; i++ {
		before := answered[0].Load()
		c.Reload(t, config(phases[i%len(phases)]))
		harness.Poll(t, func() error { // some traffic under each
			if now := answered[0].Load(); now < before+10 && !t.Failed() {
				return fmt.Errorf("%d requests since the last reload", now-before)
			}
			return nil
		})
	}
	done.Store(true)
	wg.Wait()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	want, logged := map[string]int64{}, map[string]int64{}
	for at, name := range names {
		want[name] = answered[at].Load()
	}
	if got, _ := ledgerOf(t, c.StorageDir()); !maps.Equal(got, want) {
		t.Errorf("the ledger has %v, want %v", got, want)
	}
	lines := c.Log(t, adoptionLogger)
	for _, line := range lines {
		logged[line.Text("paginate.client")] += int64(line["paginate.count"].(float64))
	}
	if !maps.Equal(logged, want) || len(lines) != 2*len(names) {
		t.Errorf("the log's %d lines tell of %v, want two of each client and %v", len(lines), logged, want)
	}
}
