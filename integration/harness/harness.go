// Package harness runs a real Caddy with the module in the test's own process,
// for tests that assert on what a client receives and on what the log says.
// Caddy is one per process: tests that use it cannot run in parallel.
package harness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	// Caddy's standard modules and ours.
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddy-paginate/caddy-paginate/caddymodule"
)

// Deadline is how long Poll tries.
const Deadline = 20 * time.Second

// A Caddy is a running server.
type Caddy struct {
	// URL is scheme, host and port of the first server, without a slash at the
	// end.
	URL string

	dir string
	log string
}

// Config is a Caddyfile in parts.
type Config struct {
	// Global are further global options, a line each. Unless they say otherwise
	// the adoption log has each request.
	Global string

	// Site is the site's address. Default: http://:0, a free port.
	Site string

	// Routes are the site's directives.
	Routes string
}

// Start runs a site with these directives, on a port of the kernel's choice, and
// stops it with the test.
func Start(t testing.TB, routes string) *Caddy {
	t.Helper()
	return StartConfig(t, Config{Routes: routes})
}

// StartConfig is Start with more to choose.
func StartConfig(t testing.TB, c Config) *Caddy {
	t.Helper()
	s := &Caddy{dir: t.TempDir()}
	s.log = filepath.Join(s.dir, "caddy.log")
	s.Reload(t, c)
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// Reload gives a running Caddy another configuration; state, storage and log stay.
func (s *Caddy) Reload(t testing.TB, c Config) {
	t.Helper()
	if err := s.TryReload(c); err != nil {
		t.Fatalf("starting Caddy: %v", err)
	}
	s.URL = address(t)
}

// TryReload is Reload for a configuration that may fail to load: then the one
// before goes on. If it does not, the server's address may be another one.
func (s *Caddy) TryReload(c Config) error {
	if c.Site == "" {
		c.Site = "http://:0"
	}
	c.Global = logEach(c.Global)
	text := fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https disable_redirects
	skip_install_trust
	local_certs
	storage file_system %q
	log {
		output file %q
		format json
		level DEBUG
	}
	%s
}
%s {
	bind 127.0.0.1
	log
	%s
}
`, s.dir, s.log, c.Global, c.Site, c.Routes)
	config, err := Adapt(text)
	if err != nil {
		return fmt.Errorf("adapting the Caddyfile: %w\n%s", err, text)
	}
	if err := caddy.Load(config, true); err != nil {
		return fmt.Errorf("loading the configuration: %w\n%s", err, text)
	}
	return nil
}

var noticeInterval = regexp.MustCompile(`(?m)^\s*notice_interval `)

// logEach adds to global options that requests are not summed up in the adoption
// log, unless they say how.
func logEach(global string) string {
	const option, each = "paginate {\n", "notice_interval 0\n"
	switch {
	case noticeInterval.MatchString(global):
		return global
	case strings.Contains(global, option):
		return strings.Replace(global, option, option+each, 1)
	}
	return global + "\n" + option + each + "}"
}

// Adapt turns a Caddyfile into JSON.
func Adapt(caddyfile string) ([]byte, error) {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(caddyfile), map[string]any{"filename": "Caddyfile"})
	return config, err
}

func address(t testing.TB) string {
	t.Helper()
	app, err := caddy.ActiveContext().App("http")
	if err != nil {
		t.Fatalf("finding Caddy's HTTP app: %v", err)
	}
	for _, server := range app.(*caddyhttp.App).Servers {
		scheme := "http://"
		if len(server.TLSConnPolicies) > 0 {
			scheme = "https://"
		}
		return scheme + server.Listeners()[0].Addr().String()
	}
	t.Fatal("Caddy runs no server")
	return ""
}

// StorageDir is where Caddy's storage is.
func (s *Caddy) StorageDir() string { return s.dir }

// A Line is a line of Caddy's log, decoded.
type Line map[string]any

// Text is a field that is a string, "" if it is none.
func (l Line) Text(field string) string {
	text, _ := l[field].(string)
	return text
}

// Log returns the lines written so far whose logger's name begins so.
func (s *Caddy) Log(t testing.TB, logger string) []Line {
	t.Helper()
	data, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatalf("reading Caddy's log: %v", err)
	}
	var lines []Line
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, len(data)+1)
	for scanner.Scan() {
		var line Line
		if json.Unmarshal(scanner.Bytes(), &line) != nil {
			continue // the last line, half written
		}
		if strings.HasPrefix(line.Text("logger"), logger) {
			lines = append(lines, line)
		}
	}
	return lines
}

// Adoption waits until the adoption log has n records, and returns them.
func (s *Caddy) Adoption(t testing.TB, n int) []Line {
	t.Helper()
	return s.WaitLog(t, "http.handlers.paginate.adoption", n)
}

// Access waits until the access log has n lines, and returns them.
func (s *Caddy) Access(t testing.TB, n int) []Line {
	t.Helper()
	return s.WaitLog(t, "http.log.access", n)
}

// WaitLog waits until a logger has written n lines: they come after the answer.
func (s *Caddy) WaitLog(t testing.TB, logger string, n int) []Line {
	t.Helper()
	var lines []Line
	Poll(t, func() error {
		if lines = s.Log(t, logger); len(lines) < n {
			return fmt.Errorf("%d lines of %s, want %d", len(lines), logger, n)
		}
		return nil
	})
	return lines
}

// NoTrouble asserts that no handler has warned or failed.
func (s *Caddy) NoTrouble(t testing.TB) {
	t.Helper()
	for _, line := range s.Log(t, "http.") {
		if level := line.Text("level"); level == "warn" || level == "error" {
			t.Errorf("Caddy complained: %v", line)
		}
	}
}

// Poll tries until try succeeds, and fails the test after Deadline.
func Poll(t testing.TB, try func() error) {
	t.Helper()
	end := time.Now().Add(Deadline)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("gave up after %v: %v", Deadline, err)
		}
		time.Sleep(2 * time.Millisecond) // between two looks, not for something to happen
	}
}
