package caddymodule

import (
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A keptAnswer is what a snapshot keeps of an answer besides its body: the status,
// and what the upstream has done to the header. Handlers outside of us may have
// written fields before, and write them before every page: they are no part of it.
type keptAnswer struct {
	status int
	read   time.Time // when the upstream answered
	fields []keptField
}

// A keptField is what became of one field of the header.
type keptField struct {
	name   string
	change change
	values []string
}

type change byte

const (
	added   change = iota // behind the values that were there
	put                   // in their place
	removed               // they are gone
)

// personal are the fields of an answer that are only for the one who asked.
var personal = fieldSet("Set-Cookie", "Set-Cookie2", "Clear-Site-Data")

// changesOf finds out what has been done to a header since it was before.
func changesOf(before, after http.Header) (kept, own []keptField) {
	for name, values := range after {
		old, had := before[name]
		f := keptField{name: name, change: put, values: values}
		switch {
		case had && slices.Equal(old, values):
			continue
		case had && len(values) > len(old) && slices.Equal(old, values[:len(old)]):
			f.change, f.values = added, values[len(old):]
		}
		if personal[name] {
			own = append(own, f)
		} else {
			kept = append(kept, f)
		}
	}
	for name := range before {
		if _, still := after[name]; !still {
			kept = append(kept, keptField{name: name, change: removed})
		}
	}
	slices.SortFunc(kept, func(a, b keptField) int { return strings.Compare(a.name, b.name) })
	return kept, own
}

// apply does to a header what was done to another one.
func apply(fields []keptField, h http.Header) {
	for _, f := range fields {
		switch f.change {
		case added:
			h[f.name] = append(slices.Clip(h[f.name]), f.values...)
		case put:
			h[f.name] = f.values
		case removed:
			delete(h, f.name)
		}
	}
}

// header is what the upstream has written, for those who look into it.
func (a *keptAnswer) header() http.Header {
	h := make(http.Header, len(a.fields))
	apply(a.fields, h)
	return h
}

// text is the answer in the form in which a snapshot keeps it.
func (a *keptAnswer) text() []byte {
	var t keyText
	t.number(a.status)
	t = binary.AppendVarint(t, a.read.UnixMilli())
	t.number(len(a.fields))
	for _, f := range a.fields {
		t = append(t, byte(f.change))
		t.part(f.name)
		t.number(len(f.values))
		for _, value := range f.values {
			t.part(value)
		}
	}
	return t
}

var errNoAnswer = errors.New("the snapshot's header cannot be read")

// readAnswer reads what text has written. It may come from another version of us,
// by way of a store.
func readAnswer(text []byte) (a keptAnswer, err error) {
	r := answerReader{text: string(text), rest: text}
	a.status = r.number()
	a.read = time.UnixMilli(r.signed())
	n := r.number()
	room := min(n, len(r.rest)) // n may be anything
	a.fields = make([]keptField, 0, room)
	values := make([]string, 0, 2*room) // most fields have one
	for range n {
		f := keptField{change: change(r.byte()), name: r.part()}
		begin := len(values)
		for range r.number() {
			values = append(values, r.part())
		}
		if end := len(values); end > begin {
			f.values = values[begin:end:end]
		}
		a.fields = append(a.fields, f)
	}
	if r.bad || len(r.rest) > 0 || a.status < 200 || a.status > 299 {
		return a, errNoAnswer
	}
	return a, nil
}

// An answerReader reads the parts of a keyText. Behind one that is not there, bad is
// set and all others are empty.
type answerReader struct {
	text string // all of it, of which the parts are
	rest []byte
	bad  bool
}

// number is how many things follow, or how many bytes: never more than there are.
func (r *answerReader) number() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > 1<<20 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *answerReader) signed() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *answerReader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *answerReader) part() string {
	n := r.number()
	if n > len(r.rest) {
		r.fail()
		return ""
	}
	s := r.text[len(r.text)-len(r.rest):][:n]
	r.rest = r.rest[n:]
	return s
}

func (r *answerReader) fail() { r.rest, r.bad = nil, true }
