package caddymodule

import (
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
)

func (h *Handler) checkSnapshot() error {
	s := h.Snapshot
	if err := oneOf("snapshot.mode", s.Mode, "lazy", "eager", "off"); err != nil {
		return err
	}
	switch {
	case s.Mode != "off" && h.Upstream.Name != unbounded:
		return wrongf("snapshot.mode", "snapshot %s is for an unbounded upstream: upstream %s is asked for each page by itself", s.Mode, h.Upstream.Name)
	case s.TTL < 0:
		return wrongf("snapshot.ttl", "must be positive, not %s", time.Duration(s.TTL))
	case s.MaxAge < 0:
		return wrongf("snapshot.max_age", "must be positive, not %s", time.Duration(s.MaxAge))
	case s.MaxSize < 0:
		return wrongf("snapshot.max_size", "must be positive, not %d", s.MaxSize)
	}
	for i, name := range s.IgnoreHeader {
		if !isToken(name) {
			return wrongf(indexed("snapshot.ignore_header", i), "%q is no name of a header", name)
		}
	}
	return nil
}

func checkPositive(option string, d caddy.Duration) error {
	if d <= 0 {
		return wrongf(option, "a duration must be positive, not %s", time.Duration(d))
	}
	return nil
}

// tokenBytes are what a token may consist of (RFC 9110, section 5.6.2), as the
// names of headers do.
const tokenBytes = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func isToken(text string) bool {
	return text != "" && strings.Trim(text, tokenBytes) == ""
}
