// Package retire is the calendar by which a route gives up unlimited lists:
// which phase its dates put it in at an instant, for which client, and the
// headers that tell clients (Deprecation, RFC 9745; Sunset, RFC 8594; Link). It
// has no clock of its own.
package retire

import (
	"fmt"
	"time"
)

// Phase is where a route stands on its way to enforced limits.
type Phase string

// The phases, in the order in which a route goes through them.
const (
	Off      Phase = "off"      // requests are neither changed nor seen
	Observe  Phase = "observe"  // requests are counted and logged, not changed
	Announce Phase = "announce" // requests that will be affected are told so in headers
	Enforce  Phase = "enforce"  // limits are enforced
)

// ParsePhase reads a phase as the configuration spells it, in lower case.
// There is no default: the empty text is an error.
func ParsePhase(text string) (Phase, error) {
	switch phase := Phase(text); phase {
	case Off, Observe, Announce, Enforce:
		return phase, nil
	default:
		return "", fmt.Errorf("%q is no phase: want off, observe, announce or enforce", text)
	}
}

// Calendar is what was decided about one route: the dates, and where clients
// can read about them. The zero Calendar is a route without any plan, whose
// limits are simply enforced.
type Calendar struct {
	// Deprecated is when announcing begins. Before it, requests are observed.
	// Zero means not set: announcing begins at once.
	Deprecated time.Time

	// Rollout are the steps by which a growing share of the clients is
	// enforced before Sunset, in the order of time. Empty means none.
	Rollout []Step

	// Brownouts are the windows in which every client is enforced, as a
	// rehearsal. They do not overlap; their order does not count. Empty means
	// none.
	Brownouts []Window

	// Sunset is when enforcing begins. Zero means not set: announcing goes on.
	Sunset time.Time

	// Hold keeps the route from being enforced, whatever the date: rollout and
	// brownouts rest too. It is the brake for a date that slips.
	Hold bool

	// Docs is the URL that explains the deprecation (rel="deprecation").
	// Empty means none.
	Docs string

	// Policy is the URL of the sunset policy (rel="sunset"). Empty means none.
	Policy string

	// NoLinks leaves out the Link lines, for clients that follow the first
	// link of a response whatever its relation.
	NoLinks bool
}

// Warnings returns what time alone has made worth a look at now, a sentence
// each. None of it is an error: a restart must not fail because a day went by.
func (c *Calendar) Warnings(now time.Time) []string {
	if c.Sunset.IsZero() || now.Before(c.Sunset) {
		return nil
	}
	if c.Hold {
		return []string{fmt.Sprintf("sunset %s is reached, but hold keeps the limits from being enforced: "+
			"move the sunset, or remove hold", instant(c.Sunset))}
	}
	return []string{fmt.Sprintf("sunset %s is reached: limits are enforced for every client", instant(c.Sunset))}
}

// instant is a date as messages show it.
func instant(t time.Time) string {
	return t.UTC().Format(time.RFC3339Nano)
}
