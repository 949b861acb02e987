package integration

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// modeReads is how often a whole walk, or many at once, read the upstream.
var modeReads = []struct {
	mode  string
	reads int64
}{{"lazy", 2}, {"eager", 1}}

// A walk reads the upstream twice at most, whatever the list's shape and the size of
// pages, and every item comes once.
func TestSnapshotWalk(t *testing.T) {
	const n = 1003
	for _, tc := range []struct {
		name, options, query, contentType string
		wrap                              [2]string
	}{
		{name: "root array"},
		{name: "a key", options: "key id"},
		{name: "style page", options: "style page", query: "per_page"},
		{name: "an envelope", wrap: [2]string{`{"before":"x","orders":[`, `],"behind":[1,2,3]}`}},
		{name: "an envelope with an empty array", wrap: [2]string{`{"before":"x","errors":[],"orders":[`, `],"behind":[1,2,3]}`}},
		{name: "an envelope by path", options: "list orders", wrap: [2]string{`{"before":"x","orders":[`, `],"behind":[1,2,3]}`}},
		{name: "an envelope, stopped", options: "early_stop always", wrap: [2]string{`{"before":"x","behind":[1,2,3],"orders":[`, `]}`}},
		{name: "total exact", options: "total exact"},
		{name: "early_stop off", options: "early_stop off"},
		{name: "a mask", query: "fields=n&limit"},
	} {
		up := newShelf(n)
		up.wrap = tc.wrap
		if tc.query == "" {
			tc.query = "limit"
		}
		for _, m := range modeReads {
			t.Run(m.mode+"/"+tc.name, func(t *testing.T) {
				s := harness.Start(t, snapshotted(m.mode, tc.options, newUpstream(t, up)))
				c := pageClient(t)
				for _, size := range []int{100, 7} {
					// Another filter is another list: nothing is kept of it yet.
					up.reads.Store(0)
					got := walkList(t, c, fmt.Sprintf("%s/orders?size_%d&%s=%d", s.URL, size, tc.query, size), nil)
					if !slices.Equal(got, count(0, n)) {
						t.Errorf("%d a page: got %d items: %v", size, len(got), got)
					}
					up.wantReads(t, m.reads)
				}
				s.NoTrouble(t)
			})
		}
	}
}

// A walk of lines reads the upstream as often.
func TestSnapshotWalkLines(t *testing.T) {
	for _, m := range modeReads {
		t.Run(m.mode, func(t *testing.T) {
			reads := int64(0)
			up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				reads++
				w.Header().Set("Content-Type", "application/x-ndjson")
				for i := range 95 {
					fmt.Fprintf(w, "{\"n\":%d}\n", i)
				}
			}))
			s := harness.Start(t, snapshotted(m.mode, "", up))
			c := pageClient(t)
			next, text, want := s.URL+"/lines", "", ""
			for next != "" {
				r := send(t, c, http.MethodGet, next)
				text += r.body
				next = r.next(t)
			}
			for i := range 95 {
				want += fmt.Sprintf("{\"n\":%d}\n", i)
			}
			if text != want {
				t.Errorf("got %q\nwant %q", text, want)
			}
			if reads != m.reads {
				t.Errorf("the upstream was read %d times, want %d", reads, m.reads)
			}
		})
	}
}

// Pages from a snapshot are those of the upstream, byte for byte and field for field.
func TestSnapshotPagesAlike(t *testing.T) {
	up := newShelf(250)
	up.header = map[string]string{
		"Etag": `"v1"`, "Cache-Control": "max-age=60", "Last-Modified": "Sat, 01 Jan 2000 00:00:00 GMT",
		"Link": `</schema>; rel="describedby", </orders?page=2>; rel="next"`, "X-Other": "a, b", "Access-Control-Allow-Origin": "*",
	}
	server := newUpstream(t, up)
	c := pageClient(t)
	pages := func(mode string) []reply {
		s := harness.StartConfig(t, harness.Config{Global: oneSecret, Site: "http://:" + freePort(t), Routes: "header X-Outside one\n" + snapshotted(mode, "", server)})
		host := "Host: api.example"
		next := s.URL + "/orders?limit=100"
		var all []reply
		for offset := 0; offset < 300; offset += 100 {
			r := send(t, c, http.MethodGet, next+"&offset="+strconv.Itoa(offset), host)
			all = append(all, r)
		}
		return all
	}
	off := pages("off")
	for _, mode := range []string{"lazy", "eager"} {
		for i, r := range pages(mode) {
			for _, name := range []string{"Date", "Age"} {
				r.header.Del(name)
				off[i].header.Del(name)
			}
			if r.status != off[i].status || r.body != off[i].body {
				t.Errorf("%s, page %d: got %d %.200q, want %d %.200q", mode, i, r.status, r.body, off[i].status, off[i].body)
			}
			if got, want := fmt.Sprint(r.header), fmt.Sprint(off[i].header); got != want {
				t.Errorf("%s, page %d: got\n%s\nwant\n%s", mode, i, got, want)
			}
		}
	}
}

// The first page does not wait for the list's end, and neither does any other for more
// than its own items.
func TestSnapshotDoesNotWait(t *testing.T) {
	for _, m := range modeReads {
		t.Run(m.mode, func(t *testing.T) {
			up := newShelf(400)
			open, stalled := make(chan struct{}), make(chan struct{}, 2)
			up.setGate(func(i int) {
				if i == 150 {
					stalled <- struct{}{}
					<-open
				}
			})
			s := harness.Start(t, snapshotted(m.mode, "", newUpstream(t, up)))
			let := sync.OnceFunc(func() { close(open) })
			t.Cleanup(let)
			c := pageClient(t)
			next := s.URL + "/orders?limit=50"
			var got []int
			for range 2 { // with the item behind the second page, 101 are needed
				r := send(t, c, http.MethodGet, next)
				got = append(got, numbers(t, r)...)
				next = r.next(t)
			}
			<-stalled
			if !slices.Equal(got, count(0, 100)) || next == "" {
				t.Fatalf("got %v, next %q", got, next)
			}
			let()
			got = append(got, walkList(t, c, next, nil)...)
			if !slices.Equal(got, count(0, 400)) {
				t.Errorf("got %d items: %v", len(got), got)
			}
			up.wantReads(t, m.reads)
			s.NoTrouble(t)
		})
	}
}

// A walk meets one list, whatever becomes of the data behind it meanwhile.
func TestSnapshotStandsStill(t *testing.T) {
	for _, m := range modeReads {
		for _, options := range []string{"", "key id"} {
			t.Run(m.mode+" "+options, func(t *testing.T) {
				up := newShelf(200)
				s := harness.Start(t, snapshotted(m.mode, options, newUpstream(t, up)))
				got := walkList(t, pageClient(t), s.URL+"/orders?limit=10", func(page int) {
					if page > 1 || m.mode == "eager" { // in lazy it is kept from the second page on
						up.set(append(count(-10*page, 0), count(5*page, 150)...))
					}
				})
				if !slices.Equal(got, count(0, 200)) {
					t.Errorf("got %d items: %v", len(got), got)
				}
				up.wantReads(t, m.reads)
			})
		}
	}
}

// Many clients that walk at once share the reads of one.
func TestSnapshotCrowd(t *testing.T) {
	const clients, n = 200, 300
	for _, m := range modeReads {
		t.Run(m.mode, func(t *testing.T) {
			up := newShelf(n)
			server := newUpstream(t, up)
			s := harness.Start(t, "testarrive\n"+snapshotted(m.mode, "", server))
			c := pageClient(t)
			c.Transport.(*http.Transport).MaxIdleConnsPerHost = clients
			freeze(t) // a machine that is slow is not to matter
			// Nobody gets its first page before all have asked for it.
			arrivals.Store(0)
			all := sync.OnceFunc(func() { waitArrivals(t, clients) })
			up.setGate(func(i int) {
				if i == 0 {
					all()
				}
			})
			var wg sync.WaitGroup
			for range clients {
				wg.Go(func() {
					if got := walkList(t, c, s.URL+"/orders?limit=50", nil); !slices.Equal(got, count(0, n)) {
						t.Errorf("got %d items", len(got))
					}
				})
			}
			wg.Wait()
			up.wantReads(t, m.reads)
			s.NoTrouble(t)
		})
	}
}
