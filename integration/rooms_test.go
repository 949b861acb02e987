package integration

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestRooms: what lies below rewrite knows nothing of Caddy and of the module, and its
// leaves do not know each other.
func TestRooms(t *testing.T) {
	const module = "github.com/caddy-paginate/caddy-paginate/"
	list := func(args ...string) []string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("go list %q: %v\n%s", args, err, out)
		}
		return strings.Fields(string(out))
	}
	deps := list("-deps", module+"rewrite/...")
	if !slices.Contains(deps, module+"rewrite/list") {
		t.Fatalf("got no list of packages: %q", deps)
	}
	for _, path := range deps {
		if strings.Contains(path, "caddyserver") || strings.HasPrefix(path, module+"caddymodule") {
			t.Errorf("a package of rewrite needs %s", path)
		}
	}
	for _, leaf := range []string{"fields", "cursor", "link", "retire", "limits"} {
		for _, path := range list("-f", `{{join .Imports "\n"}}`, module+"rewrite/"+leaf) {
			if strings.HasPrefix(path, module) {
				t.Errorf("the leaf %s imports %s", leaf, path)
			}
		}
	}
}
