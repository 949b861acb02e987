package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// measureWalk compares a walk through the whole list with its first pages without
// snapshots; and with those as many answers of that size that plain Caddy has in its memory,
// which is the least that any walk can take.
func measureWalk(ctx context.Context, l *lab, set settings) ([]result, error) {
	var base, ours, least, pages, reads []float64
	for round := range set.fewRounds() {
		off, err := l.timeWalk(ctx, forgetful, cutItems, round, min(forgotten, set.walkPages()))
		if err != nil {
			return nil, err
		}
		whole, err := l.timeWalk(ctx, lazy, cutItems, round, set.walkPages())
		if err != nil {
			return nil, err
		}
		bytes, err := l.timeAsks(ctx, walkPage*averageItem(legacyapi.Small), set.walkPages())
		if err != nil {
			return nil, err
		}
		base, ours, least = append(base, off.took.Seconds()), append(ours, whole.took.Seconds()), append(least, bytes.Seconds())
		pages, reads = append(pages, float64(whole.pages)), append(reads, float64(whole.reads))
	}
	return []result{{
		Key:   "walk",
		Title: fmt.Sprintf("walk 1,000,000 items, %d a page, against the first %s pages without snapshots", walkPage, humanize.Comma(forgotten)),
		Figures: []figure{
			newFigure(lastByte, base, ours, &goal{0.10, 0.07}),
			newFigure(upstreamReads, pages, reads, &goal{2.0 / walkPages, 2.0 / walkPages}),
		},
	}, {
		Key:     "walk-least",
		Title:   fmt.Sprintf("as many answers from Caddy's memory as that walk has pages, against the first %s pages without snapshots", humanize.Comma(forgotten)),
		Figures: []figure{newFigure(lastByte, base, least, nil)},
	}}, nil
}

// walkPages is how far a list is walked: to its end, unless things are only tried out.
func (set settings) walkPages() int {
	if set.size < tiny {
		return 20
	}
	return walkPages
}

// tiny is a size of lists at which figures mean nothing.
const tiny = 1_000_000

// A walked tells of a walk.
type walked struct {
	took  time.Duration
	pages int
	reads int // of the upstream
}

// timeWalk walks so many pages with a Caddy of its own.
func (l *lab) timeWalk(ctx context.Context, directives string, items, round, pages int) (w walked, err error) {
	caddy, err := l.startCaddy(ctx, directives)
	if err != nil {
		return w, err
	}
	defer caddy.stop()
	w.reads, err = l.readsFor(ctx, func() error {
		// All items are different, and made for each answer, as an API makes them.
		w.took, w.pages, err = walk(ctx, fmt.Sprintf("%s/orders?_n=%d&limit=%d&round=%d", caddy.url, items, walkPage, round), pages)
		return err
	})
	return w, err
}

// timeAsks asks a Caddy of its own so many times for so many bytes.
func (l *lab) timeAsks(ctx context.Context, size, times int) (took time.Duration, err error) {
	caddy, err := l.startCaddy(ctx, respondWith(size))
	if err != nil {
		return 0, err
	}
	defer caddy.stop()
	c := newClient()
	defer c.close()
	began := time.Now()
	for range times {
		if _, _, err := c.drain(ctx, caddy.url+"/bytes"); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// respondWith has Caddy answer /bytes with so many.
func respondWith(size int) string { return "respond /bytes " + strings.Repeat("x", size) }

// readsFor counts how often the upstream is asked for a list meanwhile.
func (l *lab) readsFor(ctx context.Context, asking func() error) (int, error) {
	if _, err := l.sent(ctx); err != nil { // from here on it counts
		return 0, err
	}
	if err := asking(); err != nil {
		return 0, err
	}
	for {
		stats, err := l.stats(ctx)
		if err != nil || stats.Active == 0 {
			return stats.Requests, err
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		time.Sleep(time.Millisecond) // between two looks
	}
}

// walk follows the links from a page on, through so many pages at most.
func walk(ctx context.Context, next string, most int) (took time.Duration, pages int, err error) {
	c := newClient()
	defer c.close()
	return c.walk(ctx, next, most)
}

func (c *client) walk(ctx context.Context, next string, most int) (took time.Duration, pages int, err error) {
	began := time.Now()
	for next != "" && pages < most {
		if next, err = c.page(ctx, next); err != nil {
			return 0, pages, fmt.Errorf("page %d: %w", pages+1, err)
		}
		pages++
	}
	return time.Since(began), pages, nil
}

// page asks for a page, and returns where the next one is.
func (c *client) page(ctx context.Context, url string) (next string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return "", fmt.Errorf("asking: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("asking: %s", res.Status)
	}
	for {
		if _, err := res.Body.Read(c.buf); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", fmt.Errorf("reading the answer: %w", err)
		}
	}
	link, rel, _ := strings.Cut(strings.TrimPrefix(res.Header.Get("Link"), "<"), ">")
	if !strings.HasPrefix(rel, `; rel="next"`) {
		return "", nil
	}
	return link, nil
}
