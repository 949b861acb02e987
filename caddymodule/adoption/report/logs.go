package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tidwall/gjson"
)

// blockSize is how much of a log is read and handed over at once; a line that is
// longer is none of an adoption log.
const blockSize = 1 << 20

// Logs reads adoption logs: plain, or compressed by gzip or zstd, by their
// content and not by their names.
type Logs struct {
	// Open opens a file. nil opens those of the file system.
	Open func(name string) (io.ReadCloser, error)

	// Read is told of each piece of a file that was read, as it is stored. It is
	// called by several goroutines. nil tells nobody.
	Read func(bytes int)

	lines, skipped atomic.Int64
	blocks         chan []byte
	spare          sync.Pool // of blocks

	mu    sync.Mutex
	notes []string
}

// AddLogs adds all records of some logs. Lines that are none are skipped, and
// noted; so is a file that is damaged, from there on. A last line that is cut off
// counts as not there. The error is that of a file that cannot be opened or read.
func (b *Builder) AddLogs(ctx context.Context, l *Logs, files ...string) error {
	if l.Open == nil {
		l.Open = func(name string) (io.ReadCloser, error) { return os.Open(name) } //nolint:gosec // files that the caller has named
	}
	workers := max(runtime.GOMAXPROCS(0), 1)
	l.blocks = make(chan []byte, 2*workers)
	parts := make([]*Builder, workers)
	var working sync.WaitGroup
	for i := range parts {
		parts[i] = NewBuilder(b.since, b.now, b.only...)
		parts[i].most = b.most
		working.Go(func() { l.count(parts[i]) })
	}
	err := l.readAll(ctx, files, workers)
	close(l.blocks)
	working.Wait()
	for i, part := range parts {
		b.Merge(part)
		parts[i] = nil // its memory is wanted
	}
	b.notes = append(b.notes, l.notes...)
	if skipped := l.skipped.Load(); skipped > 0 {
		b.Note(fmt.Sprintf("%s of %s are no adoption records, and were skipped", grouped(skipped), plural(l.lines.Load(), "line")))
	}
	return err
}

// count adds up the blocks that come.
func (l *Logs) count(b *Builder) {
	for block := range l.blocks {
		var lines, skipped int64
		for line := range bytes.Lines(block) {
			line = bytes.TrimSpace(line)
			if len(line) == 0 {
				continue
			}
			lines++
			rec, ok := parseLine(line)
			if !ok {
				skipped++
				continue
			}
			b.add(rec.key, &rec.usage, rec.at, rec.sunset)
		}
		l.lines.Add(lines)
		l.skipped.Add(skipped)
		l.spare.Put(&block)
	}
}

// readAll reads some files at a time.
func (l *Logs) readAll(ctx context.Context, files []string, atOnce int) error {
	errs := make([]error, len(files))
	turns := make(chan struct{}, atOnce)
	var reading sync.WaitGroup
	for i, name := range files {
		turns <- struct{}{}
		reading.Go(func() {
			defer func() { <-turns }()
			errs[i] = l.readFile(ctx, name)
		})
	}
	reading.Wait()
	return errors.Join(errs...)
}

// readFile hands a file's content over. What cannot be unzipped is the file's
// end.
func (l *Logs) readFile(ctx context.Context, name string) error {
	file, err := l.Open(name)
	if err != nil {
		return fmt.Errorf("opening a log: %w", err)
	}
	defer file.Close()
	counted := &countingReader{ctx: ctx, r: file, told: l.Read}
	text, err := plain(counted)
	if err == nil {
		defer text.Close()
		err = l.split(text)
	}
	switch {
	case counted.err != nil:
		return fmt.Errorf("reading a log: %w", counted.err)
	case err != nil:
		l.mu.Lock()
		l.notes = append(l.notes, fmt.Sprintf("%s is damaged, and its rest was skipped: %v", name, err))
		l.mu.Unlock()
	}
	return nil
}

// A countingReader tells how far a file was read. It keeps the file's own errors
// apart from those of who unzips it.
type countingReader struct {
	ctx  context.Context
	r    io.Reader
	told func(int)
	err  error
}

func (c *countingReader) Read(p []byte) (int, error) {
	if c.err = c.ctx.Err(); c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	if c.told != nil {
		c.told(n)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// split hands over blocks of whole lines.
func (l *Logs) split(r io.Reader) error {
	block, skipping := l.block(), false
	for {
		var err error
		block, err = fill(block, r)
		if skipping { // in a line that is too long
			end := bytes.IndexByte(block, '\n')
			skipping = end < 0
			if skipping {
				end = len(block) - 1
			}
			block = append(block[:0], block[end+1:]...)
		}
		whole := bytes.LastIndexByte(block, '\n') + 1
		switch {
		case err != nil:
			if gjson.ValidBytes(block[whole:]) { // else it is cut off
				whole = len(block)
			}
			l.blocks <- block[:whole]
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case whole == 0 && len(block) == cap(block):
			skipping = true
			l.lines.Add(1)
			l.skipped.Add(1)
			block = block[:0]
		default:
			next := append(l.block(), block[whole:]...)
			l.blocks <- block[:whole]
			block = next
		}
	}
}

// fill reads until the block is full or the reader at its end.
func fill(block []byte, r io.Reader) ([]byte, error) {
	for len(block) < cap(block) {
		n, err := r.Read(block[len(block):cap(block)])
		block = block[:len(block)+n]
		if err != nil {
			return block, err
		}
	}
	return block, nil
}

// block is an empty one.
func (l *Logs) block() []byte {
	if spare, ok := l.spare.Get().(*[]byte); ok {
		return (*spare)[:0]
	}
	return make([]byte, 0, blockSize)
}
