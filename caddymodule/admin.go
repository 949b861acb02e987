package caddymodule

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// adminRoutes is what the admin API answers. The handlers outlive the
// configuration that they were made for, even one that failed to load: they look
// up what is in force (live.go), and keep nothing.
var adminRoutes = []caddy.AdminRoute{
	{Pattern: "GET /paginate/calendar", Handler: caddy.AdminHandlerFunc(serveCalendar)},
	{Pattern: "GET /paginate/report", Handler: caddy.AdminHandlerFunc(serveReport)},
	{Pattern: "GET /paginate/snapshots", Handler: caddy.AdminHandlerFunc(serveSnapshots)},
	{Pattern: "DELETE /paginate/snapshots", Handler: caddy.AdminHandlerFunc(dropSnapshots)},
	{Pattern: "DELETE /paginate/snapshots/{id}", Handler: caddy.AdminHandlerFunc(dropSnapshot)},
}

// adminAPI adds routes to Caddy's admin API:
//
//	GET /paginate/calendar   what changes when on each route, and what today is
//	GET /paginate/report     who would lose data if limits were enforced today;
//	                         ?since=7d or a date, ?route= and ?status= choose
//	GET /paginate/snapshots  what is kept of lists that are walked
//	DELETE /paginate/snapshots, DELETE /paginate/snapshots/{id}
//	                         drops all of it, what ?route= names, or one
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.paginate",
		New: func() caddy.Module { return new(adminAPI) },
	}
}

// Routes returns the routes of the admin API.
func (adminAPI) Routes() []caddy.AdminRoute { return adminRoutes }

func serveCalendar(w http.ResponseWriter, _ *http.Request) error {
	return serveJSON(w, liveCalendar(systemClock{}.Now()))
}

// serveJSON answers the admin API with a value.
func serveJSON(w http.ResponseWriter, value any) error {
	body, err := json.MarshalIndent(value, "", "\t")
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusInternalServerError, Err: fmt.Errorf("encoding the answer: %w", err)}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n')) // a client that is gone needs no answer
	return nil
}

// Interface guards
var (
	_ caddy.Module      = adminAPI{}
	_ caddy.AdminRouter = adminAPI{}
)
