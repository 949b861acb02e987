package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// DefaultSince is a window that jobs fall into which run once a month.
const DefaultSince = "30d"

// longestWindow bounds what each client takes in memory.
const longestWindow = 10 * 366

// ParseSince reads where a window begins: so many days before now, as 30d, or a
// date, or an instant. It begins with the whole day; empty is DefaultSince.
func ParseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		text = DefaultSince
	}
	since, err := sinceOf(text, now)
	if err != nil {
		return since, fmt.Errorf("reading since: %w", err)
	}
	since = since.UTC().Truncate(adoption.Day)
	switch {
	case since.After(now):
		return since, fmt.Errorf("reading since: %q is still to come", text)
	case now.Sub(since) > longestWindow*adoption.Day:
		return since, fmt.Errorf("reading since: %q is more than ten years ago", text)
	}
	return since, nil
}

func sinceOf(text string, now time.Time) (time.Time, error) {
	if number, ok := strings.CutSuffix(text, "d"); ok {
		if days, err := strconv.ParseUint(number, 10, 16); err == nil {
			return now.Add(-time.Duration(days) * adoption.Day), nil
		}
	}
	since, err := retire.ParseDate(text)
	if err != nil {
		return since, fmt.Errorf("%q is neither a number of days such as 30d nor a date such as 2027-01-31", text)
	}
	return since, nil
}

// ParseStatus reads the name of a status: overdue, fix_by, exempt, latent or ok.
func ParseStatus(text string) (Status, error) {
	text = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(text))
	for _, s := range Statuses {
		if text == string(s) {
			return s, nil
		}
	}
	return "", fmt.Errorf("unknown status %q; known are overdue, fix_by, exempt, latent, ok", text)
}
