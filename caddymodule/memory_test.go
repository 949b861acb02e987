package caddymodule

import (
	"strings"
	"testing"
)

// size is how many things a memory keeps.
func (m *memory[T]) size() int {
	n := 0
	for i := range m {
		if m[i].kept.Load() != nil {
			n++
		}
	}
	return n
}

// TestMemory: a thing is kept when it is made twice in a row.
func TestMemory(t *testing.T) {
	m := new(memory[*string])
	a, b := []byte("a"), []byte("b")
	one := "1"
	_, place := m.find(a)
	if place.recurs(a) {
		t.Error("it recurs the first time")
	}
	other := memoryPlace[*string]{place.slot, place.sum + 1}
	if other.recurs(b) || place.recurs(a) {
		t.Error("it recurs although another one came in between")
	}
	if !place.recurs(a) {
		t.Error("it does not recur the second time")
	}
	place.keep(a, &one)
	if got, _ := m.find(a); got != &one {
		t.Error("what was kept is not found")
	}
	place.slot.kept.Store(&memorized[*string]{"b", &one}) // as one of the same sum would be
	if got, _ := m.find(a); got != nil {
		t.Errorf("got %q, which was kept for another key", *got)
	}
	long := []byte(strings.Repeat("k", largestKept+1))
	_, place = m.find(long)
	if place.recurs(long); place.recurs(long) {
		t.Error("it recurs under a long key")
	}
}
