package list

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func TestMaxBytes(t *testing.T) {
	tooLarge := ErrTooLarge.Error()
	x := func(n int) string { return strings.Repeat("x", n) }
	space := func(n int) string { return strings.Repeat(" ", n) }
	item := func(n int) string { return `{"a":"` + x(n-8) + `"}` } // n bytes
	for _, tc := range []struct {
		name, body string
		opt        Options
		want       string
		more       bool
		err        string
		overflow   bool
	}{
		{"it fits", `[` + item(50) + `,` + item(48) + `]`, Options{Limit: -1}, `[` + item(50) + `,` + item(48) + `]`, false, "", false},
		{"a byte too much", `[` + item(50) + `,` + item(49) + `]`, Options{Limit: -1}, `[` + item(50) + `]`, true, "", false},
		{"a byte too much behind the page", `[` + item(50) + `,` + item(49) + `]`, Options{Limit: 1}, `[` + item(50) + `]`, true, "", false},
		{"it fits, and stops", `[` + item(99) + `,1]`, Options{Limit: 1, Stop: StopAlone}, `[` + item(99) + `]`, true, "", false},
		{"short pages stop", `[` + item(50) + `,` + item(99) + `,oops`, Options{Limit: 5, Stop: StopAlone}, `[` + item(50) + `]`, true, "", false},
		{"short pages read on", `[` + item(50) + `,` + item(99) + `,1]`, Options{Limit: 5}, `[` + item(50) + `]`, true, "", false},
		{"a small one behind a large one", `[1,` + item(200) + `,3]`, Options{Limit: -1}, `[1]`, true, "", false},
		{"numbers", `[` + strings.Repeat("1", 98) + `,2]`, Options{Limit: -1}, `[` + strings.Repeat("1", 98) + `]`, true, "", false},
		{"the first item", `[` + item(100) + `,1]`, Options{Limit: 1}, "", false, tooLarge, false},
		{"the first item of the page", `[1,` + item(100) + `,1]`, Options{Skip: 1, Limit: 1}, "", false, tooLarge, false},
		{"an item before the page", `[` + item(500) + `,2]`, Options{Skip: 1, Limit: 1}, `[2]`, false, "", false},
		{"an item behind the page", `[1,` + item(500) + `,2]`, Options{Limit: 1}, `[1]`, true, "", false},
		{"syntax error in an item too large", `[1,{"a":"` + x(200) + "\n", Options{Limit: 9, Stop: StopAlone}, `[1]`, true, "", false},

		{"trimmed, it fits", `[{"a":"","b":` + item(87) + `}]`, Options{Limit: 1, Mask: mask(t, "a")}, `[{"a":""}]`, false, "", false},
		{"trimmed, too large before", `[{"a":"","b":` + item(88) + `}]`, Options{Limit: 1, Mask: mask(t, "a")}, "", false, tooLarge, false},
		{"trimmed, many", `[` + strings.Repeat(`{"a":1,"b":"`+x(70)+`"},`, 12) + `2]`, Options{Limit: -1, Mask: mask(t, "a")}, `[` + strings.Repeat(`{"a":1},`, 12) + `2]`, false, "", false},
		{"trimmed, too many", `[` + strings.Repeat(`{"a":1,"b":"`+x(70)+`"},`, 13) + `2]`, Options{Limit: -1, Mask: mask(t, "a")}, `[` + strings.Repeat(`{"a":1},`, 11) + `{"a":1}]`, true, "", false},

		{"white space between items", `[1,` + space(100) + `2]`, Options{Limit: -1}, "", false, tooLarge, false},
		{"white space that takes the item's room", `[1,` + space(97) + `2]`, Options{Limit: -1}, `[1]`, true, "", false},
		{"white space behind the page", `[1,2` + space(500) + `]`, Options{Limit: 1}, `[1]`, true, "", false},
		{"white space before the list", space(101) + `[1,2]`, Options{Limit: 2}, space(101) + `[1,2]`, false, "", true},
		{"white space before the list that takes the item's room", space(100) + `[1,2]`, Options{Limit: 2}, "", false, tooLarge, false},

		{"tail", `{"a":[{}],"b":"` + x(90) + `"}`, Options{Limit: 1}, `{"a":[{}],"b":"` + x(90) + `"}`, false, "", false},
		{"tail behind a short page", `{"a":[` + item(93) + `,{}],"b":"` + x(90) + `"}`, Options{Limit: 2}, `{"a":[` + item(93) + `],"b":"` + x(90) + `"}`, true, "", false},
		{"tail behind an empty page", `{"b":"` + x(80) + `","a":[],"c":"` + x(90) + `"}`, Options{Limit: 2, Path: path(t, "a")}, `{"b":"` + x(80) + `","a":[],"c":"` + x(90) + `"}`, false, "", false},
		{"tail too large", `{"a":[{}],"b":"` + x(100) + `"}`, Options{Limit: 1}, "", false, tooLarge, false},

		{"no list", `{"a":"` + x(92) + `"}`, Options{Limit: 1}, `{"a":"` + x(92) + `"}`, false, "", false},
		{"no list, a byte too much", `{"a":"` + x(93) + `"}`, Options{Limit: 1}, `{"a":"` + x(93) + `"}`, false, "", true},
		{"no list within the bound", `{"a":"` + x(93) + `","b":[{},{}]}`, Options{Limit: 2}, `{"a":"` + x(93) + `","b":[{},{}]}`, false, "", true},
		{"too many behind the bound", `{"a":"` + x(93) + `","b":[{},{}]}`, Options{Limit: 1, Stop: StopAlways}, "", false, ErrTooMany.Error(), false},
		{"scalar", `"` + x(200) + `"`, Options{Limit: 1}, `"` + x(200) + `"`, false, "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			how := reading{Options: tc.opt}
			how.MaxBytes, how.ShortPage = 100, true
			got := how.check(t, tc.body)
			if got.out != tc.want || got.more != tc.more || got.err != tc.err || got.overflow != tc.overflow {
				t.Errorf("got  %q, more %t, error %q, overflow %t\nwant %q, %t, %q, %t",
					got.out, got.more, got.err, got.overflow, tc.want, tc.more, tc.err, tc.overflow)
			}
			if how.ShortPage = false; got.err == "" && got.more && got.items != how.Limit {
				if got := how.check(t, tc.body); got.err != tooLarge {
					t.Errorf("no short pages: got error %q, want %q", got.err, tooLarge)
				}
			}
		})
	}
}

// A trimmed list that streams is bounded item by item, whether they are trimmed one
// by one or in a run.
func TestMaxBytesOfARun(t *testing.T) {
	how := reading{Options: Options{Limit: -1, Mask: mask(t, "a"), MaxBytes: 100}, stream: true}
	item := func(n int) string { return `{"a":1,"b":"` + strings.Repeat("x", n-14) + `"}` } // n bytes
	few := strings.Repeat(item(30)+",", 9)
	for _, tc := range []struct {
		name, body string
		want       error
	}{
		{"items", "[" + few + item(100) + "," + item(100) + "]", nil},
		{"an item too large", "[" + few + item(101) + "]", ErrTooLarge},
		{"white space", "[" + few + strings.Repeat(" ", 99) + item(30) + "]", nil},
		{"too much white space", "[" + few + strings.Repeat(" ", 100) + item(30) + "]", ErrTooLarge},
	} {
		got := how.check(t, tc.body)
		if want := fmt.Sprint(tc.want); tc.want == nil && got.err != "" || tc.want != nil && got.err != want {
			t.Errorf("%s: got error %q, want %v", tc.name, got.err, want)
		}
	}
}

// That no list came in time is told once.
func TestOverflowOnce(t *testing.T) {
	var r Reader
	r.Reset(Options{Limit: 1, MaxBytes: 10})
	for i, want := range []Status{Reading, Overflow, Reading, Reading} {
		if got, err := r.Write([]byte("      ")); got != want || err != nil {
			t.Errorf("chunk %d: got %d, %v, want %d", i, got, err, want)
		}
	}
	if _, err := r.Write([]byte("[1,2")); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v, want %v", err, ErrTooMany)
	}
}

// What has been taken is gone: a page that has begun cannot be shortened.
func TestTake(t *testing.T) {
	var r Reader
	r.Reset(Options{Limit: -1, MaxBytes: 10, ShortPage: true})
	if _, err := r.Write([]byte(`[1,"abc`)); err != nil {
		t.Fatal(err)
	}
	if got, want := string(r.Take()), `[1,"abc`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := r.Write([]byte(`defghijklmno"]`)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want %v", err, ErrTooLarge)
	}
}

// memory is what a reader's buffers take.
func (r *Reader) memory() int {
	return cap(r.out) + cap(r.item) + cap(r.gap) + cap(r.find.name) + cap(r.find.plain) + 8*cap(r.find.stack.words) + 8*cap(r.trim.check.stack.words)
}

// A page takes the memory of a page, whatever else the body holds.
func TestMemory(t *testing.T) {
	const maxBytes = 1 << 20
	size := 50 << 20
	if testing.Short() {
		size /= 10
	}
	text := strings.Repeat("lorem ipsum dolor", 4000)
	large := func(before, behind string) func(write func(string) bool) {
		return func(write func(string) bool) {
			write(before)
			for n := 0; n < size && write(text); n += len(text) {
			}
			write(behind)
		}
	}
	items := strings.Repeat(`{"id":1,"text":"`+text[:180]+`"},`, 500)
	for _, tc := range []struct {
		name string
		opt  Options
		body func(write func(string) bool)
		err  error
		want int64
	}{
		{"an item too large", Options{Limit: 1}, large(`["`, `"]`), ErrTooLarge, 0},
		{"an item too large to be trimmed", Options{Limit: 1, Mask: mask(t, "a")}, large(`[{"a":"`, `"}]`), ErrTooLarge, 0},
		{"an item too large behind others", Options{Limit: 9}, large(`[1,"`, `"]`), nil, 1},
		{"a large item before the page", Options{Skip: 1, Limit: 9}, large(`["`, `",2]`), nil, 1},
		{"a large member of an item before the page", Options{Skip: 1, Limit: 9}, large(`[{"`, `":1},2]`), nil, 1},
		{"siblings behind that are too large", Options{Limit: 9}, large(`{"a":[{}],"b":"`, `"}`), ErrTooLarge, 1},
		{"a long list", Options{Skip: 1000, Limit: 1000}, func(write func(string) bool) {
			write("[")
			for n := 0; n < 2*size && write(items); n += len(items) {
			}
			write("{}]")
		}, nil, 1000},
		{"empty objects", Options{Skip: 10, Limit: 100}, func(write func(string) bool) {
			write("[")
			for range 1000 {
				write(strings.Repeat("{},", 1000))
			}
			write("{}]")
		}, nil, 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r Reader
			tc.opt.MaxBytes, tc.opt.ShortPage = maxBytes, true
			r.Reset(tc.opt)
			var before, behind runtime.MemStats
			runtime.ReadMemStats(&before)
			chunk := make([]byte, 0, len(items))
			var err error
			tc.body(func(s string) bool {
				chunk = append(chunk[:0], s...)
				if err == nil {
					_, err = r.Write(chunk)
				}
				return err == nil
			})
			if err == nil {
				err = r.Close()
			}
			runtime.ReadMemStats(&behind)
			if !errors.Is(err, tc.err) || r.Items() != tc.want {
				t.Errorf("got %d items, error %v, want %d, %v", r.Items(), err, tc.want, tc.err)
			}
			if got := r.memory(); got > 3*maxBytes {
				t.Errorf("got buffers of %d bytes, want at most %d", got, 3*maxBytes)
			}
			if got := behind.TotalAlloc - before.TotalAlloc; got > 12*maxBytes {
				t.Errorf("got %d bytes allocated, want at most %d", got, 12*maxBytes)
			}
			r.Recycle(1 << 10)
			if got := r.memory() - cap(r.find.name) - cap(r.find.plain); got > 4<<10 {
				t.Errorf("got %d bytes kept for the next body, want at most %d", got, 4<<10)
			}
		})
	}
}

// A reader that is used again allocates nothing, but for the name of a list that
// it was not told.
func TestAllocations(t *testing.T) {
	items := strings.Repeat(`{"id":1,"\u0061":"é","c":[1,2,{}]} , {"id":2},{"a":{"b":[]}},`, 1000) + "{}"
	for _, tc := range []struct {
		path, body string
		want       float64
	}{
		{"auto", "[" + items + "]", 0},
		{"orders", `{"a":1,"\u0062":2,"\u006frders":[` + items + `],"b":1}`, 0},
		{"data.orders", `{"a":1,"data":{"b":2,"orders":[` + items + `],"c":[]},"b":1}`, 0},
		{"auto", `{"a":1,"orders":[` + items + `],"b":1}`, 2},
	} {
		for _, opt := range []Options{all, {Limit: 100}, {Skip: 900, Limit: -1}, {Limit: -1, Mask: mask(t, "id,a")}, {Limit: 500, MaxBytes: 1 << 10, ShortPage: true}, {Limit: -1, CountOnly: true}} {
			for _, size := range []int{1 << 20, 100, 1} {
				opt.Path = path(t, tc.path)
				var r Reader
				body := []byte(tc.body)
				got := testing.AllocsPerRun(2, func() {
					r.Reset(opt)
					for rest := body; len(rest) > 0; {
						n := min(size, len(rest))
						if _, err := r.Write(rest[:n]); err != nil {
							t.Fatal(err)
						}
						rest = rest[n:]
					}
					if err := r.Close(); err != nil {
						t.Fatal(err)
					}
				})
				if got > tc.want {
					t.Errorf("%s of %.40s..., chunks of %d: got %v allocations, want %v", fmt.Sprint(reading{Options: opt}), tc.body, size, got, tc.want)
				}
			}
		}
	}
}
