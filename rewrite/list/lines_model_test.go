package list

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// A lineItem is an item of a body of lines, and the white space around it.
type lineItem struct{ before, text, behind string }

// lineItems are the lines that are not empty. What stands before and behind all of
// them, empty lines too, belongs to the next one or is the rest.
func lineItems(body string) (items []lineItem, rest string) {
	var before strings.Builder
	for i, line := range strings.SplitAfter(body, "\n") {
		text := line
		if i == 0 {
			text = strings.TrimPrefix(text, bom)
		}
		text = strings.Trim(text, " \t\r\n")
		if text == "" {
			before.WriteString(line)
			continue
		}
		at := strings.Index(line, text)
		items = append(items, lineItem{before.String() + line[:at], text, line[at+len(text):]})
		before.Reset()
	}
	return items, before.String()
}

// linePage writes what a page of these holds.
func (how reading) linePage(items []lineItem, rest string, start, n int64, more bool) string {
	if n == 0 && len(items) > 0 || how.CountOnly {
		return ""
	}
	var b strings.Builder
	for i, item := range items[start : start+n] {
		before := item.before
		if i == 0 && start > 0 {
			before = before[strings.LastIndexByte(before, '\n')+1:]
		}
		b.WriteString(before)
		b.Write(Project(nil, []byte(item.text), how.Mask))
		b.WriteString(item.behind)
	}
	if !more {
		b.WriteString(rest)
	}
	return b.String()
}

// wrongLines tells whether there is a line that must be refused, or may be: of one
// that is trimmed, only what is kept is promised to be checked.
func (how reading) wrongLines(items []lineItem, got result) (must, may bool) {
	for n, item := range items {
		text := item.text
		bracket := text[0] == '{' || text[0] == '['
		end := endOf(text, 0)
		whole := bracket && end == len(text) && text[end-1] == closing(text[0])
		switch {
		case valid(text) && !strings.HasPrefix(text, bom):
		case how.leavesOut(int64(n), got) && whole:
		case how.Mask != nil && text[0] == '{' && whole && !how.keyed(got):
			may = true
		default:
			return true, true
		}
	}
	return false, may
}

// checkLines compares a page of lines with what is made of it line by line.
func (how reading) checkLines(body string, got result, complain func(string, ...any)) {
	items, rest := lineItems(body)
	must, may := how.wrongLines(items, got)
	seen := int64(len(items))
	start := min(how.Skip, seen)
	n := seen - start
	if how.Limit >= 0 {
		n = min(n, how.Limit)
	}
	tooMany := start+n < seen && (how.FailOnMore && !how.stream || how.fail && how.stream)
	switch got.err {
	case "":
	case ErrTooLarge.Error():
		if how.MaxBytes == 0 || len(body) <= how.MaxBytes {
			complain("want room for it")
		}
		return
	case ErrTooMany.Error():
		if !tooMany && how.MaxBytes == 0 {
			complain("want more")
		}
		return
	default:
		if !may {
			complain("want no error")
		}
		return
	}
	if must && got.status != Done || tooMany && how.MaxBytes == 0 {
		complain("want an error")
	}
	if how.MaxBytes > 0 && how.ShortPage && 0 < got.items && got.items < n {
		n = got.items
	}
	more := start+n < seen
	if got.items != n || got.more != more || !got.found || got.status != Done && got.seen != seen {
		complain("want %d items of %d, more %t", n, seen, more)
	}
	if how.Spare == 0 && more && (got.status == Done) != (how.Stop != StopNever) {
		complain("want it to stop")
	}
	if want := how.linePage(items, rest, start, n, more); got.out != want && !may {
		complain("want %q", want)
	}
	kept, _ := lineItems(got.out)
	for _, item := range kept {
		if !valid(item.text) {
			complain("want lines of JSON")
		}
	}
}

// lines writes lines, mostly of JSON.
func (r *roulette) lines() string {
	var b strings.Builder
	if r.IntN(20) == 0 {
		b.WriteString(bom)
	}
	end := func() { r.pick("\n", "\n", "\n", "\r\n", " \n", "\n\n", "\n \r\n ") }
	if r.IntN(8) == 0 {
		end()
	}
	for range r.IntN(9) {
		if r.IntN(2) == 0 {
			r.object(2)
		} else {
			r.value(3)
		}
		text := r.take()
		if r.IntN(60) > 0 {
			text = strings.ReplaceAll(text, "\n", " ")
		}
		end()
		b.WriteString(text + r.take())
	}
	body := b.String()
	if r.IntN(4) == 0 {
		body = strings.TrimRight(body, "\n")
	}
	return body
}

func TestLinesAgainstModel(t *testing.T) {
	rounds := uint64(30_000)
	if testing.Short() {
		rounds /= 10
	}
	pages, failed := 0, 0
	for seed := range rounds {
		r := &roulette{Rand: rand.New(rand.NewPCG(seed, 11))}
		body := r.lines()
		if r.IntN(3) == 0 {
			body = r.damage(body)
		}
		how := r.reading(t)
		how.Lines = true
		got := how.check(t, body)
		if got.items > 0 && got.more {
			pages++
		}
		if got.err != "" {
			failed++
		}
	}
	if pages < int(rounds/25) || failed > int(rounds/2) {
		t.Errorf("%d of %d random bodies were cut, %d were in error", pages, rounds, failed)
	}
}

// FuzzLines: however the body is cut, a page of lines is what is made of it line by
// line.
func FuzzLines(f *testing.F) {
	for i, tc := range texts {
		f.Add([]byte(tc.text), uint64(i))
		f.Add([]byte("{}\n"+tc.text+"\r\n\n[]"), uint64(i))
	}
	seedSuite(f)
	f.Fuzz(func(t *testing.T, body []byte, seed uint64) {
		r := &roulette{Rand: rand.New(rand.NewPCG(seed, 12))}
		how := r.reading(t)
		how.Lines = true
		how.check(t, string(body))
	})
}
