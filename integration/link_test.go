package integration

import (
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// wantCursorLink asserts that a link is prefix and then a cursor.
func wantCursorLink(t testing.TB, link, prefix string) {
	t.Helper()
	cursor, ok := strings.CutPrefix(link, prefix)
	if !ok || cursor == "" || strings.ContainsAny(cursor, "&=%/+") {
		t.Errorf("link %q\nwant  %q and a cursor", link, prefix)
	}
}

// A link keeps what the client asked for, writes the effective limit out, and
// works when followed.
func TestLinkQuery(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	c := pageClient(t)
	for _, tc := range []struct{ name, query, want string }{
		{"no query", "", "limit=10&"},
		{"limit as asked", "limit=5", "limit=5&"},
		{"clamped", "limit=500", "limit=20&"},
		{"unlimited", "limit=0", "limit=10&"},
		{"zeros", "limit=005", "limit=5&"},
		{"order and encoding", "b=%7e+%20x&a=1&limit=5&c[]=2&a=0&d", "b=%7e+%20x&a=1&c[]=2&a=0&d&limit=5&"},
		{"broken pairs", "x=%zz&;y=1&=&&limit=5&z=a;b", "x=%zz&;y=1&=&&z=a;b&limit=5&"},
		{"syntax of Link in the query", `q=a,b;c<d>"e"&limit=5`, "q=a%2Cb%3Bc%3Cd%3E%22e%22&limit=5&"},
		{"bytes beyond ASCII", "q=é&limit=5", "q=%C3%A9&limit=5&"},
		{"fields", "fields=id&x=1&limit=5", "fields=id&x=1&limit=5&"},
		{"a position before", "limit=5&x=1&offset=5", "x=1&limit=5&"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := getRaw(t, s, "/orders?"+tc.query)
			next := r.next(t)
			want := strings.ReplaceAll(tc.want, ";", "%3B") // not in a Link's URL
			wantCursorLink(t, next, s.URL+"/orders?"+want+"cursor=")
			if followed := send(t, c, http.MethodGet, next); followed.status != http.StatusOK {
				t.Errorf("following it: got %d %s", followed.status, followed.body)
			}
		})
	}
}

// Links are made of the URL that the client used, whatever was done to it on the
// way, and they can be followed.
func TestLinkUnderRewrites(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, `
		handle_path /api/* {
			paginate 10 20 {
				name api
			}
			`+up.proxy()+`
		}
		handle /stripped/* {
			uri strip_prefix /stripped
			paginate 10 20 {
				name stripped
			}
			`+up.proxy()+`
		}
		handle /rewritten {
			rewrite * /v1/orders?tenant=7&{query}
			paginate 10 20 {
				name rewritten
			}
			`+up.proxy()+`
		}
		handle {
			paginate 10 20
			`+up.proxy()+`
		}`)
	c := pageClient(t)
	for _, tc := range []struct {
		name, target, want string // want: the link before the cursor, without scheme and host
		path, query        string // as the upstream saw it
		size               int
	}{
		{"handle_path", "/api/orders?a=1", "/api/orders?a=1&limit=10&cursor=", "/orders", "a=1", 10},
		{"strip_prefix", "/stripped/orders?limit=4", "/stripped/orders?limit=4&cursor=", "/orders", "", 4},
		{"rewrite", "/rewritten?limit=4&a=%20", "/rewritten?a=%20&limit=4&cursor=", "/v1/orders", "tenant=7&a=%20", 4},
		{"escaped path", "/a%20b/%2Fc?limit=4", "/a%20b/%2Fc?limit=4&cursor=", "/a b//c", "", 4},
		{"slashes at the beginning", "//orders?limit=4", "/orders?limit=4&cursor=", "//orders", "", 4},
		{"more slashes", "///evil.example/orders?limit=4", "/evil.example/orders?limit=4&cursor=", "///evil.example/orders", "", 4},
		{"absolute form", s.URL + "/orders?limit=4", "/orders?limit=4&cursor=", "/orders", "", 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up.take()
			r := getRaw(t, s, tc.target)
			wantOdd(t, r, 0, tc.size)
			wantCursorLink(t, r.next(t), s.URL+tc.want)
			if got := up.takeOne(t); got.path != tc.path || got.query != tc.query {
				t.Errorf("the upstream saw %s?%s, want %s?%s", got.path, got.query, tc.path, tc.query)
			}
			wantOdd(t, send(t, c, http.MethodGet, r.next(t)), tc.size, 2*tc.size)
		})
	}
}

// Scheme and host are those of the request; those that a proxy reports count if
// the proxy is trusted.
func TestLinkHost(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	const trusted = "servers {\ntrusted_proxies static private_ranges\n}"
	routes := "paginate 10 20\n" + up.proxy()
	s := harness.StartConfig(t, harness.Config{Global: trusted, Routes: routes})
	for _, tc := range []struct {
		name    string
		global  string
		headers string
		want    string // the link up to the path
	}{
		{"Host", trusted, "Host: api.example.com\r\n", "http://api.example.com/"},
		{"Host with a port", trusted, "Host: api.example.com:8443\r\n", "http://api.example.com:8443/"},
		{"IPv6", trusted, "Host: [::1]:8443\r\n", "http://[::1]:8443/"},
		{
			"trusted proxy", trusted, "Host: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: api.example.com\r\n",
			"https://api.example.com/",
		},
		{
			"chain of proxies", trusted, "Host: inner\r\nX-Forwarded-Proto: https, http\r\nX-Forwarded-Host: outer.example:444, inner\r\n",
			"https://outer.example:444/",
		},
		{"only the scheme", trusted, "Host: api.example.com\r\nX-Forwarded-Proto: https\r\n", "https://api.example.com/"},
		{
			"hostile X-Forwarded-Host", trusted, "Host: api.example.com\r\nX-Forwarded-Host: evil.example/\">,<x\r\n",
			"http://api.example.com/",
		},
		{"hostile X-Forwarded-Proto", trusted, "Host: api.example.com\r\nX-Forwarded-Proto: javascript\r\n", "http://api.example.com/"},
		{
			"untrusted", "", "Host: api.example.com\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n",
			"http://api.example.com/",
		},
		{"hostile Host", "", "Host: evil.example;,(x)\r\n", "?"},
		{"Host with a path", "", "Host: evil.example%2Fx\r\n", "?"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.Reload(t, harness.Config{Global: tc.global, Routes: routes})
			r := sendRaw(t, s, "GET /orders?limit=5 HTTP/1.1\r\n"+tc.headers+"Connection: close\r\n\r\n")
			wantOdd(t, r, 0, 5)
			if next := r.next(t); !strings.HasPrefix(next, tc.want) {
				t.Errorf("got %q, want %s...", next, tc.want)
			}
		})
	}
	t.Run("Host that is none", func(t *testing.T) {
		r := sendRaw(t, s, "GET /orders?limit=5 HTTP/1.1\r\nHost: a\"><b\r\nConnection: close\r\n\r\n")
		if r.status != http.StatusBadRequest || r.header.Get("Link") != "" {
			t.Errorf("got %d with Link %q", r.status, r.header.Get("Link"))
		}
	})
}

// A site with a certificate has https links, over HTTP/2 as over HTTP/1.1.
func TestLinkHTTPS(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	_, certificate := harness.Certificate(t)
	s := harness.StartConfig(t, harness.Config{
		Site: "https://localhost:0", Routes: certificate + "\npaginate 10 20\n" + up.proxy(),
	})
	base := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	c := pageClient(t)
	r := send(t, c, http.MethodGet, base+"/orders?limit=7&n=20")
	if r.proto != "HTTP/2.0" {
		t.Fatalf("got %s, want HTTP/2.0", r.proto)
	}
	wantOdd(t, r, 0, 7)
	wantCursorLink(t, r.next(t), base+"/orders?n=20&limit=7&cursor=")
	wantOdd(t, send(t, c, http.MethodGet, r.next(t)), 7, 14)
	s.NoTrouble(t)
}

// The upstream's own paging links are replaced, and its other links stand behind
// ours.
func TestLinkLines(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Link", `</style.css>; rel="preload"; as="style"`)
		h.Add("Link", `</orders?page=2>; rel="next", </orders?page=9>; rel=last, </terms>; rel="license"`)
		h.Add("Link", `</orders?page=1>; rel="first prev"`)
		oddList(w, r)
	}))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	c := pageClient(t)
	others := []string{`</style.css>; rel="preload"; as="style"`, `</terms>; rel="license"`}

	t.Run("with a page behind", func(t *testing.T) {
		r := send(t, c, http.MethodGet, s.URL+"/orders?n=30&offset=10")
		lines := r.header.Values("Link")
		if len(lines) != 3 || lines[1] != others[0] || strings.TrimSpace(lines[2]) != others[1] {
			t.Fatalf("got %q, want our line and %q", lines, others)
		}
		links := r.links(t)
		wantCursorLink(t, links["next"], s.URL+"/orders?n=30&limit=10&cursor=")
		if got, want := links["prev"], s.URL+"/orders?n=30&limit=10"; got != want {
			t.Errorf("prev: got %q, want %q", got, want)
		}
		if got, want := links["first"], s.URL+"/orders?n=30&limit=10"; got != want {
			t.Errorf("first: got %q, want %q", got, want)
		}
		if !strings.HasPrefix(lines[0], "<"+links["next"]+">") {
			t.Errorf("next does not stand first: %q", lines[0])
		}
	})
	t.Run("last page", func(t *testing.T) {
		r := send(t, c, http.MethodGet, s.URL+"/orders?n=10")
		lines := r.header.Values("Link")
		if len(lines) != 2 || lines[0] != others[0] || strings.TrimSpace(lines[1]) != others[1] {
			t.Errorf("got %q, want %q", lines, others)
		}
		// What stands behind it is lost, and the operator has to know.
		var told int
		for _, l := range s.Log(t, "http.handlers.paginate") {
			if l.Text("level") == "warn" && strings.Contains(l.Text("msg"), "rel=next") && l.Text("route") == "*" && l.Text("path") == "/orders" {
				told++
			}
		}
		if told != 1 {
			t.Errorf("got %d warnings that the upstream pages, want one, for the last page", told)
		}
	})
}

// A Link line of 2,000 characters is an attack to some clients, and next is what
// must not be lost.
func TestLinkLength(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate /orders 10 20 {\nstyle page\n}\npaginate /issues 10 20 {\nstyle github\n}\n"+up.proxy())
	c := pageClient(t)
	for _, tc := range []struct {
		name   string
		path   string
		filter int
		rels   []string
	}{
		{"short", "/orders", 10, []string{"next", "prev", "first"}},
		{"two fit", "/orders", 800, []string{"next", "prev"}},
		{"one fits", "/orders", 1200, []string{"next"}},
		{"none fits", "/orders", 5000, []string{"next"}},
		{"two fit, and next is not the first", "/issues", 800, []string{"prev", "next"}},
		{"one fits, and next is not the first", "/issues", 1200, []string{"next"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			filter := "n=50&q=" + strings.Repeat("x", tc.filter)
			r := send(t, c, http.MethodGet, s.URL+tc.path+"?"+filter+"&page=2")
			links := r.links(t)
			for _, rel := range tc.rels {
				if !strings.Contains(links[rel], filter) {
					t.Errorf("%s: got %q", rel, links[rel])
				}
			}
			if len(links) != len(tc.rels) {
				t.Errorf("got %d links, want %q", len(links), tc.rels)
			}
			if length := len(r.header.Get("Link")); length >= 2000 && len(links) > 1 {
				t.Errorf("the line has %d characters", length)
			}
			wantOdd(t, send(t, c, http.MethodGet, links["next"]), 20, 30)
		})
	}
}
