// Package report tells from adoption who is not ready for limits: of every client
// what it asks for, by when it has to change and whom to talk to, and of every
// route how far its clients have come. A [Builder] adds up what a ledger or
// adoption logs have, and a [Report] is written as a table, JSON, CSV or a page
// of HTML.
package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// A Report is what the clients of some routes have asked for, since an instant.
type Report struct {
	Generated time.Time `json:"generated"`

	// Since is the first instant of the window: the first one of a day, in UTC.
	Since time.Time `json:"since"`

	// Verdict says in one sentence what would happen if limits were enforced for
	// everybody at this moment.
	Verdict string `json:"verdict"`

	// ClientCount is how many have been seen that are known by themselves, Losing how
	// many of them would lose data, Exempt how many would if they were not exempt.
	// More tells that there are others, which are counted together.
	ClientCount int  `json:"client_count"`
	Losing      int  `json:"losing"`
	Exempt      int  `json:"exempt"`
	More        bool `json:"more,omitempty"`

	Counts

	// Clients has who asked, the worst first.
	Clients []Client `json:"clients"`

	// Routes are those with the most clients first that would lose data, and else
	// by their names.
	Routes []Route `json:"routes"`

	// Notes say what is missing from the report, and what else is to be seen to, a
	// sentence each.
	Notes []string `json:"notes,omitempty"`
}

// Status is where a client stands on its way to pages.
type Status string

// The statuses, the worst first.
const (
	// Overdue is a client that is affected, and for which limits are enforced.
	Overdue Status = "overdue"

	// FixBy is a client that is affected, and for which limits will be enforced.
	FixBy Status = "fix_by"

	// Exempt is a client that is affected, but exempt for now.
	Exempt Status = "exempt"

	// Latent is a client that asks for more than it may, and never lost by it: its
	// lists have been short so far.
	Latent Status = "latent"

	// OK is a client that asked for nothing but pages.
	OK Status = "ok"
)

// Statuses are all of them, the worst first.
var Statuses = []Status{Overdue, FixBy, Exempt, Latent, OK}

// A Client is one row of the report.
type Client struct {
	// Client is as the adoption log has it, and Source the placeholder that told.
	Client string `json:"client"`
	Source string `json:"source,omitempty"`

	// Together tells that the row is not one client, but all those that are counted
	// together, or that nothing told apart.
	Together bool `json:"together,omitempty"`

	// Name, Owner and Contact are the clients file's.
	Name    string `json:"name,omitempty"`
	Owner   string `json:"owner,omitempty"`
	Contact string `json:"contact,omitempty"`

	// Status is the worst one that the client has on a route.
	Status Status `json:"status"`

	// Date is when FixBy and Exempt end; zero if no date is set.
	Date time.Time `json:"date,omitzero"`

	// Programs are the products of its user agents, the most busy first.
	Programs []string `json:"programs"`

	// Uses are what it does on each route, the worst first.
	Uses []Use `json:"routes"`

	Counts
	Rejected int64 `json:"rejected"` // requests that were refused
	Notices  int64 `json:"notices"`  // answers that told of the retirement; from logs it is reckoned

	MostItems       int64   `json:"most_items"` // of the largest list, as far as it was read
	MostBytes       int64   `json:"most_bytes"` // of the largest body that was sent
	UpstreamSeconds float64 `json:"upstream_seconds"`

	First         time.Time `json:"first"`
	Last          time.Time `json:"last"`
	LastCompliant time.Time `json:"last_compliant,omitzero"`

	// Sample is an affected request; zero if none was.
	Sample adoption.Sample `json:"sample,omitzero"`
}

// Counts are numbers of list requests.
type Counts struct {
	Requests  int64 `json:"requests"`
	Compliant int64 `json:"compliant"` // those that asked for a bounded page within the maximum
	Affected  int64 `json:"affected"`  // those that got, or would get, another answer by enforcement
}

// Share is the compliant part of the requests, from 0 to 1; 1 if there are none.
func (c Counts) Share() float64 {
	if c.Requests == 0 {
		return 1
	}
	return float64(c.Compliant) / float64(c.Requests)
}

// A Use is what one client does on one route.
type Use struct {
	Route  string    `json:"route"`
	Status Status    `json:"status"`
	Date   time.Time `json:"date,omitzero"`
	Counts

	// Sample is an affected request to the route; zero if none was.
	Sample adoption.Sample `json:"sample,omitzero"`
}

// A Route is how far the clients of one route have come.
type Route struct {
	Route string `json:"route"`

	// Phase is that of the clients which neither a rollout nor an exemption singles
	// out; without a configuration that of the last request.
	Phase retire.Phase `json:"phase,omitempty"`

	Hold   bool      `json:"hold,omitempty"`
	Sunset time.Time `json:"sunset,omitzero"`
	Docs   string    `json:"docs,omitempty"` // explains what to change, to clients

	// Parameter is that by which a client asks for a page of so many items at most;
	// empty and zero if they are not known.
	Parameter string `json:"parameter,omitempty"`
	Max       int64  `json:"max,omitempty"`

	Verdict     string `json:"verdict"`
	ClientCount int    `json:"client_count"`
	Losing      int    `json:"losing"`
	Exempt      int    `json:"exempt"`
	More        bool   `json:"more,omitempty"`
	Counts

	// Unordered are the pages by which it was noticed that the list is not in the
	// order of its key. Logs do not tell.
	Unordered int64 `json:"unordered,omitempty"`

	// Days are the burn-down: each day from the first request in the window on, up
	// to today.
	Days []Day `json:"days"`
}

// A Day is one day of a route, in UTC.
type Day struct {
	Date      string `json:"date"`
	Requests  int64  `json:"requests"`
	Compliant int64  `json:"compliant"`

	// AffectedClients are known by themselves; More tells that there are others,
	// which are counted together.
	AffectedClients int  `json:"affected_clients"`
	More            bool `json:"more,omitempty"`
}

// StatusText is a status in words, with its date.
func StatusText(s Status, date time.Time) string {
	switch {
	case s == FixBy && date.IsZero():
		return "fix, no date set"
	case s == FixBy:
		return "fix by " + date.UTC().Format(time.DateOnly)
	case s == Exempt:
		return "exempt until " + date.UTC().Format(time.DateOnly)
	}
	return string(s)
}

// Label is what to call a client.
func (c *Client) Label() string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Together && c.Client == adoption.Other:
		return "(others, together)"
	case c.Together:
		return "(not identified)"
	}
	return c.Client
}

func (c *Client) routeNames() []string {
	names := make([]string, len(c.Uses))
	for i, use := range c.Uses {
		names[i] = use.Route
	}
	return names
}

// programNames are the busiest programs, and how many more there are: one key may
// serve hundreds.
func (c *Client) programNames() string {
	const most = 4
	if more := len(c.Programs) - most; more > 0 {
		return strings.Join(c.Programs[:most], " ") + fmt.Sprintf(" +%d", more)
	}
	return strings.Join(c.Programs, " ")
}
