package caddymodule

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
)

// A snapshot belongs to one upstream request. Two requests share one only if nothing
// that reaches the upstream tells them apart, so the key has everything that does,
// and leaves out by name what says nothing about the answer: what is between two
// hops, how the answer is encoded or cached, and what traces a request. A field that
// nobody thought of therefore keeps callers apart.
//
// reverse_proxy sends more than the request has: the client's address (as
// X-Forwarded-For, and an upstream may well answer by it), the scheme, and, where it
// is configured so, who has been authenticated, by whatever means, the certificate of
// the client, and the URL as it was before it was rewritten. They count too. Who
// knows that the upstream does not look at addresses names X-Forwarded-For in
// ignore_header.

// forwardedFor is the field that stands for the client's address.
const forwardedFor = "X-Forwarded-For"

// meaningless are the fields that the answer does not depend on.
var meaningless = fieldSet(
	// Between two hops (RFC 9110, section 7.6.1). Connection is treated apart, and
	// Proxy-Authorization is a credential.
	"Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Content-Length", "Http2-Settings", "Priority",
	// Encodings: the upstream is asked for none.
	"Accept-Encoding",
	// Caching. Those that ask for a part, or under a condition, are not sent.
	"Cache-Control", "Pragma", "If-None-Match", "If-Modified-Since", "If-Range", "Range",
	// Tracing: a value of its own for each request.
	"Traceparent", "Tracestate", "Baggage", "Correlation-Context", "Request-Id", "X-Request-Id", "X-Correlation-Id",
	"X-Request-Start", "X-Queue-Start", "B3", "X-Ot-Span-Context", "Uber-Trace-Id", "Sentry-Trace", "Newrelic",
	"Elastic-Apm-Traceparent", "X-Amzn-Trace-Id", "X-Amz-Cf-Id", "X-Cloud-Trace-Context", "X-Azure-Ref", "Cf-Ray",
	"Fly-Request-Id", "X-Vercel-Id",
)

// meaninglessFamilies begin the names of more fields that trace a request.
var meaninglessFamilies = [...]string{"X-B3-", "X-Datadog-"}

func fieldSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[http.CanonicalHeaderKey(name)] = true
	}
	return set
}

// A keying says what of a request makes the key of its snapshot.
type keying struct {
	place   string          // of the route in the configuration
	ignored map[string]bool // fields that do not count besides
}

func newKeying(place string, ignore []string) keying {
	k := keying{place: place, ignored: meaningless}
	if len(ignore) > 0 {
		k.ignored = maps.Clone(meaningless)
		maps.Copy(k.ignored, fieldSet(ignore...))
	}
	return k
}

// counts tells whether a field of a request is part of the key.
func (k keying) counts(name string, values []string) bool {
	switch {
	case name == "Connection" && !k.ignored[name]:
		return namesFields(values)
	case k.ignored[name]:
		return false
	}
	for _, family := range meaninglessFamilies {
		if strings.HasPrefix(name, family) {
			return false
		}
	}
	return true
}

// namesFields tells whether a Connection field names fields that go no further, and
// by which the request that reaches the upstream is another one.
func namesFields(values []string) bool {
	for _, line := range values {
		for option := range strings.SplitSeq(line, ",") {
			switch strings.ToLower(strings.TrimSpace(option)) {
			case "", "close", "keep-alive", "te":
			default:
				return true
			}
		}
	}
	return false
}

// A keyText is what a key is the digest of. Every part is written behind its length:
// no value can be made to look like two, or like another field's.
type keyText []byte

func (t *keyText) part(s string) {
	*t = binary.AppendUvarint(*t, uint64(len(s)))
	*t = append(*t, s...)
}

func (t *keyText) number(n int) { *t = binary.AppendUvarint(*t, uint64(n)) }

func (t *keyText) flag(b bool) {
	if b {
		*t = append(*t, 1)
	} else {
		*t = append(*t, 0)
	}
}

// snapshotKey is the key of the snapshot that the request, as it is made ready for the
// upstream, belongs to.
func (x *exchange) snapshotKey() [sha256.Size]byte {
	t, r, k := (*keyText)(&x.keyed), x.r, &x.rt.keying
	*t = (*t)[:0]
	t.part("paginate 2")
	t.part(x.rt.name)
	t.part(k.place)
	t.part(x.rt.list)
	t.part(r.Method)
	t.flag(r.TLS != nil)
	t.part(r.Host)
	t.part(r.URL.Opaque)
	t.part(r.URL.EscapedPath())
	t.part(link.Escape(r.URL.RawQuery)) // as the links of its pages have it
	t.part(string(x.edited.sent))
	x.keyOriginal(t)
	x.keyCaller(t)

	x.names = x.names[:0]
	for name, values := range r.Header {
		if k.counts(name, values) {
			x.names = append(x.names, name)
		}
	}
	slices.Sort(x.names)
	for _, name := range x.names {
		values := r.Header[name]
		t.part(name)
		t.number(len(values))
		for _, value := range values {
			t.part(value)
		}
	}
	return sha256.Sum256(*t)
}

// keyOriginal adds the URL as it was before it was rewritten, if it was.
func (x *exchange) keyOriginal(t *keyText) {
	path, query := x.original.EscapedPath(), x.original.RawQuery
	rewritten := path != x.r.URL.EscapedPath() || query != x.edited.rawQuery
	if t.flag(rewritten); !rewritten {
		return
	}
	reading := x.rt.reader.Read(query)
	t.part(path)
	t.part(link.Escape(reading.Upstream(x.plan.forward || x.rt.masks.forward)))
}

// keyCaller adds what is known of the caller besides the header.
func (x *exchange) keyCaller(t *keyText) {
	var address, user string
	if !x.rt.keying.ignored[forwardedFor] {
		address, _ = x.vars[caddyhttp.ClientIPVarKey].(string)
	}
	if x.repl != nil {
		user, _ = x.repl.GetString("http.auth.user.id")
	}
	t.part(address)
	t.part(user)
	var certificate []byte
	if x.r.TLS != nil && len(x.r.TLS.PeerCertificates) > 0 {
		certificate = x.r.TLS.PeerCertificates[0].Raw
	}
	t.part(string(certificate))
}
