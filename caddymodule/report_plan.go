package caddymodule

import (
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
)

// reportPlans are the routes' plans, by their names. secret is that by which
// credentials are hashed; without one no client that is known by them is exempt.
func reportPlans(routes []*runtime, secret func() ([]byte, error)) map[string]*report.Plan {
	plans := make(map[string]*report.Plan, len(routes))
	for _, rt := range routes {
		plans[rt.name] = &report.Plan{
			Calendar:  rt.calendar,
			Phase:     rt.phase,
			Parameter: rt.client.Params.Size(),
			Max:       rt.rules.Max,
			Exempt: func(client, source string) time.Time {
				who := identity{value: client, source: source}
				one := rt.exempt.find(who, rt.hashed(who), secret)
				if one == nil {
					return time.Time{}
				}
				return one.Until
			},
		}
	}
	return plans
}
