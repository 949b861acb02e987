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
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// Once the list has been read, every page of it comes from the index: at any offset, back,
// and the last one; and totals are exact.
func TestSnapshotRandomAccess(t *testing.T) {
	const n = 1003
	up := newShelf(n)
	s := harness.Start(t, `
		handle /link* {
			paginate 10 100 {
				snapshot eager
				total exact
			}
			`+newUpstream(t, up).proxy()+`
		}
		handle /page* {
			paginate 10 100 {
				snapshot eager
				total exact
				style page
			}
			`+newUpstream(t, up).proxy()+`
		}`)
	c := pageClient(t)
	check := func(r reply, from, to int) {
		t.Helper()
		if got := numbers(t, r); !slices.Equal(got, count(from, to)) {
			t.Errorf("got %v, want the items from %d to %d", got, from, to)
		}
		if got := r.header.Get("X-Total-Count"); got != fmt.Sprint(n) {
			t.Errorf("got a total of %q", got)
		}
	}
	for _, offset := range []int{0, 500, 1000, 7, 993, 994, 1002, 1003, 5000} {
		check(send(t, c, http.MethodGet, fmt.Sprintf("%s/link?limit=10&offset=%d", s.URL, offset)), min(offset, n), min(offset+10, n))
	}
	up.wantReads(t, 1)

	first := send(t, c, http.MethodGet, s.URL+"/page?per_page=100")
	check(first, 0, 100)
	last := send(t, c, http.MethodGet, first.links(t)["last"])
	check(last, 1000, 1003)
	page := last
	for from := 900; from >= 0; from -= 100 {
		page = send(t, c, http.MethodGet, page.links(t)["prev"])
		check(page, from, from+100)
	}
	if page.links(t)["prev"] != "" || page.links(t)["last"] != first.links(t)["last"] {
		t.Errorf("at the beginning again: got the links %v", page.links(t))
	}
	check(send(t, c, http.MethodGet, last.links(t)["first"]), 0, 100)
	up.wantReads(t, 1)
	s.NoTrouble(t)
}

// A walk back by prev meets what the walk there met.
func TestSnapshotWalkBack(t *testing.T) {
	for _, options := range []string{"", "key id"} {
		up := newShelf(95)
		s := harness.Start(t, snapshotted("lazy", options, newUpstream(t, up)))
		c := pageClient(t)
		var there []reply
		for next := s.URL + "/orders"; next != ""; {
			r := send(t, c, http.MethodGet, next)
			there = append(there, r)
			next = r.next(t)
		}
		for i := len(there) - 2; i > 1; i-- { // the last page has no links in this style
			prev := send(t, c, http.MethodGet, there[i].links(t)["prev"])
			if prev.body != there[i-1].body || prev.header.Get("Link") != there[i-1].header.Get("Link") {
				t.Errorf("%q, back to page %d: got %.200s\nwith %s, want %.200s\nwith %s", options, i-1,
					prev.body, prev.header.Get("Link"), there[i-1].body, there[i-1].header.Get("Link"))
			}
		}
		up.wantReads(t, 2)
	}
}

// A condition is answered from the snapshot as the upstream would answer it, and costs it
// nothing.
func TestSnapshotConditions(t *testing.T) {
	up := newShelf(95)
	up.header = map[string]string{"Etag": `"v1"`, "Last-Modified": "Sat, 01 Jan 2000 00:00:00 GMT"}
	s := harness.Start(t, snapshotted("eager", "", newUpstream(t, up)))
	c := pageClient(t)
	next := send(t, c, http.MethodGet, s.URL+"/orders").next(t)
	page := send(t, c, http.MethodGet, next)
	tag := page.header.Get("Etag")
	for _, tc := range []struct {
		name, header string
		status       int
	}{
		{"its tag", "If-None-Match: " + tag, http.StatusNotModified},
		{"its weak tag", "If-None-Match: W/" + tag, http.StatusNotModified},
		{"among others", `If-None-Match: "a", ` + tag, http.StatusNotModified},
		{"any", "If-None-Match: *", http.StatusNotModified},
		{"the upstream's own", `If-None-Match: "v1"`, http.StatusOK},
		{"another", `If-None-Match: "a"`, http.StatusOK},
		{"a date", "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT", http.StatusOK}, // always right
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := send(t, c, http.MethodGet, next, tc.header)
			if r.status != tc.status || r.header.Get("Etag") != tag {
				t.Errorf("got %d with the tag %s, want %d with %s", r.status, r.header.Get("Etag"), tc.status, tag)
			}
			switch {
			case tc.status == http.StatusOK && r.body != page.body:
				t.Errorf("got %.200s", r.body)
			case tc.status != http.StatusOK && r.body != "":
				t.Errorf("got the body %.200s", r.body)
			}
		})
	}
	up.wantReads(t, 1)
}

// A first page is not older than a few seconds in lazy, nor than what was written through
// the route in any mode; and a walk that begins with a new one does not go on in an old list.
func TestSnapshotFreshness(t *testing.T) {
	for _, tc := range []struct {
		name, mode string
		leap       time.Duration
		write      string // a method
		fresh      bool
	}{
		{"lazy, at once", "lazy", 0, "", false},
		{"lazy, after 5 seconds", "lazy", 5 * time.Second, "", false},
		{"lazy, later", "lazy", 5*time.Second + 1, "", true},
		{"lazy, after a write", "lazy", time.Second, http.MethodPost, true},
		{"lazy, after a read", "lazy", time.Second, http.MethodOptions, false},
		{"eager, later", "eager", time.Minute, "", false},
		{"eager, after a write", "eager", time.Second, http.MethodDelete, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newShelf(95)
			s := harness.Start(t, snapshotted(tc.mode, "", newUpstream(t, up)))
			leap := freeze(t)
			c := pageClient(t)
			leap(time.Minute)
			walkList(t, c, s.URL+"/orders", nil)
			leap(tc.leap)
			if tc.write != "" {
				send(t, c, tc.write, s.URL+"/orders")
				leap(1)
			}
			up.reads.Store(0)
			up.set(count(500, 595))
			want := count(0, 95)
			if tc.fresh {
				want = count(500, 595)
			}
			if got := walkList(t, c, s.URL+"/orders", nil); !slices.Equal(got, want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// A list that begins as it did is walked in the snapshot that there is.
func TestSnapshotUnchanged(t *testing.T) {
	up := newShelf(95)
	s := harness.Start(t, snapshotted("lazy", "", newUpstream(t, up)))
	leap := freeze(t)
	c := pageClient(t)
	for range 3 {
		if got := walkList(t, c, s.URL+"/orders", nil); !slices.Equal(got, count(0, 95)) {
			t.Errorf("got %v", got)
		}
		leap(time.Minute)
	}
	up.wantReads(t, 4) // the list, and its beginning each time
}

// A reload in the middle of a walk leaves it the list that it walks.
func TestSnapshotReload(t *testing.T) {
	for _, m := range modeReads {
		t.Run(m.mode, func(t *testing.T) {
			up := newShelf(400)
			config := harness.Config{Site: "http://:" + freePort(t), Global: oneSecret, Routes: snapshotted(m.mode, "", newUpstream(t, up))}
			s := harness.StartConfig(t, config)
			// The list is still being read when the first reload comes.
			open := make(chan struct{})
			let := sync.OnceFunc(func() { close(open) })
			t.Cleanup(let)
			var held atomic.Bool
			up.setGate(func(i int) {
				if i == 150 && held.CompareAndSwap(false, true) {
					<-open
				}
			})
			got := walkList(t, pageClient(t), s.URL+"/orders?limit=40", func(page int) {
				up.set(count(-1000, 0))
				other := config
				other.Routes = snapshotted(m.mode, fmt.Sprintf("max_page_size %dMiB", page), newUpstream(t, up))
				if page == 1 && m.mode == "lazy" {
					up.set(count(0, 400))
					return // nothing is kept yet
				}
				s.Reload(t, other)
				if page == 3 {
					let()
				}
			})
			if !slices.Equal(got, count(0, 400)) {
				t.Errorf("got %d items: %v", len(got), got)
			}
			up.wantReads(t, m.reads)
		})
	}
}

// Encoded answers are kept decoded.
func TestSnapshotEncoded(t *testing.T) {
	for _, coding := range []string{"gzip", "zstd", "br"} {
		for _, m := range modeReads {
			api, server := legacy(t, legacyOptions(300, coding))
			s := harness.Start(t, "paginate 10 100 {\nsnapshot "+m.mode+"\n}\n"+proxyTo(server))
			c := pageClient(t)
			var text strings.Builder
			for next := s.URL + "/orders?limit=100"; next != ""; {
				r := send(t, c, http.MethodGet, next)
				_, _ = io.WriteString(&text, strings.Trim(r.body, "[]\n")+",")
				if r.header.Get("Content-Encoding") != "" {
					t.Errorf("%s: the page is encoded in %s", coding, r.header.Get("Content-Encoding"))
				}
				next = r.next(t)
			}
			if got := "[" + strings.TrimSuffix(text.String(), ",") + "]"; got != orders(0, 300) {
				t.Errorf("%s: got %.300s", coding, got)
			}
			stats, err := api.Settled(t.Context())
			if err != nil || int64(stats.Requests) != m.reads {
				t.Errorf("%s, %s: got %d reads and error %v, want %d", coding, m.mode, stats.Requests, err, m.reads)
			}
		}
	}
}
