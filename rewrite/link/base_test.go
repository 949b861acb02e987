package link_test

import (
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
)

func TestBase(t *testing.T) {
	for _, tc := range []struct{ name, scheme, host, path, want string }{
		{"plain", "https", "a.example", "/orders", "https://a.example/orders"},
		{"port", "http", "a.example:8080", "/orders", "http://a.example:8080/orders"},
		{"address", "http", "[::1]:8080", "/", "http://[::1]:8080/"},
		{"letter case stays", "https", "A.Example", "/Orders", "https://A.Example/Orders"},
		{"no path", "https", "a.example", "", "https://a.example/"},
		{"escaped path", "https", "a.example", "/a%2Fb%20c/%C3%BC", "https://a.example/a%2Fb%20c/%C3%BC"},
		{"raw path", "https", "a.example", "/a b;v=1,2/ü", "https://a.example/a%20b%3Bv=1%2C2/%C3%BC"},
		{"two slashes", "https", "a.example", "//evil.example/x", "https://a.example/evil.example/x"},
		{"many slashes", "https", "a.example", "////x//y/", "https://a.example/x//y/"},
		{"no slash", "https", "a.example", ".evil.example/", "https://a.example/.evil.example/"},
		{"userinfo for a path", "https", "a.example", "@evil.example/", "https://a.example/@evil.example/"},
		{"port for a path", "https", "a.example", ":80/x", "https://a.example/:80/x"},
		{"backslash", "https", "a.example", "/\\evil.example", "https://a.example/%5Cevil.example"},
		{"question mark and fragment", "https", "a.example", "/a?b#c", "https://a.example/a%3Fb%23c"},
		{"asterisk", "https", "a.example", "*", "https://a.example/*"},

		{"no scheme", "", "a.example", "/x", ""},
		{"other scheme", "javascript", "a.example", "/x", ""},
		{"scheme in upper case", "HTTPS", "a.example", "/x", ""},
		{"no host", "https", "", "/x", ""},
		{"forged host", "https", `a.example>; rel="next", <https://evil.example`, "/x", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := link.Base(tc.scheme, tc.host, tc.path); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestValidHost(t *testing.T) {
	label := strings.Repeat("a", 63)
	longest := strings.Join([]string{label, label, label, label[:61]}, ".")
	for _, tc := range []struct {
		host string
		want bool
	}{
		{"a.example", true},
		{"a.example.", true},
		{"localhost", true},
		{"a_b-c.example:1", true},
		{"A.EXAMPLE:65535", true},
		{"xn--bcher-kva.example", true},
		{"192.0.2.1", true},
		{"192.0.2.1:8080", true},
		{"[::1]", true},
		{"[::1]:8080", true},
		{"[2001:DB8::1]:443", true},
		{"[::ffff:192.0.2.1]", true},
		{longest, true},
		{longest + ":65535", true},

		{"", false},
		{":80", false},
		{"a.example:", false},
		{"a.example:65536", false},
		{"a.example:123456", false},
		{"a.example:-1", false},
		{"a.example:+80", false},
		{"a.example:8_0", false},
		{"a.example:80:80", false},
		{"a.example:http", false},
		{longest + "a", false},
		{"::1", false},
		{"[::1", false},
		{"[::1]x", false},
		{"[::1]:", false},
		{"[::1]:x", false},
		{"[::1]]", false},
		{"[]", false},
		{"[192.0.2.1]", false},
		{"[a.example]", false},
		{"[fe80::1%25eth0]", false},
		{"[fe80::1%eth0]", false},
		{"x[::1]", false},
		{"user@a.example", false},
		{"a.example/x", false},
		{"a.example?x", false},
		{"a.example#x", false},
		{"a.example\\x", false},
		{"a example", false},
		{" a.example", false},
		{"a.example,b.example", false},
		{"a.example;b", false},
		{"a.example>", false},
		{"a.example\"", false},
		{"a%2Eexample", false},
		{"a.example\r\nX: y", false},
		{"a.example\x00", false},
		{"bücher.example", false},
		{"a.example\xff", false},
	} {
		t.Run(tc.host, func(t *testing.T) {
			if got := link.ValidHost(tc.host); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// A host that is valid can stand in a link as it is, and ends where it ends.
func FuzzBase(f *testing.F) {
	f.Add("a.example:80", "/orders")
	f.Add("[::1]:80", "//x?y#z")
	f.Add("a.example>; rel=\"next\"", "@b")
	f.Fuzz(func(t *testing.T, host, path string) {
		got := link.Base("https", host, path)
		if link.ValidHost(host) != (got != "") {
			t.Fatalf("host %q: valid %v, base %q", host, link.ValidHost(host), got)
		}
		if got == "" {
			return
		}
		rest, found := strings.CutPrefix(got, "https://"+host+"/")
		if !found || strings.HasPrefix(rest, "/") || strings.Contains(rest, "?") || link.Escape(got) != got {
			t.Fatalf("host %q, path %q: got %q", host, path, got)
		}
	})
}
