package snapshot

import (
	"errors"
	"fmt"
	"sync"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// batch is how many bytes are written at once. It fits in a processor's cache, and is large
// enough that a call to the store costs little beside it.
const batch = 256 << 10

// sharedBatch is batch for a store that other processes use, too: there, a call to it is a
// journey.
const sharedBatch = redisChunk

// A Recorder takes the answer of an upstream down. It is used by one goroutine: Begin once,
// Write as often as there is something, End once.
//
// A batch is written beside it, while the next one comes: a store takes about as long as an
// upstream. What is in a batch is published once it is known to be written, with the next
// batch at the latest, or as soon as somebody waits for it.
type Recorder struct {
	m      *Manager
	e      *entry
	max    int64 // bytes
	batch  int   // bytes
	blob   Blob
	shared SharedBlob // nil if nobody else has the snapshot

	mu     sync.Mutex // as users may have what is held back written
	index  list.Indexer
	pace   pace
	places []int64 // of items, not in a batch yet
	buf    []byte  // not in a batch yet
	stored int64   // bytes of all batches
	away   batched
	spare  batched    // one that has been written, for its memory
	back   chan error // what has become of the one that is away
	begun  bool
	ended  bool
	err    error
}

// A batched is what is away to be written, or nothing.
type batched struct {
	buf    []byte
	layout list.Layout // up to its end
	places []int64
}

func newRecorder(m *Manager, e *entry) *Recorder {
	r := &Recorder{m: m, e: e, max: e.policy.MaxSize, batch: batch, blob: e.blob, back: make(chan error, 1)}
	if r.shared, _ = e.blob.(SharedBlob); r.shared != nil {
		r.batch = sharedBatch
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rec = r
	return r
}

// Begin says that the upstream has answered with a body that may have a list. The head is
// the caller's; every user gets it back from Snapshot.Head. It must not be changed any more.
// The list is where path leads, or the body is one of lines.
func (r *Recorder) Begin(head []byte, path list.Path, lines bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	if r.shared != nil {
		if err := r.shared.Begin(head); err != nil {
			r.fail(r.m.storeFailed(r.e, err))
			return r.err
		}
	}
	r.begun = true
	r.index.Reset(list.LayoutOptions{Path: path, Lines: lines, Boundary: func(_, at int64) int64 {
		r.places = append(r.places, at)
		r.pace.step()
		return r.pace.n * r.pace.stride
	}})
	r.e.begin(head)
	return nil
}

// Write takes a part of the decoded body down. It gives an error once the snapshot is of no
// use any more: the caller should stop reading then, and End it. Begin comes first.
func (r *Recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.err != nil:
		return 0, r.err
	case !r.begun || r.ended:
		return 0, errors.New("a recorder was written to before Begin or behind End")
	case r.max > 0 && r.stored+int64(len(r.buf)+len(p)) > r.max:
		r.settle()
		r.fail(ErrTooLarge)
		return 0, r.err
	}
	var err error
	for rest := p; len(rest) > 0 && err == nil && r.err == nil; {
		if r.buf == nil {
			r.buf = r.buffer()
		}
		n := min(len(rest), r.room())
		_, err = r.index.Write(rest[:n])
		r.buf, rest = append(r.buf, rest[:n]...), rest[n:]
		if err == nil && r.room() == 0 {
			r.flush()
		}
	}
	switch {
	case r.err != nil:
	case err != nil:
		r.settle()
		r.fail(err)
	case r.wanted(r.e.wanted.Load()):
		r.settle()
	}
	if r.err != nil {
		return 0, r.err
	}
	return len(p), nil
}

var buffers = sync.Pool{New: func() any { return new([batch]byte) }}

// buffer is an empty buffer with room for a batch.
func (r *Recorder) buffer() []byte {
	if r.shared != nil {
		return make([]byte, 0, r.batch)
	}
	return buffers.Get().(*[batch]byte)[:0]
}

// room is how much more is held back. Batches end where multiples of their size do, so that
// each has a chunk of its own in a store of chunks.
func (r *Recorder) room() int { return r.batch - int(r.stored%int64(r.batch)) - len(r.buf) }

// wanted tells whether what somebody waits for is held back.
func (r *Recorder) wanted(items int64) bool {
	held := len(r.buf) > 0 || r.away.buf != nil
	return held && items != nobody && r.index.Layout().Items >= items
}

// nudge publishes what is held back, if it has as many items, and tells whether it has.
func (r *Recorder) nudge(items int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || !r.begun || r.ended || !r.wanted(items) {
		return false
	}
	r.settle()
	return true
}

// settle writes and publishes what is held back.
func (r *Recorder) settle() {
	r.flush()
	r.join()
}

// flush has what is held back written, once the batch before is. That is all that the index
// has seen.
func (r *Recorder) flush() {
	if r.join(); len(r.buf) == 0 || r.err != nil {
		return
	}
	if err := r.m.grow(r.e, int64(len(r.buf))); err != nil {
		r.fail(err)
		return
	}
	r.stored += int64(len(r.buf))
	r.away = batched{r.buf, r.index.Layout(), r.places}
	r.buf, r.places, r.spare = r.spare.buf, r.spare.places, batched{}
	go func(b batched) { r.back <- r.write(b) }(r.away)
}

func (r *Recorder) write(b batched) (err error) {
	defer func() {
		if p := recover(); p != nil { // there is nobody above who could
			err = fmt.Errorf("writing a snapshot: panic: %v", p)
		}
	}()
	if r.shared != nil {
		return r.shared.Append(b.buf, b.layout, b.places)
	}
	_, err = r.blob.Write(b.buf)
	return err
}

// join awaits the batch that is away, if there is one, and publishes it.
func (r *Recorder) join() {
	b := r.away
	if b.buf == nil {
		return
	}
	err := <-r.back
	r.away, r.spare = batched{}, batched{buf: b.buf[:0], places: b.places[:0]}
	switch {
	case err == nil:
		r.e.publish(b.layout, b.places)
	case r.err == nil:
		r.fail(r.m.storeFailed(r.e, err))
	}
}

func (r *Recorder) fail(err error) {
	if r.err == nil {
		r.err = err
		r.e.cancel(err)
	}
}

// End ends the body: completely if err is nil, or with what went wrong with it, or with
// ErrUnsuitable if there is no list to keep. Users who wait get the error. End may be called
// more than once; the first time counts. Without it, a reading ends with ErrUnfinished.
func (r *Recorder) End(err error) {
	if !r.end(err) {
		return
	}
	switch {
	case r.shared == nil || r.err == nil:
	case errors.Is(r.err, ErrStore):
		r.m.tellInVain(r)
		return
	default:
		_ = r.shared.Finish(list.Layout{}, nil, r.err) // who gets no news, sees that nobody reads any more
	}
	r.m.ended(r.e, r.err)
}

// end is End as far as the recorder goes, and tells whether it is the first one.
func (r *Recorder) end(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return false
	}
	switch {
	case r.err != nil:
	case err == nil && !r.begun:
		r.fail(ErrUnfinished)
	case err == nil:
		r.complete()
	default:
		r.settle()
		r.fail(err)
	}
	r.ended = true
	for _, buf := range [][]byte{r.buf, r.spare.buf} {
		if buf != nil && r.shared == nil {
			buffers.Put((*[batch]byte)(buf[:batch]))
		}
	}
	r.buf, r.spare = nil, batched{}
	if err := r.e.failure(); err != nil {
		r.err = err // for which the reading was ended
	}
	return true
}

// complete ends a body that has come to its end.
func (r *Recorder) complete() {
	err := r.index.Close()
	l := r.index.Layout()
	if r.settle(); r.err != nil {
		return
	}
	switch {
	case err != nil:
		r.fail(err)
	case !l.Found:
		r.fail(ErrUnsuitable)
	case r.shared != nil:
		if err := r.shared.Finish(l, r.places, nil); err != nil {
			r.fail(r.m.storeFailed(r.e, err))
			return
		}
		fallthrough
	default:
		r.e.publish(l, r.places) // the end, of which the last batch knew nothing
	}
}
