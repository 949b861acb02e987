package integration

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// A mixed request is one of which the same answer is expected each time.
type mixed struct {
	method, target string
	status         int
	body           string // of a problem: its code is in there
	problem        bool
	breaks         bool // the answer must not end tidily
	leaves         bool // the client does not wait for the end
}

// The demo API answers with 300 orders; /told announces what /cut enforces.
var mixedRequestKinds = []mixed{
	{target: "/cut/orders", status: 200, body: orders(0, 20)},
	{target: "/cut/orders?limit=7&offset=290", status: 200, body: orders(290, 297)},
	{target: "/cut/orders?limit=100&offset=250", status: 200, body: orders(250, 300) + "\n"},
	{target: "/cut/orders?limit=3&fields=id", status: 200, body: orderIDs(0, 3)},
	{target: "/cut/orders?_encoding=gzip&limit=2", status: 200, body: orders(0, 2)},
	{target: "/cut/orders?_n=20000&limit=100&offset=150", status: 200, body: orders(150, 250)},
	{target: "/cut/orders?limit=abc", status: 400, body: "limit_invalid", problem: true},
	{target: "/cut/orders?cursor=abc", status: 400, body: "cursor_invalid", problem: true},
	{target: "/cut/orders?_fault=rubbish@5.5", status: 502, body: "upstream_malformed", problem: true},
	{target: "/cut/orders?_fault=die@5.5", status: 502, body: "upstream_malformed", problem: true},
	{target: "/cut/orders", method: http.MethodHead, status: 200},
	{target: "/cut/orders", method: http.MethodPost, status: 405, body: "Method Not Allowed\n"},
	{target: "/told/orders", status: 200, body: orders(0, 300) + "\n"},
	{target: "/told/orders?_length=known", status: 200, body: orders(0, 300) + "\n"},
	{target: "/told/orders?fields=id", status: 200, body: orderIDs(0, 300) + "\n"},
	{target: "/told/orders?limit=5", status: 200, body: orders(0, 5)},
	{target: "/told/orders?_fault=die@250", breaks: true},
	{target: "/told/orders?_n=20000", status: 200, leaves: true},
	{target: "/told/orders/no", status: 404},
}

// orderIDs are orders of which only the id is left.
func orderIDs(from, to int) string {
	list := []byte{'['}
	for i := from; i < to; i++ {
		if i > from {
			list = append(list, ',')
		}
		list = fmt.Appendf(list, `{"id":%d}`, i+1)
	}
	return string(append(list, ']'))
}

// Whatever is asked, and however it ends, nothing is left behind: every answer is
// the one that it was the first time, and memory stays where it was.
func TestSoakMixed(t *testing.T) {
	n := mixedRequests
	if testing.Short() {
		n /= 20
	}
	_, server := legacy(t, legacyapi.Options{Items: 300, Period: 4096})
	s := harness.StartConfig(t, harness.Config{
		Global: speakH2C,
		Routes: "handle_path /cut/* {\n" + paginated("limit 20 100", proxyTo(server)) + "\n}\n" +
			"handle_path /told/* {\n" + paginated("limit 20 100\nphase announce", proxyTo(server)) + "\n}\n",
	})
	clients := []*counted{newClient(t, false), newClient(t, true)}
	const rounds = 5
	var heap, goroutines [rounds]int
	for round := range rounds {
		mix(t, clients, s.URL, n/rounds)
		if t.Failed() {
			return
		}
		settle(clients)
		server.CloseClientConnections()
		heap[round], goroutines[round] = held()
	}
	t.Logf("after each %d requests: heap %v bytes, goroutines %v", n/rounds, heap, goroutines)
	// A leak of 100 bytes a request would show, and one round in which others held more
	// does not. Some twenty goroutines are not ours: Caddy sets a deadline for each write,
	// and over HTTP/2 the timer of it holds the stream until it goes off.
	const slackHeap, slackGoroutines = 3 << 20, 10
	if grown(heap[:]) > slackHeap || grown(goroutines[:]) > slackGoroutines {
		t.Errorf("what was held grew with the requests: heap %v bytes, goroutines %v", heap, goroutines)
	}
}

// grown is by how much the last two of what was measured are more than the first two.
func grown(rounds []int) int {
	n := len(rounds)
	return min(rounds[n-2], rounds[n-1]) - max(rounds[0], rounds[1])
}

// mix makes n requests, from several goroutines at once.
func mix(t *testing.T, clients []*counted, base string, n int) {
	const workers = 8
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			client := clients[w%len(clients)]
			for i := range n / workers {
				k := mixedRequestKinds[(i+w)%len(mixedRequestKinds)]
				if err := k.try(t, client, base); err != nil {
					t.Errorf("%s %s: %v", k.method, k.target, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func (k mixed) try(t *testing.T, client *counted, base string) error {
	method := k.method
	if method == "" {
		method = http.MethodGet
	}
	if k.leaves {
		return leave(t, client, base+k.target)
	}
	a := client.fetch(t, method, base+k.target)
	switch {
	case k.breaks && a.Err == nil:
		return fmt.Errorf("it ended as if it were complete: %v", a)
	case k.breaks:
		return nil
	case a.Err != nil || a.Status != k.status:
		return fmt.Errorf("got %v, want %d", a, k.status)
	case k.problem && gjson.GetBytes(a.Body, "code").Str != k.body:
		return fmt.Errorf("got %v, want %s", a, k.body)
	case !k.problem && k.body != "" && string(a.Body) != k.body:
		return fmt.Errorf("got %v, want %.300q", a, k.body)
	}
	return nil
}

// leave asks for a list and goes away while it comes.
func leave(t *testing.T, client *counted, url string) error {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.ReadFull(res.Body, make([]byte, 1000))
	return err
}

// held is what is held once all is quiet: bytes of heap, and goroutines.
func held() (heap, goroutines int) {
	runtime.GC()
	runtime.GC() // what pools gave up at the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc), runtime.NumGoroutine()
}
