package main

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// measure is a quantity by which two are compared.
type measure string

const (
	lastByte measure = "last byte"   // seconds from a request to the last byte of its answer
	work     measure = "CPU"         // seconds of processor time for a request
	rate     measure = "requests/s"  // with many clients at once
	memory   measure = "peak memory" // bytes that the process held at most

	upstreamReads measure = "upstream reads" // requests for the list that reached the upstream
)

// moreIsBetter tells which way is good.
func (m measure) moreIsBetter() bool { return m == rate }

// format writes a value with its unit.
func (m measure) format(value float64) string {
	switch m {
	case rate:
		return humanize.Comma(int64(value + 0.5))
	case upstreamReads:
		return humanize.Comma(int64(value))
	case memory:
		return humanize.IBytes(uint64(value))
	default:
		return formatSeconds(value)
	}
}

// formatSeconds writes a duration with three digits, which is more than a
// round tells.
func formatSeconds(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1e3)
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	default:
		return fmt.Sprintf("%.0f µs", d.Seconds()*1e6)
	}
}

// goal is what a ratio has to be: Must, or the bench fails, and what we would
// like it to be.
type goal struct {
	Must float64 `json:"must"`
	Aim  float64 `json:"aim"`
}

// figure compares two by one measure.
type figure struct {
	Measure measure `json:"measure"`
	Base    spread  `json:"base"` // plain Caddy, unless the result's title says otherwise
	Ours    spread  `json:"ours"`
	Ratio   spread  `json:"ratio"`          // ours to base, round by round
	Goal    *goal   `json:"goal,omitempty"` // nil: it is only told
}

// newFigure sums up the rounds of both.
func newFigure(m measure, base, ours []float64, g *goal) figure {
	return figure{m, spreadOf(base), spreadOf(ours), spreadOf(ratios(ours, base)), g}
}

// reaches tells whether the ratio is as good as the bound, or better.
func (f figure) reaches(bound float64) bool {
	if f.Measure.moreIsBetter() {
		return f.Ratio.Median >= bound
	}
	return f.Ratio.Median <= bound
}

// missed tells whether the figure must be better.
func (f figure) missed() bool { return f.Goal != nil && !f.reaches(f.Goal.Must) }

// result is what one scenario showed.
type result struct {
	Key      string   `json:"scenario"` // what -only calls it
	Title    string   `json:"title"`
	Figures  []figure `json:"figures"`
	Peak     *both    `json:"peak,omitempty"`     // memory of the two processes, bytes
	Upstream *both    `json:"upstream,omitempty"` // body bytes that the upstream sent for one request
}

// both is a number of plain Caddy and one of ours.
type both struct {
	Plain int64 `json:"plain"`
	Ours  int64 `json:"ours"`
}
