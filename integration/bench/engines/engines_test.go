package main

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

const pageItems = 100

// TestEnginesAgree holds all engines to the same items, over short lists. Each
// does every work twice, as memory that is used again may hold what was there.
func TestEnginesAgree(t *testing.T) {
	for _, s := range shapes(256 << 10) {
		wantPage, wantAll := want(t, s, pageItems), want(t, s, s.items)
		for _, item := range wantAll {
			maps.DeleteFunc(item, func(name string, _ any) bool { return !s.wants(name) })
			if len(item) != len(s.fields) {
				t.Fatalf("%s: an item has %d of the members %q", s.name, len(item), s.fields)
			}
		}
		for _, contender := range engines {
			t.Run(s.name+"/"+contender.name, func(t *testing.T) {
				e := contender.make()
				for range 2 {
					if n, err := e.boundaries(s.body); err != nil || n != s.items {
						t.Errorf("boundaries: got %d items, %v, want %d", n, err, s.items)
					}
					page, err := e.page(nil, s.body, pageItems)
					if got := decode(t, page, err); !reflect.DeepEqual(got, wantPage) {
						t.Errorf("page: got other items than the list's")
					}
					all, err := e.project(nil, s.body, s)
					if got := decode(t, all, err); !reflect.DeepEqual(got, wantAll) {
						t.Errorf("project: got other items than the list's")
					}
				}
			})
		}
	}
}

// want is the first items of a list, as the API makes them.
func want(t *testing.T, s shape, n int) (items []map[string]any) {
	t.Helper()
	for i := range n {
		text := legacyapi.AppendItem(nil, s.look, i)
		items = append(items, decode(t, append(append([]byte{'['}, text...), ']'), nil)...)
	}
	return items
}

func decode(t *testing.T, body []byte, err error) (items []map[string]any) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err := d.Decode(&items); err != nil {
		t.Fatalf("decoding what was written: %v", err)
	}
	return items
}
