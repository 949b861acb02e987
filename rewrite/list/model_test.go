package list

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// check reads a body in any chunks and compares the page with what encoding/json
// makes of it.
func (how reading) check(t testing.TB, body string) result {
	t.Helper()
	got := how.page(t, body)
	complain := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("%s\nof %q\ngot  %+v\n"+format, append([]any{how, body, got}, args...)...)
	}
	if got.err == "" && how.MaxBytes > 0 && !how.stream && !got.overflow && len(got.out) > 2*how.MaxBytes+3 {
		complain("want at most %d bytes", 2*how.MaxBytes)
	}
	if how.Lines {
		how.checkLines(body, got, complain)
		return got
	}
	pardoned := how.pardon(body, got)
	if pardoned != body {
		again := how.page(t, pardoned)
		if again.offset, again.err = got.offset, strings.Replace(again.err, fmt.Sprint(again.offset), fmt.Sprint(got.offset), 1); again != got {
			complain("want what %q gives: %+v", pardoned, again)
		}
	}
	if valid(pardoned) && !valid(body) {
		body = pardoned
	}
	if !valid(body) {
		if got.err == "" && got.status != Done && !valid(how.pardonTrimmed(body, got)) {
			complain("want an error")
		}
		if got.err == "" && !how.CountOnly && !valid(got.out) {
			complain("want JSON")
		}
		return got
	}
	m := modelOf(t, body, how.Path)
	page, more := m.page(how)
	if want, certain := how.wantError(m, more, got); got.err != want && certain {
		complain("want error %q", want)
	}
	if got.err != "" {
		if how.MaxBytes == 0 || len(body) <= how.MaxBytes {
			if got.err == ErrTooLarge.Error() {
				complain("want room for it")
			}
		}
		return got
	}
	m.compare(how, body, got, page, more, complain)
	return got
}

// page is what a page without a bound holds.
func (m model) page(how reading) (page []string, more bool) {
	page = m.items[min(how.Skip, int64(len(m.items))):]
	if how.Limit >= 0 && int64(len(page)) > how.Limit {
		page, more = page[:how.Limit], true
	}
	return page, more
}

// wantError is the error that a valid body must end with, if nothing else ends
// its reading before.
func (how reading) wantError(m model, more bool, got result) (want string, certain bool) {
	failing := how.FailOnMore && !how.stream || how.fail && how.stream
	switch {
	case how.MaxBytes > 0:
		return "", false
	case more && failing:
		return ErrTooMany.Error(), true
	case m.twice && got.status != Done:
		return ErrDuplicate.Error(), true
	}
	return "", true
}

// compare checks the page of a valid body.
func (m model) compare(how reading, body string, got result, page []string, more bool, complain func(string, ...any)) {
	if got.found != m.found {
		complain("want a list found: %t", m.found)
	}
	short := how.MaxBytes > 0 && how.ShortPage && got.items < int64(len(page))
	if short {
		page, more = page[:got.items], true
	}
	if got.items != int64(len(page)) || got.more != more || short && got.items == 0 {
		complain("want %d items, more %t", len(page), more)
	}
	if got.status != Done && (got.seen != int64(len(m.items)) || got.ended != m.found) {
		complain("want %d items seen, ended %t", len(m.items), m.found)
	}
	alone := m.depth == 0
	if how.Spare == 0 && more && (got.status == Done) != (how.Stop == StopAlways || how.Stop == StopAlone && alone) {
		complain("want it to stop")
	}
	if over := got.seen-how.Skip > 0 && how.Limit >= 0 && got.seen-how.Skip-how.Limit > how.Spare; got.overrun != (over && how.Spare > 0) {
		complain("want overrun %t", over)
	}
	if how.CountOnly {
		if got.out != "" {
			complain("want no bytes")
		}
		return
	}
	m.compareText(how, body, got, page, more, complain)
}

func (m model) compareText(how reading, body string, got result, page []string, more bool, complain func(string, ...any)) {
	if !m.found || len(m.items) == 0 {
		want := body
		if how.Mask != nil && !m.found && !how.stream && !got.overflow {
			want = string(Project(nil, []byte(strings.TrimPrefix(body, bom)), how.Mask))
		}
		if got.out != want {
			complain("want %q", want)
		}
		return
	}
	if how.Mask == nil && how.Skip == 0 && !more && got.out != body {
		complain("want it unchanged")
	}
	prefix, suffix := body[:m.start+1], body[m.end-1:]
	if got.status == Done {
		suffix = "]" + strings.Repeat("}", m.depth)
	}
	if !strings.HasPrefix(got.out, prefix) || !strings.HasSuffix(got.out[len(prefix):], suffix) {
		complain("want %q before and %q behind the list", prefix, suffix)
	}
	inner := "[" + strings.TrimSuffix(got.out[len(prefix):], suffix) + "]"
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(inner), &raw); err != nil {
		complain("want a list: %v", err)
	}
	equal := slices.EqualFunc(raw, page, func(got json.RawMessage, item string) bool {
		return string(got) == strings.TrimSpace(string(Project(nil, []byte(item), how.Mask)))
	})
	if !equal {
		complain("want the items %q", page)
	}
}

// pick makes a choice for every option.
func (r *roulette) reading(t testing.TB) reading {
	one := func(of ...int64) int64 { return of[r.IntN(len(of))] }
	how := reading{Options: Options{
		Path:       path(t, []string{"auto", "auto", "orders", "data.orders", "/data/orders", "a.b.a"}[r.IntN(6)]),
		Skip:       one(0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 7, math.MaxInt64-1, math.MaxInt64),
		Limit:      one(-1, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 100, math.MaxInt64),
		Spare:      one(0, 0, 0, 1, 2, math.MaxInt64),
		ShortPage:  r.IntN(2) == 0,
		FailOnMore: r.IntN(8) == 0,
		CountOnly:  r.IntN(8) == 0,
		Stop:       Stop(r.IntN(3)),
	}}
	if r.IntN(3) == 0 {
		how.Mask = mask(t, []string{"id", "a/b,b", "*/a,id", "none"}[r.IntN(4)])
	}
	if r.IntN(4) == 0 {
		how.Key = keyOf(t, "id")
	}
	if r.IntN(2) == 0 {
		how.MaxBytes = 1 + r.IntN(1+r.IntN(400))
	}
	if r.IntN(4) == 0 {
		how.stream, how.fail = true, r.IntN(2) == 0
	}
	return how
}

// body writes a list, mostly.
func (r *roulette) body(depth int) {
	r.space()
	switch {
	case depth == 0 || r.IntN(3) == 0:
		r.items()
	case r.IntN(20) == 0:
		r.value(2)
	default:
		r.members('{', '}', func() {
			r.pick(`"data"`, `"d\u0061ta"`, `"orders"`, `"orders"`, `"\u006frders"`, `"a"`, `"b"`, `"total"`)
			r.space()
			r.b.WriteByte(':')
			if r.IntN(4) == 0 {
				r.value(2)
			} else {
				r.body(depth - 1)
			}
		})
	}
	r.space()
}

func (r *roulette) items() {
	kind := r.IntN(3)
	r.members('[', ']', func() {
		if kind == 0 {
			r.value(2)
		} else {
			r.object(2)
		}
		r.space()
	})
}

// damage spoils some of the bodies.
func (r *roulette) damage(body string) string {
	at := r.IntN(len(body) + 1)
	switch r.IntN(8) {
	case 0:
		return body[:at]
	case 1:
		const bytes = " ,:[]{}\"\\0e-tx\x00\xff"
		i := r.IntN(len(bytes))
		return body[:at] + bytes[i:i+1] + body[at:]
	case 2:
		return body[:at] + body[min(len(body), at+1+r.IntN(4)):]
	}
	return body
}

func TestReaderAgainstModel(t *testing.T) {
	rounds := uint64(30_000)
	if testing.Short() {
		rounds /= 10
	}
	pages, failed := 0, 0
	for seed := range rounds {
		r := &roulette{Rand: rand.New(rand.NewPCG(seed, 3))}
		if r.IntN(20) == 0 {
			r.b.WriteString(bom)
		}
		r.body(3)
		body := r.damage(r.take())
		got := r.reading(t).check(t, body)
		if got.items > 0 && got.more {
			pages++
		}
		if got.err != "" {
			failed++
		}
	}
	// Only those that cut a list say much.
	if pages < int(rounds/25) || failed > int(rounds/2) {
		t.Errorf("%d of %d random bodies were cut, %d were in error", pages, rounds, failed)
	}
}

func FuzzReader(f *testing.F) {
	for i, tc := range texts {
		f.Add([]byte(tc.text), uint64(i))
		f.Add([]byte("["+tc.text+",{}]"), uint64(i))
		f.Add([]byte(`{"orders":[{},`+tc.text+"]}"), uint64(i))
	}
	for i, tc := range bodies {
		f.Add([]byte(tc.body), uint64(i))
	}
	seedSuite(f)
	f.Fuzz(func(t *testing.T, body []byte, seed uint64) {
		r := &roulette{Rand: rand.New(rand.NewPCG(seed, 4))}
		how := r.reading(t)
		got := how.check(t, string(body))
		var rd Reader
		if again := how.read(&rd, string(body), randomly(seed)); again != got {
			t.Fatalf("%s of %q\nwhole:    %+v\nrandomly: %+v", how, body, got, again)
		}
	})
}

// Errors tell one from another.
func TestErrors(t *testing.T) {
	var r Reader
	r.Reset(all)
	_, err := r.Write([]byte("[1,]"))
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset != 3 || r.Offset() != 3 {
		t.Errorf("got %v at %d, want a SyntaxError at 3", err, r.Offset())
	}
	if _, again := r.Write([]byte("1]")); !errors.Is(again, err) {
		t.Errorf("writing on: got %v, want %v", again, err)
	}
	if again := r.Close(); !errors.Is(again, err) {
		t.Errorf("closing: got %v, want %v", again, err)
	}
}
