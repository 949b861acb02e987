//go:build backends

package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// howToRun ends every message about something that is not installed.
const howToRun = "./xcaddy.sh test installs what these tests need and runs them"

// patience bounds what a program may take, walks through all lists among them, on a
// machine that has much to do.
const patience = 5 * time.Minute

// A result is what a program printed.
type result struct {
	// Pages are the ids of the items of each page that it got.
	Pages [][]int

	// Error is what ended it, or what one of its tries came to.
	Error *failure

	// GaveUp tells that it will not try again.
	GaveUp bool

	// warnings are what its library has printed on stderr, a line each.
	warnings []string
}

// A failure is an error as the library gives it to the program.
type failure struct {
	Status     int
	Message    string
	RetryAfter string
	Problem    struct{ Code, Detail, Brownout string }
}

// command makes one of node's programs ready to start. A program that is missing
// fails its test: a skipped proof would look like a proof.
func command(t *testing.T, stderr io.Writer, program string, args ...string) *exec.Cmd {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("%v; %s", err, howToRun)
	}
	if _, err := os.Stat(filepath.Join("node_modules", "@octokit")); err != nil {
		t.Fatalf("%v; %s", err, howToRun)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, node, append([]string{filepath.Join("node", program)}, args...)...)
	// What the user's shell tells Node.js is not our business.
	cmd.Env = append(os.Environ(), "NODE_OPTIONS=", "NODE_DEBUG=")
	cmd.Stderr = stderr
	return cmd
}

// run runs a program to its end.
func run(t *testing.T, program string, args ...string) result {
	t.Helper()
	var stderr bytes.Buffer
	out, err := command(t, &stderr, program, args...).Output()
	if err != nil {
		t.Fatalf("running %s %q: %v\n%s", program, args, err, stderr.String())
	}
	r := decode(t, out)
	r.warnings = linesOf(stderr.String())
	return r
}

func decode(t *testing.T, line []byte) result {
	t.Helper()
	var r result
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("reading what the program printed: %v in %s", err, line)
	}
	return r
}

// linesOf are the lines of a text, none if it is empty.
func linesOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// wantItems asserts that the pages hold the list's first n items, each once and in
// its order: the demo API's ids count from 1.
func (r result) wantItems(t *testing.T, n int) {
	t.Helper()
	next := 1
	for i, page := range r.Pages {
		for _, id := range page {
			if id != next {
				t.Fatalf("page %d of %d: got item %d, want %d", i+1, len(r.Pages), id, next)
			}
			next++
		}
	}
	if got := next - 1; got != n {
		t.Errorf("got %d items on %d pages, want %d", got, len(r.Pages), n)
	}
}

// sizes are how many items each page has.
func (r result) sizes() []int {
	sizes := make([]int, len(r.Pages))
	for i, page := range r.Pages {
		sizes[i] = len(page)
	}
	return sizes
}
