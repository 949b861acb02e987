package cursor

import "testing"

// Only our own seal gets as far as decode, so these tokens are sealed with the
// right key: what another version, or a fault of ours, could have written.
func TestOpenRefusesOtherLayouts(t *testing.T) {
	s, err := NewSealer([]byte("a secret of the tests"))
	if err != nil {
		t.Fatalf("making sealer: %v", err)
	}
	good := func() []byte {
		plain, err := encode(nil, Position{Offset: 100})
		if err != nil {
			t.Fatalf("encoding: %v", err)
		}
		return plain
	}
	for _, tc := range []struct {
		name  string
		plain func() []byte
		want  error
	}{
		{"as it is", good, nil},
		{"version 0", func() []byte { p := good(); p[0] = 0; return p }, ErrInvalid},
		{"version 2", func() []byte { p := good(); p[0] = 2; return p }, ErrInvalid},
		{"unknown kind", func() []byte { p := good(); p[1] = 1; return p }, ErrInvalid},
		{"offset over int64", func() []byte { p := good(); p[2] = 0x80; return p }, ErrInvalid},
		{"cut head", func() []byte { return good()[:headSize-1] }, ErrInvalid},
		{"nothing", func() []byte { return nil }, ErrInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := s.bench(nil)
			b.text = append(b.text, tc.plain()...)
			if _, err := s.Open(string(s.seal(nil, b))); err != tc.want { //nolint:errorlint // the sentinel itself
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// A good GCM tag over a nonce that is not the synthetic one: what somebody
// could make who had seen one nonce twice.
func TestOpenRefusesForeignNonce(t *testing.T) {
	s, err := NewSealer([]byte("a secret of the tests"))
	if err != nil {
		t.Fatalf("making sealer: %v", err)
	}
	plain, err := encode(nil, Position{Offset: 100})
	if err != nil {
		t.Fatalf("encoding: %v", err)
	}
	nonce := make([]byte, nonceSize)
	token := encoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, nil))
	if _, err := s.Open(token); err != ErrInvalid { //nolint:errorlint // the sentinel itself
		t.Errorf("got %v, want ErrInvalid", err)
	}
}

// Pages are sealed and opened with memory that is kept: only what is handed out
// is new.
func TestAllocations(t *testing.T) {
	s, err := NewSealer([]byte("a secret of the tests"))
	if err != nil {
		t.Fatalf("making sealer: %v", err)
	}
	p := Position{Offset: 100, Key: []byte("ord_0000100000")}
	token, err := s.Seal(p, "orders", "status=open")
	if err != nil {
		t.Fatalf("sealing: %v", err)
	}
	dst := make([]byte, 0, MaxLength)
	for _, tc := range []struct {
		name string
		most float64
		run  func() error
	}{
		{"sealing", 0, func() error { _, err := s.AppendSeal(dst, p, "orders", "status=open"); return err }},
		{"opening", 1, func() error { _, err := s.Open(token, "orders", "status=open"); return err }},
	} {
		got := testing.AllocsPerRun(100, func() {
			if err := tc.run(); err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
		})
		if got > tc.most+poolMisses {
			t.Errorf("%s: got %v allocations, want at most %v", tc.name, got, tc.most)
		}
	}
}
