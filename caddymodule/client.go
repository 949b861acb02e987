package caddymodule

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
)

// An identity is who calls: a value, and the placeholder that told it.
type identity struct {
	value, source string
}

// A clientSource is one link of the chain that tells who calls.
type clientSource struct {
	text   string                  // the placeholder as configured
	name   string                  // the same without braces, empty if there is more to it
	header string                  // the header field that it is, if it is one
	tls    bool                    // it is about TLS
	keep   func(raw string) string // what is kept of its value
	secret bool                    // its value is a credential: only a keyed hash is kept
}

// newClientSources prepares the chain. Values that come from credentials are only
// ever kept as HMAC-SHA-256/128 under the secret: a plain hash of a key could be
// found by trying keys.
func newClientSources(placeholders []string) []clientSource {
	sources := make([]clientSource, len(placeholders))
	for i, text := range placeholders {
		sources[i] = newClientSource(text)
	}
	return sources
}

// newClientSource says how to keep what a placeholder gives. What is not known
// to be harmless counts as a credential.
func newClientSource(text string) clientSource {
	name := strings.ToLower(strings.Trim(text, "{}"))
	header, isHeader := strings.CutPrefix(name, "http.request.header.")
	source := clientSource{text: text, keep: cutIfAddress}
	if inner := strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}"); "{"+inner+"}" == text && !strings.ContainsAny(inner, "{}") {
		source.name = inner
		source.tls = strings.HasPrefix(inner, "http.request.tls.")
		if field, ok := strings.CutPrefix(inner, "http.request.header."); ok {
			source.header = http.CanonicalHeaderKey(field)
		}
	}
	switch name {
	case "http.request.remote.host", "http.request.remote", "http.request.client_ip", "http.vars.client_ip":
		source.keep = cutAddress
		return source
	case "http.request.header.forwarded", "http.request.header.x-forwarded-for":
		source.keep = cutForwarded
		return source
	case "http.request.host":
		return source
	}
	harmless := isHeader && !secretive(header) ||
		strings.HasPrefix(name, "http.auth.user.") && !secretive(strings.TrimPrefix(name, "http.auth.")) ||
		strings.HasPrefix(name, "http.request.tls.client.") ||
		strings.HasPrefix(name, "http.vars.") && !secretive(name)
	source.secret = !harmless
	return source
}

// secretive tells whether a header of that name may carry a credential, if only
// in a query.
func secretive(header string) bool {
	for _, word := range []string{"auth", "cookie", "key", "token", "secret", "session", "pass", "signature", "credential", "jwt", "dpop", "referer", "uri", "url"} {
		if strings.Contains(header, word) {
			return true
		}
	}
	return false
}

func keyed(raw string, secret []byte) string {
	k, _ := keyers.Get().(*keyer)
	if k == nil || !hmac.Equal(k.secret, secret) {
		k = &keyer{secret: bytes.Clone(secret), mac: hmac.New(sha256.New, secret)}
	}
	defer keyers.Put(k)
	k.mac.Reset()
	k.text = append(append(k.text[:0], "client\x00"...), raw...)
	k.mac.Write(k.text)
	if cap(k.text) > maxPooled {
		k.text = nil
	}
	k.sum = k.mac.Sum(k.sum[:0])
	k.hex = hex.AppendEncode(k.hex[:0], k.sum[:16])
	return string(k.hex)
}

// A keyer hashes credentials. It is kept, since hashes are dear to make.
type keyer struct {
	secret         []byte
	mac            hash.Hash
	text, sum, hex []byte
}

var keyers sync.Pool // of *keyer

// raw is the placeholder's value. What is usual is looked up here: the replacer
// tries everything else before.
func (s *clientSource) raw(repl *caddy.Replacer, r *http.Request) string {
	switch {
	case s.header != "" && r != nil:
		return strings.Join(r.Header[s.header], ",")
	case s.tls && r != nil && r.TLS == nil:
		return ""
	case s.name != "":
		value, _ := repl.GetString(s.name)
		return value
	}
	return repl.ReplaceAll(s.text, "")
}

// identify returns the first identity of the chain, or none. A credential that
// cannot be hashed, because the secret is out of reach, names nobody.
func identify(sources []clientSource, repl *caddy.Replacer, r *http.Request, secret func() ([]byte, error)) identity {
	for i := range sources {
		s := &sources[i]
		raw := s.raw(repl, r)
		if raw == "" {
			continue
		}
		if !s.secret {
			return identity{value: s.keep(raw), source: s.text}
		}
		key, err := secret()
		if err != nil {
			return identity{source: s.text}
		}
		return identity{value: keyed(raw, key), source: s.text}
	}
	return identity{}
}

// cutIfAddress keeps a value, unless it is an address or, as X-Forwarded-For, a
// list that begins with one.
func cutIfAddress(raw string) string {
	if network := cutAddress(firstOf(raw)); network != "" {
		return network
	}
	return raw
}

// cutForwarded keeps the network of the first address in Forwarded (RFC 7239) or
// X-Forwarded-For, behind whatever names stand before it.
func cutForwarded(raw string) string {
	for part := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == ',' || c == ';' }) {
		if _, value, ok := strings.Cut(part, "="); ok {
			part = value
		}
		if part = strings.Trim(part, " \t\""); strings.HasSuffix(part, "]") {
			part = strings.Trim(part, "[]") // IPv6 without a port
		}
		if network := cutAddress(part); network != "" {
			return network
		}
	}
	return raw
}

// mayBeAddress tells whether all bytes before a zone are those of an IP address
// and a port.
func mayBeAddress(host string) bool {
	for i := range len(host) {
		switch c := host[i]; {
		case c == '%':
			return true
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		case c == '.' || c == ':' || c == '[' || c == ']':
		default:
			return false
		}
	}
	return true
}

// cutAddress leaves of an IP address what names a network: /24 of IPv4, /48 of
// IPv6. What is no address is left out.
func cutAddress(host string) string {
	if !mayBeAddress(host) {
		return "" // without the errors, which are dear, and usual for user agents
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		port, err := netip.ParseAddrPort(host)
		if err != nil {
			return ""
		}
		addr = port.Addr()
	}
	addr = addr.Unmap().WithZone("")
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	var text [len("ffff:ffff:ffff::/48")]byte
	return string(prefix.AppendTo(text[:0]))
}
