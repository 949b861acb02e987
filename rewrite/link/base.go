package link

import (
	"net/netip"
	"strconv"
	"strings"
)

// maxHost is the length of the longest name in the DNS, in characters.
const maxHost = 253

// Base returns the absolute URL of a path, without a query, as the start of
// links: scheme and host as the client used them, and path as it stood in the
// request line, still escaped. Leading slashes are collapsed to one, since "//x"
// would be a host to whoever resolves it; a missing one is added; bytes are
// escaped as by [Escape], and "?" too.
//
// It returns the empty string when the scheme is neither "http" nor "https" in
// lower case, or the host is not valid (see ValidHost). Then there is no
// absolute link to give. "" and a query with its "?" still make a reference
// that resolves to the page that it stands on.
func Base(scheme, host, path string) string {
	return string(AppendBase(nil, scheme, host, path))
}

// AppendBase appends to dst what Base returns.
func AppendBase(dst []byte, scheme, host, path string) []byte {
	if scheme != "http" && scheme != "https" || !ValidHost(host) {
		return dst
	}
	dst = append(dst, scheme...)
	dst = append(dst, "://"...)
	dst = append(dst, host...)
	dst = append(dst, '/')
	path = strings.TrimLeft(path, "/")
	for {
		before, after, found := strings.Cut(path, "?")
		dst = appendEscaped(dst, before)
		if !found {
			return dst
		}
		dst, path = append(dst, "%3F"...), after
	}
}

// ValidHost reports whether a Host header is a name, an IPv4 address or an IPv6
// address in brackets, each with or without a port. It is stricter than RFC
// 9110, section 7.2: a name is of letters, digits, "-", "_" and ".", and an
// address has no zone. Host is the client's to choose, and a link with a forged
// one could send others elsewhere (by a cache) or break out of its brackets.
func ValidHost(host string) bool {
	if strings.HasPrefix(host, "[") {
		address, port, closed := strings.Cut(host[1:], "]")
		if !closed || port != "" && !validPort(port) {
			return false
		}
		ip, err := netip.ParseAddr(address)
		return err == nil && ip.Is6() && ip.Zone() == ""
	}
	if i := strings.IndexByte(host, ':'); i >= 0 {
		if !validPort(host[i:]) {
			return false
		}
		host = host[:i]
	}
	if host == "" || len(host) > maxHost {
		return false
	}
	for i := range len(host) {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.' || c == '-' || c == '_':
		default:
			return false
		}
	}
	return true
}

// validPort reports whether port is a ":" and a number of 16 bits.
func validPort(port string) bool {
	if port[0] != ':' || len(port) > len(":65535") {
		return false
	}
	_, err := strconv.ParseUint(port[1:], 10, 16)
	return err == nil
}
