package caddymodule

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// newHeads is a table with a clock of its own.
func newHeads() (*heads, *testClock) {
	clock := &testClock{now: time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)}
	return &heads{clock: clock}, clock
}

func TestHeadIsSharedWhileItIsRead(t *testing.T) {
	hs, clock := newHeads()
	h, mine := hs.join(headKey{1}, clock.Now(), time.Time{})
	if !mine {
		t.Fatal("the first one is to read")
	}
	other, mine := hs.join(headKey{2}, clock.Now(), time.Time{})
	if !mine || other == h {
		t.Error("another key has the same head")
	}
	hs.leave(other)
	same, mine := hs.join(headKey{1}, clock.Now(), time.Time{})
	if mine || same != h {
		t.Error("the second one reads, too")
	}
	h.begin(http.StatusOK, []savedField{{"X-Outside", []string{"a"}}}, http.Header{
		"X-Outside": {"a"}, "Etag": {`"v1"`}, "Set-Cookie": {"session=1"}, "Content-Length": {"9"}, "Content-Encoding": {"gzip"},
	})
	h.take([]byte("[1,"), 9)
	h.take([]byte("2,"), 9)
	h.settle(usable)
	h.settle(lost) // the first call counts
	if got := same.wait(t.Context()); got != usable || string(same.body) != "[1,2," || same.status != http.StatusOK {
		t.Errorf("got %d, %q with %d", got, same.body, same.status)
	}
	if len(same.fields) != 1 || same.fields[0].name != "Etag" {
		t.Errorf("got the fields %v, want the tag alone", same.fields)
	}
	hs.leave(h)
	hs.leave(same)
	if len(hs.table) != 1 || clock.pending() != 1 {
		t.Error("where there were several, the head is to stay")
	}
	clock.advance(crowdFor)
	if len(hs.table) != 0 || clock.pending() != 0 {
		t.Error("the head stays for good")
	}
}

func TestHeadEnds(t *testing.T) {
	for _, tc := range []struct {
		name   string
		leap   time.Duration
		since  time.Duration // when something was written, behind the beginning
		shared bool
	}{
		{"at once", 0, -1, true},
		{"as long as a first page is fresh", freshFor, -1, true},
		{"later", freshFor + 1, -1, false},
		{"after a write", time.Second, time.Second, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hs, clock := newHeads()
			begun := clock.Now()
			h, _ := hs.join(headKey{}, begun, time.Time{})
			clock.advance(tc.leap)
			other, mine := hs.join(headKey{}, clock.Now(), begun.Add(tc.since))
			if mine == tc.shared {
				t.Errorf("got one of its own: %t", mine)
			}
			h.settle(lost)
			hs.leave(h)
			if mine {
				other.settle(lost)
			}
			hs.leave(other)
			if len(hs.table) != 0 {
				t.Error("a head that is of no use stays")
			}
		})
	}
}

func TestHeadAlone(t *testing.T) {
	hs, clock := newHeads()
	h, _ := hs.join(headKey{}, clock.Now(), time.Time{})
	h.settle(usable)
	hs.leave(h)
	if len(hs.table) != 0 || clock.pending() != 0 {
		t.Error("something is kept of a page that nobody else asked for")
	}
}

func TestHeadOutcomes(t *testing.T) {
	hs, clock := newHeads()
	for _, tc := range []struct {
		name string
		read func(h *head)
		want outcome
	}{
		{"too large", func(h *head) { h.take(make([]byte, 10), 9); h.settle(usable) }, lost},
		{"varies by anything", func(h *head) { h.begin(200, nil, http.Header{"Vary": {"Accept, *"}}); h.settle(usable) }, noList},
		{"no list", func(h *head) { h.settle(noList) }, noList},
	} {
		h, _ := hs.join(headKey{}, clock.Now(), time.Time{})
		tc.read(h)
		if got := h.wait(t.Context()); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
		hs.leave(h)
	}
	h, _ := hs.join(headKey{}, clock.Now(), time.Time{})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if got := h.wait(gone); got != lost {
		t.Errorf("a client that has gone: got %d", got)
	}
}
