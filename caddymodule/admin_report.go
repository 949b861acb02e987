package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
)

// A reportQuery says what a report is on.
type reportQuery struct {
	since    time.Time
	routes   []string
	statuses []report.Status
}

// newReportQuery reads since, route and status, as the command and the admin API
// have them. Of the last two there may be several.
func newReportQuery(values url.Values, now time.Time) (q reportQuery, err error) {
	for name, given := range values {
		switch {
		case !slices.Contains([]string{"since", "route", "status"}, name):
			return q, fmt.Errorf("unknown parameter %q; known are since, route, status", name)
		case name == "since" && len(given) > 1:
			return q, errors.New("since is given twice")
		}
	}
	if q.since, err = report.ParseSince(values.Get("since"), now); err != nil {
		return q, err
	}
	q.routes = values["route"]
	for _, text := range values["status"] {
		status, err := report.ParseStatus(text)
		if err != nil {
			return q, err
		}
		q.statuses = append(q.statuses, status)
	}
	return q, nil
}

// serveReport answers with the report on all instances that share the storage.
func serveReport(w http.ResponseWriter, r *http.Request) error {
	now := systemClock{}.Now()
	q, err := newReportQuery(r.URL.Query(), now)
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: err}
	}
	return serveJSON(w, liveReport(r.Context(), q, now))
}

// liveReport reports on the configuration that is in force. What of the ledger
// cannot be read is noted.
func liveReport(ctx context.Context, q reportQuery, now time.Time) *report.Report {
	b := report.NewBuilder(q.since, now, q.routes...)
	o := report.Options{Statuses: q.statuses}
	if app := liveApp(); app != nil {
		for period, err := range app.ledger.Read(ctx, b.Since()) {
			switch {
			case err == nil:
				b.AddPeriod(period)
			case adoption.IsDamage(err):
				b.Note(damageNote(err))
			default:
				b.Note("the storage cannot be read, and what it has is missing: " + err.Error())
			}
		}
		o.Plans = reportPlans(app.routes, func() ([]byte, error) { return app.secret(ctx) })
		o.Lookup = app.clients.lookup
	}
	return b.Build(o)
}

func damageNote(err error) string { return err.Error() + "; its counts are missing" }
