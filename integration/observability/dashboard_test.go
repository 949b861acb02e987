// Package observability tests the Grafana dashboard and the alert rules as files.
// What Prometheus makes of them is tested with it, in integration/backends.
package observability

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type dashboard struct {
	Title, UID    string
	SchemaVersion int
	Panels        []panel
	Templating    struct {
		List []struct{ Name, Type string }
	}
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults struct{ Unit string }
	}
	Targets []struct {
		RefID, Expr string
		Datasource  struct{ Type, UID string }
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile("grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Panels) == 0 || d.Title == "" || d.UID == "" || d.SchemaVersion == 0 {
		t.Fatalf("got %d panels, title %q, uid %q, version %d", len(d.Panels), d.Title, d.UID, d.SchemaVersion)
	}
	return d
}

// exported are the names of our series, as a test of the module has them written
// down: histograms have three each.
func exported(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../caddymodule/testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, match := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`).FindAllSubmatch(text, -1) {
		name := string(match[1])
		if string(match[2]) == "histogram" {
			names = append(names, name+"_bucket", name+"_sum", name+"_count")
			continue
		}
		names = append(names, name)
	}
	return names
}

var ownName = regexp.MustCompile(`\bcaddy_paginate_\w+`)

// TestDashboardNames: every metric that the dashboard and the alerts name is one
// that Caddy has, and none of those is forgotten.
func TestDashboardNames(t *testing.T) {
	known := exported(t)
	if len(known) != 19 {
		t.Fatalf("got %q", known)
	}
	shown := map[string]bool{}
	check := func(where, text string) {
		for _, name := range ownName.FindAllString(text, -1) {
			shown[name] = true
			if !slices.Contains(known, name) {
				t.Errorf("%s: there is no %s", where, name)
			}
		}
	}
	for _, p := range readDashboard(t).Panels {
		for _, target := range p.Targets {
			check(p.Title, target.Expr)
		}
	}
	for _, name := range known {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if !shown[name] && !shown[base+"_bucket"] {
			t.Errorf("no panel shows %s", name)
		}
	}
	for _, file := range []string{"grafana-dashboard.json", "rules.yml", "rules_test.yml", "README.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		check(file, string(text))
	}
}

// TestDashboardPanels: each panel can be read without knowing the metrics, asks the
// data source that is chosen, and has a place of its own.
func TestDashboardPanels(t *testing.T) {
	d := readDashboard(t)
	var variables []string
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	if !slices.Equal(variables, []string{"datasource", "route"}) {
		t.Errorf("got variables %q", variables)
	}
	ids, titles := map[int]bool{}, map[string]bool{}
	for i, p := range d.Panels {
		unit := p.FieldConfig.Defaults.Unit
		if p.Title == "" || p.Description == "" || unit == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d: got title %q, description %q, unit %q, %d targets", p.ID, p.Title, p.Description, unit, len(p.Targets))
		}
		if ids[p.ID] || titles[p.Title] {
			t.Errorf("panel %d %q: it is there twice", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		refs := map[string]bool{}
		for _, target := range p.Targets {
			if target.RefID == "" || refs[target.RefID] {
				t.Errorf("%s: got ref %q", p.Title, target.RefID)
			}
			refs[target.RefID] = true
			if target.Datasource.UID != "${datasource}" || p.Datasource.UID != "${datasource}" {
				t.Errorf("%s: got data source %q, %q", p.Title, p.Datasource.UID, target.Datasource.UID)
			}
			if !strings.Contains(target.Expr, `route=~"$route"`) {
				t.Errorf("%s: it does not go by the route: %s", p.Title, target.Expr)
			}
		}
		at := p.GridPos
		if at.W < 1 || at.H < 1 || at.X < 0 || at.X+at.W > 24 {
			t.Errorf("%s: got place %+v", p.Title, at)
		}
		for _, other := range d.Panels[:i] {
			o := other.GridPos
			if at.X < o.X+o.W && o.X < at.X+at.W && at.Y < o.Y+o.H && o.Y < at.Y+at.H {
				t.Errorf("%s lies on %s", p.Title, other.Title)
			}
		}
	}
}
