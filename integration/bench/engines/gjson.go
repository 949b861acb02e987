package main

import (
	"errors"
	"unsafe"

	"github.com/tidwall/gjson"
)

// gjsonEngine goes from value to value with gjson, on the body itself: a string
// that is not copied. It needs the body whole, and it checks nothing: not the
// syntax of what it passes, nor of what it gives.
type gjsonEngine struct{}

var errNoItems = errors.New("finding items: there are none")

// text is b as a string, for libraries that would copy it otherwise. The body
// does not change while it is read.
func text(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // G103: as said above
}

func (gjsonEngine) boundaries(body []byte) (int, error) {
	n := 0
	gjson.Parse(text(body)).ForEach(func(_, _ gjson.Result) bool {
		n++
		return true
	})
	if n == 0 {
		return 0, errNoItems
	}
	return n, nil
}

func (gjsonEngine) page(dst, body []byte, n int) ([]byte, error) {
	kept := 0
	gjson.Parse(text(body)).ForEach(func(_, item gjson.Result) bool {
		dst = append(separate(dst, kept == 0), item.Raw...)
		kept++
		return kept < n
	})
	if kept == 0 {
		return dst, errNoItems
	}
	return append(dst, ']'), nil
}

// project looks at an item's members in one walk, and stops when it has them
// all: of duplicates it keeps the first. Where that is faster, it asks for each
// member by its name.
func (gjsonEngine) project(dst, body []byte, s shape) ([]byte, error) {
	kept, trim := 0, walkMembers
	if s.name == "text" {
		trim = getMembers // walking unescapes the long text
	}
	gjson.Parse(text(body)).ForEach(func(_, item gjson.Result) bool {
		dst = append(separate(dst, kept == 0), '{')
		dst = append(trim(dst, item, &s), '}')
		kept++
		return true
	})
	if kept == 0 {
		return dst, errNoItems
	}
	return append(dst, ']'), nil
}

func walkMembers(dst []byte, item gjson.Result, s *shape) []byte {
	kept := 0
	item.ForEach(func(name, value gjson.Result) bool {
		if !s.wants(name.Str) {
			return true
		}
		if kept > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, name.Raw...), ':'), value.Raw...)
		kept++
		return kept < len(s.fields)
	})
	return dst
}

func getMembers(dst []byte, item gjson.Result, s *shape) []byte {
	kept := 0
	for _, name := range s.fields {
		value := item.Get(name)
		if !value.Exists() {
			continue
		}
		if kept > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), name...), `":`...)
		dst = append(dst, value.Raw...)
		kept++
	}
	return dst
}
