//go:build backends

package integration

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// startRedisServer starts a redis-server of Debian's, and ends it with the test.
func startRedisServer(t *testing.T) (address string, stop func()) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("redis-server is not installed (%v); integration/backends/install.sh brings it", err)
	}
	port := freePort(t)
	address = "127.0.0.1:" + port
	cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var stopped atomic.Bool
	stop = func() {
		if stopped.CompareAndSwap(false, true) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(stop)
	harness.Poll(t, func() error {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	return address, stop
}

func inRedis(address string) string { return "paginate {\nsnapshots redis " + address + "\n}" }

// Three instances behind a balancer serve every page of a walk from one read of the
// upstream, also when one of them dies on the way.
func TestSnapshotFleet(t *testing.T) {
	const n = 5000
	for _, m := range modeReads {
		for _, options := range []string{"", "key id", "total exact", "style stripe"} {
			t.Run(m.mode+" "+options, func(t *testing.T) {
				address, _ := startRedisServer(t)
				up := newShelf(n)
				f := startFleet(t, 3, inRedis(address), snapshotted(m.mode, options, newUpstream(t, up)))
				got := f.walk(t, pageClient(t), "/orders?limit=50", func(page int) {
					if page > 2 {
						up.set(count(-100, 0)) // which nobody must see
					}
					if page == 20 {
						f.kill(t, 1)
					}
				})
				if !slices.Equal(got, count(0, n)) {
					t.Errorf("got %d items: %v", len(got), got)
				}
				up.wantReads(t, m.reads)
			})
		}
	}
}

// If the instance dies that reads the upstream, another one reads it anew, and the walk
// goes on.
func TestSnapshotFleetReaderDies(t *testing.T) {
	const n = 5000
	address, _ := startRedisServer(t)
	up := newShelf(n)
	var first atomic.Bool
	stop := make(chan struct{})
	defer close(stop)
	up.setGate(func(i int) {
		if i == 1000 && first.CompareAndSwap(false, true) {
			<-stop
		}
	})
	f := startFleet(t, 3, inRedis(address), snapshotted("eager", "key id", newUpstream(t, up)))
	got := f.walk(t, pageClient(t), "/orders?limit=50", func(page int) {
		if page == 10 { // the first page was asked of the second instance
			f.kill(t, 1)
		}
	})
	if !slices.Equal(got, count(0, n)) {
		t.Errorf("got %d items", len(got))
	}
	up.wantReads(t, 2)
}

// A Redis that goes away in the middle costs the snapshot and no request, and is told once.
func TestSnapshotRedisGoes(t *testing.T) {
	const n = 1000
	address, stop := startRedisServer(t)
	up := newShelf(n)
	s := harness.StartConfig(t, harness.Config{Global: inRedis(address), Routes: snapshotted("eager", "", newUpstream(t, up))})
	c := pageClient(t)
	got := walkList(t, c, s.URL+"/orders?limit=50", func(page int) {
		if page == 5 {
			stop()
		}
	})
	if !slices.Equal(got, count(0, n)) {
		t.Errorf("got %d items", len(got))
	}
	told := 0
	for _, line := range s.Log(t, "http.handlers.paginate") {
		if level := line.Text("level"); level == "error" || level == "warn" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the log tells it %d times, want once: %v", told, s.Log(t, "http.handlers.paginate"))
	}
	if r := send(t, c, http.MethodGet, fmt.Sprintf("%s/orders?limit=50&offset=%d", s.URL, n-50)); !slices.Equal(numbers(t, r), count(n-50, n)) {
		t.Errorf("afterwards: got %.200s", r.body)
	}
}
