package list

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A spokenList is a list whose items a client names, and the page that it asks for.
type spokenList struct {
	ids   []string // of the items, as JSON; "": the item has none
	text  string
	limit int
	stop  Stop
}

// said is an id as clients say it.
func said(id string) string {
	var s string
	if json.Unmarshal([]byte(id), &s) == nil {
		return s
	}
	return id
}

// place says by the rules' text where the mark is: how many items stand before the page
// behind it, and before it. It sees the whole list at once.
func (l spokenList) place() (behind, before int, found, lost bool) {
	for i, id := range l.ids {
		if id != "" && slowSaid(id, l.text) == 0 {
			return i + 1, i, true, false
		}
	}
	keys := make([]string, len(l.ids))
	for i, id := range l.ids {
		if id != "" {
			keys[i] = "[" + id + "]"
		}
	}
	if broken, order := slowBreak(keys, unknown); broken == len(keys) && order != unknown {
		for i, id := range l.ids {
			if c := slowSaid(id, l.text); c > 0 && order == ascending || c < 0 && order == descending {
				like := id[0] != '"' && isNumber(l.text) || id[0] == '"' && len(said(id)) == len(l.text)
				return i, i, false, i == 0 && !like
			}
		}
	}
	return 0, 0, false, true
}

// slowSaid compares an id with what a client said.
func slowSaid(id, text string) int {
	if id[0] == '"' {
		return strings.Compare(said(id), text)
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
		return slowCompare("["+id+"]", "["+text+"]")
	}
	return -1
}

func (l spokenList) body(lines bool) string {
	items := make([]string, len(l.ids))
	for i, id := range l.ids {
		items[i] = fmt.Sprintf(`{"n":%d,"id": %s}`, i, id)
		if id == "" {
			items[i] = fmt.Sprintf(`{"n":%d}`, i)
		}
	}
	if lines {
		return strings.Join(items, "\n") + "\n"
	}
	return `{"a":[1],"list" : [ ` + strings.Join(items, " ,\n") + ` ],"b":1}`
}

// want are the numbers of the page's items.
func (l spokenList) want(back bool) (want []int, start int) {
	behind, before, _, lost := l.place()
	from, to := behind, min(behind+l.limit, len(l.ids))
	if back {
		from, to = max(before-l.limit, 0), before
	}
	for i := from; i < to && !lost; i++ {
		want = append(want, i)
	}
	return want, from
}

func (l spokenList) check(t *testing.T, back, lines bool, of string) {
	t.Helper()
	opt := Options{Limit: int64(l.limit), Key: idKey(t), Stop: l.stop, ShortPage: true, Lines: lines, Path: path(t, "list"), MaxBytes: 10_000}
	if of != "" {
		opt.Mask = mask(t, of)
	}
	if opt.After = MarkOfText(l.text); back {
		opt.After, opt.Before = Mark{}, opt.After
	}
	var whole string
	for _, torn := range []bool{false, true} {
		var r Reader
		r.Reset(opt)
		feed(t, &r, l.body(lines), torn)
		if err := r.Close(); err != nil {
			t.Fatalf("%+v: %v", l, err)
		}
		_, _, found, lost := l.place()
		if r.MarkFound() != found || r.MarkLost() != lost {
			t.Fatalf("back %t %+v: got found %t, lost %t; want %t, %t", back, l, r.MarkFound(), r.MarkLost(), found, lost)
		}
		if lost {
			continue
		}
		want, start := l.want(back)
		l.wantPage(t, &r, back, lines, want, start)
		if out := string(r.Bytes()); !torn {
			whole = out
		} else if out != whole {
			t.Fatalf("back %t %+v: in chunks %q, whole %q", back, l, out, whole)
		}
	}
}

func (l spokenList) wantPage(t *testing.T, r *Reader, back, lines bool, want []int, start int) {
	t.Helper()
	var page []struct{ N int }
	text := "[" + string(r.Between()) + "]"
	if lines {
		text = "[" + strings.ReplaceAll(strings.TrimSuffix(string(r.Bytes()), "\n"), "\n", ",") + "]"
	} else if !json.Valid(r.Bytes()) {
		t.Fatalf("%+v: the page is %q", l, r.Bytes())
	}
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		t.Fatalf("%+v: the items are %q: %v", l, text, err)
	}
	var got []int
	for _, item := range page {
		got = append(got, item.N)
	}
	more := start > 0
	if !back {
		more = start+len(want) < len(l.ids)
	}
	if !slices.Equal(got, want) || r.Start() != int64(start) || r.Items() != int64(len(want)) || r.More() != more {
		t.Fatalf("back %t %+v: got %v (%d) from %d, more %t; want %v from %d, more %t",
			back, l, got, r.Items(), r.Start(), r.More(), want, start, more)
	}
	var first, last string
	if len(want) > 0 {
		first, last = said(l.ids[want[0]]), said(l.ids[want[len(want)-1]])
	}
	if f, e := r.Ends(); f != first || e != last {
		t.Fatalf("back %t %+v: its ends are %q and %q, want %q and %q", back, l, f, e, first, last)
	}
}

// TestSpokenMarks: the page behind what a client says, and before it, is what the rules'
// text says of any list, however the body comes.
func TestSpokenMarks(t *testing.T) {
	found, lost, rounds := 0, 0, 6000
	if testing.Short() {
		rounds /= 10
	}
	for seed := range rounds {
		rng := rand.New(rand.NewPCG(uint64(seed), 3))
		l := spokenList{limit: 1 + rng.IntN(4), stop: Stop(rng.IntN(3))}
		kind := rng.IntN(6)
		for i := range rng.IntN(9) {
			id := fmt.Sprint(10 + 2*i + rng.IntN(2))
			switch kind {
			case 1:
				id = fmt.Sprint(40 - 2*i)
			case 2:
				id = fmt.Sprintf(`"c\u00fcs_%c"`, 'b'+2*i)
			case 3:
				id = fmt.Sprint(rng.IntN(12))
			case 4:
				id = []string{"", "1", `"1"`, "1.0", `"a"`, "9007199254740993", "9007199254740992"}[rng.IntN(7)]
			case 5:
				id = fmt.Sprintf(`"%c"`, 'z'-2*i)
			}
			l.ids = append(l.ids, id)
		}
		switch n := len(l.ids); rng.IntN(4) {
		case 0:
			l.text = []string{"1", "9007199254740993", "a", "-1", "01", "1e1", "bogus", "zebra"}[rng.IntN(8)]
		case 1:
			l.text = fmt.Sprint(8 + rng.IntN(36))
		case 2:
			l.text = []string{"cüs_", ""}[rng.IntN(2)] + string(rune('a'+rng.IntN(26)))
		case 3:
			if l.text = "20"; n > 0 {
				l.text = cmp.Or(said(l.ids[rng.IntN(n)]), "1")
			}
		}
		l.check(t, rng.IntN(2) == 0, rng.IntN(4) == 0, []string{"", "n"}[rng.IntN(2)])
		if _, _, is, gone := l.place(); is {
			found++
		} else if gone {
			lost++
		}
	}
	if gone := rounds - found - lost; found < rounds/5 || lost < rounds/5 || gone < rounds/30 {
		t.Errorf("of %d rounds %d found the mark, and %d lost it", rounds, found, lost)
	}
}

// TestBackBounds: what is held does not grow with the list, and a page that cannot be held
// is short at its beginning: it still ends before the mark.
func TestBackBounds(t *testing.T) {
	var body strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&body, `%c{"id":%d,"text":%q}`, "[,"[min(i, 1)], i, strings.Repeat("x", i*7919%900))
	}
	body.WriteString("]")
	var r Reader
	r.Reset(Options{Key: idKey(t), Before: MarkOfText("19999"), Limit: 50, MaxBytes: 10_000, ShortPage: true, Stop: StopAlone})
	most := 0
	for chunk := range slices.Chunk([]byte(body.String()), 777) {
		if _, err := r.Write(chunk); err != nil {
			t.Fatal(err)
		}
		most = max(most, cap(r.out), len(r.out))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	_, last := r.Ends()
	if n := r.Items(); n < 5 || n >= 50 || last != "19998" || r.Start() != 19999-n || !r.More() || len(r.Bytes()) > 10_000 {
		t.Errorf("got %d items from %d to %s in %d bytes", n, r.Start(), last, len(r.Bytes()))
	}
	if most > 64<<10 {
		t.Errorf("%d bytes were held for a page of 10,000", most)
	}

	r.Reset(Options{Key: idKey(t), Before: MarkOfText("19999"), Limit: 50, MaxBytes: 10_000})
	if _, err := r.Write([]byte(body.String())); err != ErrTooLarge { //nolint:errorlint // nobody wraps it
		t.Errorf("a page that must not be short: got %v", err)
	}
}

// TestSpokenMarkOfTwoParts: by one part of a key its item is found, but what has gone has
// no place.
func TestSpokenMarkOfTwoParts(t *testing.T) {
	key, err := ParseKey([]string{"n", "id"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		text string
		lost bool
		ids  []string
	}{{"b", false, []string{`"c"`, `"d"`}}, {"bb", true, nil}} {
		r, ids := seekPage(t, listOf(`"a"`, `"b"`, `"c"`, `"d"`), Options{Key: key, After: MarkOfText(tc.text), Limit: 2}, true)
		if r.MarkLost() != tc.lost || !tc.lost && !slices.Equal(ids, tc.ids) {
			t.Errorf("after %s: got %v, lost %t", tc.text, ids, r.MarkLost())
		}
	}
}

func TestDisorder(t *testing.T) {
	for _, tc := range []struct {
		name  string
		ids   []string
		after Mark
		want  Disorder
	}{
		{"ascending", []string{"1", "2", "3", "4"}, Mark{}, ""},
		{"descending", []string{"4", "3", "2"}, Mark{}, ""},
		{"none", []string{"4", "3", "5"}, Mark{}, Unordered},
		{"none, behind the page", []string{"1", "2", "3", "4", "0"}, Mark{}, ""},
		{"alike", []string{"4", "4", "5"}, Mark{}, Repeated},
		{"missing", []string{"4", "null", "5"}, Mark{}, Keyless},
		{"beside the page before", []string{"1", "4", "2"}, MarkOf([]byte("a[4]")), Unordered},
		{"as the page before told", []string{"1", "2", "3"}, MarkOf([]byte("n[2]")), Unordered},
		{"before the page", []string{"1", "3", "2", "4"}, MarkOfText("4"), Unordered},
		{"a long key tells nothing", []string{"1", "2"}, MarkOf([]byte("hxxxxxxxxxxxxxxxxxxxxxxxx")), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, _ := seekPage(t, listOf(tc.ids...), Options{Key: idKey(t), Limit: 3, After: tc.after, Skip: 2 * int64(min(len(tc.after.key), 1))}, false)
			if got := r.Disorder(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
