package caddymodule

import (
	"github.com/caddyserver/caddy/v2"
)

// ExemptConfig is one client that keeps the unbounded list for longer than the
// others.
type ExemptConfig struct {
	// The client's identity as the adoption log writes it (`paginate.client`). A
	// client that is known by a credential may be written as the credential, too.
	// It should come from authentication, a key or a certificate: what names a
	// program or an address is used, but warned about at load.
	Client string `json:"client,omitempty"`

	// When the exemption ends: an RFC 3339 date (00:00 UTC) or instant. From
	// then on the client is treated as all others. Required: an exemption without
	// an end is how a list stays unbounded.
	Until string `json:"until,omitempty"`

	// Why, for reports. Default: none.
	Reason string `json:"reason,omitempty"`

	// The most items that an answer to this client holds meanwhile. A longer list
	// is cut, with a link to the rest, and whatever limit is asked for is judged
	// by this one in place of `max_limit`. At least `max_limit`. Default: no such
	// bound, the client gets the list as ever.
	Max int64 `json:"max,omitempty"`
}

// RetireConfig is the calendar by which the unbounded list is retired. Dates
// are RFC 3339 dates (00:00 UTC) or instants. At least one of `deprecated`,
// `sunset` and `hold` is required, unless the handler's `phase` is set.
type RetireConfig struct {
	// From here on the route announces: answers that enforcement would change
	// carry `Deprecation` (RFC 9745). Before it, requests are only observed.
	// Default: none; the route announces until `sunset`.
	Deprecated string `json:"deprecated,omitempty"`

	// Shares of the clients that are enforced before `sunset`, growing. Which
	// clients those are is decided by a hash of their identity alone: who is
	// enforced at one percentage is at every larger one, on every instance and
	// route. A client without identity comes last. Identities should come from
	// authentication, keys or certificates; others are used, but warned about at
	// load. Default: none.
	Rollout []RolloutStep `json:"rollout,omitempty"`

	// Windows in which everyone is enforced, as a rehearsal. What is refused in
	// one says so, and when it ends. They must not overlap, begin before
	// `deprecated` or reach beyond `sunset`. Default: none.
	Brownout []BrownoutWindow `json:"brownout,omitempty"`

	// From here on limits are enforced; announced by `Sunset` (RFC 8594). Not
	// before `deprecated`. Default: none, the route announces for good.
	Sunset string `json:"sunset,omitempty"`

	// Absolute URL of what clients should read, sent as `rel="deprecation"`
	// (RFC 9745). Default: none.
	Docs string `json:"docs,omitempty"`

	// Absolute URL of the policy behind the date, sent as `rel="sunset"`
	// (RFC 8594). Default: none.
	Policy string `json:"policy,omitempty"`

	// Stays in announce whatever the dates say, to put off a sunset by a
	// reload; rollout and brownouts rest too. Default: false.
	Hold bool `json:"hold,omitempty"`

	// Whether `docs` and `policy` are sent as `Link` lines; `off` is for
	// clients that take any `Link` for the next page. Default: `on`.
	Links string `json:"links,omitempty"`
}

// RolloutStep enforces limits for a share of the clients.
type RolloutStep struct {
	// When the step begins. Steps stand in the order of time, none before
	// `deprecated`, all before `sunset`.
	From string `json:"from,omitempty"`

	// The share of the clients that are enforced, from 1 to 100; more than that
	// of the step before.
	Percent int `json:"percent"`
}

// BrownoutWindow enforces limits for everyone for a while.
type BrownoutWindow struct {
	// When the window begins.
	At string `json:"at,omitempty"`

	// How long it lasts; more than 0.
	For caddy.Duration `json:"for,omitempty"`
}
