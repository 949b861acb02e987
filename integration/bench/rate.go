package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// askers is how many clients ask at once.
const askers = 16

// rateCase is a route where nothing is paged.
type rateCase struct{ name, path string }

var rateCases = []rateCase{
	{"another route (respond)", "/ping"},
	{"another route (proxied)", "/"},
	{"matched, but no list (proxied)", "/orders/7"},
}

// measureRate compares requests a second of plain Caddy and of Caddy that pages
// other routes. The two take turns, so that a machine that grows slower or
// faster does it to both.
func measureRate(ctx context.Context, l *lab, set settings) error {
	const ping = "respond /ping pong\n\t"
	plain, err := l.startCaddy(ctx, ping)
	if err != nil {
		return err
	}
	defer plain.stop()
	paging, err := l.startCaddy(ctx, ping+enforced)
	if err != nil {
		return err
	}
	defer paging.stop()

	fmt.Printf("\nRequests a second, %d clients, median of %d rounds of %s each\n\n", askers, set.rounds, set.round)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| route\t| plain Caddy\t| with paging\t| ratio\t| range of ratios\t|")
	fmt.Fprintln(table, "| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, c := range rateCases {
		var plains, pagings, ratios []float64
		for range set.rounds {
			p, err := rate(ctx, plain.url+c.path, set.round)
			if err != nil {
				return fmt.Errorf("measuring plain Caddy, %s: %w", c.name, err)
			}
			q, err := rate(ctx, paging.url+c.path, set.round)
			if err != nil {
				return fmt.Errorf("measuring Caddy with paging, %s: %w", c.name, err)
			}
			plains, pagings, ratios = append(plains, p), append(pagings, q), append(ratios, q/p)
		}
		fmt.Fprintf(table, "| %s\t| %.0f\t| %.0f\t| %.3f\t| %.3f to %.3f\t|\n", c.name,
			median(plains), median(pagings), median(ratios), slices.Min(ratios), slices.Max(ratios))
	}
	return table.Flush()
}

// rate asks as fast as it can for a while, and tells how many answers came in a
// second.
func rate(ctx context.Context, url string, during time.Duration) (float64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: askers, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}

	var (
		answers atomic.Int64
		failure atomic.Pointer[error]
		group   sync.WaitGroup
		began   = time.Now()
	)
	for range askers {
		group.Go(func() {
			for time.Since(began) < during && failure.Load() == nil {
				if err := askOnce(ctx, client, url); err != nil {
					failure.Store(&err)
					return
				}
				answers.Add(1)
			}
		})
	}
	group.Wait()
	if err := failure.Load(); err != nil {
		return 0, *err
	}
	return float64(answers.Load()) / time.Since(began).Seconds(), nil
}

func askOnce(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("asking: %s", res.Status)
	}
	return nil
}

func median(numbers []float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[len(sorted)/2]
}
