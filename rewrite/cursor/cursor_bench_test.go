package cursor_test

import (
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
)

func BenchmarkSeal(b *testing.B) {
	s := newSealer(b, "a secret of the tests")
	p := cursor.Position{Offset: 100_000, Key: []byte("ord_0000100000")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Seal(p, bindings...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s := newSealer(b, "a secret of the tests")
	token := seal(b, s, cursor.Position{Offset: 100_000, Key: []byte("ord_0000100000")}, bindings...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(token, bindings...); err != nil {
			b.Fatal(err)
		}
	}
}
