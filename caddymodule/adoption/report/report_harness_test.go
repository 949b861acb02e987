package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is otherwise (go test -update writes it anew); got\n%s", name, got)
	}
}

func day(text string) time.Time {
	t, err := retire.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return t
}

// cohortIn finds a client of that beginning whose cohort is within the first
// percent, or is not.
func cohortIn(prefix string, percent int, in bool) string {
	for i := 'a'; ; i++ {
		if name := prefix + string(i); retire.CohortOf(name).In(percent) == in {
			return name
		}
	}
}

var (
	early = cohortIn("early-", 10, true)   // is reached by the rollout's first step
	late  = cohortIn("late-", 50, false)   // only by the sunset
	mean  = `<script>alert(1)</script>"'&` // who means harm by its name
)

// samplePlans are of three routes: one with a calendar under way, one that
// enforces, one that nobody has asked.
func samplePlans() map[string]*Plan {
	return map[string]*Plan{
		"orders": {
			Calendar: retire.Calendar{
				Deprecated: day("2030-01-01"), Sunset: day("2030-07-01"), Docs: "https://docs.example/paging",
				Rollout: []retire.Step{{At: day("2030-04-15"), Percent: 10}, {At: day("2030-05-15"), Percent: 50}},
			},
			Exempt: func(client, source string) time.Time {
				if client == "billing" && source == "{http.auth.user.id}" {
					return day("2030-12-01")
				}
				return time.Time{}
			},
			Parameter: "limit", Max: 1000,
		},
		"users": {Phase: retire.Enforce, Parameter: "per_page", Max: 100},
		"idle":  {Calendar: retire.Calendar{Sunset: day("2031-01-01"), Hold: true}},
	}
}

// sampleRow is what a client does in a day.
func sampleRow(at time.Time, requests, compliant, affected int64) *adoption.Usage {
	u := &adoption.Usage{
		Requests: requests, Compliant: compliant, Affected: affected, Notices: affected, Phase: "announce",
		MostItems: 40 * requests, MostBytes: 12_345 * requests, Upstream: time.Duration(requests) * 300 * time.Millisecond,
		First: at.Add(time.Hour), Last: at.Add(20 * time.Hour),
	}
	if compliant > 0 {
		u.LastCompliant = at.Add(19 * time.Hour)
	}
	if affected > 0 {
		u.Sample = adoption.Sample{Time: at.Add(2 * time.Hour), Path: "/orders", RequestID: "req-7", UserAgent: "curl/8.1"}
	}
	return u
}

// sampleReport is a month of clients of every status; one means harm by its name.
func sampleReport(t testing.TB) *Report {
	t.Helper()
	b := NewBuilder(logNow.AddDate(0, 0, -30), logNow)
	const user, agent = "{http.auth.user.id}", "{http.request.header.User-Agent}"
	for i := range 25 {
		at, n := day("2030-03-08").AddDate(0, 0, i), int64(i)
		p := adoption.NewPeriod(at, adoption.Day)
		p.Rows[adoption.Key{Route: "orders", Client: late, Source: user, Program: "curl"}] = sampleRow(at, 40, n, 40-n)
		if i < 18 {
			p.Rows[adoption.Key{Route: "orders", Client: early, Source: user, Program: "python-requests"}] = sampleRow(at, 10, 0, 5)
		}
		if i < 12 {
			p.Rows[adoption.Key{Route: "orders", Client: "billing", Source: user, Program: "Java"}] = sampleRow(at, 3, 0, 3)
			u := sampleRow(at, 2, 0, 2)
			u.Sample.Path = "/users"
			p.Rows[adoption.Key{Route: "users", Client: late, Source: user, Program: "Go-http-client"}] = u
		}
		p.Rows[adoption.Key{Route: "orders", Client: "short-lists", Source: user, Program: "curl"}] = sampleRow(at, 5, 0, 0)
		p.Rows[adoption.Key{Route: "orders", Client: "good", Source: user, Program: "axios"}] = sampleRow(at, 4+n, 4+n, 0)
		p.Rows[adoption.Key{Route: "orders", Client: "good", Source: user, Program: "curl"}] = sampleRow(at, 1, 1, 0)
		if i == 20 {
			p.Rows[adoption.Key{Route: "users", Client: mean, Source: agent, Program: "=cmd|' /C calc'!A0"}] = sampleRow(at, 1, 0, 1)
			p.Rows[adoption.Key{Route: "orders", Client: adoption.Other}] = sampleRow(at, 9, 3, 0)
		}
		b.AddPeriod(p)
	}
	b.Note("an entry of the ledger cannot be read")
	people := "id,name,owner,contact\n" + early + ",Nightly export,Team Warehouse,\"Ann Lee <ann+lists@example.com>\"\n" +
		"billing,\"=HYPERLINK(\"\"http://evil.example\"\")\",\"<img src=x onerror=alert(1)>\",#billing\n" +
		late + ",Partner portal,Partner GmbH,ops@partner.example\n"
	directory, err := adoption.ReadDirectory("clients.csv", []byte(people), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.Build(Options{Plans: samplePlans(), Lookup: directory.Lookup})
}
