package caddymodule

import (
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
)

// appendLinkBase appends the absolute URL, without its query, under which the client knows
// the list.
func (x *exchange) appendLinkBase(dst []byte) []byte {
	scheme, host := x.origin()
	return link.AppendBase(dst, scheme, host, x.original.EscapedPath())
}

// origin is the scheme and the host as a trusted proxy reports them, else as the request
// came in.
func (x *exchange) origin() (scheme, host string) {
	r := x.r
	scheme, host = "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if trusted, _ := x.vars[caddyhttp.TrustedProxyVarKey].(bool); trusted {
		if proto := strings.ToLower(firstOf(r.Header.Get("X-Forwarded-Proto"))); proto == "http" || proto == "https" {
			scheme = proto
		}
		if forwarded := firstOf(r.Header.Get("X-Forwarded-Host")); link.ValidHost(forwarded) {
			host = forwarded
		}
	}
	return scheme, host
}

// firstOf is the first member of a comma-separated list, which the proxy nearest
// to the client wrote.
func firstOf(value string) string {
	first, _, _ := strings.Cut(value, ",")
	return strings.TrimSpace(first)
}
