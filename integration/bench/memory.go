package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

const pageSize = 50

// memoryCase is one way to ask for a list. Each is measured for both sizes,
// with a Caddy of its own, so that no case sees the memory of another.
type memoryCase struct {
	name       string
	directives string
	query      func(items int) string // paging parameters for a list of so many items
	whole      bool                   // the answer is the whole list, not a page
}

const enforced = "paginate /orders* {\n\t\tlimit 50 100\n\t\tmax_offset off\n\t}"

var memoryCases = []memoryCase{
	{
		name:  "plain Caddy, whole list",
		query: func(int) string { return "" },
		whole: true,
	},
	{
		name:       "announce, whole list",
		directives: "paginate /orders* {\n\t\tlimit 50 100\n\t\tphase announce\n\t}",
		query:      func(int) string { return "" },
		whole:      true,
	},
	{
		name:       "first page",
		directives: enforced,
		query:      func(int) string { return "" },
	},
	{
		name:       "last page (reads the list)",
		directives: enforced,
		query:      func(items int) string { return fmt.Sprintf("&limit=%d&offset=%d", pageSize, items-pageSize) },
	},
}

// sample is one measurement of one case.
type sample struct {
	peak     uint64 // of Caddy
	upstream int64  // bytes that the demo API sent
	took     time.Duration
}

// measureMemory prints a table of all cases, and fails if a long list takes
// more memory than a short one.
func measureMemory(ctx context.Context, l *lab, set settings) error {
	fmt.Printf("\nPeak memory of Caddy (VmHWM), for lists of %s and %s\n\n", humanize.Bytes(set.short), humanize.Bytes(set.long))
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| request\t| peak, short\t| peak, long\t| ratio\t| upstream sent, short\t| long\t| time, short\t| long\t|")
	fmt.Fprintln(table, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	var failed error
	for _, c := range memoryCases {
		short, err := l.sample(ctx, c, set.short)
		if err != nil {
			return fmt.Errorf("measuring %q with the short list: %w", c.name, err)
		}
		long, err := l.sample(ctx, c, set.long)
		if err != nil {
			return fmt.Errorf("measuring %q with the long list: %w", c.name, err)
		}
		ratio := float64(long.peak) / float64(short.peak)
		fmt.Fprintf(table, "| %s\t| %s\t| %s\t| %.2f\t| %s\t| %s\t| %s\t| %s\t|\n", c.name,
			humanize.IBytes(short.peak), humanize.IBytes(long.peak), ratio,
			humanize.Bytes(uint64(short.upstream)), humanize.Bytes(uint64(long.upstream)),
			short.took.Round(time.Millisecond), long.took.Round(time.Millisecond))
		if ratio > set.tolerance {
			failed = fmt.Errorf("measuring memory: %q took %.2f times the memory for the long list, over %.2f", c.name, ratio, set.tolerance)
		}
	}
	table.Flush()
	return failed
}

// sample asks a fresh Caddy once, for a list of about so many bytes.
func (l *lab) sample(ctx context.Context, c memoryCase, size uint64) (sample, error) {
	items := int(size) / averageItem()
	caddy, err := l.startCaddy(ctx, c.directives)
	if err != nil {
		return sample{}, err
	}
	defer caddy.stop()
	if _, err := l.sent(ctx); err != nil { // from here on it counts
		return sample{}, err
	}

	began := time.Now()
	got, err := fetch(ctx, fmt.Sprintf("%s/orders?_n=%d%s", caddy.url, items, c.query(items)), c.whole)
	if err != nil {
		return sample{}, err
	}
	s := sample{took: time.Since(began)}
	if s.upstream, err = l.sent(ctx); err != nil {
		return sample{}, err
	}
	want := int64(pageSize)
	if c.whole {
		want = s.upstream
	}
	if got != want {
		return sample{}, fmt.Errorf("checking the answer: got %d, want %d", got, want)
	}
	s.peak, err = caddy.peak()
	return s, err
}

// fetch asks for a list, and counts the items of a page, or the bytes of a
// whole list, which is too long to keep.
func fetch(ctx context.Context, url string, whole bool) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	// Whoever asks for gzip gets all of it compressed, and we measure that.
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("asking for the list: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
		return 0, fmt.Errorf("asking for the list: %s: %s", res.Status, bytes.TrimSpace(body))
	}
	if whole {
		return io.Copy(io.Discard, res.Body)
	}
	var page []json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
		return 0, fmt.Errorf("reading the page: %w", err)
	}
	return int64(len(page)), nil
}

// averageItem is how many bytes an order of the demo takes, comma included.
func averageItem() int {
	const some = 10_000
	var buf []byte
	for i := range some {
		buf = append(legacyapi.AppendItem(buf, legacyapi.Small, i), ',')
	}
	return len(buf) / some
}
