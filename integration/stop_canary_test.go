package integration

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// clientKinds are the clients' protocols.
var clientKinds = []struct {
	name string
	h2   bool
}{{"h1 client", false}, {"h2 client", true}}

// toldWithin is how soon an upstream has to be told that its list is not wanted
// any more. It takes milliseconds; a busy machine gets some slack, and of several
// answers one may take up to stillTold.
const (
	toldWithin = 2 * time.Second
	stillTold  = 10 * time.Second
)

// TestStopCanary is the canary for upgrades of Caddy: however an upstream speaks,
// stopping it costs no line in the log and no connection of the client's.
func TestStopCanary(t *testing.T) {
	for _, kind := range upstreamKinds {
		t.Run(kind.name, func(t *testing.T) {
			upstream := newEndless(kind)
			s := harness.StartConfig(t, harness.Config{
				Global: speakH2C,
				Routes: paginated("limit 20 100", kind.start(t, upstream)),
			})
			for _, ck := range clientKinds {
				t.Run(ck.name, func(t *testing.T) {
					client := newClient(t, ck.h2)
					fastest, slowest := stillTold, time.Duration(0)
					for range 5 {
						wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/orders"), list(0, 20))
						took := waitTold(t, upstream)
						fastest, slowest = min(fastest, took), max(slowest, took)
					}
					t.Logf("the upstream was told after %v to %v", fastest, slowest)
					if fastest > toldWithin {
						t.Errorf("the upstream was told after %v at the soonest, want %v at most", fastest, toldWithin)
					}
					if got := client.dials.Load(); got != 1 {
						t.Errorf("the client needed %d connections, want 1", got)
					}
				})
			}
			s.Adoption(t, 10)
			s.NoTrouble(t)
		})
	}
}

// waitTold waits until the upstream has noticed the stop, and says how long that
// took after the client had its page.
func waitTold(t *testing.T, upstream *endless) time.Duration {
	t.Helper()
	complete := time.Now()
	select {
	case at := <-upstream.told:
		return max(0, at.Sub(complete))
	case <-time.After(stillTold):
		t.Fatalf("the upstream was not told within %v", stillTold)
	}
	return 0
}

// An upstream that has sent the page and one item more, and then nothing, does
// not keep the client waiting.
func TestStopStalledUpstream(t *testing.T) {
	for _, kind := range upstreamKinds {
		t.Run(kind.name, func(t *testing.T) {
			upstream := newEndless(kind)
			upstream.stall = 21
			s := harness.Start(t, paginated("limit 20 100", kind.start(t, upstream)))
			client := newClient(t, false)
			begin := time.Now()
			wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/orders"), list(0, 20))
			took := time.Since(begin)
			t.Logf("the page took %v, the upstream was told %v later", took, waitTold(t, upstream))
			if took > stillTold {
				t.Errorf("the client waited %v for its page", took)
			}
			s.NoTrouble(t)
		})
	}
}

// Refusing a list that turns out to be too long stops the upstream as a page does.
func TestStopRefusedList(t *testing.T) {
	for _, kind := range upstreamKinds {
		t.Run(kind.name, func(t *testing.T) {
			upstream := newEndless(kind)
			s := harness.Start(t, paginated("limit 20 100\nunpaginated reject_over 50", kind.start(t, upstream)))
			client := newClient(t, false)
			for range 3 {
				wantProblem(t, client.fetch(t, http.MethodGet, s.URL+"/orders"), http.StatusBadRequest, "pagination_required")
				waitTold(t, upstream)
			}
			if got := client.dials.Load(); got != 1 {
				t.Errorf("the client needed %d connections, want 1", got)
			}
			s.NoTrouble(t)
		})
	}
}

// The links lead through an endless list, too, and each page stops the upstream.
func TestStopEachPageOfWalk(t *testing.T) {
	upstream := newEndless(upstreamKinds[0])
	s := harness.Start(t, paginated("limit 20 100\nsnapshot off", startH1(t, upstream)))
	client := newClient(t, false)
	for page := range 5 {
		url := fmt.Sprintf("%s/orders?limit=7&offset=%d", s.URL, page*7)
		wantPage(t, client.fetch(t, http.MethodGet, url), list(page*7, page*7+7))
		waitTold(t, upstream)
	}
	s.NoTrouble(t)
}
