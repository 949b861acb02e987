package caddymodule

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

// An identity is who calls: a value, and the placeholder that told it.
type identity struct {
	value, source string
}

// A clientSource is one link of the chain that tells who calls.
type clientSource struct {
	text   string                  // the placeholder as configured
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
	switch name {
	case "http.request.remote.host", "http.request.remote", "http.request.client_ip", "http.vars.client_ip":
		source.keep = cutAddress
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
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("client\x00" + raw))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// identify returns the first identity of the chain, or none. A credential that
// cannot be hashed, because the secret is out of reach, names nobody.
func identify(sources []clientSource, repl *caddy.Replacer, secret func() ([]byte, error)) identity {
	for _, s := range sources {
		raw := repl.ReplaceAll(s.text, "")
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

// cutAddress leaves of an IP address what names a network: /24 of IPv4, /48 of
// IPv6. What is no address is left out.
func cutAddress(host string) string {
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
	return prefix.String()
}
