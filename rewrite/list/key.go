package list

import (
	"bytes"
	"fmt"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"
)

// A Key says what identifies an item and orders the list: one or more members of
// an item. The zero Key is none.
type Key struct {
	paths []string // in gjson's syntax
}

// ParseKey reads paths inside an item, each written as for [ParsePath]. Without
// any, there is no key.
func ParseKey(texts []string) (Key, error) {
	k := Key{}
	for _, text := range texts {
		p, err := ParsePath(text)
		if err != nil {
			return Key{}, err
		}
		if p.Auto() {
			return Key{}, fmt.Errorf("%q names no member of an item", text)
		}
		parts := make([]string, len(p.names))
		for i, name := range p.names {
			parts[i] = gjson.Escape(name)
		}
		k.paths = append(k.paths, strings.Join(parts, "."))
	}
	return k, nil
}

// None tells whether there is no key.
func (k Key) None() bool { return len(k.paths) == 0 }

// appendOf appends the key of an item to dst: a JSON array of its parts, as they
// stand in the item. It reports false for an item that lacks a part, or has
// something else there than a string or a number: nothing identifies it.
func (k Key) appendOf(dst, item []byte) ([]byte, bool) {
	dst = append(dst, '[')
	text := borrowed(item)
	for i, path := range k.paths {
		part := gjson.Get(text, path)
		if part.Type != gjson.String && part.Type != gjson.Number {
			return dst, false
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, part.Raw...)
	}
	return append(dst, ']'), true
}

// An order is how the keys of a list follow each other.
type order byte

const (
	unknown    order = '?' // fewer than two keys were compared
	ascending  order = 'a'
	descending order = 'd'
	unordered  order = 'n'
)

// with is the order of a list that had order o so far, when the comparison of a
// key with the one before it gives c.
func (o order) with(c int) order {
	step := ascending
	if c < 0 {
		step = descending
	}
	switch {
	case c == 0 || o == unordered:
		return unordered
	case o == unknown:
		return step
	case o != step:
		return unordered
	}
	return o
}

// compareKeys compares two keys part by part: numbers by value and exactly,
// strings by their bytes, numbers before strings.
func compareKeys(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	as, bs := borrowed(a), borrowed(b)
	for {
		var ap, bp gjson.Result
		ap, as = cutPart(as)
		bp, bs = cutPart(bs)
		if ap.Raw == "" || bp.Raw == "" {
			return len(ap.Raw) - len(bp.Raw)
		}
		if c := compareParts(ap, bp); c != 0 {
			return c
		}
	}
}

// cutPart returns the first part of a key, behind its bracket or a comma, and what
// follows. Behind the last part there is one without a text.
func cutPart(key string) (part gjson.Result, rest string) {
	if len(key) < 2 {
		return gjson.Result{}, ""
	}
	part = gjson.Parse(key[1:])
	return part, key[1+len(part.Raw):]
}

// borrowed is b as a string, while nobody changes b: each item of a page has its key
// read, and a copy would be an allocation.
func borrowed(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // nobody changes b meanwhile
}

func compareParts(a, b gjson.Result) int {
	switch {
	case a.Type == gjson.Number && b.Type == gjson.Number:
		return compareNumbers(a.Raw, b.Raw)
	case a.Type == gjson.Number:
		return -1
	case b.Type == gjson.Number:
		return 1
	}
	return strings.Compare(a.String(), b.String())
}
