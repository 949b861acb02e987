package caddymodule

import (
	"github.com/prometheus/client_golang/prometheus"
)

// A snapshotSet are the counters of what snapshots do.
type snapshotSet struct {
	hits      *prometheus.CounterVec
	misses    *prometheus.CounterVec
	saved     *prometheus.CounterVec
	evictions *prometheus.CounterVec
	failures  *prometheus.CounterVec
}

func newSnapshotSet(counter func(name, help string, labels ...string) *prometheus.CounterVec) snapshotSet {
	return snapshotSet{
		hits:      counter("snapshot_hits_total", "Pages that came from a snapshot which was there, be it still being read.", labelRoute),
		misses:    counter("snapshot_misses_total", "Pages for which a snapshot had to be begun.", labelRoute),
		saved:     counter("snapshot_saved_reads_total", "Pages for which the upstream would have been read, and was not.", labelRoute),
		evictions: counter("snapshot_evictions_total", "Snapshots that had to go before their time, because all together had become too large.", labelRoute),
		failures:  counter("snapshot_failures_total", "Snapshots that could not be kept, because of the store or because they had become too large.", labelRoute),
	}
}

func (s *snapshotSet) collectors() []prometheus.Collector {
	return []prometheus.Collector{s.hits, s.misses, s.saved, s.evictions, s.failures}
}

// A snapshotCount has the counters of one route.
type snapshotCount struct {
	hits, misses, saved prometheus.Counter
}

// route returns a route's counters. All of them begin with zero.
func (s *snapshotSet) route(name string) snapshotCount {
	s.evictions.WithLabelValues(name)
	s.failures.WithLabelValues(name)
	return snapshotCount{
		hits:   s.hits.WithLabelValues(name),
		misses: s.misses.WithLabelValues(name),
		saved:  s.saved.WithLabelValues(name),
	}
}

// hit counts a page from a snapshot that was there.
func (rc *routeCount) hit() {
	if rc != nil {
		rc.snapshots.hits.Inc()
		rc.snapshots.saved.Inc()
	}
}

// miss counts a page for which a snapshot was begun.
func (rc *routeCount) miss() {
	if rc != nil {
		rc.snapshots.misses.Inc()
	}
}

// shared counts a page that another request has had the upstream read for.
func (rc *routeCount) shared() {
	if rc != nil {
		rc.snapshots.saved.Inc()
	}
}

// tooLarge counts a list that is too large to be kept.
func (rc *routeCount) tooLarge() {
	if rc != nil {
		rc.set.snapshots.failures.WithLabelValues(rc.name).Inc()
	}
}

// readUpstream counts the body of a list that was read into a snapshot.
func (rc *routeCount) readUpstream(bytes int64) {
	if rc != nil {
		rc.bytes.Observe(float64(bytes))
	}
}
