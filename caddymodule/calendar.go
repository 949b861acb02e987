package caddymodule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// A calendarReport says of every route what changes when, and where it stands.
type calendarReport struct {
	Now    time.Time       `json:"now"`
	Routes []calendarRoute `json:"routes"`
}

// A calendarRoute is the calendar of one route.
type calendarRoute struct {
	Route string `json:"route"`

	// Phase is that of the clients that neither a rollout nor an exemption
	// singles out.
	Phase retire.Phase `json:"phase"`

	// ByPhase tells that the option phase decides, and no date of the calendar
	// counts.
	ByPhase bool `json:"by_phase,omitempty"`

	Hold bool `json:"hold,omitempty"`

	// Percent is the share of the clients for which limits are enforced.
	Percent int `json:"enforced_percent"`

	// BrownoutUntil is when the brownout ends that is on.
	BrownoutUntil *time.Time `json:"brownout_until,omitempty"`

	// Next is the first event to come that changes anything.
	Next *retire.Event `json:"next,omitempty"`

	Events []retire.Event   `json:"events"`
	Exempt []calendarExempt `json:"exempt,omitempty"`
}

// A calendarExempt is an exemption, past or not.
type calendarExempt struct {
	Client string    `json:"client"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason,omitempty"`
	Max    int64     `json:"max,omitempty"`
}

// newCalendarRoute is the calendar of a route at an instant. Configured is the
// option phase, empty if the calendar decides.
func newCalendarRoute(name string, configured retire.Phase, c *retire.Calendar, exempt *exemptions, now time.Time) calendarRoute {
	r := calendarRoute{Route: name, Events: []retire.Event{}}
	if configured != "" {
		r.Phase, r.ByPhase = configured, len(c.Events()) > 0
		if configured == retire.Enforce {
			r.Percent = 100
		}
	} else {
		d := c.At(now, retire.Client{Cohort: retire.LastCohort})
		r.Phase, r.Hold, r.Percent = d.Phase, c.Hold, c.Share(now)
		r.Events = append(r.Events, c.Events()...)
		if !d.Brownout.IsZero() {
			r.BrownoutUntil = new(d.Brownout.End().UTC())
			r.Percent = 100
		}
	}
	for _, e := range exempt.all {
		r.Exempt = append(r.Exempt, calendarExempt{e.shown, e.Until, e.reason, e.max})
		if configured == "" || configured == retire.Enforce {
			r.Events = append(r.Events, retire.Event{At: e.Until.UTC(), Change: retire.ExemptionEnds, Client: e.shown, Held: r.Hold})
		}
	}
	retire.Sort(r.Events)
	r.Next = retire.Next(r.Events, now)
	return r
}

// today says where a route stands.
func (r *calendarRoute) today() string {
	switch {
	case r.ByPhase:
		return string(r.Phase) + ", by the option phase: dates do not count"
	case r.Hold:
		return string(r.Phase) + ", on hold"
	case r.BrownoutUntil != nil:
		return "a brownout, until " + r.BrownoutUntil.Format(time.RFC3339) + ": limits are enforced for everyone"
	case 0 < r.Percent && r.Percent < 100:
		return fmt.Sprintf("%s; limits are enforced for %d percent of the clients", r.Phase, r.Percent)
	}
	return string(r.Phase)
}

// writeTable writes a line for each event, and one for today at its place among
// them.
func (c *calendarReport) writeTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ROUTE\tINSTANT\tWHAT CHANGES")
	for i := range c.Routes {
		r := &c.Routes[i]
		line := func(at time.Time, what string) {
			fmt.Fprintf(table, "%s\t%s\t%s\n", r.Route, at.UTC().Format(time.RFC3339), what)
		}
		told := false
		for _, e := range r.Events {
			if !told && e.At.After(c.Now) {
				line(c.Now, "TODAY: "+r.today())
				told = true
			}
			line(e.At, e.String()+r.reason(e))
		}
		if !told {
			line(c.Now, "TODAY: "+r.today())
		}
	}
	return table.Flush()
}

// reason is why a client was exempt whose exemption ends, in brackets.
func (r *calendarRoute) reason(e retire.Event) string {
	for _, x := range r.Exempt {
		if e.Change == retire.ExemptionEnds && x.Client == e.Client && x.Reason != "" {
			return " (" + x.Reason + ")"
		}
	}
	return ""
}

// liveCalendar reports the routes of the configuration that is in force.
func liveCalendar(now time.Time) calendarReport {
	c := calendarReport{Now: now.UTC(), Routes: []calendarRoute{}}
	if app := liveApp(); app != nil {
		for _, rt := range app.routes {
			c.Routes = append(c.Routes, newCalendarRoute(rt.name, rt.phase, &rt.calendar, rt.exempt, now))
		}
	}
	return c
}

// calendarOf reports the routes of a configuration in Caddy's native JSON. It runs
// nothing of it.
func calendarOf(config []byte, now time.Time) (calendarReport, error) {
	c := calendarReport{Now: now.UTC(), Routes: []calendarRoute{}}
	handlers, err := findHandlers(config)
	if err != nil {
		return c, err
	}
	for _, h := range handlers {
		h.applyDefaults()
		if err := h.check(); err != nil {
			return c, fmt.Errorf("checking route %q: %w", h.Name, err)
		}
		calendar, err := h.Retire.calendar()
		if err != nil {
			return c, err
		}
		exempt, err := newExemptions(h.Exempt, newClientSources(h.Client))
		if err != nil {
			return c, err
		}
		c.Routes = append(c.Routes, newCalendarRoute(h.Name, retire.Phase(h.Phase), &calendar, exempt, now))
	}
	return c, nil
}

// findHandlers finds our handlers in a configuration, however deep in subroutes.
func findHandlers(config []byte) ([]*Handler, error) {
	var root struct {
		Apps struct {
			HTTP any `json:"http"`
		} `json:"apps"`
	}
	decoder := json.NewDecoder(bytes.NewReader(config))
	decoder.UseNumber()
	if err := decoder.Decode(&root); err != nil {
		return nil, fmt.Errorf("decoding the configuration: %w", err)
	}
	var found []*Handler
	err := walkHandlers(root.Apps.HTTP, &found)
	return found, err
}

func walkHandlers(value any, found *[]*Handler) error {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			if err := walkHandlers(element, found); err != nil {
				return err
			}
		}
	case map[string]any:
		if value["handler"] == "paginate" {
			h, err := decodeFound(value)
			*found = append(*found, h)
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if err := walkHandlers(value[name], found); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodeFound reads one handler as Caddy does.
func decodeFound(value map[string]any) (*Handler, error) {
	delete(value, "handler")
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encoding a handler: %w", err)
	}
	h := new(Handler)
	if err := caddy.StrictUnmarshalJSON(text, h); err != nil {
		return nil, fmt.Errorf("decoding a handler: %w", err)
	}
	return h, nil
}
