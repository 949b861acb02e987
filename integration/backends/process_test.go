//go:build backends

package backends

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

const (
	// howToRun ends every message about something that is not installed.
	howToRun = "./xcaddy.sh test installs what these tests need and runs them"

	// python is Debian's own interpreter: the libraries are Debian's packages,
	// which another python3 in the path would not see.
	python = "/usr/bin/python3"

	startTimeout = time.Minute
	pollInterval = 20 * time.Millisecond
)

// client takes every answer as it comes: a redirect is an answer too, and
// compressed bodies are asked for as most programs ask for them.
var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// process is a backend that runs for one test.
type process struct {
	// address is the host and port it listens on.
	address string
	output  output
	// done is closed when the process has ended, for whatever reason.
	done chan struct{}
}

// start runs a backend on a free port, waits until GET ready answers 200, and
// ends the backend with the test. The arguments are made once the port is known.
func start(t *testing.T, ready, program string, args func(address string) []string, env ...string) *process {
	t.Helper()
	path := needProgram(t, program)
	// The port is free when we look, and another program may take it before the
	// backend does, which then ends at once. Hence more than one try.
	var failure error
	for range 3 {
		p := &process{address: freeAddress(t), done: make(chan struct{})}
		cmd := exec.Command(path, args(p.address)...)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), append(env, "PYTHONDONTWRITEBYTECODE=1")...)
		cmd.Stdout, cmd.Stderr = &p.output, &p.output
		if err := cmd.Start(); err != nil {
			t.Fatalf("starting %s: %v; %s", program, err, howToRun)
		}
		go func() {
			defer close(p.done)
			_ = cmd.Wait()
		}()
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			<-p.done
		})
		if failure = p.waitReady(t.Context(), ready); failure == nil {
			return p
		}
		if !errors.Is(failure, errEnded) {
			break
		}
	}
	t.Fatalf("starting %s: %v; %s", program, failure, howToRun)
	return nil
}

// waitReady polls until the backend answers 200 to GET path.
func (p *process) waitReady(ctx context.Context, path string) error {
	err := poll(ctx, func() error {
		select {
		case <-p.done:
			return errEnded
		default:
		}
		resp, err := client.Get("http://" + p.address + path)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("GET %s: status %d", path, resp.StatusCode)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("waiting for it to be ready: %w; it wrote:\n%s", err, p.output.String())
	}
	return nil
}

// errEnded says that waiting on is of no use.
var errEnded = errors.New("the process has ended")

// poll calls try until it succeeds, the process it waits for has ended, or
// startTimeout has passed, and returns its last error.
func poll(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		err := try()
		if err == nil || errors.Is(err, errEnded) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}

// freeAddress returns a loopback address that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("looking for a free port: %v", err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func splitAddress(t *testing.T, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatalf("reading the address %s: %v", address, err)
	}
	return host, port
}

// needProgram finds a program, and fails the test where it is missing: a
// skipped proof would look like a proof.
func needProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed (%v); %s", name, err, howToRun)
	}
	return path
}

// here returns the absolute path of a file in this folder.
func here(t *testing.T, elem ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(elem...))
	if err != nil {
		t.Fatalf("finding %v: %v", elem, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v; %s", err, howToRun)
	}
	return path
}

// output keeps what a process writes, for messages and for reading its log.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
