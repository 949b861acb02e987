package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const printed = `goos: linux
BenchmarkBoundaries/shape=small/engine=ours-2 	10	1 ns/op	8000000000 B/cpu-s
BenchmarkBoundaries/shape=small/engine=ours-whole-2 	10	1 ns/op	99000000000 B/cpu-s
BenchmarkBoundaries/shape=small/engine=gjson-2 	10	1 ns/op	2000000000 B/cpu-s
BenchmarkBoundaries/shape=small/engine=sonic-2 	10	1 ns/op	4000000000 B/cpu-s
BenchmarkBoundaries/shape=small/engine=encoding-json-2 	10	1 ns/op	100000000 B/cpu-s
BenchmarkProject/shape=wide/engine=ours-2 	10	1 ns/op	3000000000 B/cpu-s
BenchmarkProject/shape=wide/engine=ours-2 	10	1 ns/op	2900000000 B/cpu-s
BenchmarkProject/shape=wide/engine=ours-2 	10	1 ns/op	9000000000 B/cpu-s
BenchmarkProject/shape=wide/engine=sonic-2 	10	1 ns/op	1000000000 B/cpu-s
PASS
`

func TestRatios(t *testing.T) {
	for _, tc := range []struct {
		name, printed string
		rows          []string // in the order of the demands
		failure       string
	}{
		{
			name: "all hold", printed: printed,
			rows: []string{
				"| Boundaries | small | 8.00 GB | gjson | 2.00 GB | 4.00 | 3.5 | 5.0 |",
				"| Boundaries | small | 8.00 GB | sonic (fastest) | 4.00 GB | 2.00 | | |",
				"| Project | wide | 3.00 GB | sonic (fastest) | 1.00 GB | 3.00 | 3.0 | 4.5 |",
			},
		},
		{
			name: "another library overtakes", printed: strings.Replace(printed, "engine=sonic-2 	10	1 ns/op	1000000000", "engine=jsontext-2 	10	1 ns/op	1250000000", 1),
			rows: []string{
				"| Boundaries | small | 8.00 GB | gjson | 2.00 GB | 4.00 | 3.5 | 5.0 |",
				"| Boundaries | small | 8.00 GB | sonic (fastest) | 4.00 GB | 2.00 | | |",
				"| Project | wide | 3.00 GB | jsontext (fastest) | 1.25 GB | 2.40 | 3.0 FAILED | 4.5 |",
			},
			failure: "Project of wide: 2.40 times jsontext, and must be 3.0",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			speeds, err := readSpeeds(strings.NewReader(tc.printed))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			failure := ""
			if err := writeRatios(&out, speeds); err != nil {
				failure = err.Error()
			}
			if failure != tc.failure {
				t.Errorf("got the failure %q, want %q", failure, tc.failure)
			}
			_, table, _ := strings.Cut(out.String(), "| --- ")
			var rows []string
			for line := range strings.Lines(table) {
				if row := strings.Join(strings.Fields(line), " "); strings.HasPrefix(row, "| ") && !strings.HasPrefix(row, "| ---") {
					rows = append(rows, row)
				}
			}
			if got, want := strings.Join(rows, "\n"), strings.Join(tc.rows, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestNoResultsAreAnError(t *testing.T) {
	if _, err := readSpeeds(strings.NewReader("PASS\n")); err == nil {
		t.Error("got no error")
	}
}

func TestFiguresAreSavedBehindTheirHeading(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("# Engines\n\n## Last figures\n\nold\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := saveFigures(file, "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := "# Engines\n\n## Last figures\n\nnew\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := os.WriteFile(file, []byte("# Another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := saveFigures(file, "new\n"); err == nil {
		t.Error("got no error for a file without the heading")
	}
}
