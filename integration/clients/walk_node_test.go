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
	{style: "link", name: "octokit", keyed: true, http2: true},
	{style: "link", name: "gotPaginate", keyed: true, http2: true},
	{style: "link", name: "httpLinkHeader", keyed: true, http2: true},
	{style: "link", name: "parseLinkHeaderJS", keyed: true, http2: true},
	{style: "page", name: "gotPaginate", http2: true},
	{style: "page", name: "httpLinkHeader", backwards: true, http2: true},
	{style: "github", name: "octokit", http2: true},
	{style: "github", name: "gotPaginate", http2: true},
	{style: "github", name: "httpLinkHeader", backwards: true, http2: true},
	{style: "github", name: "parseLinkHeaderJS", backwards: true, http2: true},
	{style: "gitlab", name: "gitbeaker", http2: true},
	{style: "stripe", name: "stripe", needsAll: true, before: true, keyed: true, rooted: true},
	{style: "msgraph", name: "msgraph", keyed: true, tls: true, http2: true},
	{style: "jsonapi", name: "kettingJSONAPI", http2: true},
	{style: "jsonapi0", name: "datadog", unasked: 10, refused: "maximum", probes: true},
	{style: "google", name: "googleGax", keyed: true, rooted: true},
	{style: "drf-page", name: "raDjango", needsAll: true, http2: true, unasked: 25, refused: "Bad Request"},
	{style: "spring", name: "raSpring", needsAll: true, http2: true, unasked: 25, refused: "at most 100"},
	{style: "hal", name: "kettingHAL", http2: true},
}

func TestWalkNode(t *testing.T) {
	l := startLab(t)
	k := startNode(t, l)
	proveAll(t, l, nodeClients, k.walk)
}

func TestWalkNodeHTTP2(t *testing.T) {
	l := startLabTLS(t)
	k := startNode(t, l)
	proveHTTP2(t, l, nodeClients, k.walk)
}
