package caddymodule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// A wire is a client that remembers in what pieces it got the body.
type wire struct {
	*httptest.ResponseRecorder
	mu      sync.Mutex
	writes  []int
	flushes int
	copies  int // calls of ReadFrom
	err     error
}

func newWire() *wire { return &wire{ResponseRecorder: httptest.NewRecorder()} }

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	w.writes = append(w.writes, len(p))
	return w.ResponseRecorder.Write(p)
}

func (w *wire) ReadFrom(r io.Reader) (int64, error) {
	w.copies++
	return io.Copy(struct{ io.Writer }{w}, r)
}

func (w *wire) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushes++
	return w.err
}

// A step is what the upstream does: it sends bytes, flushes, or takes its time.
type step struct {
	send  int
	flush bool
	wait  time.Duration
}

func steps(n int, s step) []step { return slices.Repeat([]step{s}, n) }

func TestOutputPieces(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct {
		name    string
		steps   []step
		writes  []int
		flushes int
	}{
		{"nothing", nil, nil, 0},
		{"a short body", steps(1, step{send: 10}), []int{10}, 0},
		{"a short body that is flushed", steps(1, step{send: 10, flush: true}), []int{10}, 1},
		{"a flood", steps(5, step{send: 32 << 10}), []int{blockSize, blockSize, 32 << 10}, 0},
		{"a flood that is flushed", steps(5, step{send: 32 << 10, flush: true}), []int{blockSize, blockSize, 32 << 10}, 0},
		{"a long flood", steps(101, step{send: 32 << 10}), append(slices.Repeat([]int{blockSize}, 50), 32<<10), 0},
		{"odd chunks", steps(3, step{send: 50_000, flush: true}), []int{blockSize, blockSize, 150_000 - 2*blockSize}, 0},
		{"a large chunk", steps(1, step{send: 200_000}), []int{blockSize, blockSize, blockSize, 200_000 - 3*blockSize}, 0},
		{"a large chunk behind a small one", []step{{send: 1}, {send: 2 * blockSize}}, []int{blockSize, blockSize, 1}, 0},
		{"a stall", []step{{send: 10, flush: true, wait: 5 * ms}}, []int{10}, 1},
		{"a stall without a flush", []step{{send: 10, wait: 5 * ms}}, []int{10}, 1},
		{"a stall behind a full block", []step{{send: blockSize, wait: 5 * ms}}, []int{blockSize}, 1},
		{"a stall behind the header", []step{{flush: true, wait: 5 * ms}}, nil, 1},
		{"a long stall is one flush", []step{{send: 10, flush: true, wait: 5 * ms}, {wait: time.Hour}}, []int{10}, 1},
		{"not yet", []step{{send: 10, flush: true, wait: 5*ms - 1}, {send: 10, flush: true, wait: 1}}, []int{20}, 1},
		{"a trickle", steps(20, step{send: 100, flush: true, wait: ms}), []int{500, 500, 500, 500}, 4},
		{
			"a full block begins the time anew",
			[]step{{send: blockSize - 10, wait: 4 * ms}, {send: 20, wait: 4 * ms}, {send: 1, wait: ms}},
			[]int{blockSize, 11},
			1,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{Phase: "observe"})
			w, sent := newWire(), 0
			err := b.ServeHTTP(w, get("/"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusOK)
				for _, s := range tc.steps {
					if s.send > 0 {
						if _, err := w.Write(bytes.Repeat([]byte(" "), s.send)); err != nil {
							return err
						}
						sent += s.send
					}
					if s.flush {
						_ = http.NewResponseController(w).Flush()
					}
					b.clock.advance(s.wait)
				}
				return nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(w.writes, tc.writes) || w.flushes != tc.flushes {
				t.Errorf("got %d flushes and the writes %v, want %d and %v", w.flushes, w.writes, tc.flushes, tc.writes)
			}
			if w.Body.Len() != sent || b.clock.pending() != 0 {
				t.Errorf("got %d bytes of %d, and %d timers are left", w.Body.Len(), sent, b.clock.pending())
			}
		})
	}
}

// TestOutputBursts: as long as blocks fill in time, more and more of them go out one after the
// other, and again one by one where they do not.
func TestOutputBursts(t *testing.T) {
	w, sent, clock := newWire(), int64(0), new(testClock)
	o := newOutput(w, &sent, clock)
	defer o.release()
	block := make([]byte, blockSize)
	fill := func(slow time.Duration, want ...int) {
		t.Helper()
		for i, n := range want {
			w.writes = nil
			if err := o.write(block[:blockSize-1]); err != nil || len(w.writes) > 0 {
				t.Fatalf("block %d: got the writes %v and error %v before it is full", i, w.writes, err)
			}
			clock.advance(slow)
			err := o.write(block[:1])
			o.settled()
			if err != nil || !slices.Equal(w.writes, slices.Repeat([]int{blockSize}, n)) {
				t.Fatalf("block %d: got the writes %v and error %v, want %d of a block", i, w.writes, err, n)
			}
		}
	}
	fill(0, 1, 0, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0)
	w.writes = nil
	if clock.advance(maxWait); len(w.writes) != 2 || w.flushes != 1 {
		t.Errorf("got the writes %v and %d flushes, want 2 blocks that waited, and a flush", w.writes, w.flushes)
	}
	fill(fastWait/2, 1, 0, 2, 0, 2, 0, 2)
	if want := int64(36 * blockSize); sent != want || w.Body.Len() != int(want) {
		t.Errorf("got %d bytes of which %d were counted, want %d", w.Body.Len(), sent, want)
	}
}

// TestOutputBurstsBounded: many answers gather no more than a few do.
func TestOutputBurstsBounded(t *testing.T) {
	text := make([]byte, 60*blockSize)
	var all []*output
	for range 2 * mostGathered / mostBlocks {
		var sent int64
		o := newOutput(discard{}, &sent, new(testClock))
		for part := range slices.Chunk(text, blockSize/2) {
			if err := o.write(part); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, o)
	}
	if n := gathered.Load(); n < mostGathered-mostBlocks || n > mostGathered {
		t.Errorf("all of them gather %d blocks, want %d or a few less", n, mostGathered)
	}
	for _, o := range all {
		o.release()
	}
	if n := gathered.Load(); n != 0 {
		t.Errorf("%d blocks are counted of answers that are over", n)
	}
}

// settled returns when nothing is written beside the handler.
func (o *output) settled() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.await()
}

// TestOutputStall: bytes are with the client while the upstream is silent, in every
// mode that streams.
func TestOutputStall(t *testing.T) {
	for _, tc := range []struct{ name, phase, target, want string }{
		{"watch", "observe", "/", `[1,2,3,4`},
		{"hold", "announce", "/", `[1,2,3,4`},
		{"flow", "announce", "/?fields=a", `[1,2,3,`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{Phase: tc.phase, DefaultLimit: 2, MaxLimit: 5})
			w := newWire()
			err := b.ServeHTTP(w, get(tc.target), caddyhttp.HandlerFunc(func(up http.ResponseWriter, _ *http.Request) error {
				up.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(up, `[1,2,3,4`)
				if b.clock.advance(maxWait - 1); w.Body.Len() > 0 {
					t.Errorf("%q is sent at once", w.Body)
				}
				if b.clock.advance(1); w.Body.String() != tc.want || w.flushes != 1 {
					t.Errorf("after 5 ms: got %q and %d flushes, want %q and 1", w.Body, w.flushes, tc.want)
				}
				_, err := io.WriteString(up, `]`)
				return err
			}))
			if err != nil || w.Body.String() != "[1,2,3,4]" {
				t.Errorf("got %q and error %v", w.Body, err)
			}
		})
	}
}

// TestOutputClientGone: the upstream is told with the next write what the timer has
// found out.
func TestOutputClientGone(t *testing.T) {
	b := newBench(t, &Handler{Phase: "observe"})
	w := newWire()
	gone := errors.New("gone")
	err := b.ServeHTTP(w, get("/"), caddyhttp.HandlerFunc(func(up http.ResponseWriter, _ *http.Request) error {
		up.Header().Set("Content-Type", "application/json")
		w.err = gone
		if _, err := io.WriteString(up, "[1"); err != nil {
			t.Errorf("nobody can know yet: %v", err)
		}
		b.clock.advance(maxWait)
		if _, err := io.WriteString(up, ",2"); !errors.Is(err, gone) {
			t.Errorf("got error %v, want %v", err, gone)
		}
		return http.NewResponseController(up).Flush()
	}))
	if !errors.Is(err, gone) || b.clock.pending() != 0 {
		t.Errorf("got error %v, want %v; %d timers are left", err, gone, b.clock.pending())
	}
}

// TestOutputPage: a page goes out in one piece, and what is no list as it comes.
func TestOutputPage(t *testing.T) {
	item := `"` + strings.Repeat("x", 10_000) + `"`
	list := "[" + strings.Repeat(item+",", 29) + item + "]"
	upstream := func(contentType string) caddyhttp.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", contentType)
			for part := range slices.Chunk([]byte(list), 32<<10) {
				if _, err := w.Write(part); err != nil {
					return err
				}
				_ = http.NewResponseController(w).Flush()
			}
			return nil
		}
	}
	b := newBench(t, &Handler{DefaultLimit: 20, MaxLimit: 50})
	page := newWire()
	err := b.ServeHTTP(page, get("/"), upstream("application/json"))
	if want := 20*(len(item)+1) + 1; err != nil || !slices.Equal(page.writes, []int{want}) || page.flushes > 0 {
		t.Errorf("got %d flushes, the writes %v and error %v, want one write of %d", page.flushes, page.writes, err, want)
	}
	other := newWire()
	err = b.ServeHTTP(other, get("/"), upstream("text/event-stream"))
	if n := (len(list) + 32<<10 - 1) / (32 << 10); err != nil || len(other.writes) != n || other.flushes != n {
		t.Errorf("got %d writes, %d flushes and error %v, want %d of each", len(other.writes), other.flushes, err, n)
	}
	file := newWire()
	err = b.ServeHTTP(file, get("/"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/plain")
		_, err := io.Copy(w, struct{ io.Reader }{strings.NewReader(list)})
		return err
	}))
	if err != nil || file.copies != 1 || file.Body.String() != list {
		t.Errorf("got %d bytes by %d calls of ReadFrom and error %v, want all by one", file.Body.Len(), file.copies, err)
	}
}

// TestOutputTrailers: once the handler behind us has the header map in its hands,
// nothing runs beside it that could read it.
func TestOutputTrailers(t *testing.T) {
	for _, target := range []string{"/", "/?limit=1"} {
		b := newBench(t, &Handler{Phase: "announce", DefaultLimit: 9, MaxLimit: 9})
		w := newWire()
		err := b.ServeHTTP(w, get(target), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `[1,2`)
			b.clock.advance(maxWait)
			_, _ = io.WriteString(w, `,3`)
			w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
			if n := b.clock.pending(); n != 0 {
				t.Errorf("%d timers run beside the handler", n)
			}
			_, err := io.WriteString(w, `]`)
			return err
		}))
		if err != nil || w.Code != http.StatusOK || b.clock.pending() != 0 {
			t.Errorf("%s: got %d %q and error %v; %d timers are left", target, w.Code, w.Body, err, b.clock.pending())
		}
	}
}

// TestOutputBrokenOff: what came before the upstream broke off is with the client.
func TestOutputBrokenOff(t *testing.T) {
	b := newBench(t, &Handler{Phase: "observe"})
	w := newWire()
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // a panic's value
			t.Errorf("got the panic %v", v)
		}
		if w.Body.String() != "[1,2" || w.flushes != 1 {
			t.Errorf("got %q and %d flushes, want what came, flushed", w.Body, w.flushes)
		}
	}()
	_ = b.ServeHTTP(w, get("/"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "[1,2")
		panic(http.ErrAbortHandler)
	}))
}

// TestOutputAnyChunks: however a list comes, it is passed on byte for byte.
func TestOutputAnyChunks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	body := numbers(20_000)
	for i := range 40 {
		for _, phase := range []string{"observe", "announce"} {
			b := newBench(t, &Handler{Phase: phase, DefaultLimit: 3 + 30_000*int64(i%2), MaxLimit: 30_003})
			most := 1 << rnd.IntN(19)
			rec := b.ask(t, get("/"), func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				for rest := []byte(body); len(rest) > 0; {
					n := min(1+rnd.IntN(most), len(rest))
					if n < 64 { // or this takes too long
						n = min(64, len(rest))
					}
					if _, err := w.Write(rest[:n]); err != nil {
						return err
					}
					if rest = rest[n:]; rnd.IntN(2) == 0 {
						_ = http.NewResponseController(w).Flush()
					}
					b.clock.advance(time.Duration(rnd.IntN(3)) * time.Millisecond)
				}
				return nil
			})
			if rec.Body.String() != body {
				t.Fatalf("%s in chunks up to %d: got other bytes", phase, most)
			}
			if got := fmt.Sprint(b.lastRecord(t, 1)["http.response.body.size"]); got != fmt.Sprint(len(body)) {
				t.Errorf("the adoption log has %s bytes, want %d", got, len(body))
			}
		}
	}
}

// TestOutputAllocations: a chunk costs none.
func TestOutputAllocations(t *testing.T) {
	var sent int64
	o := newOutput(discard{}, &sent, systemClock{})
	defer o.release()
	chunk := make([]byte, 32<<10)
	if got := testing.AllocsPerRun(1000, func() {
		_ = o.write(chunk)
		_ = o.flushSoon()
	}); got > poolMisses {
		t.Errorf("got %v allocations a chunk, want 0", got)
	}
}

// TestOutputChunkAllocations: nor does one that is counted on its way.
func TestOutputChunkAllocations(t *testing.T) {
	for _, phase := range []string{"observe", "announce"} {
		h := newCost(t, &Handler{Phase: phase, DefaultLimit: 2, MaxLimit: 5})
		chunk := bytes.Repeat([]byte(`{"id":1,"name":"x"},`), 1600)
		_ = h.ServeHTTP(discard{http.Header{}}, get("/"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "[")
			if got := testing.AllocsPerRun(500, func() {
				_, _ = w.Write(chunk)
				_ = http.NewResponseController(w).Flush()
			}); got > poolMisses {
				t.Errorf("%s: got %v allocations a chunk, want 0", phase, got)
			}
			return nil
		}))
	}
}

// discard is a client that takes anything.
type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
func (discard) FlushError() error           { return nil }
