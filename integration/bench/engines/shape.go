package main

import (
	"fmt"
	"slices"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// bodySize is about how long the lists are, in bytes: more than the processor's
// caches, as lists that come through a proxy are.
const bodySize = 16 << 20

// A shape is a list of items that look alike.
type shape struct {
	name   string
	look   legacyapi.Shape
	fields []string // the members that are kept
	body   []byte
	items  int
}

// shapes make the lists, of about size bytes each.
func shapes(size int) []shape {
	all := []shape{
		{name: "small", look: legacyapi.Small, fields: []string{"id", "status", "total", "customer"}}, // of 7
		{name: "wide", look: legacyapi.Wide, fields: []string{"id", "field_13", "field_27", "field_46"}},
		{name: "text", look: legacyapi.Text, fields: []string{"id", "customer", "tags"}}, // all but the text
		{name: "deep", look: legacyapi.Nested, fields: []string{"id", "customer", "matrix", "none"}},
		{name: "pretty", look: legacyapi.Pretty, fields: []string{"id", "status", "total", "customer"}},
	}
	for i := range all {
		all[i].fill(size)
	}
	return all
}

func (s *shape) fill(size int) {
	gap := ""
	if s.look == legacyapi.Pretty {
		gap = "\n  "
	}
	s.body = append(slices.Grow(s.body, size+64<<10), '[')
	for ; len(s.body) < size; s.items++ {
		if s.items > 0 {
			s.body = append(s.body, ',')
		}
		s.body = append(s.body, gap...)
		s.body = legacyapi.AppendItem(s.body, s.look, s.items)
	}
	s.body = append(s.body, "]\n"...)
}

// wants tells whether a member is kept, by its name.
func (s *shape) wants(name string) bool { return slices.Contains(s.fields, name) }

// row is an item of which only the kept members are decoded, as they stand in
// the body: what a library that decodes into structures wants. A is a raw message
// of that library.
type (
	smallRow[A ~[]byte] struct {
		ID       A `json:"id"`
		Status   A `json:"status"`
		Total    A `json:"total"`
		Customer A `json:"customer"`
	}
	wideRow[A ~[]byte] struct {
		ID    A `json:"id"`
		Some  A `json:"field_13"`
		Other A `json:"field_27"`
		Third A `json:"field_46"`
	}
	textRow[A ~[]byte] struct {
		ID       A `json:"id"`
		Customer A `json:"customer"`
		Tags     A `json:"tags"`
	}
	deepRow[A ~[]byte] struct {
		ID       A `json:"id"`
		Customer A `json:"customer"`
		Matrix   A `json:"matrix"`
		None     A `json:"none"`
	}
)

// rows are the decoded items of one list, of any shape, and their memory.
type rows[A ~[]byte] struct {
	small []smallRow[A]
	wide  []wideRow[A]
	text  []textRow[A]
	deep  []deepRow[A]
}

// project decodes a list with a library's decode, and writes it. Writing the
// members by hand is faster than what any of the libraries has for it.
func (r *rows[A]) project(dst []byte, s shape, decode func(into any) error) ([]byte, error) {
	switch s.look {
	case legacyapi.Small, legacyapi.Pretty:
		r.small = r.small[:0]
		if err := decode(&r.small); err != nil {
			return dst, err
		}
		return write(dst, r.small, s.fields, func(o *smallRow[A]) [4]A { return [4]A{o.ID, o.Status, o.Total, o.Customer} }), nil
	case legacyapi.Wide:
		r.wide = r.wide[:0]
		if err := decode(&r.wide); err != nil {
			return dst, err
		}
		return write(dst, r.wide, s.fields, func(o *wideRow[A]) [4]A { return [4]A{o.ID, o.Some, o.Other, o.Third} }), nil
	case legacyapi.Text:
		r.text = r.text[:0]
		if err := decode(&r.text); err != nil {
			return dst, err
		}
		return write(dst, r.text, s.fields, func(o *textRow[A]) [4]A { return [4]A{o.ID, o.Customer, o.Tags} }), nil
	case legacyapi.Nested:
		r.deep = r.deep[:0]
		if err := decode(&r.deep); err != nil {
			return dst, err
		}
		return write(dst, r.deep, s.fields, func(o *deepRow[A]) [4]A { return [4]A{o.ID, o.Customer, o.Matrix, o.None} }), nil
	}
	return dst, fmt.Errorf("projecting %s: there is no row for it", s.name)
}

// write writes rows, members in the order of their names.
func write[T any, A ~[]byte](dst []byte, rows []T, names []string, members func(*T) [4]A) []byte {
	for i := range rows {
		dst = append(separate(dst, i == 0), '{')
		values := members(&rows[i])
		for k, name := range names {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '"')
			dst = append(dst, name...)
			dst = append(dst, `":`...)
			dst = append(dst, values[k]...)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
