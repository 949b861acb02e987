package retire

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ParseDate reads an RFC 3339 date, which means the first instant of that day
// in UTC, or an RFC 3339 instant with its zone. The result is in UTC. Dates
// before 1970 and, in UTC, after 9999 are errors, because they are slips of the
// pen that would enforce at once or never.
func ParseDate(text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil && strings.Contains(text, "T") {
		t, err = parseInstant(text)
	}
	if err != nil {
		return time.Time{}, explain(text, err)
	}
	t = t.UTC()
	if year := t.Year(); year < 1970 || year > 9999 {
		return time.Time{}, fmt.Errorf("%q is not between the years 1970 and 9999", text)
	}
	return t, nil
}

var errNotStrict = errors.New("not as RFC 3339 has it")

// parseInstant refuses what time.Parse lets through and RFC 3339 does not: an
// hour of one digit, a comma before the fraction, and zones of a day and more
// (https://go.dev/issue/54580).
func parseInstant(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, err
	}
	zone := text[len(text)-len("07:00"):] // or the seconds, before a Z
	lax := text[len("2006-01-02T1")] == ':' ||
		strings.Contains(text, ",") ||
		!strings.HasSuffix(text, "Z") && (zone[:2] > "23" || zone[3:] > "59")
	if lax {
		return t, errNotStrict
	}
	return t, nil
}

// explain says what is wrong with a date in words that help whoever wrote it;
// package time's own show Go's layouts.
func explain(text string, err error) error {
	var parse *time.ParseError
	if errors.As(err, &parse) && strings.HasSuffix(parse.Message, "out of range") {
		return fmt.Errorf("%q%s", text, parse.Message) // as in ": day out of range"
	}
	if _, err := time.Parse("2006-01-02T15:04:05", text); err == nil {
		return fmt.Errorf("%q has no zone: want %[1]sZ, or an offset such as %[1]s+02:00", text)
	}
	return fmt.Errorf("%q is no RFC 3339 date such as 2027-01-31, or instant such as 2027-01-31T08:00:00Z", text)
}
