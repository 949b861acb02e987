package main

import (
	"bytes"
	"encoding/json"
)

// stdEngine is the standard library's encoding/json. It checks all syntax, and
// that twice where it decodes a whole body; text that is not UTF-8 it would
// replace if it decoded strings, but raw messages pass.
type stdEngine struct {
	source bytes.Reader
	item   json.RawMessage
	rows   rows[json.RawMessage]
}

func (e *stdEngine) boundaries(body []byte) (n int, err error) {
	decoder, err := e.open(body)
	if err != nil {
		return 0, err
	}
	for ; decoder.More(); n++ {
		if err := decoder.Decode(&e.item); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (e *stdEngine) page(dst, body []byte, n int) ([]byte, error) {
	decoder, err := e.open(body)
	if err != nil {
		return dst, err
	}
	for i := range n {
		if err := decoder.Decode(&e.item); err != nil {
			return dst, err
		}
		dst = append(separate(dst, i == 0), e.item...)
	}
	return append(dst, ']'), nil
}

// open reads the list's bracket.
func (e *stdEngine) open(body []byte) (*json.Decoder, error) {
	e.source.Reset(body)
	decoder := json.NewDecoder(&e.source)
	_, err := decoder.Token()
	return decoder, err
}

func (e *stdEngine) project(dst, body []byte, s shape) ([]byte, error) {
	return e.rows.project(dst, s, func(into any) error { return json.Unmarshal(body, into) })
}
