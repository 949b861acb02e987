package retire_test

import (
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// fuzzed makes a calendar of bytes: three dates, and then steps and windows, all
// within a few hours so that they meet.
func fuzzed(data []byte) *retire.Calendar {
	base := time.Date(2028, 2, 28, 20, 0, 0, 0, time.UTC)
	at := func(b byte) time.Time { return base.Add(time.Duration(b) * time.Minute) }
	c := new(retire.Calendar)
	next := func() byte {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return b
	}
	flags := next()
	if flags&1 != 0 {
		c.Deprecated = at(next())
	}
	if flags&2 != 0 {
		c.Sunset = at(next())
	}
	c.Hold = flags&4 != 0
	for len(data) >= 3 && len(c.Rollout)+len(c.Brownouts) < 20 {
		if kind := next(); kind&1 == 0 {
			c.Rollout = append(c.Rollout, retire.Step{At: at(next()), Percent: int(next())})
		} else {
			c.Brownouts = append(c.Brownouts, retire.Window{Start: at(next()), Duration: time.Duration(next()) * time.Minute})
		}
	}
	return c
}

// FuzzCalendar holds what is true of every calendar that passes its check: a
// client's decision changes at an event that counts and nowhere else, who is
// enforced for good stays so, a smaller cohort is never better off than a larger
// one, and an exemption spares its client exactly until it ends.
func FuzzCalendar(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{3, 10, 200, 0, 20, 10, 0, 50, 100, 1, 30, 5})
	f.Add([]byte{7, 10, 200, 0, 20, 10, 1, 30, 5})
	f.Add([]byte{2, 200, 1, 10, 5, 1, 15, 5, 0, 12, 99})
	f.Add([]byte{0, 0, 30, 100, 1, 5, 5})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := fuzzed(data)
		if c.Check() != nil {
			return
		}
		events := c.Events()
		counts := make(map[time.Time]bool)
		for i, e := range events {
			counts[e.At] = counts[e.At] || !e.Held
			if i > 0 && e.At.Before(events[i-1].At) {
				t.Fatalf("events out of order: %v", events)
			}
		}
		cohorts := []retire.Cohort{0, 99, 100, 999, 1000, 5000, 9899, 9900, retire.LastCohort}
		last := make([]retire.Decision, len(cohorts))
		exempt := retire.Exemption{Until: time.Date(2028, 2, 28, 22, 0, 0, 0, time.UTC)}
		begin := time.Date(2028, 2, 28, 19, 59, 0, 0, time.UTC)
		for now := begin; now.Sub(begin) < 10*time.Hour; now = now.Add(time.Minute) {
			enforced := true
			for i, cohort := range cohorts {
				d := c.At(now, retire.Client{Cohort: cohort})
				if d.Brownout.IsZero() != c.Brownout(now).IsZero() && d.Phase != retire.Enforce {
					t.Fatalf("%s, cohort %d: in a brownout, but in %s", now, cohort, d.Phase)
				}
				if !now.Equal(begin) && d != last[i] && !counts[now] {
					t.Fatalf("%s, cohort %d: %v became %v without an event", now, cohort, last[i], d)
				}
				if was := last[i]; was.Phase == retire.Enforce && was.Brownout.IsZero() && d.Phase != retire.Enforce {
					t.Fatalf("%s, cohort %d: enforced for good, and then %s", now, cohort, d.Phase)
				}
				if is := d.Phase == retire.Enforce; is && !enforced {
					t.Fatalf("%s, cohort %d: enforced before a smaller one", now, cohort)
				} else {
					enforced = is
				}
				spared := c.At(now, retire.Client{Cohort: cohort, Exemption: &exempt})
				if want := d.Phase == retire.Enforce && now.Before(exempt.Until); spared.Exempt != want || !want && spared != d ||
					want && spared.Phase != retire.Announce {
					t.Fatalf("%s, cohort %d: exempt got %v beside %v", now, cohort, spared, d)
				}
				last[i] = d
			}
		}
	})
}
