package integration

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// Validating a configuration writes nothing into the storage and leaves nothing
// running, so it can be done beside a server that is.
func TestReloadValidate(t *testing.T) {
	validate := func(t *testing.T, routes, storage string) {
		t.Helper()
		config, err := harness.Adapt(fmt.Sprintf("{\n\tadmin off\n\tpersist_config off\n\tstorage file_system %q\n}\n"+
			"http://127.0.0.1:%s {\n%s\n}\n", storage, freePort(t), routes))
		if err != nil {
			t.Fatal(err)
		}
		var cfg caddy.Config
		if err := json.Unmarshal(config, &cfg); err != nil {
			t.Fatal(err)
		}
		if err := caddy.Validate(&cfg); err != nil {
			t.Fatal(err)
		}
	}
	const ours = "paginate /a* {\n" + announced + "limit 10 20\n}\npaginate /b* {\nname b\ntotal exact\n}\nrespond ok"
	storage := t.TempDir()
	validate(t, "respond ok", storage) // what Caddy makes once is made now
	before := runtime.NumGoroutine()
	for range 20 {
		validate(t, ours, storage)
	}
	harness.Poll(t, func() error {
		if now := runtime.NumGoroutine(); now > before {
			return fmt.Errorf("%d goroutines after validating, %d before", now, before)
		}
		return nil
	})
	if files := filesIn(t, storage, ""); len(files) > 0 {
		t.Errorf("the storage holds %q", files)
	}
}

// Starting writes nothing either; the secret is made when the first cursor is.
func TestReloadWritesSecretOnce(t *testing.T) {
	upstream := serve(t, sends(list(0, 50), "Content-Type", asJSON))
	storage := t.TempDir()
	config := harness.Config{
		Global: fmt.Sprintf("storage file_system %q", storage),
		Routes: paginated("client {http.request.remote.host}\nlimit 10 20", upstream),
	}
	s := harness.StartConfig(t, config)
	if files := filesIn(t, storage, "/paginate/secret"); len(files) > 0 {
		t.Errorf("the storage holds %q before the first request", files)
	}
	first := get(t, s.URL+"/x").Header.Get("Link")
	if !strings.Contains(first, "cursor=") {
		t.Fatalf("got the Link header %q, want a cursor", first)
	}
	files := filesIn(t, storage, "/paginate/secret")
	if len(files) == 0 {
		t.Error("the secret is kept nowhere")
	}
	s.Reload(t, config)
	again := get(t, s.URL+"/x").Header.Get("Link")
	if cursorOf(first) != cursorOf(again) {
		t.Errorf("the cursor changed from %s to %s", first, again)
	}
	if got := filesIn(t, storage, "/paginate/secret"); len(got) != len(files) {
		t.Errorf("the storage went from %q to %q", files, got)
	}
}

func cursorOf(link string) string {
	_, cursor, _ := strings.Cut(link, "cursor=")
	cursor, _, _ = strings.Cut(cursor, ">")
	return cursor
}

// filesIn are the files in a directory whose paths, beginning there, begin so.
func filesIn(t *testing.T, dir, prefix string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if path = strings.TrimPrefix(path, dir); err == nil && !d.IsDir() && strings.HasPrefix(path, prefix) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
