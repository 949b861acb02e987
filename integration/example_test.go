// Package integration tests the project as its users meet it.
package integration

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddy-paginate/caddy-paginate/caddymodule"
)

const exampleFile = "../Caddyfile.example"

func readExample(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestExampleIsFormatted(t *testing.T) {
	in := readExample(t)
	if want := caddyfile.Format(in); !bytes.Equal(in, want) {
		t.Errorf("Caddyfile.example is not as caddy fmt would have it, which is:\n%s", want)
	}
}

func TestExampleIsValid(t *testing.T) {
	dir := t.TempDir()
	adoptionLog := filepath.Join(dir, "adoption.log")
	t.Setenv("ADOPTION_LOG", adoptionLog)
	t.Setenv("HOME", dir)
	t.Setenv("XDG_DATA_HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)

	for _, tc := range []struct {
		name string
		in   []byte
	}{
		{"as it is", readExample(t)},
		{"with the calendar taken in", withCalendar(t, readExample(t))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			adapted, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt(tc.in, map[string]any{"filename": "Caddyfile.example"})
			if err != nil {
				t.Fatalf("adapting: %v", err)
			}
			for _, w := range warnings {
				t.Errorf("adapting warns: %s", w)
			}
			if !bytes.Contains(adapted, []byte(`"handler":"paginate"`)) {
				t.Errorf("nothing is paged: %s", adapted)
			}
			if !bytes.Contains(adapted, []byte(adoptionLog)) {
				t.Errorf("ADOPTION_LOG is not heeded: %s", adapted)
			}
			var cfg caddy.Config
			if err := json.Unmarshal(adapted, &cfg); err != nil {
				t.Fatalf("reading the adapted configuration: %v", err)
			}
			if err := caddy.Validate(&cfg); err != nil {
				t.Errorf("validating: %v", err)
			}
		})
	}
}

// withCalendar takes the example's retire block in, so that it cannot go stale
// as a comment.
func withCalendar(t *testing.T, text []byte) []byte {
	t.Helper()
	lines := bytes.Split(text, []byte("\n"))
	inBlock := false
	found := false
	for i, line := range lines {
		bare, commented := bytes.CutPrefix(line, []byte("\t\t# "))
		if !commented {
			continue
		}
		inBlock = inBlock || bytes.Equal(bare, []byte("retire {"))
		if inBlock {
			lines[i], found = append([]byte("\t\t"), bare...), true
			inBlock = !bytes.Equal(bare, []byte("}"))
		}
	}
	if !found {
		t.Fatal("the example shows no retire block any more")
	}
	return bytes.Join(lines, []byte("\n"))
}
