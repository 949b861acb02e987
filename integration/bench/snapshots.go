package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/dustin/go-humanize"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// What Caddy is told of a list that is walked.
const (
	forgetful = "paginate /orders* {\n\t\tlimit 50 100\n\t\tmax_offset off\n\t\tsnapshot off\n\t}"
	lazy      = "paginate /orders* {\n\t\tlimit 50 100\n\t\tmax_offset off\n\t\tsnapshot lazy\n\t}"
	eager     = "paginate /orders* {\n\t\tlimit 50 100\n\t\tmax_offset off\n\t\tsnapshot eager\n\t}"
)

const (
	walkPage   = 100                 // items a page
	walkPages  = cutItems / walkPage // of the whole list
	forgotten  = 1000                // pages that are read without snapshots: all would take hours
	deepPage   = walkPages - 1       // 9,999
	depthAsks  = 200                 // pages in a row are one measurement
	walkers    = 1000
	crowdItems = 1000 // that each of them walks
)

// snapshotKeys are what -only may name of what is measured here.
var snapshotKeys = []string{"walk", "depth", "record", "crowd"}

// measureSnapshots measures what snapshots save and what they cost.
func measureSnapshots(ctx context.Context, l *lab, set settings, step func(string)) (results []result, err error) {
	for _, one := range []struct {
		key string
		run func(context.Context, *lab, settings) ([]result, error)
	}{
		{"walk", measureWalk}, {"depth", measureDepth}, {"record", measureRecord}, {"crowd", measureCrowd},
	} {
		if !set.wants(one.key) {
			continue
		}
		step(one.key)
		more, err := one.run(ctx, l, set)
		if err != nil {
			return nil, fmt.Errorf("measuring %s: %w", one.key, err)
		}
		results = append(results, more...)
	}
	return results, nil
}

// fewRounds is for what takes seconds.
func (set settings) fewRounds() int { return min(set.rounds, 3) }

// measureDepth compares the second page with one near the end; that with the same page of
// plain Caddy before an upstream that pages by itself; and with as many bytes that plain
// Caddy has in its memory, which is the least that any page can take.
func measureDepth(ctx context.Context, l *lab, set settings) ([]result, error) {
	caddy, err := l.startCaddy(ctx, lazy)
	if err != nil {
		return nil, err
	}
	defer caddy.stop()
	c := newClient()
	defer c.close()
	list := listPath(legacyapi.Small, cutItems)
	page := func(n int) string { return fmt.Sprintf("%s&limit=%d&offset=%d", list, walkPage, (n-1)*walkPage) }
	size, _, err := c.drain(ctx, caddy.url+page(deepPage)) // reads the list
	if err != nil {
		return nil, err
	}
	through, err := l.startCaddy(ctx, respondWith(int(size)))
	if err != nil {
		return nil, err
	}
	defer through.stop()
	if _, err := l.sent(ctx); err != nil {
		return nil, err
	}
	took, err := c.timeTurns(ctx, set, []string{
		caddy.url + page(2), caddy.url + page(deepPage), through.url + page(deepPage) + "&_native=offset", through.url + "/bytes",
	})
	if err != nil {
		return nil, err
	}
	second, deep, native, bytes := took[0], took[1], took[2], took[3]
	return []result{
		{Key: "depth", Title: "page 9,999 of a walk, against page 2", Figures: []figure{newFigure(lastByte, second, deep, &goal{1.2, 1.05})}},
		{Key: "depth-native", Title: "page 9,999 of a walk, against a native limit", Figures: []figure{newFigure(lastByte, native, deep, &goal{1.0 / 3, 0.26})}},
		{Key: "depth-least", Title: "as many bytes from Caddy's memory, against a native limit", Figures: []figure{newFigure(lastByte, native, bytes, nil)}},
	}, nil
}

// timeTurns measures how long each of some pages takes, all of them in each round.
func (c *client) timeTurns(ctx context.Context, set settings, urls []string) (took [][]float64, err error) {
	took = make([][]float64, len(urls))
	for round := range set.rounds {
		for i := range urls {
			at := (i + round) % len(urls)
			var waits []float64
			for range depthAsks {
				size, wait, err := c.drain(ctx, urls[at])
				if err != nil {
					return nil, err
				}
				if size < walkPage {
					return nil, fmt.Errorf("checking the answer: got %d bytes", size)
				}
				waits = append(waits, wait.Seconds())
			}
			took[at] = append(took[at], spreadOf(waits).Median)
		}
	}
	return took, nil
}

// measureRecord compares how long it takes until the last page of a list is there that
// nobody has walked yet, and how long plain Caddy takes to pass that list.
func measureRecord(ctx context.Context, l *lab, set settings) ([]result, error) {
	p := new(pair)
	defer p.stop()
	for side, directives := range [2]string{plain: "", ours: lazy} {
		caddy, err := l.startCaddy(ctx, directives)
		if err != nil {
			return nil, err
		}
		p.caddy[side] = caddy
	}
	items := int(set.size) / averageItem(legacyapi.Small)
	list := listPath(legacyapi.Small, items)
	c := newClient()
	defer c.close()
	var took, cpus [2][]float64
	asked := 0
	err := inTurn(set.rounds, func(side int) error {
		url := p.caddy[side].url + list
		if side == ours {
			asked++ // another list for Caddy, the same for the upstream
			url += fmt.Sprintf("&limit=%d&offset=%d&asked=%d", walkPage, items-walkPage, asked)
		}
		if _, err := l.sent(ctx); err != nil {
			return err
		}
		before, err := p.caddy[side].cpu()
		if err != nil {
			return err
		}
		size, wait, err := c.drain(ctx, url)
		if err != nil {
			return err
		}
		if size < walkPage {
			return fmt.Errorf("checking the answer: got %d bytes", size)
		}
		after, err := p.caddy[side].cpu()
		took[side], cpus[side] = append(took[side], wait.Seconds()), append(cpus[side], (after-before).Seconds())
		return err
	})
	if err != nil {
		return nil, err
	}
	return []result{{Key: "record", Title: fmt.Sprintf("keep a list of %s, against passing it", humanize.Bytes(set.size)), Figures: []figure{
		newFigure(lastByte, took[plain], took[ours], &goal{1.0, 0.75}),
		newFigure(work, cpus[plain], cpus[ours], nil),
	}}}, nil
}

// measureCrowd counts how often the upstream is read for many who walk at once.
func measureCrowd(ctx context.Context, l *lab, set settings) (results []result, err error) {
	for _, mode := range []struct {
		name, directives string
		most             float64
	}{{"lazy", lazy, 2}, {"eager", eager, 1}} {
		caddy, err := l.startCaddy(ctx, mode.directives)
		if err != nil {
			return nil, err
		}
		var most, reads []float64
		for round := range set.fewRounds() {
			n, err := l.readsFor(ctx, func() error {
				return crowd(ctx, set, fmt.Sprintf("%s%s&limit=%d&round=%d", caddy.url, listPath(legacyapi.Small, crowdItems), walkPage, round))
			})
			if err != nil {
				caddy.stop()
				return nil, err
			}
			most, reads = append(most, mode.most), append(reads, float64(n))
		}
		caddy.stop()
		results = append(results, result{
			Key: "crowd-" + mode.name, Title: fmt.Sprintf("%s who walk a list at once, %s, against %.0f reads", humanize.Comma(walkers), mode.name, mode.most),
			Figures: []figure{newFigure(upstreamReads, most, reads, &goal{1.0, 1.0})},
		})
	}
	return results, nil
}

// crowd lets many walk a list at once: all of them are connected before the first one
// asks.
func crowd(ctx context.Context, set settings, url string) error {
	many := walkers
	if set.size < tiny {
		many = 20
	}
	home := url[:strings.Index(url, "/orders")+1]
	var group, ready sync.WaitGroup
	ready.Add(many)
	failures := make(chan error, many)
	for range many {
		group.Go(func() {
			c := oneOfMany()
			defer c.close()
			_, _, err := c.drain(ctx, home)
			ready.Done()
			if ready.Wait(); err != nil {
				failures <- err
				return
			}
			_, pages, err := c.walk(ctx, url, walkPages)
			if err == nil && pages != crowdItems/walkPage {
				err = fmt.Errorf("checking the walk: got %d pages", pages)
			}
			failures <- err
		})
	}
	group.Wait()
	close(failures)
	var all []error
	for err := range failures {
		all = append(all, err)
	}
	return errors.Join(all...)
}
