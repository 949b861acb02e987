package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dustin/go-humanize"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// ringSize is about how much of a list is different before it repeats itself:
// far more than any cache of branches remembers, and cheap to send.
const ringSize = 4 << 20

// cutItems is how long the list is of which a page is cut.
const cutItems = 1_000_000

// pageItems is how many items a page has that the upstream limits.
const pageItems = 20

// What Caddy is told about the list.
const (
	enforced  = "paginate /orders* {\n\t\tlimit 50 100\n\t\tmax_offset off\n\t}"
	announced = "paginate /orders* {\n\t\tlimit 50 100\n\t\tphase announce\n\t}"
	limited   = "paginate /orders* {\n\t\tlimit 20 100\n\t\tupstream link\n\t}"
)

// scenario is one thing that both are asked for.
type scenario struct {
	key, title string // %s in the title is the list's size

	directives, plainDirectives string // of the Caddy that pages, and of the other

	shape      legacyapi.Shape
	items      int    // how many the list has; 0: as many as make up the size that is set
	elsewhere  string // the path, if it is not the list's
	query      string // behind the options of the list, for both
	plainQuery string // for plain Caddy: what makes the upstream do the work

	keep     []string // the members that are left of each item; nil: the answers are the same
	adoption bool     // the other Caddy pages too, and neither logs nor counts who asks for what

	rate  bool // as many requests as possible, instead of one after another
	pages int  // how many pages those ask for in turns, from the list's beginning on; 0 is one
	asks  int  // how many of those are one measurement; 0 is 1
	goals map[measure]*goal
}

var scenarios = []scenario{
	{
		key: "untouched", title: "a route that is not paged, proxied",
		directives: enforced, elsewhere: "/",
		rate: true, goals: map[measure]*goal{rate: {0.93, 0.99}},
	},
	{
		key: "respond", title: "a route that is not paged, answered by Caddy",
		directives: "respond /ping pong\n\t" + enforced, plainDirectives: "respond /ping pong", elsewhere: "/ping",
		rate: true,
	},
	{
		key: "item", title: "a route that is paged, and no list",
		directives: enforced, elsewhere: "/orders/7",
		rate: true,
	},
	{
		key: "native", title: "a page of 20, limited by the upstream",
		directives: limited, shape: legacyapi.Small, items: cutItems, query: "&_native=offset&limit=20",
		rate: true, goals: map[measure]*goal{rate: {1.0, 1.2}},
	},
	{
		key: "pages", title: "500 pages of 20 in turns, limited by the upstream",
		directives: limited, shape: legacyapi.Small, items: cutItems, query: "&_native=offset&limit=20",
		rate: true, pages: 500,
	},
	{
		key: "adoption", title: "a page of 20 with adoption, against without",
		directives: limited, shape: legacyapi.Small, items: cutItems, query: "&_native=offset&limit=20", adoption: true,
		rate: true, goals: map[measure]*goal{rate: {0.95, 0.99}},
	},
	{
		key: "cut", title: "cut 100 of 1,000,000, against a native limit",
		directives: enforced, shape: legacyapi.Small, items: cutItems, query: "&limit=100", plainQuery: "&_native=offset",
		asks: 200, goals: map[measure]*goal{lastByte: {1.65, 1.35}},
	},
	{
		key: "wide", title: "trim %s of wide items to 4 of 50 fields",
		directives: announced, shape: legacyapi.Wide, query: "&fields=id,field_13,field_26,field_45",
		keep:  []string{"id", "field_13", "field_26", "field_45"},
		goals: map[measure]*goal{lastByte: {0.72, 0.50}, work: {0.85, 0.60}},
	},
	{
		key: "small", title: "trim %s of small items to 4 of 7 fields",
		directives: announced, shape: legacyapi.Small, query: "&fields=id,status,total,created_at",
		keep:  []string{"id", "status", "total", "created_at"},
		goals: map[measure]*goal{lastByte: {1.25, 1.00}, work: {1.45, 1.15}},
	},
	{
		key: "text", title: "trim %s of long texts to the short fields",
		directives: announced, shape: legacyapi.Text, query: "&fields=id,customer,tags",
		keep:  []string{"id", "customer", "tags"},
		goals: map[measure]*goal{lastByte: {0.70, 0.50}},
	},
	{
		key: "pretty", title: "trim %s, pretty-printed, to 4 of 7 fields",
		directives: announced, shape: legacyapi.Pretty, query: "&fields=id,status,total,created_at",
		keep:  []string{"id", "status", "total", "created_at"},
		goals: map[measure]*goal{lastByte: {0.70, 0.50}},
	},
	{
		key: "deep", title: "trim %s of deep items, inside them too",
		directives: announced, shape: legacyapi.Nested, query: "&fields=id,customer/name,lines(sku,qty),null",
		keep:  []string{"id", "customer", "lines", "null"},
		goals: map[measure]*goal{lastByte: {0.82, 0.65}},
	},
	{
		key: "count", title: "count %s of wide items, nothing cut",
		directives: announced, shape: legacyapi.Wide,
		goals: map[measure]*goal{lastByte: {1.0, 0.75}},
	},
	{
		key: "count-small", title: "count %s of small items, nothing cut",
		directives: announced, shape: legacyapi.Small,
		goals: map[measure]*goal{lastByte: {1.0, 0.75}},
	},
}

// path is what a side is asked for, with a list of about so many bytes.
func (s scenario) path(side int, size uint64) string {
	if s.elsewhere != "" {
		return s.elsewhere
	}
	items := s.items
	if items == 0 {
		items = int(size) / averageItem(s.shape)
	}
	path := listPath(s.shape, items) + s.query
	if side == plain {
		// Those of ours are for paginate to answer; the upstream would do the same work.
		path += s.plainQuery
	}
	return path
}

// urls is what the requests to a side ask for, the n-th one from 0 on. Plain Caddy's upstream
// knows what an offset is, too.
func (s scenario) urls(url string, n int64) string {
	if s.pages == 0 {
		return url
	}
	return fmt.Sprintf("%s&offset=%d", url, n%int64(s.pages)*pageItems)
}

// listPath asks the demo API for a list that costs little to send.
func listPath(shape legacyapi.Shape, items int) string {
	period := min(ringSize/averageItem(shape), legacyapi.MaxPeriod)
	return fmt.Sprintf("/orders?_n=%d&_shape=%s&_period=%d", items, shape, period)
}

// averageItem is how many bytes an order of the demo takes, comma included.
func averageItem(shape legacyapi.Shape) int {
	const some = 2_000
	var buf []byte
	for i := range some {
		buf = append(legacyapi.AppendItem(buf, shape, i), ',')
	}
	return len(buf) / some
}

// run measures one scenario with two Caddys that nothing else was asked of.
func (s scenario) run(ctx context.Context, l *lab, set settings) (result, error) {
	p, err := startPair(ctx, l, s, set.size)
	if err != nil {
		return result{}, err
	}
	defer p.stop()
	if err := s.check(ctx, p); err != nil {
		return result{}, fmt.Errorf("checking the answers: %w", err)
	}
	// The first answers are slower: pools are empty, connections are made.
	if err := inTurn(2, func(side int) error {
		c := newClient()
		defer c.close()
		_, _, err := c.drain(ctx, p.urls[side])
		return err
	}); err != nil {
		return result{}, err
	}

	r := result{Key: s.key, Title: s.title}
	if s.items == 0 && s.elsewhere == "" {
		r.Title = fmt.Sprintf(s.title, humanize.Bytes(set.size))
	}
	if s.rate {
		r.Figures, err = measureRate(ctx, set, p, s.urls, s.goals)
	} else {
		r.Figures, err = measureLastByte(ctx, l, set, p, s)
	}
	if err != nil {
		return result{}, err
	}
	r.Peak, r.Upstream, err = p.footprint(ctx, l, max(s.asks, 1))
	return r, err
}

// checkSize is how long a list is checked: short enough to be decoded at once.
const checkSize = 1 << 20

// check asks both for a short list, and tells whether ours is what the
// scenario says. That every byte of it is right is what the tests show.
func (s scenario) check(ctx context.Context, p *pair) error {
	c := newClient()
	defer c.close()
	var bodies [2][]byte
	for side, caddy := range p.caddy {
		body, err := c.read(ctx, caddy.url+s.path(side, checkSize))
		if err != nil {
			return err
		}
		bodies[side] = body
	}
	if s.keep == nil {
		if want, got := bytes.TrimSpace(bodies[plain]), bytes.TrimSpace(bodies[ours]); !bytes.Equal(got, want) {
			return fmt.Errorf("got %d bytes, %.100q; want %d bytes, %.100q", len(got), got, len(want), want)
		}
		return nil
	}
	return checkTrimmed(bodies[plain], bodies[ours], s.keep)
}

// checkTrimmed compares lists item by item: ours has the members to keep, and
// those whose values are no objects or arrays are the same.
func checkTrimmed(whole, trimmed []byte, keep []string) error {
	var want, got []map[string]json.RawMessage
	if err := json.Unmarshal(whole, &want); err != nil {
		return fmt.Errorf("reading the whole list: %w", err)
	}
	if err := json.Unmarshal(trimmed, &got); err != nil {
		return fmt.Errorf("reading the trimmed list: %w", err)
	}
	if len(got) != len(want) || len(got) == 0 {
		return fmt.Errorf("got %d items, want %d", len(got), len(want))
	}
	for i, item := range got {
		if len(item) != len(keep) {
			return fmt.Errorf("item %d: got %d members, want %d", i, len(item), len(keep))
		}
		for name, value := range item {
			if !slices.Contains(keep, name) {
				return fmt.Errorf("item %d: got the member %q", i, name)
			}
			whole := want[i][name]
			if !bytes.ContainsAny(whole[:1], "{[") && !bytes.Equal(value, whole) {
				return fmt.Errorf("item %d: got %s for %q, want %s", i, value, name, whole)
			}
		}
	}
	return nil
}

// scenarioKeys are what -only may name.
func scenarioKeys() []string {
	keys := make([]string, 0, len(scenarios)+len(snapshotKeys)+2)
	for _, s := range scenarios {
		keys = append(keys, s.key)
	}
	keys = append(keys, snapshotKeys...)
	return append(keys, "memory", "peers")
}
