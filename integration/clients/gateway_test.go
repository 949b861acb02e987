//go:build backends

package clients

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/clock"
	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// items is how many items the list has: two full pages of the maximum, which is
// 100, and a rest.
const items = 257

// The calendar of every route here, and what of it is told.
const (
	calendar = `
			deprecated 2030-01-01
			brownout 2030-02-01T11:00:00Z 1h
			rollout 2030-04-01 50
			sunset 2030-07-01
			docs https://docs.example/paging
			policy https://docs.example/policy`

	sunset = "Mon, 01 Jul 2030 00:00:00 GMT"
	docs   = "https://docs.example/paging"

	announced = "2030-01-02"
	rehearsed = "2030-02-01T11:45:00Z"
	rolledOut = "2030-04-02"
	enforced  = "2030-07-01"
)

// setTime stops the time of Caddy, which runs in this process, at an instant, until
// the test ends.
func setTime(t *testing.T, instant string) {
	t.Helper()
	at, err := retire.ParseDate(instant)
	if err != nil {
		t.Fatal(err)
	}
	clock.Freeze(at)
	t.Cleanup(clock.Resume)
}

// start runs Caddy with the calendar in front of the demo API. Options are further
// lines of the directive; errors is the site's, for answers that are errors.
func start(t *testing.T, options, calendar, errors string) *harness.Caddy {
	t.Helper()
	up := httptest.NewServer(legacyapi.New(legacyapi.Options{Items: items}))
	t.Cleanup(up.Close)
	return harness.Start(t, `paginate /orders* 50 100 {
		name orders
		client {http.request.header.X-Team}
		`+options+`
		retire {`+calendar+`
		}
	}
	`+errors+`
	reverse_proxy `+strings.TrimPrefix(up.URL, "http://"))
}

// teamWhere finds a team that a rollout for half of the clients takes in, or not.
func teamWhere(t *testing.T, in bool) string {
	t.Helper()
	for team := range strings.FieldsSeq("red orange yellow green blue indigo violet black white grey") {
		if retire.CohortOf(team) < 5000 == in {
			return team
		}
	}
	t.Fatal("no team is on this side of the rollout")
	return ""
}
