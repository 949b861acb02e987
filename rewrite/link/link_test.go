package link_test

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
)

func TestFormat(t *testing.T) {
	for _, tc := range []struct {
		name  string
		links []link.Link
		want  string
	}{
		{"none", nil, ""},
		{"one", []link.Link{{"https://a.example/x?limit=50&cursor=AbC", "next"}}, `<https://a.example/x?limit=50&cursor=AbC>; rel="next"`},
		{
			"as GitHub orders them",
			[]link.Link{
				{"http://a.example:8080/repos?per_page=50&page=1", "prev"},
				{"http://a.example:8080/repos?per_page=50&page=3", "next"},
				{"http://a.example:8080/repos?per_page=50&page=6", "last"},
				{"http://a.example:8080/repos?per_page=50&page=1", "first"},
			},
			`<http://a.example:8080/repos?per_page=50&page=1>; rel="prev", ` +
				`<http://a.example:8080/repos?per_page=50&page=3>; rel="next", ` +
				`<http://a.example:8080/repos?per_page=50&page=6>; rel="last", ` +
				`<http://a.example:8080/repos?per_page=50&page=1>; rel="first"`,
		},
		{
			"what readers split at",
			[]link.Link{{"https://a.example/x;v=1?ids=1,2&q=<a \"b\">", "next"}, {"https://a.example/x?a=', <b>; rel=\"next", "prev"}},
			`<https://a.example/x%3Bv=1?ids=1%2C2&q=%3Ca%20%22b%22%3E>; rel="next", ` +
				`<https://a.example/x?a='%2C%20%3Cb%3E%3B%20rel=%22next>; rel="prev"`,
		},
		{
			"a line break",
			[]link.Link{{"https://a.example/x?q=\r\nSet-Cookie: a", "next"}},
			`<https://a.example/x?q=%0D%0ASet-Cookie:%20a>; rel="next"`,
		},
		{
			"without URL",
			[]link.Link{{"", "prev"}, {"https://a.example/", "next"}, {"", "last"}},
			`<https://a.example/>; rel="next"`,
		},
		{"nothing but links without URL", []link.Link{{"", "next"}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := link.Format(tc.links); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// pad returns a URL that makes a link of exactly n bytes.
func pad(n int, rel string) string {
	const base = "https://a.example/?q="
	return base + strings.Repeat("x", n-len(base)-len(`<>; rel=""`)-len(rel))
}

func TestFormatStaysUnderTheLimit(t *testing.T) {
	for _, tc := range []struct {
		name  string
		sizes []int // of the links next, prev, first, without the ", " between
		want  int   // how many stay
	}{
		{"all", []int{600, 600, 600}, 3},
		{"the largest that fits", []int{1000, 499, 496}, 3},
		{"a byte more", []int{1000, 499, 497}, 2},
		{"from the end, though the last would fit", []int{1000, 1000, 100}, 1},
		{"one that is too long", []int{5000}, 1},
		{"one that is too long, and others", []int{5000, 100, 100}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var links []link.Link
			for i, size := range tc.sizes {
				rel := []string{"next", "prev", "first"}[i]
				links = append(links, link.Link{URL: pad(size, rel), Rel: rel})
			}
			got := link.Format(links)
			if n := strings.Count(got, "rel="); n != tc.want {
				t.Errorf("got %d links in %d bytes, want %d", n, len(got), tc.want)
			}
			if !strings.HasPrefix(got, "<"+links[0].URL+`>; rel="next"`) {
				t.Errorf("the first link is gone from %.80s", got)
			}
			if tc.want > 1 && len(got) > link.MaxLength {
				t.Errorf("got %d bytes, want at most %d", len(got), link.MaxLength)
			}
		})
	}
	// The limit counts what is written, not what was given.
	links := []link.Link{{"https://a.example/?q=" + strings.Repeat(",", 400), "next"}, {"https://a.example/?q=" + strings.Repeat(",", 400), "prev"}}
	if got := link.Format(links); len(got) > link.MaxLength || strings.Count(got, "rel=") != 1 {
		t.Errorf("got %d bytes of escaped links, want one link", len(got))
	}
}

func TestEscape(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"nothing to do", "https://u@[::1]:80/a-b._~/%2C?x=(1)*'!$&+=@:/?[b]", "https://u@[::1]:80/a-b._~/%2C?x=(1)*'!$&+=@:/?[b]"},
		{"readers' separators", `,;<>"`, "%2C%3B%3C%3E%22"},
		{"outside URIs", "\\^`{|}", "%5C%5E%60%7B%7C%7D"},
		{"space and controls", " \t\r\n\x00\x1f\x7f", "%20%09%0D%0A%00%1F%7F"},
		{"fragment", "/a?b#c", "/a?b%23c"},
		{"other scripts", "/ü?q=日", "/%C3%BC?q=%E6%97%A5"},
		{"no UTF-8", "/\xff\x80", "/%FF%80"},
		{"escaped already", "/%2c%2C%C3%BC", "/%2c%2C%C3%BC"},
		{"stray percent", "/?q=100%&r=%zz", "/?q=100%&r=%zz"},
		{"in the middle", "/a,b", "/a%2Cb"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := link.Escape(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// Every byte either stays or is escaped, and only these stay.
func TestEscapeEveryByte(t *testing.T) {
	const stay = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()*+=%"
	for c := range 256 {
		in := string([]byte{byte(c)})
		got := link.Escape(in)
		if strings.Contains(stay, in) != (got == in) {
			t.Errorf("byte %#x: got %q", c, got)
		}
		if back, err := url.PathUnescape(got); c != '%' && (err != nil || back != in) {
			t.Errorf("byte %#x: %q is read as %q, %v", c, got, back, err)
		}
	}
}

// What every client finds in our field value is what we put there.
func TestReadersFindTheLinks(t *testing.T) {
	for _, tc := range []struct{ name, before, after string }{
		{"plain", "https://a.example/orders?limit=50", ""},
		{"port and path", "http://[::1]:8080/api/v4/projects/1/issues?per_page=50", ""},
		{"commas and semicolons", "https://a.example/orders;v=1?ids=1,2,3;4&limit=50", ""},
		{"a link in the query", `https://a.example/orders?q=<https://b.example/>; rel="next", <c>; rel="prev"`, ""},
		{"blanks and quotes", `https://a.example/orders?q="a b"'c'`, ""},
		{"brackets and other scripts", "https://a.example/ördérs?page[size]=50&filter{x}=日本", ""},
		{"equals signs", "https://a.example/orders?q=a=b==c", ""},
		{"rel as a parameter", "https://a.example/orders?rel=last&url=x", ""},
		{"another line behind", "https://a.example/orders?limit=50", `<https://docs.example/>; rel="deprecation"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var links []link.Link
			want := make(map[string]string)
			for _, rel := range []string{"next", "prev", "first", "last"} {
				links = append(links, link.Link{URL: tc.before + "&cursor=" + rel, Rel: rel})
				want[rel] = link.Escape(tc.before) + "&cursor=" + rel
			}
			lines := []string{link.Format(links)}
			if tc.after != "" {
				lines = append(lines, tc.after)
			}
			checkReaders(t, lines, want)
		})
	}
}

func checkReaders(t *testing.T, lines []string, want map[string]string) {
	t.Helper()
	for _, r := range readers {
		got, err := r.read(lines)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		delete(got, "deprecation")
		if !maps.Equal(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", r.name, got, want)
		}
	}
}

// The readers above are worth something only if they fail where their
// originals were seen to fail.
func TestReadersFailAsMeasured(t *testing.T) {
	fails := func(r reader, lines ...string) bool {
		got, err := r.read(lines)
		return err != nil || got["next"] != "http://h/i?p=1,2" && got["next"] != "http://h/i?p=2"
	}
	for _, tc := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"as we write it", []string{`<http://h/i?p=2>; rel="next"`}, ""},
		{"no spaces", []string{`<http://h/i?p=1>;rel="prev",<http://h/i?p=2>;rel="next"`}, "PyGithub ruby-octokit gitbeaker"},
		{"rel unquoted", []string{`<http://h/i?p=2>; rel=next`}, "octokit go-github gh PyGithub ruby-octokit gitbeaker"},
		{"title first", []string{`<http://h/i?p=2>; title="x"; rel="next"`}, "octokit gh PyGithub ruby-octokit gitbeaker"},
		{"comma in URL", []string{`<http://h/i?p=1,2>; rel="next"`}, "got go-github"},
		{"another line before", []string{`</x.css>; rel="preload"`, `<http://h/i?p=2>; rel="next"`}, "go-github gh"},
		{"over 2000 characters", []string{`<http://h/i?p=2>; rel="next", <` + pad(2000, "x") + `>; rel="x"`}, "parse-link-header"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var failed []string
			for _, r := range readers {
				if fails(r, tc.lines...) {
					failed = append(failed, r.name)
				}
			}
			if got := strings.Join(failed, " "); got != tc.want {
				t.Errorf("got failures of %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("/orders", "q=a,b;c")
	f.Add("//evil.example/", `q=", <http://b.example/>; rel="next`)
	f.Add("/\\@b", "\r\nX: y")
	f.Add("/%2C", "100%&ü=#")
	f.Fuzz(func(t *testing.T, path, query string) {
		base := link.Base("https", "a.example:8443", path)
		next, prev := base+"?"+query+"&cursor=n", base+"?"+query+"&cursor=p"
		value := link.Format([]link.Link{{next, "next"}, {prev, "prev"}})
		want := map[string]string{"next": link.Escape(next), "prev": link.Escape(prev)}
		if len(want["next"]) > 900 {
			return // dropping is another test
		}
		checkReaders(t, []string{value}, want)
		if link.Escape(want["next"]) != want["next"] {
			t.Errorf("escaping %q twice gives %q", want["next"], link.Escape(want["next"]))
		}
		// The link leads to the host we gave, and asks what was asked.
		if u, err := url.Parse(want["next"]); err == nil {
			if u.Host != "a.example:8443" || u.User != nil || u.Fragment != "" {
				t.Errorf("%q leads to %+v", want["next"], u)
			}
			if got, want := unescape(u.RawQuery), unescape(query+"&cursor=n"); got != want {
				t.Errorf("query %q is read as %q, want %q", query, got, want)
			}
		}
	})
}

// unescape decodes what can be decoded, as servers do that take everything.
func unescape(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if i+2 < len(text) {
			if b, err := url.PathUnescape(text[i : i+3]); text[i] == '%' && err == nil {
				out.WriteString(b)
				i += 2
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
