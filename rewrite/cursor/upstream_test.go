package cursor_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
)

// TestUpstreamTokens: a token of the upstream's comes back byte for byte, however long it
// may be, and bound as all else is.
func TestUpstreamTokens(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	longest := bytes.Repeat([]byte{0xff}, cursor.MaxToken)
	for _, in := range []cursor.Position{
		{Offset: 1, Token: []byte{0}},
		{Offset: 50, Token: []byte("a b+c/d==\x00é"), Skip: 3, Size: 100},
		{Offset: math.MaxInt64, Token: longest, Skip: math.MaxInt64, Size: math.MaxInt64},
	} {
		token := seal(t, s, in, "route")
		if rest := strings.Trim(token, alphabet); rest != "" {
			t.Errorf("got %q, want base64url without padding", token)
		}
		got, err := s.Open(token, "route")
		if err != nil || got.Offset != in.Offset || !bytes.Equal(got.Token, in.Token) || got.Skip != in.Skip || got.Size != in.Size {
			t.Errorf("got %+v, %v, want %+v", got, err, in)
		}
		if _, err := s.Open(token, "other"); !errors.Is(err, cursor.ErrInvalid) {
			t.Errorf("under another binding: got %v", err)
		}
		if _, err := s.Open(token+"AAAA", "route"); !errors.Is(err, cursor.ErrInvalid) {
			t.Errorf("longer: got %v", err)
		}
	}
	for _, in := range []cursor.Position{
		{Token: append(longest, 0)},
		{Token: []byte("t"), Skip: -1},
		{Token: []byte("t"), Size: -1},
		{Token: []byte("t"), Key: []byte("k")},
	} {
		if token, err := s.Seal(in); err == nil {
			t.Errorf("%.100v: got %s, want an error", in, token)
		}
	}
}
