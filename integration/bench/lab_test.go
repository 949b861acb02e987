//go:build linux

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// started is a process that is already there, with an address where nobody
// answers any more.
func started(t *testing.T, pid int) *process {
	t.Helper()
	found, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	return &process{cmd: &exec.Cmd{Process: found}, url: gone.URL}
}

func TestPeakIsWhatWasHeldAtMost(t *testing.T) {
	p := started(t, os.Getpid())
	before, err := p.peak()
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	held := make([]byte, before+size)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	runtime.KeepAlive(held)
	after, err := p.peak()
	if err != nil {
		t.Fatal(err)
	}
	if after < before+size {
		t.Errorf("peak was %d bytes, and after holding %d more it is %d", before, len(held), after)
	}
}

func TestProcessorTimeGoesOnWithWork(t *testing.T) {
	p := started(t, os.Getpid())
	before, err := p.cpu()
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		now, err := p.cpu()
		if err != nil {
			t.Fatal(err)
		}
		if worked := now - before; worked >= 100*time.Millisecond {
			return
		}
	}
	t.Error("thirty seconds of work took no processor time")
}

func TestAnUnknownFieldIsAnError(t *testing.T) {
	if value, err := started(t, os.Getpid()).status("VmNone"); err == nil {
		t.Errorf("got %q, want an error", value)
	}
}

func TestAProcessThatEndedIsNotWaitedFor(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatalf("running true: %v", err)
	}
	err := started(t, cmd.Process.Pid).await(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ended before") {
		t.Errorf("got %v, want to be told that it ended", err)
	}
}

func TestSentCountsFromTheLastTime(t *testing.T) {
	srv := httptest.NewServer(legacyapi.New(legacyapi.Options{Items: 100}))
	defer srv.Close()
	l := &lab{legacy: &process{url: srv.URL}}
	for range 2 {
		res, err := http.Get(srv.URL + "/orders")
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, res.Body) // closed unread, it would be cut off
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.sent(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if per := got / 100; per < int64(averageItem(legacyapi.Small)-10) || per > int64(averageItem(legacyapi.Small)+10) {
			t.Errorf("got %d bytes for 100 orders of about %d", got, averageItem(legacyapi.Small))
		}
	}
}
