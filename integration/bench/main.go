// Command bench measures what paging costs: the memory that Caddy takes for a
// short and a long list, and the requests a second that it still does on routes
// where nothing is paged. ./xcaddy.sh bench builds ./caddy and runs it.
//
// Everything runs as its own process, as it would in production; memory is what
// the kernel says (VmHWM, so Linux only).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"

	"github.com/dustin/go-humanize"
)

// settings are the command line's.
type settings struct {
	caddy        string // the binary that is measured
	short, long  uint64 // the two lists' sizes in bytes
	rounds       int
	round        time.Duration
	tolerance    float64
	memory, rate bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	set, err := readSettings()
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
	lab := &lab{caddy: set.caddy, dir: dir, legacy: legacy}

	fmt.Printf("%s, %s/%s, %d cores\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if set.memory {
		if err := measureMemory(ctx, lab, set); err != nil {
			return err
		}
	}
	if set.rate {
		return measureRate(ctx, lab, set)
	}
	return nil
}

func readSettings() (settings, error) {
	var (
		set   settings
		short = flag.String("short", "10MB", "the short list's `size`")
		long  = flag.String("long", "2GB", "the long list's `size`")
		only  = flag.String("only", "", "memory or rate: measure nothing else")
	)
	flag.StringVar(&set.caddy, "caddy", "./caddy", "the Caddy to measure, `path` to the binary")
	flag.IntVar(&set.rounds, "rounds", 15, "how often each of two Caddys is asked in turn")
	flag.DurationVar(&set.round, "round", time.Second, "how long a round takes")
	flag.Float64Var(&set.tolerance, "tolerance", 1.25, "fail when the long list takes so many times the short one's memory")
	flag.Parse()

	if runtime.GOOS != "linux" {
		return set, errors.New("reading peak memory: only Linux tells it (VmHWM)")
	}
	var err error
	if set.short, err = humanize.ParseBytes(*short); err != nil {
		return set, fmt.Errorf("reading -short: %w", err)
	}
	if set.long, err = humanize.ParseBytes(*long); err != nil {
		return set, fmt.Errorf("reading -long: %w", err)
	}
	switch *only {
	case "", "memory", "rate":
		set.memory, set.rate = *only != "rate", *only != "memory"
	default:
		return set, fmt.Errorf("reading -only: %q is neither memory nor rate", *only)
	}
	if set.caddy, err = filepath.Abs(set.caddy); err != nil {
		return set, fmt.Errorf("finding caddy: %w", err)
	}
	return set, nil
}
