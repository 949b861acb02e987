package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sample is a report with one of each.
func sample() *report {
	return &report{
		Go: "go1.0", Platform: "plan9/mips", Cores: 3, Rounds: 5, Round: time.Second.String(),
		Results: []result{
			{
				Key: "wide", Title: "trim <wide> & small",
				Figures: []figure{told(lastByte, 0.6, &goal{0.72, 0.50}), told(work, 0.9, &goal{0.85, 0.60})},
				Peak:    &both{50 << 20, 51 << 20}, Upstream: &both{200e6, 14e3},
			},
			{Key: "untouched", Title: "another route", Figures: []figure{told(rate, 1.01, &goal{0.93, 0.99})}},
		},
		Contests: []contest{{Key: "cut", Title: "100 of many", Contenders: []contender{
			{Name: "plain Caddy", Rounds: 5, Time: spreadOf([]float64{0.2}), Work: spreadOf([]float64{0.1}), Peak: 50 << 20, Upstream: 144e6},
			{Name: "ours", Rounds: 5, Time: spreadOf([]float64{0.002}), Work: spreadOf([]float64{0.001}), Peak: 50 << 20, Upstream: 1e6},
			{Name: "curl | jq", Rounds: 2, Time: spreadOf([]float64{5}), Work: spreadOf([]float64{5}), Peak: 1 << 30, Upstream: 144e6, Note: "loses digits"},
			{Name: "gone", Absent: "not installed"},
		}}},
	}
}

func TestReportTellsEachFigure(t *testing.T) {
	var text bytes.Buffer
	if err := sample().writeText(&text); err != nil {
		t.Fatal(err)
	}
	squeezed := strings.Join(strings.Fields(text.String()), " ")
	for _, want := range []string{
		"go1.0, plan9/mips, 3 cores; medians of 5 rounds",
		"| trim <wide> & small | last byte | 1.50 s | 900 ms | **0.60** (0.60 to 0.60) | ≤ 0.72 ok | ≤ 0.50 MISSED |",
		"| trim <wide> & small | CPU | 1.50 s | 1.35 s | **0.90** (0.90 to 0.90) | ≤ 0.85 MISSED | ≤ 0.60 MISSED |",
		"| another route | requests/s | 2 | 2 | **1.01** (1.01 to 1.01) | ≥ 0.93 ok | ≥ 0.99 ok |",
		"| trim <wide> & small | 50 MiB | 51 MiB | 200 MB | 14 kB |",
		"| ours | 2.0 ms | 0.01 times | 1.0 ms | 50 MiB | 1.0 MB | 5 | |",
		`| curl \| jq | 5.00 s | 25 times | 5.00 s | 1.0 GiB | 144 MB | 2 | loses digits |`,
		"| gone | NOT MEASURED | | | | | | not installed |",
	} {
		if !strings.Contains(squeezed, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}

func TestAMissedMustFailsTheRun(t *testing.T) {
	err := sample().deliver(settings{}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "trim <wide> & small, CPU: 0.90, must be ≤ 0.85") {
		t.Errorf("got %v, want to be told what was missed", err)
	}
	if strings.Contains(err.Error(), "last byte") {
		t.Errorf("got %v, and a missed aim is no failure", err)
	}
	if err := sample().deliver(settings{report: true}, io.Discard); err != nil {
		t.Errorf("got %v, but was only to report", err)
	}
}

func TestTheReportAsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "figures.json")
	if err := sample().deliver(settings{report: true, json: file}, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got, want := got.Results[0].Figures[1].Ratio.Median, 0.9; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := got.Contests[0].Contenders[2].Name, "curl | jq"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFiguresGoBetweenTheMarks(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "README.md")
	const before, after = "# What it costs\n\n", "\n## Behind\n"
	if err := os.WriteFile(file, []byte(before+figuresBegin+"old\n"+figuresEnd+after), 0o600); err != nil {
		t.Fatal(err)
	}
	var first string
	for range 2 { // the second time over what the first wrote
		if err := sample().writeFigures(dir); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := string(text)
		if !strings.HasPrefix(got, before+figuresBegin) || !strings.HasSuffix(got, figuresEnd+after) || strings.Contains(got, "old") {
			t.Errorf("what stands around is not as it was:\n%s", got)
		}
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("the second time got\n%s\nand the first\n%s", got, first)
		}
	}
	for _, name := range []string{"rates.svg", "costs.svg", "peers-cut.svg"} {
		if !strings.Contains(first, "]("+name+")") {
			t.Errorf("%s is not shown in\n%s", name, first)
		}
		picture, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := wellFormed(picture); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		picture.Close()
	}
}

func TestAREADMEWithoutMarksStaysAsItIs(t *testing.T) {
	for _, readme := range []string{"", "# None\n", figuresBegin, figuresEnd, figuresEnd + figuresBegin} {
		if got, err := splice(readme, "new"); err == nil {
			t.Errorf("%q: got %q, want an error", readme, got)
		}
	}
}

// wellFormed reads XML to its end.
func wellFormed(r io.Reader) error {
	for d := xml.NewDecoder(r); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
