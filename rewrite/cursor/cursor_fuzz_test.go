package cursor_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
)

// Whatever Open takes, Seal writes again, byte for byte: no position has two
// tokens.
func FuzzOpen(f *testing.F) {
	s := newSealer(f, "a secret of the tests")
	good := seal(f, s, cursor.Position{Offset: 100, Key: []byte("42")}, "orders")
	f.Add(good, "orders")
	f.Add(good, "customers")
	f.Add(good+"\n", "orders")
	f.Add(good[:len(good)-1], "orders")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, token, binding string) {
		p, err := s.Open(token, binding)
		if err != nil {
			if err != cursor.ErrInvalid { //nolint:errorlint // the sentinel itself
				t.Fatalf("got error %v, want ErrInvalid", err)
			}
			return
		}
		if again := seal(t, s, p, binding); again != token {
			t.Fatalf("opened %q, sealed again %q", token, again)
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	s := newSealer(f, "a secret of the tests")
	f.Add(int64(0), []byte(nil), "", "")
	f.Add(int64(100), []byte("42"), "orders", "status=open")
	f.Add(int64(math.MaxInt64), bytes.Repeat([]byte{0xff}, cursor.MaxKey), "a", "bc")
	f.Add(int64(math.MaxInt64), bytes.Repeat([]byte{0}, cursor.MaxKey+1), "ab", "c")
	f.Fuzz(func(t *testing.T, offset int64, key []byte, a, b string) {
		token, err := s.Seal(cursor.Position{Offset: offset, Key: key}, a, b)
		if offset < 0 || len(key) > cursor.MaxKey {
			if err == nil {
				t.Fatalf("sealed offset %d, key of %d bytes", offset, len(key))
			}
			return
		}
		if err != nil {
			t.Fatalf("sealing: %v", err)
		}
		if len(token) > cursor.MaxLength {
			t.Fatalf("got %d characters", len(token))
		}
		p, err := s.Open(token, a, b)
		if err != nil {
			t.Fatalf("opening: %v", err)
		}
		if p.Offset != offset || !bytes.Equal(p.Key, key) {
			t.Fatalf("got %+v, sealed %d and %q", p, offset, key)
		}
		// Another border between the bindings is another binding.
		if _, err := s.Open(token, a+b); err == nil {
			t.Fatal("opened with the bindings joined")
		}
		if a != "" {
			last := len(a) - 1
			if _, err := s.Open(token, a[:last], a[last:]+b); err == nil {
				t.Fatal("opened with the border moved")
			}
		}
	})
}
