package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// text is a route's gauges in a line.
func (g routeGauges) text() string {
	var phases []string
	for phase, holds := range g.phases {
		if holds {
			phases = append(phases, string(phase))
		}
	}
	slices.Sort(phases)
	sunset := "never"
	if !g.sunset.IsZero() {
		sunset = g.sunset.UTC().Format(time.DateOnly)
	}
	return fmt.Sprintf("%s: %s, sunset %s, %d clients", g.name, strings.Join(phases, "+"), sunset, g.clients)
}

// TestGaugesOfCalendar walks through a calendar with a brownout and a rollout,
// which singles out none but its share.
func TestGaugesOfCalendar(t *testing.T) {
	for _, step := range []struct{ now, want string }{
		{"2029-12-31T23:59:59Z", "observe"},
		{"2030-01-01T00:00:00Z", "announce"},
		{"2030-02-01T12:30:00Z", "enforce"}, // the brownout
		{"2030-02-01T13:00:00Z", "announce"},
		{"2030-05-02T00:00:00Z", "announce"}, // at 50 percent
		{"2030-07-01T00:00:00Z", "enforce"},
	} {
		b := retiring(t, step.now, func(h *Handler) { h.Name = "orders" })
		want := "orders: " + step.want + ", sunset 2030-07-01, 2 clients"
		if got := gaugesOf([]*runtime{b.run}, map[string]int{"orders": 2})[0].text(); got != want {
			t.Errorf("%s: got %s, want %s", step.now, got, want)
		}
	}
}

// TestGaugesOfRoutes: holds, phases that the configuration sets, and routes of one
// name.
func TestGaugesOfRoutes(t *testing.T) {
	const now = "2030-08-01T00:00:00Z"
	route := func(name string, change func(*Handler)) *runtime {
		return retiring(t, now, func(h *Handler) {
			h.Name = name
			if change != nil {
				change(h)
			}
		}).run
	}
	routes := []*runtime{
		route("held", func(h *Handler) { h.Retire.Hold = true }),
		route("*", func(h *Handler) { h.Retire.Sunset = "2031-01-01" }),
		route("off", func(h *Handler) { h.Phase = "off" }),
		route("none", func(h *Handler) { h.Retire = nil }),
		route("*", nil),
	}
	want := []string{
		"held: announce, sunset 2030-07-01, 0 clients",
		"*: announce+enforce, sunset 2030-07-01, 7 clients",
		"off: off, sunset 2030-07-01, 0 clients",
		"none: enforce, sunset never, 0 clients",
	}
	var got []string
	for _, g := range gaugesOf(routes, map[string]int{"*": 7, "gone": 9}) {
		got = append(got, g.text())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if g := gaugesOf(routes, nil)[0]; g.clients != -1 {
		t.Errorf("not known: got %d clients", g.clients)
	}
	// A registry refuses what is there twice.
	set := newCollectorSet(func() []routeGauges { return gaugesOf(routes, nil) })
	if _, err := registryOf(t, set).Gather(); err != nil {
		t.Error(err)
	}
}

// TestGaugesOfLiveRoutes: a route is shown from the start of its configuration to
// the start of the next.
func TestGaugesOfLiveRoutes(t *testing.T) {
	names := func() string {
		var names []string
		for _, g := range liveGauges() {
			names = append(names, g.name)
		}
		return strings.Join(names, " ")
	}
	app := func(names ...string) *App {
		a := new(App)
		for _, name := range names {
			a.routes = append(a.routes, retiring(t, "2030-01-01T00:00:00Z", func(h *Handler) { h.Name = name }).run)
		}
		return a
	}
	first, second := app("orders", "items"), app("items", "tags")
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, ""},
		{func() { goLive(first) }, "orders items"},
		{func() { goLive(second) }, "items tags"},
		{func() { goOff(first) }, "items tags"},
		{func() { goOff(second) }, ""},
	} {
		if step.do(); names() != step.want {
			t.Errorf("got %q, want %q", names(), step.want)
		}
	}
}

// TestCountAffected: each client once for all its programs and hours, and only
// where it was affected.
func TestCountAffected(t *testing.T) {
	now := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := &testClock{now: now.Add(-3 * time.Hour)}
	ledger := adoption.NewLedger(plainClock{clock})
	add := func(route, client, source, agent string, affected bool) {
		ledger.Add(&adoption.Record{Route: route, Client: client, ClientSource: source, UserAgent: agent, Affected: affected, Phase: string(retire.Announce), Count: 1})
	}
	add("orders", "a", "{user}", "curl/8", true)
	add("orders", "a", "{user}", "python/3", true)
	add("orders", "a", "{key}", "curl/8", true) // another client of that name
	add("orders", "b", "{user}", "curl/8", false)
	add("orders", adoption.Other, "{user}", "curl/8", true) // calls itself so
	add("items", "b", "{user}", "curl/8", true)
	add("tags", "", "", "curl/8", true)
	add("tags", "", "", "python/3", true)
	add("tags", adoption.Other, "", "", true)
	add("tags", adoption.Other, "", "", false)
	clock.advance(2 * time.Hour)
	add("orders", "a", "{user}", "curl/8", true)
	add("orders", "c", "{user}", "curl/8", true)
	want := map[string]int{"orders": 4, "items": 1, "tags": 1}
	if got, err := countAffected(ledger, now); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	want = map[string]int{"orders": 2} // only the later hour is within
	if got, err := countAffected(ledger, now.Add(affectedWindow-2*time.Hour+time.Minute)); err != nil || !maps.Equal(got, want) {
		t.Errorf("later: got %v, %v, want %v", got, err, want)
	}
}

// unlisted is a storage that does not say what it has.
type unlisted struct{ certmagic.Storage }

func (unlisted) List(context.Context, string, bool) ([]string, error) {
	return nil, errors.New("the storage is down")
}

// TestAffectedClientsPatience: a scrape does not wait for a ledger that takes long
// to read, and shows what is known.
func TestAffectedClientsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := affectedClients{counts: map[string]int{"orders": 3}, reading: make(chan struct{})}
		began := time.Now()
		if got := a.byRoute(nil)["orders"]; got != 3 || time.Since(began) != affectedPatience {
			t.Errorf("got %d after %v, want 3 after %v", got, time.Since(began), affectedPatience)
		}
	})
}

// TestAffectedClients: within a few seconds the ledger is read once; a ledger that
// takes long is read less often; and what is known stays when reading fails.
func TestAffectedClients(t *testing.T) {
	ledger := adoption.NewLedger(plainClock{systemClock{}})
	add := func(client string) {
		ledger.Add(&adoption.Record{Route: "orders", Client: client, ClientSource: "{user}", Affected: true, Count: 1})
	}
	var a affectedClients
	check := func(what string, want int) {
		t.Helper()
		if got := a.byRoute(ledger)["orders"]; got != want {
			t.Errorf("%s: got %d, want %d", what, got, want)
		}
	}
	age := func(by time.Duration) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.read = a.read.Add(-by)
	}
	add("a")
	check("at first", 1)
	add("b")
	check("at once again", 1)
	age(affectedFresh)
	check("later", 2)
	add("c")
	a.took = time.Minute
	age(affectedShare * time.Minute / 2)
	check("after a long reading", 2)
	age(affectedShare * time.Minute / 2)
	check("long after a long reading", 3)
	down := &adoption.Settings{
		Storage: unlisted{&certmagic.FileStorage{Path: t.TempDir()}}, Logger: zap.NewNop(),
		Instance: func() string { return "tests" }, MaxClients: 10, Retention: 3 * adoption.Day,
	}
	ledger.Attach(down)
	add("d")
	age(2 * affectedShare * time.Minute)
	check("storage that is down", 3)
	ledger.Detach(down)
	if got := new(affectedClients).byRoute(nil); got == nil || len(got) != 0 {
		t.Errorf("no ledger: got %v", got)
	}
}
