package caddymodule

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// encode applies content codings in their order.
func encode(t testing.TB, codings string, body []byte) []byte {
	t.Helper()
	for coding := range strings.SplitSeq(codings, ",") {
		var out bytes.Buffer
		var w io.WriteCloser
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			w = gzip.NewWriter(&out)
		case "deflate":
			w = zlib.NewWriter(&out)
		case "br":
			w = brotli.NewWriter(&out)
		case "zstd":
			zw, err := zstd.NewWriter(&out)
			if err != nil {
				t.Fatal(err)
			}
			w = zw
		default:
			continue
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		body = out.Bytes()
	}
	return body
}

var codings = []string{"gzip", "x-gzip", "GZIP", "deflate", "br", "zstd", "identity", "gzip, br", "zstd,identity , gzip"}

// TestDecode: any chunking gives the same body.
func TestDecode(t *testing.T) {
	body := []byte(strings.Repeat(numbers(50), 40))
	for _, coding := range codings {
		t.Run(coding, func(t *testing.T) {
			encoded := encode(t, coding, body)
			for _, size := range []int{1, 7, 4096, len(encoded)} {
				d, err := newDecoder(coding)
				if err != nil {
					t.Fatal(err)
				}
				var got bytes.Buffer
				sink := func(block []byte) error { got.Write(block); return nil }
				for rest := encoded; len(rest) > 0 && err == nil; rest = rest[min(size, len(rest)):] {
					err = d.feed(rest[:min(size, len(rest))], sink)
				}
				if err = errors.Join(err, d.finish(sink)); err != nil || !bytes.Equal(got.Bytes(), body) {
					t.Errorf("in chunks of %d: got %d bytes (%v), want %d", size, got.Len(), err, len(body))
				}
				d.stop()
				d.stop()
			}
		})
	}
}

// forgiven is what the codings themselves let pass: no checksum in brotli, an
// empty sequence of frames in zstd, and zlib's reader reads ahead. None of it
// makes a list look complete that is not.
var forgiven = map[string]bool{"br damaged": true, "zstd nothing": true, "deflate bytes behind it": true}

// TestDecodeBroken: what is cut off, damaged or goes on is an error, never an end.
func TestDecodeBroken(t *testing.T) {
	body := []byte(strings.Repeat(numbers(50), 40))
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		encoded := encode(t, coding, body)
		damaged := bytes.Clone(encoded)
		damaged[len(damaged)/2] ^= 0xff
		for name, in := range map[string][]byte{
			"cut in the middle":  encoded[:len(encoded)/2],
			"cut before its end": encoded[:len(encoded)-1],
			"nothing":            {},
			"damaged":            damaged,
			"rubbish":            []byte("rubbish, and no such coding"),
			"bytes behind it":    append(bytes.Clone(encoded), "rubbish"...),
		} {
			t.Run(coding+" "+name, func(t *testing.T) {
				d, err := newDecoder(coding)
				if err != nil {
					t.Fatal(err)
				}
				defer d.stop()
				var got bytes.Buffer
				sink := func(block []byte) error { got.Write(block); return nil }
				if err = d.feed(in, sink); err == nil {
					err = d.finish(sink)
				}
				if err == nil && !forgiven[coding+" "+name] {
					t.Errorf("got %d bytes and no error", got.Len())
				}
			})
		}
	}
}

func TestDecodeUnknown(t *testing.T) {
	for _, coding := range []string{"compress", "gzip, exi", "gzip;q=1", ""} {
		if d, err := newDecoder(coding); err == nil {
			d.stop()
			t.Errorf("%q: got a decoder", coding)
		}
	}
}

// TestDecodeStops: sink's error comes back at once, and nothing is decoded behind.
func TestDecodeStops(t *testing.T) {
	enough := errors.New("enough")
	for _, coding := range []string{"gzip", "br", "zstd"} {
		d, err := newDecoder(coding)
		if err != nil {
			t.Fatal(err)
		}
		blocks := 0
		err = d.feed(encode(t, coding, bytes.Repeat([]byte("a"), 1<<20)), func([]byte) error { blocks++; return enough })
		if !errors.Is(err, enough) || blocks != 1 {
			t.Errorf("%s: got %v after %d blocks, want %v after one", coding, err, blocks, enough)
		}
		d.stop()
	}
}

// FuzzDecode: random bodies in random chunks come out as they went in.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("[1,2,3]"), uint64(1))
	f.Add([]byte{}, uint64(2))
	f.Fuzz(func(t *testing.T, body []byte, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 0))
		coding := codings[random.IntN(len(codings))]
		d, err := newDecoder(coding)
		if err != nil {
			t.Fatal(err)
		}
		defer d.stop()
		var got bytes.Buffer
		sink := func(block []byte) error { got.Write(block); return nil }
		for rest := encode(t, coding, body); len(rest) > 0 && err == nil; {
			n := 1 + random.IntN(len(rest))
			err = d.feed(rest[:n], sink)
			rest = rest[n:]
		}
		if err = errors.Join(err, d.finish(sink)); err != nil || !bytes.Equal(got.Bytes(), body) {
			t.Errorf("%s: got %q (%v), want %q", coding, got.Bytes(), err, body)
		}
	})
}
