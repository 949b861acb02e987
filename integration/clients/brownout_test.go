//go:build backends

package clients

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// brownoutEnds is when the calendar's does; rehearsed is 15 minutes before.
const brownoutEnds = "2030-02-01T12:00:00Z"

// wantRehearsal asserts that a refusal names itself, says until when it lasts, and
// what comes for good at which time.
func wantRehearsal(t *testing.T, f *failure) {
	t.Helper()
	if f == nil || f.Status != http.StatusBadRequest || f.Problem.Code != "pagination_required" || f.Problem.Brownout != brownoutEnds {
		t.Fatalf("got %+v, want a refusal in a brownout that ends at %s", f, brownoutEnds)
	}
	wantSentence(t, f.Problem.Detail)
}

func wantSentence(t *testing.T, text string) {
	t.Helper()
	const want = "this is a rehearsal of the limits that are enforced from 2030-07-01T00:00:00Z, and it ends at " + brownoutEnds
	if !strings.Contains(text, want) {
		t.Errorf("got %q, want in it: %s", text, want)
	}
}

// A talk is a program that answers line by line.
type talk struct {
	to     io.WriteCloser
	from   *bufio.Scanner
	stderr bytes.Buffer
	wait   func() error
}

func startTalk(t *testing.T, program string, args ...string) *talk {
	t.Helper()
	return talkTo(t, command(t, nil, program, args...))
}

// talkTo starts a program.
func talkTo(t *testing.T, cmd *exec.Cmd) *talk {
	t.Helper()
	k := new(talk)
	cmd.Stderr = &k.stderr
	to, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", cmd, err)
	}
	k.to, k.from, k.wait = to, bufio.NewScanner(from), cmd.Wait
	return k
}

// next waits for the program's next line.
func (k *talk) next(t *testing.T) result {
	t.Helper()
	if !k.from.Scan() {
		t.Fatalf("the program printed no more lines: %v, %v\n%s", k.from.Err(), k.wait(), k.stderr.String())
	}
	return decode(t, k.from.Bytes())
}

// goOn tells the program that its time of waiting is over.
func (k *talk) goOn(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(k.to, "\n"); err != nil {
		t.Fatal(err)
	}
}

// end waits for the program's end, which has to be a good one, and returns what its
// library has printed on stderr.
func (k *talk) end(t *testing.T) (warnings []string) {
	t.Helper()
	for k.from.Scan() {
		t.Errorf("the program has more to say: %s", k.from.Text())
	}
	err := k.wait()
	if err != nil {
		t.Errorf("the program ended with %v\n%s", err, k.stderr.String())
	}
	return linesOf(k.stderr.String())
}

// wantRequests asserts how often the list was asked for, and with what outcome.
func wantRequests(t *testing.T, c *harness.Caddy, want ...int) {
	t.Helper()
	var got []int
	for _, line := range c.Access(t, len(want)) {
		status, _ := line["status"].(float64)
		got = append(got, int(status))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("requests came to %v, want %v", got, want)
	}
}

// TestBrownoutIsNotHammered: octokit's plugin for retries leaves a refusal alone as
// it comes, since a 400 is the client's to mend. octokit does not take problem+json
// for JSON: its message says nothing, but its program can read the problem.
func TestBrownoutIsNotHammered(t *testing.T) {
	setTime(t, rehearsed)
	c := start(t, "unpaginated reject", calendar, "")
	k := startTalk(t, "brownout.mjs", c.URL, "/orders")
	refusal := k.next(t)
	wantRehearsal(t, refusal.Error)
	if got := refusal.Error.RetryAfter; got != "900" {
		t.Errorf("Retry-After: got %q, want the 900 seconds to its end", got)
	}
	if got, want := refusal.Error.Message, "Unknown error"; got != want {
		t.Errorf("octokit's message: got %q, want %q", got, want)
	}
	if r := k.next(t); !r.GaveUp {
		t.Errorf("got %+v, want it to give up", r)
	}
	k.end(t)
	wantRequests(t, c, http.StatusBadRequest)
}

// TestBrownoutInOctokitsMessage: with a charset in the problem's type octokit takes
// it for text, and its message is the whole problem.
func TestBrownoutInOctokitsMessage(t *testing.T) {
	setTime(t, rehearsed)
	c := start(t, "unpaginated reject", calendar, `handle_errors 400 {
		header >Content-Type "application/problem+json; charset=utf-8"
	}`)
	k := startTalk(t, "brownout.mjs", c.URL, "/orders")
	refusal := k.next(t)
	wantRehearsal(t, refusal.Error)
	wantSentence(t, refusal.Error.Message)
	if r := k.next(t); !r.GaveUp {
		t.Errorf("got %+v, want it to give up", r)
	}
	k.end(t)
}

// TestBrownoutIsWaitedFor: an octokit that waits as long as Retry-After says gets the
// list then. One that comes back a second too soon is told to wait for that second.
func TestBrownoutIsWaitedFor(t *testing.T) {
	setTime(t, rehearsed)
	c := start(t, "unpaginated reject", calendar, "")
	k := startTalk(t, "brownout.mjs", c.URL, "/orders", "heed")
	for _, step := range []struct{ retryAfter, then string }{
		{"900", "2030-02-01T11:59:59Z"},
		{"1", brownoutEnds},
	} {
		r := k.next(t)
		wantRehearsal(t, r.Error)
		if got := r.Error.RetryAfter; got != step.retryAfter {
			t.Errorf("Retry-After: got %q, want %s", got, step.retryAfter)
		}
		setTime(t, step.then)
		k.goOn(t)
	}
	k.next(t).wantItems(t, items)
	if got, want := k.end(t), []string{octokitSays(c.URL + "/orders")}; !slices.Equal(got, want) {
		t.Errorf("octokit printed %q, want %q: it is affected again", got, want)
	}
	wantRequests(t, c, http.StatusBadRequest, http.StatusBadRequest, http.StatusOK)
}
