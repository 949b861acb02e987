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
		most          int64
		want          style.Window
	}{
		{"first by offset", "link", 0, 10, 0, style.Window{Limit: 11, Spare: 1}},
		{"deep by offset", "link", 95, 10, 0, style.Window{Limit: 11, Offset: 95, Spare: 1}},
		{"all at once", "link", 95, 10, 11, style.Window{Limit: 11, Offset: 95, Spare: 1}},
		{"not the one that tells", "link", 95, 10, 10, style.Window{Limit: 10, Offset: 95, Spare: 1}},
		{"one at a time", "link", 95, 10, 1, style.Window{Limit: 1, Offset: 95, Spare: 1}},
		{"first page", "page", 0, 10, 0, style.Window{Limit: 11, Spare: 1}},
		{"second page", "page", 10, 10, 0, style.Window{Limit: 21, Skip: 10, Spare: 1}},
		{"second page of the upstream's own", "page", 10, 10, 10, style.Window{Limit: 10, Offset: 10, Spare: 10}},
		{"not too large a block", "page", 10, 10, 20, style.Window{Limit: 10, Offset: 10, Spare: 10}},
		{"the largest block", "page", 10, 10, 21, style.Window{Limit: 21, Skip: 10, Spare: 1}},
		{"across two pages", "page", 7, 4, 4, style.Window{Limit: 4, Offset: 4, Skip: 3, Spare: 1}},
		{"across many pages", "page", 7, 10, 3, style.Window{Limit: 3, Offset: 6, Skip: 1, Spare: 1}},
		{"aligned by chance", "page", 22, 10, 0, style.Window{Limit: 11, Offset: 22, Spare: 1}},
		{"one item", "page", 1, 1, 0, style.Window{Limit: 3, Skip: 1, Spare: 1}},
		{"two large halves", "page", 1e9, 1e9, 0, style.Window{Limit: 2e9 + 1, Skip: 1e9, Spare: 1}},
		{
			"the deepest by offset", "link", math.MaxInt64 - 101, 100, 0,
			style.Window{Limit: 101, Offset: math.MaxInt64 - 101, Spare: 1},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := styleNamed(t, tc.style).WindowFor(tc.offset, tc.limit, tc.most); got != tc.want {
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
			if got, want := page.WindowFor(offset, limit, math.MaxInt32).Limit, smallestBlock(offset, limit); got != want {
				t.Fatalf("offset %d limit %d: got a block of %d, want %d", offset, limit, got, want)
			}
		}
	}
}

// FuzzWindowFor: the answer holds the page and the item behind it, whatever is
// asked; and clients, who choose the numbers, cannot make it take long.
func FuzzWindowFor(f *testing.F) {
	f.Add(int64(0), int64(1), int64(0))
	f.Add(int64(10_000), int64(100), int64(100))
	f.Add(int64(math.MaxInt32), int64(math.MaxInt32), int64(0))
	f.Add(int64(math.MaxInt32), int64(32_768), int64(7))
	f.Fuzz(func(t *testing.T, offset, limit, most int64) {
		if offset < 0 || offset > math.MaxInt32 || limit < 1 || limit > math.MaxInt32 || most < 0 || most > math.MaxInt32 {
			return // nobody asks for that
		}
		for _, name := range []string{"link", "page"} {
			w := styleNamed(t, name).WindowFor(offset, limit, most)
			all := w.Skip + limit + w.Spare
			switch {
			case w.Offset+w.Skip != offset:
				t.Errorf("%s: the page begins at %d, want %d: %+v", name, w.Offset+w.Skip, offset, w)
			case w.Spare < 1 || w.Skip < 0 || w.Skip >= w.Limit && w.Skip > 0:
				t.Errorf("%s: no room for %d items and one more in %+v", name, limit, w)
			case name == "page" && (w.Offset%w.Limit != 0 || all%w.Limit != 0 || w.Spare > w.Limit):
				t.Errorf("%s: the blocks are not aligned: %+v", name, w)
			case most > 0 && w.Limit > most, most == 0 && w.Limit > 2*limit+1:
				t.Errorf("%s: %d items are asked for a page of %d", name, w.Limit, limit)
			case all > 2*w.Limit && w.Limit != most:
				t.Errorf("%s: more than two answers for a page of %d: %+v", name, limit, w)
			}
		}
	})
}
