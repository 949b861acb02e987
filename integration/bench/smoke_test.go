//go:build linux

package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddy-paginate/caddy-paginate/caddymodule"
)

// beCaddy makes the test's binary be Caddy, which spares building one.
const beCaddy = "PAGINATE_BENCH_BE_CADDY"

func TestMain(m *testing.M) {
	if os.Getenv(beCaddy) != "" {
		caddycmd.Main()
		return
	}
	os.Exit(m.Run())
}

// TestATinyRun runs everything that starts nothing but Caddy and the demo API,
// with lists so short that the figures mean nothing.
func TestATinyRun(t *testing.T) {
	t.Setenv(beCaddy, "1")
	caddy, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	legacy, err := startLegacy(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer legacy.stop()

	set := settings{
		size: 300_000, long: 2_000_000, rounds: 1, round: 10 * time.Millisecond,
		only: slices.DeleteFunc(scenarioKeys(), func(key string) bool { return key == "peers" }),
	}
	r, err := measureAll(t.Context(), &lab{caddy: caddy, silent: caddy, dir: dir, legacy: legacy}, set, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(r.Results), len(scenarios)+5+8; got != want {
		t.Errorf("got %d results, want %d", got, want)
	}
	for _, result := range r.Results {
		for _, f := range result.Figures {
			if f.Base.Median <= 0 || f.Ours.Median <= 0 || f.Ratio.Median <= 0 {
				t.Errorf("%s, %s: got %v", result.Key, f.Measure, f)
			}
		}
		switch result.Key {
		case "wide", "count":
			if result.Upstream.Plain < 200_000 || result.Upstream.Plain != result.Upstream.Ours {
				t.Errorf("%s: the upstream sent %v, want the whole list to both", result.Key, result.Upstream)
			}
		case "cut":
			if result.Upstream.Plain > 20_000 || result.Upstream.Ours > 50_000_000 {
				t.Errorf("%s: the upstream sent %v, want a page and far less than the list of 144 MB", result.Key, result.Upstream)
			}
		}
	}
	if log, err := os.ReadFile(filepath.Join(dir, "adoption.log")); err != nil || !strings.Contains(string(log), `"paginate.action":"page"`) {
		t.Errorf("with adoption: got the log %q, %v", log, err)
	}
	var text strings.Builder
	if err := r.deliver(settings{report: true, json: filepath.Join(dir, "figures.json")}, &text); err != nil {
		t.Fatal(err)
	}
}

func TestSettings(t *testing.T) {
	for _, tc := range []struct {
		name, args, wantError string
	}{
		{"nothing", "", ""},
		{"some", "-only cut,memory", ""},
		{"what is not there", "-only cut,speed", `"speed" is none of untouched, `},
		{"no rounds", "-rounds 0", "reading -rounds"},
		{"no size", "-size many", "reading -size"},
		{"part of the figures", "-write -only cut", "reading -write"},
		{"something else", "-quick now", `unexpected "now"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := readSettings(strings.Fields(tc.args))
			if tc.wantError == "" && err != nil || tc.wantError != "" && (err == nil || !strings.Contains(err.Error(), tc.wantError)) {
				t.Errorf("got %v, want %q", err, tc.wantError)
			}
		})
	}
}
