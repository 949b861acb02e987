package caddymodule

import (
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxDecoderWindow bounds the memory of one zstd or brotli stream. RFC 9659 asks
// of zstd in HTTP no more than 8 MiB; brotli's largest window is 16 MiB.
const maxDecoderWindow = 16 << 20

// A decoder undoes content codings (RFC 9110, section 8.4.1) of a body that
// comes in chunks. The libraries pull from a reader, and we are pushed to: so
// they run as a coroutine (iter.Pull) that is resumed while there is input. It
// runs only within feed, finish and stop, on their goroutine.
//
// A nil decoder is that of a body without a coding, which it hands on as it is.
type decoder struct {
	in      []byte
	eof     bool
	err     error
	resume  func() ([]byte, bool)
	release func()
	yield   func([]byte) bool
}

var errDecoderStopped = errors.New("decoding stopped")

// decoderOf returns a decoder for the body behind a header.
func decoderOf(h http.Header) (*decoder, error) {
	if coding := codingOf(h); coding != "" {
		return newDecoder(coding)
	}
	return nil, nil
}

// newDecoder returns a decoder for the value of a Content-Encoding header.
func newDecoder(codings string) (*decoder, error) {
	names := strings.Split(strings.ToLower(codings), ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		switch names[i] {
		case "gzip", "x-gzip", "zstd", "br", "deflate", "identity":
		default:
			return nil, fmt.Errorf("content coding %q cannot be decoded", names[i])
		}
	}
	d := new(decoder)
	d.resume, d.release = iter.Pull(d.decode(names))
	return d, nil
}

// feed decodes p and hands the blocks to sink, each valid until sink returns. An
// error is sink's, or that of a malformed body.
func (d *decoder) feed(p []byte, sink func([]byte) error) error {
	if d == nil {
		return sink(p)
	}
	d.in = p
	return d.run(sink)
}

// finish tells the decoder that the body has ended; an error if it is cut off.
func (d *decoder) finish(sink func([]byte) error) error {
	if d == nil {
		return nil
	}
	d.eof = true
	return d.run(sink)
}

// stop frees what the decoder holds. It may be called at any time, repeatedly.
func (d *decoder) stop() {
	if d != nil {
		d.release()
	}
}

func (d *decoder) run(sink func([]byte) error) error {
	for d.err == nil {
		block, ok := d.resume()
		if !ok {
			break
		}
		if len(block) == 0 {
			return nil // it wants more input
		}
		if err := sink(block); err != nil {
			return err
		}
	}
	if d.err == nil && len(d.in) > 0 {
		d.err = errors.New("bytes behind the end of the encoded body")
	}
	return d.err
}

// Read is the codec's source. An empty block out of the coroutine asks for input.
func (d *decoder) Read(p []byte) (int, error) {
	for len(d.in) == 0 {
		if d.eof {
			return 0, io.EOF
		}
		if !d.yield(nil) {
			return 0, errDecoderStopped
		}
	}
	n := copy(p, d.in)
	d.in = d.in[n:]
	return n, nil
}

func (d *decoder) decode(names []string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		d.yield = yield
		var r io.Reader = d
		for _, name := range slices.Backward(names) {
			var closer func()
			if r, closer, d.err = openCoding(name, r); d.err != nil {
				return
			}
			if closer != nil {
				defer closer()
			}
		}
		block := make([]byte, 32<<10)
		for {
			n, err := r.Read(block)
			if n > 0 && !yield(block[:n]) {
				return
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				d.err = err
				return
			}
		}
	}
}

func openCoding(name string, r io.Reader) (io.Reader, func(), error) {
	switch name {
	case "gzip", "x-gzip":
		zr, err := gzip.NewReader(r)
		return zr, nil, err
	case "deflate":
		zr, err := zlib.NewReader(r)
		return zr, nil, err
	case "zstd":
		zr, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxDecoderWindow))
		if err != nil {
			return nil, nil, err
		}
		return zr, zr.Close, nil
	case "br":
		return brotli.NewReader(r), nil, nil
	default: // identity
		return r, nil, nil
	}
}
