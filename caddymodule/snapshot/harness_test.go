package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A clock is one that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A witness writes down what an Observer is told.
type witness struct {
	mu    sync.Mutex
	told  map[string]int
	bytes int64
	alive int
}

func newWitness() *witness { return &witness{told: map[string]int{}} }

func (w *witness) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[fmt.Sprintf(format, args...)]++
}

func (w *witness) add(alive int, bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.alive += alive
	w.bytes += bytes
}

func (w *witness) Added(l Label)              { w.add(1, 0) }
func (w *witness) Grown(l Label, bytes int64) { w.add(0, bytes) }
func (w *witness) Hit(l Label)                { w.tell("hit") }
func (w *witness) Miss(l Label)               { w.tell("miss") }
func (w *witness) Saved(l Label)              { w.tell("saved") }

func (w *witness) Removed(l Label, bytes int64, why Reason) {
	w.add(-1, -bytes)
	w.tell("removed: %s", why)
}

func (w *witness) Failed(l Label, err error, first bool) {
	w.tell("failed, first %t", first)
}

func (w *witness) of(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told[what]
}

func (w *witness) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprint(w.told)
}

func (w *witness) held() (alive int, bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.alive, w.bytes
}

// A rig is a manager with all that a test looks at.
type rig struct {
	*Manager
	clock   *clock
	witness *witness
	policy  Policy
}

func newRig(t testing.TB, store Store, total int64) *rig {
	t.Helper()
	r := &rig{clock: newClock(), witness: newWitness(), policy: Policy{TTL: time.Minute, MaxAge: time.Hour}}
	r.Manager = New(store, Options{Total: total, Now: r.clock.Now, Observer: r.witness, Sweep: -1})
	t.Cleanup(r.Close)
	return r
}

func fileStore(t testing.TB) *FileStore {
	t.Helper()
	s, err := NewFileStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A memory is a store in memory, which fails when it is told to.
type memory struct {
	mu    sync.Mutex
	full  int64 // how many bytes a blob may have, 0 for any number
	down  error // nothing works
	blobs int   // that have not been dropped
}

var errFull = errors.New("no space left on device")

func (m *memory) set(full int64, down error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full, m.down = full, down
}

func (m *memory) left() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.blobs
}

func (m *memory) Create(string) (Blob, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return nil, m.down
	}
	m.blobs++
	return &memoryBlob{m: m}, nil
}

type memoryBlob struct {
	m     *memory
	bytes []byte
	gone  bool
}

func (b *memoryBlob) Write(p []byte) (int, error) {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	switch {
	case b.gone:
		panic("written to behind Drop")
	case b.m.down != nil:
		return 0, b.m.down
	case b.m.full > 0 && int64(len(b.bytes)+len(p)) > b.m.full:
		n := int(b.m.full) - len(b.bytes)
		b.bytes = append(b.bytes, p[:n]...)
		return n, errFull
	}
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}

func (b *memoryBlob) ReadAt(p []byte, off int64) (int, error) {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	switch {
	case b.gone:
		panic("read behind Drop")
	case b.m.down != nil:
		return 0, b.m.down
	}
	return bytes.NewReader(b.bytes).ReadAt(p, off)
}

func (b *memoryBlob) Drop() {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	if b.gone {
		panic("dropped twice")
	}
	b.gone = true
	b.m.blobs--
}

func key(n byte) Key { return Key{n} }

// open opens a snapshot, and releases it with the test.
func (r *rig) open(t testing.TB, k Key, read func(context.Context, *Recorder)) *Snapshot {
	t.Helper()
	s, err := r.Open(t.Context(), k, r.policy, Label{Route: "r", Path: "/p"}, read)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	t.Cleanup(s.Release)
	return s
}

// sends is an upstream that sends a body in chunks of this size.
func sends(body string, size int) func(context.Context, *Recorder) {
	return func(_ context.Context, rec *Recorder) {
		err := rec.Begin([]byte("head"), list.Path{}, false)
		for rest := body; rest != "" && err == nil; {
			n := min(size, len(rest))
			_, err = rec.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		rec.End(err)
	}
}

// A feed is an upstream that sends what the test tells it to, when it tells it.
type feed struct {
	chunks chan string
	ended  chan error // what the recorder said, once it is over
}

func newFeed(t testing.TB) *feed {
	f := &feed{chunks: make(chan string), ended: make(chan error, 1)}
	t.Cleanup(f.close)
	return f
}

func (f *feed) close() {
	if f.chunks != nil {
		close(f.chunks)
		f.chunks = nil
	}
}

func (f *feed) read(ctx context.Context, rec *Recorder) {
	chunks := f.chunks
	err := rec.Begin([]byte("head"), list.Path{}, false)
	for err == nil {
		select {
		case chunk, more := <-chunks:
			if !more {
				rec.End(nil)
				f.ended <- nil
				return
			}
			_, err = rec.Write([]byte(chunk))
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	rec.End(err)
	f.ended <- err
}

// items is a list of n objects, the i-th of which says so.
func items(n int) string {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"item %d"}`, i, i)
	}
	b.WriteString("]\n")
	return b.String()
}

// await waits for items, for not too long.
func await(t testing.TB, s *Snapshot, n int64) State {
	t.Helper()
	st, err := awaited(t, s, n)
	if err != nil {
		t.Fatalf("awaiting %d items: %v", n, err)
	}
	return st
}

func awaited(t testing.TB, s *Snapshot, n int64) (State, error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Minute, errors.New("the test has waited for too long"))
	defer cancel()
	return s.Await(ctx, n)
}

// page is a page as a client gets it: what a list reader makes of a window.
func page(t testing.TB, s *Snapshot, first, limit int64) (body string, more bool) {
	t.Helper()
	st := await(t, s, first+limit+1)
	w := s.Window(first, limit)
	text, err := io.ReadAll(w)
	if err != nil {
		t.Fatalf("reading a window: %v", err)
	}
	if int64(len(text)) != w.Size && w.Size > 0 {
		t.Fatalf("a window of %d bytes has %d", w.Size, len(text))
	}
	return cut(t, string(text), list.Options{Path: st.Path, Lines: st.Lines, Skip: first - w.Offset, Limit: limit, Stop: list.StopAlways})
}

func cut(t testing.TB, body string, opt list.Options) (string, bool) {
	t.Helper()
	var r list.Reader
	r.Reset(opt)
	_, err := r.Write([]byte(body))
	if err == nil {
		err = r.Close()
	}
	if err != nil {
		t.Fatalf("reading %.200q: %v", body, err)
	}
	return string(r.Bytes()), r.More()
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
