//go:build backends

package backends

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// prometheusSeries is how many series the exporter exposes.
const prometheusSeries = 434

// startExporter serves series for Prometheus to scrape, and returns its address.
func startExporter(t *testing.T) string {
	t.Helper()
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		for i := range prometheusSeries {
			fmt.Fprintf(w, "demo_orders_total{customer=\"c-%d\",path=\"/a,b;c[]{} \\\"x\\\" é <%d>\"} %d\n", i, i, i)
		}
	}))
	t.Cleanup(exporter.Close)
	return exporter.Listener.Addr().String()
}

func startPrometheus(t *testing.T) *process {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	content := fmt.Sprintf("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: demo\n  static_configs: [{targets: [%q]}]\n", startExporter(t))
	if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
		t.Fatalf("writing the configuration: %v", err)
	}
	return start(t, "/-/ready", "prometheus", func(address string) []string {
		return []string{"--config.file=" + config, "--storage.tsdb.path=" + filepath.Join(dir, "data"), "--web.listen-address=" + address}
	})
}

// Prometheus' list is the member data of an object; the query that selects it
// has brackets in its name and is written raw, as its users write it.
func TestPrometheusSeries(t *testing.T) {
	api := startPrometheus(t)
	const path = `/api/v1/series?match[]=demo_orders_total`
	err := poll(t.Context(), func() error {
		list, _ := get(t, "http://"+api.address+path).items(t, "data")
		if len(list) != prometheusSeries {
			return fmt.Errorf("%d series, want %d", len(list), prometheusSeries)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("waiting for Prometheus to scrape: %v", err)
	}
	for _, list := range []string{"data", "auto"} {
		t.Run("list "+list, func(t *testing.T) {
			prove(t, legacy{
				backend: api.address,
				path:    path,
				list:    "data",
				routes: fmt.Sprintf(`paginate /api/v1/series* {
		limit 20 50
		list %s
	}
	reverse_proxy %s`, list, api.address),
			})
		})
	}
}
