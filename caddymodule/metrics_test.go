package caddymodule

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// counted makes a bench count in collectors of its own.
func (b *bench) counted(set *collectorSet) *bench {
	count := set.route(b.run.name)
	b.run.counts = func() *routeCount { return count }
	return b
}

// registryOf is a registry as Caddy makes one for each configuration.
func registryOf(t testing.TB, set *collectorSet) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := set.register(registry); err != nil {
		t.Fatal(err)
	}
	return registry
}

// shown are all metrics that there can be, with something in each.
func shown(t testing.TB) *prometheus.Registry {
	set := newCollectorSet(func() []routeGauges {
		return []routeGauges{
			{name: "orders", clients: 3, snapshots: 2, bytes: 5000, sunset: time.Unix(2_000_000_000, 0), phases: map[retire.Phase]bool{retire.Announce: true}},
			{name: "unknown", clients: -1, phases: map[retire.Phase]bool{retire.Off: true}},
		}
	})
	count := set.route("orders")
	for range 2 {
		count.add(&adoption.Record{Phase: "announce", Action: adoption.Whole, Affected: true, Items: 250}, 70_000)
	}
	count.add(&adoption.Record{Phase: "announce", Action: adoption.Paged, Compliant: true, Items: 20}, 5000)
	count.add(&adoption.Record{Phase: "enforce", Action: adoption.Rejected, Affected: true, Items: -1}, -1)
	count.add(&adoption.Record{Phase: "observe", Action: adoption.Failed, Items: -1}, 17) // not among those at hand
	return registryOf(t, set)
}

func TestMetricsGolden(t *testing.T) {
	want, err := os.Open("testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	if err := testutil.GatherAndCompare(shown(t), want); err != nil {
		t.Error(err)
	}
}

func TestMetricsLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(shown(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestMetricsLabels: names and labels are those of the contract, no more.
func TestMetricsLabels(t *testing.T) {
	want := map[string]string{
		"caddy_paginate_requests_total":             "action compliant phase route",
		"caddy_paginate_affected_total":             "route",
		"caddy_paginate_items":                      "route",
		"caddy_paginate_upstream_bytes":             "route",
		"caddy_paginate_unordered_total":            "route",
		"caddy_paginate_snapshot_hits_total":        "route",
		"caddy_paginate_snapshot_misses_total":      "route",
		"caddy_paginate_snapshot_saved_reads_total": "route",
		"caddy_paginate_snapshot_evictions_total":   "route",
		"caddy_paginate_snapshot_failures_total":    "route",
		"caddy_paginate_snapshots":                  "route",
		"caddy_paginate_snapshot_bytes":             "route",
		"caddy_paginate_affected_clients":           "route",
		"caddy_paginate_sunset_timestamp_seconds":   "route",
		"caddy_paginate_phase":                      "phase route",
	}
	families, err := shown(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		labels, known := want[family.GetName()]
		if !known {
			t.Errorf("%s is not in the contract", family.GetName())
		}
		delete(want, family.GetName())
		for _, metric := range family.GetMetric() {
			var names []string
			for _, pair := range metric.GetLabel() {
				names = append(names, pair.GetName())
			}
			if slices.Sort(names); strings.Join(names, " ") != labels {
				t.Errorf("%s: got labels %q, want %q", family.GetName(), names, labels)
			}
		}
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}

// TestMetricsOfRequests: what each kind of request counts as.
func TestMetricsOfRequests(t *testing.T) {
	list := numbers(8)
	for _, tc := range []struct {
		name, phase, target string
		series              string // phase, action, compliant
		affected            float64
		items               int // -1: not observed
		bytes               int
	}{
		{"observed", "observe", "/orders", "observe untouched false", 1, 8, len(list)},
		{"observed, compliant", "observe", "/orders?limit=4", "observe untouched true", 0, 8, len(list)},
		{"announced, affected", "announce", "/orders", "announce whole false", 1, 8, len(list)},
		{"announced, compliant", "announce", "/orders?limit=4", "announce page true", 0, 4, len(list)},
		{"enforced", "enforce", "/orders", "enforce page false", 1, 3, len(list)},
		{"refused", "enforce", "/orders?limit=x", "enforce reject false", 1, -1, -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			set := newCollectorSet(func() []routeGauges { return nil })
			b := newBench(t, &Handler{Name: "orders", DefaultLimit: 3, MaxLimit: 5, Phase: tc.phase}).counted(set)
			b.ask(t, get(tc.target), upstreamOf(list))
			checkCount(t, set, tc.series, tc.affected, tc.items, tc.bytes)
		})
	}
	t.Run("failed", func(t *testing.T) {
		set := newCollectorSet(func() []routeGauges { return nil })
		b := newBench(t, &Handler{Name: "orders", DefaultLimit: 3, MaxLimit: 5, Phase: "enforce"}).counted(set)
		b.ask(t, get("/orders"), upstreamOf(`[{"id":1},,`))
		checkCount(t, set, "enforce fail false", 0, -1, len(`[{"id":1},,`))
	})
	t.Run("no list", func(t *testing.T) {
		set := newCollectorSet(func() []routeGauges { return nil })
		b := newBench(t, &Handler{Name: "orders", DefaultLimit: 3, MaxLimit: 5, Phase: "enforce"}).counted(set)
		b.ask(t, get("/orders/1"), upstreamOf(`{"id":1}`))
		checkCount(t, set, "", 0, -1, -1)
	})
}

// checkCount compares what was counted: one request in one series, or none.
func checkCount(t *testing.T, set *collectorSet, series string, affected float64, items, bytes int) {
	t.Helper()
	families, err := registryOf(t, set).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			values := map[string]string{}
			for _, pair := range metric.GetLabel() {
				values[pair.GetName()] = pair.GetValue()
			}
			if values["route"] != "orders" {
				t.Errorf("%s: got route %q", family.GetName(), values["route"])
			}
			count, sum := metric.GetCounter().GetValue(), 0.0
			want, wantSum := 0.0, 0.0
			observed := func(n int) {
				count, sum = float64(metric.GetHistogram().GetSampleCount()), metric.GetHistogram().GetSampleSum()
				if n >= 0 {
					want, wantSum = 1, float64(n)
				}
			}
			switch family.GetName() {
			case "caddy_paginate_requests_total":
				if values["phase"]+" "+values["action"]+" "+values["compliant"] == series {
					want = 1
				}
			case "caddy_paginate_affected_total":
				want = affected
			case "caddy_paginate_items":
				observed(items)
			case "caddy_paginate_upstream_bytes":
				observed(bytes)
			}
			if count != want || sum != wantSum {
				t.Errorf("%s %v: got %v (sum %v), want %v (sum %v)", family.GetName(), values, count, sum, want, wantSum)
			}
		}
	}
}

// TestMetricsRegister: the same collectors in one registry after the other, and
// twice in one, as reloads and several apps have them.
func TestMetricsRegister(t *testing.T) {
	set := newCollectorSet(func() []routeGauges { return nil })
	first := registryOf(t, set)
	set.route("orders").affected.Inc()
	second := registryOf(t, set)
	if err := set.register(second); err != nil {
		t.Errorf("registering again: %v", err)
	}
	set.route("orders").affected.Inc()
	for name, registry := range map[string]*prometheus.Registry{"before": first, "after": second} {
		err := testutil.GatherAndCompare(registry, strings.NewReader(`# HELP caddy_paginate_affected_total List requests that got, or would have got, another answer by enforced limits.
# TYPE caddy_paginate_affected_total counter
caddy_paginate_affected_total{route="orders"} 2
`), "caddy_paginate_affected_total")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := prometheus.NewCounter(prometheus.CounterOpts{Name: "caddy_paginate_affected_total", Help: "Another."})
	taken := prometheus.NewPedanticRegistry()
	taken.MustRegister(other)
	if err := set.register(taken); err == nil {
		t.Error("a name that another module has: got no error")
	} else if _, there := errors.AsType[prometheus.AlreadyRegisteredError](err); there {
		t.Errorf("a name that another module has: got %v", err)
	}
}

// TestMetricsAllocations: counting takes no memory.
func TestMetricsAllocations(t *testing.T) {
	count := newCollectorSet(nil).route("orders")
	rec := &adoption.Record{Phase: "announce", Action: adoption.Whole, Affected: true, Items: 250}
	if got := testing.AllocsPerRun(100, func() { count.add(rec, 70_000) }); got != 0 {
		t.Errorf("got %v allocations", got)
	}
}

// BenchmarkAdoption asks for a page with all that adoption costs, and with a record
// that nobody takes. What the record costs too is in integration/bench.
func BenchmarkAdoption(b *testing.B) {
	next := proxied(numbers(21), 32<<10, "Content-Type", "application/json")
	for _, on := range []bool{false, true} {
		h := newCost(b, &Handler{Name: "orders", Upstream: &UpstreamConfig{Name: "link"}, Phase: "enforce"})
		name, settings := "off", &adoption.LogSettings{Logger: h.run.adoption}
		if on {
			name = "on"
			clock := plainClock{systemClock{}}
			h.run.app.ledger = adoption.NewLedger(clock)
			h.run.app.log = adoption.NewLog(clock, time.Hour)
			h.run.app.log.Attach(settings)
		} else {
			h.run.adoption = zap.NewNop()
			h.run.counts = func() *routeCount { return nil }
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			ask := asker(b, "/orders?limit=20", func(w http.ResponseWriter, r *http.Request) error { return h.ServeHTTP(w, r, next) })
			for b.Loop() {
				ask()
			}
		})
		h.run.app.log.Detach(settings)
	}
}
