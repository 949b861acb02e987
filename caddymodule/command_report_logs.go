package caddymodule

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
)

// stdinLog names the standard input among logs.
const stdinLog = "-"

// addLogs adds what logs have, and shows on a terminal how far it is.
func addLogs(ctx context.Context, b *report.Builder, cmd *cobra.Command, files []string) error {
	var p progress
	logs := &report.Logs{
		Open: func(name string) (io.ReadCloser, error) {
			if name == stdinLog {
				return io.NopCloser(cmd.InOrStdin()), nil
			}
			return os.Open(name) //nolint:gosec // a file that the user has named
		},
		Read: func(n int) { p.done.Add(int64(n)) },
	}
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			p.total += info.Size()
		}
	}
	if file, ok := cmd.ErrOrStderr().(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		defer p.show(file)()
	}
	return b.AddLogs(ctx, logs, files...)
}

// progress is how much of the logs has been read.
type progress struct {
	total int64 // 0 if it is not known
	done  atomic.Int64
}

// barAfter is how long reading takes before a bar is worth its while.
const barAfter = 500 * time.Millisecond

// show draws the bar from time to time, until end is called, which removes it.
func (p *progress) show(w io.Writer) (end func()) {
	quit, gone := make(chan struct{}), make(chan struct{})
	began := time.Now()
	go func() {
		defer close(gone)
		ticker := time.NewTicker(barAfter / 5)
		defer ticker.Stop()
		drawn := false
		for {
			select {
			case <-quit:
				if drawn {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			case <-ticker.C:
				if took := time.Since(began); took >= barAfter {
					fmt.Fprint(w, "\r\x1b[K"+p.bar(took))
					drawn = true
				}
			}
		}
	}()
	return func() {
		close(quit)
		<-gone
	}
}

// bar is a line of the progress so far, and how long the rest takes.
func (p *progress) bar(took time.Duration) string {
	const width = 30
	done := p.done.Load()
	text := humanize.IBytes(uint64(max(done, 0)))
	if p.total <= 0 || done <= 0 {
		return "reading logs: " + text
	}
	share := min(float64(done)/float64(p.total), 1)
	full := int(share * width)
	left := time.Duration(float64(took) * (1 - share) / share).Round(time.Second)
	return fmt.Sprintf("reading logs: [%s%s] %3.0f%%, %s of %s, %s left", strings.Repeat("#", full), strings.Repeat(".", width-full),
		share*100, text, humanize.IBytes(uint64(p.total)), left)
}
