package report

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"
)

// grouped is a number as people read it: 12,345.
func grouped(n int64) string { return humanize.Comma(n) }

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// percent is the share of the requests that asked for pages. It never rounds to 0
// or 100 what is neither.
func percent(c Counts) string {
	if c.Requests == 0 {
		return "-"
	}
	share := c.Share()
	p := math.Round(share * 100)
	switch {
	case share <= 0:
		p = 0
	case share >= 1:
		p = 100
	default:
		p = min(max(p, 1), 99)
	}
	return strconv.Itoa(int(p)) + "%"
}

// dateOf is a date, empty if there is none.
func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// instantOf is an instant to the second, empty if there is none.
func instantOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// duration is a time that was spent, in the unit that suits it.
func duration(seconds float64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%.1f min", seconds/60)
	}
	return fmt.Sprintf("%.1f h", seconds/3600)
}

// printable leaves nothing in a text that a terminal takes for a command, or that
// turns the direction of what follows: clients choose their own names.
func printable(text string) string {
	runes := []rune(text)
	for i, c := range runes {
		if !unicode.IsPrint(c) {
			runes[i] = unicode.ReplacementChar
		}
	}
	return string(runes)
}

// clip shortens a text to a width.
func clip(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	if width < 1 {
		return ""
	}
	return string(runes[:width-1]) + "…"
}

// sentence begins a text with a capital letter, and ends it.
func sentence(text string) string {
	runes := []rune(text)
	if len(runes) == 0 {
		return ""
	}
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes) + "."
}
