package caddymodule

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// calendarCaddyfile has every kind of event, two routes that no date decides, and
// one deep in a subroute.
const calendarCaddyfile = `:80 {
	handle /api/* {
		handle {
			paginate /api/orders* {
				name orders
				client {http.auth.user.id}
				exempt ann {
					until 2030-12-01
					reason "moves in autumn"
					max 500
				}
				retire {
					deprecated 2030-01-01
					rollout 2030-04-01 10
					rollout 2030-05-01 50%
					brownout 2030-03-01T12:00:00+01:00 90m
					sunset 2030-07-01
				}
			}
		}
	}
	paginate /held* {
		retire {
			sunset 2030-07-01
			hold
		}
	}
	paginate /forced* {
		phase observe
		exempt the-plain-key {
			until 2030-02-01
		}
		retire {
			sunset 2030-07-01
		}
	}
	paginate /simple*
}
`

// reportAt is the report on calendarCaddyfile.
func reportAt(t *testing.T, now string) calendarReport {
	t.Helper()
	config, err := adapt(calendarCaddyfile)
	if err != nil {
		t.Fatal(err)
	}
	at, err := parseDate("now", now)
	if err != nil {
		t.Fatal(err)
	}
	report, err := calendarOf([]byte(config), at)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestCalendarTable(t *testing.T) {
	const want = `
ROUTE     INSTANT               WHAT CHANGES
/forced*  2030-04-02T00:00:00Z  TODAY: observe, by the option phase: dates do not count
/held*    2030-04-02T00:00:00Z  TODAY: announce, on hold
/held*    2030-07-01T00:00:00Z  enforce for everyone (on hold: nothing changes)
/simple*  2030-04-02T00:00:00Z  TODAY: enforce
orders    2030-01-01T00:00:00Z  announce: affected clients are told
orders    2030-03-01T11:00:00Z  brownout: enforce for everyone until 2030-03-01T12:30:00Z
orders    2030-03-01T12:30:00Z  the brownout ends
orders    2030-04-01T00:00:00Z  enforce for 10 percent of the clients
orders    2030-04-02T00:00:00Z  TODAY: announce; limits are enforced for 10 percent of the clients
orders    2030-05-01T00:00:00Z  enforce for 50 percent of the clients
orders    2030-07-01T00:00:00Z  enforce for everyone
orders    2030-12-01T00:00:00Z  the exemption of ann ends (moves in autumn)
`
	report := reportAt(t, "2030-04-02")
	slices.SortFunc(report.Routes, func(a, b calendarRoute) int { return strings.Compare(a.Route, b.Route) })
	var out bytes.Buffer
	if err := report.writeTable(&out); err != nil {
		t.Fatal(err)
	}
	if got := "\n" + out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestCalendarToday: where the route orders stands, and what comes next.
func TestCalendarToday(t *testing.T) {
	for _, tc := range []struct {
		now, today string
		percent    int
		next       string
	}{
		{"2029-12-31", "observe", 0, "2030-01-01T00:00:00Z"},
		{"2030-01-01", "announce", 0, "2030-03-01T11:00:00Z"},
		{"2030-03-01T11:30:00Z", "a brownout, until 2030-03-01T12:30:00Z: limits are enforced for everyone", 100, "2030-03-01T12:30:00Z"},
		{"2030-04-01", "announce; limits are enforced for 10 percent of the clients", 10, "2030-05-01T00:00:00Z"},
		{"2030-06-30T23:59:59Z", "announce; limits are enforced for 50 percent of the clients", 50, "2030-07-01T00:00:00Z"},
		{"2030-07-01", "enforce", 100, "2030-12-01T00:00:00Z"},
		{"2031-01-01", "enforce", 100, ""},
	} {
		report := reportAt(t, tc.now)
		i := slices.IndexFunc(report.Routes, func(r calendarRoute) bool { return r.Route == "orders" })
		r := report.Routes[i]
		next := ""
		if r.Next != nil {
			next = r.Next.At.Format(time.RFC3339)
		}
		if r.today() != tc.today || r.Percent != tc.percent || next != tc.next {
			t.Errorf("%s: got %q, %d percent, next %s\nwant %q, %d, %s", tc.now, r.today(), r.Percent, next, tc.today, tc.percent, tc.next)
		}
	}
}

// TestCalendarKeepsKeys: an exempt client that is configured by its key is not
// printed, in any form.
func TestCalendarKeepsKeys(t *testing.T) {
	report := reportAt(t, "2030-04-02")
	var table bytes.Buffer
	if err := report.writeTable(&table); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{table.String(), string(text)} {
		if strings.Contains(out, "the-plain-key") {
			t.Errorf("the key is in %s", out)
		}
	}
}

func TestCalendarOfBrokenConfigurations(t *testing.T) {
	for _, tc := range []struct{ name, config, want string }{
		{"no JSON", `{`, "decoding the configuration: unexpected EOF"},
		{"unknown option", `{"apps":{"http":{"servers":{"a":{"routes":[{"handle":[{"handler":"paginate","x":1}]}]}}}}}`, "decoding a handler: "},
		{"wrong option", `{"apps":{"http":{"servers":{"a":{"routes":[{"handle":[{"handler":"paginate","name":"o","retire":{"sunset":"soon"}}]}]}}}}}`, `checking route "o": retire.sunset: parsing date:`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := calendarOf([]byte(tc.config), time.Time{}); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
	for _, config := range []string{`{}`, `null`, `{"apps":{"http":{"servers":{}}}}`} {
		if report, err := calendarOf([]byte(config), time.Time{}); err != nil || len(report.Routes) > 0 {
			t.Errorf("%s: got %v, %v, want no routes", config, report, err)
		}
	}
}

// appWith is an app with one route of that name.
func appWith(t *testing.T, name string) *App {
	t.Helper()
	h := &Handler{Name: name, Retire: &RetireConfig{Sunset: "2030-07-01"}}
	h.applyDefaults()
	run, err := h.compile(zap.NewNop(), &App{keeper: givenSecret([]byte(testSecret))})
	if err != nil {
		t.Fatal(err)
	}
	return &App{routes: []*runtime{run}}
}

// TestLive: the admin API tells of the configuration in force, while another takes
// over and when that fails.
func TestLive(t *testing.T) {
	ask := func(want string) {
		t.Helper()
		rec := httptest.NewRecorder()
		if err := serveCalendar(rec, httptest.NewRequest(http.MethodGet, "/paginate/calendar", nil)); err != nil {
			t.Fatal(err)
		}
		var report calendarReport
		if err := json.Unmarshal(rec.Body.Bytes(), &report); err != nil {
			t.Fatalf("decoding %s: %v", rec.Body, err)
		}
		got := ""
		for _, r := range report.Routes {
			got += r.Route
		}
		if got != want || report.Routes == nil {
			t.Errorf("got routes %q of %s, want %q", got, rec.Body, want)
		}
	}
	ask("")
	old, next, failed := appWith(t, "old"), appWith(t, "next"), appWith(t, "failed")
	goLive(old)
	ask("old")
	goLive(failed) // another app of that configuration does not start
	goOff(failed)
	ask("old")
	goLive(next)
	ask("next") // while the old one still runs
	goOff(old)
	ask("next")
	goOff(next)
	ask("")
	goOff(next) // stopping twice is harmless
	ask("")
}

// TestCalendarCommand runs the command on a file.
func TestCalendarCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(file, []byte(calendarCaddyfile), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		cmd := calendarCommand()
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs(args)
		err := cmd.Execute()
		return out.String(), err
	}
	out, err := run("--config", file)
	if err != nil || !strings.Contains(out, "2030-03-01T11:00:00Z  brownout") || strings.Count(out, "TODAY") != 4 {
		t.Errorf("table: got %v\n%s", err, out)
	}
	out, err = run("--config", file, "--format", "json")
	var report calendarReport
	if err != nil || json.Unmarshal([]byte(out), &report) != nil || len(report.Routes) != 4 {
		t.Errorf("JSON: got %v\n%s", err, out)
	}
	if _, err := run("--config", file, "--format", "xml"); err == nil || !strings.Contains(err.Error(), `unknown format "xml"`) {
		t.Errorf("another format: got %v", err)
	}
	if _, err := run("--config", file+".missing"); err == nil {
		t.Error("a missing file: got no error")
	}
	// The admin API of a running server.
	mux := http.NewServeMux()
	for _, route := range (adminAPI{}).Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := route.Handler.ServeHTTP(w, r); err != nil {
				t.Error(err)
			}
		})
	}
	running := httptest.NewServer(mux)
	defer running.Close()
	app := appWith(t, "running")
	goLive(app)
	defer goOff(app)
	if out, err = run("--address", running.Listener.Addr().String()); err != nil || !strings.Contains(out, "running  2030-07-01T00:00:00Z  enforce for everyone") {
		t.Errorf("a running server: got %v\n%s", err, out)
	}
	// A port that nothing listens on any more.
	server := httptest.NewServer(nil)
	address := server.Listener.Addr().String()
	server.Close()
	if _, err := run("--address", address); err == nil || !strings.Contains(err.Error(), "a file is read with --config") {
		t.Errorf("no server: got %v", err)
	}
}
