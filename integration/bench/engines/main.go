package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// perCPU is the unit of what a benchmark does with a second of processor time.
const perCPU = "B/cpu-s"

// settings are the command line's.
type settings struct {
	count     int
	benchtime time.Duration
	bench     string
	save      string
}

func main() {
	var set settings
	flag.IntVar(&set.count, "count", 15, "how often each benchmark is run, all in turns")
	flag.DurationVar(&set.benchtime, "benchtime", 200*time.Millisecond, "how long each benchmark takes")
	flag.StringVar(&set.bench, "bench", ".", "only the benchmarks that this `regexp` finds")
	flag.StringVar(&set.save, "save", "", "write the figures into this `file`, behind its heading \""+lastFigures+"\"")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, set, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "engines:", err)
		stop()
		os.Exit(1)
	}
}

// run measures and prints the figures; an error is also one that must hold and
// does not.
func run(ctx context.Context, set settings, out io.Writer) error {
	dir, err := os.MkdirTemp("", "paginate-engines-")
	if err != nil {
		return fmt.Errorf("making room: %w", err)
	}
	defer os.RemoveAll(dir)
	results := filepath.Join(dir, "results.txt")
	if err := measure(ctx, set, filepath.Join(dir, "engines.test"), results); err != nil {
		return err
	}

	text, err := os.ReadFile(results)
	if err != nil {
		return fmt.Errorf("reading the results: %w", err)
	}
	speeds, err := readSpeeds(bytes.NewReader(text))
	if err != nil {
		return err
	}
	var figures strings.Builder
	fmt.Fprintf(&figures, "%s, %s/%s, %d cores%s; %d runs of %s each, in turns.\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), busy(), set.count, set.benchtime)
	failed := writeRatios(&figures, speeds)
	figures.WriteString("\n```\n")
	if err := benchstat(ctx, &figures, results); err != nil {
		return err
	}
	figures.WriteString("```\n")
	fmt.Fprint(out, figures.String())
	if set.save != "" {
		if err := saveFigures(set.save, figures.String()); err != nil {
			return err
		}
	}
	return failed
}

// measure has all benchmarks run once, again and again: go test's own -count
// would run each as often as it is told before it came to the next, and what the
// machine does meanwhile would hit one alone.
func measure(ctx context.Context, set settings, binary, results string) error {
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the benchmarks: %w", err)
	}
	file, err := os.Create(results)
	if err != nil {
		return fmt.Errorf("saving results: %w", err)
	}
	defer file.Close()
	for i := range set.count {
		fmt.Fprintf(os.Stderr, "engines: run %d of %d\n", i+1, set.count)
		// The tests compare what the engines write, before the first is timed.
		tests := "^$"
		if i == 0 {
			tests = "."
		}
		var problems bytes.Buffer
		cmd := exec.CommandContext(ctx, binary, "-test.run", tests, "-test.bench", set.bench,
			"-test.benchtime", set.benchtime.String())
		cmd.Stdout, cmd.Stderr = io.MultiWriter(file, &problems), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("running the benchmarks: %w\n%s", err, &problems)
		}
	}
	return nil
}

// benchstat prints medians, their spread, and whether a difference is one. Its
// tables are the works, its rows the shapes, its columns the engines.
func benchstat(ctx context.Context, out io.Writer, results string) error {
	cmd := exec.CommandContext(ctx, "go", "tool", "benchstat",
		"-table", ".name", "-row", "/shape", "-col", "/engine", "-filter", ".unit:("+perCPU+" OR B/s OR allocs/op)", results)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running benchstat: %w", err)
	}
	return nil
}

// busy tells how many programs wanted a processor of late, where the system does:
// with more of them than cores, figures by the clock are worth little.
func busy() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(text), " ")
	load, _, _ := strings.Cut(rest, " ") // of five minutes
	return " (load average " + load + ")"
}

const lastFigures = "## Last figures"

// saveFigures replaces what a file has behind its heading.
func saveFigures(name, figures string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("saving the figures: %w", err)
	}
	before, _, found := strings.Cut(string(text), lastFigures)
	if !found {
		return errors.New("saving the figures: " + name + " has no heading \"" + lastFigures + "\"")
	}
	if err := os.WriteFile(name, []byte(before+lastFigures+"\n\n"+figures), 0o644); err != nil {
		return fmt.Errorf("saving the figures: %w", err)
	}
	return nil
}
