package snapshot

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A store that is full, or does not work at all, costs the snapshot, and is told of once.
func TestStoreFails(t *testing.T) {
	store := &memory{}
	store.set(1000, nil)
	r := newRig(t, store, 0)
	f := newFeed(t)
	s := r.open(t, key(1), f.read)
	f.chunks <- items(100)[:500]
	await(t, s, 5)
	f.chunks <- items(100)[500:]
	f.close()
	_, err := awaited(t, s, -1)
	if !errors.Is(err, errFull) || !errors.Is(err, ErrStore) || !FallsBack(err) {
		t.Errorf("got %v", err)
	}
	if got, more := page(t, s, 1, 1); got != `[ {"id":1,"name":"item 1"}]` || !more {
		t.Errorf("what came before is %q", got)
	}
	for range 3 {
		if _, err := r.Open(t.Context(), key(2), r.policy, Label{}, sends("[]", 1)); !errors.Is(err, ErrStore) {
			t.Errorf("at once: %v", err)
		}
	}
	r.clock.pass(pause)
	down := errors.New("connection refused")
	store.set(0, down)
	if _, err := r.Open(t.Context(), key(2), r.policy, Label{}, sends("[]", 1)); !errors.Is(err, down) || !FallsBack(err) {
		t.Errorf("later: %v", err)
	}
	r.clock.pass(pause)
	store.set(0, nil)
	r.clock.pass(calm)
	again := r.open(t, key(2), sends(items(100), 200))
	await(t, again, -1)
	store.set(0, down)
	if _, err := again.Window(50, 1).Read(make([]byte, 100)); !errors.Is(err, down) || !FallsBack(err) {
		t.Errorf("reading: %v", err)
	}
	if w := r.witness; w.of("failed, first true") != 2 || w.of("failed, first false") != 1 {
		t.Errorf("told %v", w)
	}
	store.set(0, nil)
	again.Release()
	s.Release()
	r.Close()
	eventually(t, "all blobs are dropped", func() bool { return store.left() == 0 })
}

// A snapshot's file is readable by nobody else, and gone when the snapshot is.
func TestFileStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "[1]", "snapshots")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "0123"+fileSuffix)
	if err := os.WriteFile(left, []byte("left behind"), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := NewFileStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := func() string {
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return fmt.Sprint(entries)
	}
	if got := names(); got != "[]" {
		t.Errorf("a crash left %s behind", got)
	}
	b, err := store.Create("4567")
	if err != nil {
		t.Fatal(err)
	}
	info, err := b.(*fileBlob).Stat()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if !b.(*fileBlob).named && names() != "[]" {
		t.Errorf("it has a name: %s", names())
	}
	if _, err := b.Write([]byte("text")); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(io.NewSectionReader(b, 0, 9)); string(got) != "text" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	b.Drop()
	if names() != "[]" {
		t.Errorf("left are %s", names())
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	b, err = store.Create("89ab")
	if err != nil {
		t.Fatalf("behind somebody who tidies up: %v", err)
	}
	b.Drop()
}

// Where no directory can be, there is an error that says so, at the beginning or later.
func TestFileStoreUnwritable(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(parent, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFileStore(filepath.Join(parent, "snapshots")); err == nil || !strings.HasPrefix(err.Error(), "creating the directory of snapshots: ") {
		t.Errorf("got %v", err)
	}
	dir := filepath.Join(t.TempDir(), "snapshots")
	store, err := NewFileStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	// Not by its mode, which does not stop root.
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, store, 0)
	if _, err := r.Open(t.Context(), key(1), r.policy, Label{}, sends("[]", 1)); !errors.Is(err, ErrStore) {
		t.Errorf("got %v", err)
	}
	if alive, _ := r.witness.held(); alive != 0 || r.witness.of("failed, first true") != 1 {
		t.Errorf("%d are alive, told %v", alive, r.witness)
	}
}

// Many use few snapshots at once, which are dropped, evicted and expire meanwhile: each gets
// the page that it asked for, or an error that says that it may ask the upstream.
func TestTogether(t *testing.T) {
	const users, pages = 24, 60
	store := &memory{}
	body := items(1000)
	r := newRig(t, store, int64(3*len(body)))
	var all sync.WaitGroup
	for user := range users {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(user), 1))
			for range pages {
				s, err := r.Open(t.Context(), key(byte(rnd.IntN(6))), r.policy, Label{}, sends(body, 1+rnd.IntN(5000)))
				if err != nil {
					if !errors.Is(err, ErrTooLarge) {
						t.Errorf("opening: %v", err)
					}
					continue
				}
				first, limit := rnd.Int64N(1000), rnd.Int64N(50)
				st, err := awaited(t, s, first+limit+1)
				if err == nil {
					var text []byte
					w := s.Window(first, limit)
					text, err = io.ReadAll(w)
					if err == nil {
						opt := list.Options{Path: st.Path, Skip: first - w.Offset, Limit: limit, Stop: list.StopAlone}
						got, more := cut(t, string(text), opt)
						opt.Skip = first
						if want, wantMore := cut(t, body, opt); got != want || more != wantMore {
							t.Errorf("from %d, limit %d: got %q, %t, want %q, %t", first, limit, got, more, want, wantMore)
						}
					}
				}
				if err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, ErrTooLarge) {
					t.Errorf("got %v", err)
				}
				switch rnd.IntN(20) {
				case 0:
					s.Drop()
				case 1:
					r.clock.pass(r.policy.TTL)
					r.sweep()
				case 2:
					r.Drop(func(i Info) bool { return i.Done })
				}
				s.Release()
				s.Release() // which does nothing
			}
		})
	}
	all.Wait()
	r.Close()
	eventually(t, "all blobs are dropped", func() bool { return store.left() == 0 })
	if alive, bytes := r.witness.held(); alive != 0 || bytes != 0 {
		t.Errorf("%d snapshots of %d bytes are left", alive, bytes)
	}
}

// Hints are few, and the oldest go.
func TestHints(t *testing.T) {
	var h hints
	for i := range int64(maxHints + 10) {
		h.add(fmt.Append(nil, i), i)
		h.add([]byte("often"), i)
	}
	h.add([]byte(strings.Repeat("x", maxHintSize+1)), 1)
	if len(h.items) != maxHints || len(h.order) != maxHints {
		t.Errorf("there are %d, in order %d", len(h.items), len(h.order))
	}
	for _, tc := range []struct {
		key  string
		item int64
		ok   bool
	}{{"0", 0, false}, {"10", 0, false}, {"1033", 1033, true}, {strings.Repeat("x", maxHintSize+1), 0, false}} {
		if item, ok := h.find([]byte(tc.key)); item != tc.item || ok != tc.ok {
			t.Errorf("%.10s: got %d, %t", tc.key, item, ok)
		}
	}
}

// A file that has become shorter is no list's end, and not looked into again.
func TestFileCut(t *testing.T) {
	r := newRig(t, fileStore(t), 0)
	s := r.open(t, key(1), sends(items(40_000), 32<<10))
	await(t, s, -1)
	if err := s.e.blob.(*fileBlob).Truncate(500_000); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, s.Window(30_000, 100)); !errors.Is(err, ErrStore) || errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	r.clock.pass(pause)
	again := r.open(t, key(1), sends(items(40_000), 32<<10))
	if got, _ := page(t, again, 30_000, 1); !again.Began() || got != `[ {"id":30000,"name":"item 30000"}]` {
		t.Errorf("began: %t, got %s", again.Began(), got)
	}
}
