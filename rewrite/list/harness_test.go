package list

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// A result is all that a reader tells of a body. Of a body in error, out is
// nobody's business.
type result struct {
	out         string
	err         string
	status      Status
	overflow    bool
	items, seen int64
	offset      int64
	pointer     string
	more        bool
	overrun     bool
	found       bool
	ended       bool
}

// A cutter says how long the next chunk of a body is, of which rest bytes are
// left.
type cutter func(rest int) int

func whole(rest int) int { return rest }

func bytewise(int) int { return 1 }

func randomly(seed uint64) cutter {
	r := rand.New(rand.NewPCG(seed, 2))
	return func(rest int) int { return min(rest, r.IntN(1+1<<r.IntN(9))) }
}

func cutAt(n int) cutter {
	return func(rest int) int {
		first := min(n, rest)
		n = rest
		return first
	}
}

// A reading is how a body is read.
type reading struct {
	Options
	stream bool   // take bytes out from the beginning
	fail   bool   // an item too much is an error in a stream
	before string // another list, which the reader has read before
}

// read gives r a body in chunks, as a caller does it. A chunk is overwritten
// once it has been read: whoever still needs it finds out.
func (how reading) read(r *Reader, body string, cut cutter) result {
	if how.before != "" {
		r.Reset(all)
		_, _ = r.Write([]byte(how.before))
	}
	r.Reset(how.Options)
	if how.stream {
		r.Stream(how.fail)
	}
	var res result
	var out, chunk []byte
	var err error
	for err == nil && body != "" && res.status != Done {
		n := cut(len(body))
		chunk = append(chunk[:0], body[:n]...)
		body = body[n:]
		res.status, err = r.Write(chunk)
		for i := range chunk {
			chunk[i] = '#'
		}
		res.overflow = res.overflow || res.status == Overflow
		if how.stream || res.overflow {
			out = append(out, r.Take()...)
		}
	}
	if res.status == Overflow {
		res.status = Reading // it is told with the chunk
	}
	if err == nil {
		err = r.Close()
	}
	res.items, res.seen, res.offset = r.Items(), r.Seen(), r.Offset()
	res.pointer = r.Pointer()
	res.more, res.overrun, res.found, res.ended = r.More(), r.Overrun(), r.Found(), r.Ended()
	if err != nil {
		res.err, res.overflow = err.Error(), false
		return res
	}
	res.out = string(append(out, r.Bytes()...))
	return res
}

// page reads a body whole, and cut in other ways, by either engine, and complains if
// that makes a difference.
func (how reading) page(t testing.TB, body string) result {
	t.Helper()
	var r Reader
	want := how.read(&r, body, whole)
	if p := want.pointer; p != "" {
		if _, err := parsePointer(strings.TrimPrefix(p, "/")); err != nil || p[0] != '/' || len(p) > maxPointer || !utf8.ValidString(p) {
			t.Fatalf("%s of %.300q\nthe pointer %q is none: %v", how, body, p, err)
		}
	}
	for _, engine := range []struct {
		name            string
		bytewise, plain bool
	}{{name: "blocks"}, {name: "blocks without templates", plain: true}, {name: "bytes", bytewise: true}} {
		r.find.skim.bytewise, r.trim.bytewise, r.trim.plain = engine.bytewise, engine.bytewise, engine.plain
		for name, cut := range map[string]cutter{"whole": whole, "bytewise": bytewise, "randomly": randomly(1), "in halves": cutAt(len(body) / 2)} {
			if got := how.read(&r, body, cut); got != want {
				t.Fatalf("%s of %.300q\nwhole: %+v\n%s, by %s: %+v", how, body, want, name, engine.name, got)
			}
		}
	}
	return want
}

func (how reading) String() string {
	return fmt.Sprintf("lines %t, path %s, skip %d, key %q, limit %d, mask %q, max %d (short page %t), spare %d, fail %t, stop %d, count %t, stream %t (fail %t)",
		how.Lines, how.Path, how.Skip, how.Key.paths, how.Limit, how.Mask, how.MaxBytes, how.ShortPage, how.Spare, how.FailOnMore, how.Stop, how.CountOnly, how.stream, how.fail)
}

// all keeps everything.
var all = Options{Limit: -1}

func path(t testing.TB, text string) Path {
	t.Helper()
	p, err := ParsePath(text)
	if err != nil {
		t.Fatalf("ParsePath(%q): %v", text, err)
	}
	return p
}

func keyOf(t testing.TB, names ...string) Key {
	t.Helper()
	k, err := ParseKey(names)
	if err != nil {
		t.Fatalf("ParseKey(%q): %v", names, err)
	}
	return k
}

// valid is what encoding/json says, which does not mind invalid UTF-8, but does
// mind a byte order mark.
func valid(body string) bool {
	return json.Valid([]byte(strings.TrimPrefix(body, bom))) && utf8.ValidString(body)
}

// A model is what encoding/json tells of a list.
type model struct {
	found      bool
	twice      bool
	start, end int // of the list in the body, brackets included
	depth      int // how many objects are around it
	items      []string
}

// modelOf finds the list of a valid body.
func modelOf(t testing.TB, body string, p Path) model {
	t.Helper()
	base := len(body) - len(strings.TrimLeft(strings.TrimPrefix(body, bom), " \t\r\n"))
	root := span{base, strings.TrimSpace(body[base:])}
	var arrays []span
	switch {
	case root.text[0] == '[':
		arrays = []span{root}
		p = Path{}
	case root.text[0] != '{':
	case p.Auto():
		var empty bool
		if arrays, empty = autoArrays(t, root); len(arrays) == 0 {
			return model{found: empty}
		}
		p = Path{names: []string{""}}
	default:
		arrays = arraysAt(t, root, p.names)
	}
	if len(arrays) == 0 {
		return model{}
	}
	list := arrays[0]
	m := model{found: true, twice: len(arrays) > 1, start: list.at, end: list.at + len(list.text), depth: len(p.names)}
	m.items = elements(t, list.text)
	return m
}

// A span is a part of a body.
type span struct {
	at   int
	text string
}

// autoArrays is the first member that is an array of objects, and those of the
// same name behind it; or whether there is an empty one.
func autoArrays(t testing.TB, root span) (arrays []span, empty bool) {
	t.Helper()
	var name string
	names, values := members(t, root)
	for i, v := range values {
		if v.text[0] != '[' {
			continue
		}
		items := elements(t, v.text)
		switch {
		case len(arrays) > 0 && names[i] == name, len(arrays) == 0 && len(items) > 0 && items[0][0] == '{':
			name, arrays = names[i], append(arrays, v)
		case len(items) == 0:
			empty = true
		}
	}
	return arrays, empty
}

func arraysAt(t testing.TB, object span, names []string) (arrays []span) {
	t.Helper()
	have, values := members(t, object)
	for i, v := range values {
		switch {
		case have[i] != names[0]:
		case v.text[0] == '[' && len(names) == 1:
			arrays = append(arrays, v)
		case v.text[0] == '{' && len(names) > 1:
			arrays = append(arrays, arraysAt(t, v, names[1:])...)
		}
	}
	return arrays
}

func members(t testing.TB, object span) (names []string, values []span) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(object.text))
	if _, err := dec.Token(); err != nil {
		t.Fatalf("reading %q: %v", object.text, err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatalf("reading %q: %v", object.text, err)
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("reading %q: %v", object.text, err)
		}
		names = append(names, name.(string))
		values = append(values, span{object.at + int(dec.InputOffset()) - len(v), string(v)})
	}
	return names, values
}

func elements(t testing.TB, array string) []string {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(array), &raw); err != nil {
		t.Fatalf("reading %q: %v", array, err)
	}
	items := make([]string, len(raw))
	for i, item := range raw {
		items[i] = string(bytes.TrimSpace(item))
	}
	return items
}
