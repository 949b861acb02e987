package caddymodule

import (
	"hash/maphash"
	"sync/atomic"
)

// A memory remembers what has been made for requests. Clients that know nothing of pages ask
// for the same URL over and over; to read its query and to seal the same cursor anew is most
// of what a short page costs.
//
// A thing is found by all that it is made of, compared byte for byte: so none is ever out of
// date, and none reaches a request for which it would not have been made. There is room for
// a few; one goes where another one of its slot comes, and is kept only when it is made
// twice in a row there, so that walks from page to page leave nothing behind.
//
// T is a pointer, to something that nobody changes.
type memory[T any] [128]memorySlot[T]

type memorySlot[T any] struct {
	made atomic.Uint64 // the sum of the key that something was last made for
	kept atomic.Pointer[memorized[T]]
}

type memorized[T any] struct {
	key   string
	thing T
}

// largestKept is how long texts may be to be kept.
const largestKept = 1 << 10

var memorySeed = maphash.MakeSeed()

// find returns what is kept for a key; else nil, and the place where it may be kept.
func (m *memory[T]) find(key []byte) (thing T, place memoryPlace[T]) {
	sum := maphash.Bytes(memorySeed, key)
	place = memoryPlace[T]{&m[sum%uint64(len(m))], sum}
	if kept := place.slot.kept.Load(); kept != nil && kept.key == string(key) {
		thing = kept.thing
	}
	return thing, place
}

// A memoryPlace is where to keep what has to be made for a key.
type memoryPlace[T any] struct {
	slot *memorySlot[T]
	sum  uint64
}

// recurs takes note that the thing has been made for the key, and tells whether to keep it.
func (p memoryPlace[T]) recurs(key []byte) bool {
	return p.slot.made.Swap(p.sum) == p.sum && len(key) <= largestKept
}

func (p memoryPlace[T]) keep(key []byte, thing T) {
	p.slot.kept.Store(&memorized[T]{string(key), thing})
}
