package list

import (
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	const three = "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n"
	const early = "the JSON text ends too early"
	limit := func(n int64) Options { return Options{Limit: n} }
	skip := func(skip, n int64) Options { return Options{Skip: skip, Limit: n} }
	for _, tc := range []struct {
		name, body string
		opt        Options
		want, err  string // where err is set, want is the pointer
		items      int64
		more       bool
	}{
		{"all", three, all, three, "", 3, false},
		{"no last line feed", three[:26], all, three[:26], "", 3, false},
		{"a page", three, limit(2), three[:18], "", 2, true},
		{"exactly a page", three, limit(3), three, "", 3, false},
		{"the last page", three, skip(2, 2), three[18:], "", 1, false},
		{"the last page, no last line feed", three[:26], skip(2, 2), three[18:26], "", 1, false},
		{"a page in the middle", three, skip(1, 1), three[9:18], "", 1, true},
		{"behind the end", three, skip(3, 2), "", "", 0, false},
		{"far behind the end", three, skip(9, 2), "", "", 0, false},
		{"no items of some", three, limit(0), "", "", 0, true},
		{"nothing", "", all, "", "", 0, false},
		{"only empty lines", "\n \n\r\n", all, "\n \n\r\n", "", 0, false},
		{"only a byte order mark", bom, all, bom, "", 0, false},
		{"byte order mark", bom + three, all, bom + three, "", 3, false},
		{"byte order mark, second page", bom + three, skip(1, 9), three[9:], "", 2, false},
		{"CR LF", "1\r\n[2]\r\n{}\r\n", all, "1\r\n[2]\r\n{}\r\n", "", 3, false},
		{"CR LF, a page", "1\r\n[2]\r\n{}\r\n", skip(1, 1), "[2]\r\n", "", 1, true},
		{"empty lines", "\n1\n\n \n2\n\n3\n\n", all, "\n1\n\n \n2\n\n3\n\n", "", 3, false},
		{"empty lines around a page", "\n1\n\n \n 2 \n\n3\n\n", skip(1, 1), " 2 \n", "", 1, true},
		{"white space", " 1 \t\n\t2 \n", all, " 1 \t\n\t2 \n", "", 2, false},
		{"scalars", "1\n\"a\"\ntrue\nnull\n-1e5", skip(1, 3), "\"a\"\ntrue\nnull\n", "", 3, true},
		{"the path does not count", "{\"orders\":[1,2]}\n{\"orders\":[3]}\n", Options{Path: path(t, "orders"), Limit: 1}, "{\"orders\":[1,2]}\n", "", 1, true},
		{"escaped line feeds", "{\"a\":\"\\n\"}\n2\n", all, "{\"a\":\"\\n\"}\n2\n", "", 2, false},
		{"trimmed", "{\"id\":1,\"a\":[2]} \r\n7\n{\"a\":3}", Options{Limit: -1, Mask: mask(t, "a")}, "{\"a\":[2]} \r\n7\n{\"a\":3}", "", 3, false},
		{"trimmed, a page", "{\"id\":1,\"a\":[2]}\n{\"a\":3}", Options{Limit: 1, Mask: mask(t, "id")}, "{\"id\":1}\n", "", 1, true},
		{"it stops", "1\n2\n3 oops", Options{Limit: 2, Stop: StopAlone}, "1\n2\n", "", 2, true},
		{"a short page", "{\"a\":1}\n{\"a\":22}\n3\n", Options{Limit: 9, MaxBytes: 12, ShortPage: true}, "{\"a\":1}\n", "", 1, true},
		{"only counted", three, Options{Limit: -1, CountOnly: true}, "", "", 3, false},
		{"left out and wrong inside", "{oops}\n1\n[,,]\n", skip(1, 1), "1\n", "", 1, true},

		{"a line feed in an item", "1\n{\"a\":\n2}\n", all, "/1/a", lineCut, 1, false},
		{"a line feed in an item that is left out", "{\"a\":1}\n{\"a\":\n2}\n3", skip(2, 1), "/1", lineCut, 0, false},
		{"a line feed in a string", "1\n\"a\nb\"\n", all, "/1", lineCut, 1, false},
		{"a line feed in a literal", "1\nnu\nll\n", all, "/1", lineCut, 1, false},
		{"a number that is cut", "1\n-\n", all, "/1", "invalid number", 1, false},
		{"pretty-printed", "{\n  \"a\": 1\n}\n", all, "/0", lineCut, 0, false},
		{"two items on a line", "{} {}\n", all, "", oneText, 1, false},
		{"two numbers on a line", "1 2\n", all, "", oneText, 1, false},
		{"two items with a comma", "{\"a\":1},{\"a\":2}\n", Options{Limit: -1, Mask: mask(t, "a")}, "", oneText, 1, false},
		{"two numbers with a comma", "1,2\n", all, "", oneText, 1, false},
		{"two items on a line that is left out", "{\"a\":1},{\"a\":2}\n3\n", skip(1, 1), "", oneText, 0, false},
		{"a bracket too much", "1\n[]]\n", all, "", oneText, 2, false},
		{"another bracket, left out", "{]\n1\n", skip(1, 1), "/0", "expected ',' or '}' behind a member", 0, false},
		{"only a bracket", "]\n", all, "/0", "expected a value", 0, false},
		{"only a comma", "1\n,\n", all, "/1", "expected a value", 1, false},
		{"an array over lines", "[\n1,\n2\n]\n", all, "/0/0", lineCut, 0, false},
		{"cut in an item", "1\n{\"a\":[1,", all, "/1/a/1", early, 1, false},
		{"cut in an item that is left out", "1\n{\"a\":[1,", skip(2, 1), "/1", early, 0, false},
		{"cut in a byte order mark", bom[:2], all, "/0", early, 0, false},
		{"a byte order mark on the second line", "1\n" + bom + "2\n", all, "/1", "expected a value", 1, false},
		{"a record separator (RFC 7464)", "\x1e1\n", all, "/0", "expected a value", 0, false},
		{"too many", three, Options{Limit: 2, FailOnMore: true}, "/2", ErrTooMany.Error(), 2, false},
		{"too large", three, Options{Limit: 2, MaxBytes: 7}, "/0", ErrTooLarge.Error(), 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.opt.Lines = true
			got := reading{Options: tc.opt}.check(t, tc.body)
			out := got.out
			if tc.err != "" {
				out = got.pointer
			}
			if out != tc.want || got.items != tc.items || got.more != tc.more || !strings.HasPrefix(got.err, tc.err) || tc.err == "" && got.err != "" {
				t.Errorf("got %q, error %q, %d items, more %t, want %q, error %q, %d, %t",
					out, got.err, got.items, got.more, tc.want, tc.err, tc.items, tc.more)
			}
		})
	}
}

// What is skimmed is skimmed fast: whatever its length, and wherever chunks end.
func TestLinesSkimmed(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		b.WriteString(`{"text":"` + strings.Repeat(`x\"}`, i%40) + `","in":[{},{"a":[]}]}`)
		b.WriteString([]string{"\n", "\r\n", " \n", "\n\n", "\n7\n"}[i%97%5])
	}
	body := b.String()
	items := int64(500 + strings.Count(body, "\n7\n"))
	for _, opt := range []Options{{Limit: -1, CountOnly: true}, {Skip: items - 1, Limit: 1}, {Limit: 1}, {Limit: 0, Spare: 3, Stop: StopAlone}} {
		opt.Lines = true
		got := reading{Options: opt}.check(t, body)
		if got.err != "" || opt.Spare == 0 && got.seen != items || opt.Spare > 0 && (got.seen != 4 || !got.overrun) {
			t.Errorf("%s: got %d items seen, error %q, want %d", reading{Options: opt}, got.seen, got.err, items)
		}
	}
}

// A line goes out of a stream when it ends, not when the next one begins.
func TestLinesStream(t *testing.T) {
	var r Reader
	r.Reset(Options{Lines: true, Limit: -1, Mask: mask(t, "id")})
	r.Stream(false)
	for i, line := range []string{"{\"id\":1}\n", "{\"id\":2} \r\n", "3\n", "\n"} {
		if _, err := r.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		want := line
		if i == 3 {
			want = "" // an empty line waits for another, or for the end
		}
		if got := string(r.Take()); got != want {
			t.Errorf("behind %q: got %q, want %q", line, got, want)
		}
	}
	if err := r.Close(); err != nil || string(r.Take()) != "\n" {
		t.Errorf("at the end: error %v", err)
	}
}
