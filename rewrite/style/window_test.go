package style_test

import (
	"math"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

func styleNamed(t testing.TB, name string) *style.Style {
	t.Helper()
	s, ok := style.Lookup(name)
	if !ok {
		t.Fatalf("there is no style %q", name)
	}
	return s
}

func TestWindowFor(t *testing.T) {
	for _, tc := range []struct {
		name, style   string
		offset, limit int64
		want          style.Window
	}{
		{"first by offset", "link", 0, 10, style.Window{Limit: 11, Spare: 1}},
		{"deep by offset", "link", 95, 10, style.Window{Limit: 11, Offset: 95, Spare: 1}},
		{"first page", "page", 0, 10, style.Window{Limit: 11, Spare: 1}},
		{"second page", "page", 10, 10, style.Window{Limit: 21, Skip: 10, Spare: 1}},
		{"aligned by chance", "page", 22, 10, style.Window{Limit: 11, Offset: 22, Spare: 1}},
		{"one item", "page", 1, 1, style.Window{Limit: 3, Skip: 1, Spare: 1}},
		{"two large halves", "page", 1e9, 1e9, style.Window{Limit: 2e9 + 1, Skip: 1e9, Spare: 1}},
		{
			"the deepest by offset", "link", math.MaxInt64 - 101, 100,
			style.Window{Limit: 101, Offset: math.MaxInt64 - 101, Spare: 1},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := styleNamed(t, tc.style).WindowFor(tc.offset, tc.limit); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// smallestBlock tries every size, which is what WindowFor jumps through.
func smallestBlock(offset, limit int64) int64 {
	for size := limit + 1; ; size++ {
		if offset%size+limit < size {
			return size
		}
	}
}

func TestWindowForIsTheSmallestBlock(t *testing.T) {
	page := styleNamed(t, "page")
	for limit := int64(1); limit <= 60; limit++ {
		for offset := range int64(1500) {
			if got, want := page.WindowFor(offset, limit).Limit, smallestBlock(offset, limit); got != want {
				t.Fatalf("offset %d limit %d: got a block of %d, want %d", offset, limit, got, want)
			}
		}
	}
}

// FuzzWindowFor: the answer holds the page and the item behind it, whatever is
// asked; and clients, who choose the numbers, cannot make it take long.
func FuzzWindowFor(f *testing.F) {
	f.Add(int64(0), int64(1))
	f.Add(int64(10_000), int64(100))
	f.Add(int64(math.MaxInt32), int64(math.MaxInt32))
	f.Add(int64(math.MaxInt32), int64(32_768))
	f.Fuzz(func(t *testing.T, offset, limit int64) {
		if offset < 0 || offset > math.MaxInt32 || limit < 1 || limit > math.MaxInt32 {
			return // nobody asks for that
		}
		for _, name := range []string{"link", "page"} {
			w := styleNamed(t, name).WindowFor(offset, limit)
			switch {
			case w.Offset+w.Skip != offset:
				t.Errorf("%s: the page begins at %d, want %d: %+v", name, w.Offset+w.Skip, offset, w)
			case w.Skip+limit+w.Spare != w.Limit || w.Spare < 1 || w.Skip < 0:
				t.Errorf("%s: no room for %d items and one more in %+v", name, limit, w)
			case name == "page" && w.Offset%w.Limit != 0:
				t.Errorf("%s: the block is not aligned: %+v", name, w)
			case w.Limit > 3*limit+16:
				t.Errorf("%s: %d items are asked for a page of %d", name, w.Limit, limit)
			}
		}
	})
}
