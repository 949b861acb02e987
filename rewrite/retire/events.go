package retire

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A Change is what happens at an instant of a calendar.
type Change string

// The changes, in the order in which they happen at one instant.
const (
	BrownoutEnds   Change = "brownout_ends"   // back to announce
	Announced      Change = "deprecated"      // announcing begins
	RolloutGrows   Change = "rollout"         // a larger share is enforced
	BrownoutBegins Change = "brownout_begins" // everyone is enforced for a while
	ExemptionEnds  Change = "exemption_ends"  // one client is treated as all others
	Enforced       Change = "sunset"          // everyone is enforced for good
)

// order is the place of a change among those of the same instant.
var order = []Change{BrownoutEnds, Announced, RolloutGrows, BrownoutBegins, ExemptionEnds, Enforced}

// An Event is one instant of a calendar, and what changes then.
type Event struct {
	// At is the instant, in UTC.
	At time.Time `json:"at"`

	// Change is what happens.
	Change Change `json:"change"`

	// Percent is the share that is enforced from here on, with RolloutGrows.
	Percent int `json:"percent,omitempty"`

	// Until is when the window closes, with BrownoutBegins.
	Until *time.Time `json:"until,omitempty"`

	// Client is whose exemption ends, with ExemptionEnds.
	Client string `json:"client,omitempty"`

	// Held tells that nothing happens, because the route is on hold.
	Held bool `json:"held,omitempty"`
}

// Events returns the instants of the calendar at which something changes, in the
// order of time. Nothing of what has passed is left out. Events of one instant
// follow each other as the changes are listed above.
func (c *Calendar) Events() []Event {
	var events []Event
	add := func(e Event) {
		e.At = e.At.UTC()
		e.Held = c.Hold && e.Change != Announced
		events = append(events, e)
	}
	if !c.Deprecated.IsZero() {
		add(Event{At: c.Deprecated, Change: Announced})
	}
	for _, step := range c.Rollout {
		add(Event{At: step.At, Change: RolloutGrows, Percent: step.Percent})
	}
	for _, w := range c.Brownouts {
		add(Event{At: w.Start, Change: BrownoutBegins, Until: new(w.End().UTC())})
		add(Event{At: w.End(), Change: BrownoutEnds})
	}
	if !c.Sunset.IsZero() {
		add(Event{At: c.Sunset, Change: Enforced})
	}
	Sort(events)
	return events
}

// Sort puts events in the order of time, those of one instant in the order of
// their changes.
func Sort(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(slices.Index(order, a.Change), slices.Index(order, b.Change)))
	})
}

// Next returns the first of sorted events behind an instant that changes
// anything, nil if there is none.
func Next(events []Event, now time.Time) *Event {
	for i := range events {
		if !events[i].Held && events[i].At.After(now) {
			return &events[i]
		}
	}
	return nil
}

// String says in a sentence's part what changes.
func (e Event) String() string {
	text := e.text()
	if e.Held {
		return text + " (on hold: nothing changes)"
	}
	return text
}

func (e Event) text() string {
	switch e.Change {
	case Announced:
		return "announce: affected clients are told"
	case RolloutGrows:
		return fmt.Sprintf("enforce for %d percent of the clients", e.Percent)
	case BrownoutBegins:
		return "brownout: enforce for everyone until " + instant(*e.Until)
	case BrownoutEnds:
		return "the brownout ends"
	case ExemptionEnds:
		return "the exemption of " + e.Client + " ends"
	case Enforced:
		return "enforce for everyone"
	}
	return string(e.Change)
}
