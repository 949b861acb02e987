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

	fmt.Printf("\nUntouched routes, %d clients, medians of %d rounds of %s each, in turns\n\n", askers, set.rounds, set.round)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| route\t| requests/s, plain\t| paging\t| ratio\t| CPU a request, plain\t| paging\t| ratio\t|")
	fmt.Fprintln(table, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, c := range rateCases {
		var rates, cpus [2][]float64 // of plain Caddy, and of paging
		var rateRatios, cpuRatios []float64
		for round := range set.rounds {
			loads, err := inTurn(ctx, [2]*process{plain, paging}, c.path, round%2 == 1, set.round)
			if err != nil {
				return fmt.Errorf("measuring %s: %w", c.name, err)
			}
			for i, l := range loads {
				rates[i], cpus[i] = append(rates[i], l.rate), append(cpus[i], l.cpu)
			}
			rateRatios = append(rateRatios, loads[1].rate/loads[0].rate)
			cpuRatios = append(cpuRatios, loads[1].cpu/loads[0].cpu)
		}
		fmt.Fprintf(table, "| %s\t| %.0f\t| %.0f\t| %.2f\t| %.1f µs\t| %.1f µs\t| %.2f\t|\n", c.name,
			median(rates[0]), median(rates[1]), median(rateRatios), median(cpus[0]), median(cpus[1]), median(cpuRatios))
	}
	return table.Flush()
}

// load is what one round showed.
type load struct {
	rate float64 // answers a second
	cpu  float64 // microseconds of Caddy's processor time for an answer
}

// inTurn measures a pair of Caddys, the second first if told so: who comes
// second finds a warmer machine, or a more tired one.
func inTurn(ctx context.Context, pair [2]*process, path string, swap bool, during time.Duration) (loads [2]load, err error) {
	order := []int{0, 1}
	if swap {
		order = []int{1, 0}
	}
	for _, i := range order {
		if loads[i], err = pair[i].load(ctx, path, during); err != nil {
			return loads, err
		}
	}
	return loads, nil
}

// load asks as fast as it can for a while.
func (p *process) load(ctx context.Context, path string, during time.Duration) (load, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: askers, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}

	before, err := p.cpu()
	if err != nil {
		return load{}, err
	}
	var (
		answers atomic.Int64
		failure atomic.Pointer[error]
		group   sync.WaitGroup
		began   = time.Now()
	)
	for range askers {
		group.Go(func() {
			for time.Since(began) < during && failure.Load() == nil {
				if err := askOnce(ctx, client, p.url+path); err != nil {
					failure.Store(&err)
					return
				}
				answers.Add(1)
			}
		})
	}
	group.Wait()
	took := time.Since(began)
	if err := failure.Load(); err != nil {
		return load{}, *err
	}
	after, err := p.cpu()
	if err != nil {
		return load{}, err
	}
	n := float64(answers.Load())
	return load{rate: n / took.Seconds(), cpu: float64((after - before).Microseconds()) / n}, nil
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
