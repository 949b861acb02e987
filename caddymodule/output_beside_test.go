package caddymodule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	goruntime "runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// A slowWire is a client that takes the n-th block only when it is let to, which ends as what
// is sent to it says: with an error, or a panic.
type slowWire struct {
	*wire
	n  int
	at chan struct{} // closed when the block comes
	do chan func() error
}

func (w *slowWire) Write(p []byte) (int, error) {
	if w.n--; w.n == 0 {
		close(w.at)
		if err := (<-w.do)(); err != nil {
			return 0, err
		}
	}
	return w.wire.Write(p)
}

// TestOutputBeside: while a burst is with the client, the next one fills; what ends it, the
// upstream is told.
func TestOutputBeside(t *testing.T) {
	gone := errors.New("gone")
	for _, tc := range []struct {
		name string
		do   func() error
		err  string
	}{
		{"it takes the burst", func() error { return nil }, ""},
		{"it is gone", func() error { return gone }, gone.Error()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := &slowWire{wire: newWire(), n: 3, at: make(chan struct{}), do: make(chan func() error, 1)}
			var sent int64
			o := newOutput(w, &sent, new(testClock))
			defer o.release()
			text := make([]byte, 6*blockSize+10) // bursts of 1 and 2 blocks, and most of one of 4
			for i := range text {
				text[i] = byte(i / 1000)
			}
			for part := range slices.Chunk(text, 1000) {
				if err := o.write(part); err != nil {
					t.Fatalf("got error %v while the burst is with the client", err)
				}
			}
			<-w.at
			w.do <- tc.do
			err := o.settle()
			if got := fmt.Sprint(err); tc.err != "" && got != tc.err || tc.err == "" && err != nil {
				t.Errorf("got error %v, want %q", err, tc.err)
			}
			want := text
			if tc.err != "" {
				want = text[:2*blockSize]
			}
			if !bytes.Equal(w.Body.Bytes(), want) || sent != int64(len(want)) {
				t.Errorf("the client has %d bytes of which %d were counted, want the first %d", w.Body.Len(), sent, len(want))
			}
			if err := o.write(text); tc.err != "" && fmt.Sprint(err) != tc.err {
				t.Errorf("got error %v of what comes behind it, want %q", err, tc.err)
			}
		})
	}
}

// TestOutputGivenUp: a writer around us that gives the answer up does so wherever it is, and
// the handler ends as if it had written by itself.
func TestOutputGivenUp(t *testing.T) {
	for n := 1; n < 8; n++ {
		b := newBench(t, &Handler{Phase: "observe"})
		w := &slowWire{wire: newWire(), n: n, at: make(chan struct{}), do: make(chan func() error, 1)}
		w.do <- func() error { panic(http.ErrAbortHandler) }
		func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // a panic's value
					t.Errorf("block %d: got the panic %v", n, v)
				}
			}()
			_ = b.ServeHTTP(w, get("/"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, "[")
				for range 14 {
					_, _ = w.Write(make([]byte, blockSize/2)) // it does not look at errors
				}
				return nil
			}))
		}()
		if want := (n - 1) * blockSize; w.Body.Len() > want {
			t.Errorf("block %d: %d bytes went out, want %d at most", n, w.Body.Len(), want)
		}
	}
}

// A stuckWire is a client that takes a block, and more only once it is let to.
type stuckWire struct {
	*wire
	blocks atomic.Int64
	let    chan struct{}
	over   atomic.Bool // nothing may come any more
	late   atomic.Int64
}

func (w *stuckWire) Write(p []byte) (int, error) {
	if w.over.Load() {
		w.late.Add(1)
	}
	if w.blocks.Add(1) > 1 {
		<-w.let
	}
	return w.wire.Write(p)
}

func (w *stuckWire) FlushError() error {
	if w.over.Load() {
		w.late.Add(1)
	}
	return w.wire.FlushError()
}

// A stuck is an output of which a burst is with a client that does not take it.
type stuck struct {
	*output
	w     *stuckWire
	clock *testClock
	text  []byte        // what has been written
	due   chan struct{} // closed when the timer has done its work
}

func newStuck(t *testing.T) *stuck {
	t.Helper()
	s := &stuck{w: &stuckWire{wire: newWire(), let: make(chan struct{})}, clock: new(testClock), due: make(chan struct{})}
	s.output = newOutput(s.w, new(int64), s.clock)
	for i := range 6 {
		s.send(t, bytes.Repeat([]byte{byte('a' + i)}, blockSize/2))
	}
	s.send(t, []byte("x"))
	return s
}

// ring lets the timer go off.
func (s *stuck) ring() {
	go func() {
		defer close(s.due)
		s.clock.advance(maxWait)
	}()
	for s.clock.pending() > 0 {
		goruntime.Gosched()
	}
	giveWay()
}

func (s *stuck) send(t *testing.T, p []byte) {
	t.Helper()
	s.text = append(s.text, p...)
	if err := s.write(p); err != nil {
		t.Error(err)
	}
}

// giveWay lets goroutines come to where they wait, most likely.
func giveWay() {
	for range 20 {
		goruntime.Gosched()
	}
}

// TestOutputOver: behind what ends the output, or lets it rest, nothing goes out beside the
// handler, even if the timer went off before.
func TestOutputOver(t *testing.T) {
	for name, end := range map[string]func(*output) error{
		"settle": (*output).settle, "flush": (*output).flush, "rest": (*output).rest,
	} {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				s := newStuck(t)
				s.ring()
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					if err := end(s.output); err != nil {
						t.Error(err)
					}
					s.w.over.Store(true)
				}()
				giveWay()
				close(s.w.let)
				<-ended
				<-s.due
				if n := s.w.late.Load(); n > 0 {
					t.Fatalf("%d writes or flushes behind it", n)
				}
				if !bytes.Equal(s.w.Body.Bytes(), s.text) {
					t.Fatalf("the client has %d bytes, want %d", s.w.Body.Len(), len(s.text))
				}
				s.release()
			}
		})
	}
}

// TestOutputStuck: while a client takes nothing the timer goes off once, however often
// something comes.
func TestOutputStuck(t *testing.T) {
	s := newStuck(t)
	defer s.release()
	s.ring()
	for range 100 {
		if s.send(t, []byte("x")); s.clock.pending() > 0 {
			t.Fatal("another one runs")
		}
	}
	close(s.w.let)
	<-s.due
	if err := s.settle(); err != nil || !bytes.Equal(s.w.Body.Bytes(), s.text) {
		t.Errorf("the client has %d bytes, want %d; error %v", s.w.Body.Len(), len(s.text), err)
	}
}

// TestOutputFull: who waits with a full burst for the one before finds that the timer has
// written it, or writes it.
func TestOutputFull(t *testing.T) {
	for range 50 {
		s := newStuck(t)
		full := make(chan struct{})
		go func() {
			defer close(full)
			for range 20 {
				s.send(t, bytes.Repeat([]byte("y"), blockSize/2))
			}
		}()
		giveWay()
		s.ring()
		close(s.w.let)
		<-full
		<-s.due
		if err := s.settle(); err != nil || !bytes.Equal(s.w.Body.Bytes(), s.text) {
			t.Fatalf("the client has %d bytes, want %d; error %v", s.w.Body.Len(), len(s.text), err)
		}
		s.release()
	}
}
