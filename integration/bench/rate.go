package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// askers is how many clients ask at once.
const askers = 16

// measureRate compares how many requests a second both answer, and the
// processor time that they take for one. Load, Caddy and upstream share the
// machine's cores; the processor time says the same with less noise.
func measureRate(ctx context.Context, set settings, p *pair, urls func(url string, n int64) string, goals map[measure]*goal) ([]figure, error) {
	var rates, cpus [2][]float64
	err := inTurn(set.rounds, func(side int) error {
		answers, took, cpu, err := hammer(ctx, p.caddy[side], set.round, func(n int64) string { return urls(p.urls[side], n) })
		if err != nil {
			return err
		}
		rates[side] = append(rates[side], float64(answers)/took.Seconds())
		cpus[side] = append(cpus[side], cpu.Seconds()/float64(answers))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []figure{
		newFigure(rate, rates[plain], rates[ours], goals[rate]),
		newFigure(work, cpus[plain], cpus[ours], goals[work]),
	}, nil
}

// hammer asks as fast as it can for a while, for urls(0), urls(1), and so on.
func hammer(ctx context.Context, p *process, during time.Duration, urls func(n int64) string) (answers int64, took, cpu time.Duration, err error) {
	before, err := p.cpu()
	if err != nil {
		return 0, 0, 0, err
	}
	var (
		count   atomic.Int64
		next    atomic.Int64
		failure atomic.Pointer[error]
		group   sync.WaitGroup
		began   = time.Now()
	)
	for range askers {
		group.Go(func() {
			c := oneOfMany()
			defer c.close()
			for time.Since(began) < during && failure.Load() == nil {
				if _, _, err := c.drain(ctx, urls(next.Add(1)-1)); err != nil {
					failure.Store(&err)
					return
				}
				count.Add(1)
			}
		})
	}
	group.Wait()
	took = time.Since(began)
	if err := failure.Load(); err != nil {
		return 0, 0, 0, *err
	}
	after, err := p.cpu()
	return count.Load(), took, after - before, err
}
