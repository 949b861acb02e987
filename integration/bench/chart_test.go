package main

import (
	"encoding/xml"
	"math"
	"slices"
	"strings"
	"testing"
)

// drawn is what a test wants to know of a chart.
type drawn struct {
	Rects []struct {
		Class string  `xml:"class,attr"`
		X     float64 `xml:"x,attr"`
		Width float64 `xml:"width,attr"`
	} `xml:"rect"`
	Texts []string `xml:"text"`
	Lines []struct {
		Class string  `xml:"class,attr"`
		X     float64 `xml:"x1,attr"`
	} `xml:"line"`
	Paths []struct {
		Class string `xml:"class,attr"`
	} `xml:"path"`
}

func draw(t *testing.T, c chart) drawn {
	t.Helper()
	var d drawn
	if err := xml.Unmarshal([]byte(c.svg()), &d); err != nil {
		t.Fatalf("reading the chart: %v\n%s", err, c.svg())
	}
	return d
}

func TestBarsAreAsLongAsTheirValues(t *testing.T) {
	d := draw(t, chart{title: "a <b> & c", bars: []bar{
		{label: "one", value: 1, text: "1.00"},
		{label: "half", value: 0.5, strong: true, must: 0.72, aim: 0.5, text: "0.50"},
		{label: "two", value: 2, strong: true, missed: true, must: 0.72, aim: 0.5, low: 1.9, high: 2.1, text: "2.00"},
	}})
	bars := d.Rects[1:] // behind the background
	for i, want := range []struct {
		class string
		value float64
	}{{"bar", 1}, {"ours", 0.5}, {"missed", 2}} {
		if got := bars[i].Class; got != want.class {
			t.Errorf("bar %d: got class %q, want %q", i, got, want.class)
		}
		if got := bars[i].Width / bars[0].Width; math.Abs(got-want.value) > 0.01 {
			t.Errorf("bar %d: got %.2f times the length of 1, want %v", i, got, want.value)
		}
	}
	for _, want := range []string{"a <b> & c", "half", "0.50", "must", "aim", "quartiles"} {
		if !slices.Contains(d.Texts, want) {
			t.Errorf("no %q among %q", want, d.Texts)
		}
	}
	if len(d.Paths) != 2+1 { // and the legend's
		t.Errorf("got %d aims, want 2 and one in the legend", len(d.Paths))
	}
}

func TestTheLineAtOneIsWhereBarsOfOneEnd(t *testing.T) {
	for _, log := range []bool{false, true} {
		d := draw(t, chart{log: log, bars: []bar{{value: 1}, {value: 0.013}, {value: 41}}})
		end := d.Rects[1].X + d.Rects[1].Width
		at := slices.IndexFunc(d.Lines, func(l struct {
			Class string  `xml:"class,attr"`
			X     float64 `xml:"x1,attr"`
		},
		) bool {
			return l.Class == "one"
		})
		if at < 0 || math.Abs(d.Lines[at].X-end) > 0.2 {
			t.Errorf("log %v: the bar ends at %v, the line is %v", log, end, d.Lines)
		}
	}
}

func TestOnALogScaleTenTimesIsOneStep(t *testing.T) {
	d := draw(t, chart{log: true, bars: []bar{{value: 0.1}, {value: 1}, {value: 10}, {value: 100}}})
	step := d.Rects[2].Width - d.Rects[1].Width
	for i := 2; i < 5; i++ {
		if got := d.Rects[i].Width - d.Rects[i-1].Width; step <= 0 || math.Abs(got-step) > 0.2 {
			t.Errorf("bar %d: got a step of %v, want %v", i, got, step)
		}
	}
}

func TestEverythingIsInsideThePicture(t *testing.T) {
	c := chart{bars: []bar{{label: strings.Repeat("x", 60), value: 3, text: "3.00", must: 9, aim: 8, low: 2, high: 4}}}
	d := draw(t, c)
	for _, l := range d.Lines {
		if l.X < 0 || l.X > chartWidth {
			t.Errorf("a line is at %v of %d", l.X, chartWidth)
		}
	}
	for _, r := range d.Rects {
		if r.X < 0 || r.X+r.Width > chartWidth {
			t.Errorf("a bar is at %v to %v of %d", r.X, r.X+r.Width, chartWidth)
		}
	}
}

func TestLabelsFit(t *testing.T) {
	r := report{Results: memoryResults([2]uint64{200e6, 2e9}, func() (taken [len(memoryCases)]peaks) {
		for i := range taken {
			taken[i] = peaks{{1}, {1}}
		}
		return taken
	}())}
	for _, s := range scenarios {
		title := strings.ReplaceAll(s.title, "%s", "200 MB")
		for m, g := range s.goals {
			r.Results = append(r.Results, result{Title: title, Figures: []figure{told(m, 1, g)}})
		}
	}
	for _, c := range r.charts() {
		for _, one := range c.bars {
			if got := charWidth * float64(len(one.label)); got > labelWidth-16 {
				t.Errorf("%q takes %.0f pixels, and has %d", one.label, got, labelWidth-16)
			}
		}
	}
}
