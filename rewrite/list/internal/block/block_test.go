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
	checkMap(t, p[:n*Size], want, each)
	checkSkim(t, p, want, each)
}

// checkMap wants the structure, and no more than those of All that are no JSON outside strings.
func checkMap(t *testing.T, p []byte, masks []Structure, each func() int) {
	t.Helper()
	m := new(Map)
	for k := range len(masks) + 2 {
		m.All[k], m.Open[k], m.Close[k] = ^uint64(0), ^uint64(0), ^uint64(0) // of another text
	}
	var state State
	n := 0
	for n < len(masks) {
		to := min(n+each(), len(masks))
		m.Draw(n, p[n*Size:to*Size], &state)
		n = to
	}
	for k := range masks {
		all := m.All[k]
		for i, c := range p[k*Size : (k+1)*Size] {
			if c == 0x0C || c == 0x1A {
				all &^= 1 << i
			}
		}
		if want := &masks[k]; all != want.All() || m.Open[k] != want.Open || m.Close[k] != want.Close {
			t.Fatalf("%q, block %d\ngot  %x, open %x, close %x\nwant %x, open %x, close %x", p, k, all, m.Open[k], m.Close[k], want.All(), want.Open, want.Close)
		}
	}
	if behind := m.All[n] | m.All[n+1] | m.Open[n] | m.Open[n+1] | m.Close[n] | m.Close[n+1]; n > 0 && behind != 0 {
		t.Fatalf("%q: got %x behind it", p, behind)
	}
	checkKeep(t, m, n)
}

// checkKeep wants what is left of a map to be as it was, and Next to find all of it.
func checkKeep(t *testing.T, m *Map, n int) {
	t.Helper()
	from := n / 3
	all, open, closers := slices.Clone(m.All[from:n]), slices.Clone(m.Open[from:n]), slices.Clone(m.Close[from:n])
	m.Keep(from, n)
	n -= from
	if !slices.Equal(m.All[:n], all) || !slices.Equal(m.Open[:n], open) || !slices.Equal(m.Close[:n], closers) {
		t.Fatalf("what is left behind block %d is something else", from)
	}
	want := n * Size
	for i := want - 1; i >= 0; i-- {
		if all[i/Size]>>(i%Size)&1 != 0 {
			want = i
		}
		if i%7 > 0 {
			continue // others of them are, elsewhere
		}
		if got, ok := m.All.Next(i, n*Size); got != want || ok != (want < n*Size) {
			t.Fatalf("from bit %d on: got %d, %t, want %d", i, got, ok, want)
		}
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
