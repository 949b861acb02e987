package list

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
)

// slowName is a name in a mask as slowPaths reads it.
type slowName struct {
	name string
	any  bool
}

// slowPaths writes a mask out as the list of its paths. It reads only what
// fields.Parse has accepted, in the Google syntax.
func slowPaths(src string) [][]slowName {
	for src[0] == '(' {
		src = src[1 : len(src)-1]
	}
	rest := src
	var list func() [][]slowName
	var path func() [][]slowName
	list = func() [][]slowName {
		paths := path()
		for rest != "" && rest[0] == ',' {
			rest = rest[1:]
			paths = append(paths, path()...)
		}
		return paths
	}
	path = func() [][]slowName {
		head := slowName{any: rest[0] == '*'}
		for rest != "" && !strings.ContainsRune(",/()", rune(rest[0])) {
			if rest[0] == '\\' {
				rest = rest[1:]
			}
			head.name += rest[:1]
			rest = rest[1:]
		}
		tails := [][]slowName{nil}
		if rest != "" && rest[0] == '/' {
			rest = rest[1:]
			tails = path()
		} else if rest != "" && rest[0] == '(' {
			rest = rest[1:]
			tails = list()
			rest = rest[1:] // the closing one
		}
		for i, tail := range tails {
			tails[i] = append([]slowName{head}, tail...)
		}
		return tails
	}
	return list()
}

// slowProject does what Project does, from the rules' text, with encoding/json.
func slowProject(t *testing.T, value []byte, paths [][]slowName) string {
	value = bytes.TrimLeft(value, " \r\n\t")
	dec := json.NewDecoder(bytes.NewReader(value))
	next := func(v any) {
		if err := dec.Decode(v); err != nil {
			t.Fatalf("reading %s: %v", value, err)
		}
	}
	var kept []string
	token := func() json.Token {
		tok, err := dec.Token()
		if err != nil {
			t.Fatalf("reading %s: %v", value, err)
		}
		return tok
	}
	if value[0] == '[' {
		for token(); dec.More(); {
			var element json.RawMessage
			next(&element)
			switch element[0] {
			case '{', '[':
				kept = append(kept, slowProject(t, element, paths))
			case 'n':
				kept = append(kept, "null")
			}
		}
		return "[" + strings.Join(kept, ",") + "]"
	}
	for token(); dec.More(); {
		start := int(dec.InputOffset())
		start += bytes.IndexByte(value[start:], '"')
		name := token().(string)
		var v json.RawMessage
		next(&v)
		end := int(dec.InputOffset())
		var below [][]slowName
		all := false
		for _, path := range paths {
			if path[0].any || path[0].name == name {
				below = append(below, path[1:])
				all = all || len(path) == 1
			}
		}
		switch {
		case all, len(below) > 0 && v[0] == 'n':
			kept = append(kept, string(value[start:end]))
		case len(below) > 0 && (v[0] == '{' || v[0] == '['):
			kept = append(kept, string(value[start:end-len(v)])+slowProject(t, v, below))
		}
	}
	return "{" + strings.Join(kept, ",") + "}"
}

// bothEngines projects a value by either engine, and complains if that makes a
// difference.
func bothEngines(t *testing.T, dst, value []byte, m *fields.Mask) ([]byte, *SyntaxError) {
	t.Helper()
	var blocks, bytewise projector
	bytewise.bytewise = true
	want, wantErr := blocks.project(dst, value, m)
	got, err := bytewise.project(bytes.Clone(dst), value, m)
	if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) || err != nil && *err != *wantErr {
		t.Fatalf("mask %q of %q\nby blocks %q, %v\nby bytes  %q, %v", m, value, want, wantErr, got, err)
	}
	return got, err
}

// checkProjection compares Project with the reference and checks what holds of
// every projection. The value is valid JSON, the mask's text src a valid mask.
func checkProjection(t *testing.T, value []byte, src string) string {
	t.Helper()
	m := mask(t, src)
	got, err := bothEngines(t, nil, value, m)
	if again := Project(nil, value, m); err != nil || !bytes.Equal(again, got) {
		t.Fatalf("mask %q of %s\ngot  %s, error %v\nwant %s", src, value, got, err, again)
	}
	want := string(value)
	if trimmed := bytes.TrimLeft(value, " \r\n\t"); trimmed[0] == '{' {
		want = slowProject(t, value, slowPaths(src))
	}
	if string(got) != want {
		t.Fatalf("mask %q of %s\ngot  %s\nwant %s", src, value, got, want)
	}
	if !json.Valid(got) {
		t.Fatalf("mask %q of %s is no JSON: %s", src, value, got)
	}
	if again := Project(nil, got, m); !bytes.Equal(again, got) {
		t.Fatalf("mask %q of %s\nonce  %s\ntwice %s", src, value, got, again)
	}
	return string(got)
}

// roulette writes random values and masks, of few names so that they meet.
type roulette struct {
	*rand.Rand
	b strings.Builder
}

func (r *roulette) pick(of ...string) { r.b.WriteString(of[r.IntN(len(of))]) }

func (r *roulette) space() { r.pick("", "", "", "", "", " ", "\n", "\r\n\t ") }

func (r *roulette) value(depth int) {
	r.space()
	switch kind := r.IntN(9); {
	case depth == 0 || kind < 2:
		r.pick("0", "-1.50e+3", "null", "true", "false", `""`, `"a"`, `"\"}"`, `"\\"`, `"[{\\\",:"`, `"eine lange Zeichenkette \\\\\"\u00e9é {"`)
	case kind < 7:
		r.object(depth)
	default:
		r.members('[', ']', func() { r.value(depth - 1) })
	}
	r.space()
}

func (r *roulette) object(depth int) {
	r.members('{', '}', func() {
		r.pick(`"a"`, `"b"`, `"c"`, `"\u0061"`, `"*"`, `"\ud83d\ude00"`, `"😀"`, `"\ud83d"`, `""`, `"\"x"`, `"d,"`)
		r.space()
		r.b.WriteByte(':')
		r.value(depth - 1)
	})
}

func (r *roulette) members(first, last byte, write func()) {
	r.b.WriteByte(first)
	r.space()
	for i := range r.IntN(5) {
		if i > 0 {
			r.b.WriteByte(',')
			r.space()
		}
		write()
	}
	r.b.WriteByte(last)
}

func (r *roulette) mask(depth int) {
	for i := range 1 + r.IntN(3) {
		if i > 0 {
			r.b.WriteByte(',')
		}
		r.pick("a", "b", "c", "*", `\*`, "😀", "\uFFFD", `"x`, `d\,`)
		if depth == 0 || r.IntN(3) == 0 {
			continue
		}
		r.b.WriteByte('(')
		r.mask(depth - 1)
		r.b.WriteByte(')')
	}
}

func (r *roulette) take() string {
	defer r.b.Reset()
	return r.b.String()
}

func TestProjectAgainstReference(t *testing.T) {
	trimmed := 0
	const rounds = 20_000
	for seed := range uint64(rounds) {
		r := &roulette{Rand: rand.New(rand.NewPCG(seed, 1))}
		r.object(6)
		value := r.take()
		r.mask(4)
		src := r.take()
		if got := checkProjection(t, []byte(value), src); len(got) > 2 && len(got) < len(strings.TrimSpace(value)) {
			trimmed++
		}
	}
	// Only those that keep something and drop something say much.
	if trimmed < rounds/4 {
		t.Errorf("only %d of %d random masks met their value", trimmed, rounds)
	}
}

func FuzzProject(f *testing.F) {
	for _, tc := range projections {
		f.Add([]byte(tc.value), tc.mask)
	}
	f.Fuzz(func(t *testing.T, value []byte, src string) {
		m, err := fields.Parse(src, fields.Google)
		if err != nil {
			return
		}
		if !json.Valid(value) || !utf8.Valid(value) {
			// Whatever comes out, dst must stay what it was.
			got, err := bothEngines(t, []byte("x"), value, m)
			if got[0] != 'x' {
				t.Fatalf("mask %q of %q damaged dst: %q", src, value, got)
			}
			if object := byteAt(value, skipSpace(value, 0)) == '{'; object && err == nil && !valid(string(got[1:])) {
				t.Fatalf("mask %q of %q is no JSON: %q", src, value, got)
			}
			return
		}
		checkProjection(t, value, src)
	})
}
