//go:build backends

package clients

import "testing"

// startNode starts the program with the libraries of Node.js, which has to trust a
// lab's certificates.
func startNode(t *testing.T, l *lab) *talk {
	t.Helper()
	t.Setenv("NODE_EXTRA_CA_CERTS", l.CA)
	return startTalk(t, "walk.mjs")
}

// nodeClients are the libraries of Node.js.
var nodeClients = []client{
	{name: "octokit", style: "github"},
}

func TestWalkNode(t *testing.T) {
	l := startLab(t)
	k := startNode(t, l)
	for _, c := range nodeClients {
		t.Run(c.style+"/"+c.name, func(t *testing.T) { c.prove(t, l, k.walk) })
	}
	l.NoTrouble(t)
}

func TestWalkNodeHTTP2(t *testing.T) {
	l := startLabTLS(t)
	k := startNode(t, l)
	for _, c := range nodeClients {
		t.Run(c.style+"/"+c.name, func(t *testing.T) {
			j := job{Client: c.name, Base: l.URL, List: l.serve(items, false)}
			for _, e := range c.wantWalk(t, l, k.walk, j, numbers(items), labDefault) {
				if e.Proto != "HTTP/2.0" {
					t.Errorf("%s came over %s", e.URL, e.Proto)
				}
			}
		})
	}
}
