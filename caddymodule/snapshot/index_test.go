package snapshot

import (
	"math/rand/v2"
	"runtime"
	"testing"
)

// fillTo adds the places of a list of n items to an index, as an indexer tells them. Each
// item has size bytes.
func fillTo(x *index, n, size int64) {
	for item := int64(0); item < n; item = x.n * x.stride {
		x.add(item * size)
	}
}

// An index of 10,000,000 items takes 16 MB at most, and no more at any time while it grows.
func TestIndexMemory(t *testing.T) {
	const bound = 16 << 20
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for _, n := range []int64{10_000_000, maxPlaces * firstStride, maxPlaces*firstStride + 1, 1_000_000_000} {
		var x index
		before := heap()
		// What is allocated in all is the most that it can ever have taken.
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		allocated := m.TotalAlloc
		fillTo(&x, n, 100)
		runtime.ReadMemStats(&m)
		takes, most := heap()-before, int64(m.TotalAlloc-allocated)
		if takes > bound || n <= maxPlaces*firstStride && most > bound {
			t.Errorf("%d items take %d bytes, and %d while growing", n, takes, most)
		}
		if item, at, ok := x.before(n - 1); !ok || at != item*100 || n-1-item >= 2*x.stride {
			t.Errorf("of %d items, the last is found by item %d at %d", n, item, at)
		}
		if x.n > maxPlaces || int64(len(x.blocks))*blockPlaces > maxPlaces {
			t.Errorf("%d items: %d places in %d blocks", n, x.n, len(x.blocks))
		}
		runtime.KeepAlive(&x)
	}
}

// slowFind finds in a plain slice of the items of which an index has the place.
func slowFind(known []int64, item int64) (before, behind int64) {
	before, behind = 0, -1
	for _, k := range known {
		if k <= item {
			before = k
		}
		if k >= item && behind < 0 {
			behind = k
		}
	}
	return before, behind
}

func checkFind(t *testing.T, n int64, seed uint64) {
	t.Helper()
	var x index
	fillTo(&x, n, 7)
	var known []int64
	for item := int64(0); item < n; item += max(x.stride, 1) {
		known = append(known, item)
	}
	if int64(len(known)) != x.n {
		t.Fatalf("%d items: there are %d places, of %d", n, x.n, len(known))
	}
	r := rand.New(rand.NewPCG(seed, 4))
	for range 20 {
		item := r.Int64N(n + 2*firstStride)
		before, behind := slowFind(known, item)
		if got, at, ok := x.before(item); got != before || at != 7*before || ok != (n > 0) {
			t.Fatalf("of %d items, before %d: got %d at %d, %t, want %d", n, item, got, at, ok, before)
		}
		if got, at, ok := x.behind(item); ok != (behind >= 0) || ok && (got != behind || at != 7*behind) {
			t.Fatalf("of %d items, behind %d: got %d at %d, %t, want %d", n, item, got, at, ok, behind)
		}
	}
}

func TestIndexFinds(t *testing.T) {
	for _, n := range []int64{
		0, 1, 2, firstStride, firstStride + 1, blockPlaces * firstStride, blockPlaces*firstStride + 1,
		maxPlaces * firstStride, maxPlaces*firstStride + 1, maxPlaces*firstStride*4 + 5,
	} {
		checkFind(t, n, 1)
	}
}

func FuzzIndexFinds(f *testing.F) {
	f.Add(uint32(0), uint64(1))
	f.Add(uint32(100), uint64(2))
	f.Add(uint32(blockPlaces*firstStride+1), uint64(3))
	f.Add(uint32(maxPlaces*firstStride+1), uint64(4))
	f.Fuzz(func(t *testing.T, n uint32, seed uint64) { checkFind(t, int64(n)%(40<<20), seed) })
}
