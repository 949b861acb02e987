package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// metricsOf are our series at Caddy's /metrics, by name and labels.
func metricsOf(t *testing.T, url string) map[string]string {
	t.Helper()
	_, _, body := phaseGet(t, url+"/metrics", nil)
	series := map[string]string{}
	for line := range strings.Lines(body) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if at := strings.LastIndex(line, "} "); at >= 0 { // a route's name may hold spaces
			name, value = line[:at+1], strings.TrimSpace(line[at+2:])
		}
		if strings.HasPrefix(name, "caddy_paginate_") {
			series[name] = value
		}
	}
	return series
}

// checkSeries compares some of the series; "" is for one that must not be there.
func checkSeries(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: got %q, want %q", name, got[name], value)
		}
	}
}

// metricsRoute is a route of which the sunset is ahead.
func metricsRoute(name string) string {
	return fmt.Sprintf("paginate /%[1]s* 3 5 {\nname %[1]q\nretire {\ndeprecated 2020-01-01\nsunset 2124-07-01\n}\n}\n", name)
}

const (
	wholeOrders  = `caddy_paginate_requests_total{action="whole",compliant="false",phase="announce",route="orders"}`
	ordersPhase  = `caddy_paginate_phase{phase="announce",route="orders"}`
	ordersSunset = `caddy_paginate_sunset_timestamp_seconds{route="orders"}`
	ordersOf     = `caddy_paginate_affected_clients{route="orders"}`
)

// TestMetricsOverReloads: counts go on, gauges show the configuration that is in
// force, whatever became of the last reload.
func TestMetricsOverReloads(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	config := func(routes ...string) harness.Config {
		return harness.Config{Routes: "metrics /metrics\n" + strings.Join(routes, "") + up.proxy()}
	}
	c := harness.StartConfig(t, config(metricsRoute("orders"), metricsRoute("items")))
	before := metricsOf(t, c.URL)[wholeOrders] // other tests of this process may have counted
	checkSeries(t, metricsOf(t, c.URL), map[string]string{ordersPhase: "1", ordersSunset: "4.8754656e+09", ordersOf: "0"})

	phaseGet(t, c.URL+"/orders", http.Header{"User-Agent": {"metrics-a/1"}})
	c.Adoption(t, 1)
	counted := metricsOf(t, c.URL)[wholeOrders]
	if counted == before {
		t.Fatalf("got %s before and after a request", counted)
	}
	if err := c.TryReload(config(metricsRoute("tags"), "paginate /x* {\nphase never\n}\n")); err == nil {
		t.Fatal("a phase that is none was taken")
	}
	checkSeries(t, metricsOf(t, c.URL), map[string]string{
		wholeOrders: counted, ordersPhase: "1", `caddy_paginate_phase{phase="announce",route="tags"}`: "",
	})
	c.Reload(t, config(metricsRoute("items")))
	checkSeries(t, metricsOf(t, c.URL), map[string]string{
		wholeOrders: counted, ordersPhase: "", ordersSunset: "", ordersOf: "",
		`caddy_paginate_phase{phase="announce",route="items"}`: "1",
	})
	c.Reload(t, config(metricsRoute("orders")))
	checkSeries(t, metricsOf(t, c.URL), map[string]string{
		wholeOrders: counted, ordersPhase: "1",
	})
	harness.Poll(t, func() error { // the number may be some seconds old
		if got := metricsOf(t, c.URL)[ordersOf]; got != "1" {
			return fmt.Errorf("%s affected clients, want 1", got)
		}
		return nil
	})
}

// TestMetricsLabelsBounded: a thousand clients and paths add no series.
func TestMetricsLabelsBounded(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	c := harness.Start(t, "metrics /metrics\n"+metricsRoute("orders")+up.proxy())
	series := len(metricsOf(t, c.URL))
	const clients = 1000
	for i := range clients {
		phaseGet(t, fmt.Sprintf("%s/orders/%d?q=%d", c.URL, i, i), http.Header{"User-Agent": {fmt.Sprintf("bounded-%d/1", i)}})
	}
	var got map[string]string
	harness.Poll(t, func() error { // the number may be some seconds old
		if got = metricsOf(t, c.URL); got[ordersOf] != fmt.Sprint(clients) {
			return fmt.Errorf("%s affected clients, want %d", got[ordersOf], clients)
		}
		return nil
	})
	if len(got) != series {
		t.Errorf("got %d series after %d clients, %d before", len(got), clients, series)
	}
}
