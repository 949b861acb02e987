package integration

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// Requests that meet a reload, and a change of phase by it, are all answered, by
// the old configuration or the new one.
func TestReloadUnderTraffic(t *testing.T) {
	const items = 2000
	_, server := legacy(t, legacyapi.Options{Items: items})
	traffic := &traffic{whole: orders(0, items) + "\n", page: orders(0, 10), few: orders(20, 25)}
	site := "http://:" + freePort(t)
	config := func(phase string) harness.Config {
		return harness.Config{
			Global: speakH2C, Site: site,
			Routes: paginated("phase "+phase+"\nlimit 10 20", proxyTo(server)),
		}
	}
	s := harness.StartConfig(t, config("enforce"))
	url := s.URL + "/orders"
	var wg sync.WaitGroup
	for _, ck := range clientKinds {
		for range 3 {
			wg.Go(func() { traffic.run(t, newClient(t, ck.h2), url) })
		}
	}
	phases := []string{"observe", "announce", "enforce", "off"}
	for i := range 20 {
		before := traffic.answered.Load()
		s.Reload(t, config(phases[i%len(phases)]))
		harness.Poll(t, func() error { // some traffic under each
			if now := traffic.answered.Load(); now < before+20 && !t.Failed() {
				return fmt.Errorf("%d requests since the last reload", now-before)
			}
			return nil
		})
	}
	traffic.done.Store(true)
	wg.Wait()
	t.Logf("%d requests, %d connections that Caddy did not accept; without a limit %d pages and %d whole lists",
		traffic.answered.Load(), traffic.refused.Load(), traffic.pages.Load(), traffic.wholes.Load())
	if traffic.pages.Load() == 0 || traffic.wholes.Load() == 0 {
		t.Error("the phases made no difference")
	}
	// Every request that Caddy has seen has been answered.
	lines := s.Access(t, int(traffic.answered.Load()))
	if got := int64(len(lines)); got != traffic.answered.Load() {
		t.Errorf("Caddy saw %d requests, the clients got %d answers", got, traffic.answered.Load())
	}
	s.NoTrouble(t)
}

// traffic is what clients ask for and get while Caddy reloads.
type traffic struct {
	whole, page, few                 string // the answers that there may be
	done                             atomic.Bool
	answered, refused, pages, wholes atomic.Int64
}

// run asks for a list and for a page until the traffic is done.
func (tr *traffic) run(t *testing.T, client *counted, url string) {
	for !tr.done.Load() {
		switch a := tr.ask(t, client, url); string(a.Body) {
		case tr.page:
			tr.pages.Add(1)
		case tr.whole:
			tr.wholes.Add(1)
		default:
			t.Errorf("no limit: got %v", a)
			return
		}
		a := tr.ask(t, client, url+"?limit=5&offset=20")
		if got := string(a.Body); got != tr.few && got != tr.whole {
			t.Errorf("a page asked for: got %v", a)
			return
		}
	}
}

// ask tries again where a connection was never accepted: the kernel resets those
// that wait at the socket of the old configuration when that is closed, with
// paginate or without.
func (tr *traffic) ask(t *testing.T, client *counted, url string) answer {
	for range 100 {
		a := client.fetch(t, http.MethodGet, url)
		if a.Status == 0 {
			tr.refused.Add(1)
			continue
		}
		tr.answered.Add(1)
		if a.Err != nil || a.Status != http.StatusOK {
			t.Errorf("got %v", a)
		}
		return a
	}
	return answer{}
}

// An answer that has begun ends as it began, whatever is loaded meanwhile.
func TestReloadInsideAnswer(t *testing.T) {
	for _, tc := range []struct{ name, options, query, want string }{
		{"page", "limit 10 20", "", list(0, 10)},
		{"whole list, held", announced + "limit 10 20", "", list(0, 30)},
		{"whole list, trimmed", announced + "limit 10 20", "?fields=id", list(0, 30)},
		{"observed", "phase observe\nlimit 10 20", "", list(0, 30)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			upstream := &gated{first: 5, all: 30, open: make(chan struct{})}
			begun := make(chan struct{})
			s := harness.Start(t, paginated(tc.options, next(t, func(w http.ResponseWriter, r *http.Request) error {
				close(begun)
				upstream.ServeHTTP(w, r)
				return nil
			})))
			got := make(chan answer, 1)
			client, url := newClient(t, false), s.URL+"/x"+tc.query
			go func() { got <- client.fetch(t, http.MethodGet, url) }()
			<-begun
			s.Reload(t, harness.Config{Routes: "respond 410"})
			close(upstream.open)
			if a := <-got; a.Err != nil || string(a.Body) != tc.want {
				t.Errorf("got %v, want %q", a, tc.want)
			}
		})
	}
}
