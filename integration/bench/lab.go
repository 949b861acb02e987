package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// readyWithin is how long a process may take until it answers.
const readyWithin = 30 * time.Second

// lab is what every measurement needs.
type lab struct {
	caddy  string // path to the binary
	silent string // the same for one without adoption, empty if it is still to be built
	global string // more global options for Caddy
	dir    string // for configurations and Caddy's own data
	legacy *process
}

// process is one that we started and that answers at url.
type process struct {
	cmd *exec.Cmd
	url string
}

// stop ends the process and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait() // how it ended does not matter any more
}

// startLegacy builds and starts the demo API.
func startLegacy(ctx context.Context, dir string) (*process, error) {
	binary := filepath.Join(dir, "legacyapi")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary,
		"github.com/caddy-paginate/caddy-paginate/integration/legacyapi/cmd/legacyapi")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building the demo API: %w", err)
	}
	cmd := exec.CommandContext(ctx, binary, "-listen", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the demo API: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the demo API: %w", err)
	}
	p := &process{cmd: cmd}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("reading the demo API's address: %w", err)
	}
	p.url = strings.TrimSpace(url)
	return p, nil
}

// startCaddy starts Caddy with one site in front of the demo API; directives
// come before its reverse_proxy.
func (l *lab) startCaddy(ctx context.Context, directives string) (*process, error) {
	// Caddy tells nobody which port the kernel gave it, so we choose one; between
	// our letting it go and Caddy's taking it another program may.
	for {
		p, err := l.tryCaddy(ctx, directives)
		if err == nil || !strings.Contains(err.Error(), "address already in use") {
			return p, err
		}
	}
}

func (l *lab) tryCaddy(ctx context.Context, directives string) (*process, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("choosing a port: %w", err)
	}
	addr := ln.Addr().String()
	ln.Close()

	config := fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https off
	storage file_system %q
	log {
		level WARN
	}
	%s
}
http://%s {
	bind 127.0.0.1
	%s
	reverse_proxy %s
}
`, filepath.Join(l.dir, "data"), l.global, addr, directives, l.legacy.url)
	file := filepath.Join(l.dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("writing the Caddyfile: %w", err)
	}

	cmd := exec.CommandContext(ctx, l.caddy, "run", "--adapter", "caddyfile", "--config", file)
	log := new(strings.Builder)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting caddy: %w", err)
	}
	p := &process{cmd: cmd, url: "http://" + addr}
	if err := p.await(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("starting caddy: %w\n%s", err, log)
	}
	return p, nil
}

// await polls until the process answers.
func (p *process) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		// Any answer will do; a zombie gives none, and shows in /proc.
		if res, err := http.Get(p.url + "/"); err == nil {
			return res.Body.Close()
		}
		if _, err := p.status("VmHWM"); err != nil {
			return errors.New("it ended before it answered")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// peak is the most memory that the process ever held, in bytes.
func (p *process) peak() (uint64, error) {
	text, err := p.status("VmHWM")
	if err != nil {
		return 0, err
	}
	number, _ := strings.CutSuffix(text, " kB")
	kib, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("reading peak memory: %w", err)
	}
	return kib << 10, nil
}

// status reads one field of /proc/PID/status. A process that has ended has no
// memory, so no such field.
func (p *process) status(field string) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return "", fmt.Errorf("reading the process's status: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("reading the process's status: no field %s", field)
}

// sent tells how many bytes of lists the demo API has sent since the last
// call, once all is quiet.
func (l *lab) sent(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for tick := time.NewTicker(time.Millisecond); ; {
		stats, err := l.stats(ctx)
		if err != nil {
			return 0, err
		}
		if stats.Active == 0 {
			return stats.Bytes, l.ask(ctx, http.MethodDelete, nil)
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("waiting for the demo API to settle: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// sentFor tells how many bytes of lists the demo API sent for what is asked
// meanwhile.
func (l *lab) sentFor(ctx context.Context, asking func() error) (int64, error) {
	if _, err := l.sent(ctx); err != nil { // from here on it counts
		return 0, err
	}
	if err := asking(); err != nil {
		return 0, err
	}
	return l.sent(ctx)
}

func (l *lab) stats(ctx context.Context) (legacyapi.Stats, error) {
	var stats legacyapi.Stats
	err := l.ask(ctx, http.MethodGet, &stats)
	return stats, err
}

// ask speaks to the demo API's /_stats.
func (l *lab) ask(ctx context.Context, method string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, l.legacy.url+"/_stats", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the demo API for its stats: %w", err)
	}
	defer res.Body.Close()
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
		return fmt.Errorf("reading the demo API's stats: %w", err)
	}
	return nil
}
