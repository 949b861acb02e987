package retire

import (
	"slices"
	"time"
)

// A Step of a rollout enforces limits for a share of the clients.
type Step struct {
	// At is when the step begins; it lasts until the next one.
	At time.Time

	// Percent is the share of the clients that are enforced, from 1 to 100.
	Percent int
}

// A Window of a brownout enforces limits for every client, for a while.
type Window struct {
	// Start is the first instant of the window.
	Start time.Time

	// Duration is how long it lasts; more than 0.
	Duration time.Duration
}

// End is the first instant behind the window.
func (w Window) End() time.Time { return w.Start.Add(w.Duration) }

// IsZero tells whether w is no window at all.
func (w Window) IsZero() bool { return w.Start.IsZero() && w.Duration == 0 }

// Contains tells whether the window is open at an instant.
func (w Window) Contains(now time.Time) bool {
	return !now.Before(w.Start) && now.Before(w.End())
}

// An Exemption lets one client keep the unlimited list for longer.
type Exemption struct {
	// Until is the first instant at which the client is treated as all others.
	Until time.Time
}

// A Client is what the phase depends on besides the instant. The zero Client is
// in the first cohort and not exempt.
type Client struct {
	// Cohort is the client's place in the queue of a rollout.
	Cohort Cohort

	// Exemption is the client's, nil if it has none.
	Exemption *Exemption
}

// A Decision is where one client stands at one instant.
type Decision struct {
	// Phase is the client's phase.
	Phase Phase

	// Brownout is the window that makes the phase Enforce, and without which it
	// would be Announce. Zero if none does.
	Brownout Window

	// Exempt tells that an exemption makes the phase Announce, and that it would
	// be Enforce without.
	Exempt bool
}

// At returns where a client stands at an instant. It depends on nothing else, so
// that every instance comes to the same decision. In this order:
//
//   - before Deprecated, everybody is observed;
//   - with Hold, everybody is in announce;
//   - from Sunset, and from the client's step of the rollout, limits are
//     enforced;
//   - in a brownout they are too, and the decision names it;
//   - else the client is in announce.
//
// A client that would be enforced, and is exempt, is in announce until its
// exemption ends.
func (c *Calendar) At(now time.Time, client Client) Decision {
	d := Decision{Phase: c.PhaseAt(now)}
	if d.Phase == Announce && !c.Hold {
		if client.Cohort.In(c.Share(now)) {
			d.Phase = Enforce
		} else if d.Brownout = c.brownout(now); !d.Brownout.IsZero() {
			d.Phase = Enforce
		}
	}
	return d.Except(now, client)
}

// Except applies the client's exemption, if it has one that has not ended, to a
// decision.
func (d Decision) Except(now time.Time, client Client) Decision {
	if d.Phase == Enforce && client.Exemption != nil && now.Before(client.Exemption.Until) {
		return Decision{Phase: Announce, Exempt: true}
	}
	return d
}

// PhaseAt returns the phase of the route at an instant, that is of the clients
// that no rollout has reached yet, outside of brownouts. Each date belongs to the
// phase that it begins.
//
//	             deprecated      sunset
//	   observe        |  announce   |  enforce (with Hold: announce)
//	------------------+-------------+-------->
//
// Without Deprecated, announcing begins at once; without Sunset it goes on. With
// no date at all, and without Hold, limits are enforced.
func (c *Calendar) PhaseAt(now time.Time) Phase {
	switch {
	case now.Before(c.Deprecated): // never before the zero time, if it is not set
		return Observe
	case c.Hold:
		return Announce
	case !c.Sunset.IsZero() && now.Before(c.Sunset):
		return Announce
	case c.Sunset.IsZero() && c.planned():
		return Announce
	default:
		return Enforce
	}
}

// planned tells whether there is any date but a sunset.
func (c *Calendar) planned() bool {
	return !c.Deprecated.IsZero() || len(c.Rollout) > 0 || len(c.Brownouts) > 0
}

// Share returns the percentage of the clients that the rollout enforces at an
// instant: 0 before its first step, and with Hold; 100 from Sunset.
func (c *Calendar) Share(now time.Time) int {
	switch c.PhaseAt(now) {
	case Enforce:
		return 100
	case Announce:
		if c.Hold {
			return 0
		}
	default:
		return 0
	}
	for _, step := range slices.Backward(c.Rollout) {
		if !now.Before(step.At) {
			return step.Percent
		}
	}
	return 0
}

// Brownout returns the window that is open at an instant, the zero Window if
// none is or if it has no effect then.
func (c *Calendar) Brownout(now time.Time) Window {
	if c.Hold || c.PhaseAt(now) != Announce {
		return Window{}
	}
	return c.brownout(now)
}

func (c *Calendar) brownout(now time.Time) Window {
	for _, w := range c.Brownouts {
		if w.Contains(now) {
			return w
		}
	}
	return Window{}
}

// Divided tells whether the rollout treats some clients otherwise than the
// others at an instant, so that an answer to one is none for all. A brownout
// makes them equal for a while, but what was stored before it, or will be sent
// behind it, is not: it does not end the division.
func (c *Calendar) Divided(now time.Time) bool {
	share := c.Share(now)
	return 0 < share && share < 100
}
