package list

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// seekPage reads a page of limit items behind a mark, in chunks of one byte if
// torn, and returns the ids on it.
func seekPage(t *testing.T, body string, opt Options, torn bool) (*Reader, []string) {
	t.Helper()
	var r Reader
	r.Reset(opt)
	feed(t, &r, body, torn)
	if err := r.Close(); err != nil {
		t.Fatalf("closing: %v", err)
	}
	var items []struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(r.Bytes(), &items); err != nil {
		t.Fatalf("reading the page %s: %v", r.Bytes(), err)
	}
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = string(item.ID)
	}
	return &r, ids
}

func feed(t *testing.T, r *Reader, body string, torn bool) {
	t.Helper()
	if !torn {
		if _, err := r.Write([]byte(body)); err != nil {
			t.Fatalf("writing: %v", err)
		}
		return
	}
	one, buf := iotest.OneByteReader(strings.NewReader(body)), make([]byte, 1)
	for {
		n, err := one.Read(buf)
		if err != nil {
			return
		}
		if _, err := r.Write(buf[:n]); err != nil {
			t.Fatalf("writing: %v", err)
		}
	}
}

func listOf(ids ...string) string {
	items := make([]string, len(ids))
	for i, id := range ids {
		items[i] = fmt.Sprintf(` {"n":%d,"id":%s,"in":{"id":"no"}}`, i, id)
	}
	return "[" + strings.Join(items, " ,\n") + " ]"
}

func idKey(t *testing.T) Key {
	t.Helper()
	key, err := ParseKey([]string{"id"})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSeek(t *testing.T) {
	for _, tc := range []struct {
		name   string
		before []string // the list when the first page, of two items, was read
		after  []string // the list when the second page is read
		want   []string
		start  int64
		more   bool
	}{
		{"still", []string{"1", "2", "3", "4", "5"}, []string{"1", "2", "3", "4", "5"}, []string{"3", "4"}, 2, true},
		{"last page", []string{"1", "2", "3"}, []string{"1", "2", "3"}, []string{"3"}, 2, false},
		{"inserted before", []string{"1", "2", "3"}, []string{"0", "1", "2", "3"}, []string{"3"}, 3, false},
		{"a larger one inserted at the front", []string{"1", "2", "3"}, []string{"9", "1", "2", "3"}, []string{"3"}, 3, false},
		{"deleted before", []string{"1", "2", "3", "4"}, []string{"2", "3", "4"}, []string{"3", "4"}, 1, false},
		{"the mark's own item deleted", []string{"1", "2", "3", "4", "5"}, []string{"1", "3", "4", "5"}, []string{"3", "4"}, 1, true},
		{"all up to the mark deleted", []string{"1", "2", "3", "4"}, []string{"3", "4"}, []string{"3", "4"}, 0, false},
		{"all behind the mark deleted", []string{"1", "2", "3"}, []string{"1"}, nil, 1, false},
		{"descending, its item deleted, newest first", []string{"9", "8", "7", "6"}, []string{"11", "10", "9", "7", "6"}, []string{"7", "6"}, 3, false},
		{"its item deleted, and no order any more", []string{"1", "2", "3", "4", "5"}, []string{"9", "8", "1", "3", "4", "5"}, []string{"8", "1"}, 1, true},
		{"its item deleted, and its order lost far behind", []string{"1", "2", "3", "4", "5", "6"}, []string{"3", "4", "5", "6", "0"}, []string{"3", "4"}, 0, true},
		{"its item deleted, and its order lost before one stands behind it", []string{"3", "4", "5", "6"}, []string{"0", "1", "2", "0", "5", "6"}, []string{"0", "5"}, 3, true},
		{"no order, its item deleted", []string{"5", "2", "9", "1", "3"}, []string{"5", "9", "1", "3"}, []string{"9", "1"}, 1, true},
		{"a key of before again", []string{"1", "2", "1", "2", "3", "4"}, []string{"1", "2", "1", "2", "3", "4"}, []string{"1", "2"}, 2, true},
		{"its key also before it", []string{"1", "2", "5"}, []string{"2", "1", "2", "5", "6"}, []string{"1", "2"}, 1, true},
		{"its key also behind it", []string{"1", "2", "5"}, []string{"2", "5", "2", "6"}, []string{"5", "2"}, 1, true},
		{"strings", []string{`"a"`, `"b"`, `"c"`}, []string{`"a"`, `"aa"`, `"c"`}, []string{`"c"`}, 2, false},
		{"no order, moved", []string{"5", "2", "9", "1"}, []string{"7", "5", "2", "9", "1"}, []string{"9", "1"}, 3, false},
		{"no float", []string{"9007199254740992", "9007199254740993", "9007199254740994"}, []string{"9007199254740992", "9007199254740994"}, []string{"9007199254740994"}, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, torn := range []bool{false, true} {
				opt := Options{Limit: 2, Key: idKey(t), Stop: StopAlone}
				first, _ := seekPage(t, listOf(tc.before...), opt, torn)
				opt.After, opt.Skip = MarkOf(first.Next().Bytes()), first.Start()+first.Items()
				second, ids := seekPage(t, listOf(tc.after...), opt, torn)
				if !slices.Equal(ids, tc.want) || second.Start() != tc.start || second.More() != tc.more {
					t.Errorf("torn %v: got %v from %d, more %v; want %v from %d, more %v",
						torn, ids, second.Start(), second.More(), tc.want, tc.start, tc.more)
				}
			}
		})
	}
}

// Without an order only the offset says where the mark's item was. What stands
// there now, as that one has gone, must not be left out.
func TestSeekFallsBackToTheOffset(t *testing.T) {
	opt := Options{Limit: 2, Key: idKey(t)}
	first, _ := seekPage(t, listOf("5", "2", "9", "3"), opt, false)
	opt.After, opt.Skip = first.Next(), 2
	opt.After.order = unordered
	if _, ids := seekPage(t, listOf("5", "9", "3", "4"), opt, false); !slices.Equal(ids, []string{"9", "3"}) {
		t.Errorf("got %v, want the items from where the mark's was", ids)
	}
}

// One item alone has no order yet.
func TestSeekBehindTheOnlyItem(t *testing.T) {
	opt := Options{Limit: 1, Key: idKey(t)}
	first, _ := seekPage(t, listOf("1", "2", "3"), opt, false)
	opt.After, opt.Skip = first.Next(), 1
	if _, ids := seekPage(t, listOf("2", "3"), opt, false); !slices.Equal(ids, []string{"2"}) {
		t.Errorf("got %v, want the second item", ids)
	}
}

// A walk ends, and shows every item once, whatever keys are there more than once:
// they must not lead it back.
func TestSeekWalksDuplicateKeys(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 7))
		ids := make([]string, 1+rng.IntN(30))
		for i := range ids {
			ids[i] = fmt.Sprint(rng.IntN(1 + rng.IntN(8)))
		}
		opt, body := Options{Limit: 1 + rng.Int64N(6), Key: idKey(t), Stop: StopAlone}, listOf(ids...)
		var got []string
		for more := true; more && len(got) <= len(ids); {
			r, page := seekPage(t, body, opt, false)
			got, more = append(got, page...), r.More()
			opt.After, opt.Skip = MarkOf(r.Next().Bytes()), r.Start()+r.Items()
		}
		if !slices.Equal(got, ids) {
			t.Fatalf("seed %d, pages of %d: got  %v\nwant %v", seed, opt.Limit, got, ids)
		}
	}
}

func TestNextMarksNothing(t *testing.T) {
	for name, body := range map[string]string{
		"no key":         `[{"a":1},{"a":2},{"a":3}]`,
		"null":           `[{"id":null},{"id":null},{"id":null}]`,
		"an object":      `[{"id":{}},{"id":{}},{"id":{}}]`,
		"the same twice": `[{"id":1},{"id":1},{"id":1}]`,
		"scalars":        `[1,2,3]`,
	} {
		t.Run(name, func(t *testing.T) {
			var r Reader
			r.Reset(Options{Limit: 2, Key: idKey(t)})
			if _, err := r.Write([]byte(body)); err != nil {
				t.Fatal(err)
			}
			if b := r.Next().Bytes(); b != nil {
				t.Errorf("got the mark %q, want none: it would not find its item", b)
			}
		})
	}
}

func TestSeekByALongKey(t *testing.T) {
	long := func(i int) string { return fmt.Sprintf("%q", strings.Repeat("k", 100)+fmt.Sprint(i)) }
	opt := Options{Limit: 2, Key: idKey(t)}
	first, _ := seekPage(t, listOf(long(1), long(2), long(3)), opt, false)
	mark := first.Next().Bytes()
	if len(mark) > maxMark+1 {
		t.Errorf("the mark has %d bytes, more than a cursor takes", len(mark))
	}
	opt.After, opt.Skip = MarkOf(mark), 2
	if _, ids := seekPage(t, listOf(long(0), long(1), long(2), long(3)), opt, false); !slices.Equal(ids, []string{long(3)}) {
		t.Errorf("got %v, want the third", ids)
	}
}

// TestSeekWalks walks lists that change between the pages: no item that stays may
// be missed or come twice, whatever comes and goes before it.
func TestSeekWalks(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		ids := rng.Perm(1000)[:40]
		sorted := seed%3 != 0
		if sorted {
			slices.Sort(ids)
		}
		if seed%3 == 2 {
			slices.Reverse(ids)
		}
		walkChanging(t, rng, ids, sorted, seed)
	}
}

func walkChanging(t *testing.T, rng *rand.Rand, ids []int, sorted bool, seed uint64) {
	t.Helper()
	stay, news := slices.Clone(ids), -2000
	var got []int
	opt := Options{Limit: 1 + rng.Int64N(7), Key: idKey(t)}
	for range 200 {
		r, page := seekPage(t, listOf(idTexts(ids)...), opt, rng.IntN(4) == 0)
		for _, id := range page {
			var n int
			if _, err := fmt.Sscan(id, &n); err != nil {
				t.Fatal(err)
			}
			got = append(got, n)
		}
		if !r.More() {
			break
		}
		opt.After, opt.Skip = MarkOf(r.Next().Bytes()), r.Start()+r.Items()
		// New items come at the front, and seen ones go: in a list without an order
		// the last one seen, by which the walk goes on, has to stay.
		for range rng.IntN(4) {
			news--
			id := news
			if ids[0] > ids[len(ids)-1] {
				id = -news
			}
			ids = append([]int{id}, ids...)
		}
		seen := slices.Index(ids, got[len(got)-1])
		if gone := rng.IntN(seen + 1); sorted || gone < seen {
			stay = slices.DeleteFunc(stay, func(id int) bool { return id == ids[gone] && !slices.Contains(got, id) })
			ids = slices.Delete(slices.Clone(ids), gone, gone+1)
		}
	}
	if !slices.Equal(got, stay) {
		t.Fatalf("seed %d: got  %v\nwant %v", seed, got, stay)
	}
}

func idTexts(ids []int) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = fmt.Sprint(id)
	}
	return out
}

func TestCompareNumbers(t *testing.T) {
	sorted := []string{"-1e300", "-10", "-9.5", "-9", "-1", "0", "1e-5", "0.5", "1", "2", "9", "10", "9007199254740992", "9007199254740993", "1e300"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := compareNumbers(a, b); sign(got) != sign(i-j) {
				t.Errorf("comparing %s and %s: got %d, want %d", a, b, got, sign(i-j))
			}
		}
	}
	if compareNumbers("0", "-0") != 0 || compareNumbers("1", "1.0") != 0 {
		t.Error("numbers of one value differ")
	}
	// By value that would take minutes.
	if long := strings.Repeat("7", 16<<20) + ".5"; compareNumbers(long, "8") >= 0 || compareNumbers("1", long) >= 0 {
		t.Error("a long number is not compared by its text")
	}
}

func sign(n int) int { return min(max(n, -1), 1) }
