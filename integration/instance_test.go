package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// beCaddy makes the tests' binary be Caddy, for tests that need processes: to kill
// one, or to have several.
const beCaddy = "PAGINATE_INTEGRATION_BE_CADDY"

func TestMain(m *testing.M) {
	if os.Getenv(beCaddy) != "" {
		caddycmd.Main()
		return
	}
	os.Exit(m.Run())
}

// An instance is a Caddy that is a process of its own.
type instance struct {
	url   string
	cmd   *exec.Cmd
	ended chan error // how it has ended
}

// startInstance starts Caddy with these directives, on a port of the kernel's
// choice. home has what makes it the same instance over restarts; several may
// share a storage. It is killed at the test's end if it still runs then.
func startInstance(t *testing.T, home, storage, routes string) *instance {
	t.Helper()
	return startInstanceOf(t, home, storage, "", routes)
}

// startInstanceOf is startInstance with more global options, a line each.
func startInstanceOf(t *testing.T, home, storage, global, routes string) *instance {
	t.Helper()
	dir := t.TempDir()
	config, log, out := filepath.Join(dir, "Caddyfile"), filepath.Join(dir, "caddy.log"), new(strings.Builder)
	text := fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https off
	storage file_system %q
	log {
		output file %q
		format json
		level DEBUG
	}
	%s
}
http://:0 {
	bind 127.0.0.1
	%s
}
`, storage, log, global, routes)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	i := &instance{cmd: exec.Command(binary, "run", "--adapter", "caddyfile", "--config", config), ended: make(chan error, 1)}
	i.cmd.Env = append(os.Environ(), beCaddy+"=1", "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	i.cmd.Stdout, i.cmd.Stderr = out, out
	if err := i.cmd.Start(); err != nil {
		t.Fatalf("starting Caddy: %v", err)
	}
	go func() { i.ended <- i.cmd.Wait() }()
	t.Cleanup(func() { i.kill(t) })
	harness.Poll(t, func() error {
		select {
		case err := <-i.ended:
			i.ended <- err
			t.Fatalf("Caddy ended by itself: %v\n%s", err, out)
		default:
		}
		i.url, err = listening(log)
		return err
	})
	return i
}

// listening finds the address that Caddy listens at in its log.
func listening(log string) (url string, err error) {
	data, err := os.ReadFile(log)
	if err != nil {
		return "", err
	}
	for text := range strings.Lines(string(data)) {
		var line struct{ Msg, Address string }
		if json.Unmarshal([]byte(text), &line) == nil && line.Msg == "starting server loop" {
			return "http://" + line.Address, nil
		}
	}
	return "", errors.New("the server does not listen yet")
}

// kill ends the process as a crash does. One that has ended may be killed again.
func (i *instance) kill(t *testing.T) {
	t.Helper()
	if err := i.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("killing Caddy: %v", err)
	}
	i.ended <- <-i.ended
}

// stop ends the process as a service manager does.
func (i *instance) stop(t *testing.T) {
	t.Helper()
	if err := i.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("stopping Caddy: %v", err)
	}
	err := <-i.ended
	i.ended <- err
	if err != nil {
		t.Errorf("Caddy's end: %v", err)
	}
}

// ask makes n requests of a client, which are all answered with a page.
func (i *instance) ask(t *testing.T, n int, client string) {
	t.Helper()
	c := newClient(t, false)
	for range n {
		if a := c.fetch(t, http.MethodGet, i.url+"/orders", "User-Agent", client); a.Err != nil || a.Status != http.StatusOK {
			t.Errorf("got %v", a)
		}
	}
}
