package snapshot

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// A gate is a store whose blobs take a batch only once they are let to, and end as they are
// told to.
type gate struct {
	memory
	at chan struct{} // a batch has come
	do chan func() error
}

func (g *gate) Create(name string) (Blob, error) {
	b, err := g.memory.Create(name)
	return gatedBlob{b, g}, err
}

type gatedBlob struct {
	Blob
	g *gate
}

func (b gatedBlob) Write(p []byte) (int, error) {
	b.g.at <- struct{}{}
	if err := (<-b.g.do)(); err != nil {
		return 0, err
	}
	return b.Blob.Write(p)
}

// newGated has a snapshot of what the feed sends, in a store behind the gate.
func newGated(t *testing.T) (*gate, *feed, *Snapshot) {
	t.Helper()
	g := &gate{at: make(chan struct{}), do: make(chan func() error)}
	f := newFeed(t)
	return g, f, newRig(t, g, 0).open(t, key(1), f.read)
}

// While a batch is being written the upstream is read, up to the end of the next one; and
// what becomes of a batch, everybody gets to know.
func TestBatches(t *testing.T) {
	full := errors.New("no room")
	for _, tc := range []struct {
		name string
		do   func() error
		want string // the error
	}{
		{"written", func() error { return nil }, ""},
		{"no room", func() error { return full }, "no room"},
		{"a panic", func() error { panic("oh") }, "panic: oh"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g, f, s := newGated(t)
			body := items(batch / 20)
			if len(body) <= batch || len(body) >= 2*batch {
				t.Fatalf("the list has %d bytes", len(body))
			}
			f.chunks <- body[:batch]
			<-g.at
			f.chunks <- body[batch:]
			f.chunks <- " " // which it takes, as soon as it has taken what was before
			g.do <- tc.do
			if tc.want != "" {
				f.close()
				if _, err := awaited(t, s, -1); err == nil || !errors.Is(err, ErrStore) || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got error %v, want %q of the store", err, tc.want)
				}
				return
			}
			f.close()
			<-g.at
			g.do <- tc.do
			await(t, s, -1)
			got, err := io.ReadAll(s.Window(0, 1<<40))
			if string(got) != body+" " || err != nil {
				t.Errorf("got %d bytes and error %v, want all %d", len(got), err, len(body)+1)
			}
		})
	}
}

// Nobody waits for a batch to fill who wants what is in the one before.
func TestBatchesWanted(t *testing.T) {
	g, f, s := newGated(t)
	f.chunks <- items(batch / 20)[:batch]
	<-g.at
	f.chunks <- " " // which it takes once it has taken what was before
	go func() {
		written := func() error { return nil }
		g.do <- written
		for {
			select {
			case <-g.at:
				g.do <- written
			case <-t.Context().Done():
				return
			}
		}
	}()
	await(t, s, 10)
	f.close()
	<-f.ended
}

// The last batch is somebody's who comes when nothing stands behind it yet.
func TestBatchesAlone(t *testing.T) {
	g, f, s := newGated(t)
	f.chunks <- items(batch / 20)[:batch]
	<-g.at
	g.do <- func() error { return nil }
	await(t, s, 10)
	f.close()
	<-f.ended
}
