package caddymodule

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// allPhases are the values that the gauge of phases has for each route.
var allPhases = [...]retire.Phase{retire.Off, retire.Observe, retire.Announce, retire.Enforce}

// gauges shows where the routes stand that are configured now. It looks when it
// is asked, so that a route that a reload removes goes with it.
type gauges struct {
	look    func() []routeGauges
	clients *prometheus.Desc
	sunset  *prometheus.Desc
	phase   *prometheus.Desc

	snapshots *prometheus.Desc
	bytes     *prometheus.Desc
}

// routeGauges is what there is to show of the routes of one name.
type routeGauges struct {
	name    string
	sunset  time.Time // the first, zero if none is set
	phases  map[retire.Phase]bool
	clients int // that are affected, -1 if not known

	snapshots int   // that are kept
	bytes     int64 // that they take
}

func newGauges(namespace, subsystem string, look func() []routeGauges) *gauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, subsystem, name), help, labels, nil)
	}
	return &gauges{
		look:    look,
		clients: desc("affected_clients", "Clients with affected requests in the last 30 days, on all instances that share the ledger.", labelRoute),
		sunset:  desc("sunset_timestamp_seconds", "When limits are to be enforced for everyone, in Unix time.", labelRoute),
		phase:   desc("phase", "1 for the phase that holds for clients whom neither a rollout nor an exemption singles out, 0 for the others.", labelRoute, labelPhase),

		snapshots: desc("snapshots", "Snapshots that are kept, be they still being read.", labelRoute),
		bytes:     desc("snapshot_bytes", "Bytes that snapshots take.", labelRoute),
	}
}

// Describe sends what can come of Collect.
func (g *gauges) Describe(descs chan<- *prometheus.Desc) {
	descs <- g.clients
	descs <- g.sunset
	descs <- g.phase
	descs <- g.snapshots
	descs <- g.bytes
}

// Collect sends the gauges of all routes.
func (g *gauges) Collect(metrics chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for _, route := range g.look() {
		gauge(g.snapshots, float64(route.snapshots), route.name)
		gauge(g.bytes, float64(route.bytes), route.name)
		if route.clients >= 0 {
			gauge(g.clients, float64(route.clients), route.name)
		}
		if !route.sunset.IsZero() {
			gauge(g.sunset, float64(route.sunset.Unix()), route.name)
		}
		for _, phase := range allPhases {
			holds := 0.0
			if route.phases[phase] {
				holds = 1
			}
			gauge(g.phase, holds, route.name, string(phase))
		}
	}
}

// liveGauges looks at the configuration that is in force.
func liveGauges() []routeGauges {
	app := liveApp()
	if app == nil {
		return nil
	}
	all := gaugesOf(app.routes, app.affected.byRoute(app.ledger))
	if app.snapshots != nil {
		app.snapshots.gauge(all)
	}
	return all
}

// gaugesOf puts together what several routes of one name have: sites may each
// have one that is called "*". clients are the affected ones by route, nil if
// they are not known.
func gaugesOf(routes []*runtime, clients map[string]int) []routeGauges {
	var all []routeGauges
	places := map[string]int{}
	for _, rt := range routes {
		at, known := places[rt.name]
		if !known {
			at = len(all)
			places[rt.name] = at
			all = append(all, routeGauges{name: rt.name, phases: map[retire.Phase]bool{}, clients: -1})
			if clients != nil {
				all[at].clients = clients[rt.name]
			}
		}
		g := &all[at]
		now := rt.clock.Now()
		g.phases[rt.decide(now, retire.Client{Cohort: retire.LastCohort}).Phase] = true
		if sunset := rt.calendar.Sunset; !sunset.IsZero() && (g.sunset.IsZero() || sunset.Before(g.sunset)) {
			g.sunset = sunset
		}
	}
	return all
}

// Interface guards
var _ prometheus.Collector = (*gauges)(nil)
