package report

import (
	"cmp"
	"fmt"
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
	r := &Report{Generated: b.now, Since: b.since, Notes: b.notes, Clients: []Client{}, Routes: b.buildRoutes(o.Plans)}
	if len(b.rows) > b.most {
		b.prune()
	}
	if b.pruned {
		r.Notes = append(slices.Clone(r.Notes), fmt.Sprintf("there are more than %s clients: the smallest are counted together", grouped(int64(b.most))))
	}
	for _, name := range b.only {
		if !slices.ContainsFunc(r.Routes, func(known Route) bool { return known.Route == name }) {
			r.Notes = append(slices.Clone(r.Notes), fmt.Sprintf("nothing is known of a route %q: it is neither configured nor was it asked for anything", name))
		}
	}
	routes := map[string]*Route{}
	for i := range r.Routes {
		route := &r.Routes[i]
		if routes[route.Route] = route; route.Unordered > 0 {
			r.Notes = append(slices.Clone(r.Notes), fmt.Sprintf("the list of route %q is not in the order of its key, as %s showed: behind an item that has gone, nobody can go on by it",
				route.Route, plural(route.Unordered, "page")))
		}
	}
	for keys := b.sortedKeys(); len(keys) > 0; {
		n := 1
		for n < len(keys) && identityOf(keys[n]) == identityOf(keys[0]) {
			n++
		}
		c := b.client(keys[:n], o.Plans, routes)
		r.count(&c)
		r.Clients = append(r.Clients, c)
		keys = keys[n:]
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

// identityOf is who a key belongs to.
func identityOf(key adoption.Key) identity {
	if key.Client == "" {
		return identity{}
	}
	return identity{key.Client, key.Source}
}

// sortedKeys puts those of one identity together, and of these those of one route.
func (b *Builder) sortedKeys() []adoption.Key {
	return slices.SortedFunc(maps.Keys(b.rows), func(x, y adoption.Key) int {
		a, b := identityOf(x), identityOf(y)
		return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.source, b.source), cmp.Compare(x.Route, y.Route))
	})
}

// client makes the row of a client from its keys, and counts it on its routes.
func (b *Builder) client(keys []adoption.Key, plans map[string]*Plan, routes map[string]*Route) Client {
	id := identityOf(keys[0])
	c := Client{Client: id.client, Source: id.source, Together: id.together(), Programs: b.programs(keys)}
	var total adoption.Usage
	for len(keys) > 0 {
		name := keys[0].Route
		var sum row
		for len(keys) > 0 && keys[0].Route == name {
			sum.join(b.rows[keys[0]])
			keys = keys[1:]
		}
		j := judge{plan: plans[name], sunset: b.routes[name].sunset, now: b.now}
		status, date := j.status(id, &sum.usage)
		use := Use{Route: name, Status: status, Date: date, Counts: countsOf(&sum.usage), Sample: sum.usage.Sample}
		routes[name].count(&c, use, sum.affected)
		c.Uses = append(c.Uses, use)
		total.Merge(&sum.usage)
	}
	slices.SortFunc(c.Uses, func(x, y Use) int {
		return cmp.Or(compareStatus(x.Status, y.Status), compareDates(x.Date, y.Date), cmp.Compare(y.Affected, x.Affected), cmp.Compare(x.Route, y.Route))
	})
	c.Status, c.Date = c.Uses[0].Status, c.Uses[0].Date
	c.Counts = countsOf(&total)
	c.Rejected, c.Notices = total.Rejected, total.Notices
	c.MostItems, c.MostBytes, c.UpstreamSeconds = total.MostItems, total.MostBytes, total.Upstream.Seconds()
	c.First, c.Last, c.LastCompliant, c.Sample = total.First, total.Last, total.LastCompliant, total.Sample
	return c
}

// programs are those of some keys, the most busy first.
func (b *Builder) programs(keys []adoption.Key) []string {
	if len(keys) == 1 && keys[0].Program != "" { // most clients
		return []string{keys[0].Program}
	}
	requests := map[string]int64{}
	for _, key := range keys {
		if key.Program != "" {
			requests[key.Program] += b.rows[key].usage.Requests
		}
	}
	programs := make([]string, 0, len(requests)) // never nil: JSON has a list
	for program := range requests {
		programs = append(programs, program)
	}
	slices.SortFunc(programs, func(x, y string) int {
		return cmp.Or(cmp.Compare(requests[y], requests[x]), cmp.Compare(x, y))
	})
	return programs
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
			r.Days, r.Unordered = b.days(sum), sum.pages
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
