package list_test

import (
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// markOf is the mark behind the n-th item of a list of ids.
func markOf(t *testing.T, body string, n int64) list.Mark {
	t.Helper()
	key, err := list.ParseKey([]string{"id"})
	if err != nil {
		t.Fatal(err)
	}
	var r list.Reader
	r.Reset(list.Options{Key: key, Limit: n, Stop: list.StopAlone})
	if _, err := r.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	return r.Next()
}

func TestMarkFound(t *testing.T) {
	const whole = `[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]`
	for _, tc := range []struct {
		name, body string
		skip       int64
		found      bool
		start      int64
	}{
		{"at its place", whole, 3, true, 3},
		{"further on", `[{"id":0},{"id":0.5},{"id":1},{"id":2},{"id":3},{"id":4}]`, 3, true, 5},
		{"before", `[{"id":3},{"id":4}]`, 3, true, 1},
		{"a part that begins with it", `[{"id":3},{"id":4},{"id":5}]`, 1, true, 1},
		{"a part behind it", `[{"id":4},{"id":5}]`, 1, false, 0},
		{"gone", `[{"id":1},{"id":2},{"id":4}]`, 3, false, 0},
		{"no items", `[]`, 3, false, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			key, _ := list.ParseKey([]string{"id"})
			var r list.Reader
			r.Reset(list.Options{Key: key, After: markOf(t, whole, 3), Skip: tc.skip, Limit: 1})
			if r.MarkFound() {
				t.Error("found before anything has been read")
			}
			if _, err := r.Write([]byte(tc.body)); err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if got := r.MarkFound(); got != tc.found || got && r.Start() != tc.start {
				t.Errorf("got found %t with start %d, want %t and %d", got, r.Start(), tc.found, tc.start)
			}
		})
	}
}
