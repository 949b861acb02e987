// Command bench measures what paging costs: time, processor time, memory and
// what the upstream has to send, of a Caddy that pages and of plain Caddy in
// the same run, and of other ways to page. ./xcaddy.sh bench builds ./caddy and
// runs it.
//
// Everything runs as its own process, as it would in production; memory and
// processor time are what the kernel says, so Linux only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// settings are the command line's.
type settings struct {
	caddy      string // the binary that is measured
	size, long uint64 // bytes of the usual list, and of the one that must not take more memory
	rounds     int
	round      time.Duration
	only       []string // scenarios; none: all
	json       string   // file for the report
	write      bool     // figures into the README
	report     bool     // only, whatever is missed
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	set, err := readSettings(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "paginate-bench-")
	if err != nil {
		return fmt.Errorf("making room: %w", err)
	}
	defer os.RemoveAll(dir)

	legacy, err := startLegacy(ctx, dir)
	if err != nil {
		return err
	}
	defer legacy.stop()
	r, err := measureAll(ctx, &lab{caddy: set.caddy, dir: dir, legacy: legacy}, set, os.Stderr)
	if err != nil {
		return err
	}
	return r.deliver(set, os.Stdout)
}

// measureAll measures what is to be measured, and tells w how far it is.
func measureAll(ctx context.Context, l *lab, set settings, w io.Writer) (*report, error) {
	r := newReport(set)
	began := time.Now()
	step := func(name string) { fmt.Fprintf(w, "bench: %4.0f s  %s\n", time.Since(began).Seconds(), name) }
	for _, s := range scenarios {
		if !set.wants(s.key) {
			continue
		}
		step(s.key)
		one, err := s.run(ctx, l, set)
		if err != nil {
			return nil, fmt.Errorf("measuring %s: %w", s.key, err)
		}
		r.Results = append(r.Results, one)
	}
	walks, err := measureSnapshots(ctx, l, set, step)
	if err != nil {
		return nil, err
	}
	r.Results = append(r.Results, walks...)
	if set.wants("memory") {
		step("memory")
		results, err := measureMemory(ctx, l, set)
		if err != nil {
			return nil, fmt.Errorf("measuring memory: %w", err)
		}
		r.Results = append(r.Results, results...)
	}
	if set.wants("peers") {
		step("peers")
		var err error
		if r.Contests, err = measureContests(ctx, l, set); err != nil {
			return nil, fmt.Errorf("measuring peers: %w", err)
		}
	}
	step("done")
	return r, nil
}

// deliver writes the report to where it is wanted, and fails if something must
// be better.
func (r *report) deliver(set settings, w io.Writer) error {
	if err := r.writeText(w); err != nil {
		return err
	}
	if set.json != "" {
		if err := r.writeJSON(set.json); err != nil {
			return err
		}
	}
	if set.write {
		if err := r.writeFigures(home); err != nil {
			return err
		}
	}
	missed := r.missed()
	if len(missed) == 0 {
		return nil
	}
	text := "MISSED:\n  " + strings.Join(missed, "\n  ")
	if set.report {
		fmt.Fprintln(w, text)
		return nil
	}
	return errors.New(text)
}

func (set settings) wants(key string) bool {
	return len(set.only) == 0 || slices.Contains(set.only, key)
}

func readSettings(args []string) (settings, error) {
	var (
		set   settings
		fs    = flag.NewFlagSet("bench", flag.ContinueOnError)
		size  = fs.String("size", "200MB", "the usual list's `size`")
		long  = fs.String("long", "2GB", "the long list's `size`, for memory")
		only  = fs.String("only", "", "measure nothing but these `scenarios`, with commas between: "+strings.Join(scenarioKeys(), ", "))
		quick = fs.Bool("quick", false, "three short rounds, to try things out")
	)
	fs.StringVar(&set.caddy, "caddy", "./caddy", "the Caddy to measure, `path` to the binary")
	fs.IntVar(&set.rounds, "rounds", 15, "how often each of two Caddys is asked in turn")
	fs.DurationVar(&set.round, "round", time.Second, "how long a round lasts in which requests are counted")
	fs.StringVar(&set.json, "json", "", "write the figures to this `file` too")
	fs.BoolVar(&set.write, "write", false, "write figures and charts into "+home)
	fs.BoolVar(&set.report, "report", false, "do not fail when something is not as it must be")
	if err := fs.Parse(args); err != nil {
		return set, err
	}
	if fs.NArg() > 0 {
		return set, fmt.Errorf("reading the command line: unexpected %q", fs.Arg(0))
	}
	if *quick {
		set.rounds, set.round = 3, 200*time.Millisecond
	}
	if runtime.GOOS != "linux" {
		return set, errors.New("reading peak memory: only Linux tells it (VmHWM)")
	}
	if set.rounds < 1 {
		return set, fmt.Errorf("reading -rounds: %d is not enough", set.rounds)
	}
	if *only != "" {
		set.only = strings.Split(*only, ",")
	}
	for _, key := range set.only {
		if !slices.Contains(scenarioKeys(), key) {
			return set, fmt.Errorf("reading -only: %q is none of %s", key, strings.Join(scenarioKeys(), ", "))
		}
	}
	if set.write && len(set.only) > 0 {
		return set, errors.New("reading -write: with -only, the others' figures would be lost")
	}
	var err error
	if set.size, err = humanize.ParseBytes(*size); err != nil {
		return set, fmt.Errorf("reading -size: %w", err)
	}
	if set.long, err = humanize.ParseBytes(*long); err != nil {
		return set, fmt.Errorf("reading -long: %w", err)
	}
	if set.caddy, err = filepath.Abs(set.caddy); err != nil {
		return set, fmt.Errorf("finding caddy: %w", err)
	}
	return set, nil
}
