package integration

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A mirror is an upstream whose items tell for whom they are: they have all of the
// request that could make a difference.
type mirror struct {
	items  int
	cookie bool
	vary   string
	reads  atomic.Int64
}

// shownFields are the fields that a mirror shows.
var shownFields = []string{
	"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X_api_key", "Accept", "Accept-Language", "Origin",
	"X-Tenant", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "From", "User-Agent", "Prefer", "X-User",
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := m.reads.Add(1)
	var who strings.Builder
	fmt.Fprintf(&who, "%s %s?%s", r.Host, r.URL.Path, r.URL.RawQuery)
	for _, name := range shownFields {
		if name != "X-Forwarded-For" || r.Header.Get("X-Show-Address") != "" {
			fmt.Fprintf(&who, " %q", r.Header[name])
		}
	}
	w.Header().Set("Content-Type", asJSON)
	if m.vary != "" {
		w.Header().Set("Vary", m.vary)
	}
	if m.cookie {
		w.Header().Add("Set-Cookie", fmt.Sprintf("session=%d", n))
	}
	_, _ = io.WriteString(w, "[")
	for i := range m.items {
		if i > 0 {
			_, _ = io.WriteString(w, ",")
		}
		fmt.Fprintf(w, `{"n":%d,"who":%q}`, i, who.String())
	}
	_, _ = io.WriteString(w, "]")
}

// leakCallers are requests of which each must get answers of its own, as their
// differences reach the upstream.
var leakCallers = []struct {
	name    string
	path    string
	headers []string
}{
	{"nobody", "/orders", nil},
	{"a token", "/orders", []string{"Authorization: Bearer ann"}},
	{"another token", "/orders", []string{"Authorization: Bearer bob"}},
	{"a password", "/orders", []string{"Authorization: Basic YW5uOjE="}},
	{"a cookie", "/orders", []string{"Cookie: session=ann"}},
	{"another cookie", "/orders", []string{"Cookie: session=bob"}},
	{"a key", "/orders", []string{"X-Api-Key: ann"}},
	{"another key", "/orders", []string{"X-Api-Key: bob"}},
	{"a key and a token", "/orders", []string{"X-Api-Key: ann", "Authorization: Bearer ann"}},
	{"a language", "/orders", []string{"Accept-Language: de"}},
	{"another language", "/orders", []string{"Accept-Language: fr"}},
	{"a host", "/orders", []string{"Host: ann.example"}},
	{"another host", "/orders", []string{"Host: bob.example"}},
	{"a tenant", "/orders", []string{"X-Tenant: ann"}},
	{"another tenant", "/orders", []string{"X-Tenant: bob"}},
	{"an origin", "/orders", []string{"Origin: https://ann.example"}},
	{"a type", "/orders", []string{"Accept: application/json"}},
	{"a program", "/orders", []string{"User-Agent: ann/1"}},
	{"a preference", "/orders", []string{"Prefer: return=minimal"}},
	{"an address", "/orders", []string{"X-Forwarded-For: 192.0.2.1"}},
	{"a path", "/orders/", nil},
	{"a filter", "/orders?who=ann", nil},
	{"another filter", "/orders?who=bob", nil},
	{"a filter in another case", "/orders?WHO=ann", nil},
}

// No caller gets what another one's request has made the upstream send, in whatever order
// and at whatever time they come.
func TestSnapshotLeaks(t *testing.T) {
	for _, mode := range []string{"lazy", "eager"} {
		t.Run(mode, func(t *testing.T) {
			up := &mirror{items: 45}
			server := newUpstream(t, up)
			s := harness.Start(t, snapshotted("off", "", server))
			c := pageClient(t)
			url := func(path string, offset int) string {
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				return fmt.Sprintf("%s%s%slimit=10&offset=%d", s.URL, path, sep, offset)
			}
			want := map[string]string{}
			for _, caller := range leakCallers {
				for _, offset := range []int{0, 10, 40} {
					want[fmt.Sprint(caller.name, offset)] = send(t, c, http.MethodGet, url(caller.path, offset), append(caller.headers, "Host: api.example")[:len(caller.headers)]...).body
				}
			}
			s.Reload(t, harness.Config{Routes: snapshotted(mode, "", server)})
			plain := func(text string) string { // the ports of the two sites differ
				return strings.ReplaceAll(text, strings.TrimPrefix(s.URL, "http://"), "HOST")
			}
			for name, text := range want {
				i := strings.Index(text, "127.0.0.1:")
				if i >= 0 {
					end := i + strings.IndexByte(text[i:], ' ')
					want[name] = strings.ReplaceAll(text, text[i:end], "HOST")
				}
			}
			var wg sync.WaitGroup
			for range 3 {
				for _, offset := range []int{10, 0, 40} {
					for _, caller := range leakCallers {
						wg.Go(func() {
							r := send(t, c, http.MethodGet, url(caller.path, offset), caller.headers...)
							if got := plain(r.body); got != want[fmt.Sprint(caller.name, offset)] {
								t.Errorf("%s at %d: got %.300s\nwant %.300s", caller.name, offset, got, want[fmt.Sprint(caller.name, offset)])
							}
						})
					}
				}
			}
			wg.Wait()
		})
	}
}

// A cookie that the upstream sets is only for the request that it answered.
func TestSnapshotCookies(t *testing.T) {
	for _, mode := range []string{"lazy", "eager"} {
		t.Run(mode, func(t *testing.T) {
			up := &mirror{items: 500, cookie: true}
			s := harness.Start(t, snapshotted(mode, "", newUpstream(t, up)))
			c := pageClient(t)
			seen := map[string]bool{}
			for i := range 20 {
				r := send(t, c, http.MethodGet, fmt.Sprintf("%s/orders?offset=%d", s.URL, i%4*10))
				for _, cookie := range r.header["Set-Cookie"] {
					if seen[cookie] {
						t.Errorf("request %d got the cookie %s once more", i, cookie)
					}
					seen[cookie] = true
				}
			}
			if int64(len(seen)) != up.reads.Load() {
				t.Errorf("%d cookies were handed out, the upstream set %d", len(seen), up.reads.Load())
			}
		})
	}
}

// An answer that varies with what no header says is nobody else's.
func TestSnapshotVaryByAnything(t *testing.T) {
	for _, mode := range []string{"lazy", "eager"} {
		up := &mirror{items: 45, vary: "*"}
		s := harness.Start(t, snapshotted(mode, "", newUpstream(t, up)))
		c := pageClient(t)
		for i := range 4 {
			if got := numbers(t, send(t, c, http.MethodGet, fmt.Sprintf("%s/orders?offset=%d", s.URL, 10*i))); !slices.Equal(got, count(10*i, min(10*i+10, 45))) {
				t.Errorf("%s, page %d: got %v", mode, i, got)
			}
		}
		if got := up.reads.Load(); got != 4 {
			t.Errorf("%s: the upstream was read %d times, want once for each page", mode, got)
		}
	}
}

// A cursor is a place and no permission: whoever takes another one's, gets the place in
// the list that is its own; and one that is forged gets nothing.
func TestSnapshotCursors(t *testing.T) {
	up := &mirror{items: 45}
	s := harness.Start(t, snapshotted("eager", "", newUpstream(t, up)))
	c := pageClient(t)
	ann, bob := "Authorization: Bearer ann", "Authorization: Bearer bob"
	cursor := queryOf(t, send(t, c, http.MethodGet, s.URL+"/orders", ann).next(t), "cursor")
	r := send(t, c, http.MethodGet, s.URL+"/orders?cursor="+cursor, bob)
	if got := numbers(t, r); !slices.Equal(got, count(10, 20)) || strings.Contains(r.body, "ann") || !strings.Contains(r.body, "bob") {
		t.Errorf("with another one's cursor: got %.300s", r.body)
	}
	reads := up.reads.Load()
	for i := range cursor {
		other := byte('A')
		if cursor[i] == other {
			other = 'B'
		}
		wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/orders?cursor="+cursor[:i]+string(other)+cursor[i+1:], bob), http.StatusBadRequest, "cursor_invalid")
	}
	wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/customers?cursor="+cursor, ann), http.StatusBadRequest, "cursor_invalid")
	if got := up.reads.Load(); got != reads {
		t.Errorf("forged cursors had the upstream read %d times", got-reads)
	}
}

// Placeholders that say who has been authenticated reach the upstream of the one who
// asks, although the list is read by a request of its own.
func TestSnapshotPlaceholders(t *testing.T) {
	for _, mode := range []string{"lazy", "eager"} {
		t.Run(mode, func(t *testing.T) {
			up := &mirror{items: 45}
			server := newUpstream(t, up)
			s := harness.Start(t, `
				map {vars.tenant} {who} {
					ann  "Ann's"
					bob  "Bob's"
				}
				vars tenant {query.as}
				uri query -as
				paginate 10 100 {
					snapshot `+mode+`
				}
				`+server.proxy()+` {
					header_up X-User {who}
					header_up X-Tenant {vars.tenant}
				}`)
			c := pageClient(t)
			var wg sync.WaitGroup
			for i := range 40 {
				wg.Go(func() {
					who, name := "ann", "Ann's"
					if i%2 == 1 {
						who, name = "bob", "Bob's"
					}
					r := send(t, c, http.MethodGet, fmt.Sprintf("%s/orders?as=%s&offset=%d", s.URL, who, i%4*10))
					if got := strings.Count(r.body, name); got != len(numbers(t, r)) || !strings.Contains(r.body, `[\"`+who+`\"]`) {
						t.Errorf("%s: got %.300s", who, r.body)
					}
				})
			}
			wg.Wait()
		})
	}
}
