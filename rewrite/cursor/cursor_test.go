package cursor_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// bindings is what the tests bind to unless the bindings are their subject.
var bindings = []string{"orders", "/api/orders", "items", "status=open"}

func newSealer(t testing.TB, secret string) *cursor.Sealer {
	t.Helper()
	s, err := cursor.NewSealer([]byte(secret))
	if err != nil {
		t.Fatalf("making sealer: %v", err)
	}
	return s
}

func seal(t testing.TB, s *cursor.Sealer, p cursor.Position, bindings ...string) string {
	t.Helper()
	token, err := s.Seal(p, bindings...)
	if err != nil {
		t.Fatalf("sealing %+v: %v", p, err)
	}
	return token
}

// invalid fails the test unless token is refused with the one error and an
// empty position.
func invalid(t *testing.T, s *cursor.Sealer, token string, bindings ...string) {
	t.Helper()
	p, err := s.Open(token, bindings...)
	if err != cursor.ErrInvalid { //nolint:errorlint // the sentinel itself: a wrapped one could carry a hint
		t.Errorf("opening %q: got error %v, want ErrInvalid", token, err)
	}
	if p.Offset != 0 || p.Key != nil {
		t.Errorf("opening %q: got %+v beside the error, want nothing", token, p)
	}
}

func TestRoundTrip(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	long := bytes.Repeat([]byte("k"), cursor.MaxKey)

	for _, tc := range []struct {
		name string
		in   cursor.Position
		want cursor.Position
	}{
		{"start", cursor.Position{}, cursor.Position{}},
		{"empty key", cursor.Position{Offset: 1, Key: []byte{}}, cursor.Position{Offset: 1}},
		{"offset", cursor.Position{Offset: 100}, cursor.Position{Offset: 100}},
		{"largest offset", cursor.Position{Offset: math.MaxInt64}, cursor.Position{Offset: math.MaxInt64}},
		{
			"number as key",
			cursor.Position{Offset: 50, Key: []byte("9007199254740993")},
			cursor.Position{Offset: 50, Key: []byte("9007199254740993")},
		},
		{
			"binary key",
			cursor.Position{Key: []byte{0, 0xff, '\n', 0}},
			cursor.Position{Key: []byte{0, 0xff, '\n', 0}},
		},
		{
			"longest key",
			cursor.Position{Offset: math.MaxInt64, Key: long},
			cursor.Position{Offset: math.MaxInt64, Key: long},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			token := seal(t, s, tc.in, bindings...)
			if len(token) >= 128 {
				t.Errorf("got %d characters, want under 128", len(token))
			}
			if rest := strings.Trim(token, alphabet); rest != "" {
				t.Errorf("got %q, want base64url without padding", token)
			}
			got, err := s.Open(token, bindings...)
			if err != nil {
				t.Fatalf("opening: %v", err)
			}
			if got.Offset != tc.want.Offset || !bytes.Equal(got.Key, tc.want.Key) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestLongestKeyFillsTheToken(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	token := seal(t, s, cursor.Position{Key: make([]byte, cursor.MaxKey)})
	if len(token) != cursor.MaxLength {
		t.Errorf("got %d characters for a key of %d bytes, want %d", len(token), cursor.MaxKey, cursor.MaxLength)
	}
}

// A walk may go on over a deployment of a new version, so tokens must not
// change by accident. Whoever changes them on purpose changes the version.
func TestTokensStayTheSame(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	for _, tc := range []struct {
		name string
		in   cursor.Position
		want string
	}{
		{"offset", cursor.Position{Offset: 100}, "yjVO8qjRF6SaSjKB405NNaxPwXA2k7VnzGU6vD1Yd7US1spQpaY"},
		{"key", cursor.Position{Offset: 100, Key: []byte("ord_0100")}, "2zmSrzGezv1acPJFFlwFum5JzGkSbTNWIRExrFOVuHCix2cpDFylQIViMiOWcw"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := seal(t, s, tc.in, bindings...); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestSealIsDeterministic(t *testing.T) {
	p := cursor.Position{Offset: 100, Key: []byte("42")}
	first := seal(t, newSealer(t, "one"), p, bindings...)
	if got := seal(t, newSealer(t, "one"), p, bindings...); got != first {
		t.Errorf("got %s and %s for one position", first, got)
	}

	// Everything that is sealed shows in the token.
	seen := map[string]string{first: "the position"}
	for name, token := range map[string]string{
		"another offset":  seal(t, newSealer(t, "one"), cursor.Position{Offset: 101, Key: []byte("42")}, bindings...),
		"another key":     seal(t, newSealer(t, "one"), cursor.Position{Offset: 100, Key: []byte("43")}, bindings...),
		"no key":          seal(t, newSealer(t, "one"), cursor.Position{Offset: 100}, bindings...),
		"another binding": seal(t, newSealer(t, "one"), p, "other"),
		"another secret":  seal(t, newSealer(t, "two"), p, bindings...),
	} {
		// The nonce alone (16 characters) has to differ: GCM must not see
		// one nonce with two messages.
		for other, what := range seen {
			if other[:16] == token[:16] {
				t.Errorf("%s has the nonce of %s", name, what)
			}
		}
		seen[token] = name
	}
}

func TestOpenRefusesOtherBindings(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	token := seal(t, s, cursor.Position{Offset: 100}, "a", "bc")
	for _, tc := range []struct {
		name     string
		bindings []string
	}{
		{"none", nil},
		{"fewer", []string{"a"}},
		{"more", []string{"a", "bc", "d"}},
		{"empty one more", []string{"a", "bc", ""}},
		{"empty one before", []string{"", "a", "bc"}},
		{"other border", []string{"ab", "c"}},
		{"joined", []string{"abc"}},
		{"other order", []string{"bc", "a"}},
		{"other case", []string{"a", "bC"}},
		{"length written out", []string{"a\x00\x00\x00\x00\x00\x00\x00\x02bc"}},
	} {
		t.Run(tc.name, func(t *testing.T) { invalid(t, s, token, tc.bindings...) })
	}
	if _, err := s.Open(token, "a", "bc"); err != nil {
		t.Errorf("opening with its own bindings: %v", err)
	}
}

func TestOpenRefusesOtherSecret(t *testing.T) {
	token := seal(t, newSealer(t, "one"), cursor.Position{Offset: 100})
	invalid(t, newSealer(t, "two"), token)
	invalid(t, newSealer(t, "one\x00"), token)
}

// tampered are tokens of all three remainders of length by 3, because base64
// leaves 0, 4 and 2 bits unused for them.
func tampered(t *testing.T, s *cursor.Sealer) []string {
	t.Helper()
	var tokens []string
	for _, key := range []string{"", "4", "42"} {
		tokens = append(tokens, seal(t, s, cursor.Position{Offset: 100, Key: []byte(key)}, bindings...))
	}
	return tokens
}

func TestOpenRefusesEveryFlippedBit(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	for _, token := range tampered(t, s) {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatalf("decoding: %v", err)
		}
		for bit := range len(raw) * 8 {
			raw[bit/8] ^= 1 << (bit % 8)
			invalid(t, s, base64.RawURLEncoding.EncodeToString(raw), bindings...)
			raw[bit/8] ^= 1 << (bit % 8)
		}
	}
}

func TestOpenRefusesEveryOtherCharacter(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	for _, token := range tampered(t, s) {
		for i := range len(token) {
			for c := range 256 {
				if byte(c) == token[i] {
					continue
				}
				invalid(t, s, token[:i]+string([]byte{byte(c)})+token[i+1:], bindings...)
			}
		}
	}
}

func TestOpenRefusesOtherLengths(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	for _, token := range tampered(t, s) {
		for i := range len(token) {
			invalid(t, s, token[:i], bindings...)
			if i > 0 {
				invalid(t, s, token[i:], bindings...)
			}
			for _, insert := range []string{"A", "\n", "\r", " ", "=", "\x00", "%41"} {
				invalid(t, s, token[:i]+insert+token[i:], bindings...)
			}
		}
		for _, tail := range []string{"A", "AAAA", "=", "==", "\n", "\r\n", " ", token} {
			invalid(t, s, token+tail, bindings...)
		}
		for _, head := range []string{"=", "\n", " ", "\ufeff"} {
			invalid(t, s, head+token, bindings...)
		}
	}
}

func TestOpenRefusesOtherSpellings(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	spellings := 0
	for _, token := range tampered(t, s) {
		want, _ := base64.RawURLEncoding.DecodeString(token)
		for _, c := range alphabet {
			other := token[:len(token)-1] + string(c)
			raw, err := base64.RawURLEncoding.DecodeString(other)
			if other == token || err != nil || !bytes.Equal(raw, want) {
				continue
			}
			spellings++ // the same bytes: only the unused bits differ
			invalid(t, s, other, bindings...)
		}
	}
	if want := 15 + 3; spellings != want {
		t.Errorf("tried %d other spellings, want %d", spellings, want)
	}

	// The standard alphabet, in a token that has a character of its own in it.
	for offset := range int64(1000) {
		token := seal(t, s, cursor.Position{Offset: offset}, bindings...)
		if std := strings.NewReplacer("-", "+", "_", "/").Replace(token); std != token {
			invalid(t, s, std, bindings...)
			return
		}
	}
	t.Error("no token has a character outside the standard alphabet")
}

func TestOpenRefusesWhatIsNoToken(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	for _, token := range []string{
		"", "A", "0", "100", "null", "undefined", "....", "ü", strings.Repeat("A", 38),
		strings.Repeat("A", 50), strings.Repeat("A", 127), strings.Repeat("A", 128), strings.Repeat("A", 1<<20),
	} {
		invalid(t, s, token)
	}
}

func TestSealRefuses(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	for _, tc := range []struct {
		name string
		in   cursor.Position
		want string
	}{
		{"negative offset", cursor.Position{Offset: -1}, "sealing cursor: offset -1 is negative"},
		{"key too long", cursor.Position{Key: make([]byte, cursor.MaxKey+1)}, "sealing cursor: key of 58 bytes, at most 57"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			token, err := s.Seal(tc.in)
			if err == nil || err.Error() != tc.want || token != "" {
				t.Errorf("got %q, %v, want error %q", token, err, tc.want)
			}
		})
	}
}

func TestNewSealerRefusesEmptySecret(t *testing.T) {
	s, err := cursor.NewSealer(nil)
	if err == nil || err.Error() != "deriving cursor keys: empty secret" || s != nil {
		t.Errorf("got %v, %v", s, err)
	}
}

func TestErrInvalidTellsNothing(t *testing.T) {
	s := newSealer(t, "a secret of the tests")
	token := seal(t, s, cursor.Position{Offset: 100}, "a")
	_, cut := s.Open(token[:10], "a")
	_, other := s.Open(token, "b")
	if !errors.Is(cut, cursor.ErrInvalid) || cut.Error() != other.Error() {
		t.Errorf("got %v and %v, want the same error", cut, other)
	}
}
