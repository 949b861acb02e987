package list

import (
	"strings"
	"testing"
)

// suiteReadings are what may become of an item. check knows what is promised of each.
func suiteReadings(t testing.TB, lines bool) []reading {
	t.Helper()
	all := []reading{
		{Options: Options{Limit: -1}},
		{Options: Options{Limit: -1}, stream: true},
		{Options: Options{Limit: 1, Stop: StopNever}},
		{Options: Options{Limit: 1, Stop: StopAlways}},
		{Options: Options{Skip: 1, Limit: 1}},
		{Options: Options{Skip: 9, Limit: 1}},
		{Options: Options{Limit: -1, CountOnly: true}},
		{Options: Options{Limit: -1, Mask: mask(t, "a")}},
		{Options: Options{Limit: -1, Mask: mask(t, "id,x/id,*/none")}},
		{Options: Options{Limit: -1, Mask: mask(t, "a"), Key: keyOf(t, "id")}},
	}
	for i := range all {
		all[i].Lines = lines
	}
	return all
}

// suitePlaces are the bodies in which a text is given: alone, and as an item at the
// first, middle and last place. One that is long, because it is deep, comes alone and
// in the middle: each place is read 90 times.
func suitePlaces(text string, lines bool) []string {
	const a, b = `{"id":1,"a":[2]}`, `{"a":"x","id":3}`
	if lines {
		return []string{text, text + "\n" + a + "\n" + b, a + "\r\n" + text + "\n" + b + "\n", a + "\n" + b + "\n" + text + "\n"}
	}
	if len(text) > 10_000 {
		return []string{text, "[" + a + "," + text + "," + b + "]"}
	}
	return []string{text, "[" + text + "," + a + "," + b + "]", "[" + a + "," + text + "," + b + "]", "[" + a + "," + b + "," + text + "]"}
}

// checkSuite reads a text in every place and every way, in any chunks and by either
// engine. Kept whole, it is what encoding/json says, and accepted says of it alone.
func checkSuite(t *testing.T, text string, accepted bool) {
	t.Helper()
	for i, body := range suitePlaces(text, false) {
		want := accepted && (i == 0 || !strings.HasPrefix(text, bom)) // which only a body may begin with
		if valid(body) != want {
			t.Fatalf("encoding/json accepts %.200q: %t, want %t", body, !want, want)
		}
		for _, how := range suiteReadings(t, false) {
			wantKept(t, how, body, how.check(t, body), want)
		}
	}
	if strings.Contains(text, "\n") {
		return
	}
	for i, body := range suitePlaces(text, true) {
		rest := text
		if i < 2 {
			rest = strings.TrimPrefix(text, bom)
		}
		empty := strings.TrimSpace(rest) == "" // no item at all
		want := accepted && (i < 2 || rest == text && !strings.HasPrefix(text, bom)) || empty
		for _, how := range suiteReadings(t, true) {
			wantKept(t, how, body, how.check(t, body), want)
		}
	}
}

// wantKept asserts on a body that was read whole: it is kept byte for byte, or refused.
// What is accepted is accepted whatever becomes of it.
func wantKept(t *testing.T, how reading, body string, got result, accepted bool) {
	t.Helper()
	whole := how.Limit < 0 && how.Skip == 0 && how.Mask == nil && !how.CountOnly
	switch {
	case accepted && got.err != "":
		t.Fatalf("%s of %.200q: got error %q", how, body, got.err)
	case accepted && whole && got.out != body:
		t.Fatalf("%s of %.200q: got %.200q", how, body, got.out)
	case !accepted && whole && got.err == "":
		t.Fatalf("%s of %.200q: got no error", how, body)
	}
}

// seedSuite gives a fuzzer the cases that are short.
func seedSuite(f *testing.F) {
	for _, tc := range append(append([]suiteCase(nil), suiteAccepted...), suiteRefused...) {
		if len(tc.text) < 1000 {
			f.Add([]byte(tc.text), uint64(len(tc.text)))
		}
	}
}

func TestSuite(t *testing.T) {
	if n := len(suiteAccepted) + len(suiteRefused) + len(suiteEither); n != 318 {
		t.Errorf("got %d cases, the suite has 318", n)
	}
	for _, tc := range suiteAccepted {
		t.Run("accepted/"+tc.name, func(t *testing.T) { checkSuite(t, tc.text, true) })
	}
	for _, tc := range suiteRefused {
		t.Run("refused/"+tc.name, func(t *testing.T) { checkSuite(t, tc.text, false) })
	}
	for _, tc := range suiteEither {
		t.Run("either/"+tc.name, func(t *testing.T) { checkSuite(t, tc.text, tc.accepted) })
	}
}
