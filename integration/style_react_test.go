package integration

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A reactClient is how a data provider of react-admin asks for items, and how it learns
// how many there are in all. It goes on by what it has asked for until it has that many.
type reactClient struct {
	style  string
	ask    func(from, to int) (query, header string) // the items [from, to)
	total  string                                    // the header field
	parse  func(value string) string
	covers func(from, to, total int) string // the field's value for a page
}

var reactClients = []reactClient{
	{ // ra-data-json-server
		style: "ra-json",
		ask: func(from, to int) (string, string) {
			return fmt.Sprintf("_end=%d&_order=ASC&_sort=seq&_start=%d", to, from), "Accept: application/json"
		},
		total:  "X-Total-Count",
		parse:  func(value string) string { return value },
		covers: func(_, _, total int) string { return strconv.Itoa(total) },
	},
	{ // ra-data-simple-rest
		style: "ra-simple",
		ask: func(from, to int) (string, string) {
			return fmt.Sprintf("filter=%%7B%%22a%%22%%3A1%%7D&range=%%5B%d%%2C%d%%5D&sort=%%5B%%22seq%%22%%2C%%22ASC%%22%%5D", from, to-1),
				fmt.Sprintf("Range: items=%d-%d", from, to-1)
		},
		total: "Content-Range",
		parse: func(value string) string { return value[strings.LastIndexByte(value, '/')+1:] },
		covers: func(from, to, total int) string {
			if from == to {
				return fmt.Sprintf("items */%d", total)
			}
			return fmt.Sprintf("items %d-%d/%d", from, to-1, total)
		},
	},
}

// query is a query for items [from, to), without what is not about paging.
func (rc *reactClient) query(from, to int) string {
	query, _ := rc.ask(from, to)
	kept := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool { return !rc.pages(pair) })
	return strings.Join(kept, "&")
}

// rest is what of its query is not about paging.
func (rc *reactClient) rest() string {
	query, _ := rc.ask(0, 1)
	return strings.Join(slices.DeleteFunc(strings.Split(query, "&"), rc.pages), "&")
}

func (rc *reactClient) pages(pair string) bool {
	return strings.HasPrefix(pair, "_start=") || strings.HasPrefix(pair, "_end=") || strings.HasPrefix(pair, "range=")
}

// link is the query of a link to items [from, to).
func (rc *reactClient) link(from, to int) string {
	pairs := strings.Split(rc.query(from, to), "&")
	slices.Reverse(pairs) // _start before _end
	return strings.Join(pairs, "&")
}

// TestReactWalks: clients that reckon with what they asked for get every item once, in
// order, byte for byte, by no more requests than there are pages; so do those that say
// nothing of paging at first, and follow the links.
func TestReactWalks(t *testing.T) {
	for _, rc := range reactClients {
		for _, snapshot := range []string{"off", "lazy", "eager"} {
			up := newUpstream(t, http.HandlerFunc(oddList))
			s := harness.Start(t, "paginate 10 20 {\nsnapshot "+snapshot+"\nstyle "+rc.style+"\n}\n"+up.proxy())
			c := pageClient(t)
			for _, n := range []int{0, 1, 10, 11, 20, 257} {
				t.Run(fmt.Sprintf("%s/%s/%d", rc.style, snapshot, n), func(t *testing.T) {
					up.take()
					pages, seen, total := 0, 0, 1
					for ; pages == 0 || pages*10 < total; pages++ {
						query, header := rc.ask(pages*10, pages*10+10)
						r := send(t, c, http.MethodGet, fmt.Sprintf("%s/items?n=%d&%s", s.URL, n, query), header)
						to := min(seen+10, n)
						rc.check(t, r, seen, to, n)
						wantNext := ""
						if to < n {
							wantNext = fmt.Sprintf("%s/items?n=%d&%s&%s", s.URL, n, rc.rest(), rc.link(to, to+10))
						}
						if got := r.next(t); got != wantNext {
							t.Errorf("page %d: next is %q, want %q", pages, got, wantNext)
						}
						seen, total = to, atoi(t, rc.parse(r.header.Get(rc.total)))
					}
					if want := max(1, (n+9)/10); seen != n || pages != want {
						t.Errorf("got %d items by %d requests, want all by %d", seen, pages, want)
					}
					for _, asked := range up.take() {
						if want := fmt.Sprintf("n=%d&%s", n, rc.rest()); asked.query != want || asked.header.Get("Range") != "" {
							t.Errorf("the upstream was asked %q, with %v, want %q", asked.query, asked.header, want)
						}
					}

					seen, pages = 0, 0
					for next := fmt.Sprintf("%s/items?n=%d", s.URL, n); next != ""; pages++ {
						r := send(t, c, http.MethodGet, next)
						to := min(seen+10, n)
						rc.check(t, r, seen, to, n)
						seen, next = to, r.next(t)
					}
					if want := max(1, (n+9)/10); seen != n || pages != want {
						t.Errorf("by links: got %d items by %d requests, want all by %d", seen, pages, want)
					}
				})
			}
			s.NoTrouble(t)
		}
	}
}

// check asserts on the page [from, to) of n odd items, byte for byte.
func (rc *reactClient) check(t *testing.T, r reply, from, to, n int) {
	t.Helper()
	wantOdd(t, r, from, to)
	for name, want := range map[string]string{
		rc.total: rc.covers(from, to, n), "Content-Type": "application/json", "Content-Length": strconv.Itoa(len(r.body)),
	} {
		if got := r.header[name]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestReactAsks: what else may be asked, and what is refused.
func TestReactAsks(t *testing.T) {
	type result struct {
		from, to  int
		next      [2]int // what the link leads to
		code      string
		parameter string
		given     string
	}
	asks := map[string][]struct {
		name, query string
		want        result
	}{
		"ra-json": {
			{"nothing", "", result{to: 10, next: [2]int{10, 20}}},
			{"a start alone", "_start=5", result{from: 5, to: 15, next: [2]int{15, 25}}},
			{"an end alone", "_end=7", result{to: 7, next: [2]int{7, 14}}},
			{"a limit", "_start=5&_limit=3", result{from: 5, to: 8, next: [2]int{8, 11}}},
			{"the maximum", "_start=1&_end=21", result{from: 1, to: 21, next: [2]int{21, 41}}},
			{"over the maximum", "_start=5&_end=26", result{code: "limit_too_large", parameter: "_end", given: "26"}},
			{"a limit over the maximum", "_limit=21", result{code: "limit_too_large", parameter: "_limit", given: "21"}},
			{"an end that is huge", "_end=99999999999999999999", result{code: "limit_too_large", parameter: "_end", given: "99999999999999999999"}},
			{"too deep", "_start=100&_end=101", result{code: "offset_too_deep", parameter: "_start", given: "100"}},
			{"backwards", "_start=5&_end=5", result{code: "limit_invalid", parameter: "_end", given: "5"}},
			{"no end", "_end=0", result{code: "limit_invalid", parameter: "_end", given: "0"}},
			{"below zero", "_start=-1&_end=9", result{code: "limit_invalid", parameter: "_start", given: "-1"}},
			{"an odd spelling", "_start=0&_end[]=900", result{code: "limit_invalid", parameter: "_end", given: "_end[]"}},
			{"two ends", "_end=10&_end=900", result{code: "limit_invalid", parameter: "_end", given: "10, 900"}},
			{"an end and a limit", "_end=10&_limit=900", result{code: "limit_invalid", parameter: "_end", given: "10"}},
			{"behind the end", "_start=57&_end=67", result{from: 30, to: 30}},
			{"the last", "_start=20&_end=30", result{from: 20, to: 30}},
		},
		"ra-simple": {
			{"nothing", "", result{to: 10, next: [2]int{10, 20}}},
			{"raw", "range=[5,9]", result{from: 5, to: 10, next: [2]int{10, 15}}},
			{"empty", "range=", result{to: 10, next: [2]int{10, 20}}},
			{"the maximum", "range=[1,20]", result{from: 1, to: 21, next: [2]int{21, 41}}},
			{"over the maximum", "range=[0,20]", result{code: "limit_too_large", parameter: "range", given: "[0,20]"}},
			{"huge", "range=[0,99999999999999999999]", result{code: "limit_too_large", parameter: "range", given: "[0,99999999999999999999]"}},
			{"too deep", "range=[100,100]", result{code: "offset_too_deep", parameter: "range", given: "[100,100]"}},
			{"backwards", "range=[9,0]", result{code: "limit_invalid", parameter: "range", given: "[9,0]"}},
			{"no array", "range=0,9", result{code: "limit_invalid", parameter: "range", given: "0,9"}},
			{"an odd spelling", "range[]=0&range[]=900", result{code: "limit_invalid", parameter: "range", given: "range[]"}},
			{"two", "range=[0,9]&range=[0,900]", result{code: "limit_invalid", parameter: "range", given: "[0,9], [0,900]"}},
			{"behind the end", "range=[57,66]", result{from: 30, to: 30}},
			{"the last", "range=[20,29]", result{from: 20, to: 30}},
		},
	}
	for _, rc := range reactClients {
		for _, snapshot := range []string{"off", "lazy"} {
			up := newUpstream(t, http.HandlerFunc(oddList))
			s := harness.Start(t, "paginate 10 20 {\nmax_offset 100\nsnapshot "+snapshot+"\nstyle "+rc.style+"\n}\n"+up.proxy())
			c := pageClient(t)
			for _, tc := range asks[rc.style] {
				t.Run(rc.style+"/"+snapshot+"/"+tc.name, func(t *testing.T) {
					up.take()
					r := send(t, c, http.MethodGet, s.URL+"/items?"+strings.Trim(tc.query+"&n=30", "&"))
					if tc.want.code != "" {
						p := wantRefusal(t, r, http.StatusBadRequest, tc.want.code)
						if p.Parameter != tc.want.parameter || p.Given != tc.want.given {
							t.Errorf("got the parameter %q, given %q", p.Parameter, p.Given)
						}
						if asked := up.take(); len(asked) > 0 {
							t.Errorf("the upstream was asked %v", asked)
						}
						return
					}
					rc.check(t, r, tc.want.from, tc.want.to, 30)
					want := ""
					if tc.want.next[1] > 0 {
						want = s.URL + "/items?n=30&" + rc.link(tc.want.next[0], tc.want.next[1])
					}
					if got := r.next(t); got != want {
						t.Errorf("next: got %q, want %q", got, want)
					}
				})
			}
			s.NoTrouble(t)
		}
	}
}

// TestReactInBrowsers: scripts may read what they need, where the upstream lets browsers in.
func TestReactInBrowsers(t *testing.T) {
	for _, rc := range reactClients {
		t.Run(rc.style, func(t *testing.T) {
			up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Access-Control-Allow-Origin", "https://admin.example.com")
				w.Header().Set("Content-Range", "items 0-49/50") // of the whole
				oddList(w, r)
			}))
			s := harness.Start(t, "paginate 10 20 {\nstyle "+rc.style+"\n}\n"+up.proxy())
			r := send(t, pageClient(t), http.MethodGet, s.URL+"/items?"+rc.query(10, 20), "Origin: https://admin.example.com")
			rc.check(t, r, 10, 20, 50)
			exposed := strings.Join(r.header.Values("Access-Control-Expose-Headers"), ", ")
			if want := rc.total + ", Link"; exposed != want {
				t.Errorf("exposed: got %q, want %q", exposed, want)
			}
			if got := r.header.Get("Content-Range"); got != "" && rc.total != "Content-Range" {
				t.Errorf("Content-Range: got %q, which is that of the upstream's answer", got)
			}
		})
	}
}

// TestReactPhases: before limits are enforced, nothing is refused.
func TestReactPhases(t *testing.T) {
	for _, rc := range reactClients {
		for _, tc := range []struct {
			name, phase, query string
			from, to           int
			untouched, told    bool
		}{
			{name: "observe", phase: "observe", query: rc.query(0, 10), to: 50, untouched: true},
			{name: "observe, invalid", phase: "observe", query: rc.query(9, 9), to: 50, untouched: true},
			{name: "announce, a page", phase: "announce", query: rc.query(10, 20), from: 10, to: 20},
			{name: "announce, nothing", phase: "announce", to: 50, untouched: true, told: true},
			{name: "announce, invalid", phase: "announce", query: rc.query(9, 9), to: 50, untouched: true, told: true},
		} {
			t.Run(rc.style+"/"+tc.name, func(t *testing.T) {
				up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set(rc.total, "from the upstream")
					oddList(w, r)
				}))
				s := harness.Start(t, "paginate 10 20 {\nstyle "+rc.style+"\nphase "+tc.phase+
					"\nretire {\ndeprecated 2024-01-01\nsunset 2099-01-01\n}\n}\n"+up.proxy())
				r := send(t, pageClient(t), http.MethodGet, s.URL+"/items?"+tc.query)
				wantOdd(t, r, tc.from, tc.to)
				asked, want := "", rc.covers(tc.from, tc.to, 50)
				if tc.untouched {
					asked, want = tc.query, "from the upstream"
				}
				if got := up.takeOne(t).query; got != asked {
					t.Errorf("the upstream was asked %q, want %q", got, asked)
				}
				if got := r.header.Values(rc.total); !slices.Equal(got, []string{want}) {
					t.Errorf("%s: got %q, want %q", rc.total, got, want)
				}
				if told := r.header.Get("Deprecation") != ""; told != tc.told {
					t.Errorf("told: got %t, want %t", told, tc.told)
				}
			})
		}
	}
}

// TestReactPageTooLarge: a page that is shorter than asked for would lose items to who goes
// on by what it asked for.
func TestReactPageTooLarge(t *testing.T) {
	for _, rc := range reactClients {
		up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "["+strings.Repeat(`"`+strings.Repeat("x", 100)+`",`, 9)+"1]")
		}))
		s := harness.Start(t, "paginate 10 20 {\nmax_page_size 600\nstyle "+rc.style+"\n}\n"+up.proxy())
		c := pageClient(t)
		wantRefusal(t, send(t, c, http.MethodGet, s.URL+"/items?"+rc.query(0, 9)), http.StatusBadGateway, "item_too_large")
		if r := send(t, c, http.MethodGet, s.URL+"/items?"+rc.query(0, 5)); r.status != http.StatusOK || len(r.items(t)) != 5 {
			t.Errorf("%s: a page that fits: got %d %s", rc.style, r.status, r.body)
		}
	}
}

// TestSpansOfOneOwn: a house API whose clients say where a page begins and ends is a line
// or two.
func TestSpansOfOneOwn(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	for _, tc := range []struct{ block, query, next string }{
		{"end to", "offset=10&to=20", "offset=20&to=30"},
		{"offset from\nend to", "to=20&from=10", "from=20&to=30"},
		{"range slice", "slice=%5B10,19%5D", "slice=%5B20%2C29%5D"},
		{"range slice", "offset=10&limit=10", "slice=%5B20%2C29%5D"},
	} {
		s := harness.Start(t, "paginate 10 20 {\nstyle drf {\n"+tc.block+"\n}\n}\n"+up.proxy())
		r := send(t, pageClient(t), http.MethodGet, s.URL+"/items?n=31&"+tc.query)
		prev := strings.NewReplacer("20", "0", "30", "10", "29", "9").Replace(tc.next)
		want := fmt.Sprintf(`{"count":31,"next":"%[1]s/items?n=31&%[2]s","previous":"%[1]s/items?n=31&%[3]s","results":%[4]s}`, s.URL, tc.next, prev, oddItems(10, 20))
		if r.body != want {
			t.Errorf("%s, %s: got  %.400s\nwant %.400s", tc.block, tc.query, r.body, want)
		}
	}
}
