package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// chart is a picture of bars that lie, one below the other, beside a line at
// 1, which is plain Caddy. It is drawn as SVG, without any library.
type chart struct {
	title, note string
	log         bool // a tenth is as far from 1 as ten times is
	bars        []bar
}

// bar is one row.
type bar struct {
	label, text string // text stands behind the bar
	value       float64
	low, high   float64 // the quartiles; none where both are 0
	must, aim   float64 // marks; none where 0
	missed      bool
	strong      bool // this one is ours, where others are not
}

// Pixels.
const (
	chartWidth = 920
	labelWidth = 400 // the bars begin behind it
	textWidth  = 120 // for what stands behind the longest bar
	rowHeight  = 26
	barHeight  = 14
	headHeight = 78
	footHeight = 40
	charWidth  = 6.4 // of the font, about
)

// The colours follow the reader's choice of light or dark.
const chartStyle = `
.back{fill:#ffffff}.text{fill:#1f2328}.faint{fill:#59636e}.bar{fill:#8c959f}.ours{fill:#0969da}.missed{fill:#bc4c00}
.one{stroke:#1f2328}.whisker{stroke:#1f2328;stroke-opacity:.55}.must{stroke:#cf222e}.aim{fill:#1a7f37}.grid{stroke:#d1d9e0}
@media (prefers-color-scheme: dark){
.back{fill:#0d1117}.text{fill:#f0f6fc}.faint{fill:#9198a1}.bar{fill:#656c76}.ours{fill:#4493f8}.missed{fill:#db6d28}
.one{stroke:#f0f6fc}.whisker{stroke:#f0f6fc}.must{stroke:#f85149}.aim{fill:#3fb950}.grid{stroke:#3d444d}
}
text{font-family:system-ui,-apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;font-size:12px}
.title{font-size:15px;font-weight:600}`

// svg draws the chart.
func (c chart) svg() string {
	height := headHeight + rowHeight*len(c.bars) + footHeight
	s := newScale(c)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`,
		chartWidth, height, chartWidth, height, escape(c.title))
	fmt.Fprintf(&b, "\n<style>%s\n</style>\n", chartStyle)
	fmt.Fprintf(&b, `<rect class="back" width="%d" height="%d" rx="6"/>`+"\n", chartWidth, height)
	writeLabel(&b, "title text", 16, 26, "start", c.title)
	writeLabel(&b, "faint", 16, 46, "start", c.note)
	c.drawGrid(&b, s)
	for i, one := range c.bars {
		one.draw(&b, s, headHeight+rowHeight*i)
	}
	c.drawLegend(&b, height-14)
	b.WriteString("</svg>\n")
	return b.String()
}

// scale maps values to places.
type scale struct {
	log      bool
	from, to float64 // what the left and right ends stand for
}

// newScale makes room for all bars and marks.
func newScale(c chart) scale {
	least, most := 1.0, 1.0
	for _, one := range c.bars {
		for _, v := range []float64{one.value, one.high, one.must, one.aim} {
			if v > 0 {
				least, most = min(least, v), max(most, v)
			}
		}
	}
	if c.log {
		return scale{true, math.Pow(10, math.Floor(math.Log10(least)-0.05)), most}
	}
	return scale{false, 0, most * 1.02}
}

// x is where a value is.
func (s scale) x(value float64) float64 {
	share := (value - s.from) / (s.to - s.from)
	if s.log {
		share = math.Log(value/s.from) / math.Log(s.to/s.from)
	}
	return labelWidth + share*(chartWidth-labelWidth-textWidth)
}

// ticks are the values that get a line and a number.
func (s scale) ticks() (values []float64) {
	if s.log {
		for v := s.from; v <= s.to*1.0001; v *= 10 {
			values = append(values, v)
		}
		return values
	}
	step := 0.5
	for s.to/step > 8 {
		step *= 2
	}
	for v := 0.0; v <= s.to; v += step {
		values = append(values, v)
	}
	return values
}

func (c chart) drawGrid(b *strings.Builder, s scale) {
	bottom := headHeight + rowHeight*len(c.bars)
	for _, v := range s.ticks() {
		drawLine(b, "grid", 1, s.x(v), headHeight-4, s.x(v), float64(bottom))
		writeLabel(b, "faint", s.x(v), headHeight-8, "middle", fmt.Sprintf("%.4g", v))
	}
	drawLine(b, "one", 1.5, s.x(1), headHeight-4, s.x(1), float64(bottom))
}

// draw draws one row whose top is at y.
func (r bar) draw(b *strings.Builder, s scale, y int) {
	class := "bar"
	switch {
	case r.missed:
		class = "missed"
	case r.strong:
		class = "ours"
	}
	top, middle := float64(y+(rowHeight-barHeight)/2), float64(y)+rowHeight/2.0
	left, right := s.x(s.from), s.x(r.value)
	writeLabel(b, "text", labelWidth-10, middle+4, "end", r.label)
	fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%d" rx="2"/>`+"\n", class, left, top, max(right-left, 1), barHeight)
	end := right
	if r.high > 0 {
		drawLine(b, "whisker", 1.5, s.x(r.low), middle, s.x(r.high), middle)
		end = max(end, s.x(r.high))
	}
	if r.must > 0 {
		drawLine(b, "must", 2.5, s.x(r.must), top-4, s.x(r.must), top+barHeight+4)
		end = max(end, s.x(r.must))
	}
	if r.aim > 0 {
		x := s.x(r.aim)
		fmt.Fprintf(b, `<path class="aim" d="M%.1f %.1fl5 5 -5 5 -5 -5z"/>`+"\n", x, middle-5)
		end = max(end, x+4)
	}
	if end < s.x(1) && end+charWidth*float64(len(r.text)) > s.x(1)-8 {
		end = s.x(1) // the line at 1 would go through the text
	}
	writeLabel(b, "text", end+8, middle+4, "start", r.text)
}

// drawLegend explains the marks that are there.
func (c chart) drawLegend(b *strings.Builder, y int) {
	var marks, whiskers bool
	for _, one := range c.bars {
		marks = marks || one.must > 0
		whiskers = whiskers || one.high > 0
	}
	x, at := 16.0, float64(y)
	say := func(text string) {
		writeLabel(b, "faint", x+14, at, "start", text)
		x += 14 + charWidth*float64(len(text)) + 18
	}
	drawLine(b, "one", 1.5, x+5, at-10, x+5, at+2)
	say("plain Caddy")
	if whiskers {
		drawLine(b, "whisker", 1.5, x, at-4, x+10, at-4)
		say("quartiles")
	}
	if marks {
		drawLine(b, "must", 2.5, x+5, at-10, x+5, at+2)
		say("must")
		fmt.Fprintf(b, `<path class="aim" d="M%.1f %.1fl5 5 -5 5 -5 -5z"/>`+"\n", x+5, at-9)
		say("aim")
	}
}

func drawLine(b *strings.Builder, class string, width, x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<line class="%s" stroke-width="%g" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", class, width, x1, y1, x2, y2)
}

func writeLabel(b *strings.Builder, class string, x, y float64, anchor, text string) {
	fmt.Fprintf(b, `<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", class, x, y, anchor, escape(text))
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
