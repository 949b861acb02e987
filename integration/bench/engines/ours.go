package main

import (
	"fmt"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// ours is the product's engine, used as its handler does. The body need not be
// whole: it comes in chunks, and what it wrote is taken out behind each.
//
// What it writes, it has checked to be strict JSON in UTF-8; what it leaves out,
// as far as the package list says.
type ours struct {
	chunk  int // bytes; 0 is the body in one piece
	reader list.Reader
	masks  map[string]*fields.Mask // by shape
}

func (e *ours) boundaries(body []byte) (int, error) {
	e.reader.Reset(list.Options{Limit: -1, CountOnly: true})
	_, err := e.read(nil, body, false)
	return int(e.reader.Seen()), err
}

func (e *ours) page(dst, body []byte, n int) ([]byte, error) {
	e.reader.Reset(list.Options{Limit: int64(n), Stop: list.StopAlone})
	return e.read(dst, body, false)
}

func (e *ours) project(dst, body []byte, s shape) ([]byte, error) {
	mask := e.masks[s.name]
	if mask == nil {
		var err error
		if mask, err = fields.Parse(strings.Join(s.fields, ","), fields.Google); err != nil {
			return dst, fmt.Errorf("reading the mask: %w", err)
		}
		if e.masks == nil {
			e.masks = make(map[string]*fields.Mask)
		}
		e.masks[s.name] = mask
	}
	e.reader.Reset(list.Options{Limit: -1, Mask: mask})
	e.reader.Stream(false)
	return e.read(dst, body, true)
}

// read has the reader read the body, and appends what it keeps, behind each chunk
// if it streams.
func (e *ours) read(dst, body []byte, stream bool) ([]byte, error) {
	for status := list.Reading; len(body) > 0 && status != list.Done; {
		n := len(body)
		if e.chunk > 0 {
			n = min(n, e.chunk)
		}
		var err error
		if status, err = e.reader.Write(body[:n]); err != nil {
			return dst, err
		}
		body = body[n:]
		if stream {
			dst = append(dst, e.reader.Take()...)
		}
	}
	if err := e.reader.Close(); err != nil {
		return dst, err
	}
	return append(dst, e.reader.Bytes()...), nil
}
