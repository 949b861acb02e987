package snapshot

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// An order as an API sends it, of about 200 bytes.
const order = `{"id":"%08d","customer":{"id":%d,"name":"Ada Lovelace","email":"ada@example.com"},"state":"shipped","lines":[{"sku":"A-1001","quantity":2,"price":1999},{"sku":"B-2002","quantity":1,"price":549}],"note":null}`

// orders is a list of about so many bytes, and how many items it has.
func orders(size int) (body []byte, n int64) {
	body = append(make([]byte, 0, size+1<<10), '[')
	for ; len(body) < size; n++ {
		if n > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, order, n, n%1000)
	}
	return append(body, ']'), n
}

const chunk = 32 << 10 // as Caddy's reverse proxy copies

// record writes a body as an upstream sends it.
func record(b *testing.B, body []byte) func(context.Context, *Recorder) {
	return func(_ context.Context, rec *Recorder) {
		err := rec.Begin(nil, list.Path{}, false)
		for rest := body; len(rest) > 0 && err == nil; {
			n := min(chunk, len(rest))
			_, err = rec.Write(rest[:n])
			rest = rest[n:]
		}
		if rec.End(err); err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkRecord is how fast a list is taken down: found, indexed and written.
func BenchmarkRecord(b *testing.B) {
	body, _ := orders(200 << 20)
	b.Run("file", func(b *testing.B) {
		store, err := NewFileStore(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		benchRecord(b, store, body)
	})
	b.Run("nothing", func(b *testing.B) { benchRecord(b, nowhere{}, body) })
	b.Run("index alone", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			var x list.Indexer
			x.Reset(list.LayoutOptions{Boundary: func(item, _ int64) int64 { return item + firstStride }})
			for rest := body; len(rest) > 0; {
				n := min(chunk, len(rest))
				if _, err := x.Write(rest[:n]); err != nil {
					b.Fatal(err)
				}
				rest = rest[n:]
			}
		}
	})
	b.Run("file alone", func(b *testing.B) {
		store, err := NewFileStore(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			blob, err := store.Create(newID())
			if err != nil {
				b.Fatal(err)
			}
			for rest := body; len(rest) > 0; {
				n := min(batch, len(rest))
				if _, err := blob.Write(rest[:n]); err != nil {
					b.Fatal(err)
				}
				rest = rest[n:]
			}
			b.StopTimer()
			blob.Drop()
			b.StartTimer()
		}
	})
}

// benchRecord records one body after the other. Freeing a file is not timed: nobody waits for
// it.
func benchRecord(b *testing.B, store Store, body []byte) {
	m := New(store, Options{})
	defer m.Close()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		s, err := m.Open(b.Context(), Key{}, Policy{}, Label{}, record(b, body))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Await(b.Context(), -1); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Drop()
		s.Release()
		b.StartTimer()
	}
}

// A nowhere is a store that takes everything and keeps nothing.
type nowhere struct{}

func (nowhere) Create(string) (Blob, error)           { return nowhere{}, nil }
func (nowhere) Write(p []byte) (int, error)           { return len(p), nil }
func (nowhere) ReadAt(p []byte, _ int64) (int, error) { return 0, io.EOF }
func (nowhere) Drop()                                 {}

// BenchmarkWindow is how long a page of 100 items takes until it has been read, at the
// beginning of a list and deep in it.
func BenchmarkWindow(b *testing.B) {
	body, n := orders(240 << 20) // a million of them and some
	store, err := NewFileStore(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	m := New(store, Options{})
	defer m.Close()
	s, err := m.Open(b.Context(), Key{}, Policy{}, Label{}, record(b, body))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Release()
	if _, err := s.Await(b.Context(), -1); err != nil {
		b.Fatal(err)
	}
	for _, page := range []int64{2, 9_999} {
		b.Run(fmt.Sprintf("page %d", page), func(b *testing.B) {
			first := (page - 1) * 100
			if first+100 > n {
				b.Fatalf("the list has only %d items", n)
			}
			buf := make([]byte, chunk)
			var r list.Reader
			b.ReportAllocs()
			for b.Loop() {
				st, err := s.Await(b.Context(), first+101)
				if err != nil {
					b.Fatal(err)
				}
				w := s.Window(first, 100)
				r.Reset(list.Options{Path: st.Path, Skip: first - w.Offset, Limit: 100, Stop: list.StopAlone})
				for {
					n, err := w.Read(buf)
					if err != nil {
						b.Fatal(err)
					}
					status, err := r.Write(buf[:n])
					if err != nil {
						b.Fatal(err)
					}
					if status == list.Done {
						break
					}
				}
				if r.Items() != 100 {
					b.Fatalf("got %d items", r.Items())
				}
			}
		})
	}
}
