package link_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
)

func TestStrip(t *testing.T) {
	for _, tc := range []struct {
		name     string
		in, want []string
	}{
		{"no lines", nil, nil},
		{"only paging", []string{`<a>; rel="next"`}, nil},
		{"all of ours", []string{`<a>; rel="next", <b>; rel="prev", <c>; rel="first", <d>; rel="last", <e>; rel="previous"`}, nil},
		{"only others", []string{`</x.css>; rel=preload; as=style`}, []string{`</x.css>; rel=preload; as=style`}},
		{"others keep every byte", []string{" \t<a>;rel=x,,<b> ; rel = \"y\" , "}, []string{" \t<a>;rel=x,,<b> ; rel = \"y\" , "}},
		{"empty line", []string{""}, []string{""}},
		{"before", []string{`<a>; rel="next", <b>; rel="x"`}, []string{`<b>; rel="x"`}},
		{"behind", []string{`<b>; rel="x", <a>; rel="next"`}, []string{`<b>; rel="x"`}},
		{"between", []string{`<b>; rel="x", <a>; rel="next", <c>;rel=y`}, []string{`<b>; rel="x", <c>;rel=y`}},
		{"around", []string{`<a>; rel="prev", <b>; rel="x", <a>; rel="next"`}, []string{`<b>; rel="x"`}},
		{"no spaces", []string{`<a>;rel="next",<b>;rel="x"`}, []string{`<b>;rel="x"`}},
		{"empty elements beside", []string{`, <a>; rel="next", , <b>; rel="x", ,`}, []string{`<b>; rel="x"`}},
		{
			"several lines",
			[]string{`<a>; rel="preload"`, `<b>; rel="next"`, `<c>; rel="last", <d>; rel="deprecation"`},
			[]string{`<a>; rel="preload"`, `<d>; rel="deprecation"`},
		},

		{"rel unquoted", []string{`<a>; rel=next`}, nil},
		{"rel in single quotes", []string{`<a>; rel='next'`}, nil},
		{"letter case", []string{`<a>; REL="Next", <b>; Rel=PREV`}, nil},
		{"spaces around the equals sign", []string{"<a> ;\trel \t=\t \"next\" "}, nil},
		{"not the first parameter", []string{`<a>; title="x"; hreflang=de; rel="next"`}, nil},
		{"several types", []string{`<a>; rel="next last"`, `<b>; rel="x  next"`, "<c>; rel=\"prefetch\tnext y\""}, nil},
		{"several rels", []string{`<a>; rel="x"; rel="next"`}, nil},
		{"escaped letters", []string{`<a>; rel="n\ext"`}, nil},
		{"with an anchor", []string{`<a>; rel="next"; anchor="#x"`}, nil},
		{"empty URL", []string{`<>; rel="next"`}, nil},

		{"longer types", []string{`<a>; rel="nextpage", <b>; rel="x-next", <c>; rel="http://a.example/next"`}, []string{`<a>; rel="nextpage", <b>; rel="x-next", <c>; rel="http://a.example/next"`}},
		{"in another parameter", []string{`<a>; rev="next"; title="next"; xrel=next; rel*=next`}, []string{`<a>; rev="next"; title="next"; xrel=next; rel*=next`}},
		{"in the URL", []string{`<a?x; rel="next">; rel="x"`}, []string{`<a?x; rel="next">; rel="x"`}},
		{"in a quoted title", []string{`<a>; title="x; rel=next"; rel="x"`}, []string{`<a>; title="x; rel=next"; rel="x"`}},
		{"behind an escaped quote", []string{`<a>; title="x\"; rel=next, <b>; rel=next"; rel="x"`}, []string{`<a>; title="x\"; rel=next, <b>; rel=next"; rel="x"`}},
		{"no rel", []string{`<a>`, `<b>; title="x"`, `<c>; rel`, `<d>; rel=`, `<e>; rel=""`}, []string{`<a>`, `<b>; title="x"`, `<c>; rel`, `<d>; rel=`, `<e>; rel=""`}},

		{"comma in the URL", []string{`<a?x=1,2>; rel="next", <b?x=1,2>; rel="x"`}, []string{`<b?x=1,2>; rel="x"`}},
		{"comma in quotes", []string{`<a>; title="x, y"; rel="next", <b>; title="x, y"; rel="x"`}, []string{`<b>; title="x, y"; rel="x"`}},
		{"semicolon in quotes", []string{`<a>; title="x; y"; rel="next"`}, nil},

		{"URL not closed", []string{`<a; rel="next"`}, []string{`<a; rel="next"`}},
		{"URL not closed behind one", []string{`<a>; rel="next", <b; rel="next"`}, []string{`<b; rel="next"`}},
		{"URL closed by the next one", []string{`<a; rel="x", <b>; rel="next"`}, nil},
		{"no URL", []string{`rel="next"`, `a; rel="next"`, `a>; rel="next"`}, []string{`rel="next"`, `a; rel="next"`, `a>; rel="next"`}},
		{"something before the URL", []string{`x <a>; rel="next"`}, nil},
		{"junk before", []string{`junk, <a>; rel="next"`}, []string{`junk`}},
		{"quote in the junk", []string{`ju"nk, <a>; rel="next", <b>; rel=x`}, []string{`ju"nk, <b>; rel=x`}},
		{"rel not closed", []string{`<a>; rel="next`}, nil},
		{"rel not closed, another behind", []string{`<a>; rel="next, <b>; rel="x"`}, []string{`<b>; rel="x"`}},
		{"title not closed", []string{`<a>; title="x, <b>; rel="next"`}, []string{`<a>; title="x`}},
		{"title not closed before rel", []string{`<a>; title="x; rel=next`}, nil},
		{"escape at the end", []string{`<a>; rel="next\`, `<a>; rel="x\`}, []string{`<a>; rel="x\`}},
		{"something behind the quotes", []string{`<a>; rel="next"x`}, nil},
		{"only separators", []string{`,`, `;`, `,;,`, `<>`, `"`, `<`}, []string{`,`, `;`, `,;,`, `<>`, `"`, `<`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := slices.Clone(tc.in)
			got := link.Strip(in, link.Paging...)
			if !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
			if !slices.Equal(in, tc.in) {
				t.Errorf("the values given are now %q", in)
			}
		})
	}
}

func TestStripTakesOnlyTheGivenTypes(t *testing.T) {
	in := []string{`<a>; rel="next", <b>; rel="deprecation"`}
	if got := link.Strip(in); !slices.Equal(got, in) {
		t.Errorf("no types: got %q", got)
	}
	if got := link.Strip(in, "Deprecation"); !slices.Equal(got, []string{`<a>; rel="next"`}) {
		t.Errorf("deprecation: got %q", got)
	}
	if got := link.Strip([]string{`<a>`, `<b>; rel=""`}, ""); len(got) != 2 {
		t.Errorf("the empty type: got %q", got)
	}
}

// What we write, we take away again: a paginate behind a paginate.
func TestStripTakesFormatsOwn(t *testing.T) {
	var links []link.Link
	for _, rel := range link.Paging {
		links = append(links, link.Link{URL: `https://a.example/?q="a, <b>; rel=x"`, Rel: rel})
	}
	if got := link.Strip([]string{link.Format(links)}, link.Paging...); got != nil {
		t.Errorf("got %q, want nothing", got)
	}
}

// An upstream's header may be a megabyte of anything; quotes and escapes are
// what could make a scanner start over again and again.
func TestStripTakesLinearTime(t *testing.T) {
	for _, unit := range []string{`<`, `<a>`, `,`, `"`, `\`, `<a>;"\",`, `<a>;"`, `;"\"`, `<a>; rel="x,`, `rel=x;`, `"\",<a>;`} {
		for _, head := range []string{"", `<a>;"`} {
			begin := time.Now()
			link.Strip([]string{head + strings.Repeat(unit, 1<<19/len(unit))}, link.Paging...)
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("half a megabyte of %q behind %q took %s", unit, head, took)
			}
		}
	}
}

func FuzzStrip(f *testing.F) {
	for _, seed := range []string{
		`<a>; rel="next", <b>; rel="x"`, `<a?x=1,2>;rel=prev,<b>;title="x, \"y"`, `<a>; title="x, <b>; rel="next"`,
		`<a; rel="next", <b>; rel='last'`, `, , <a>; REL = "x first" ,`, `<a>; rel="x\`, `junk"; <a>, rel`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := link.Strip([]string{value}, link.Paging...)
		if len(got) > 1 {
			t.Fatalf("got %d lines of one", len(got))
		}
		line := strings.Join(got, "")
		if again := link.Strip(got, link.Paging...); !slices.Equal(again, got) {
			t.Errorf("again:\ngot  %q\nfrom %q\nfrom %q", again, got, value)
		}

		// Where RFC 8288 knows what the value means, it means the same without
		// the paging links, and every other link has its own bytes.
		links, err := parseStrict(value)
		if err != nil {
			return
		}
		var want []string
		for _, l := range links {
			if strings.ContainsAny(strings.Join(l.rels, ""), `'"\`) {
				return // we are broader than the grammar there
			}
			if !slices.ContainsFunc(l.rels, isPaging) {
				want = append(want, l.text)
			}
		}
		if len(want) == len(links) && line != value {
			t.Fatalf("no paging link in %q, got %q", value, line)
		}
		left, err := parseStrict(line)
		if err != nil {
			t.Fatalf("got %q of %q: %v", line, value, err)
		}
		var texts []string
		for _, l := range left {
			texts = append(texts, l.text)
		}
		if !slices.Equal(texts, want) {
			t.Fatalf("%q:\ngot  %q\nwant %q", value, texts, want)
		}
	})
}

func isPaging(rel string) bool {
	return slices.ContainsFunc(link.Paging, func(p string) bool { return strings.EqualFold(p, rel) })
}

func TestFind(t *testing.T) {
	for _, tc := range []struct {
		in   []string
		want string
	}{
		{nil, ""},
		{[]string{`<a>; rel="prev"`, `</b>; rel=preload, <c?d=1,2;3> ; title="x, y"; rel="last Next"`}, "c?d=1,2;3"},
		{[]string{`< a >; rel=next, <b>; rel=next`}, "a"},
		{[]string{`a; rel="next"`, `<b; rel="next"`}, ""},
	} {
		if got := link.Find(tc.in, "next"); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.in, got, tc.want)
		}
	}
}
