package legacyapi

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// blockSize is how many bytes are rendered before they are written: large
// enough that a write's cost vanishes, small enough to stay in the cache.
const blockSize = 64 << 10

var blocks = sync.Pool{New: func() any {
	b := make([]byte, 0, blockSize+8<<10) // room for the item that crosses the line
	return &b
}}

// errDied is what a fault reports that must end the connection.
var errDied = errors.New("dying as told")

// stream renders one answer's body.
type stream struct {
	o        Options
	w        http.ResponseWriter
	r        *http.Request
	from, to int
	ring     *ring // what a list that repeats itself repeats; nil for others

	out   io.Writer // w, or the encoder in front of it
	flush func() error
	buf   []byte
	items int // rendered whole
}

// run writes the whole body, faults included. An error means that the answer
// is not whole, and that the connection has to say so.
func (s *stream) run() error {
	closeEncoder, err := s.open()
	if err != nil {
		return err
	}
	block := blocks.Get().(*[]byte)
	defer blocks.Put(block)
	s.buf = append((*block)[:0], opening(s.o)...)
	if s.o.Fault.before(AtHead) { // only rubbish gets here: the others ended the answer
		s.buf = append([]byte(rubbish), s.buf...)
	}
	// The header and the list's start go out at once: net/http would otherwise
	// give short bodies a Content-Length of its own.
	if err := s.emit(); err != nil {
		return err
	}
	if err := s.list(); err != nil {
		return err
	}
	if !s.o.Lines {
		s.buf = append(s.buf, ']')
	}
	if s.o.Fault.before(AtEnd) {
		if err := s.strike(); err != nil {
			return err
		}
	}
	s.buf = append(s.buf, closing(s.o)...)
	if err := s.write(); err != nil {
		return err
	}
	return closeEncoder()
}

// list renders the items.
func (s *stream) list() error {
	if s.ring != nil && s.o.Fault.Kind == "" {
		return s.turn()
	}
	render := s.o.Shape.renderer()
	fault := s.o.Fault
	for i := s.from; i < s.to; i++ {
		if fault.before(i) && fault.Kind == Short {
			return nil
		}
		s.buf = s.o.appendSeparator(s.buf, i == s.from)
		if fault.before(i) {
			if err := s.strike(); err != nil {
				return err
			}
		}
		start := len(s.buf)
		s.buf = render(s.buf, s.o.order(i))
		if fault.inside(i) {
			if err := s.strikeInside(start); err != nil {
				return err
			}
		}
		s.items++
		if len(s.buf) >= blockSize {
			if err := s.write(); err != nil {
				return err
			}
		}
	}
	s.buf = append(s.buf, s.o.ending(s.from, s.to)...)
	return nil
}

// strike lets the fault happen right here.
func (s *stream) strike() error {
	switch s.o.Fault.Kind {
	case Rubbish:
		s.buf = append(s.buf, rubbish...)
		return nil
	case Stall:
		if err := s.emit(); err != nil {
			return err
		}
		<-s.r.Context().Done()
		return context.Cause(s.r.Context())
	case Die:
		if err := s.emit(); err != nil {
			return err
		}
		return errDied
	default: // a short answer's list ends before the fault gets here
		return nil
	}
}

// strikeInside lets the fault happen in the middle of the item that was
// rendered at start.
func (s *stream) strikeInside(start int) error {
	middle := (start + len(s.buf)) / 2
	rest := string(s.buf[middle:])
	s.buf = s.buf[:middle]
	err := s.strike()
	s.buf = append(s.buf, rest...)
	return err
}

// write hands on what is rendered, unless the client is gone.
func (s *stream) write() error {
	if err := s.r.Context().Err(); err != nil {
		return err
	}
	_, err := s.out.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

// emit brings what is rendered to the client now. Before the header there is
// nothing to bring.
func (s *stream) emit() error {
	if s.out == nil {
		return nil
	}
	if err := s.write(); err != nil {
		return err
	}
	return s.flush()
}

// open puts the encoder in front of the response.
func (s *stream) open() (closeEncoder func() error, err error) {
	flushResponse := http.NewResponseController(s.w).Flush
	s.out, s.flush = s.w, flushResponse
	var enc interface {
		io.WriteCloser
		Flush() error
	}
	switch s.o.Encoding {
	case "gzip":
		enc, err = gzip.NewWriterLevel(s.w, gzip.BestSpeed)
	case "zstd":
		enc, err = zstd.NewWriter(s.w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	case "br":
		enc = brotli.NewWriterLevel(s.w, brotli.BestSpeed)
	default:
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	s.out = enc
	s.flush = func() error { return errors.Join(enc.Flush(), flushResponse()) }
	return enc.Close, nil
}

// opening is the text from the body's start to the list's bracket.
func opening(o Options) string {
	switch {
	case o.Lines:
		return ""
	case !o.Envelope:
		return "["
	case o.Shape == Pretty:
		return "{\n  \"api\": \"legacy\",\n  \"orders\": ["
	default:
		return `{"api":"legacy","orders":[`
	}
}

// closing is the text behind the list's bracket. The count is how many orders
// there are, not how many are in this answer.
func closing(o Options) string {
	count := strconv.Itoa(o.items())
	switch {
	case o.Lines:
		return ""
	case !o.Envelope:
		return "\n"
	case o.Shape == Pretty:
		return ",\n  \"generated\": \"2019-03-07T11:22:33Z\",\n  \"count\": " + count + "\n}\n"
	default:
		return `,"generated":"2019-03-07T11:22:33Z","count":` + count + "}\n"
	}
}

// appendSeparator appends what stands before an item.
func (o Options) appendSeparator(dst []byte, first bool) []byte {
	switch {
	case first:
	case o.Lines:
		dst = append(dst, '\n')
	default:
		dst = append(dst, ',')
	}
	if o.Shape == Pretty {
		dst = append(dst, "\n  "...)
	}
	return dst
}

// ending is what stands behind the last item.
func (o Options) ending(from, to int) string {
	if (o.Lines || o.Shape == Pretty) && to > from {
		return "\n"
	}
	return ""
}

// sizeKey is what the size of a list depends on.
type sizeKey struct {
	shape    Shape
	lines    bool
	period   int
	from, to int
}

// bodySize is the body's length in bytes, without faults.
func (a *API) bodySize(o Options, from, to int) int64 {
	ends := int64(len(opening(o)) + len("]") + len(closing(o)))
	if o.Lines {
		ends -= int64(len("]"))
	}
	key := sizeKey{o.Shape, o.Lines, o.Period, from, to}
	if size, ok := a.sizes.Load(key); ok {
		return ends + size.(int64)
	}
	var size int64
	var buf []byte
	render := o.Shape.renderer()
	for i := from; i < to; i++ {
		buf = render(o.appendSeparator(buf[:0], i == from), o.order(i))
		size += int64(len(buf))
	}
	size += int64(len(o.ending(from, to)))
	if to-from > 10_000 { // short lists are quicker counted than remembered
		a.sizes.Store(key, size)
	}
	return ends + size
}
