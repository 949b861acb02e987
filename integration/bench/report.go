package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
)

// report is all that a run showed. It is what -json writes.
type report struct {
	Go       string    `json:"go"`
	Platform string    `json:"platform"`
	Cores    int       `json:"cores"`
	Rounds   int       `json:"rounds"`
	Round    string    `json:"round"` // how long one lasts in which requests are counted
	Results  []result  `json:"results"`
	Contests []contest `json:"contests,omitempty"`
}

func newReport(set settings) *report {
	return &report{
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(),
		Rounds: set.rounds, Round: set.round.String(),
	}
}

// missed names the figures that must be better.
func (r *report) missed() (names []string) {
	for _, result := range r.Results {
		for _, f := range result.Figures {
			if f.missed() {
				names = append(names, fmt.Sprintf("%s, %s: %.2f, must be %s", result.Title, f.Measure, f.Ratio.Median, f.bound(f.Goal.Must)))
			}
		}
	}
	return names
}

// bound writes a goal with the side on which the ratio has to be.
func (f figure) bound(bound float64) string {
	if f.Measure.moreIsBetter() {
		return fmt.Sprintf("≥ %.2f", bound)
	}
	return fmt.Sprintf("≤ %.2f", bound)
}

// verdict is a goal's cell: the bound, and whether it is reached.
func (f figure) verdict(bound func(goal) float64) string {
	if f.Goal == nil {
		return ""
	}
	b := bound(*f.Goal)
	if f.reaches(b) {
		return f.bound(b) + " ok"
	}
	return f.bound(b) + " MISSED"
}

// writeText writes the tables in Markdown, which a terminal shows as well.
func (r *report) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%s, %s, %d cores; medians of %d rounds in turns, of %s each where requests are counted; in brackets the\nquartiles of the rounds' ratios.\n\n",
		r.Go, r.Platform, r.Cores, r.Rounds, r.Round)
	if err := r.writeRatios(w); err != nil {
		return err
	}
	if err := r.writeFootprints(w); err != nil {
		return err
	}
	for _, c := range r.Contests {
		if err := c.writeText(w); err != nil {
			return err
		}
	}
	return nil
}

func (r *report) writeRatios(w io.Writer) error {
	t := newTable(w, "scenario", "measure", "plain Caddy", "paginate", "ratio", "must", "aim")
	for _, result := range r.Results {
		for _, f := range result.Figures {
			t.row(result.Title, string(f.Measure), f.Measure.format(f.Base.Median), f.Measure.format(f.Ours.Median),
				fmt.Sprintf("**%.2f** (%.2f to %.2f)", f.Ratio.Median, f.Ratio.Low, f.Ratio.High),
				f.verdict(func(g goal) float64 { return g.Must }), f.verdict(func(g goal) float64 { return g.Aim }))
		}
	}
	return t.end()
}

// writeFootprints tells what each scenario took besides time.
func (r *report) writeFootprints(w io.Writer) error {
	t := newTable(w, "scenario", "peak memory, plain", "paginate", "upstream sent, plain", "paginate")
	rows := 0
	for _, result := range r.Results {
		if result.Peak == nil || result.Upstream == nil {
			continue
		}
		t.row(result.Title,
			humanize.IBytes(uint64(result.Peak.Plain)), humanize.IBytes(uint64(result.Peak.Ours)),
			humanize.Bytes(uint64(result.Upstream.Plain)), humanize.Bytes(uint64(result.Upstream.Ours)))
		rows++
	}
	if rows == 0 {
		return nil
	}
	return t.end()
}

func (c contest) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%s:\n\n", c.Title)
	t := newTable(w, "", "last byte", "to plain Caddy", "CPU", "peak memory", "upstream sent", "rounds", "")
	for i, one := range c.Contenders {
		if one.Absent != "" {
			t.row(one.Name, "NOT MEASURED", "", "", "", "", "", one.Absent)
			continue
		}
		t.row(one.Name, formatSeconds(one.Time.Median), formatTimes(c.ratio(i)), formatSeconds(one.Work.Median),
			humanize.IBytes(one.Peak), humanize.Bytes(uint64(one.Upstream)), fmt.Sprint(one.Rounds), one.Note)
	}
	return t.end()
}

// formatTimes writes a factor with two digits that count.
func formatTimes(ratio float64) string {
	switch {
	case ratio >= 10:
		return humanize.Comma(int64(ratio+0.5)) + " times"
	case ratio >= 0.1:
		return fmt.Sprintf("%.2f times", ratio)
	default:
		return fmt.Sprintf("%.2g times", ratio)
	}
}

// writeJSON writes the report to a file, for other programs.
func (r *report) writeJSON(file string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// table is one in Markdown, with its columns aligned for those who read it as
// it is.
type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer, columns ...string) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)}
	t.row(columns...)
	rule := make([]string, len(columns))
	for i := range rule {
		rule[i] = "---"
	}
	t.row(rule...)
	return t
}

func (t table) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", `\|`) // curl | jq is one cell
	}
	fmt.Fprintf(t.w, "| %s\t|\n", strings.Join(cells, "\t| "))
}

// end writes the table and an empty line.
func (t table) end() error {
	fmt.Fprintln(t.w)
	return t.w.Flush()
}
