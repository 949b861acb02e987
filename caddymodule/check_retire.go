package caddymodule

import (
	"fmt"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

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
	if faults := calendar.Faults(); len(faults) > 0 {
		fault := faults[0]
		option := "retire." + fault.Part
		if fault.Part == "rollout" || fault.Part == "brownout" {
			option = indexed(option, fault.Index)
		}
		return wrong(option, fault.Err)
	}
	if h.Phase == "" && r.Deprecated == "" && r.Sunset == "" && !r.Hold {
		return wrongf("retire", "needs deprecated, sunset or hold, unless phase says where the route stands")
	}
	return nil
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
	for i, step := range r.Rollout {
		at, err := parseDate(indexed("retire.rollout", i), step.From)
		if err != nil {
			return c, err
		}
		c.Rollout = append(c.Rollout, retire.Step{At: at, Percent: step.Percent})
	}
	for i, window := range r.Brownout {
		at, err := parseDate(indexed("retire.brownout", i), window.At)
		if err != nil {
			return c, err
		}
		c.Brownouts = append(c.Brownouts, retire.Window{Start: at, Duration: time.Duration(window.For)})
	}
	return c, nil
}

func parseDate(option, text string) (time.Time, error) {
	t, err := retire.ParseDate(text)
	if err != nil {
		return t, wrong(option, fmt.Errorf("parsing date: %w", err))
	}
	return t, nil
}
