package retire_test

import (
	"slices"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

func TestEvents(t *testing.T) {
	c := twoYears(t)
	c.Brownouts = c.Brownouts[3:5] // the two that touch
	want := []string{
		"2026-10-25T00:00:00Z announce: affected clients are told",
		"2027-12-31T00:00:00Z enforce for 1 percent of the clients",
		"2028-02-29T00:00:00Z enforce for 10 percent of the clients",
		"2028-02-29T10:00:00Z enforce for 50 percent of the clients",
		"2028-06-01T12:00:00Z brownout: enforce for everyone until 2028-06-01T12:05:00Z",
		"2028-06-01T12:05:00Z the brownout ends",
		"2028-06-01T12:05:00Z brownout: enforce for everyone until 2028-06-01T12:15:00Z",
		"2028-06-01T12:15:00Z the brownout ends",
		"2028-10-29T00:00:00Z enforce for everyone",
	}
	said := func(c *retire.Calendar) []string {
		var lines []string
		for _, e := range c.Events() {
			lines = append(lines, e.At.Format(time.RFC3339)+" "+e.String())
		}
		return lines
	}
	if got := said(c); !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	c.Hold = true
	for i := range want[1:] {
		want[i+1] += " (on hold: nothing changes)"
	}
	if got := said(c); !slices.Equal(got, want) {
		t.Errorf("on hold: got\n%q\nwant\n%q", got, want)
	}
	if got := (&retire.Calendar{}).Events(); len(got) != 0 {
		t.Errorf("no calendar: got %v", got)
	}
}

func TestNext(t *testing.T) {
	c := twoYears(t)
	events := c.Events()
	for _, tc := range []struct{ now, want string }{
		{"2020-01-01", "2026-10-25T00:00:00Z"},
		{"2026-10-25", "2026-10-25T01:00:00Z"}, // strictly behind
		{"2028-10-28T23:59:59Z", "2028-10-29T00:00:00Z"},
		{"2028-10-29", ""},
	} {
		got := ""
		if next := retire.Next(events, date(t, tc.now)); next != nil {
			got = next.At.Format(time.RFC3339)
		}
		if got != tc.want {
			t.Errorf("behind %s: got %q, want %q", tc.now, got, tc.want)
		}
	}
	c.Hold = true
	if next := retire.Next(c.Events(), date(t, "2027-01-01")); next != nil {
		t.Errorf("on hold: got %v, want none", next)
	}
}

// TestFaults: what is wrong with steps and windows, and which one it is.
func TestFaults(t *testing.T) {
	at := func(text string) time.Time { return date(t, text) }
	base := retire.Calendar{Deprecated: at("2027-01-01"), Sunset: at("2027-12-01")}
	steps := func(list ...retire.Step) retire.Calendar {
		c := base
		c.Rollout = list
		return c
	}
	windows := func(list ...retire.Window) retire.Calendar {
		c := base
		c.Brownouts = list
		return c
	}
	for _, tc := range []struct {
		name  string
		c     retire.Calendar
		part  string // empty: no fault
		index int
		want  string
	}{
		{"growing", steps(retire.Step{at("2027-01-01"), 1}, retire.Step{at("2027-02-01"), 100}), "", 0, ""},
		{"no percent", steps(retire.Step{at("2027-02-01"), 0}), "rollout", 0, "a share must be from 1 to 100 percent, not 0"},
		{"too much", steps(retire.Step{at("2027-02-01"), 101}), "rollout", 0, "a share must be from 1 to 100 percent, not 101"},
		{
			"shrinking", steps(retire.Step{at("2027-02-01"), 50}, retire.Step{at("2027-03-01"), 49}), "rollout", 1,
			"a rollout must grow: 50 percent on 2027-02-01T00:00:00Z, but 49 on 2027-03-01T00:00:00Z",
		},
		{
			"standing still", steps(retire.Step{at("2027-02-01"), 50}, retire.Step{at("2027-03-01"), 50}), "rollout", 1,
			"a rollout must grow: 50 percent on 2027-02-01T00:00:00Z, but 50 on 2027-03-01T00:00:00Z",
		},
		{
			"back in time", steps(retire.Step{at("2027-03-01"), 10}, retire.Step{at("2027-02-01"), 50}), "rollout", 1,
			"the step of 2027-02-01T00:00:00Z must come after the one of 2027-03-01T00:00:00Z",
		},
		{
			"too early", steps(retire.Step{at("2026-12-31"), 10}), "rollout", 0,
			"the step of 2026-12-31T00:00:00Z is before deprecated, 2027-01-01T00:00:00Z",
		},
		{
			"too late", steps(retire.Step{at("2027-02-01"), 10}, retire.Step{at("2027-12-01"), 100}), "rollout", 1,
			"the step of 2027-12-01T00:00:00Z is not before sunset, 2027-12-01T00:00:00Z, when everyone is enforced",
		},

		{"in between", windows(retire.Window{at("2027-01-01"), time.Hour}, retire.Window{at("2027-11-30T23:00:00Z"), time.Hour}), "", 0, ""},
		{"touching", windows(retire.Window{at("2027-02-01T01:00:00Z"), time.Hour}, retire.Window{at("2027-02-01"), time.Hour}), "", 0, ""},
		{"no length", windows(retire.Window{at("2027-02-01"), 0}), "brownout", 0, "a duration must be positive, not 0s"},
		{"negative", windows(retire.Window{at("2027-02-01"), -time.Hour}), "brownout", 0, "a duration must be positive, not -1h0m0s"},
		{
			"before deprecated", windows(retire.Window{at("2026-12-31T23:59:59Z"), time.Hour}), "brownout", 0,
			"the brownout of 2026-12-31T23:59:59Z is before deprecated, 2027-01-01T00:00:00Z: nobody has been told of it",
		},
		{
			"beyond the sunset", windows(retire.Window{at("2027-11-30T23:00:00Z"), time.Hour + 1}), "brownout", 0,
			"the brownout of 2027-11-30T23:00:00Z ends on 2027-12-01T00:00:00.000000001Z, after sunset, 2027-12-01T00:00:00Z, when everyone is enforced for good",
		},
		{
			"overlapping", windows(retire.Window{at("2027-03-01"), time.Hour}, retire.Window{at("2027-02-01"), time.Hour + 1}, retire.Window{at("2027-02-01T01:00:00Z"), time.Hour}), "brownout", 2,
			"the brownout of 2027-02-01T01:00:00Z overlaps the one of 2027-02-01T00:00:00Z, which ends on 2027-02-01T01:00:00.000000001Z",
		},
		{
			"behind a full rollout",
			retire.Calendar{Rollout: []retire.Step{{at("2027-02-01"), 100}}, Brownouts: []retire.Window{{at("2027-03-01"), time.Hour}}},
			"brownout", 0,
			"the brownout of 2027-03-01T00:00:00Z ends on 2027-03-01T01:00:00Z, after the rollout's 100 percent, 2027-02-01T00:00:00Z, when everyone is enforced for good",
		},
		{"documentation", retire.Calendar{Docs: "x"}, "docs", 0, `docs "x" is no absolute URL with http or https`},
		{"policy", retire.Calendar{Policy: "x"}, "policy", 0, `policy "x" is no absolute URL with http or https`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			faults := tc.c.Faults()
			if tc.part == "" {
				if len(faults) > 0 {
					t.Errorf("got %v, want none", faults)
				}
				return
			}
			if len(faults) != 1 || faults[0].Part != tc.part || faults[0].Index != tc.index || faults[0].Err.Error() != tc.want {
				t.Errorf("got %v\nwant %s %d %s", faults, tc.part, tc.index, tc.want)
			}
		})
	}
}
