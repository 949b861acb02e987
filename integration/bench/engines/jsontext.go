package main

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// lenient lets jsontext leave out the checks that the product's engine does not
// make of what it passes. All else it checks, everywhere: it is the strictest of
// the contenders, and streams as the product does; here the body is a
// bytes.Buffer, on which it works in place.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

type jsontextEngine struct {
	decoder jsontext.Decoder
	source  bytes.Buffer
}

// open reads the list's bracket.
func (e *jsontextEngine) open(body []byte) error {
	e.source = *bytes.NewBuffer(body)
	e.decoder.Reset(&e.source, lenient...)
	_, err := e.decoder.ReadToken()
	return err
}

func (e *jsontextEngine) boundaries(body []byte) (n int, err error) {
	if err := e.open(body); err != nil {
		return 0, err
	}
	for ; e.decoder.PeekKind() != jsontext.KindEndArray; n++ {
		if err := e.decoder.SkipValue(); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (e *jsontextEngine) page(dst, body []byte, n int) ([]byte, error) {
	if err := e.open(body); err != nil {
		return dst, err
	}
	for i := range n {
		item, err := e.decoder.ReadValue()
		if err != nil {
			return dst, err
		}
		dst = append(separate(dst, i == 0), item...)
	}
	return append(dst, ']'), nil
}

func (e *jsontextEngine) project(dst, body []byte, s shape) ([]byte, error) {
	if err := e.open(body); err != nil {
		return dst, err
	}
	for first := true; e.decoder.PeekKind() != jsontext.KindEndArray; first = false {
		var err error
		if dst, err = e.trim(separate(dst, first), s); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// trim writes one item.
func (e *jsontextEngine) trim(dst []byte, s shape) ([]byte, error) {
	if _, err := e.decoder.ReadToken(); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	for kept := 0; e.decoder.PeekKind() != jsontext.KindEndObject; {
		name, err := e.decoder.ReadValue() // a token's String would allocate
		if err != nil {
			return dst, err
		}
		if !e.wants(name, s) {
			if err := e.decoder.SkipValue(); err != nil {
				return dst, err
			}
			continue
		}
		if kept > 0 {
			dst = append(dst, ',')
		}
		kept++
		dst = append(append(dst, name...), ':')
		value, err := e.decoder.ReadValue()
		if err != nil {
			return dst, err
		}
		dst = append(dst, value...)
	}
	_, err := e.decoder.ReadToken()
	return append(dst, '}'), err
}

// wants tells whether a member is kept, by its name as it is written.
func (e *jsontextEngine) wants(name jsontext.Value, s shape) bool {
	if bytes.IndexByte(name, '\\') < 0 {
		return s.wants(text(name[1 : len(name)-1]))
	}
	plain, err := jsontext.AppendUnquote(nil, name)
	return err == nil && s.wants(string(plain))
}
