package adoption

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// Where a ledger is in a storage. Each process has an entry for each hour, or more
// than one after its clock was set back or its settings were changed. When a day
// is long over its hours are folded into one entry, whoever wrote them:
//
//	paginate/ledger/<instance>/2030-03-01T12-<process>-<n>
//	paginate/ledger/days/2030-03-01
//	paginate/ledger-damaged/...      entries that cannot be read, set aside
const (
	ledgerPrefix  = "paginate/ledger"
	daysPrefix    = ledgerPrefix + "/days"
	damagedPrefix = "paginate/ledger-damaged"

	hourFormat = "2006-01-02T15"
	dayFormat  = time.DateOnly
)

// freshFor is how long hours stay hours after the end of their day.
const freshFor = 2 * Day

// hourName is the name of an hour's entry. It is unique: an entry that was folded
// into a day must never be written again.
func (l *Ledger) hourName(h *hour) string {
	return fmt.Sprintf("%s/%s/%s-%s-%d", ledgerPrefix, l.instance, h.start.Format(hourFormat), l.process, h.n)
}

func dayName(day time.Time) string { return path.Join(daysPrefix, day.Format(dayFormat)) }

// parseName tells of an entry's name when the period begins, and whether it is a
// day.
func parseName(name string) (start time.Time, day, ok bool) {
	rest, ours := strings.CutPrefix(name, ledgerPrefix+"/")
	folder, file, deep := strings.Cut(rest, "/")
	if !ours || !deep || strings.Contains(file, "/") {
		return start, false, false
	}
	if folder == "days" {
		start, err := time.Parse(dayFormat, file)
		return start, true, err == nil
	}
	if len(file) <= len(hourFormat) || file[len(hourFormat)] != '-' || strings.Contains(file, ".") {
		return start, false, false // a file that is still being written has a name of its own
	}
	start, err := time.Parse(hourFormat, file[:len(hourFormat)])
	return start, false, err == nil
}

// foldable tells whether a day is over for so long that no instance counts in it
// any more, so that its entries stand still.
func foldable(day, now time.Time) bool { return !now.Before(day.Add(Day + freshFor)) }
