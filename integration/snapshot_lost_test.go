package integration

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/clock"
	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// An upstream that breaks off while it is read has sent what it has sent: pages of that
// are served, the others are refused, and the next try reads it anew.
func TestSnapshotUpstreamBreaks(t *testing.T) {
	for _, tc := range []struct {
		name   string
		broken func(w http.ResponseWriter) // what comes behind the 150th item
	}{
		{"it breaks off", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
		{"it sends no JSON", func(w http.ResponseWriter) { _, _ = w.Write([]byte(`,{"n":150],`)) }},
	} {
		for _, mode := range []string{"lazy", "eager"} {
			t.Run(mode+"/"+tc.name, func(t *testing.T) {
				up := newShelf(400)
				var mu sync.Mutex
				fault := true
				stop, reached := make(chan struct{}), make(chan struct{}, 1)
				let := sync.OnceFunc(func() { close(stop) })
				defer let()
				server := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					broken := fault && r.Header.Get("X-First") == ""
					mu.Unlock()
					if broken {
						up.reads.Add(1)
						w.Header().Set("Content-Type", asJSON)
						fmt.Fprint(w, "[")
						for i := range 150 {
							if i > 0 {
								fmt.Fprint(w, ",")
							}
							fmt.Fprint(w, shelfItem(i))
						}
						w.(http.Flusher).Flush()
						reached <- struct{}{}
						<-stop
						tc.broken(w)
						return
					}
					up.ServeHTTP(w, r)
				}))
				s := harness.Start(t, snapshotted(mode, "", server))
				c := pageClient(t)
				page := func(offset int) reply {
					return send(t, c, http.MethodGet, fmt.Sprintf("%s/orders?limit=50&offset=%d", s.URL, offset))
				}
				if got := numbers(t, page(50)); !slices.Equal(got, count(50, 100)) {
					t.Fatalf("got %v", got)
				}
				<-reached
				late := make(chan reply)
				go func() { late <- page(100) }() // of which the item behind it does not come
				let()
				r := <-late
				wantRefusal(t, r, http.StatusBadGateway, "upstream_malformed")
				mu.Lock()
				fault = false
				mu.Unlock()
				up.reads.Store(0)
				if got := numbers(t, page(100)); !slices.Equal(got, count(100, 150)) {
					t.Errorf("anew: got %v", got)
				}
				up.wantReads(t, 1)
				found := false
				for _, line := range s.Log(t, "http.handlers.paginate") {
					found = found || line.Text("level") == "error" && line.Text("msg") == "the upstream's list cannot be used"
				}
				if !found {
					t.Error("the log does not tell the operator")
				}
			})
		}
	}
}

// An upstream that cannot be reached, or refuses, is answered as without snapshots.
func TestSnapshotUpstreamRefuses(t *testing.T) {
	for _, mode := range []string{"lazy", "eager"} {
		t.Run(mode, func(t *testing.T) {
			up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/denied" {
					w.Header().Set("X-Why", "you")
					http.Error(w, "no", http.StatusForbidden)
					return
				}
				w.Header().Set("Content-Type", asJSON)
				fmt.Fprint(w, `{"id":7,"name":"no list"}`)
			}))
			s := harness.Start(t, snapshotted(mode, "", up))
			c := pageClient(t)
			for _, offset := range []string{"", "?offset=10"} {
				for range 3 {
					up.take()
					if r := send(t, c, http.MethodGet, s.URL+"/denied"+offset); r.status != http.StatusForbidden || r.body != "no\n" || r.header.Get("X-Why") != "you" {
						t.Errorf("denied: got %d %q %v", r.status, r.body, r.header)
					}
					up.takeOne(t)
					if r := send(t, c, http.MethodGet, s.URL+"/orders/7"+offset); r.status != http.StatusOK || r.body != `{"id":7,"name":"no list"}` {
						t.Errorf("no list: got %d %q", r.status, r.body)
					}
					up.takeOne(t)
				}
			}
			gone := newUpstream(t, http.NotFoundHandler())
			gone.Close()
			s.Reload(t, harness.Config{Routes: snapshotted(mode, "", gone)})
			for _, offset := range []string{"", "?offset=10"} {
				if r := send(t, c, http.MethodGet, s.URL+"/orders"+offset); r.status != http.StatusBadGateway || r.body != "" {
					t.Errorf("unreachable%s: got %d %q", offset, r.status, r.body)
				}
			}
		})
	}
}

// What is no list comes whole, even if most of it comes after it is known that there is
// nothing to keep.
func TestSnapshotRefusesLongAnswers(t *testing.T) {
	long := strings.Repeat("no list\n", 1<<17)
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		if r.URL.Path == "/denied" {
			w.WriteHeader(http.StatusForbidden)
		}
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, long)
	}))
	for _, mode := range []string{"lazy", "eager"} {
		s := harness.Start(t, snapshotted(mode, "", up))
		c := pageClient(t)
		for path, status := range map[string]int{"/denied": http.StatusForbidden, "/text": http.StatusOK} {
			for _, offset := range []string{"", "?offset=10"} {
				if r := send(t, c, http.MethodGet, s.URL+path+offset); r.status != status || r.body != long {
					t.Errorf("%s, %s%s: got %d and %d bytes, want %d and %d", mode, path, offset, r.status, len(r.body), status, len(long))
				}
			}
		}
		s.NoTrouble(t)
	}
}

// A client that goes away does not end the reading: others go on with it.
func TestSnapshotClientGone(t *testing.T) {
	up := newShelf(400)
	open, reached := make(chan struct{}), make(chan struct{}, 9)
	let := sync.OnceFunc(func() { close(open) })
	t.Cleanup(let)
	up.setGate(func(i int) {
		if i == 100 {
			reached <- struct{}{}
			<-open
		}
	})
	s := harness.Start(t, snapshotted("lazy", "", newUpstream(t, up)))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/orders?limit=100&offset=200", nil)
		if resp, err := pageClient(t).Do(req); err == nil {
			resp.Body.Close()
			t.Errorf("got %d, want to be gone before", resp.StatusCode)
		}
	}()
	<-reached
	cancel()
	<-ended
	let()
	c := pageClient(t)
	if got := walkList(t, c, s.URL+"/orders?limit=100&offset=100", nil); !slices.Equal(got, count(100, 400)) {
		t.Errorf("got %d items", len(got))
	}
	up.wantReads(t, 1)
	if got := up.lost.Load(); got != 0 {
		t.Errorf("the upstream was stopped %d times", got)
	}
}

// freeze stops the time of the process, and returns how to let it go on in leaps.
func freeze(t *testing.T) (leap func(d time.Duration)) {
	now := time.Now()
	clock.Freeze(now)
	t.Cleanup(clock.Resume)
	return func(d time.Duration) {
		now = now.Add(d)
		clock.Freeze(now)
	}
}

// A snapshot ends when nobody has used it for a while, and when it is old. The walk goes
// on in another one, behind the cursor's key, or else at its offset.
func TestSnapshotEnds(t *testing.T) {
	const n = 100
	for _, tc := range []struct {
		name, options string
		leap          time.Duration // before each page
		reads         int64         // of a walk of ten pages in eager
	}{
		{"in time", "", 4 * time.Minute, 1},
		{"unused for too long", "", 5 * time.Minute, 10},
		{"a ttl of its own", "{\nttl 10m\n}", 5 * time.Minute, 1},
		{"too old", "{\nmax_age 9m\n}", 3 * time.Minute, 4},
	} {
		for _, key := range []string{"", "key id"} {
			t.Run(tc.name+" "+key, func(t *testing.T) {
				up := newShelf(n)
				s := harness.Start(t, snapshotted("eager "+tc.options, key, newUpstream(t, up)))
				leap := freeze(t)
				got := walkList(t, pageClient(t), s.URL+"/orders", func(page int) {
					leap(tc.leap)
					if key != "" { // items come and go before the one that the walk is at
						up.set(append(count(-page, 0), count(page, n)...))
					}
				})
				if !slices.Equal(got, count(0, n)) {
					t.Errorf("got %v", got)
				}
				up.wantReads(t, tc.reads)
				s.NoTrouble(t)
			})
		}
	}
}

// A walk that goes on in another snapshot finds its place behind the cursor's item,
// however far that has moved, and if it has gone.
func TestSnapshotReplaced(t *testing.T) {
	for _, tc := range []struct {
		name string
		list []int // in the place of 0 to 19,999, after the page that ends with 9
		want []int // the page behind it
	}{
		{"as it was", count(0, 20_000), count(10, 20)},
		{"one more before it", count(-1, 20_000), count(10, 20)},
		{"a few less before it", count(7, 20_000), count(10, 20)},
		{"thousands more before it", count(-9000, 20_000), count(10, 20)},
		{"it has gone", append(count(0, 9), count(10, 20_000)...), count(10, 20)},
		{"it has gone with others", append(count(-5000, 3), count(15, 20_000)...), count(15, 25)},
		{"all behind it has gone", count(0, 10), []int{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newShelf(20_000)
			s := harness.Start(t, snapshotted("eager", "key id", newUpstream(t, up)))
			leap := freeze(t)
			c := pageClient(t)
			next := send(t, c, http.MethodGet, s.URL+"/orders").next(t)
			leap(time.Hour)
			up.set(tc.list)
			if got := numbers(t, send(t, c, http.MethodGet, next)); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			up.wantReads(t, 2)
		})
	}
}

// A list that is larger than a snapshot may be is read for every page, as without
// snapshots: once in vain, and not again for each page.
func TestSnapshotTooLarge(t *testing.T) {
	for _, mode := range []string{"lazy", "eager"} {
		t.Run(mode, func(t *testing.T) {
			up := newShelf(1000) // of 240 KB
			s := harness.Start(t, measured(mode+" {\nmax_size 100KiB\n}", `name "large `+mode+`"`, newUpstream(t, up)))
			before := seriesOf(t, s, "snapshot_failures_total", "large "+mode)
			if got := walkList(t, pageClient(t), s.URL+"/orders?limit=100", nil); !slices.Equal(got, count(0, 1000)) {
				t.Errorf("got %d items", len(got))
			}
			if got := up.reads.Load(); got > 11 {
				t.Errorf("the upstream was read %d times for 10 pages", got)
			}
			if got := seriesOf(t, s, "snapshot_failures_total", "large "+mode) - before; got != 1 {
				t.Errorf("%v snapshots failed, want 1", got)
			}
			s.NoTrouble(t)
		})
	}
}

// When all snapshots together become too large, the one that was not used for the longest
// time goes; its walk goes on.
func TestSnapshotEviction(t *testing.T) {
	up := newShelf(1000) // of 240 KB
	s := harness.StartConfig(t, harness.Config{
		Global: "paginate {\nsnapshots file {\ntotal 600KiB\n}\n}",
		Routes: measured("eager", "name evicting", newUpstream(t, up)),
	})
	before := seriesOf(t, s, "snapshot_evictions_total", "evicting")
	leap := freeze(t)
	c := pageClient(t)
	var nexts []string
	for i := range 3 { // the first one goes for the third one
		next := send(t, c, http.MethodGet, fmt.Sprintf("%s/orders?limit=100&list=%d", s.URL, i)).next(t)
		nexts = append(nexts, next)
		harness.Poll(t, func() error {
			if got := up.wholes.Load(); got != int64(i)+1 {
				return fmt.Errorf("%d lists were read", got)
			}
			return nil
		})
		leap(time.Minute)
	}
	up.reads.Store(0)
	for i, next := range nexts[1:] {
		if got := walkList(t, c, next, nil); !slices.Equal(got, count(100, 1000)) {
			t.Errorf("list %d: got %d items", i+1, len(got))
		}
	}
	up.wantReads(t, 0)
	if got := walkList(t, c, nexts[0], nil); !slices.Equal(got, count(100, 1000)) {
		t.Errorf("the evicted list: got %d items", len(got))
	}
	up.wantReads(t, 1)
	if got := seriesOf(t, s, "snapshot_evictions_total", "evicting") - before; got != 2 {
		t.Errorf("got %v evictions, want 2", got)
	}
	if got := seriesOf(t, s, "snapshots", "evicting"); got != 2 {
		t.Errorf("got %v snapshots, want 2", got)
	}
	if got := seriesOf(t, s, "snapshot_bytes", "evicting"); got < 400_000 || got > 600<<10 {
		t.Errorf("they have %v bytes", got)
	}
}

// A snapshot that has to go while it is read has the upstream stopped, and that is no reason
// to warn of anything.
func TestSnapshotEvictedWhileRead(t *testing.T) {
	up := newShelf(1000) // of 240 KB
	open, reached, stopped := make(chan struct{}), make(chan struct{}), make(chan struct{})
	let := sync.OnceFunc(func() { close(open) })
	server := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("list") != "endless" {
			up.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", asJSON)
		_, err := io.WriteString(w, "[0")
		for i := 1; err == nil; i++ {
			if i == 500 {
				_ = http.NewResponseController(w).Flush()
				close(reached)
				<-open
			}
			_, err = io.WriteString(w, ","+shelfItem(i))
		}
		close(stopped)
	}))
	t.Cleanup(let)
	s := harness.StartConfig(t, harness.Config{
		Global: "paginate {\nsnapshots file {\ntotal 245KiB\n}\n}",
		Routes: snapshotted("eager", "", server),
	})
	c := pageClient(t)
	send(t, c, http.MethodGet, s.URL+"/orders?limit=100&list=endless")
	<-reached
	if got := numbers(t, send(t, c, http.MethodGet, s.URL+"/orders?limit=100&offset=900")); !slices.Equal(got, count(900, 1000)) {
		t.Errorf("got %v", got)
	}
	let()
	<-stopped
	up.wantReads(t, 1)
	s.NoTrouble(t)
}

// A directory that cannot be written costs the snapshots and no request, and is told once.
func TestSnapshotUnwritable(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_DATA_HOME", home)
	if err := os.WriteFile(filepath.Join(home, "caddy"), nil, 0o600); err != nil { // a file where the directory is to be
		t.Fatal(err)
	}
	up := newShelf(300)
	s := harness.StartConfig(t, harness.Config{Routes: measured("eager", "name unwritable", newUpstream(t, up))})
	before := seriesOf(t, s, "snapshot_failures_total", "unwritable")
	c := pageClient(t)
	if got := walkList(t, c, s.URL+"/orders?limit=30", nil); !slices.Equal(got, count(0, 300)) {
		t.Errorf("got %d items", len(got))
	}
	up.wantReads(t, 10)
	told := 0
	for _, line := range s.Log(t, "http.handlers.paginate") {
		if level := line.Text("level"); level == "error" || level == "warn" {
			told++
			if !strings.Contains(line.Text("error"), "not a directory") || line.Text("route") != "unwritable" {
				t.Errorf("got %v", line)
			}
		}
	}
	if told != 1 {
		t.Errorf("the log tells it %d times, want once", told)
	}
	if got := seriesOf(t, s, "snapshot_failures_total", "unwritable") - before; got == 0 {
		t.Error("no failure is counted")
	}
}

// Nothing outlives the process, and nobody can open what is there meanwhile.
func TestSnapshotFilesHaveNoNames(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_DATA_HOME", home)
	up := newShelf(300)
	s := harness.Start(t, snapshotted("eager", "", newUpstream(t, up)))
	if got := walkList(t, pageClient(t), s.URL+"/orders?limit=100", nil); len(got) != 300 {
		t.Errorf("got %d items", len(got))
	}
	up.wantReads(t, 1)
	dir := filepath.Join(home, "caddy", "paginate", "snapshots")
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("got %v and error %v, want an empty directory", left, err)
	}
}
