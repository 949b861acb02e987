package integration

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A stripeList is a page of the style stripe.
type stripeList struct {
	Object  *string
	URL     *string
	HasMore *bool `json:"has_more"`
	Data    []struct {
		ID string // as Stripe's own client takes it: a number is an error
		N  int
	}
}

// stripePage reads one, as strictly as the strictest of Stripe's clients.
func stripePage(t testing.TB, r reply) stripeList {
	t.Helper()
	var page stripeList
	if err := json.Unmarshal([]byte(r.body), &page); err != nil || r.status != http.StatusOK {
		t.Fatalf("got %d %.300q: %v", r.status, r.body, err)
	}
	if page.Object == nil || *page.Object != "list" || page.URL == nil || page.HasMore == nil || page.Data == nil {
		t.Fatalf("a member is missing in %.300q", r.body)
	}
	if got := r.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type: got %q", got)
	}
	return page
}

func (p *stripeList) numbers() []int {
	out := make([]int, len(p.Data))
	for i, item := range p.Data {
		out[i] = item.N
	}
	return out
}

// stripeWalk reads a list as Stripe's clients do, on from its beginning, or back from
// behind an item, which is given as back. between is called between two pages.
func stripeWalk(t testing.TB, c *http.Client, target, back string, between func(page []int)) (all []int, pages int) {
	t.Helper()
	query := ""
	if back != "" {
		query = "&ending_before=" + url.QueryEscape(back)
	}
	for {
		page := stripePage(t, send(t, c, http.MethodGet, target+query))
		if pages++; back == "" {
			all = append(all, page.numbers()...)
		} else {
			all = append(page.numbers(), all...)
		}
		if !*page.HasMore {
			return all, pages
		}
		if len(page.Data) == 0 || pages > 1000 {
			t.Fatalf("page %d is empty, and says that there is more", pages)
		}
		if between != nil {
			between(page.numbers())
		}
		query = "&starting_after=" + url.QueryEscape(page.Data[len(page.Data)-1].ID)
		if back != "" {
			query = "&ending_before=" + url.QueryEscape(page.Data[0].ID)
		}
	}
}

// stripeItems are items as APIs have them behind the style stripe: their ids ascend with
// their numbers, or descend, or neither.
var stripeItems = []struct{ name, item, wrap string }{
	{"strings", `{"id":"cus_$pad","n":$n}`, ""},
	{"strings with escapes", `{"n":$n,"id":"c\u00fcs \/&$pad"}`, ""},
	{"integers", `{"id":$n,"n":$n}`, ""},
	{"64-bit integers", `{"id":9007199254$pad,"n":$n}`, ""},
	{"no order", `{"id":"cus_$rev","n":$n}`, ""},
	{"an envelope", `{"id":"cus_$pad","n":$n}`, "envelope"},
	{"pretty-printed", "{\n    \"id\": $n,\n    \"n\": $n\n  }", "pretty"},
}

func stripeWrap(wrap string) func([]string) string {
	switch wrap {
	case "envelope":
		return func(items []string) string { return `{"before":"x","orders":` + array(items) + `,"behind":[1,2,3]}` }
	case "pretty":
		return func(items []string) string { return "[\n  " + strings.Join(items, ",\n  ") + "\n]\n" }
	}
	return array
}

func countTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

// TestStripeWalks: on and back, a client of Stripe's gets every item once, in order, by no
// more requests than there are pages, whatever its ids are and wherever pages come from.
func TestStripeWalks(t *testing.T) {
	for _, snapshot := range []string{"off", "lazy", "eager"} {
		for _, tc := range stripeItems {
			l := &ledger{item: tc.item, wrap: stripeWrap(tc.wrap)}
			up := newUpstream(t, l)
			s := harness.Start(t, "paginate 10 20 {\nstyle stripe\nsnapshot "+snapshot+"\n}\n"+up.proxy())
			c := pageClient(t)
			for i, n := range []int{0, 1, 10, 11, 20, 257} {
				t.Run(fmt.Sprintf("%s/%s/%d", snapshot, tc.name, n), func(t *testing.T) {
					l.set(countTo(n))
					target := fmt.Sprintf("%s/v1/customers?n=%d&limit=10", s.URL, i)
					up.take()
					all, pages := stripeWalk(t, c, target, "", nil)
					want := max(1, (n+9)/10)
					if !slices.Equal(all, countTo(n)) || pages != want {
						t.Errorf("got %v by %d requests, want all by %d", all, pages, want)
					}
					reads := map[string]int{"off": want, "lazy": min(2, want), "eager": 1}[snapshot]
					if got := len(up.take()); got != reads {
						t.Errorf("the upstream was read %d times, want %d", got, reads)
					}
					if n == 0 {
						return
					}
					last := l.id(n)
					all, pages = stripeWalk(t, c, target, last, nil)
					if want := max(1, (n-1+9)/10); !slices.Equal(all, countTo(n-1)) || pages != want {
						t.Errorf("back from %s: got %v by %d requests, want all before it by %d", last, all, pages, want)
					}
				})
			}
			if tc.name == "no order" {
				wantDisorder(t, s, "id", "the items are not in the order of their keys")
			} else {
				s.NoTrouble(t)
			}
		}
	}
}

// id is the id of an item as clients say it.
func (l *ledger) id(n int) string {
	var item struct{ ID json.RawMessage }
	if err := json.Unmarshal([]byte(l.text(n)), &item); err != nil {
		panic(err)
	}
	var text string
	if json.Unmarshal(item.ID, &text) == nil {
		return text
	}
	return string(item.ID)
}

// TestStripeWalksThatChange: what comes and goes at the front between two pages neither
// repeats an item nor hides one, on and back.
func TestStripeWalksThatChange(t *testing.T) {
	for _, tc := range []struct {
		name, item string
		descending bool
		keepMark   bool // the item that the client names stays
	}{
		{"ascending", `{"id":"cus_$pad","n":$n}`, false, false},
		{"descending", `{"id":$n,"n":$n}`, true, false},
		{"no order", `{"id":"cus_$rev","n":$n}`, false, true},
	} {
		for _, limit := range []int{1, 2, 7} {
			t.Run(fmt.Sprintf("%s/%d", tc.name, limit), func(t *testing.T) {
				l := &ledger{item: tc.item, wrap: array}
				s := harness.Start(t, "paginate 10 20 {\nstyle stripe\nsnapshot off\n}\n"+newUpstream(t, l).proxy())
				c := pageClient(t)
				list := make([]int, 30)
				for i := range list {
					list[i] = 5000 + 3*i
				}
				if tc.descending {
					slices.Reverse(list)
				}
				ch := &change{rng: rand.New(rand.NewPCG(uint64(limit), 1)), list: list, descending: tc.descending, keepMark: tc.keepMark}
				l.set(ch.list)
				target := fmt.Sprintf("%s/v1/customers?limit=%d", s.URL, limit)
				all, pages := stripeWalk(t, c, target, "", func(page []int) {
					ch.between(slices.Index(ch.list, page[len(page)-1]))
					l.set(ch.list)
				})
				if want := (len(list) + limit - 1) / limit; !slices.Equal(all, list) || pages != want {
					t.Errorf("got %v by %d requests\nwant %v by %d", all, pages, list, want)
				}

				// Back from the last item, while items come at the front: they are met last.
				l.set(list)
				now := list
				all, _ = stripeWalk(t, c, target, l.id(list[len(list)-1]), func(page []int) {
					if front := now[0]; len(now) < 35 && page[0] != front {
						now = append([]int{4999 - len(now)}, now...)
						if tc.descending {
							now[0] = 9000 + len(now)
						}
						l.set(now)
					}
				})
				if want := now[:len(now)-1]; !slices.Equal(all, want) {
					t.Errorf("back: got %v\nwant %v", all, want)
				}
			})
		}
	}
}
