package retire

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Fault is something wrong with one part of a calendar.
type Fault struct {
	// Part is what the Caddyfile calls the part: rollout, brownout, sunset, docs
	// or policy.
	Part string

	// Index tells which of several steps or windows it is, from 0.
	Index int

	Err error
}

// Check returns what is wrong with the calendar whatever the time: dates in an
// order that makes no sense (RFC 9745, section 4, for a sunset before
// deprecated), what can never have an effect, and URLs that are not absolute or
// cannot stand in a Link header. It joins the errors of Faults.
func (c *Calendar) Check() error {
	var errs []error
	for _, fault := range c.Faults() {
		errs = append(errs, fault.Err)
	}
	return errors.Join(errs...)
}

// Faults is Check, with the part that each error is about. Nil if all is well.
func (c *Calendar) Faults() []Fault {
	var faults []Fault
	if !c.Sunset.IsZero() && c.Sunset.Before(c.Deprecated) {
		faults = append(faults, Fault{
			Part: "sunset",
			Err:  fmt.Errorf("sunset %s is before deprecated %s", instant(c.Sunset), instant(c.Deprecated)),
		})
	}
	for i := range c.Rollout {
		if err := c.checkStep(i); err != nil {
			faults = append(faults, Fault{Part: "rollout", Index: i, Err: err})
		}
	}
	for i := range c.Brownouts {
		if err := c.checkWindow(i); err != nil {
			faults = append(faults, Fault{Part: "brownout", Index: i, Err: err})
		}
	}
	if err := checkURL(c.Docs); err != nil {
		faults = append(faults, Fault{Part: "docs", Err: fmt.Errorf("docs %w", err)})
	}
	if err := checkURL(c.Policy); err != nil {
		faults = append(faults, Fault{Part: "policy", Err: fmt.Errorf("policy %w", err)})
	}
	return faults
}

// checkStep checks a step against the dates and the step before it.
func (c *Calendar) checkStep(i int) error {
	step := c.Rollout[i]
	switch {
	case step.Percent < 1 || step.Percent > 100:
		return fmt.Errorf("a share must be from 1 to 100 percent, not %d", step.Percent)
	case step.At.Before(c.Deprecated):
		return fmt.Errorf("the step of %s is before deprecated, %s", instant(step.At), instant(c.Deprecated))
	case !c.Sunset.IsZero() && !step.At.Before(c.Sunset):
		return fmt.Errorf("the step of %s is not before sunset, %s, when everyone is enforced", instant(step.At), instant(c.Sunset))
	case i == 0:
		return nil
	}
	switch last := c.Rollout[i-1]; {
	case !step.At.After(last.At):
		return fmt.Errorf("the step of %s must come after the one of %s", instant(step.At), instant(last.At))
	case step.Percent <= last.Percent:
		return fmt.Errorf("a rollout must grow: %d percent on %s, but %d on %s",
			last.Percent, instant(last.At), step.Percent, instant(step.At))
	}
	return nil
}

// checkWindow checks a brownout against the dates and those before it in the
// configuration.
func (c *Calendar) checkWindow(i int) error {
	w := c.Brownouts[i]
	end, what := c.everyone()
	switch {
	case w.Duration <= 0:
		return fmt.Errorf("a duration must be positive, not %s", w.Duration)
	case w.Start.Before(c.Deprecated):
		return fmt.Errorf("the brownout of %s is before deprecated, %s: nobody has been told of it", instant(w.Start), instant(c.Deprecated))
	case !end.IsZero() && w.End().After(end):
		return fmt.Errorf("the brownout of %s ends on %s, after %s, %s, when everyone is enforced for good",
			instant(w.Start), instant(w.End()), what, instant(end))
	}
	for _, other := range c.Brownouts[:i] {
		if w.Start.Before(other.End()) && other.Start.Before(w.End()) {
			return fmt.Errorf("the brownout of %s overlaps the one of %s, which ends on %s",
				instant(w.Start), instant(other.Start), instant(other.End()))
		}
	}
	return nil
}

// everyone returns from when on every client is enforced for good, and by what;
// the zero time if no date says so.
func (c *Calendar) everyone() (from time.Time, what string) {
	for _, step := range slices.Backward(c.Rollout) {
		if step.Percent == 100 {
			return step.At, "the rollout's 100 percent"
		}
	}
	return c.Sunset, "sunset"
}
