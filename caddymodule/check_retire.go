package caddymodule

import (
	"fmt"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

func (h *Handler) checkSnapshot() error {
	s := h.Snapshot
	if err := oneOf("snapshot.mode", s.Mode, "lazy", "eager", "off"); err != nil {
		return err
	}
	switch {
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

func (h *Handler) checkExempt() error {
	seen := make(map[string]bool)
	for i, e := range h.Exempt {
		at := indexed("exempt", i)
		switch {
		case e.Client == "":
			return wrongf(at+".client", "an exemption needs a client")
		case seen[e.Client]:
			return wrongf(at+".client", "client %q is exempt twice", e.Client)
		case e.Until == "":
			return wrongf(at, "the exemption of client %q needs until, the date of its end", e.Client)
		case e.Max < 0 || e.Max > highestLimit:
			return wrongf(at+".max", "the maximum of client %q must be from 1 to %d, not %d", e.Client, highestLimit, e.Max)
		}
		if _, err := parseDate(at+".until", e.Until); err != nil {
			return err
		}
		seen[e.Client] = true
	}
	return nil
}

func (h *Handler) checkRetire() error {
	r := h.Retire
	if r == nil {
		return nil
	}
	if err := oneOf("retire.links", r.Links, "on", "off"); err != nil {
		return err
	}
	calendar, err := r.calendar()
	if err != nil {
		return err
	}
	// The calendar checks itself, but does not know what its parts are called
	// here: they are shown to it one at a time, the dates last.
	if err := (retire.Calendar{Docs: r.Docs}).Check(); err != nil {
		return wrong("retire.docs", err)
	}
	if err := (retire.Calendar{Policy: r.Policy}).Check(); err != nil {
		return wrong("retire.policy", err)
	}
	if err := calendar.Check(); err != nil {
		return wrong("retire.sunset", err)
	}
	if h.Phase == "" && r.Deprecated == "" && r.Sunset == "" && !r.Hold {
		return wrongf("retire", "needs deprecated, sunset or hold, unless phase says where the route stands")
	}
	if err := r.checkRollout(calendar); err != nil {
		return err
	}
	return r.checkBrownout()
}

// calendar is what the dates of the block say; the zero Calendar for nil.
func (r *RetireConfig) calendar() (c retire.Calendar, err error) {
	if r == nil {
		return c, nil
	}
	c = retire.Calendar{Hold: r.Hold, Docs: r.Docs, Policy: r.Policy, NoLinks: r.Links == "off"}
	if r.Deprecated != "" {
		if c.Deprecated, err = parseDate("retire.deprecated", r.Deprecated); err != nil {
			return c, err
		}
	}
	if r.Sunset != "" {
		if c.Sunset, err = parseDate("retire.sunset", r.Sunset); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (r *RetireConfig) checkRollout(c retire.Calendar) error {
	var last RolloutStep
	var lastFrom time.Time
	for i, step := range r.Rollout {
		at := indexed("retire.rollout", i)
		from, err := parseDate(at, step.From)
		switch {
		case err != nil:
			return err
		case step.Percent < 0 || step.Percent > 100:
			return wrongf(at, "a share must be from 0 to 100 percent, not %d", step.Percent)
		case i > 0 && !from.After(lastFrom):
			return wrongf(at, "the step of %s must come after the one of %s", step.From, last.From)
		case i > 0 && step.Percent <= last.Percent:
			return wrongf(at, "a rollout must grow: %d percent on %s, but %d on %s",
				last.Percent, last.From, step.Percent, step.From)
		case from.Before(c.Deprecated):
			return wrongf(at, "the step of %s is before deprecated, %s", step.From, r.Deprecated)
		case r.Sunset != "" && !from.Before(c.Sunset):
			return wrongf(at, "the step of %s is not before sunset, %s, when everyone is enforced", step.From, r.Sunset)
		}
		last, lastFrom = step, from
	}
	return nil
}

func (r *RetireConfig) checkBrownout() error {
	for i, window := range r.Brownout {
		at := indexed("retire.brownout", i)
		if _, err := parseDate(at, window.At); err != nil {
			return err
		}
		if err := checkPositive(at, window.For); err != nil {
			return err
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

func parseDate(option, text string) (time.Time, error) {
	t, err := retire.ParseDate(text)
	if err != nil {
		return t, wrong(option, fmt.Errorf("parsing date: %w", err))
	}
	return t, nil
}

// tokenBytes are what a token may consist of (RFC 9110, section 5.6.2), as the
// names of headers do.
const tokenBytes = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func isToken(text string) bool {
	return text != "" && strings.Trim(text, tokenBytes) == ""
}
