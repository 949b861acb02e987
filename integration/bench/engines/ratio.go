package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/perf/benchfmt"
)

// speeds are the bytes that each engine did with a second of processor time,
// in each run.
type speeds map[subject]map[string][]float64 // by engine

// subject is what engines are compared at.
type subject struct{ work, shape string }

// A demand is what must hold of the product's engine: its speed as a multiple of
// another's. Against "" it is the fastest of the libraries in that run.
type demand struct {
	subject
	against   string
	must, aim float64
}

// demands are those that must hold, and the others that are worth to be shown,
// which have no must.
var demands = func() (all []demand) {
	names := []string{"small", "wide", "text", "deep", "pretty"}
	for _, shape := range names {
		all = append(all, demand{subject{"Boundaries", shape}, "gjson", 3.5, 5})
	}
	for _, work := range []string{"Boundaries", "Page", "Project"} {
		for _, shape := range names {
			d := demand{subject: subject{work, shape}}
			if work == "Project" && shape == "wide" {
				d.must, d.aim = 3, 4.5
			}
			all = append(all, d)
		}
	}
	return all
}()

// readSpeeds reads what benchmarks have printed.
func readSpeeds(r io.Reader) (speeds, error) {
	all := make(speeds)
	for reader := benchfmt.NewReader(r, "results"); reader.Scan(); {
		switch record := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, fmt.Errorf("reading the results: %w", record)
		case *benchfmt.Result:
			speed, ok := record.Value(perCPU)
			if !ok {
				continue
			}
			base, parts := record.Name.Parts()
			s, engine := subject{work: string(base)}, ""
			for _, part := range parts {
				key, value, _ := strings.Cut(string(part), "=")
				switch key {
				case "/shape":
					s.shape = value
				case "/engine":
					engine = value
				}
			}
			if all[s] == nil {
				all[s] = make(map[string][]float64)
			}
			all[s][engine] = append(all[s][engine], speed)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("reading the results: there are none")
	}
	return all, nil
}

// fastestLibrary is the engine with the highest median that is not ours.
func fastestLibrary(byEngine map[string][]float64) string {
	best := ""
	for engine, values := range byEngine {
		if strings.HasPrefix(engine, "ours") {
			continue
		}
		if best == "" || median(values) > median(byEngine[best]) {
			best = engine
		}
	}
	return best
}

// writeRatios prints a table of the demands that can be judged. The error names
// those that do not hold.
func writeRatios(out io.Writer, all speeds) error {
	fmt.Fprint(out, "Bytes for a second of processor time, ours (in chunks) over another's, medians:\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| work\t| shape\t| ours\t| against\t| theirs\t| ratio\t| must\t| aim\t|")
	fmt.Fprintln(table, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	var failed []error
	for _, d := range demands {
		byEngine := all[d.subject]
		against, best := d.against, ""
		if against == "" {
			against, best = fastestLibrary(byEngine), " (fastest)"
		}
		if len(byEngine["ours"]) == 0 || len(byEngine[against]) == 0 {
			continue // not among the benchmarks that were asked for
		}
		ours, theirs := median(byEngine["ours"]), median(byEngine[against])
		ratio, must, aim := ours/theirs, "", ""
		if d.must > 0 {
			must, aim = fmt.Sprintf("%.1f", d.must), fmt.Sprintf("%.1f", d.aim)
			if ratio < d.must {
				must += " FAILED"
				failed = append(failed, fmt.Errorf("%s of %s: %.2f times %s, and must be %.1f", d.work, d.shape, ratio, against, d.must))
			}
		}
		fmt.Fprintf(table, "| %s\t| %s\t| %s\t| %s\t| %s\t| %.2f\t| %s\t| %s\t|\n",
			d.work, d.shape, gigabytes(ours), against+best, gigabytes(theirs), ratio, must, aim)
	}
	table.Flush()
	return errors.Join(failed...)
}

func gigabytes(perSecond float64) string { return fmt.Sprintf("%.2f GB", perSecond/1e9) }

func median(numbers []float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[len(sorted)/2]
}
