package integration

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A ledger is an upstream whose list changes while it is walked.
type ledger struct {
	item string                      // of which $n is the number, $pad with eight digits, $rev these backwards, $mod modulo 3, $half halved
	wrap func(items []string) string // the body around the items
	mu   sync.Mutex
	list []int // the numbers of the items, in the list's order
}

func (l *ledger) text(n int) string {
	pad := fmt.Sprintf("%08d", n)
	rev := []byte(pad)
	slices.Reverse(rev)
	return strings.NewReplacer(
		"$n", strconv.Itoa(n), "$pad", pad, "$rev", string(rev), "$mod", strconv.Itoa(n%3), "$half", strconv.Itoa(n/2),
	).Replace(l.item)
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	items := make([]string, len(l.list))
	for i, n := range l.list {
		items[i] = l.text(n)
	}
	l.mu.Unlock()
	body := l.wrap(items)
	sum := fnv.New64a()
	_, _ = io.WriteString(sum, body)
	tag := fmt.Sprintf(`"%x"`, sum.Sum64())
	w.Header().Set("Etag", tag)
	w.Header().Set("Content-Type", asJSON)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = io.WriteString(w, body)
}

func (l *ledger) set(list []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.Clone(list)
}

func array(items []string) string { return "[" + strings.Join(items, ",") + "]" }

// numbers are the items of a page, by their numbers.
func numbers(t testing.TB, r reply) []int {
	t.Helper()
	type item struct{ N int }
	var items []item
	if !strings.HasPrefix(strings.TrimSpace(r.body), "[") {
		var envelope struct {
			Before string
			Orders []item
			Behind []int
			Data   []item // of the style stripe
		}
		if err := json.Unmarshal([]byte(r.body), &envelope); err != nil || envelope.Data == nil && (envelope.Before != "x" || len(envelope.Behind) != 3) {
			t.Fatalf("reading the envelope: %v in %d %.300q", err, r.status, r.body)
		}
		items = slices.Concat(envelope.Orders, envelope.Data)
	} else if err := json.Unmarshal([]byte(r.body), &items); err != nil {
		t.Fatalf("reading the list: %v in %d %.300q", err, r.status, r.body)
	}
	if r.status != http.StatusOK {
		t.Fatalf("got %d %.300q", r.status, r.body)
	}
	out := make([]int, len(items))
	for i, it := range items {
		out[i] = it.N
	}
	return out
}

// keyLists are lists that can be walked by a key. Items come in the order of their
// numbers, unless the list has none.
var keyLists = []struct {
	name, key, query, item string

	wrap       func([]string) string
	descending bool
	noOrder    bool
	digest     bool // the key is too long to be compared
}{
	{name: "ascending ids", key: "id", item: `{"n":$n,"id":$n}`},
	{name: "descending ids", key: "id", item: `{"n":$n,"id":$n}`, descending: true},
	{name: "64-bit ids", key: "id", item: `{"n":$n,"id":9007199254$pad}`},
	{name: "string ids", key: "id", item: `{"n":$n,"id":"ord\u00e9r-$pad"}`},
	{name: "UUIDs, newest first", key: "id", item: `{"n":$n,"id":"$pad-4b3d-7bad-9bdd-2b0d7b3dcb6d"}`, descending: true},
	{name: "a moment and an id", key: "created_at id", item: `{"id":$n,"n":$n,"created_at":"2024-01-01T00:00:00Z"}`, descending: true},
	{name: "a nested key", key: "meta.id", item: `{"meta":{"id":$n},"n":$n,"id":1}`},
	{name: "a mask without the key", key: "id", query: "&fields=n", item: `{"n":$n,"id":$n,"more":[1]}`},
	{name: "an envelope", key: "id", item: `{"n":$n,"id":$n}`, wrap: func(items []string) string {
		return `{"before":"x","orders":` + array(items) + `,"behind":[1,2,3]}`
	}},
	{name: "pretty-printed", key: "id", item: "{\n    \"n\" : $n,\n    \"id\" : $n\n  }", wrap: func(items []string) string {
		return "[\n  " + strings.Join(items, " ,\n  ") + "\n]\n"
	}},
	{name: "no order", key: "id", item: `{"n":$n,"id":$n}`, noOrder: true},
	{
		name: "too long for a cursor", key: "created_at id", digest: true,
		item: `{"n":$n,"created_at":"2024-01-01T00:00:00Z","id":"$pad-4b3d-7bad-9bdd-2b0d7b3dcb6d"}`,
	},
}

// keyed is a site whose pages all come from the list as it is just then.
func keyed(key string, up *upstream) string {
	if key != "" {
		key = "key " + key + "\n"
	}
	return "paginate 10 20 {\nsnapshot off\n" + key + "}\n" + up.proxy()
}

// TestKeyWalks walks lists that change between any two pages. What stays comes
// exactly once, whatever comes before it and goes there.
func TestKeyWalks(t *testing.T) {
	for _, tc := range keyLists {
		l := &ledger{item: tc.item, wrap: array}
		if tc.wrap != nil {
			l.wrap = tc.wrap
		}
		s := harness.Start(t, keyed(tc.key, newUpstream(t, l)))
		c := pageClient(t)
		for _, limit := range []int{1, 2, 7} {
			t.Run(fmt.Sprintf("%s/%d", tc.name, limit), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(limit), 1))
				list := make([]int, 30)
				for i := range list {
					list[i] = 5000 + 3*i
				}
				if tc.noOrder {
					rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
				} else if tc.descending {
					slices.Reverse(list)
				}
				ch := &change{rng: rng, list: list, descending: tc.descending, keepMark: tc.noOrder, alone: tc.digest}
				ch.walk(t, c, l, s.URL+"/orders?limit="+strconv.Itoa(limit)+tc.query, limit)
			})
		}
		if tc.noOrder {
			wantDisorder(t, s, tc.key, "the items are not in the order of their keys")
		} else {
			s.NoTrouble(t)
		}
	}
}

// wantDisorder asserts that nothing was warned of but that the list cannot be walked by
// its key alone.
func wantDisorder(t testing.TB, s *harness.Caddy, key, reason string) {
	t.Helper()
	var warned []string
	for _, line := range s.Log(t, "http.") {
		if level := line.Text("level"); level == "warn" || level == "error" {
			warned = append(warned, fmt.Sprintf("%s %s %s %s", level, line.Text("route"), line.Text("key"), line.Text("reason")))
		}
	}
	if want := []string{"warn * " + key + " " + reason}; !slices.Equal(slices.Compact(warned), want) {
		t.Errorf("got %q, want %q", warned, want)
	}
}

// TestKeyDisorderNoticed: what a list lacks that has a key is logged once in an interval,
// reloads or not, and counted.
func TestKeyDisorderNoticed(t *testing.T) {
	l := &ledger{item: `{"n":$n,"id":$n}`, wrap: array, list: []int{1, 3, 2, 4, 5, 6}}
	up := newUpstream(t, l)
	site := func(key string) harness.Config {
		return harness.Config{
			Global: "paginate {\nnotice_interval 1h\n}",
			Routes: "metrics /metrics\npaginate /orders* 2 20 {\nname disordered\nkey " + key + "\n}\n" + up.proxy(),
		}
	}
	s := harness.StartConfig(t, site("id"))
	c := pageClient(t)
	for _, key := range []string{"id", "id n"} { // the second one is another configuration
		s.Reload(t, site(key))
		for range 2 {
			for next := s.URL + "/orders?limit=2"; next != ""; {
				next = send(t, c, http.MethodGet, next).next(t)
			}
		}
	}
	var warned []string
	for _, line := range s.Log(t, "http.handlers.paginate") {
		if line.Text("level") == "warn" && line.Text("key") != "" {
			warned = append(warned, line.Text("msg")+": "+line.Text("route")+" by "+line.Text("key")+" at "+line.Text("path")+": "+line.Text("reason"))
		}
	}
	want := "the list is not in the order of its key, and is paged by offset where that does not find an item: disordered by id at /orders: the items are not in the order of their keys"
	if !slices.Equal(warned, []string{want}) {
		t.Errorf("got %q\nwant %q", warned, want)
	}
	// The second page of each walk shows it, and the third remembers.
	checkSeries(t, metricsOf(t, s.URL), map[string]string{`caddy_paginate_unordered_total{route="disordered"}`: "8"})
}

// A change is what happens to a list between two pages.
type change struct {
	rng        *rand.Rand // nil: nothing happens
	list       []int
	inserted   int
	descending bool
	keepMark   bool // the last item seen stays
	alone      bool // if the last item seen goes, nothing else happens
}

func (ch *change) walk(t *testing.T, c *http.Client, l *ledger, next string, limit int) {
	t.Helper()
	want := slices.Clone(ch.list)
	var got []int
	for next != "" && len(got) <= len(want) {
		l.set(ch.list)
		r := send(t, c, http.MethodGet, next)
		page := numbers(t, r)
		if next = r.next(t); len(page) > limit || len(page) < limit && next != "" {
			t.Fatalf("got %d items, want %d", len(page), limit)
		}
		if got = append(got, page...); next != "" && ch.rng != nil {
			ch.between(slices.Index(ch.list, got[len(got)-1]))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// between changes the list before the item at mark, and that item.
func (ch *change) between(mark int) {
	goes := !ch.keepMark && ch.rng.IntN(2) == 0
	if goes {
		ch.list = slices.Delete(slices.Clone(ch.list), mark, mark+1)
		if ch.alone {
			return
		}
	}
	for range ch.rng.IntN(3) {
		if mark > 0 {
			gone := ch.rng.IntN(mark)
			ch.list = slices.Delete(slices.Clone(ch.list), gone, gone+1)
			mark--
		}
	}
	for range ch.rng.IntN(4) {
		ch.inserted++
		n := 5000 - ch.inserted
		if ch.descending {
			n = 9000 + ch.inserted
		}
		ch.list = append([]int{n}, ch.list...)
	}
}

// TestKeyBesideOffset shows what a key is for.
func TestKeyBesideOffset(t *testing.T) {
	l := &ledger{item: `{"n":$n,"id":$n}`, wrap: array}
	up := newUpstream(t, l)
	c := pageClient(t)
	for _, tc := range []struct {
		key             string
		deleted, gained []int // the second page, when one item before it has gone, or come
	}{
		{"id", []int{4, 5, 6}, []int{4, 5, 6}},
		{"", []int{5, 6, 7}, []int{3, 4, 5}},
	} {
		t.Run("key "+tc.key, func(t *testing.T) {
			s := harness.Start(t, keyed(tc.key, up))
			for _, after := range []struct{ list, want []int }{
				{[]int{1, 3, 4, 5, 6, 7, 8}, tc.deleted},
				{[]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, tc.gained},
			} {
				l.set([]int{1, 2, 3, 4, 5, 6, 7, 8})
				next := send(t, c, http.MethodGet, s.URL+"/orders?limit=3").next(t)
				l.set(after.list)
				if got := numbers(t, send(t, c, http.MethodGet, next)); !slices.Equal(got, after.want) {
					t.Errorf("from %v: got %v, want %v", after.list, got, after.want)
				}
			}
		})
	}
}

// TestKeyUseless walks lists whose items the key does not tell apart: they are
// walked by their offsets.
func TestKeyUseless(t *testing.T) {
	const missing, alike, unordered = "an item lacks the key", "two items in a row have the same key", "the items are not in the order of their keys"
	for _, tc := range []struct{ name, key, item, reason string }{
		{"missing", "id", `{"n":$n}`, missing},
		{"null", "id", `{"n":$n,"id":null}`, missing},
		{"an object", "id", `{"n":$n,"id":{"a":$n}}`, missing},
		{"all alike", "id", `{"n":$n,"id":1}`, alike},
		{"recurring", "id", `{"n":$n,"id":$mod}`, unordered},
		{"in pairs", "id", `{"n":$n,"id":$half}`, alike},
		{"missing now and then", "k0", `{"n":$n,"id":$mod,"k$mod":$n}`, missing},
	} {
		l := &ledger{item: tc.item, wrap: array}
		s := harness.Start(t, keyed(tc.key, newUpstream(t, l)))
		c := pageClient(t)
		for _, limit := range []int{1, 2, 7} {
			t.Run(fmt.Sprintf("%s/%d", tc.name, limit), func(t *testing.T) {
				list := make([]int, 25)
				for i := range list {
					list[i] = i
				}
				ch := &change{list: list}
				ch.walk(t, c, l, s.URL+"/orders?limit="+strconv.Itoa(limit), limit)
			})
		}
		wantDisorder(t, s, tc.key, tc.reason)
	}
}

// A cursor belongs to the key that it was made by.
func TestKeyCursorRefused(t *testing.T) {
	l := &ledger{item: `{"n":$n,"id":$n,"at":1}`, wrap: array, list: []int{1, 2, 3, 4}}
	up := newUpstream(t, l)
	c := pageClient(t)
	site := func(key string) harness.Config { return harness.Config{Global: oneSecret, Routes: keyed(key, up)} }
	s := harness.StartConfig(t, site("id"))
	cursors := map[string]string{}
	for _, key := range []string{"id", "", "at id", "id at", "n"} {
		s.Reload(t, site(key))
		cursors[key] = firstCursor(t, c, s.URL+"/orders?limit=2")
		for made, cursor := range cursors {
			up.take()
			r := send(t, c, http.MethodGet, s.URL+"/orders?limit=2&cursor="+cursor)
			if made == key {
				if got := numbers(t, r); !slices.Equal(got, []int{3, 4}) {
					t.Errorf("the key %q: got %v", key, got)
				}
				continue
			}
			wantRefusal(t, r, http.StatusBadRequest, "cursor_invalid")
			if asked := up.take(); len(asked) > 0 {
				t.Errorf("a cursor by %q under %q reached the upstream: %v", made, key, asked)
			}
		}
	}
}

// A page behind a key changes with the list, and so does its tag.
func TestKeyETag(t *testing.T) {
	l := &ledger{item: `{"n":$n,"id":$n}`, wrap: array, list: []int{1, 2, 3, 4, 5, 6}}
	up := newUpstream(t, l)
	c := pageClient(t)
	s := harness.Start(t, keyed("id", up))
	page := send(t, c, http.MethodGet, s.URL+"/orders?limit=2").next(t)
	first := send(t, c, http.MethodGet, page)
	tag := first.header.Get("Etag")
	if r := send(t, c, http.MethodGet, page, "If-None-Match: "+tag); r.status != http.StatusNotModified || r.body != "" || r.header.Get("Etag") != tag {
		t.Errorf("unchanged: got %d %q with the tag %s, want 304 and %s", r.status, r.body, r.header.Get("Etag"), tag)
	}

	l.set([]int{2, 3, 5, 6})
	r := send(t, c, http.MethodGet, page, "If-None-Match: "+tag)
	if got := numbers(t, r); !slices.Equal(got, []int{3, 5}) || r.header.Get("Etag") == tag {
		t.Errorf("changed: got %v with the tag %s", got, r.header.Get("Etag"))
	}

	// Another cursor stands for the same offset now, but not for the same items.
	other := send(t, c, http.MethodGet, s.URL+"/orders?limit=2").next(t)
	changed := r.header.Get("Etag")
	if r := send(t, c, http.MethodGet, other, "If-None-Match: "+changed); r.status != http.StatusOK || r.header.Get("Etag") == changed {
		t.Errorf("another page: got %d with the tag %s, that of the first is %s", r.status, r.header.Get("Etag"), changed)
	}
}
