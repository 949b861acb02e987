package list

import (
	"bytes"
	"errors"
	"hash/maphash"
	"io"
	"math"
)

// ErrNoList is the error of a body that should go on with a list and has none.
var ErrNoList = errors.New("the body has no list")

// A Joiner makes one body of several, each of which has a part of one list: the first
// of them, in which the items of the others stand behind its own. The first one is passed
// on as it comes, but for what stands behind its last item, which waits for the end; the
// others are held until they have ended.
//
// The zero Joiner must be Reset before use. It is not safe for concurrent use.
type Joiner struct {
	index Indexer
	opt   LayoutOptions
	max   int
	sink  io.Writer

	later bool   // this is not the first body
	raw   bool   // the first body is passed on as it is: no list can be joined to it
	ended bool   // the list of the first one has
	head  []byte // of the first body, what stands before the list
	held  []byte // of the first body, what has not been passed on
	body  []byte // of another one, all
	any   bool   // items have been passed on

	sum    maphash.Hash // of the items of the body that is read
	summed bool
	last   uint64 // of those of the body before
}

// A Part is what a body that has ended had of the list.
type Part struct {
	Found    bool   // it has a list
	Items    int64  // how many items
	Envelope []byte // the body without the items, nil if it is not known or has nothing but the list; all of a body without a list; valid until the next body
	Again    bool   // they are, byte for byte, the items of the body before
}

// Reset readies j for a list. What is held is bounded by max bytes; what can be passed
// on is written to sink.
func (j *Joiner) Reset(path Path, lines bool, limit int, sink io.Writer) {
	j.opt = LayoutOptions{Path: path, Lines: lines, Boundary: noBoundary}
	j.max, j.sink = limit, sink
	j.index.Reset(j.opt)
	j.later, j.raw, j.ended, j.any, j.summed, j.last = false, false, false, false, false, 0
	j.head, j.held, j.body = j.head[:0], j.held[:0], j.body[:0]
	j.sum.Reset()
}

func noBoundary(_, _ int64) (next int64) { return math.MaxInt64 }

// Recycle drops what must not be kept for another list: the sink, and buffers that have
// grown beyond limit bytes.
func (j *Joiner) Recycle(limit int) {
	j.sink = nil
	for _, b := range []*[]byte{&j.head, &j.held, &j.body} {
		if cap(*b) > limit {
			*b = nil
		}
	}
}

// Write reads a chunk of a body. What is wrong with the first one is for whoever it is
// passed on to; the error is then the sink's.
func (j *Joiner) Write(p []byte) error {
	switch {
	case j.later && len(j.body)+len(p) > j.max:
		return ErrTooLarge
	case j.later:
		j.body = append(j.body, p...)
		_, err := j.index.Write(p)
		return err
	case j.raw:
		return j.pass(p)
	}
	if _, err := j.index.Write(p); err != nil || len(j.held)+len(p) > j.max && j.ended {
		return j.giveUp(p)
	}
	l := j.index.Layout()
	if !l.Found {
		if len(j.head)+len(p) > j.max {
			return j.giveUp(p)
		}
		j.head = append(j.head, p...)
		return j.pass(p)
	}
	j.held = append(j.held, p...)
	if j.ended {
		return nil
	}
	from := l.Size - int64(len(j.held)) // where in the body held begins
	if before := l.Prefix - from; before > 0 {
		j.head = append(j.head, j.held[:before]...)
	} else if before < 0 && int64(len(j.head)) > l.Prefix {
		j.head = j.head[:l.Prefix]
	}
	// White space may be the last before the bracket, and stays behind with it.
	cut := int64(len(bytes.TrimRight(j.held, " \t\r\n")))
	if l.Ended {
		j.ended, cut = true, max(l.Tail-from, 0)
	}
	j.note(j.held[max(min(l.Prefix-from, cut), 0):cut])
	err := j.pass(j.held[:cut])
	j.held = append(j.held[:0], j.held[cut:]...)
	return err
}

// giveUp passes a first body on as it is.
func (j *Joiner) giveUp(p []byte) error {
	j.raw = true
	held := j.held
	j.held = nil
	if err := j.pass(held); err != nil {
		return err
	}
	return j.pass(p)
}

func (j *Joiner) pass(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	_, err := j.sink.Write(p)
	return err
}

// note takes items into the sum.
func (j *Joiner) note(items []byte) {
	if !j.summed {
		items = bytes.TrimLeft(items, " \t\r\n")
	}
	if len(items) > 0 {
		_, _ = j.sum.Write(items)
		j.summed = true
	}
}

// End ends a body, and says what it had. Until Join, the items of another than the first
// one are not passed on.
func (j *Joiner) End() (Part, error) {
	err := j.index.Close()
	l := j.index.Layout()
	switch {
	case !j.later && (err != nil || j.raw):
		return Part{}, j.giveUp(nil)
	case !j.later && !l.Found:
		return Part{Envelope: j.head}, j.giveUp(nil)
	case err != nil:
		return Part{}, err
	case !l.Found:
		return Part{Envelope: j.body}, ErrNoList
	}
	p := Part{Found: true, Items: l.Items}
	if j.later {
		j.note(j.items(l))
	}
	if l.Around > 0 || l.Prefix == l.Size && !l.Lines { // some empty array in an object, whichever
		if j.later {
			p.Envelope = append(append(j.head[:0], j.body[:l.Prefix]...), j.body[l.End:]...)
			j.head = p.Envelope
		} else {
			j.head = append(j.head, j.held...)
			p.Envelope = j.head
		}
	}
	now := j.sum.Sum64()
	p.Again = j.later && j.summed && now == j.last
	if !j.later {
		j.any = l.Items > 0
	}
	j.last = now
	return p, nil
}

// items are those of a body that is not the first one.
func (j *Joiner) items(l Layout) []byte {
	if l.Lines {
		return bytes.Trim(j.body, " \t\r\n")
	}
	return j.body[l.Prefix:l.Tail]
}

// What stands between the items of two bodies.
var (
	betweenItems = []byte(",")
	betweenLines = []byte("\n")
)

// Join passes the items on of the body that has ended.
func (j *Joiner) Join() error {
	l := j.index.Layout()
	if l.Items == 0 {
		return nil
	}
	if j.any {
		between := betweenItems
		if j.opt.Lines {
			between = betweenLines
		}
		if err := j.pass(between); err != nil {
			return err
		}
	}
	j.any = true
	return j.pass(j.items(l))
}

// Path leads to the list, even if it was found automatically in the first body: the others
// have it in the same place.
func (j *Joiner) Path() Path { return j.opt.Path }

// Envelope is that of the last body that had the list, and an envelope.
func (j *Joiner) Envelope() []byte { return j.head }

// Next begins another body.
func (j *Joiner) Next() {
	if !j.later {
		j.opt.Path = j.index.Layout().Path
	}
	j.later, j.summed = true, false
	j.body = j.body[:0]
	j.sum.Reset()
	j.index.Reset(j.opt)
}

// Close passes on what is left of the first body.
func (j *Joiner) Close() error { return j.pass(j.held) }
