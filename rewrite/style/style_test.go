package style_test

import (
	"slices"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

func TestLookup(t *testing.T) {
	for _, name := range []string{"link", "page"} {
		if s := styleNamed(t, name); s.Name != name {
			t.Errorf("got the style %q, want %q", s.Name, name)
		}
	}
	for _, name := range []string{"", "LINK", "unbounded", "OData"} {
		if s, ok := style.Lookup(name); ok || s != nil {
			t.Errorf("%q: got %v, want none", name, s)
		}
	}
}

func TestLinks(t *testing.T) {
	for _, tc := range []struct {
		name, style string
		page        style.Page
		want        []style.Target
	}{
		{"link, the only page", "link", style.Page{Limit: 10, Items: 4, Total: -1}, nil},
		{"link, no items", "link", style.Page{Limit: 10, Total: 0}, nil},
		{
			"link, the first page", "link",
			style.Page{Limit: 10, Items: 10, More: true, Total: -1},
			[]style.Target{{"next", 10, 10}},
		},
		{
			"link, a page that is short", "link",
			style.Page{Offset: 20, Limit: 10, Items: 3, More: true, Total: -1},
			[]style.Target{{"next", 23, 10}, {"prev", 10, 10}, {"first", 0, 10}},
		},
		{
			"link, a page within the first", "link",
			style.Page{Offset: 4, Limit: 10, Items: 10, More: true, Total: -1},
			[]style.Target{{"next", 14, 10}, {"prev", 0, 4}, {"first", 0, 10}},
		},
		{"link, the last page has no link that could be followed", "link", style.Page{Offset: 20, Limit: 10, Items: 10, Total: -1}, nil},
		{"page, the only page", "page", style.Page{Limit: 10, Items: 10, Total: -1}, nil},
		{
			"page, the last page", "page",
			style.Page{Offset: 20, Limit: 10, Items: 10, Total: -1},
			[]style.Target{{"prev", 10, 10}, {"first", 0, 10}},
		},
		{
			"page, total known", "page",
			style.Page{Limit: 10, Items: 10, More: true, Total: 30},
			[]style.Target{{"next", 10, 10}, {"last", 20, 10}},
		},
		{
			"page, total one more", "page",
			style.Page{Limit: 10, Items: 10, More: true, Total: 31},
			[]style.Target{{"next", 10, 10}, {"last", 30, 10}},
		},
		{
			"page, behind an empty list", "page",
			style.Page{Offset: 10, Limit: 10, Total: 0},
			[]style.Target{{"prev", 0, 10}, {"first", 0, 10}, {"last", 0, 10}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := styleNamed(t, tc.style).Links(tc.page); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestSize: refusals and reports name the parameter that clients use.
func TestSize(t *testing.T) {
	for name, want := range map[string]string{"link": "limit", "page": "per_page", "ra-json": "_end", "ra-simple": "range"} {
		if got := styleNamed(t, name).Params.Size(); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestLinksWalk: who follows next meets every item once, and prev leads back to
// where it began.
func TestLinksWalk(t *testing.T) {
	const total, limit = 47, 10
	for _, name := range []string{"link", "page"} {
		s := styleNamed(t, name)
		seen := int64(0)
		for page := (style.Page{Limit: limit, Total: -1}); ; {
			page.Items = min(limit, total-page.Offset)
			page.More = page.Offset+page.Items < total
			seen += page.Items
			links := s.Links(page)
			if !page.More {
				if slices.ContainsFunc(links, func(t style.Target) bool { return t.Rel == "next" }) {
					t.Errorf("%s: the last page has a next: %v", name, links)
				}
				break
			}
			next := links[0]
			if next.Rel != "next" {
				t.Fatalf("%s: the first link is %v, want next", name, next)
			}
			if number := s.Number(next); s.Position == style.ByPage && number != s.FirstPage+next.Offset/limit {
				t.Errorf("%s: offset %d is page %d", name, next.Offset, number)
			}
			page.Offset = next.Offset
		}
		if seen != total {
			t.Errorf("%s: got %d items, want %d", name, seen, total)
		}
	}
}
