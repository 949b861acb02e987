package caddymodule

import (
	"cmp"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
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

// fastWait is how long a burst may take to fill so that twice as much does so in maxWait, with
// some time to spare.
const fastWait = maxWait * 2 / 5

// mostBlocks is how many blocks wait for each other at most. A client that is woken for
// every one of them, only to find that the next is not there yet, costs more than they do.
const mostBlocks = 12

// mostGathered is how many blocks all answers together may have beyond two for each, waiting
// or leaving: 32 MiB, which clients can take up who read fast for a while and then stop.
const mostGathered = 512

// gathered counts them.
var gathered atomic.Int64

// An output gathers what streams to the client into blocks:
//
//	n bytes wait in blocks
//	burst is how many blocks have to be full before they are written, one after the other
//	leaving is how many blocks, in gone, are being written: the burst before
//	armed: the timer will write and flush what waits, and what is in buffers behind us
//
// What waits is also written when the timer goes off or the body ends. Nothing waits
// longer than maxWait for more to come, even if the upstream stalls.
//
// Bursts grow as long as twice as many blocks fill and are gone within that time: many wait
// only where 100s of MB a second go through, and not where a client is slow, nor where too
// many answers want to. A burst of several blocks is written beside the handler, which reads
// on meanwhile: to hand bytes to the kernel takes about as long as to find out which. What
// comes behind it waits until the client has taken it, however long that takes.
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
	died    any // with what a writer around us panicked beside the handler
	blocks  blocks
	n       int
	burst   int
	began   time.Time // when the timer was armed for the burst

	gone    blocks
	leaving int
	left    sync.Cond // signals that none is leaving any more
	leave   func()    // what writes gone, as a value that is made once
}

// blocks are nil behind those that are in use.
type blocks [mostBlocks]*[blockSize]byte

var (
	outputs = sync.Pool{New: func() any {
		o := &output{burst: 1}
		o.left.L, o.leave = &o.mu, o.putGone
		return o
	}}
	blockPool = sync.Pool{New: func() any { return new([blockSize]byte) }}
)

// newOutput returns an output to w, which adds to sent what w has taken.
func newOutput(w http.ResponseWriter, sent *int64, c clock) *output {
	o := outputs.Get().(*output)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.clock != c {
		o.clock, o.timer = c, nil
	}
	o.w, o.sent, o.began = w, sent, time.Time{}
	return o
}

// release gives the output back. What waits is dropped.
func (o *output) release() {
	o.mu.Lock()
	o.disarm()
	o.await()
	o.free()
	o.shrink()
	o.w, o.sent, o.err, o.died = nil, nil, nil, nil
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
		if o.n == 0 && len(p) >= o.burst*blockSize {
			o.await()
			o.put(p[:blockSize])
			p, full = p[blockSize:], true
			continue
		}
		p = p[o.gather(p):]
		if o.n == o.burst*blockSize {
			o.putBurst()
			full = true
		}
	}
	if o.through = o.through || full; o.err != nil {
		o.disarm()
	} else if full || !o.armed {
		o.arm() // once a burst, not once a chunk
	}
	return o.told()
}

// gather copies what fits in a block, and returns how many bytes that is.
func (o *output) gather(p []byte) int {
	b := &o.blocks[o.n/blockSize]
	if *b == nil {
		*b = blockPool.Get().(*[blockSize]byte)
	}
	taken := copy((*b)[o.n%blockSize:], p)
	o.n += taken
	return taken
}

// flushSoon takes note of a flush of the upstream's.
func (o *output) flushSoon() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.owed = true
	if !o.armed && o.err == nil {
		o.arm()
	}
	return o.told()
}

// flush writes and flushes what waits.
func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushLocked()
	return o.told()
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
		o.putBlocks()
	}
	return o.told()
}

// rest leaves nothing for the timer to do.
func (o *output) rest() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.armed { // as it is while a burst is leaving
		o.flushLocked()
	}
	return o.told()
}

// due is what the timer runs. Whoever comes while a burst is leaving finds it armed still, and
// does what is due, so that it looks only behind that.
func (o *output) due() {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() {
		if v := recover(); v != nil {
			o.err, o.died = errDied, v
		}
	}()
	if o.await(); o.w != nil && o.armed {
		o.flushLocked()
		o.shrink()
	}
}

// errDied is why nothing more is written behind a panic.
var errDied = errors.New("writing to the client ended in a panic")

// told is the error of what has been written. A writer around us that gives the answer up, as
// with http.ErrAbortHandler, does so on the handler's goroutine.
func (o *output) told() error {
	if v := o.died; v != nil {
		o.died = nil
		panic(v)
	}
	return o.err
}

func (o *output) flushLocked() {
	o.disarm()
	o.putBlocks()
	if o.err != nil || o.w == nil {
		return
	}
	o.owed, o.through = false, true
	err := http.NewResponseController(o.w).Flush()
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		o.err = err
	}
}

// putBurst writes what waits: a single block at once, several beside the handler.
func (o *output) putBurst() {
	if o.burst == 1 {
		o.putBlocks()
	} else if o.await(); o.n > 0 && o.err == nil { // or the timer has written it meanwhile
		o.blocks, o.gone = o.gone, o.blocks
		o.n, o.leaving = 0, o.burst
		go o.leave()
	}
	if o.clock.Now().Sub(o.began) < fastWait {
		o.grow()
	}
}

func (o *output) grow() {
	more := min(o.burst, mostBlocks-o.burst)
	if gathered.Add(int64(2*more)) > mostGathered {
		gathered.Add(int64(-2 * more))
		return
	}
	o.burst += more
}

func (o *output) shrink() {
	gathered.Add(int64(2 - 2*o.burst))
	o.burst = 1
}

// putGone writes the burst that is leaving, which nobody else touches.
func (o *output) putGone() {
	var sent int64
	var err error
	defer func() {
		v := recover()
		o.mu.Lock()
		defer o.mu.Unlock()
		if v != nil {
			err, o.died = errDied, v
		}
		*o.sent += sent
		o.err = cmp.Or(o.err, err)
		o.leaving = 0
		o.left.Broadcast()
	}()
	for i := 0; i < o.leaving && err == nil; i++ {
		var n int
		n, err = o.w.Write(o.gone[i][:])
		sent += int64(n)
	}
}

// await returns when no burst is leaving. It lets go of mu meanwhile: what was found out
// before may not hold any more.
func (o *output) await() {
	for o.leaving > 0 {
		o.left.Wait()
	}
}

// putBlocks writes what waits, and frees it.
func (o *output) putBlocks() {
	o.await()
	for i := 0; o.n > 0 && o.err == nil; i++ {
		size := min(o.n, blockSize)
		o.put(o.blocks[i][:size])
		o.n -= size
	}
	o.free()
}

func (o *output) put(p []byte) {
	if o.err != nil {
		return
	}
	o.err = errDied // unless Write returns
	n, err := o.w.Write(p)
	*o.sent += int64(n)
	o.err = err
}

// free gives all blocks back.
func (o *output) free() {
	o.n = 0
	for _, all := range []*blocks{&o.blocks, &o.gone} {
		for i, b := range all {
			if b == nil {
				break
			}
			blockPool.Put(b)
			all[i] = nil
		}
	}
}

func (o *output) arm() {
	o.began = o.clock.Now()
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
