//go:build amd64 && !purego

package block

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// slowScan does what ScanAll does, a byte at a time.
func slowScan(dst []Structure, p []byte, s *State) {
	clear(dst)
	for i := range len(dst) * Size {
		escaped := s.Escape != 0
		s.Escape = 0
		if escaped || p[i] == '\\' {
			s.Seen = 1
		}
		switch c := p[i]; {
		case escaped && (c == '"' || c == '\\'):
		case c == '\\':
			s.Escape = 1
		case c == '"':
			s.InString = ^s.InString
		case s.InString != 0:
		case c == '{', c == '[':
			dst[i/Size].Open |= 1 << (i % Size)
		case c == '}', c == ']':
			dst[i/Size].Close |= 1 << (i % Size)
		case c == ',':
			dst[i/Size].Comma |= 1 << (i % Size)
		case c == ':':
			dst[i/Size].Colon |= 1 << (i % Size)
		}
	}
}

// check scans the whole blocks of p by as many at a time as each says.
func check(t *testing.T, p []byte, each func() int) {
	t.Helper()
	if !Available {
		t.Fatal("this processor lacks AVX2, BMI1 or PCLMULQDQ, so the kernel cannot be tested: use -tags=purego")
	}
	checkVectors(t, p, each)
	if wide {
		wide = false
		defer func() { wide = true }()
		checkVectors(t, p, each)
	}
}

// checkVectors is check for the vectors that are used.
func checkVectors(t *testing.T, p []byte, each func() int) {
	t.Helper()
	n := len(p) / Size
	want, got := make([]Structure, n), make([]Structure, n)
	var wantState, gotState State
	for i := 0; i < n; {
		m := min(each(), n-i)
		slowScan(want[i:i+m], p[i*Size:], &wantState)
		ScanAll(got[i:i+m], p[i*Size:], &gotState)
		if i += m; gotState != wantState {
			t.Fatalf("%q: state %+v behind block %d, want %+v", p, gotState, i, wantState)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%q\ngot  %x\nwant %x", p, got, want)
	}
	checkIndex(t, p[:n*Size], want, each)
	checkSkim(t, p, want, each)
}

// checkIndex wants the positions of all structure, and of no more than those that are
// no JSON outside strings.
func checkIndex(t *testing.T, p []byte, masks []Structure, each func() int) {
	t.Helper()
	const at = 1000
	var want, got, buf []uint32
	var kinds []byte
	for i := range p {
		if m := &masks[i/Size]; m.All()>>(i%Size)&1 != 0 {
			want = append(want, uint32(at+i))
		}
	}
	var state State
	for i := 0; i < len(p); {
		n := min(each()*Size, len(p)-i)
		buf, kinds = slices.Grow(buf[:0], n)[:n], slices.Grow(kinds[:0], n)[:n]
		for k, pos := range buf[:Index(buf, kinds, p[i:i+n], uint32(at+i), &state)] {
			c := p[pos-at]
			if kinds[k] != c {
				t.Fatalf("%q, at %d: got %q", p, pos-at, kinds[k])
			}
			if c != 0x0C && c != 0x1A {
				got = append(got, pos)
			}
		}
		i += n
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%q\ngot  %d\nwant %d", p, got, want)
	}
}

var texts = []struct{ name, text string }{
	{"brackets", `[{"a":[{}]}]`},
	{"brackets in strings", `{"[{":"}]"}`},
	{"neighbours of brackets in ASCII", "Zz\\|^~:;@`[{]},-+\x0c\x1a"},
	{"bytes over 0x7F", "\xdb{\xfb\xdd}\xfd\xa2\xdc"},
	{"escaped quote", `{"a\"{":"\"","b":{}}`},
	{"escaped backslash", `{"a\\":{"\\\\":"\\\"{"}}`},
	{"many backslashes", `"` + strings.Repeat(`\`, 190) + `"{}"` + strings.Repeat(`\`, 191) + `"{"`},
	{"backslashes outside strings", `\"{\\"{"}\{\\\"["`},
	{"objects in a row", strings.Repeat(`{"a":1,"b":[{},"}"]},{},`, 9)},
	{"flat objects in a row", strings.Repeat(`{"name":"value","number":12345}`+",\n  ", 9)},
	{"long flat objects in a row", strings.Repeat(`{"name":"`+strings.Repeat("value ", 99)+`"},`, 5)},
	{"arrays in a row", strings.Repeat(`[[[]],"a long text that nobody reads, and so on, and so forth"],[{}],`, 9)},
	{"string of many blocks", `{"` + strings.Repeat("{x}", 100) + `"}`},
	{"strings side by side", strings.Repeat(`"`, 131) + "{" + `""""`},
}

// Wherever blocks begin, and however many are scanned at a time, the brackets and
// the state are those that a byte at a time gives.
func TestScan(t *testing.T) {
	for _, tc := range texts {
		t.Run(tc.name, func(t *testing.T) {
			for before := range Size {
				p := []byte(strings.Repeat(" ", before) + tc.text + tc.text + strings.Repeat("]", Size))
				check(t, p, func() int { return 1 })
				check(t, p, func() int { return len(p) })
			}
		})
	}
}

func FuzzScan(f *testing.F) {
	for i, tc := range texts {
		f.Add([]byte(tc.text+tc.text), uint64(i))
	}
	f.Fuzz(func(t *testing.T, p []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		check(t, append(p, make([]byte, Size)...), func() int { return 1 + r.IntN(4) })
	})
}

// Nothing is read that is not there.
func TestScanTooFar(t *testing.T) {
	ScanAll(nil, nil, nil)
	defer func() {
		if recover() == nil {
			t.Error("got no panic for 127 bytes in two blocks")
		}
	}()
	ScanAll(make([]Structure, 2), make([]byte, 2*Size-1), &State{})
}

// The assembly is what its generator writes.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("building the generator takes some seconds")
	}
	dir := t.TempDir()
	files := []string{"kernel_amd64.s", "kernel_amd64.go"}
	cmd := exec.Command("go", "run", "./gen", "-out", filepath.Join(dir, files[0]), "-stubs", filepath.Join(dir, files[1]), "-pkg", "block")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("running the generator: %v\n%s", err, out)
	}
	for _, name := range files {
		// The first line tells the command, with the name of the file.
		_, got, _ := bytes.Cut(read(t, filepath.Join(dir, name)), []byte("\n"))
		_, want, _ := bytes.Cut(read(t, name), []byte("\n"))
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what go generate writes", name)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
