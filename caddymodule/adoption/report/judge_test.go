package report

import (
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// TestStatus: a client's status on a route, by what it has come to and by the
// route's plan.
func TestStatus(t *testing.T) {
	steps := []retire.Step{{At: day("2030-03-01"), Percent: 10}, {At: day("2030-05-01"), Percent: 50}, {At: day("2030-06-01"), Percent: 100}}
	middle := cohortIn("middle-", 50, true)
	for retire.CohortOf(middle).In(10) {
		middle = cohortIn(middle+"-", 50, true)
	}
	until := func(date string) func(string, string) time.Time {
		return func(client, _ string) time.Time {
			if client == late {
				return day(date)
			}
			return time.Time{}
		}
	}
	hurt := adoption.Usage{Requests: 4, Affected: 1, Phase: "announce"}
	for _, tc := range []struct {
		name   string
		plan   *Plan
		sunset string // by the requests themselves
		client string
		usage  adoption.Usage
		want   string
	}{
		{"compliant", &Plan{}, "", late, adoption.Usage{Requests: 4, Compliant: 4}, "ok"},
		{"never affected", &Plan{}, "", late, adoption.Usage{Requests: 4, Compliant: 3}, "latent"},
		{"no calendar", &Plan{}, "", late, hurt, "overdue"},
		{"before the sunset", &Plan{Calendar: retire.Calendar{Sunset: day("2030-07-01")}}, "", late, hurt, "fix by 2030-07-01"},
		{"past the sunset", &Plan{Calendar: retire.Calendar{Sunset: day("2030-04-01")}}, "", late, hurt, "overdue"},
		{"past the sunset, on hold", &Plan{Calendar: retire.Calendar{Sunset: day("2030-04-01"), Hold: true}}, "", late, hurt, "fix, no date set"},
		{"before the sunset, on hold", &Plan{Calendar: retire.Calendar{Sunset: day("2030-07-01"), Rollout: steps, Hold: true}}, "", early, hurt, "fix by 2030-07-01"},
		{"no sunset", &Plan{Calendar: retire.Calendar{Deprecated: day("2030-01-01")}}, "", late, hurt, "fix, no date set"},
		{"before deprecated", &Plan{Calendar: retire.Calendar{Deprecated: day("2030-05-01"), Sunset: day("2030-07-01")}}, "", late, hurt, "fix by 2030-07-01"},
		{"reached by the rollout", &Plan{Calendar: retire.Calendar{Rollout: steps}}, "", early, hurt, "overdue"},
		{"next in the rollout", &Plan{Calendar: retire.Calendar{Rollout: steps}}, "", middle, hurt, "fix by 2030-05-01"},
		{"last in the rollout", &Plan{Calendar: retire.Calendar{Rollout: steps}}, "", late, hurt, "fix by 2030-06-01"},
		{"a brownout does not enforce for good", &Plan{Calendar: retire.Calendar{
			Sunset: day("2030-07-01"), Brownouts: []retire.Window{{Start: day("2030-04-01"), Duration: adoption.Day}},
		}}, "", late, hurt, "fix by 2030-07-01"},
		{"phase enforce", &Plan{Phase: retire.Enforce, Calendar: retire.Calendar{Sunset: day("2030-07-01")}}, "", late, hurt, "overdue"},
		{"phase announce", &Plan{Phase: retire.Announce}, "", late, hurt, "fix, no date set"},
		{"exempt", &Plan{Exempt: until("2030-12-01")}, "", late, hurt, "exempt until 2030-12-01"},
		{"exempt until today", &Plan{Exempt: until("2030-04-01")}, "", late, hurt, "overdue"},
		{"another is exempt", &Plan{Exempt: until("2030-12-01")}, "", early, hurt, "overdue"},
		{"exempt, and needs it not", &Plan{Exempt: until("2030-12-01")}, "", late, adoption.Usage{Requests: 4}, "latent"},
		{"the configuration knows better", &Plan{Exempt: until("2030-12-01")}, "", early, adoption.Usage{Requests: 4, Affected: 1, ExemptUntil: day("2031-01-01")}, "overdue"},

		{"no plan", nil, "", late, hurt, "fix, no date set"},
		{"no plan, a sunset", nil, "2030-07-01", late, hurt, "fix by 2030-07-01"},
		{"no plan, past its sunset", nil, "2030-04-01", late, hurt, "overdue"},
		{"no plan, enforced", nil, "", late, adoption.Usage{Requests: 1, Affected: 1, Phase: "enforce"}, "overdue"},
		{"no plan, exempt", nil, "", late, adoption.Usage{Requests: 1, Affected: 1, ExemptUntil: day("2031-01-01")}, "exempt until 2031-01-01"},
		{"no plan, exempt before", nil, "", late, adoption.Usage{Requests: 1, Affected: 1, Phase: "enforce", ExemptUntil: day("2030-01-01")}, "overdue"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := judge{plan: tc.plan, now: logNow}
			if tc.sunset != "" {
				j.sunset = day(tc.sunset)
			}
			if got := StatusText(j.status(identity{tc.client, "{http.auth.user.id}"}, &tc.usage)); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestVerdict(t *testing.T) {
	for _, tc := range []struct {
		clients, losing, exempt int
		others                  more
		want                    string
	}{
		{0, 0, 0, noMore, "nobody has asked for a list"},
		{41, 3, 0, noMore, "enforced today, 3 of 41 clients would lose data"},
		{41, 0, 0, noMore, "enforced today, none of 41 clients would lose data"},
		{1, 1, 0, noMore, "enforced today, 1 of 1 client would lose data"},
		{41, 3, 1, noMore, "enforced today, 3 of 41 clients would lose data; 1 more is exempt for now"},
		{12_345, 1_234, 2, noMore, "enforced today, 1,234 of 12,345 clients would lose data; 2 more are exempt for now"},
		{41, 3, 0, moreUnhurt, "enforced today, 3 of 41 clients would lose data, and none of those that are counted together"},
		{41, 3, 0, moreLosing, "enforced today, 3 of 41 clients would lose data, and at least one of those that are counted together"},
		{0, 0, 0, moreLosing, "enforced today, none of 0 clients would lose data, and at least one of those that are counted together"},
	} {
		if got := verdictOf(tc.clients, tc.losing, tc.exempt, tc.others); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

// TestOthersAreNoClient: those that are counted together, or that nothing told
// apart, are in the rows and the sums, and never one client.
func TestOthersAreNoClient(t *testing.T) {
	b := NewBuilder(logNow.AddDate(0, 0, -1), logNow)
	p := adoption.NewPeriod(logNow, adoption.Hour)
	p.Rows[adoption.Key{Route: "orders", Client: adoption.Other}] = sampleRow(logNow, 100, 0, 50)
	p.Rows[adoption.Key{Route: "orders", Source: "{http.auth.user.id}", Program: "curl"}] = sampleRow(logNow, 10, 0, 5)
	p.Rows[adoption.Key{Route: "orders", Client: adoption.Other, Source: "{http.auth.user.id}"}] = sampleRow(logNow, 1, 0, 1) // calls itself so
	b.AddPeriod(p)
	r := b.Build(Options{Lookup: func(string) (adoption.Contact, bool) { return adoption.Contact{Name: "found"}, true }})
	const want = "enforced today, 1 of 1 client would lose data, and at least one of those that are counted together"
	if r.Verdict != want || r.Routes[0].Verdict != want {
		t.Errorf("got %q, %q", r.Verdict, r.Routes[0].Verdict)
	}
	if r.Requests != 111 || r.Affected != 56 || !r.More || !r.Routes[0].More {
		t.Errorf("got %+v", r)
	}
	labels := ""
	for _, c := range r.Clients {
		labels += c.Label() + ";"
		if c.Together && r.Mailto(&c) != "" {
			t.Errorf("%s gets a letter", c.Label())
		}
	}
	if labels != "(others, together);(not identified);found;" {
		t.Errorf("got %s", labels)
	}
	if d := r.Routes[0].Days; len(d) != 1 || d[0].AffectedClients != 1 || !d[0].More {
		t.Errorf("got days %+v", d)
	}
}

// TestBuilderMerge: parts of a window add up to what one builder would have
// counted, in any order.
func TestBuilderMerge(t *testing.T) {
	whole := NewBuilder(logNow.AddDate(0, 0, -30), logNow)
	parts := []*Builder{NewBuilder(logNow.AddDate(0, 0, -30), logNow), NewBuilder(logNow.AddDate(0, 0, -30), logNow), NewBuilder(logNow.AddDate(0, 0, -30), logNow)}
	for i := range 300 {
		at := logNow.Add(-time.Duration(i) * 7 * time.Hour)
		rec := *recordOf([]string{"ann", "bob", "eve"}[i%3], i%5 == 0, 2, int64(i%2))
		line, ok := parseLine([]byte(logLine(t, at, &rec)))
		if !ok {
			t.Fatal("no record")
		}
		for _, b := range []*Builder{whole, parts[i%7%3]} {
			b.add(line.key, &line.usage, line.at, line.sunset)
		}
	}
	merged := NewBuilder(logNow.AddDate(0, 0, -30), logNow)
	for _, part := range parts {
		merged.Merge(part)
	}
	a, b := whole.Build(Options{}), merged.Build(Options{})
	if got, want := inShort(b), inShort(a); got != want || got == "" {
		t.Errorf("got %s, want %s", got, want)
	}
	for i, d := range a.Routes[0].Days {
		if b.Routes[0].Days[i] != d {
			t.Errorf("%s: got %+v, want %+v", d.Date, b.Routes[0].Days[i], d)
		}
	}
	if !b.Routes[0].Sunset.Equal(day("2030-07-01")) {
		t.Errorf("got sunset %s", b.Routes[0].Sunset)
	}
}

// TestPrune: of too many clients those are kept that are affected, then those of
// the most requests; sums stay exact.
func TestPrune(t *testing.T) {
	b := NewBuilder(logNow, logNow)
	b.most = 10
	var requests int64
	for i := range 100 {
		u := sampleRow(logNow.Truncate(adoption.Day), int64(100+i), 0, 0)
		if i%20 == 0 {
			u.Requests, u.Affected = 1, 1
		}
		requests += u.Requests
		b.add(adoption.Key{Route: "orders", Client: string(rune('A' + i)), Source: "s"}, u, logNow, time.Time{})
	}
	b.prune()
	r := b.Build(Options{})
	if r.Requests != requests || r.ClientCount != 10 || r.Losing != 5 || len(r.Notes) != 1 {
		t.Errorf("got %d requests, %d clients, %d losing", r.Requests, r.ClientCount, r.Losing)
	}
	for _, c := range r.Clients {
		if !c.Together && c.Affected == 0 && c.Requests < 190 {
			t.Errorf("a client of %d requests was kept", c.Requests)
		}
	}
}

func TestParseSince(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", "2030-03-02"},
		{"30d", "2030-03-02"},
		{"7d", "2030-03-25"},
		{"0d", "2030-04-01"},
		{"2030-01-15", "2030-01-15"},
		{"2030-01-15T13:00:00Z", "2030-01-15"},
		{"2030-04-02", ""},
		{"-1d", ""},
		{"d", ""},
		{"30", ""},
		{"65535d", ""},
		{"99999999999d", ""},
		{"1971-01-01", ""},
	} {
		since, err := ParseSince(tc.text, logNow)
		if (err != nil) != (tc.want == "") || err == nil && since.Format(time.RFC3339) != tc.want+"T00:00:00Z" {
			t.Errorf("%q: got %s, %v", tc.text, since, err)
		}
	}
}
