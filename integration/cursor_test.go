package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

const (
	oneSecret     = "paginate {\nsecret 0123456789abcdef0123456789abcdef\n}"
	anotherSecret = "paginate {\nsecret fedcba9876543210fedcba9876543210\n}"
)

// cursorSite is a site with a list at every path, and a second route.
func cursorSite(up *upstream, secret, options string) harness.Config {
	return harness.Config{Global: secret, Routes: `
		handle /other {
			paginate 10 20 {
				name other
			}
			` + up.proxy() + `
		}
		handle {
			paginate 10 20 {
				name all
				` + options + `
			}
			` + up.proxy() + `
		}`}
}

// firstCursor is the cursor behind the first page.
func firstCursor(t testing.TB, c *http.Client, link string) string {
	t.Helper()
	r := send(t, c, http.MethodGet, link)
	cursor := queryOf(t, r.next(t), "cursor")
	if r.status != http.StatusOK || cursor == "" || len(cursor) >= 128 {
		t.Fatalf("got %d with the cursor %q of %d bytes: %.300s", r.status, cursor, len(cursor), r.body)
	}
	return cursor
}

// A cursor leads on wherever the request means the same list, and is the same
// for the same page.
func TestCursorHolds(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.StartConfig(t, cursorSite(up, oneSecret, ""))
	c := pageClient(t)
	const filter = "n=50&a=x%20y&b=%7E&b=2"
	cursor := firstCursor(t, c, s.URL+"/orders?limit=10&"+filter)
	for _, tc := range []struct {
		name, query string
		size        int
	}{
		{"as it came", filter + "&limit=10&cursor=" + cursor, 10},
		{"cursor first", "cursor=" + cursor + "&" + filter, 10},
		{"reordered", "b=2&a=x%20y&n=50&b=%7E&cursor=" + cursor, 10},
		{"encoded otherwise", "%6e=50&a=x+y&b=~&b=%32&cursor=" + cursor, 10},
		{"empty pairs", "&" + filter + "&&cursor=" + cursor + "&", 10},
		{"another limit", filter + "&limit=3&cursor=" + cursor, 3},
		{"over the maximum", filter + "&limit=300&cursor=" + cursor, 20},
		{"no limit", filter + "&limit=0&cursor=" + cursor, 10},
		{"twice alike", "cursor=" + cursor + "&" + filter + "&cursor=" + cursor, 10},
		{"upper case name", filter + "&CURSOR=" + cursor, 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?"+tc.query), 10, 10+tc.size)
		})
	}
	t.Run("with a mask", func(t *testing.T) {
		r := send(t, c, http.MethodGet, s.URL+"/orders?fields=id&"+filter+"&limit=1&cursor="+cursor)
		if want := `[{"id":10}]`; r.body != want {
			t.Errorf("got %d %s, want %s", r.status, r.body, want)
		}
	})
	t.Run("empty", func(t *testing.T) {
		wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?cursor=&"+filter), 0, 10)
	})
	t.Run("same page, same cursor", func(t *testing.T) {
		if again := firstCursor(t, c, s.URL+"/orders?b=2&limit=10&n=50&a=x+y&b=~"); again != cursor {
			t.Errorf("got %q, before it was %q", again, cursor)
		}
		r := send(t, c, http.MethodGet, s.URL+"/orders?limit=5&offset=5&"+filter)
		if again := queryOf(t, r.next(t), "cursor"); again != cursor {
			t.Errorf("for the same position by an offset: got %q, want %q", again, cursor)
		}
	})
	t.Run("reloaded", func(t *testing.T) {
		s.Reload(t, cursorSite(up, oneSecret, ""))
		wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?"+filter+"&cursor="+cursor), 10, 20)
	})
	t.Run("reloaded with other limits", func(t *testing.T) {
		s.Reload(t, cursorSite(up, oneSecret, "over_max reject\nunpaginated reject"))
		wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?"+filter+"&cursor="+cursor), 10, 20)
	})
	s.NoTrouble(t)
}

// A secret that nobody gave is made once, and outlives a reload.
func TestCursorKeptSecret(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.StartConfig(t, cursorSite(up, "", ""))
	c := pageClient(t)
	cursor := firstCursor(t, c, s.URL+"/orders")
	s.Reload(t, cursorSite(up, "", "max_page_size 1MiB"))
	wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?cursor="+cursor), 10, 20)
	if again := firstCursor(t, c, s.URL+"/orders"); again != cursor {
		t.Errorf("got %q, before the reload it was %q", again, cursor)
	}
}

// A cursor that does not belong where it is used is refused, and reaches no
// upstream.
func TestCursorRefused(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.StartConfig(t, cursorSite(up, oneSecret, ""))
	c := pageClient(t)
	const filter = "n=50&a=x"
	cursor := firstCursor(t, c, s.URL+"/orders?"+filter)
	second := firstCursor(t, c, s.URL+"/orders?offset=10&"+filter)
	up.take()

	refused := func(t *testing.T, target, given string) {
		t.Helper()
		p := wantRefusal(t, send(t, c, http.MethodGet, s.URL+target), http.StatusBadRequest, "cursor_invalid")
		if p.Parameter != "cursor" || !strings.HasPrefix(p.Given, given) {
			t.Errorf("got parameter %q given %q, want cursor %q", p.Parameter, p.Given, given)
		}
		if asked := up.take(); len(asked) > 0 {
			t.Errorf("the upstream was asked: %v", asked)
		}
	}
	for _, tc := range []struct{ name, target, given string }{
		{"another filter", "/orders?n=50&a=y&cursor=" + cursor, cursor[:8]},
		{"a filter less", "/orders?n=50&cursor=" + cursor, cursor[:8]},
		{"a filter more", "/orders?" + filter + "&b=1&cursor=" + cursor, cursor[:8]},
		{"a filter twice", "/orders?" + filter + "&a=x&cursor=" + cursor, cursor[:8]},
		{"another path", "/customers?" + filter + "&cursor=" + cursor, cursor[:8]},
		{"a slash behind the path", "/orders/?" + filter + "&cursor=" + cursor, cursor[:8]},
		{"another route", "/other?" + filter + "&cursor=" + cursor, cursor[:8]},
		{"one more byte", "/orders?" + filter + "&cursor=" + cursor + "A", cursor[:8]},
		{"padding", "/orders?" + filter + "&cursor=" + cursor + "=", cursor[:8]},
		{"blank before", "/orders?" + filter + "&cursor=+" + cursor, " " + cursor[:8]},
		{"two cursors", "/orders?" + filter + "&cursor=" + cursor + "&cursor=" + second, cursor[:8]},
		{"brackets", "/orders?" + filter + "&cursor[]=" + cursor, "cursor[]"},
		{"nonsense", "/orders?" + filter + "&cursor=abc", "abc"},
		{"not base64", "/orders?" + filter + "&cursor=%00%ff", `\x00\xff`},
		{"long", "/orders?" + filter + "&cursor=" + strings.Repeat("A", 4000), "AAAA"},
	} {
		t.Run(tc.name, func(t *testing.T) { refused(t, tc.target, tc.given) })
	}
	t.Run("altered at every byte", func(t *testing.T) {
		for i := range cursor {
			other := byte('A')
			if cursor[i] == other {
				other = 'B'
			}
			refused(t, "/orders?"+filter+"&cursor="+cursor[:i]+string(other)+cursor[i+1:], "")
		}
	})
	t.Run("cut at every byte", func(t *testing.T) {
		for i := 1; i < len(cursor); i++ {
			refused(t, "/orders?"+filter+"&cursor="+cursor[:i], cursor[:min(i, 8)])
		}
	})
	t.Run("beside an offset", func(t *testing.T) {
		p := wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?"+filter+"&offset=5&cursor="+cursor), http.StatusBadRequest, "limit_invalid")
		if p.Parameter != "cursor" {
			t.Errorf("got parameter %q", p.Parameter)
		}
	})
	for _, tc := range []struct{ name, secret, options string }{
		{"another secret", anotherSecret, ""},
		{"a secret of our own", "", ""},
		{"another list", oneSecret, "list data.orders"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.Reload(t, cursorSite(up, tc.secret, tc.options))
			refused(t, "/orders?"+filter+"&cursor="+cursor, cursor[:8])
		})
	}
	t.Run("back to the first configuration", func(t *testing.T) {
		s.Reload(t, cursorSite(up, oneSecret, ""))
		wantOdd(t, send(t, c, http.MethodGet, s.URL+"/orders?"+filter+"&cursor="+cursor), 10, 20)
	})
}

// Another page, path or route has another cursor.
func TestCursorsDiffer(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.StartConfig(t, cursorSite(up, oneSecret, ""))
	c := pageClient(t)
	seen := make(map[string]string)
	for _, path := range []string{"/orders", "/customers", "/other"} {
		for _, offset := range []int{0, 1, 2, 10} {
			at := fmt.Sprintf("%s?offset=%d", path, offset)
			cursor := firstCursor(t, c, s.URL+at)
			if seen[cursor] != "" {
				t.Errorf("%s and %s have one cursor, %q", at, seen[cursor], cursor)
			}
			seen[cursor] = at
		}
	}
}
