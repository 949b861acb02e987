//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCutAndTrimAddParameters(t *testing.T) {
	for _, tc := range []struct{ name, got, want string }{
		{"plain list", cut("/orders", 100), "/orders?limit=100"},
		{"list with parameters", cut("/orders?_n=7", 100), "/orders?_n=7&limit=100"},
		{"fields", trim("/orders", "id", "status"), "/orders?fields=id,status"},
		{"both", cut(trim("/orders", "id"), 5), "/orders?fields=id&limit=5"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestJQFilters(t *testing.T) {
	const each = "fromstream(1 | truncate_stream(inputs))"
	for _, tc := range []struct {
		name, path string
		stream     bool
		want       []string
	}{
		{"cut", cut("/orders", 100), false, []string{"-c", ".[0:100]"}},
		{"trim", trim("/orders", "id", "total"), false, []string{"-c", ". | map({id, total})"}},
		{"both", cut(trim("/orders", "id"), 5), false, []string{"-c", ".[0:5] | map({id})"}},
		{"streaming cut", cut("/orders", 100), true, []string{"-cn", "--stream", "[limit(100; " + each + ")]"}},
		{"streaming trim", trim("/orders", "id"), true, []string{"-cn", "--stream", "[" + each + " | {id}]"}},
	} {
		p := &pipeline{stream: tc.stream}
		got, err := p.filter(tc.path)
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, %v, want %q", tc.name, got, err, tc.want)
		}
	}
}

func TestCompareSeesWhatDiffers(t *testing.T) {
	for _, tc := range []struct {
		name, a, b string
		want       likeness
	}{
		{"order and escapes", `[{"a":1,"b":"\u0041"}]`, `[{"b":"A","a":1.0}]`, same},
		{"exponents", `[1e2]`, `[100]`, same},
		{"a long integer through a float", `[9007199254740993]`, `[9007199254740992]`, rounded},
		{"fourteen digits", `[9.0071992547410e+15]`, `[9007199254740993]`, rounded},
		{"another number", `[12.51]`, `[12.5]`, different},
		{"a number as text", `["1"]`, `[1]`, different},
		{"an item less", `[1]`, `[1,2]`, different},
		{"another member", `[{"a":1}]`, `[{"b":1}]`, different},
		{"a member more", `[{"a":1,"b":null}]`, `[{"a":1}]`, different},
		{"null is not absent", `[null]`, `[]`, different},
		{"an object for an array", `[{}]`, `[[]]`, different},
		{"the worst counts", `[9007199254740993,1]`, `[9007199254740992,2]`, different},
	} {
		if got := compare(decoded(t, tc.a), decoded(t, tc.b)); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
	}
}

func decoded(t *testing.T, text string) (value any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAPeerThatIsNotInstalledIsAmongThemAbsent(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, _, err := startJQ(t.Context(), &lab{legacy: &process{}})
	if !errors.Is(err, errNotInstalled) {
		t.Errorf("got %v, want to be told that it is not installed", err)
	}
}

func TestAPipelineAnswersAndIsMeasured(t *testing.T) {
	// Instead of programs that may not be installed: what curl was asked, then jq's
	// arguments, and some work.
	dir := t.TempDir()
	for name, script := range map[string]string{
		"curl": `echo "$@"`,
		"jq":   `cat; echo "$@"; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	_, p, err := startJQ(t.Context(), &lab{legacy: &process{url: "http://api"}})
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if err := p.ask(t.Context(), cut("/orders", 2), &body); err != nil {
		t.Fatal(err)
	}
	if got, want := body.String(), "-sf -- http://api/orders?limit=2\n-c .[0:2]\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// Three processes at least, none smaller than a shell; and the loop's time.
	if peak, err := p.peak(); err != nil || peak < 1<<20 {
		t.Errorf("got a peak of %d bytes, %v", peak, err)
	}
	if used, err := p.cpu(); err != nil || used < 5*time.Millisecond {
		t.Errorf("got %s of processor time, %v", used, err)
	}
}

func TestAPipelineThatFailsIsAnError(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{"curl": "exit 22", "jq": "exit 2"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	_, p, err := startJQ(t.Context(), &lab{legacy: &process{url: "http://api"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.ask(t.Context(), "/orders", new(bytes.Buffer)); err == nil {
		t.Error("got no error from jq's failure")
	}
}

func TestAFamilyHasGrandchildren(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sh -c 'read line; exit'; exit")
	// Held open for as long as the test wants them to live.
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		_ = cmd.Wait()
	}()
	me := started(t, os.Getpid())
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if len(family(me)) >= 3 {
			return
		}
	}
	t.Error("a child's child was not found")
}

// TestCaddyJSONIsTheSameCaddy holds the two modules' Caddys together: another
// version would compare more than two ways to page.
func TestCaddyJSONIsTheSameCaddy(t *testing.T) {
	line := regexp.MustCompile(`github\.com/caddyserver/caddy/v2 v\S+`)
	root := filepath.Join("..", "..")
	var versions []string
	for _, dir := range []string{root, filepath.Join("peers", "caddyjson")} {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, string(line.Find(text)))
	}
	if versions[0] == "" || versions[0] != versions[1] {
		t.Errorf("go.mod has %q, and that of caddyjson %q", versions[0], versions[1])
	}
}
