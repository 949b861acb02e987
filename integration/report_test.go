package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// askReport is the running server's report, and its text.
func askReport(t *testing.T, admin, query string) (r report.Report, text string) {
	t.Helper()
	status, h, body := phaseGet(t, "http://"+admin+"/paginate/report"+query, nil)
	if status != http.StatusOK || h.Get("Content-Type") != "application/json" {
		t.Fatalf("got %d %v %s", status, h, body)
	}
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatalf("decoding %s: %v", body, err)
	}
	return r, body
}

// statuses are the clients of a report with their statuses, the worst first.
func statuses(r report.Report) string {
	var out []string
	for _, c := range r.Clients {
		out = append(out, fmt.Sprintf("%s %s %d/%d/%d", c.Label(), report.StatusText(c.Status, c.Date), c.Affected, c.Compliant, c.Requests))
	}
	return strings.Join(out, ", ")
}

// TestReportAPI: the running server tells who would lose data, through reloads
// and reloads that fail, and tells no secret.
func TestReportAPI(t *testing.T) {
	setTime(t, "2030-04-02")
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := 8
		if r.URL.Path == "/orders/few" {
			n = 2
		}
		phaseAnswer(n, nil).ServeHTTP(w, r)
	}))
	early, middle, late := teamIn(t, 0, 1000), teamIn(t, 1000, 5000), teamIn(t, 5000, retire.LastCohort)
	people := filepath.Join(t.TempDir(), "clients.csv")
	if err := os.WriteFile(people, []byte("id,name,owner,contact\n"+late+",Portal,Partners,ops@partner.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	admin := "127.0.0.1:" + freePort(t)
	config := harness.Config{
		Global: "admin " + admin + "\npaginate {\nclients " + people + "\n}",
		Routes: calendarRoute(up, "exempt exempt-team {\nuntil 2030-12-01\nreason \"moves in autumn\"\n}", ""),
	}
	c := harness.StartConfig(t, config)
	ask := func(team, tail string, n int) {
		t.Helper()
		for range n {
			phaseGet(t, c.URL+"/orders"+tail, http.Header{"X-Team": {team}, "User-Agent": {"export/2.1"}, "X-Request-Id": {"req-7"}, "Authorization": {"Bearer planted-secret"}})
		}
	}
	ask(early, "", 2)
	ask(middle, "", 3)
	ask(late, "?q=planted-value", 4)
	ask("exempt-team", "", 1)
	ask("short-team", "/few", 1)
	ask("good-team", "?limit=2", 5)

	r, text := askReport(t, admin, "")
	want := early + " overdue 2/0/2, Portal fix by 2030-07-01 4/0/4, " + middle + " fix by 2030-05-01 3/0/3, " +
		"exempt-team exempt until 2030-12-01 1/0/1, short-team latent 0/0/1, good-team ok 0/5/5"
	if got := statuses(r); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if want := "enforced today, 3 of 6 clients would lose data; 1 more is exempt for now"; r.Verdict != want || len(r.Notes) > 0 {
		t.Errorf("got %q, notes %q, want %q", r.Verdict, r.Notes, want)
	}
	portal := r.Clients[1]
	if portal.Owner != "Partners" || portal.Contact != "ops@partner.example" || portal.Sample.Path != "/orders" || portal.Sample.RequestID != "req-7" ||
		portal.MostItems != 8 || portal.Notices != 4 || len(portal.Programs) != 1 || portal.Programs[0] != "export" {
		t.Errorf("got %+v", portal)
	}
	if route := r.Routes[0]; route.Phase != retire.Announce || route.Parameter != "limit" || route.Max != 5 || route.Docs != "https://docs.example/paging" ||
		len(route.Days) != 1 || route.Days[0].AffectedClients != 4 || route.Days[0].Requests != 16 {
		t.Errorf("got %+v", route)
	}
	if strings.Contains(text, "planted") || strings.Contains(text, "127.0.0.1") {
		t.Errorf("the report has what it must not: %s", text)
	}

	some, _ := askReport(t, admin, "?status=ok&status=latent&since=7d&route=orders")
	if got := statuses(some); got != "short-team latent 0/0/1, good-team ok 0/5/5" || some.Verdict != r.Verdict {
		t.Errorf("by status: got %s, %s", got, some.Verdict)
	}
	if status, _, body := phaseGet(t, "http://"+admin+"/paginate/report?since=soon", nil); status != http.StatusBadRequest || !strings.Contains(body, "soon") {
		t.Errorf("a date that is none: got %d %s", status, body)
	}

	broken := config
	broken.Routes = calendarRoute(up, "", "hold") + "\nreverse_proxy {\nto 127.0.0.1:1\ntransport http {\ntls_trust_pool file /missing/root.pem\n}\n}"
	if err := c.TryReload(broken); err == nil {
		t.Fatal("a configuration with a file that is missing was loaded")
	}
	if again, _ := askReport(t, admin, ""); statuses(again) != want {
		t.Errorf("after a reload that failed: got %s", statuses(again))
	}
	held := config
	held.Routes = calendarRoute(up, "", "hold")
	c.Reload(t, held)
	again, _ := askReport(t, admin, "")
	if want := "enforced today, 4 of 6 clients would lose data"; again.Verdict != want || again.Clients[0].Status != report.FixBy || !again.Routes[0].Hold {
		t.Errorf("on hold, and without the exemption: got %s, %s", again.Verdict, statuses(again))
	}
	c.NoTrouble(t)
	setTime(t, "2030-07-02")
	c.Reload(t, config)
	if past, _ := askReport(t, admin, "?since=100d"); past.Losing != 3 || past.Clients[2].Status != report.Overdue {
		t.Errorf("past the sunset: got %s, %s", past.Verdict, statuses(past))
	}
}
