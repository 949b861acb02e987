package fields_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
)

func parse(t testing.TB, src string) *fields.Mask {
	t.Helper()
	m, err := fields.Parse(src, fields.Google)
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	return m
}

// ask walks down the path and returns what the mask says of its last name.
func ask(m *fields.Mask, path ...string) fields.Selection {
	var room fields.Room
	at := m.Root(&room)
	for i, name := range path {
		wanted, below := at.Member([]byte(name))
		if i == len(path)-1 || wanted != fields.Part {
			return wanted
		}
		at = below
	}
	return fields.Part
}

func TestMember(t *testing.T) {
	wide := make([]string, 100)
	for i := range wide {
		wide[i] = fmt.Sprintf("n%d/x", i)
	}
	for _, tc := range []struct {
		name string
		mask string
		path []string
		want fields.Selection
	}{
		{"named", "a,b", []string{"b"}, fields.All},
		{"not named", "a,b", []string{"c"}, fields.None},
		{"case matters", "a", []string{"A"}, fields.None},
		{"prefix", "ab", []string{"a"}, fields.None},
		{"empty name", "a", []string{""}, fields.None},
		{"empty name and star", "*", []string{""}, fields.All},
		{"on the way", "a/b", []string{"a"}, fields.Part},
		{"at the end", "a/b", []string{"a", "b"}, fields.All},
		{"beside the end", "a/b", []string{"a", "c"}, fields.None},
		{"all below a star", "a/*", []string{"a", "x"}, fields.All},
		{"escaped star is a name", `\*`, []string{"x"}, fields.None},
		{"escaped star is one star", `\*`, []string{"*"}, fields.All},
		{"star and name, from the star", "*(x),b(y)", []string{"b", "x"}, fields.All},
		{"star and name, from the name", "*(x),b(y)", []string{"b", "y"}, fields.All},
		{"star and name, only the star", "*(x),b(y)", []string{"c", "y"}, fields.None},
		{"star and name, all by name", "*(x),b", []string{"b"}, fields.All},
		{"star and name, twice, deeper", "*(*(x),c(y)),b(*(z),c(w))", []string{"b", "c", "w"}, fields.All},
		{"star and name, all by one of them", "*(x/p),b(x,y)", []string{"b", "x"}, fields.All},
		{"many names", strings.Join(wide, ","), []string{"n77", "x"}, fields.All},
		{"many names, none of them", strings.Join(wide, ","), []string{"n100"}, fields.None},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := ask(parse(t, tc.mask), tc.path...); got != tc.want {
				t.Errorf("mask %q at %q: got %d, want %d", tc.mask, tc.path, got, tc.want)
			}
		})
	}
}

// Siblings share the memory behind their parent's place; going back up must not
// show what an earlier sibling left there.
func TestMemberAfterSibling(t *testing.T) {
	m := parse(t, "*(x),b(*(p),y(q)),c(z)")
	var room fields.Room
	root := m.Root(&room)
	_, b := root.Member([]byte("b"))
	if wanted, y := b.Member([]byte("y")); wanted != fields.Part || len(y) != 2 {
		t.Fatalf("b/y: got %d on %d nodes, want a part on 2", wanted, len(y))
	}
	if wanted, _ := b.Member([]byte("x")); wanted != fields.All {
		t.Errorf("b/x behind b/y: got %d, want all", wanted)
	}
	_, c := root.Member([]byte("c"))
	for name, want := range map[string]fields.Selection{"x": fields.All, "z": fields.All, "y": fields.None} {
		if got, _ := c.Member([]byte(name)); got != want {
			t.Errorf("c/%s behind b: got %d, want %d", name, got, want)
		}
	}
}

func TestUnion(t *testing.T) {
	for _, tc := range []struct {
		name  string
		masks []string
		want  string
	}{
		{"none", nil, ""},
		{"one", []string{"b,a"}, "a,b"},
		{"apart", []string{"a", "b"}, "a,b"},
		{"below the same name", []string{"a/b", "a(c,d)"}, "a(b,c,d)"},
		{"the wider one wins", []string{"a/b", "a", "a/c"}, "a"},
		{"star", []string{"a/b", "*"}, "*"},
		{"star below", []string{"*/x", "*/y"}, "*(x,y)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			masks := []*fields.Mask{nil}
			for _, src := range tc.masks {
				masks = append(masks, parse(t, src))
			}
			if got := fields.Union(masks...).String(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			for i, src := range tc.masks {
				if got, want := masks[i+1].String(), parse(t, src).String(); got != want {
					t.Errorf("the union changed mask %q to %q", want, got)
				}
			}
		})
	}
}

func TestUnionOfNothing(t *testing.T) {
	if m := fields.Union(nil, nil); m != nil {
		t.Errorf("got %v, want nil", m)
	}
}

// Names united from many masks go beyond what a single one may have.
func TestUnionBeyondLimits(t *testing.T) {
	var masks []*fields.Mask
	for i := range 3 * fields.MaxNames {
		masks = append(masks, parse(t, fmt.Sprintf("n%d", i)))
	}
	m := fields.Union(masks...)
	for _, i := range []int{0, 1500, 2999} {
		if got := ask(m, fmt.Sprintf("n%d", i)); got != fields.All {
			t.Errorf("n%d: got %d, want all", i, got)
		}
	}
}

// tangled is the mask with the most nodes at one place: below a star and a name
// a star and a name, and so on. Leaves differ, so that none covers another.
func tangled(depth int) string {
	leaf := 0
	var write func(depth int) string
	write = func(depth int) string {
		if depth == 0 {
			leaf++
			return fmt.Sprintf("x%d", leaf)
		}
		return "*(" + write(depth-1) + "),a(" + write(depth-1) + ")"
	}
	return write(depth)
}

// A place has at most one node per name of the mask, so a walk cannot take more
// than their product with the members, whatever the mask.
func TestTangledMask(t *testing.T) {
	m := parse(t, tangled(7))
	path := strings.Split("a,a,a,a,a,a,a", ",")
	for leaf := 1; leaf <= 1<<7; leaf++ {
		if got := ask(m, append(path, fmt.Sprintf("x%d", leaf))...); got != fields.All {
			t.Fatalf("leaf %d: got %d, want all", leaf, got)
		}
	}
	if got := ask(m, append(path, "x0")...); got != fields.None {
		t.Errorf("no leaf: got %d, want none", got)
	}
}

func TestMemberAllocatesNothing(t *testing.T) {
	for _, src := range []string{"id,a/b/c,d(e,f)", "*(x/p),a(x/q,*/r)", tangled(2)} {
		m := parse(t, src)
		name := []byte("a")
		allocs := testing.AllocsPerRun(100, func() {
			var room fields.Room
			at := m.Root(&room)
			for range 3 {
				_, at = at.Member(name)
			}
		})
		if allocs != 0 {
			t.Errorf("mask %q: got %v allocations a walk, want none", src, allocs)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range []string{
		"id,name,customer/name,lines(sku,qty),*", "(a)", "a,,b", `\*,a\.b`, "*(x),b(y)", "a(b,c)/d", "a.b", "a\x00", "\xff",
		strings.Repeat("(", 100) + "a", deep(40, "/"), tangled(3),
	} {
		f.Add(src, false)
		f.Add(src, true)
	}
	f.Fuzz(func(t *testing.T, src string, dotted bool) {
		syntax := fields.Google
		if dotted {
			syntax = fields.Dotted
		}
		m, err := fields.Parse(src, syntax)
		if err != nil {
			var syntax *fields.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(src) {
				t.Fatalf("no offset within %d bytes: %v", len(src), err)
			}
			return
		}
		if len(m.String()) > fields.MaxBytes {
			return // by escapes that the text could do without
		}
		for _, again := range []fields.Syntax{fields.Google, fields.Dotted} {
			m2, err := fields.Parse(m.String(), again)
			if err != nil {
				t.Fatalf("canonical text %q of %q: %v", m, src, err)
			}
			if m2.String() != m.String() {
				t.Fatalf("canonical text of %q is %q, and of that %q", src, m, m2)
			}
		}
		if got := fields.Union(m, m).String(); got != m.String() {
			t.Fatalf("united with itself %q is %q", m, got)
		}
		if wrapped, err := fields.Parse("("+src+")", syntax); len(src)+2 <= fields.MaxBytes && (err != nil || wrapped.String() != m.String()) {
			t.Fatalf("in parentheses %q is %v, %v", m, wrapped, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, src := range map[string]string{
		"usual":    "id,name,customer/name,lines(sku,qty)",
		"longest":  names(fields.MaxNames),
		"tangled":  tangled(7),
		"distinct": distinct(fields.MaxNames),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				parse(b, src)
			}
		})
	}
}

func distinct(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("n%d", i)
	}
	return strings.Join(all, ",")
}

// lastTwo are the last bytes of a name and of the quote before it.
func lastTwo(name string) uint16 {
	quoted := `"` + name
	if name == "" {
		quoted = `,"`
	}
	n := len(quoted)
	return uint16(quoted[n-2]) | uint16(quoted[n-1])<<8
}

// What is lacking at a glance is lacking; and mostly, what is lacking is so at a
// glance.
func TestLacks(t *testing.T) {
	long := strings.Repeat("n", 65)
	for _, src := range []string{"a", "abc,d", "*", "*(abc)", "a(bcd,ef),*(x)", long, "a," + long} {
		m, err := fields.Parse(src, fields.Google)
		if err != nil {
			t.Fatalf("Parse(%q): %v", src, err)
		}
		for _, m := range []*fields.Mask{m, fields.Union(m)} {
			var room fields.Room
			root := m.Root(&room)
			_, below := root.Member([]byte("a"))
			for _, at := range []fields.Place{root, below} {
				for _, name := range []string{"", "a", "ab", "abc", "bcd", "d", "ef", "x", "xx", long} {
					got, _ := at.Member([]byte(name))
					if at.Glance().Lacks(lastTwo(name)) && got != fields.None {
						t.Errorf("mask %q wants %q, and lacks it", src, name)
					}
				}
			}
			if wantsAll := strings.Contains(src, "*"); root.Glance().Lacks(lastTwo("other")) == wantsAll {
				t.Errorf("mask %q lacks another name: %t", src, !wantsAll)
			}
		}
	}
}

// Before says what Member says, where it says something.
func TestBefore(t *testing.T) {
	long := strings.Repeat("n", 65)
	for _, src := range []string{"a", "abc,d", "a(bcd,ef),*(x)", long, "abcdef,abcdefg,xbcdefg,abcdefgh,b/c", `\",a`, "é", "\\\x01,a"} {
		m := parse(t, src)
		var room fields.Room
		root := m.Root(&room)
		for _, name := range []string{"", "a", "b", "bc", "abc", "d", "x", "abcdef", "abcdefg", "xbcdefg", "abcdefgh", "Abcdefgh", `\"`, "é", long, "n" + long} {
			text := []byte(`[{"some":1,"` + name + `":2`)
			first, certain := root.Before(text, len(text)-2)
			wanted, _ := root.Member([]byte(name))
			if at := len(text) - len(name) - 4; first >= 0 && (wanted != fields.All || first != at) || first < 0 && certain && wanted != fields.None {
				t.Errorf("mask %q, name %q: got %d, certain %t; Member says %d of the name at %d", src, name, first, certain, wanted, at)
			}
		}
	}
}
