package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// pipeline is a peer that is no server: programs are started for each answer,
// as in a script. Starting them is part of what it costs, and is measured.
type pipeline struct {
	upstream string
	stream   bool // jq reads as it streams

	mu   sync.Mutex
	used time.Duration // by all runs that have ended
	most uint64        // memory of any run
}

// look is how often a running pipeline's memory is looked at, seldom enough to
// leave the processor to it. What the kernel tells is each process's peak so far,
// so that only the last moments are missed.
const look = 20 * time.Millisecond

func startJQ(_ context.Context, l *lab) (string, running, error) {
	return newPipeline(l, false)
}

func startJQStream(_ context.Context, l *lab) (string, running, error) {
	return newPipeline(l, true)
}

func newPipeline(l *lab, stream bool) (string, running, error) {
	for _, program := range []string{"sh", "curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", nil, fmt.Errorf("%s is %w", program, errNotInstalled)
		}
	}
	return "", &pipeline{upstream: l.legacy.url, stream: stream}, nil
}

// ask runs the pipeline once.
func (p *pipeline) ask(ctx context.Context, path string, w io.Writer) error {
	filter, err := p.filter(path)
	if err != nil {
		return err
	}
	// The shell's status is jq's: of an answer that is cut off it can make nothing,
	// and where it has seen enough, curl fails to write, as it should.
	cmd := exec.CommandContext(ctx, "sh", "-c", `curl -sf -- "$0" | jq "$@"`, p.upstream+path)
	cmd.Args = append(cmd.Args, filter...)
	cmd.Stdout, cmd.Stderr = w, os.Stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting curl and jq: %w", err)
	}
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		p.watch(&process{cmd: cmd}, ended)
	}()
	err = cmd.Wait()
	close(ended)
	<-watched

	p.mu.Lock()
	defer p.mu.Unlock()
	// The kernel adds to the shell's times those of the children it waited for.
	p.used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if err != nil {
		return fmt.Errorf("running curl and jq: %w", err)
	}
	return nil
}

// filter is jq's arguments for what a path's parameters ask.
func (p *pipeline) filter(path string) ([]string, error) {
	u, err := url.Parse(path)
	if err != nil {
		return nil, fmt.Errorf("reading the path: %w", err)
	}
	query := u.Query()
	limit, object := query.Get("limit"), ""
	if names := query.Get("fields"); names != "" {
		// Short for {id: .id, ...}, which names what an item lacks as null.
		object = "{" + strings.ReplaceAll(names, ",", ", ") + "}"
	}
	if p.stream {
		// Items are put together one by one, and nothing is read behind the last.
		text := "fromstream(1 | truncate_stream(inputs))"
		if limit != "" {
			text = "limit(" + limit + "; " + text + ")"
		}
		if object != "" {
			text += " | " + object
		}
		return []string{"-cn", "--stream", "[" + text + "]"}, nil
	}
	text := "."
	if limit != "" {
		text += "[0:" + limit + "]"
	}
	if object != "" {
		text += " | map(" + object + ")"
	}
	return []string{"-c", text}, nil
}

// watch notes the most memory that the processes hold together until they end.
func (p *pipeline) watch(shell *process, ended <-chan struct{}) {
	most := make(map[int]uint64) // by process
	for tick := time.NewTicker(look); ; {
		for _, one := range family(shell) {
			// One that has ended, or not begun to be another program, has none.
			if peak, err := one.peak(); err == nil {
				most[one.cmd.Process.Pid] = peak
			}
		}
		select {
		case <-ended:
			tick.Stop()
			p.note(most)
			return
		case <-tick.C:
		}
	}
}

func (p *pipeline) note(most map[int]uint64) {
	var sum uint64
	for _, peak := range most {
		sum += peak
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = max(p.most, sum)
}

func (p *pipeline) cpu() (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used, nil
}

func (p *pipeline) peak() (uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most, nil
}

// stop has nothing to do: every run has ended.
func (p *pipeline) stop() {}
