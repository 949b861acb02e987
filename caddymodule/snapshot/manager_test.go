package snapshot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// Every page of a snapshot is the page of the list.
func TestPages(t *testing.T) {
	for _, tc := range []struct{ name, body string }{
		{"long", items(5000)},
		{"short", items(3)},
		{"one", items(1)},
		{"none", "[ ]"},
		{"in an envelope", `{"total":3000,"data":` + items(3000) + `,"next":null}`},
		{"in an envelope, none", `{"data":[],"next":null}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, fileStore(t), 0)
			s := r.open(t, key(1), sends(tc.body, 1000))
			st := await(t, s, -1)
			if head, err := s.Head(t.Context()); string(head) != "head" || err != nil {
				t.Errorf("the head is %q, %v", head, err)
			}
			for _, first := range []int64{0, 1, 15, 16, 17, 100, 999, 2999, 3000, 4990, 4999, 5000, 6000} {
				for _, limit := range []int64{0, 1, 16, 50} {
					got, more := page(t, s, first, limit)
					want, wantMore := cut(t, tc.body, list.Options{Path: st.Path, Skip: first, Limit: limit, Stop: list.StopAlways})
					if got != want || more != wantMore {
						t.Errorf("from %d, limit %d: got %q, %t\nwant %q, %t", first, limit, got, more, want, wantMore)
					}
				}
			}
		})
	}
}

// manyItems are so many items that an index has to be thinned out, each of which tells the
// last digit of its number.
func manyItems() (body string, n int64) {
	const tens = (maxPlaces*firstStride + 1_000_000) / 10
	return "[" + strings.Repeat("0,1,2,3,4,5,6,7,8,9,", tens) + "0]", 10*tens + 1
}

func checkMany(t *testing.T, s *Snapshot, n int64) {
	t.Helper()
	if st := await(t, s, -1); st.Items != n {
		t.Errorf("got %+v", st)
	}
	for _, first := range []int64{0, 7, 1_000_003, n / 2, n - 12, n - 2} {
		want := fmt.Sprintf("[%d,%d]", first%10, (first+1)%10)
		if got, more := page(t, s, first, 2); got != want || more != (first < n-2) {
			t.Errorf("from %d: got %.100q, %t, want %q", first, got, more, want)
		}
	}
	if w := s.Window(n/2, 10); w.Items > 100 || n/2-w.Offset > 2*firstStride {
		t.Errorf("a window of 11 items has %d, %d of them before", w.Items, n/2-w.Offset)
	}
}

// Of very many items, only some more than wanted are read.
func TestManyItems(t *testing.T) {
	body, n := manyItems()
	r := newRig(t, fileStore(t), 0)
	checkMany(t, r.open(t, key(1), sends(body, 1<<20)), n)
}

// Lines are paged as arrays are.
func TestLines(t *testing.T) {
	body := "\n" + strings.NewReplacer("[", "", "]\n", "\n", "}, ", "}\n").Replace(items(500))
	r := newRig(t, fileStore(t), 0)
	s := r.open(t, key(1), func(_ context.Context, rec *Recorder) {
		err := rec.Begin(nil, list.Path{}, true)
		for rest := body; rest != "" && err == nil; {
			n := min(777, len(rest))
			_, err = rec.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		rec.End(err)
	})
	if st := await(t, s, -1); st.Items != 500 || !st.Lines || !st.Alone {
		t.Errorf("got %+v", st)
	}
	for _, first := range []int64{0, 1, 16, 100, 490, 499, 500} {
		got, more := page(t, s, first, 10)
		want, wantMore := cut(t, body, list.Options{Lines: true, Skip: first, Limit: 10, Stop: list.StopAlone})
		if got != want || more != wantMore {
			t.Errorf("from %d: got %q, %t, want %q, %t", first, got, more, want, wantMore)
		}
	}
}

// A page is there as soon as its items are, and the next one is not waited for by anybody
// who does not want it.
func TestPageWhileReading(t *testing.T) {
	r := newRig(t, fileStore(t), 0)
	f := newFeed(t)
	s := r.open(t, key(1), f.read)
	f.chunks <- `{"data":[{"a":1},{"a":2},{"a":3},{"a`
	for first, want := range []string{`{"data":[{"a":1}]}`, `{"data":[{"a":2}]}`} {
		if got, more := page(t, s, int64(first), 1); got != want || !more {
			t.Errorf("page %d: got %q, %t, want %q", first, got, more, want)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	impatient := errors.New("impatient")
	go cancel(impatient)
	if _, err := s.Await(ctx, 4); !errors.Is(err, impatient) {
		t.Errorf("got %v", err)
	}
	waited := make(chan State)
	go func() { waited <- await(t, s, 4) }()
	f.chunks <- `":4}], "total":4}`
	if st := <-waited; st.Items != 4 {
		t.Errorf("got %+v", st)
	}
	f.close()
	if st := await(t, s, -1); !st.Ended || !st.Done || st.Items != 4 {
		t.Errorf("got %+v", st)
	}
	if got, more := page(t, s, 3, 5); got != `{"data":[{"a":4}], "total":4}` || more {
		t.Errorf("last page: got %q, %t", got, more)
	}
}

// However many open a snapshot, the upstream is read once.
func TestShared(t *testing.T) {
	r := newRig(t, fileStore(t), 0)
	f := newFeed(t)
	s := r.open(t, key(1), f.read)
	if !s.Began() {
		t.Error("who began it is not told so")
	}
	never := func(context.Context, *Recorder) { t.Error("read again") }
	for range 3 {
		if again := r.open(t, key(1), never); again.Began() || again.ID() != s.ID() {
			t.Error("got another snapshot")
		}
	}
	got := r.Get(t.Context(), key(1), r.policy)
	defer got.Release()
	f.chunks <- items(10)
	f.close()
	await(t, got, 10)
	await(t, got, 10)
	await(t, s, 10)
	if other := r.Get(t.Context(), key(2), r.policy); other != nil {
		t.Error("got the snapshot of another key")
	}
	if w := r.witness; w.of("miss") != 1 || w.of("hit") != 4 || w.of("saved") != 1 {
		t.Errorf("told %v", w)
	}
}
