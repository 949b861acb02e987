package main

import (
	"fmt"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/ast"
)

// fastest is sonic as fast as it goes: what it skips it does not check, but for
// strings and brackets, and what it gives refers to the body.
var fastest = sonic.Config{NoValidateJSONSkip: true, NoValidateJSONMarshaler: true, CaseSensitive: true}.Froze()

// sonicEngine has sonic's just-in-time compiled decoder fill structures that
// are known when the program is compiled. It needs the body whole, and has no
// way to take a mask that a request brings; with what it has for that (ast), it
// is slower than this by half or more. Numbers, literals and the inside of
// objects and arrays go unchecked, also where they are written.
type sonicEngine struct {
	items []sonic.NoCopyRawMessage
	rows  rows[sonic.NoCopyRawMessage]
}

func (e *sonicEngine) boundaries(body []byte) (int, error) {
	e.items = e.items[:0]
	err := fastest.UnmarshalFromString(text(body), &e.items)
	return len(e.items), err
}

// page uses the lazy parser, as the decoder would read the whole list.
func (e *sonicEngine) page(dst, body []byte, n int) ([]byte, error) {
	parser := ast.NewParserObj(text(body))
	list, failure := parser.Parse()
	if failure != 0 {
		return dst, fmt.Errorf("parsing the list: %w", parser.ExportError(failure))
	}
	for i := range n {
		item := list.Index(i)
		if err := item.Check(); err != nil {
			return dst, fmt.Errorf("parsing item %d: %w", i, err)
		}
		raw, err := item.Raw()
		if err != nil {
			return dst, fmt.Errorf("reading item %d: %w", i, err)
		}
		dst = append(separate(dst, i == 0), raw...)
	}
	return append(dst, ']'), nil
}

func (e *sonicEngine) project(dst, body []byte, s shape) ([]byte, error) {
	return e.rows.project(dst, s, func(into any) error {
		return fastest.UnmarshalFromString(text(body), into)
	})
}
