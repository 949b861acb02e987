package list

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// dice make choices by the bytes of a fuzzer's input, and 0 behind them.
type dice struct{ left []byte }

func (d *dice) roll(n int) int {
	if len(d.left) == 0 {
		return 0
	}
	b := d.left[0]
	d.left = d.left[1:]
	return int(b) % n
}

func (d *dice) of(texts ...string) string { return texts[d.roll(len(texts))] }

// sought is a page by a mark, and the list that it is a page of.
type sought struct {
	reading
	names []string // of the key's members
	body  string
}

// soughtBy makes one of these by the dice.
func soughtBy(t testing.TB, d *dice) sought {
	t.Helper()
	s := sought{names: [][]string{{"id"}, {"id"}, {"id"}, {"at", "id"}}[d.roll(4)]}
	keys := make([]string, d.roll(12))
	items := make([]string, len(keys))
	kind := d.roll(6)
	for i := range keys {
		keys[i] = d.key(kind, i)
		items[i] = d.item(keys[i], i, kind)
	}
	s.body = d.body(items)
	s.Path = path(t, d.of("auto", "orders"))
	s.Limit = []int64{1, 2, 3, 7, -1}[d.roll(5)]
	s.Stop = Stop(d.roll(3))
	s.ShortPage = d.roll(2) == 0
	if d.roll(2) == 0 {
		s.MaxBytes = 20 + d.roll(200)
	}
	if d.roll(3) == 0 {
		s.Mask = mask(t, d.of("id", "n", "in/id,n"))
	}
	var err error
	if s.Key, err = ParseKey(s.names); err != nil {
		t.Fatal(err)
	}
	s.Skip = int64(1 + d.roll(len(items)+2))
	s.After = d.mark(items, s.names)
	return s
}

// key is the id of the i-th item of a list: in an order, in none, or nothing that
// identifies an item.
func (d *dice) key(kind, i int) string {
	switch kind {
	case 0:
		return fmt.Sprint(2*i + d.roll(2))
	case 1:
		return fmt.Sprint(40 - 2*i - d.roll(2))
	case 2:
		return fmt.Sprintf("%q", string(rune('b'+i))+strings.Repeat("k", d.roll(2)*60))
	case 3:
		return fmt.Sprint(d.roll(6))
	case 4:
		return d.of("1", "2", "1.0", "-3", "1e1", "9007199254740993", "9007199254740992", `"1"`, `"\u00e4"`, `"ä"`, `""`)
	}
	return d.of("1", "2", "3", "null", "true", "{}", `[1]`)
}

func (d *dice) item(key string, i, kind int) string {
	switch d.roll(24) {
	case 0:
		return `{"n":0}`
	case 1:
		return "7"
	}
	at := d.of("5", "5", "6", `"x"`)
	if kind < 3 {
		at = "5"
	}
	return fmt.Sprintf(`{"n":%d,%s"id"%s: %s,"in":{"id":%d},"at":%s}`, i, d.of("", "\n"), d.of("", " "), key, i, at)
}

func (d *dice) body(items []string) string {
	space := d.of("", "", " ", "\n  ")
	list := "[" + space + strings.Join(items, space+","+space) + space + "]"
	switch d.roll(4) {
	case 0:
		return `{"total":9,"orders":` + list + `,"behind":[{"id":1}]}`
	case 1:
		return space + list + space
	}
	return list
}

// mark is one of an item that is there, of one that is not, or of none.
func (d *dice) mark(items, names []string) Mark {
	item := `{"id":` + d.of("3", "9", `"c"`, "0", "60") + `,"at":5}`
	if i := d.roll(len(items) + 2); i < len(items) {
		item = items[i]
	}
	text, ok := slowKey(item, names)
	switch {
	case !ok || d.roll(12) == 0:
		return Mark{}
	case len(text) > maxMark:
		sum := sha256.Sum256([]byte(text))
		return MarkOf(append([]byte{hashed}, sum[:24]...))
	}
	return MarkOf([]byte(d.of("a", "a", "d", "n", "?") + text))
}

// slowKey is the key of an item, by encoding/json.
func slowKey(item string, names []string) (string, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(item), &members) != nil {
		return "", false
	}
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = string(members[name])
		if parts[i] == "" || !strings.ContainsRune(`"-0123456789`, rune(parts[i][0])) {
			return "", false
		}
	}
	return "[" + strings.Join(parts, ",") + "]", true
}

// slowCompare is compareKeys by encoding/json and math/big.
func slowCompare(a, b string) int {
	var as, bs []json.RawMessage
	_, _ = json.Unmarshal([]byte(a), &as), json.Unmarshal([]byte(b), &bs)
	for i := range as {
		x, xIsNumber := new(big.Rat).SetString(string(as[i]))
		y, yIsNumber := new(big.Rat).SetString(string(bs[i]))
		var s, t string
		_, _ = json.Unmarshal(as[i], &s), json.Unmarshal(bs[i], &t)
		c := strings.Compare(s, t)
		switch {
		case xIsNumber && yIsNumber:
			c = x.Cmp(y)
		case xIsNumber:
			c = -1
		case yIsNumber:
			c = 1
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// slowKeys are the keys of a list, "" for items without one.
func slowKeys(items, names []string) []string {
	keys := make([]string, len(items))
	for i, item := range items {
		keys[i], _ = slowKey(item, names)
	}
	return keys
}

// slowBreak is the first item that breaks the order, len(keys) if none does. An
// order that is not known yet is that of the first two items.
func slowBreak(keys []string, o order) (int, order) {
	for i, key := range keys {
		switch {
		case o == unordered:
			return 0, o
		case key == "":
			return i, o
		case i == 0:
			continue
		}
		c := slowCompare(key, keys[i-1])
		if o == unknown && c != 0 {
			o = map[bool]order{true: ascending, false: descending}[c > 0]
		}
		if c == 0 || (c > 0) != (o == ascending) {
			return i, o
		}
	}
	return len(keys), o
}

// slowStart says how many items stand before the page behind a mark, and which
// order the page goes on with, from the rules' text. It sees the whole list at
// once.
func slowStart(keys []string, m Mark, offset int) (int, order) {
	broken, o := slowBreak(keys, m.order)
	first, best := -1, -1
	for i, key := range keys {
		if key == "" || !m.is([]byte(key)) {
			continue
		}
		if first < 0 {
			first, best = i, i
		}
		if i < offset {
			best = i
		}
	}
	if best >= 0 {
		if broken < first {
			return best + 1, unordered
		}
		return best + 1, slowLearnt(m.order, o, first)
	}
	if place := min(offset-1, len(keys)); o == unordered || broken < len(keys) && broken <= place {
		return place, unordered
	}
	for i := range broken {
		c := slowCompare(keys[i], string(m.key))
		if o == unknown || c > 0 && o == ascending || c < 0 && o == descending {
			return i, o
		}
	}
	if broken < len(keys) {
		return broken, unordered
	}
	return len(keys), o
}

// slowLearnt is the order that is known before the item at i was read.
func slowLearnt(of, is order, i int) order {
	if i >= 2 {
		return is
	}
	return of
}

// slowNext is the mark of a page's last item.
func slowNext(page []string, last string, o order) string {
	for _, key := range page {
		c := 1
		if last != "" {
			c = slowCompare(key, last)
			o = o.with(c)
		}
		if key == "" || c == 0 {
			return ""
		}
		last = key
	}
	if len(last) > maxMark {
		sum := sha256.Sum256([]byte(last))
		return string(append([]byte{hashed}, sum[:24]...))
	}
	return string(o) + last
}

// A seekResult is a result with what a mark is about.
type seekResult struct {
	result
	start int64
	next  string
}

// seek reads the body in chunks. Of a body in error only that counts.
func (s sought) seek(cut cutter) seekResult {
	var r Reader
	got := seekResult{result: s.read(&r, s.body, cut)}
	if got.err == "" {
		got.start, got.next = r.Start(), string(r.Next().Bytes())
	}
	return got
}

func (s sought) String() string {
	return fmt.Sprintf("%s, key %q, after %q", s.reading, s.names, s.After.Bytes())
}

// check compares the page, in any chunks, with the slow one.
func (s sought) check(t testing.TB) seekResult {
	t.Helper()
	got := s.seek(whole)
	for name, cut := range map[string]cutter{"bytewise": bytewise, "randomly": randomly(5), "in halves": cutAt(len(s.body) / 2)} {
		if torn := s.seek(cut); torn != got {
			t.Fatalf("%s of %q\nwhole: %+v\n%s: %+v", s, s.body, got, name, torn)
		}
	}
	complain := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("%s\nof %q\ngot  %+v\n"+format, append([]any{s, s.body, got}, args...)...)
	}
	if got.err != "" {
		// Without a mark, a list behind what is too much to hold must be short.
		tooMany := s.After.none() && got.err == ErrTooMany.Error()
		if s.MaxBytes == 0 || len(s.body) <= s.MaxBytes || got.err != ErrTooLarge.Error() && !tooMany {
			complain("want no error")
		}
		return got
	}
	if !json.Valid([]byte(got.out)) {
		complain("want JSON")
	}
	if s.MaxBytes > 0 && !got.overflow && len(got.out) > 2*s.MaxBytes+3 {
		complain("want at most %d bytes", 2*s.MaxBytes)
	}
	m := modelOf(t, s.body, s.Path)
	if !m.found || len(m.items) == 0 || got.overflow {
		return got
	}
	s.compare(m, got, complain)
	return got
}

func (s sought) compare(m model, got seekResult, complain func(string, ...any)) {
	keys := slowKeys(m.items, s.names)
	start, o, last := min(int(s.Skip), len(keys)), unknown, ""
	if !s.After.none() {
		start, o = slowStart(keys, s.After, int(s.Skip))
		last = string(s.After.key)
		if got.start != int64(start) {
			complain("want it to begin behind %d items", start)
		}
	}
	how := s.reading
	how.Skip = int64(start)
	page, more := m.page(how)
	if s.MaxBytes > 0 && s.ShortPage && 0 < got.items && got.items < int64(len(page)) {
		page, more = page[:got.items], true
	}
	if got.items != int64(len(page)) || got.more != more {
		complain("want %d items, more %t", len(page), more)
	}
	if got.status != Done && (got.seen != int64(len(keys)) || !got.ended) || got.status == Done && !more {
		complain("want %d items seen", len(keys))
	}
	stops := s.Stop == StopAlways || s.Stop == StopAlone && m.depth == 0
	inPlace := s.After.none() || start == int(s.Skip) && s.After.is([]byte(keys[start-1]))
	if more && inPlace && (got.status == Done) != stops {
		complain("want it to stop: %t", stops)
	}
	m.compareText(how, s.body, got.result, page, more, complain)
	if got.more {
		if want := slowNext(keys[start:start+int(got.items)], last, o); got.next != want {
			complain("want the next mark %q", want)
		}
	}
}

func TestSeekAgainstModel(t *testing.T) {
	rounds := uint64(40_000)
	if testing.Short() {
		rounds /= 10
	}
	cut, behind := 0, 0
	for seed := range rounds {
		rng := rand.New(rand.NewPCG(seed, 8))
		choices := make([]byte, 120)
		for i := range choices {
			choices[i] = byte(rng.Uint32())
		}
		got := soughtBy(t, &dice{choices}).check(t)
		if got.more && got.next != "" {
			cut++
		}
		if got.more && got.start > 0 {
			behind++
		}
	}
	// Only pages with items before and behind them say much.
	if cut < int(rounds/10) || behind < int(rounds/10) {
		t.Errorf("of %d pages %d had a next mark, %d something before and behind", rounds, cut, behind)
	}
}

// FuzzSeek: however the body is cut, and whatever has come and gone since the
// mark was made, a page is the one that the rules' text says, and is JSON.
func FuzzSeek(f *testing.F) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 9))
		choices := make([]byte, 100)
		for i := range choices {
			choices[i] = byte(rng.Uint32())
		}
		f.Add(choices)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		soughtBy(t, &dice{choices}).check(t)
	})
}
