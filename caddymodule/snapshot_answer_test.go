package caddymodule

import (
	"reflect"
	"testing"
	"time"
)

// What a snapshot keeps of an answer is read as it was written, and nothing that was cut
// or has something behind it: it may come from a store that others write to.
func TestKeptAnswer(t *testing.T) {
	kept := keptAnswer{status: 200, read: time.UnixMilli(1_000_000_000_000), fields: []keptField{
		{"Content-Type", put, []string{"application/json"}},
		{"Server", removed, nil},
		{"Vary", added, []string{"Accept", "Origin", ""}},
		{"Via", added, []string{"1.1 a", "1.1 b", "1.1 c", "1.1 d", "1.1 e", "1.1 f"}},
	}}
	text := kept.text()
	got, err := readAnswer(text)
	if err != nil || !reflect.DeepEqual(got, kept) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, kept)
	}
	for n := range text {
		if got, err := readAnswer(text[:n]); err == nil {
			t.Errorf("cut at %d of %d: got %+v", n, len(text), got)
		}
	}
	if got, err := readAnswer(append(text, 0)); err == nil {
		t.Errorf("with another byte: got %+v", got)
	}
	// Whoever adds a value gets room of its own.
	_ = append(got.fields[2].values, "Cookie")
	if got := got.fields[3].values[0]; got != "1.1 a" {
		t.Errorf("got %q behind a list that was added to", got)
	}
}
