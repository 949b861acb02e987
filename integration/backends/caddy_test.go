//go:build backends

package backends

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddy-paginate/caddy-paginate/caddymodule"
)

// proxy is a real Caddy in front of a backend.
type proxy struct {
	// url is scheme, host and port, without a slash at the end.
	url string
	log string
}

// startCaddy runs Caddy in this process with one site of the given routes, and
// stops it with the test. Caddy is one per process, so these tests are serial.
func startCaddy(t *testing.T, routes string) *proxy {
	t.Helper()
	dir := t.TempDir()
	p := &proxy{log: filepath.Join(dir, "caddy.log")}
	caddyfile := fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https off
	storage file_system %q
	log {
		output file %q
		format json
	}
}
http://:0 {
	bind 127.0.0.1
	log
	%s
}
`, dir, p.log, routes)
	adapter := caddyconfig.GetAdapter("caddyfile")
	config, _, err := adapter.Adapt([]byte(caddyfile), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		t.Fatalf("adapting the Caddyfile: %v\n%s", err, caddyfile)
	}
	if err := caddy.Load(config, true); err != nil {
		t.Fatalf("starting Caddy: %v\n%s", err, caddyfile)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping Caddy: %v", err)
		}
	})
	app, err := caddy.ActiveContext().App("http")
	if err != nil {
		t.Fatalf("finding Caddy's HTTP app: %v", err)
	}
	for _, server := range app.(*caddyhttp.App).Servers {
		p.url = "http://" + server.Listeners()[0].Addr().String()
	}
	return p
}

// logLine is what we read of a line of Caddy's log.
type logLine struct {
	Level   string `json:"level"`
	Logger  string `json:"logger"`
	Message string `json:"msg"`
	Request struct {
		URI string `json:"uri"`
	} `json:"request"`
	raw string
}

func (p *proxy) logLines(t *testing.T) []logLine {
	t.Helper()
	data, err := os.ReadFile(p.log)
	if err != nil {
		t.Fatalf("reading Caddy's log: %v", err)
	}
	var lines []logLine
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, len(data)+1)
	for scanner.Scan() {
		line := logLine{raw: scanner.Text()}
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("reading Caddy's log: %v in %s", err, line.raw)
		}
		lines = append(lines, line)
	}
	return lines
}

// noTrouble asserts that cutting lists short left no warning and no error in
// the log, neither ours nor the reverse proxy's.
func (p *proxy) noTrouble(t *testing.T) {
	t.Helper()
	for _, line := range p.logLines(t) {
		handled := strings.HasPrefix(line.Logger, "http.handlers") || strings.HasPrefix(line.Logger, "http.log.error")
		if handled && (line.Level == "warn" || line.Level == "error") {
			t.Errorf("Caddy complained: %s", line.raw)
		}
	}
}

// requests returns the URIs of the requests whose path begins so, oldest first,
// as soon as there are n of them: the access log is written after the answer.
func (p *proxy) requests(t *testing.T, prefix string, n int) []string {
	t.Helper()
	var uris []string
	err := poll(t.Context(), func() error {
		uris = nil
		for _, line := range p.logLines(t) {
			if strings.HasPrefix(line.Logger, "http.log.access") && strings.HasPrefix(line.Request.URI, prefix) {
				uris = append(uris, line.Request.URI)
			}
		}
		if len(uris) < n {
			return fmt.Errorf("%d requests for %s, want %d", len(uris), prefix, n)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("waiting for the access log: %v", err)
	}
	return uris
}
