package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/clock"
	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// setTime stops the time of this process at an instant, until the test ends.
func setTime(t testing.TB, instant string) time.Time {
	t.Helper()
	at, err := retire.ParseDate(instant)
	if err != nil {
		t.Fatal(err)
	}
	clock.Freeze(at)
	t.Cleanup(clock.Resume)
	return at
}

// calendarRoute is a route with the whole calendar; clients say who they are in
// X-Team.
func calendarRoute(up *upstream, options, retire string) string {
	return "paginate /orders* 3 5 {\nname orders\nclient {http.request.header.X-Team}\n" + options + `
		retire {
			deprecated 2030-01-01
			brownout 2030-02-01T12:00:00+01:00 1h
			rollout 2030-04-01 10
			rollout 2030-05-01 50
			sunset 2030-07-01
			docs https://docs.example/paging
			` + retire + `
		}
	}
	` + up.proxy()
}

// teamIn finds a team whose cohort is in [from, to).
func teamIn(t testing.TB, from, to retire.Cohort) string {
	t.Helper()
	for i := range 10_000 {
		team := fmt.Sprintf("team-%d", i)
		if cohort := retire.CohortOf(team); from <= cohort && cohort < to {
			return team
		}
	}
	t.Fatalf("no team between the cohorts %d and %d", from, to)
	return ""
}

// what a team gets, in short.
func (c *calendarClient) ask(t testing.TB, team string) string {
	t.Helper()
	status, h, body := phaseGet(t, c.caddy.URL+"/orders", http.Header{"X-Team": {team}})
	text := fmt.Sprintf("%d items", strings.Count(body, `"id"`))
	if status != http.StatusOK {
		text = fmt.Sprint(status)
	}
	for _, signal := range []string{"Deprecation", "Retry-After"} {
		if h.Get(signal) != "" {
			text += ", " + signal
		}
	}
	if strings.Contains(strings.Join(h["Link"], ""), `rel="next"`) {
		text += ", next"
	}
	return text
}

type calendarClient struct{ caddy *harness.Caddy }

// TestCalendarWalk goes through the years with teams in different cohorts, a
// reload in the middle of a brownout, one that holds and one that lets go.
func TestCalendarWalk(t *testing.T) {
	setTime(t, "2029-12-31")
	up := newUpstream(t, phaseAnswer(8, nil))
	const exempt = "exempt late {\nuntil 2030-08-01\nreason \"moves in July\"\n}"
	config := func(extra, retire string) harness.Config {
		return harness.Config{Routes: calendarRoute(up, exempt+"\n"+extra, retire)}
	}
	c := &calendarClient{harness.StartConfig(t, config("", ""))}
	teams := []string{teamIn(t, 0, 1000), teamIn(t, 1000, 5000), teamIn(t, 5000, 10_000), "late"}
	const (
		whole = "8 items"
		told  = "8 items, Deprecation"
		page  = "3 items, next"
		brown = "3 items, Deprecation, next"
	)
	for _, step := range []struct {
		now    string
		reload *harness.Config
		want   [4]string
	}{
		{now: "2029-12-31T23:59:59Z", want: [4]string{whole, whole, whole, whole}},
		{now: "2030-01-01", want: [4]string{told, told, told, told}},
		{now: "2030-02-01T10:59:59Z", want: [4]string{told, told, told, told}},
		{now: "2030-02-01T11:00:00Z", want: [4]string{brown, brown, brown, told}},
		{now: "2030-02-01T11:30:00Z", reload: new(config("", "")), want: [4]string{brown, brown, brown, told}},
		{now: "2030-02-01T11:30:00Z", reload: new(config("", "hold")), want: [4]string{told, told, told, told}},
		{now: "2030-02-01T11:59:59Z", reload: new(config("", "")), want: [4]string{brown, brown, brown, told}},
		{now: "2030-02-01T12:00:00Z", want: [4]string{told, told, told, told}},
		{now: "2030-04-01", want: [4]string{page, told, told, told}},
		{now: "2030-05-01", want: [4]string{page, page, told, told}},
		{now: "2030-05-01", reload: new(config("", "hold")), want: [4]string{told, told, told, told}},
		{now: "2030-06-30T23:59:59Z", reload: new(config("", "")), want: [4]string{page, page, told, told}},
		{now: "2030-07-01", want: [4]string{page, page, page, told}},
		{now: "2030-07-01", reload: new(config("", "hold")), want: [4]string{told, told, told, told}},
		{now: "2030-07-01", reload: new(config("phase observe", "")), want: [4]string{whole, whole, whole, whole}},
		{now: "2030-07-31T23:59:59Z", reload: new(config("", "")), want: [4]string{page, page, page, told}},
		{now: "2030-08-01", want: [4]string{page, page, page, page}},
	} {
		setTime(t, step.now)
		if step.reload != nil {
			c.caddy.Reload(t, *step.reload)
		}
		for i, team := range teams {
			if got := c.ask(t, team); got != step.want[i] {
				t.Errorf("%s (reloaded: %v), team %s: got %s, want %s", step.now, step.reload != nil, team, got, step.want[i])
			}
		}
	}
}

// TestBrownoutRefusal: a refusal in a brownout says when to come back, also where
// routes for errors answer.
func TestBrownoutRefusal(t *testing.T) {
	setTime(t, "2030-02-01T11:45:00Z")
	up := newUpstream(t, phaseAnswer(8, nil))
	c := harness.Start(t, calendarRoute(up, "unpaginated reject", "")+`
		@other path /orders/own
		handle_errors {
			respond @other "{http.paginate.code} until {http.paginate.brownout}" {err.status_code}
		}`)
	status, h, body := phaseGet(t, c.URL+"/orders", nil)
	var problem struct{ Code, Detail, Brownout string }
	if err := json.Unmarshal([]byte(body), &problem); err != nil || status != http.StatusBadRequest ||
		problem.Brownout != "2030-02-01T12:00:00Z" || !strings.Contains(problem.Detail, "rehearsal") || !strings.Contains(problem.Detail, "2030-07-01T00:00:00Z") {
		t.Errorf("got %d %s", status, body)
	}
	if h.Get("Retry-After") != "900" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v", h)
	}
	if status, h, body = phaseGet(t, c.URL+"/orders/own", nil); status != http.StatusBadRequest ||
		body != "pagination_required until 2030-02-01T12:00:00Z" || h.Get("Retry-After") != "900" {
		t.Errorf("from routes for errors: got %d %s with %v", status, body, h)
	}
	for _, line := range c.Adoption(t, 1) {
		if got := line["paginate.brownout"]; got != "2030-02-01T11:00:00Z" || line["paginate.action"] != "reject" {
			t.Errorf("the record: got %v", line)
		}
	}
}

// TestCalendarAPI: the running server tells its calendar, before and after a
// reload that fails.
func TestCalendarAPI(t *testing.T) {
	setTime(t, "2030-04-02")
	up := newUpstream(t, phaseAnswer(8, nil))
	admin := "127.0.0.1:" + freePort(t)
	config := harness.Config{Global: "admin " + admin, Routes: calendarRoute(up, "", "")}
	c := harness.StartConfig(t, config)
	ask := func(wantPercent int, wantNext string) {
		t.Helper()
		status, h, body := phaseGet(t, "http://"+admin+"/paginate/calendar", nil)
		var report struct {
			Now    string
			Routes []struct {
				Route   string
				Phase   string
				Percent int `json:"enforced_percent"`
				Next    *retire.Event
				Events  []retire.Event
			}
		}
		if err := json.Unmarshal([]byte(body), &report); err != nil || status != http.StatusOK || h.Get("Content-Type") != "application/json" {
			t.Fatalf("got %d %v %s", status, h, body)
		}
		if len(report.Routes) != 1 {
			t.Fatalf("got %s, want one route", body)
		}
		next := ""
		if r := report.Routes[0]; r.Next != nil {
			next = r.Next.At.Format(time.DateOnly)
		}
		if r := report.Routes[0]; r.Route != "orders" || r.Phase != "announce" || r.Percent != wantPercent || next != wantNext || len(r.Events) != 6 {
			t.Errorf("got %+v, want %d percent and %s", r, wantPercent, wantNext)
		}
	}
	ask(10, "2030-05-01")
	held := config
	held.Routes = calendarRoute(up, "", "hold")
	broken := held
	broken.Routes += "\nreverse_proxy {\nto 127.0.0.1:1\ntransport http {\ntls_trust_pool file /missing/root.pem\n}\n}"
	if err := c.TryReload(broken); err == nil {
		t.Fatal("a configuration with a file that is missing was loaded")
	}
	ask(10, "2030-05-01")
	taken := held // fails when it starts, not before
	taken.Site = "http://:" + up.Listener.Addr().String()[len("127.0.0.1:"):]
	if err := c.TryReload(taken); err == nil {
		t.Fatal("a configuration with a port that is taken was loaded")
	}
	ask(10, "2030-05-01")
	c.Reload(t, held)
	ask(0, "")
}
