package integration

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// soakRequests is how many pages are cut out of a long list.
const soakRequests = 10_000

// Cutting leaves nothing behind: no goroutine, no memory, no line in the log.
func TestStopSoak(t *testing.T) {
	n := soakRequests
	if testing.Short() {
		n /= 20
	}
	for _, kind := range upstreamKinds[:5] {
		if kind.closing {
			continue
		}
		t.Run(kind.name, func(t *testing.T) {
			upstream := &repeating{declared: kind.declared}
			s := harness.StartConfig(t, harness.Config{
				Global: speakH2C,
				Routes: paginated("limit 20 100", kind.start(t, upstream)),
			})
			clients := []*counted{newClient(t, false), newClient(t, true)}
			soak(t, clients, s.URL+"/orders", 200) // what is made once is made now
			settle(clients)
			before := runtime.NumGoroutine()

			soak(t, clients, s.URL+"/orders", n/4)
			settle(clients)
			// The upstream's last connections close a moment later.
			const slack = 10
			harness.Poll(t, func() error {
				if now := runtime.NumGoroutine(); now > before+slack {
					return fmt.Errorf("%d goroutines after %d pages, %d before", now, n/4, before)
				}
				return nil
			})
			s.NoTrouble(t)
			t.Logf("the upstream could send %d KB for each page, until it was stopped", upstream.sent.Load()/int64(n/4+200)>>10)
		})
	}
}

// soak asks for n pages, from several goroutines at once.
func soak(t *testing.T, clients []*counted, url string, n int) {
	t.Helper()
	const workers = 8
	want := "[" + strings.Repeat(repeatedItem, 19) + strings.TrimSuffix(repeatedItem, ",") + "]"
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			client := clients[w%len(clients)]
			for range n / workers {
				a := client.fetch(t, http.MethodGet, url)
				if a.Err != nil || string(a.Body) != want {
					t.Errorf("got %v, want a page of 20", a)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A repeating upstream sends an endless list as cheaply as can be: of one item.
type repeating struct {
	declared bool
	sent     atomic.Int64
}

const repeatedItem = `{"id":1,"status":"paid","customer":"C-4711"},`

var repeatedItems = []byte(strings.Repeat(repeatedItem, 200))

func (u *repeating) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", asJSON)
	if u.declared {
		w.Header().Set("Content-Length", "1099511627776")
	}
	_, err := io.WriteString(w, "[")
	for sent := 0; err == nil && sent < 256<<20; sent += len(repeatedItems) {
		_, err = w.Write(repeatedItems)
		u.sent.Add(int64(len(repeatedItems)))
	}
}

func settle(clients []*counted) {
	for _, c := range clients {
		c.CloseIdleConnections()
	}
}

// The memory of a page does not grow with the list that it is cut from, nor with
// how deep in the list it is.
func TestStopMemory(t *testing.T) {
	_, server := legacy(t, legacyapi.Options{Items: 1_000_000}) // some 150 MB
	for _, mode := range []string{"off", "lazy", "eager"} {
		s := harness.Start(t, paginated("limit 20 100\nmax_offset off\nsnapshot "+mode, proxyTo(server)))
		client := newClient(t, false)
		wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/orders?offset=1000&warm"), orders(1000, 1020))

		grown := heapGrowth(func() {
			wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/orders?limit=20&offset=390000"), orders(390_000, 390_020))
		})
		t.Logf("snapshot %s: the heap grew by %d KB at most", mode, grown>>10)
		const slack = 24 << 20
		if grown > slack {
			t.Errorf("snapshot %s: reading to item 390,000 made the heap grow by %d bytes", mode, grown)
		}
	}
}

// heapGrowth is by how many bytes the heap grew at most while do ran.
func heapGrowth(do func()) int64 {
	debug.FreeOSMemory() // what lies about must not hide what is taken
	held := func() int64 {
		samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
		metrics.Read(samples)
		return int64(samples[0].Value.Uint64() + samples[1].Value.Uint64())
	}
	before := held()
	peak := before
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, held())
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	do()
	close(done)
	wg.Wait()
	return peak - before
}
