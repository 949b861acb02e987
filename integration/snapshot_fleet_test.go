package integration

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// A fleet is several instances behind a balancer that asks them in turn.
type fleet struct {
	instances []*instance
	turn      int
}

// startFleet starts instances that share a storage, and with it the secret.
func startFleet(t *testing.T, n int, global, routes string) *fleet {
	t.Helper()
	storage, f := t.TempDir(), new(fleet)
	for range n {
		f.instances = append(f.instances, startInstanceOf(t, t.TempDir(), storage, global, routes))
	}
	return f
}

// ask has the next instance answer a request for a path with a query.
func (f *fleet) ask(t *testing.T, c *http.Client, target string) reply {
	t.Helper()
	f.turn++
	to := f.instances[f.turn%len(f.instances)]
	return send(t, c, http.MethodGet, to.url+target, "Host: api.example")
}

// walk follows the links, and calls between before each page but the first.
func (f *fleet) walk(t *testing.T, c *http.Client, target string, between func(page int)) (all []int) {
	t.Helper()
	for page := 0; target != ""; page++ {
		if page > 0 && between != nil {
			between(page)
		}
		r := f.ask(t, c, target)
		all = append(all, numbers(t, r)...)
		next, err := url.Parse(r.next(t))
		if err != nil {
			t.Fatal(err)
		}
		if next.Host != "" && next.Host != "api.example" {
			t.Fatalf("the link leads to %s", next.Host)
		}
		target = next.RequestURI()
		if next.Path == "" {
			target = ""
		}
	}
	return all
}

// kill ends one of the instances as a crash does.
func (f *fleet) kill(t *testing.T, i int) {
	t.Helper()
	f.instances[i].kill(t)
	f.instances = slices.Delete(f.instances, i, i+1)
}

// Instances that share no snapshots walk their own: with a key every item comes once,
// though each of them has another list, and one of them dies on the way.
func TestSnapshotFleetOfStrangers(t *testing.T) {
	const n = 2000
	for _, tc := range []struct{ mode, options string }{{"lazy", "key id"}, {"eager", "key id"}, {"lazy", "style stripe"}, {"eager", "style stripe"}} {
		t.Run(tc.mode+" "+tc.options, func(t *testing.T) {
			up := newShelf(n)
			f := startFleet(t, 2, "", snapshotted(tc.mode, tc.options, newUpstream(t, up)))
			got := f.walk(t, pageClient(t), "/orders?limit=50", func(page int) {
				// Items come and go ahead of all others.
				up.set(append(count(-7*page, 0), count(3*page, n)...))
				if page == 20 {
					f.kill(t, 0)
				}
			})
			if !slices.Equal(got, count(0, n)) {
				t.Errorf("got %d items", len(got))
			}
			if reads := up.reads.Load(); reads > 4 {
				t.Errorf("the upstream was read %d times by two instances", reads)
			}
		})
	}
}
