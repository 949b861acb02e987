package caddymodule

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// blockSize is how many bytes of a streaming answer go out at once. Larger writes
// would be split by Caddy's writer for idle timeouts.
const blockSize = caddyhttp.DefaultMaxWriteChunk

// maxWait is how long bytes may wait for their block to fill. reverse_proxy flushes
// after every read where an answer's length is not known, which costs more than
// all that we do; this is soon enough for whoever reads a list as it comes.
const maxWait = 5 * time.Millisecond

// An output gathers what streams to the client into blocks:
//
//	0 <= n < blockSize, bytes that wait in block; block is nil while there are none
//	armed: the timer will write and flush them, and what is in buffers behind us
//
// A full block is written at once, and so is what waits when the timer goes off or
// the body ends. Nothing waits longer than maxWait, even if the upstream stalls.
//
// The timer runs beside the handler, under mu. It outlives the answer in the
// pool, and may go off late: it then flushes another answer early, if any.
type output struct {
	mu      sync.Mutex
	w       http.ResponseWriter // nil between answers
	sent    *int64              // counts what w has taken
	clock   clock
	timer   timer
	armed   bool
	owed    bool // the upstream has flushed, and we have not
	through bool // a block or a flush went out, so the framing of the body is settled
	err     error
	block   *[blockSize]byte
	n       int
}

var (
	outputs = sync.Pool{New: func() any { return new(output) }}
	blocks  = sync.Pool{New: func() any { return new([blockSize]byte) }}
)

// newOutput returns an output to w, which adds to sent what w has taken.
func newOutput(w http.ResponseWriter, sent *int64, c clock) *output {
	o := outputs.Get().(*output)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.clock != c {
		o.clock, o.timer = c, nil
	}
	o.w, o.sent = w, sent
	return o
}

// release gives the output back. What waits is dropped.
func (o *output) release() {
	o.mu.Lock()
	o.disarm()
	o.free()
	o.w, o.sent, o.err = nil, nil, nil
	o.owed, o.through = false, false
	o.mu.Unlock()
	outputs.Put(o)
}

// write takes bytes for the client. The error may be of bytes that came before.
func (o *output) write(p []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	full := false
	for len(p) > 0 && o.err == nil {
		if o.n == 0 && len(p) >= blockSize {
			o.put(p[:blockSize])
			p, full = p[blockSize:], true
			continue
		}
		if o.block == nil {
			o.block = blocks.Get().(*[blockSize]byte)
		}
		taken := copy(o.block[o.n:], p)
		o.n += taken
		p = p[taken:]
		if o.n == blockSize {
			o.put(o.block[:])
			o.n, full = 0, true
		}
	}
	if o.through = o.through || full; o.err != nil {
		o.disarm()
	} else if full || !o.armed {
		o.arm() // once a block, not once a chunk
	}
	return o.err
}

// flushSoon takes note of a flush of the upstream's.
func (o *output) flushSoon() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.owed = true
	if !o.armed && o.err == nil {
		o.arm()
	}
	return o.err
}

// flush writes and flushes what waits.
func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushLocked()
	return o.err
}

// settle writes what waits, and stops the timer. It flushes if the upstream did
// and nothing else has settled the body's framing yet: a flushed body is chunked,
// however short it is.
func (o *output) settle() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.disarm()
	if o.owed && !o.through {
		o.flushLocked()
	} else {
		o.putBlock()
	}
	return o.err
}

// rest leaves nothing for the timer to do.
func (o *output) rest() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.armed {
		o.flushLocked()
	}
	return o.err
}

// due is what the timer runs.
func (o *output) due() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.w != nil && o.armed {
		o.flushLocked()
	}
}

func (o *output) flushLocked() {
	o.disarm()
	o.putBlock()
	if o.err != nil || o.w == nil {
		return
	}
	o.owed, o.through = false, true
	err := http.NewResponseController(o.w).Flush()
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		o.err = err
	}
}

func (o *output) putBlock() {
	if o.n > 0 && o.err == nil {
		o.put(o.block[:o.n])
	}
	o.free()
}

func (o *output) put(p []byte) {
	n, err := o.w.Write(p)
	*o.sent += int64(n)
	o.err = err
}

func (o *output) free() {
	if o.n = 0; o.block != nil {
		blocks.Put(o.block)
		o.block = nil
	}
}

func (o *output) arm() {
	if o.armed = true; o.timer == nil {
		o.timer = o.clock.AfterFunc(maxWait, o.due)
	} else {
		o.timer.Reset(maxWait)
	}
}

func (o *output) disarm() {
	if o.armed {
		o.armed = false
		o.timer.Stop()
	}
}
