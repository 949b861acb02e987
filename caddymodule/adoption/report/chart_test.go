package report

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// daysOf are so many days from 2030-03-01 on; each has the counts of one of these
// digits, a dash is a day without requests.
func daysOf(affected string) []Day {
	var all []Day
	for i, c := range affected {
		d := Day{Date: day("2030-03-01").AddDate(0, 0, i).Format(time.DateOnly)}
		if c != '-' {
			d.Requests, d.AffectedClients = 10, int(c-'0')
			d.Compliant = 10 - int64(c-'0')
		}
		all = append(all, d)
	}
	return all
}

func TestCharts(t *testing.T) {
	for _, tc := range []struct {
		name, days, sunset string
		line               string // of the share: how many points
		bars               int
		mark, anchor       string
		end                string
		today              bool
	}{
		{"no sunset", "987", "", "MLL", 3, "", "", "2030-03-03", false},
		{"one day", "5", "", "M", 1, "", "", "", false},
		{"a gap", "9--7", "", "ML", 2, "", "", "2030-03-04", false},
		{"nobody affected", "000", "", "MLL", 0, "", "", "2030-03-03", false},
		{"the sunset ahead", "987", "2030-03-10", "MLL", 3, "sunset 2030-03-10", "end", "2030-03-10", true},
		{"within", "98765", "2030-03-02", "MLLLL", 5, "sunset 2030-03-02", "start", "2030-03-05", false},
		{"before", "987", "2029-01-01", "MLL", 3, "← sunset 2029-01-01", "start", "2030-03-03", false},
		{"beyond the axis", "987", "2040-01-01", "MLL", 3, "sunset 2040-01-01 →", "end", "2030-03-03", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &Route{Days: daysOf(tc.days)}
			if tc.sunset != "" {
				r.Sunset = day(tc.sunset)
			}
			charts := r.charts()
			share, clients := charts[0], charts[1]
			if line := strings.Map(onlyLetters, share.Path); line != tc.line {
				t.Errorf("got line %s of %s, want %s", line, share.Path, tc.line)
			}
			if bars := strings.Count(clients.Path, "M"); bars != tc.bars {
				t.Errorf("got %d bars, want %d", bars, tc.bars)
			}
			for _, c := range charts {
				mark, anchor := "", ""
				if c.Sunset != nil {
					mark, anchor = c.Sunset.Text, c.Sunset.Anchor
				}
				end := ""
				if len(c.Dates) > 1 {
					end = c.Dates[1].Text
				}
				if mark != tc.mark || anchor != tc.anchor || end != tc.end || (c.Today != nil) != tc.today {
					t.Errorf("got sunset %q at its %s, end %s, today %v", mark, anchor, end, c.Today)
				}
				within(t, c.Path)
			}
		})
	}
	if charts := (&Route{}).charts(); charts != nil {
		t.Errorf("no days: got %v", charts)
	}
	if charts := (&Route{Days: []Day{{Date: "soon"}}}).charts(); charts != nil {
		t.Errorf("no date: got %v", charts)
	}
}

func onlyLetters(r rune) rune {
	if r == 'M' || r == 'L' {
		return r
	}
	return -1
}

// within asserts that a path stays in the plot.
func within(t *testing.T, path string) {
	t.Helper()
	for _, text := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("MLHVZ ", r) }) {
		if n, err := strconv.ParseFloat(text, 64); err != nil || n < 0 || n > chartWidth {
			t.Errorf("%s is not in the chart: %s", text, path)
		}
	}
}

func TestRoundUp(t *testing.T) {
	got := ""
	for _, n := range []int{0, 1, 2, 3, 5, 7, 10, 11, 21, 41, 61, 99, 101, 12_345} {
		got += fmt.Sprint(roundUp(n), " ")
	}
	if want := "2 2 2 4 6 10 10 20 40 60 100 100 200 20000 "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
