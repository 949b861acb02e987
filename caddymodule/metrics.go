package caddymodule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// The labels of metrics. Their values come from the configuration, or are words
// of ours: neither a path nor a client decides how many series there are.
const (
	labelRoute     = "route" // the configured name, else the matcher's text
	labelPhase     = "phase"
	labelAction    = "action"
	labelCompliant = "compliant" // true or false
)

// collectors is the process's one set. Each configuration has a registry of its
// own, and counts are to go on over reloads, so that all register the same
// collectors.
var collectors = newCollectorSet(liveGauges)

// A collectorSet is what /metrics shows of all routes.
type collectorSet struct {
	requests *prometheus.CounterVec
	affected *prometheus.CounterVec
	items    *prometheus.HistogramVec
	bytes    *prometheus.HistogramVec
	disorder *prometheus.CounterVec
	gauges   *gauges

	snapshots snapshotSet
}

func newCollectorSet(look func() []routeGauges) *collectorSet {
	const namespace, subsystem = "caddy", "paginate"
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: name, Help: help,
		}, labels)
	}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: subsystem, Name: name, Help: help, Buckets: buckets,
		}, []string{labelRoute})
	}
	return &collectorSet{
		requests: counter("requests_total", "List requests, by the phase that held for them, what was done, and whether they asked for a bounded page within the maximum.",
			labelRoute, labelPhase, labelAction, labelCompliant),
		affected: counter("affected_total", "List requests that got, or would have got, another answer by enforced limits.", labelRoute),
		items: histogram("items", "Items of a list that were sent to the client.",
			[]float64{0, 1, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6}),
		bytes: histogram("upstream_bytes", "Bytes of a list's body that came from the upstream, in its encoding.",
			prometheus.ExponentialBuckets(1<<10, 4, 11)), // 1 KiB to 1 GiB
		disorder: counter("unordered_total", "Pages of lists that are not in the order of their key, or whose items it does not tell apart.", labelRoute),
		gauges:   newGauges(namespace, subsystem, look),

		snapshots: newSnapshotSet(counter),
	}
}

// register makes the collectors part of a configuration's registry. That they are
// there already is no error.
func (c *collectorSet) register(registry prometheus.Registerer) error {
	all := []prometheus.Collector{c.requests, c.affected, c.items, c.bytes, c.disorder, c.gauges}
	for _, collector := range append(all, c.snapshots.collectors()...) {
		err := registry.Register(collector)
		if _, there := errors.AsType[prometheus.AlreadyRegisteredError](err); err != nil && !there {
			return fmt.Errorf("registering metrics: %w", err)
		}
	}
	return nil
}

// The labels' values that requests have.
var (
	countedPhases  = [...]retire.Phase{retire.Observe, retire.Announce, retire.Enforce}
	countedActions = [...]adoption.Action{
		adoption.Untouched, adoption.Whole, adoption.Paged, adoption.Rejected, adoption.Failed,
	}
)

// A routeCount has the counters of one route, looked up once: to count a request
// takes no lock and no memory.
type routeCount struct {
	set      *collectorSet
	name     string
	requests [len(countedPhases)][len(countedActions)][2]prometheus.Counter
	affected prometheus.Counter
	items    prometheus.Observer
	bytes    prometheus.Observer
	disorder prometheus.Counter

	snapshots snapshotCount
}

// route returns a route's counters. Those that belong to a phase begin with zero
// and not with their first request, which a rate would miss otherwise.
func (c *collectorSet) route(name string) *routeCount {
	rc := &routeCount{
		set:      c,
		name:     name,
		affected: c.affected.WithLabelValues(name),
		items:    c.items.WithLabelValues(name),
		bytes:    c.bytes.WithLabelValues(name),
		disorder: c.disorder.WithLabelValues(name),

		snapshots: c.snapshots.route(name),
	}
	for p, phase := range countedPhases {
		for a, action := range countedActions {
			untouched := action == adoption.Untouched
			if action == adoption.Rejected || untouched == (phase == retire.Observe) {
				rc.requests[p][a] = [2]prometheus.Counter{rc.counter(phase, action, false), rc.counter(phase, action, true)}
			}
		}
	}
	return rc
}

func (rc *routeCount) counter(phase retire.Phase, action adoption.Action, compliant bool) prometheus.Counter {
	return rc.set.requests.WithLabelValues(rc.name, string(phase), string(action), strconv.FormatBool(compliant))
}

// add counts a request. upstream is how many bytes of the body came, -1 if the
// upstream was not asked. A nil *routeCount counts nothing.
func (rc *routeCount) add(rec *adoption.Record, upstream int64) {
	if rc == nil {
		return
	}
	rc.known(retire.Phase(rec.Phase), rec.Action, rec.Compliant).Inc()
	if rec.Affected {
		rc.affected.Inc()
	}
	if rec.Items >= 0 {
		rc.items.Observe(float64(rec.Items))
	}
	if upstream >= 0 {
		rc.bytes.Observe(float64(upstream))
	}
}

// unordered counts a page of a list that is not in the order of its key.
func (rc *routeCount) unordered() {
	if rc != nil {
		rc.disorder.Inc()
	}
}

// known is the counter for a request, looked up only if none is at hand.
func (rc *routeCount) known(phase retire.Phase, action adoption.Action, compliant bool) prometheus.Counter {
	p, a := slices.Index(countedPhases[:], phase), slices.Index(countedActions[:], action)
	which := 0
	if compliant {
		which = 1
	}
	if p >= 0 && a >= 0 && rc.requests[p][a][which] != nil {
		return rc.requests[p][a][which]
	}
	return rc.counter(phase, action, compliant)
}
