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
	{style: "link", name: "octokit", keyed: true, http2: true, says: "Unknown error"},
	{style: "link", name: "gotPaginate", keyed: true, http2: true, says: "400 (Bad Request)"},
	{style: "link", name: "httpLinkHeader", keyed: true, http2: true, says: tooLarge},
	{style: "link", name: "parseLinkHeaderJS", keyed: true, http2: true, says: tooLarge},
	{style: "page", name: "gotPaginate", http2: true, says: "400 (Bad Request)"},
	{style: "page", name: "httpLinkHeader", backwards: true, http2: true, says: tooLarge},
	{style: "github", name: "octokit", http2: true, says: tooLarge},
	{style: "github", name: "gotPaginate", http2: true, says: "400 (Bad Request)"},
	{style: "github", name: "httpLinkHeader", backwards: true, http2: true, says: tooLarge},
	{style: "github", name: "parseLinkHeaderJS", backwards: true, http2: true, says: tooLarge},
	{style: "gitlab", name: "gitbeaker", http2: true, says: tooLarge},
	{style: "stripe", name: "stripe", needsAll: true, before: true, keyed: true, rooted: true, says: tooLarge},
	{style: "slack", name: "slack", unasked: labMax, keyed: true, http2: true, says: "invalid_limit"},
	{style: "msgraph", name: "msgraph", keyed: true, tls: true, http2: true, says: tooLarge},
	{style: "odata", name: "odata", keyed: true, tls: true, http2: true, prefers: true},
	{style: "jsonapi", name: "kettingJSONAPI", http2: true, says: "HTTP error 400"},
	{style: "jsonapi0", name: "datadog", unasked: 10, computes: true, probes: true, says: tooLarge},
	{style: "google", name: "googleGax", keyed: true, rooted: true, says: tooLarge},
	{style: "drf-page", name: "raDjango", needsAll: true, computes: true, http2: true, unasked: 25, says: "Bad Request"},
	{style: "spring", name: "raSpring", needsAll: true, computes: true, http2: true, unasked: 25, says: tooLarge},
	{style: "ra-simple", name: "raSimple", needsAll: true, computes: true, http2: true, unasked: 25, says: tooLarge},
	{style: "ra-json", name: "raJSONServer", needsAll: true, computes: true, http2: true, unasked: 25, says: tooLarge},
	{style: "hal", name: "kettingHAL", http2: true, says: "The limit is over the maximum"},
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

// TestWalkNodeRefused: whoever asks for too much where that is refused is told so, in
// the words of the client's vendor.
func TestWalkNodeRefused(t *testing.T) {
	l := startLabWith(t, "over_max reject")
	k := startNode(t, l)
	proveRefused(t, l, nodeClients, k.walk)
}
