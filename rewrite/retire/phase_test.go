package retire_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// twoYears has every kind of date, on the days and in the hours that calendars
// get wrong.
func twoYears(t testing.TB) *retire.Calendar {
	t.Helper()
	c := &retire.Calendar{
		Deprecated: date(t, "2026-10-25"), // clocks go back in Europe
		Rollout: []retire.Step{
			{At: date(t, "2027-12-31"), Percent: 1},
			{At: date(t, "2028-02-29"), Percent: 10}, // a leap day
			{At: date(t, "2028-03-01T00:00:00+14:00"), Percent: 50},
		},
		Brownouts: []retire.Window{
			{Start: date(t, "2027-10-31T02:30:00+02:00"), Duration: time.Hour},   // half of it in the hour that is repeated
			{Start: date(t, "2027-03-28T01:30:00+01:00"), Duration: time.Hour},   // begins before the hour that is skipped, ends behind it
			{Start: date(t, "2028-02-28T23:30:00Z"), Duration: time.Hour},        // into the leap day, and a step
			{Start: date(t, "2028-06-01T12:00:00Z"), Duration: 5 * time.Minute},  // two that touch
			{Start: date(t, "2028-06-01T12:05:00Z"), Duration: 10 * time.Minute}, //
			{Start: date(t, "2026-10-25"), Duration: time.Hour},                  // with deprecated
			{Start: date(t, "2028-10-28T23:45:00Z"), Duration: 15 * time.Minute}, // up to the sunset
		},
		Sunset: date(t, "2028-10-29"),
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

// say is a decision in short.
func say(d retire.Decision) string {
	text := string(d.Phase)
	if !d.Brownout.IsZero() {
		text += " until " + d.Brownout.End().UTC().Format("15:04")
	}
	if d.Exempt {
		text += " exempt"
	}
	return text
}

// walk lists the instants at which a client's decision becomes another, found by
// asking every five minutes for more than two years.
func walk(c *retire.Calendar, client retire.Client, from, to time.Time) []string {
	var changes []string
	last := ""
	for now := from; now.Before(to); now = now.Add(5 * time.Minute) {
		if got := say(c.At(now, client)); got != last {
			last = got
			changes = append(changes, now.Format("2006-01-02T15:04 ")+got)
		}
	}
	return changes
}

func TestWalkTwoYears(t *testing.T) {
	c := twoYears(t)
	from, to := date(t, "2026-10-01"), date(t, "2028-11-30")
	before := []string{
		"2026-10-01T00:00 observe",
		"2026-10-25T00:00 enforce until 01:00", "2026-10-25T01:00 announce",
		"2027-03-28T00:30 enforce until 01:30", "2027-03-28T01:30 announce",
		"2027-10-31T00:30 enforce until 01:30", "2027-10-31T01:30 announce",
	}
	leapDay := []string{"2028-02-28T23:30 enforce until 00:30"}
	june := []string{"2028-06-01T12:00 enforce until 12:05", "2028-06-01T12:05 enforce until 12:15", "2028-06-01T12:15 announce"}
	end := []string{"2028-10-28T23:45 enforce until 00:00", "2028-10-29T00:00 enforce"}
	for _, tc := range []struct {
		name   string
		client retire.Client
		want   []string
	}{
		{"the first cohort", retire.Client{}, slices.Concat(before, []string{"2027-12-31T00:00 enforce"})},
		{"the last of the first percent", retire.Client{Cohort: 99}, slices.Concat(before, []string{"2027-12-31T00:00 enforce"})},
		{"the first of the next step", retire.Client{Cohort: 100}, slices.Concat(before, leapDay, []string{"2028-02-29T00:00 enforce"})},
		{"the last of it", retire.Client{Cohort: 999}, slices.Concat(before, leapDay, []string{"2028-02-29T00:00 enforce"})},
		{"the first of half", retire.Client{Cohort: 1000}, slices.Concat(before, leapDay, []string{"2028-02-29T00:30 announce", "2028-02-29T10:00 enforce"})},
		{"the last of half", retire.Client{Cohort: 4999}, slices.Concat(before, leapDay, []string{"2028-02-29T00:30 announce", "2028-02-29T10:00 enforce"})},
		{"the other half", retire.Client{Cohort: 5000}, slices.Concat(before, leapDay, []string{"2028-02-29T00:30 announce"}, june, end)},
		{"who has no name", retire.Client{Cohort: retire.CohortOf("")}, slices.Concat(before, leapDay, []string{"2028-02-29T00:30 announce"}, june, end)},
		{"exempt beyond the end", retire.Client{Exemption: &retire.Exemption{Until: date(t, "2028-11-15")}}, []string{
			"2026-10-01T00:00 observe",
			"2026-10-25T00:00 announce exempt", "2026-10-25T01:00 announce",
			"2027-03-28T00:30 announce exempt", "2027-03-28T01:30 announce",
			"2027-10-31T00:30 announce exempt", "2027-10-31T01:30 announce",
			"2027-12-31T00:00 announce exempt", "2028-11-15T00:00 enforce",
		}},
		{"exempt until the leap day", retire.Client{Cohort: 9999, Exemption: &retire.Exemption{Until: date(t, "2028-02-29")}}, slices.Concat(
			[]string{
				"2026-10-01T00:00 observe",
				"2026-10-25T00:00 announce exempt", "2026-10-25T01:00 announce",
				"2027-03-28T00:30 announce exempt", "2027-03-28T01:30 announce",
				"2027-10-31T00:30 announce exempt", "2027-10-31T01:30 announce",
				"2028-02-28T23:30 announce exempt", "2028-02-29T00:00 enforce until 00:30", "2028-02-29T00:30 announce",
			}, june, end)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := walk(c, tc.client, from, to); !slices.Equal(got, tc.want) {
				t.Errorf("got\n%q\nwant\n%q", got, tc.want)
			}
			held := *c
			held.Hold = true
			want := []string{"2026-10-01T00:00 observe", "2026-10-25T00:00 announce"}
			if got := walk(&held, tc.client, from, to); !slices.Equal(got, want) {
				t.Errorf("on hold: got\n%q\nwant\n%q", got, want)
			}
		})
	}
}

// TestEdges: every boundary is exact to the nanosecond.
func TestEdges(t *testing.T) {
	c := twoYears(t)
	for _, e := range c.Events() {
		client := retire.Client{Cohort: 5000}
		if e.Change == retire.RolloutGrows {
			client.Cohort = retire.Cohort(e.Percent*100 - 1)
		}
		before, at := say(c.At(e.At.Add(-1), client)), say(c.At(e.At, client))
		unchanged := e.Change == retire.RolloutGrows && !c.Brownout(e.At).IsZero()
		if before == at && !unchanged {
			t.Errorf("%s at %s: got %s before and on it", e.Change, e.At, at)
		}
	}
}

// TestSkew: two instances with clocks two minutes apart differ only in the two
// minutes before something changes.
func TestSkew(t *testing.T) {
	c := twoYears(t)
	events := c.Events()
	const skew = 2 * time.Minute
	clients := []retire.Client{{}, {Cohort: 999}, {Cohort: 4999}, {Cohort: retire.LastCohort}}
	differed := 0
	for now := date(t, "2026-10-01"); now.Before(date(t, "2028-11-30")); now = now.Add(7 * time.Minute) {
		for _, client := range clients {
			if c.At(now, client) == c.At(now.Add(skew), client) {
				continue
			}
			differed++
			if next := retire.Next(events, now); next == nil || next.At.After(now.Add(skew)) {
				t.Fatalf("cohort %d at %s: the instances differ, but the next change is %v", client.Cohort, now, next)
			}
		}
	}
	if differed == 0 {
		t.Error("the instances never differed")
	}
}

// TestShare: the rollout's share grows, and ends in everyone.
func TestShare(t *testing.T) {
	c := twoYears(t)
	for _, tc := range []struct {
		now     string
		share   int
		divided bool
	}{
		{"2026-10-24T23:59:59Z", 0, false},
		{"2026-10-25T00:00:00Z", 0, false},
		{"2027-12-30T23:59:59Z", 0, false},
		{"2027-12-31T00:00:00Z", 1, true},
		{"2028-02-28T23:59:59Z", 1, true}, // in a brownout
		{"2028-02-29T00:00:00Z", 10, true},
		{"2028-02-29T10:00:00Z", 50, true},
		{"2028-10-28T23:59:59Z", 50, true},
		{"2028-10-29T00:00:00Z", 100, false},
	} {
		now := date(t, tc.now)
		if c.Share(now) != tc.share || c.Divided(now) != tc.divided {
			t.Errorf("%s: got %d, divided %v, want %d, %v", tc.now, c.Share(now), c.Divided(now), tc.share, tc.divided)
		}
		held := *c
		held.Hold = true
		if held.Share(now) != 0 || held.Divided(now) || !held.Brownout(now).IsZero() {
			t.Errorf("%s on hold: got %d, %v, %v", tc.now, held.Share(now), held.Divided(now), held.Brownout(now))
		}
	}
}

// TestRolloutAlone: steps and windows without dates around them.
func TestRolloutAlone(t *testing.T) {
	at := date(t, "2027-01-01")
	for _, tc := range []struct {
		name string
		c    retire.Calendar
		want []string // just before, on, an hour later; for the first cohort and the last
	}{
		{"to a half", retire.Calendar{Rollout: []retire.Step{{at, 50}}}, []string{"announce announce", "enforce announce", "enforce announce"}},
		{"to all", retire.Calendar{Rollout: []retire.Step{{at, 100}}}, []string{"announce announce", "enforce enforce", "enforce enforce"}},
		{"a brownout", retire.Calendar{Brownouts: []retire.Window{{at, time.Hour}}}, []string{"announce announce", "enforce until 01:00 enforce until 01:00", "announce announce"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for i, now := range []time.Time{at.Add(-1), at, at.Add(time.Hour)} {
				got := fmt.Sprintf("%s %s", say(tc.c.At(now, retire.Client{})), say(tc.c.At(now, retire.Client{Cohort: retire.LastCohort})))
				if got != tc.want[i] {
					t.Errorf("%s: got %q, want %q", now, got, tc.want[i])
				}
			}
		})
	}
}

func TestAtAllocatesNothing(t *testing.T) {
	c, now := twoYears(t), date(t, "2028-03-01")
	if n := testing.AllocsPerRun(100, func() { c.At(now, retire.Client{Cohort: retire.CohortOf("an identity")}) }); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}
