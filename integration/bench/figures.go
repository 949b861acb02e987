package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// home is where the README and the charts are, from the project's root.
const home = "integration/bench"

// What the run writes stands between these lines of the README.
const (
	figuresBegin = "<!-- figures: written by ./xcaddy.sh bench -write -->\n"
	figuresEnd   = "<!-- end of figures -->\n"
)

// writeFigures draws the charts and writes them and the tables into a folder's
// README, so that nobody copies numbers by hand.
func (r *report) writeFigures(dir string) error {
	file := filepath.Join(dir, "README.md")
	readme, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the README: %w", err)
	}
	var section bytes.Buffer
	for _, c := range r.charts() {
		if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.svg()), 0o644); err != nil {
			return fmt.Errorf("writing a chart: %w", err)
		}
		fmt.Fprintf(&section, "![%s](%s)\n\n", c.title, c.file)
	}
	if err := r.writeText(&section); err != nil {
		return err
	}
	text, err := splice(string(readme), section.String())
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing the README: %w", err)
	}
	return nil
}

// splice puts a new section between the marks.
func splice(readme, section string) (string, error) {
	before, rest, found := strings.Cut(readme, figuresBegin)
	_, after, closed := strings.Cut(rest, figuresEnd)
	if !found || !closed {
		return "", errors.New("writing the README: it lacks the marks around the figures")
	}
	return before + figuresBegin + "\n" + section + figuresEnd + after, nil
}

// chartFile is a chart and the name of its file.
type chartFile struct {
	chart
	file string
}

// charts are the pictures of what there is.
func (r *report) charts() (all []chartFile) {
	costs := chart{title: "What paging costs, as a share of plain Caddy", note: "Less is better. Medians of rounds in turns."}
	rates := chart{title: "Requests a second, as a share of plain Caddy", note: "More is better. Medians of rounds in turns."}
	for _, result := range r.Results {
		for _, f := range result.Figures {
			if f.Goal == nil {
				continue
			}
			if f.Measure.moreIsBetter() {
				rates.bars = append(rates.bars, f.bar(result.Title))
			} else {
				costs.bars = append(costs.bars, f.bar(result.Title+", "+string(f.Measure)))
			}
		}
	}
	for _, c := range []chartFile{{rates, "rates.svg"}, {costs, "costs.svg"}} {
		if len(c.bars) > 0 {
			all = append(all, c)
		}
	}
	for _, c := range r.Contests {
		all = append(all, chartFile{c.chart(), "peers-" + c.Key + ".svg"})
	}
	return all
}

// bar is the row of a figure with a goal.
func (f figure) bar(label string) bar {
	return bar{
		label: label, text: fmt.Sprintf("%.2f", f.Ratio.Median), value: f.Ratio.Median, low: f.Ratio.Low, high: f.Ratio.High,
		must: f.Goal.Must, aim: f.Goal.Aim, missed: f.missed(), strong: true,
	}
}

// chart shows how many times plain Caddy's time each of them takes.
func (c contest) chart() chart {
	picture := chart{title: c.Title, note: "Time to the last byte, in times that of plain Caddy, which passes all. Less is better; mind the scale.", log: true}
	for i, one := range c.Contenders {
		if one.Absent != "" {
			continue
		}
		picture.bars = append(picture.bars, bar{
			label: one.Name, text: formatSeconds(one.Time.Median), value: c.ratio(i), strong: i == 1,
		})
	}
	return picture
}
