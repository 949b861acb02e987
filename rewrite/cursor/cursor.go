// Package cursor seals positions in a list into opaque tokens. A client can
// hand a token back and nothing else: it cannot read it, alter it, or use it
// with another list, another filter or another deployment's secret.
//
// Sealing is deterministic: the same position under the same bindings always
// has the same token, so that pages can be cached and compared.
//
// A token is base64url without padding (RFC 4648, section 5) of
//
//	nonce (12) | ciphertext of the position | tag (16)
//
// and a position is
//
//	version (1) | kind (1) | offset (8, big endian) | key, or a token of the upstream's
package cursor

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math"
	"sync"
)

// ErrInvalid is the only error of [Sealer.Open]. It does not tell what was
// wrong with a token, because that would help only those who forge them.
var ErrInvalid = errors.New("opening cursor: invalid, or made for another list")

const (
	// MaxLength is the length of the longest token, in characters, but for one that
	// carries a token of the upstream's.
	MaxLength = 127

	// MaxKey is the length of the longest key, in bytes: what is left of MaxLength.
	MaxKey = MaxLength*6/8 - nonceSize - tagSize - headSize

	// MaxToken is the length of the longest token of an upstream's, in bytes.
	MaxToken = 2 << 10

	// longest is the length of the token that carries it.
	longest = (nonceSize+headSize+2*binary.MaxVarintLen64+MaxToken+tagSize)*8/6 + 1

	nonceSize = 12
	tagSize   = 16
	headSize  = 1 + 1 + 8
	sizeSize  = 8

	// version is the layout of a position. Tokens of any other are invalid.
	version = 1

	kindKey   = 0 // a key, or none
	kindToken = 2 // skip and size (varints), and a token of the upstream's
)

// The labels keep the two keys apart from each other, and from whatever else
// is derived from the same secret.
const (
	sealLabel  = "caddy-paginate cursor v1 aes-256-gcm"
	nonceLabel = "caddy-paginate cursor v1 nonce"
)

var encoding = base64.RawURLEncoding

// Position says where a page begins, or where the one before it ended.
type Position struct {
	// Offset is how many items of the list come before. Never negative.
	Offset int64

	// Key is the last item's key, opaque to this package. Empty means that
	// the position is an offset only.
	Key []byte

	// Token, if there is one, is where an upstream that has tokens of its own goes on,
	// opaque to this package, too. Skip is how many items behind it come before the
	// position, and Size how many the upstream was asked for at once. There is then
	// no Key.
	Token      []byte
	Skip, Size int64
}

// Sealer seals and opens cursors. It is safe for concurrent use.
type Sealer struct {
	aead    cipher.AEAD
	benches sync.Pool // of *bench
}

// A bench is what sealing works with. Ciphers and hashes are interfaces, which
// would put every buffer on the heap: so they are kept for other cursors.
type bench struct {
	mac     hash.Hash // HMAC-SHA-256 under the key for nonces
	text    []byte    // what nonces are of: the bindings' length (8), bindings, position
	plain   int       // where in text the position is
	raw     []byte
	sum     [sha256.Size]byte
	respell [MaxLength]byte
}

// NewSealer derives the keys of a Sealer from secret (HKDF with SHA-256, RFC
// 5869). Every instance that serves the same clients needs the same secret.
// HKDF does not stretch passwords: give it at least 16 random bytes. An empty
// secret is an error.
func NewSealer(secret []byte) (*Sealer, error) {
	if len(secret) == 0 {
		return nil, errors.New("deriving cursor keys: empty secret")
	}
	sealKey, err := hkdf.Key(sha256.New, secret, nil, sealLabel, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving cursor keys: %w", err)
	}
	nonceKey, err := hkdf.Key(sha256.New, secret, nil, nonceLabel, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving cursor keys: %w", err)
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, fmt.Errorf("preparing cursor cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("preparing cursor cipher: %w", err)
	}
	s := &Sealer{aead: aead}
	s.benches.New = func() any { return &bench{mac: hmac.New(sha256.New, nonceKey)} }
	return s, nil
}

// Seal returns the token of a position: at most MaxLength characters (more with a
// Token) of [A-Za-z0-9_-], the same for the same position and bindings. The bindings say
// what the position belongs to (route, path, filters); their number, order and
// borders count, and the token carries none of them.
//
// A negative number is an error, and so is a Key over MaxKey, a Token over MaxToken, and
// a Key beside a Token.
func (s *Sealer) Seal(p Position, bindings ...string) (string, error) {
	token, err := s.AppendSeal(nil, p, bindings...)
	return string(token), err
}

// AppendSeal appends to dst what Seal returns.
func (s *Sealer) AppendSeal(dst []byte, p Position, bindings ...string) ([]byte, error) {
	b := s.bench(bindings)
	defer s.put(b)
	var err error
	if b.text, err = encode(b.text, p); err != nil {
		return dst, fmt.Errorf("sealing cursor: %w", err)
	}
	return s.seal(dst, b), nil
}

// seal appends the token of the position in b.text.
func (s *Sealer) seal(dst []byte, b *bench) []byte {
	b.raw = append(b.raw[:0], b.nonce()...)
	b.raw = s.aead.Seal(b.raw, b.raw, b.text[b.plain:], b.bound())
	return encoding.AppendEncode(dst, b.raw)
}

// bench returns a bench with these bindings, to be put back.
func (s *Sealer) bench(bindings []string) *bench {
	b := s.benches.Get().(*bench)
	b.text = bind(append(b.text[:0], make([]byte, sizeSize)...), bindings)
	b.plain = len(b.text)
	binary.BigEndian.PutUint64(b.text, uint64(len(b.bound())))
	return b
}

func (b *bench) bound() []byte { return b.text[sizeSize:b.plain] }

// put gives a bench back, unless bindings out of a long URL have made it large.
func (s *Sealer) put(b *bench) {
	const most = 64 << 10
	if cap(b.text) <= most {
		s.benches.Put(b)
	}
}

// Open returns the position in a token that Seal made with the same secret and
// the same bindings. Everything else is ErrInvalid: a token altered, cut,
// lengthened, padded, spelled in another way, of another version, or made for
// something else.
func (s *Sealer) Open(token string, bindings ...string) (Position, error) {
	if len(token) > longest {
		return Position{}, ErrInvalid
	}
	b := s.bench(bindings)
	defer s.put(b)
	raw, err := encoding.AppendDecode(b.raw[:0], append(b.respell[:0], token...))
	b.raw = raw
	if err != nil || len(raw) < nonceSize+headSize+tagSize {
		return Position{}, ErrInvalid
	}
	// The decoder skips line breaks and ignores the bits that no byte uses:
	// only the spelling that Seal writes is good.
	if string(encoding.AppendEncode(b.respell[:0], raw)) != token {
		return Position{}, ErrInvalid
	}
	nonce, sealed := raw[:nonceSize], raw[nonceSize:]
	text, err := s.aead.Open(b.text, nonce, sealed, b.bound())
	if err != nil {
		return Position{}, ErrInvalid
	}
	// GCM's proof is worth nothing once a nonce was used for two messages.
	// Ours are 96 bits of a hash, so that is unlikely, not impossible; the hash
	// itself is the second proof, and makes the token of a position unique.
	if b.text = text; !hmac.Equal(nonce, b.nonce()) {
		return Position{}, ErrInvalid
	}
	return decode(b.text[b.plain:])
}

// nonce is a synthetic one: it depends on everything that is sealed, so two
// different messages do not share one, and equal messages do.
func (b *bench) nonce() []byte {
	b.mac.Reset()
	b.mac.Write(b.text)
	return b.mac.Sum(b.sum[:0])[:nonceSize]
}

// bind appends each binding behind its length, so that ("a", "bc") and
// ("ab", "c") differ.
func bind(bound []byte, bindings []string) []byte {
	for _, b := range bindings {
		bound = binary.BigEndian.AppendUint64(bound, uint64(len(b)))
		bound = append(bound, b...)
	}
	return bound
}

func encode(plain []byte, p Position) ([]byte, error) {
	if p.Offset < 0 {
		return plain, fmt.Errorf("offset %d is negative", p.Offset)
	}
	kind, key := byte(kindKey), p.Key
	switch {
	case len(p.Token) > 0 && (len(p.Key) > 0 || len(p.Token) > MaxToken || p.Skip < 0 || p.Size < 0):
		return plain, fmt.Errorf("position with a token of %d bytes, %d items of %d behind it, is none", len(p.Token), p.Skip, p.Size)
	case len(p.Token) > 0:
		kind = kindToken
		key = binary.AppendUvarint(binary.AppendUvarint(nil, uint64(p.Skip)), uint64(p.Size))
		key = append(key, p.Token...)
	case len(p.Key) > MaxKey:
		return plain, fmt.Errorf("key of %d bytes, at most %d", len(p.Key), MaxKey)
	}
	plain = append(plain, version, kind)
	plain = binary.BigEndian.AppendUint64(plain, uint64(p.Offset))
	return append(plain, key...), nil
}

// decode reads what encode wrote; plain is at least headSize bytes. It runs
// behind the seal, so what it refuses was sealed by another version of us.
func decode(plain []byte) (Position, error) {
	offset := binary.BigEndian.Uint64(plain[2:headSize])
	if plain[0] != version || offset > math.MaxInt64 {
		return Position{}, ErrInvalid
	}
	p := Position{Offset: int64(offset)}
	key := plain[headSize:]
	switch {
	case plain[1] == kindKey && len(key) == 0:
	case plain[1] == kindKey:
		p.Key = bytes.Clone(key)
	case plain[1] == kindToken:
		skip, n := binary.Uvarint(key)
		size, m := binary.Uvarint(key[max(n, 0):])
		if n <= 0 || m <= 0 || skip > math.MaxInt64 || size > math.MaxInt64 || len(key) == n+m {
			return Position{}, ErrInvalid
		}
		p.Skip, p.Size, p.Token = int64(skip), int64(size), bytes.Clone(key[n+m:])
	default:
		return Position{}, ErrInvalid
	}
	return p, nil
}
