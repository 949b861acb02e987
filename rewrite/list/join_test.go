package list_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// TestJoin: the items of all bodies in the first one, however the bodies are cut.
func TestJoin(t *testing.T) {
	for _, tc := range []struct {
		name, path string
		lines      bool
		bodies     []string
		want       string
		envelope   string // of the last body
	}{
		{"one", "", false, []string{`[1, 2 ]` + "\n"}, `[1, 2 ]` + "\n", ""},
		{"two", "", false, []string{`[{"a":1},{"a":2}]`, `[{"a":3}]`}, `[{"a":1},{"a":2},{"a":3}]`, ""},
		{"the last one is empty", "", false, []string{`[1,2]`, `[ ]`}, `[1,2]`, ""},
		{"the first one is empty", "a", false, []string{`{"a":[ ],"n":0}`, `{"a":[7]}`}, `{"a":[7 ],"n":0}`, `{"a":[]}`},
		{"pretty", "", false, []string{"[\n  1,\n  2\n]\n", "[\n  3\n]\n"}, "[\n  1,\n  2,\n  3\n]\n", ""},
		{
			"around", "data.rows", false,
			[]string{`{"n":1,"data":{"rows":[ "]" , "\"" ],"x":[1]}} `, `{"n":2,"data":{"rows":["c"],"x":[2]}}`, `{"data":{"rows":[]}}`},
			`{"n":1,"data":{"rows":[ "]" , "\"","c" ],"x":[1]}} `, `{"data":{"rows":[]}}`,
		},
		{"by itself", "", false, []string{`{"n":[1],"rows":[{"a":1}],"z":0}`, `{"n":[1],"rows":[{"a":2}],"z":1}`}, `{"n":[1],"rows":[{"a":1},{"a":2}],"z":0}`, `{"n":[1],"rows":[],"z":1}`},
		{"by itself, an empty array before it", "", false, []string{`{"e":[],"rows":[{"a":1}]}`, `{"e":[],"rows":[{"a":2}]}`}, `{"e":[],"rows":[{"a":1},{"a":2}]}`, `{"e":[],"rows":[]}`},
		{"by itself, other objects before it", "", false, []string{`{"rows":[{"a":1}]}`, `{"w":[{"b":0}],"rows":[2]}`}, `{"rows":[{"a":1},2]}`, `{"w":[{"b":0}],"rows":[]}`},
		{"lines", "", true, []string{"1\n2\n", "3\n", "4"}, "1\n2\n3\n4\n", ""},
		{"lines without an end", "", true, []string{"1\n2", "3"}, "1\n2\n3", ""},
	} {
		for _, size := range []int{1, 2, 3, 7, 1000} {
			path, err := list.ParsePath(tc.path)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			var j list.Joiner
			var part list.Part
			j.Reset(path, tc.lines, 1000, &got)
			for i, body := range tc.bodies {
				if i > 0 {
					j.Next()
				}
				if err := inChunks(body, size, j.Write); err != nil {
					t.Fatalf("%s: %v", tc.name, err)
				}
				if part, err = j.End(); err != nil || !part.Found || part.Again {
					t.Fatalf("%s: got %+v, %v of body %d", tc.name, part, err, i)
				}
				if i > 0 {
					err = j.Join()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := j.Close(); err != nil || got.String() != tc.want {
				t.Errorf("%s, chunks of %d: got %q, want %q (%v)", tc.name, size, got.String(), tc.want, err)
			}
			if string(part.Envelope) != tc.envelope {
				t.Errorf("%s, chunks of %d: got the envelope %q, want %q", tc.name, size, part.Envelope, tc.envelope)
			}
		}
	}
}

func inChunks(body string, size int, write func([]byte) error) error {
	for len(body) > 0 {
		n := min(size, len(body))
		if err := write([]byte(body[:n])); err != nil {
			return err
		}
		body = body[n:]
	}
	return nil
}

// TestJoinRefuses: what cannot be joined is passed on as it is if it is the first body,
// and an error if it is another one.
func TestJoinRefuses(t *testing.T) {
	const first = `[1,2]`
	for _, tc := range []struct {
		name, body string
		asFirst    bool // it may be passed on as it is
		want       error
	}{
		{"no list", `{"a":1}`, true, list.ErrNoList},
		{"cut off", `[1,2`, true, nil},
		{"no JSON", `<html> `, true, nil},
		{"too large", `[` + string(make([]byte, 200)) + `]`, true, list.ErrTooLarge},
	} {
		var got strings.Builder
		var j list.Joiner
		reset := func() {
			got.Reset()
			j.Reset(list.Path{}, false, 100, &got)
		}
		reset()
		err := inChunks(tc.body, 3, j.Write)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if part, err := j.End(); err != nil || part.Found || got.String() != tc.body {
			t.Errorf("%s, the first: got %q, %+v, %v", tc.name, got.String(), part, err)
		}
		reset()
		_ = inChunks(first, 3, j.Write)
		if _, err := j.End(); err != nil {
			t.Fatal(err)
		}
		j.Next()
		if err = inChunks(tc.body, 3, j.Write); err == nil {
			_, err = j.End()
		}
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) && tc.name != "too large" {
			t.Errorf("%s, another one: got %v, want %v", tc.name, err, tc.want)
		}
	}
}

// TestJoinAgain: the same items once more are noticed.
func TestJoinAgain(t *testing.T) {
	var j list.Joiner
	j.Reset(list.Path{}, false, 1000, io.Discard)
	_ = j.Write([]byte("[1,\n2 ]"))
	_, _ = j.End()
	for _, tc := range []struct {
		body string
		want bool
	}{{"[ 1,\n2]", true}, {"[3,4]", false}, {"[]", false}, {"[]", false}, {"[3,4]", false}} {
		j.Next()
		_ = j.Write([]byte(tc.body))
		if part, err := j.End(); err != nil || part.Again != tc.want {
			t.Errorf("%s: got %+v, %v", tc.body, part, err)
		}
	}
}

// TestJoinTellsOfBodiesWithoutList: all of them is what stands around a list.
func TestJoinTellsOfBodiesWithoutList(t *testing.T) {
	for _, body := range []string{`{"a":1} `, `{"items":[],"a":1}`, `{"items":[1]}`} {
		var j list.Joiner
		j.Reset(list.Path{}, false, 1000, io.Discard)
		_ = inChunks(body, 3, j.Write)
		if part, err := j.End(); err != nil || string(part.Envelope) != body {
			t.Errorf("%s, the first: got %+v, %v", body, part, err)
		}
		j.Next()
		_ = inChunks(body, 3, j.Write)
		if part, err := j.End(); part.Found == (err != nil) || string(part.Envelope) != body {
			t.Errorf("%s, another one: got %+v, %v", body, part, err)
		}
	}
}
