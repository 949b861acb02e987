package report

import (
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// A Plan is what a configuration says of a route.
type Plan struct {
	Calendar retire.Calendar

	// Phase is the one that is configured in the calendar's place; empty if none is.
	Phase retire.Phase

	// Exempt returns when the exemption of a client ends or ended, zero if it has
	// none. nil if nobody is exempt.
	Exempt func(client, source string) time.Time

	// Parameter and Max are by what a client asks for a page, and how large it may
	// be.
	Parameter string
	Max       int64
}

// due tells whether limits are enforced for a client, apart from exemptions and
// brownouts, and if not, from when on they will be; zero if no date is set.
func (p *Plan) due(client string, now time.Time) (enforced bool, date time.Time) {
	c := &p.Calendar
	ahead := time.Time{}
	if c.Sunset.After(now) {
		ahead = c.Sunset
	}
	if p.Phase != "" {
		return p.Phase == retire.Enforce, ahead
	}
	cohort := retire.CohortOf(client)
	if c.PhaseAt(now) == retire.Enforce || cohort.In(c.Share(now)) {
		return true, time.Time{}
	}
	if c.Hold {
		return false, ahead
	}
	for _, step := range c.Rollout {
		if step.At.After(now) && cohort.In(step.Percent) {
			return false, step.At
		}
	}
	return false, ahead
}

// phase is that of the route.
func (p *Plan) phase(now time.Time) retire.Phase {
	if p.Phase != "" {
		return p.Phase
	}
	return p.Calendar.PhaseAt(now)
}

// A judge knows of one route what is needed to tell a client's status: the plan,
// or without one what the requests themselves have told.
type judge struct {
	plan   *Plan
	sunset time.Time // that the last request told, without a plan
	now    time.Time
}

// status is a client's, by what it has come to.
func (j *judge) status(id identity, u *adoption.Usage) (Status, time.Time) {
	switch {
	case u.Compliant == u.Requests && u.Affected == 0:
		return OK, time.Time{}
	case u.Affected == 0:
		return Latent, time.Time{}
	}
	if until := j.exempt(id, u); until.After(j.now) {
		return Exempt, until
	}
	enforced, date := j.due(id, u)
	if enforced {
		return Overdue, time.Time{}
	}
	return FixBy, date
}

func (j *judge) exempt(id identity, u *adoption.Usage) time.Time {
	switch {
	case j.plan == nil:
		return u.ExemptUntil
	case j.plan.Exempt == nil || id.together():
		return time.Time{}
	}
	return j.plan.Exempt(id.client, id.source)
}

func (j *judge) due(id identity, u *adoption.Usage) (enforced bool, date time.Time) {
	switch {
	case j.plan != nil && id.together():
		return j.plan.due("", j.now) // the last cohort
	case j.plan != nil:
		return j.plan.due(id.client, j.now)
	case u.Phase == string(retire.Enforce), !j.sunset.IsZero() && !j.sunset.After(j.now):
		return true, time.Time{}
	}
	return false, j.sunset
}
