package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// readme is the README's text.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fenced are the README's blocks of a language.
func fenced(t *testing.T, language string) []string {
	t.Helper()
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(readme(t), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) < 3 {
		t.Fatalf("the README has %d blocks of %s, which cannot be all", len(blocks), language)
	}
	return blocks
}

// inEmptyDir is a directory where the README's relative paths lead somewhere.
func inEmptyDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"clients.csv":  "id,name,owner,contact\ncurl*,Scripts,Ops,ops@example.com\n",
		"adoption.log": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, dir)
	}
	t.Chdir(dir)
	return dir
}

// Every Caddyfile that the README shows can be loaded.
func TestReadmeCaddyfiles(t *testing.T) {
	blocks := fenced(t, "caddyfile")
	inEmptyDir(t)
	for _, block := range blocks {
		if strings.HasPrefix(block, "paginate ") {
			block = "api.example.com {\n" + block + "\nreverse_proxy legacy:8080\n}\n"
		}
		adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(block), map[string]any{"filename": "Caddyfile"})
		if err != nil {
			t.Errorf("adapting: %v\n%s", err, block)
			continue
		}
		var cfg caddy.Config
		if err := json.Unmarshal(adapted, &cfg); err != nil {
			t.Fatal(err)
		}
		if err := caddy.Validate(&cfg); err != nil {
			t.Errorf("validating: %v\n%s", err, block)
		}
	}
}

// Every command of ours that the README shows does what it says: it ends well, with
// something to read.
func TestReadmeCommands(t *testing.T) {
	blocks := fenced(t, "sh")
	calendar := fenced(t, "caddyfile")
	calendar = slices.DeleteFunc(calendar, func(block string) bool { return !strings.Contains(block, "brownout") })
	if len(calendar) != 1 {
		t.Fatalf("%d of the README's calendars have a brownout, want one", len(calendar))
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := inEmptyDir(t)
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(":0 {\n"+calendar[0]+"respond []\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	admin := "127.0.0.1:" + freePort(t)
	harness.StartConfig(t, harness.Config{Global: "admin " + admin, Routes: calendar[0] + "respond []"})

	ran := 0
	for line := range strings.Lines(strings.Join(blocks, "")) {
		line, _, _ = strings.Cut(line, "#")
		args := strings.Fields(line)
		if len(args) < 2 || args[0] != "caddy" || args[1] != "paginate" {
			continue
		}
		if !slices.Contains(args, "--config") {
			args = append(args, "--address", admin)
		}
		cmd := exec.Command(binary, args[1:]...)
		cmd.Env = append(os.Environ(), beCaddy+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		if i := slices.Index(args, "--output"); i >= 0 {
			if out, err = os.ReadFile(args[i+1]); err != nil {
				t.Error(err)
			}
		}
		if !strings.Contains(string(out), "orders") {
			t.Errorf("%s does not tell of the route: %s", line, out)
		}
		ran++
	}
	if ran < 4 {
		t.Errorf("ran %d commands, which cannot be all", ran)
	}
}
