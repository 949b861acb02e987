package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// Options are what a report knows besides what requests have told.
type Options struct {
	// Plans has the routes' plans, by their names; nil if no configuration is
	// known. A route without one is judged by what its requests have told.
	Plans map[string]*Plan

	// Lookup returns whom to talk to about a client. nil if nobody knows.
	Lookup func(client string) (adoption.Contact, bool)

	// Statuses leaves only clients of these in the rows; empty for all. The
	// verdict is on all clients nevertheless.
	Statuses []Status
}

// Build makes the report.
func (b *Builder) Build(o Options) *Report {
	r := &Report{
		Generated: b.now, Since: b.since, Notes: b.notes,
		Clients: []Client{}, Routes: b.buildRoutes(o.Plans),
	}
	uses := b.uses()
	routes := map[string]*Route{}
	for i := range r.Routes {
		routes[r.Routes[i].Route] = &r.Routes[i]
	}
	for id, byRoute := range uses {
		c := b.client(id, byRoute, o.Plans)
		r.count(&c)
		for _, use := range c.Uses {
			routes[use.Route].count(&c, use, byRoute[use.Route].affected)
		}
		r.Clients = append(r.Clients, c)
	}
	for i := range r.Routes {
		route := &r.Routes[i]
		route.Verdict = verdictOf(route.ClientCount, route.Losing, route.Exempt, moreOf(r.Clients, route.Route))
		route.trim()
	}
	r.Verdict = verdictOf(r.ClientCount, r.Losing, r.Exempt, moreOf(r.Clients, ""))
	slices.SortFunc(r.Clients, worstFirst)
	slices.SortStableFunc(r.Routes, func(x, y Route) int {
		return cmp.Or(cmp.Compare(y.Losing, x.Losing), cmp.Compare(min(y.Requests, 1), min(x.Requests, 1)))
	})
	if len(o.Statuses) > 0 {
		r.Clients = slices.DeleteFunc(r.Clients, func(c Client) bool { return !slices.Contains(o.Statuses, c.Status) })
	}
	if o.Lookup != nil {
		r.Annotate(o.Lookup)
	}
	return r
}

// Annotate says whom to talk to about clients; of those that lookup does not know
// it leaves what was said before.
func (r *Report) Annotate(lookup func(client string) (adoption.Contact, bool)) {
	for i := range r.Clients {
		c := &r.Clients[i]
		if c.Together {
			continue
		}
		if contact, ok := lookup(c.Client); ok {
			c.Name, c.Owner, c.Contact = contact.Name, contact.Owner, contact.Contact
		}
	}
}

// A use is what an identity has come to on a route, by all programs.
type use struct {
	row
	programs map[string]int64
}

func (b *Builder) uses() map[identity]map[string]*use {
	all := map[identity]map[string]*use{}
	for key, r := range b.rows {
		id := identity{key.Client, key.Source}
		if id.client == "" {
			id.source = ""
		}
		if all[id] == nil {
			all[id] = map[string]*use{}
		}
		u := all[id][key.Route]
		if u == nil {
			u = &use{programs: map[string]int64{}}
			all[id][key.Route] = u
		}
		u.join(r)
		if key.Program != "" {
			u.programs[key.Program] += r.usage.Requests
		}
	}
	return all
}

// client makes the row of a client.
func (b *Builder) client(id identity, byRoute map[string]*use, plans map[string]*Plan) Client {
	c := Client{Client: id.client, Source: id.source, Together: id.together()}
	var total adoption.Usage
	programs := map[string]int64{}
	for name, u := range byRoute {
		j := judge{plan: plans[name], sunset: b.routes[name].sunset, now: b.now}
		status, date := j.status(id, &u.usage)
		c.Uses = append(c.Uses, Use{Route: name, Status: status, Date: date, Counts: countsOf(&u.usage)})
		total.Merge(&u.usage)
		for program, n := range u.programs {
			programs[program] += n
		}
	}
	slices.SortFunc(c.Uses, func(x, y Use) int {
		return cmp.Or(compareStatus(x.Status, y.Status), compareDates(x.Date, y.Date), cmp.Compare(y.Affected, x.Affected), cmp.Compare(x.Route, y.Route))
	})
	c.Status, c.Date = c.Uses[0].Status, c.Uses[0].Date
	c.Programs = slices.SortedFunc(maps.Keys(programs), func(x, y string) int {
		return cmp.Or(cmp.Compare(programs[y], programs[x]), cmp.Compare(x, y))
	})
	c.Counts = countsOf(&total)
	c.Rejected, c.Notices = total.Rejected, total.Notices
	c.MostItems, c.MostBytes, c.UpstreamSeconds = total.MostItems, total.MostBytes, total.Upstream.Seconds()
	c.First, c.Last, c.LastCompliant, c.Sample = total.First, total.Last, total.LastCompliant, total.Sample
	return c
}

func countsOf(u *adoption.Usage) Counts { return Counts{u.Requests, u.Compliant, u.Affected} }

// loses tells whether a client of a status would lose data.
func (s Status) loses() bool { return s == Overdue || s == FixBy }

func (r *Report) count(c *Client) {
	r.Requests += c.Requests
	r.Compliant += c.Compliant
	r.Affected += c.Affected
	tally(c, c.Status, &r.ClientCount, &r.Losing, &r.Exempt, &r.More)
}

func (r *Route) count(c *Client, use Use, affected days) {
	r.Requests += use.Requests
	r.Compliant += use.Compliant
	r.Affected += use.Affected
	tally(c, use.Status, &r.ClientCount, &r.Losing, &r.Exempt, &r.More)
	affected.each(func(i int) {
		if c.Together {
			r.Days[i].More = true
		} else {
			r.Days[i].AffectedClients++
		}
	})
}

func tally(c *Client, s Status, clients, losing, exempt *int, more *bool) {
	if c.Together {
		*more = true
		return
	}
	*clients++
	if s.loses() {
		*losing++
	}
	if s == Exempt {
		*exempt++
	}
}

// buildRoutes are the routes that have a plan or were asked for anything, with
// their days.
func (b *Builder) buildRoutes(plans map[string]*Plan) []Route {
	names := map[string]bool{}
	for name := range b.routes {
		names[name] = true
	}
	for name := range plans {
		if len(b.only) == 0 || slices.Contains(b.only, name) {
			names[name] = true
		}
	}
	routes := []Route{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		r := Route{Route: name, Days: []Day{}}
		if sum := b.routes[name]; sum != nil {
			r.Phase, r.Sunset = retire.Phase(sum.phase), sum.sunset
			r.Days = b.days(sum)
		}
		if p := plans[name]; p != nil {
			r.Phase, r.Sunset, r.Hold, r.Docs = p.phase(b.now), p.Calendar.Sunset, p.Calendar.Hold, p.Calendar.Docs
			r.Parameter, r.Max = p.Parameter, p.Max
		}
		routes = append(routes, r)
	}
	return routes
}

// days are those of the whole window.
func (b *Builder) days(sum *routeSum) []Day {
	all := make([]Day, max(b.now.Sub(b.since), 0)/adoption.Day+1)
	for i := range all {
		all[i].Date = b.since.Add(time.Duration(i) * adoption.Day).Format(time.DateOnly)
		if i < len(sum.days) {
			all[i].Requests, all[i].Compliant = sum.days[i].requests, sum.days[i].compliant
		}
	}
	return all
}

// trim drops the days before the first request.
func (r *Route) trim() {
	first := slices.IndexFunc(r.Days, func(d Day) bool { return d.Requests > 0 })
	r.Days = r.Days[max(first, 0):]
}

func worstFirst(x, y Client) int {
	return cmp.Or(compareStatus(x.Status, y.Status), cmp.Compare(y.Affected, x.Affected),
		cmp.Compare(y.Requests, x.Requests), cmp.Compare(x.Client, y.Client), cmp.Compare(x.Source, y.Source))
}

func compareStatus(x, y Status) int {
	return cmp.Compare(slices.Index(Statuses, x), slices.Index(Statuses, y))
}

// compareDates puts the earliest first, and no date last.
func compareDates(x, y time.Time) int {
	if x.IsZero() || y.IsZero() {
		return y.Compare(x)
	}
	return x.Compare(y)
}
