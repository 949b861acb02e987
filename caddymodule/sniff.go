package caddymodule

import (
	"bytes"
	"errors"
	"strings"
)

// maxSniffed is how much of a body without a Content-Type is kept until it shows
// what it is. White space that goes on is left to the list engine, which bounds it.
const maxSniffed = 64 << 10

// A guess is what a body's beginning tells.
type guess uint8

const (
	maybe guess = iota
	no
	yes
)

// looksLikeJSON judges a body without a Content-Type by its first byte.
func looksLikeJSON(p []byte) guess {
	const bom = "\xEF\xBB\xBF"
	if len(p) < len(bom) && strings.HasPrefix(bom, string(p)) {
		return maybe
	}
	white := len(p)
	p = bytes.TrimPrefix(p, []byte(bom))
	p = bytes.TrimLeft(p, " \t\r\n")
	switch {
	case len(p) == 0 && white > maxSniffed:
		return yes
	case len(p) == 0:
		return maybe
	case p[0] == '[' || p[0] == '{':
		return yes
	}
	return no
}

// errSeen ends the decoding of a beginning.
var errSeen = errors.New("seen enough")

// guess judges what has come of a body without a Content-Type, and is still held.
// Of an encoded one it decodes the beginning, aside: should it be no JSON, it goes
// on as it came. ended says that nothing more will come.
func (pw *pageWriter) guess(ended bool) guess {
	if pw.decoder == nil {
		return looksLikeJSON(pw.held)
	}
	aside, err := decoderOf(pw.Header())
	if err != nil {
		return no
	}
	defer aside.stop()
	var plain []byte
	seen := maybe
	sink := func(block []byte) error {
		plain = append(plain, block...)
		if seen = looksLikeJSON(plain); seen != maybe {
			return errSeen
		}
		return nil
	}
	if err = aside.feed(pw.held, sink); err == nil && ended {
		err = aside.finish(sink) // small bodies are decoded at their end only
	}
	if seen == maybe && err != nil {
		return no // it is not encoded as it says
	}
	return seen
}
