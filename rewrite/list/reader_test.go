package list

import (
	"math"
	"strings"
	"testing"
)

// Pages, byte for byte.
func TestPage(t *testing.T) {
	const (
		root     = `[{"id":1,"a":"x"},{"id":2,"a":"y"},{"id":3,"a":"z"}]`
		pretty   = "[\n  {\"id\": 1},\n  {\"id\": 2},\n  {\"id\": 3}\n]\n"
		envelope = `{"tags":[],"orders": [ {"id":1} , {"id":2} , {"id":3} ] , "total":3 }`
		nested   = `{"data":{"orders":[1,2,3],"a":1},"b":2}`
	)
	for _, tc := range []struct {
		name, path, body string
		opt              Options
		want             string
		items, seen      int64
		more, done       bool
	}{
		{"everything", "auto", root, all, root, 3, 3, false, false},
		{"first item", "auto", root, Options{Limit: 1}, `[{"id":1,"a":"x"}]`, 1, 3, true, false},
		{"second item", "auto", root, Options{Skip: 1, Limit: 1}, `[{"id":2,"a":"y"}]`, 1, 3, true, false},
		{"last item", "auto", root, Options{Skip: 2, Limit: 1}, `[{"id":3,"a":"z"}]`, 1, 3, false, false},
		{"last items", "auto", root, Options{Skip: 1, Limit: -1}, `[{"id":2,"a":"y"},{"id":3,"a":"z"}]`, 2, 3, false, false},
		{"exactly the limit", "auto", root, Options{Limit: 3}, root, 3, 3, false, false},
		{"one below the length", "auto", root, Options{Limit: 2}, `[{"id":1,"a":"x"},{"id":2,"a":"y"}]`, 2, 3, true, false},
		{"beyond the end", "auto", root, Options{Skip: 3, Limit: 1}, `[]`, 0, 3, false, false},
		{"far beyond the end", "auto", root, Options{Skip: math.MaxInt64, Limit: math.MaxInt64}, `[]`, 0, 3, false, false},
		{"largest limit behind a skip", "auto", root, Options{Skip: 2, Limit: math.MaxInt64, Stop: StopAlways}, `[{"id":3,"a":"z"}]`, 1, 3, false, false},
		{"nothing", "auto", root, Options{Limit: 0}, `[]`, 0, 3, true, false},
		{"nothing behind a skip", "auto", root, Options{Skip: 2, Limit: 0}, `[]`, 0, 3, true, false},
		{"nothing beyond the end", "auto", root, Options{Skip: 3, Limit: 0}, `[]`, 0, 3, false, false},
		{"empty list", "auto", `[ ]`, Options{Skip: 1, Limit: 1}, `[ ]`, 0, 0, false, false},

		{"pretty-printed, first", "auto", pretty, Options{Limit: 1}, "[\n  {\"id\": 1}]\n", 1, 3, true, false},
		{"pretty-printed, middle", "auto", pretty, Options{Skip: 1, Limit: 1}, "[\n  {\"id\": 2}]\n", 1, 3, true, false},
		{"pretty-printed, last", "auto", pretty, Options{Skip: 1, Limit: 2}, "[\n  {\"id\": 2},\n  {\"id\": 3}\n]\n", 2, 3, false, false},
		{"pretty-printed, none but just", "auto", pretty, Options{Skip: 3, Limit: 1}, "[\n]\n", 0, 3, false, false},
		{"pretty-printed, none", "auto", pretty, Options{Skip: 9, Limit: 1}, "[]\n", 0, 3, false, false},

		{"envelope", "orders", envelope, Options{Skip: 1, Limit: 1}, `{"tags":[],"orders": [ {"id":2}] , "total":3 }`, 1, 3, true, false},
		{"envelope, auto", "auto", envelope, Options{Limit: 2}, `{"tags":[],"orders": [ {"id":1} , {"id":2}] , "total":3 }`, 2, 3, true, false},
		{"envelope, auto, skipped", "auto", envelope, Options{Skip: 2, Limit: 2}, `{"tags":[],"orders": [  {"id":3} ] , "total":3 }`, 1, 3, false, false},
		{"envelope, beyond the end", "orders", envelope, Options{Skip: 5, Limit: 2}, `{"tags":[],"orders": [] , "total":3 }`, 0, 3, false, false},
		{"deeper", "data.orders", nested, Options{Limit: 1}, `{"data":{"orders":[1],"a":1},"b":2}`, 1, 3, true, false},

		{"stop alone, root", "auto", pretty, Options{Limit: 1, Stop: StopAlone}, "[\n  {\"id\": 1}]", 1, 2, true, true},
		{"stop alone, envelope", "orders", envelope, Options{Limit: 1, Stop: StopAlone}, `{"tags":[],"orders": [ {"id":1}] , "total":3 }`, 1, 3, true, false},
		{"stop always, envelope", "orders", envelope, Options{Limit: 1, Stop: StopAlways}, `{"tags":[],"orders": [ {"id":1}]}`, 1, 2, true, true},
		{"stop always, deeper", "data.orders", nested, Options{Skip: 1, Limit: 1, Stop: StopAlways}, `{"data":{"orders":[2]}}`, 1, 3, true, true},
		{"stop always, nothing to stop at", "data.orders", nested, Options{Limit: 3, Stop: StopAlways}, nested, 3, 3, false, false},
		{"stop always, nothing wanted", "auto", root, Options{Limit: 0, Stop: StopAlways}, `[]`, 0, 1, true, true},

		{"spare", "auto", `[1,2,3]`, Options{Limit: 1, Spare: 2, Stop: StopAlways}, `[1]`, 1, 3, true, false},
		{"spare, overrun", "auto", `[1,2,3,4]`, Options{Limit: 1, Spare: 1, Stop: StopAlways}, `[1]`, 1, 3, true, true},
		{"spare, overrun behind a skip", "auto", `[1,2,3,4]`, Options{Skip: 1, Limit: 1, Spare: 1, Stop: StopAlways}, `[2]`, 1, 4, true, true},
		{"spare, overrun, read on", "auto", `[1,2,3,4]`, Options{Limit: 1, Spare: 1}, `[1]`, 1, 4, true, false},

		{"mask", "auto", root, Options{Skip: 1, Limit: 1, Mask: mask(t, "id")}, `[{"id":2}]`, 1, 3, true, false},
		{"mask, pretty-printed", "auto", pretty, Options{Limit: -1, Mask: mask(t, "a")}, "[\n  {},\n  {},\n  {}\n]\n", 3, 3, false, false},
		{"mask, siblings", "orders", envelope, Options{Limit: 1, Mask: mask(t, "a")}, `{"tags":[],"orders": [ {}] , "total":3 }`, 1, 3, true, false},
		{"mask, scalars", "auto", `[1,"a",[{"a":1}],null]`, Options{Limit: -1, Mask: mask(t, "a")}, `[1,"a",[{"a":1}],null]`, 4, 4, false, false},
		{"mask, no list", "auto", ` {"id" : 1, "a" : [ 2 ]} `, Options{Limit: 1, Mask: mask(t, "a")}, `{"a" : [ 2 ]}`, 0, 0, false, false},
		{"mask, an empty list", "auto", `{"a":[],"b":1}`, Options{Limit: 1, Mask: mask(t, "a")}, `{"a":[],"b":1}`, 0, 0, false, false},

		{"no list", "auto", ` {"id" : 1} `, Options{Skip: 3, Limit: 0, Stop: StopAlways}, ` {"id" : 1} `, 0, 0, false, false},
		{"scalar", "auto", ` 12`, Options{Limit: 0}, ` 12`, 0, 0, false, false},
		{"byte order mark", "auto", bom + `[1,2]`, Options{Limit: 1}, bom + `[1]`, 1, 2, true, false},
		{"count only", "orders", envelope, Options{Skip: 1, Limit: 1, CountOnly: true, MaxBytes: 1}, ``, 1, 3, true, false},
		{"count only, stopped", "orders", envelope, Options{Limit: 1, CountOnly: true, Stop: StopAlways}, ``, 1, 2, true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			how := reading{Options: tc.opt}
			how.Path = path(t, tc.path)
			got := how.check(t, tc.body)
			if got.err != "" || got.out != tc.want {
				t.Errorf("got  %q, error %q\nwant %q", got.out, got.err, tc.want)
			}
			if done := got.status == Done; got.items != tc.items || got.seen != tc.seen || got.more != tc.more || done != tc.done {
				t.Errorf("got %d items of %d seen, more %t, done %t, want %d of %d, %t, %t",
					got.items, got.seen, got.more, done, tc.items, tc.seen, tc.more, tc.done)
			}
		})
	}
}

func TestFailOnMore(t *testing.T) {
	for _, tc := range []struct {
		body string
		skip int64
		want string
	}{
		{`[1,2]`, 0, ""},
		{`[1,2,3]`, 0, ErrTooMany.Error()},
		{`[1,2,3]`, 1, ""},
		{`[1,2,3,4]`, 1, ErrTooMany.Error()},
		{`{"orders":[{},{}],"a":[1,2,3]}`, 0, ""},
		{`{"orders":[{},{},{}],"a":1}`, 0, ErrTooMany.Error()},
	} {
		opt := Options{Skip: tc.skip, Limit: 2, Stop: StopAlways}
		if got := (reading{Options: opt, stream: true, fail: true}).check(t, tc.body); got.err != tc.want {
			t.Errorf("%s, skip %d, streaming: got %q, want %q", tc.body, tc.skip, got.err, tc.want)
		}
		opt.FailOnMore = true
		if got := (reading{Options: opt}).check(t, tc.body); got.err != tc.want {
			t.Errorf("%s, skip %d: got %q, want %q", tc.body, tc.skip, got.err, tc.want)
		}
	}
}

// What goes out while it comes is what a page that is held is.
func TestStream(t *testing.T) {
	for _, tc := range bodies {
		for _, limit := range []int64{-1, 0, 1, 2} {
			for _, m := range []string{"", "id"} {
				opt := Options{Limit: limit, Stop: StopAlone}
				if m != "" {
					opt.Mask = mask(t, m)
				}
				held := reading{Options: opt}.check(t, tc.body)
				got := reading{Options: opt, stream: true}.check(t, tc.body)
				if !held.found && m != "" {
					continue // it is trimmed as a whole, or not at all
				}
				if got.pointer = held.pointer; got != held { // of what has gone, less is known
					t.Errorf("%s, limit %d, mask %q\ngot  %+v\nwant %+v", tc.name, limit, m, got, held)
				}
			}
		}
	}
}

func TestDone(t *testing.T) {
	var r Reader
	r.Reset(Options{Limit: 1, Stop: StopAlone})
	for i, chunk := range []string{`[1,`, `2`, `,oops`, ``} {
		status, err := r.Write([]byte(chunk))
		if want := Status(min(i, 1)); status != want || err != nil {
			t.Errorf("chunk %d: got %d, %v, want %d", i, status, err, want)
		}
	}
	if err := r.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	if got, want := string(r.Bytes()), `[1]`; got != want || r.Offset() != 4 {
		t.Errorf("got %s at %d, want %s at 4", got, r.Offset(), want)
	}
}

// Nothing of one body is left for the next one.
func TestReset(t *testing.T) {
	var r Reader
	masked := reading{Options: Options{Limit: 1, Mask: mask(t, "id"), MaxBytes: 30, ShortPage: true}}
	for _, before := range append(bodies,
		struct{ name, body string }{"deep", strings.Repeat(`{"a":[`, 100)},
		struct{ name, body string }{"too large", `[{"id":"` + strings.Repeat("x", 99)},
		struct{ name, body string }{"gap", "[1,  "},
		struct{ name, body string }{"name", `{"orders`},
		struct{ name, body string }{"UTF-8", "[\"\xe2\x82"},
	) {
		for _, how := range []reading{{Options: all}, masked, {Options: all, stream: true, fail: true}} {
			for _, tc := range bodies {
				how.read(&r, before.body, whole)
				var fresh Reader
				got, want := masked.read(&r, tc.body, whole), masked.read(&fresh, tc.body, whole)
				if got != want {
					t.Fatalf("%s behind %s\ngot  %+v\nwant %+v", tc.name, before.name, got, want)
				}
			}
		}
		r.Recycle(8)
	}
}

// TestFollows: an item that nobody has seen follows a full page, and no other.
func TestFollows(t *testing.T) {
	for _, tc := range []struct {
		name, before, behind, want string
		limit                      int64
		short, more                bool
	}{
		{"objects", `[{"a":1},{"a":2} `, " ]\n", `[{"a":1},{"a":2}]` + "\n", 2, false, true},
		{"numbers, of which the last has no end yet", `[1,2`, "]", `[1,2]`, 2, false, true},
		{"a page that is not full", `[1`, " ]", `[1 ]`, 2, false, false},
		{"one that may be short", `[1,2`, "]", `[1,2]`, 3, true, true},
		{"an empty one", `[ `, "]", `[ ]`, 3, true, false},
		{"one that is more than full", `[1,2,3`, "]", `[1,2]`, 2, true, true},
	} {
		var r Reader
		r.Reset(Options{Limit: tc.limit, MaxBytes: 100, ShortPage: tc.short})
		if _, err := r.Write([]byte(tc.before)); err != nil {
			t.Fatal(err)
		}
		r.Follows()
		_, err := r.Write([]byte(tc.behind))
		if err == nil {
			err = r.Close()
		}
		if err != nil || string(r.Bytes()) != tc.want || r.More() != tc.more {
			t.Errorf("%s: got %q, more %t, %v, want %q", tc.name, r.Bytes(), r.More(), err, tc.want)
		}
	}
}
