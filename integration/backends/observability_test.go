//go:build backends

package backends

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// observability is where the rules and the dashboard are.
const observability = "../observability"

// TestPromtool: the example is a configuration, and each alert fires when its unit
// test says so, and not before.
func TestPromtool(t *testing.T) {
	promtool := needProgram(t, "promtool")
	for _, args := range [][]string{
		{"check", "config", "prometheus.yml"},
		{"check", "rules", "rules.yml"},
		{"test", "rules", "rules_test.yml"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			cmd := exec.Command(promtool, args...)
			cmd.Dir = here(t, observability)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestAlertsTested: each alert has a unit test in which it fires.
func TestAlertsTested(t *testing.T) {
	rules, tests := readObservability(t, "rules.yml"), readObservability(t, "rules_test.yml")
	alerts := regexp.MustCompile(`(?m)- alert: (\w+)$`).FindAllStringSubmatch(rules, -1)
	if len(alerts) < 6 {
		t.Fatalf("got %d alerts", len(alerts))
	}
	for _, alert := range alerts {
		fires := regexp.MustCompile(`alertname: ` + alert[1] + `\n\s+exp_alerts:\n\s+- exp_labels:`)
		rests := regexp.MustCompile(`alertname: ` + alert[1] + `\n\s+exp_alerts: \[\]`)
		if !fires.MatchString(tests) || !rests.MatchString(tests) {
			t.Errorf("%s: fires in a test: %v, rests in one: %v", alert[1], fires.MatchString(tests), rests.MatchString(tests))
		}
	}
}

func readObservability(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(here(t, observability, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// replaced replaces what has to be there.
func replaced(t *testing.T, text, pattern, by string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	if !re.MatchString(text) {
		t.Fatalf("%q is not there", pattern)
	}
	return re.ReplaceAllLiteralString(text, by)
}

// A watcher is a Prometheus that has our configuration and rules, and less
// patience.
type watcher struct{ *process }

func startWatcher(t *testing.T, target string) watcher {
	t.Helper()
	dir := t.TempDir()
	config := replaced(t, readObservability(t, "prometheus.yml"), `(interval): \w+`, "interval: 1s")
	config = replaced(t, config, `localhost:2019`, strings.TrimPrefix(target, "http://"))
	rules := replaced(t, readObservability(t, "rules.yml"), `\bfor: \w+`, "for: 1s")
	for name, text := range map[string]string{"prometheus.yml": config, "rules.yml": rules} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return watcher{start(t, "/-/ready", "prometheus", func(address string) []string {
		return []string{"--config.file=" + filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path=" + filepath.Join(dir, "data"), "--web.listen-address=" + address}
	})}
}

// get asks Prometheus' API.
func (w watcher) get(path string, answer any) error {
	resp, err := client.Get("http://" + w.address + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: status %d: %s", path, resp.StatusCode, body)
	}
	return json.Unmarshal(body, answer)
}

// query is how many series an expression has now, and the value of the first.
func (w watcher) query(expr string) (n int, first string, err error) {
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := w.get("/api/v1/query?query="+url.QueryEscape(expr), &answer); err != nil {
		return 0, "", err
	}
	if n = len(answer.Data.Result); n > 0 {
		first, _ = answer.Data.Result[0].Value[1].(string)
	}
	return n, first, nil
}

// await waits until an alert has a state. All that Prometheus has of it is
// evaluated at least once by then.
func (w watcher) await(t *testing.T, alert, state string) {
	t.Helper()
	err := poll(t.Context(), func() error {
		var answer struct {
			Data struct {
				Groups []struct {
					Rules []struct {
						Name, State, LastError string
						EvaluationTime         float64
						LastEvaluation         time.Time
					}
				}
			}
		}
		if err := w.get("/api/v1/rules?type=alert", &answer); err != nil {
			return err
		}
		for _, group := range answer.Data.Groups {
			for _, rule := range group.Rules {
				if rule.Name != alert {
					continue
				}
				if rule.State != state || rule.LastEvaluation.Year() < 2000 {
					return fmt.Errorf("%s is %s (%s), want %s", alert, rule.State, rule.LastError, state)
				}
				return nil
			}
		}
		return fmt.Errorf("there is no alert %s", alert)
	})
	if err != nil {
		t.Fatalf("waiting for an alert: %v", err)
	}
}

// awaitQuery waits until an expression has a value.
func (w watcher) awaitQuery(t *testing.T, expr, want string) {
	t.Helper()
	err := poll(t.Context(), func() error {
		_, got, err := w.query(expr)
		if err == nil && got != want {
			err = fmt.Errorf("%s is %q, want %q", expr, got, want)
		}
		return err
	})
	if err != nil {
		t.Fatalf("waiting for a metric: %v", err)
	}
}

// TestAlertFires: a client that would lose data in two days sets the alert off, and
// every expression of the dashboard has something to show then.
func TestAlertFires(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]`)
	}))
	t.Cleanup(upstream.Close)
	caddy := harness.Start(t, fmt.Sprintf(`metrics /metrics
	paginate /orders* 2 3 {
		name orders
		retire {
			deprecated 2020-01-01
			sunset %s
		}
	}
	reverse_proxy %s`, time.Now().UTC().Add(48*time.Hour).Format(time.RFC3339), upstream.URL))
	prometheus := startWatcher(t, caddy.URL)
	const clients = `caddy_paginate_affected_clients{route="orders"}`
	prometheus.awaitQuery(t, clients, "0")
	prometheus.await(t, "PaginateSunsetImminent", "inactive")
	prometheus.await(t, "PaginateMetricsAbsent", "inactive")

	ask := func(query string) {
		t.Helper()
		resp, err := client.Get(caddy.URL + "/orders" + query)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	ask("?limit=2")
	ask("")
	prometheus.awaitQuery(t, clients, "1")
	prometheus.await(t, "PaginateSunsetImminent", "firing")
	prometheus.await(t, "PaginateSunsetNear", "inactive")
	prometheus.await(t, "PaginateSunsetHeld", "inactive")
	prometheus.checkDashboard(t)
}

// checkDashboard asks all that the dashboard asks. An empty answer would be an
// empty panel.
func (w watcher) checkDashboard(t *testing.T) {
	t.Helper()
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readObservability(t, "grafana-dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$__rate_interval", "1m", "$route", "orders")
	asked := 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			asked++
			n, value, err := w.query(variables.Replace(target.Expr))
			if err != nil || n == 0 || value == "NaN" {
				t.Errorf("%s: got %d series, value %q, error %v", panel.Title, n, value, err)
			}
		}
	}
	if asked == 0 {
		t.Error("the dashboard asks nothing")
	}
}
