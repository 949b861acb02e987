package main

import (
	"context"
	"fmt"
	"time"
)

// measureLastByte compares how long one client waits for the last byte of an
// answer, and the processor time behind it. What is too short to measure alone
// is asked several times in a row.
func measureLastByte(ctx context.Context, l *lab, set settings, p *pair, s scenario) ([]figure, error) {
	c := newClient()
	defer c.close()
	var took, cpus [2][]float64
	var sizes [2]int64 // of the answer, the same every time
	err := inTurn(set.rounds, func(side int) error {
		waits, cpu, size, err := p.askInARow(ctx, l, c, side, max(s.asks, 1))
		if err != nil {
			return err
		}
		if sizes[side] == 0 {
			sizes[side] = size
		}
		if size != sizes[side] {
			return fmt.Errorf("checking the answer: got %d bytes, and %d before", size, sizes[side])
		}
		took[side] = append(took[side], spreadOf(waits).Median)
		cpus[side] = append(cpus[side], cpu.Seconds()/float64(len(waits)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []figure{
		newFigure(lastByte, took[plain], took[ours], s.goals[lastByte]),
		newFigure(work, cpus[plain], cpus[ours], s.goals[work]),
	}, nil
}

// askInARow asks one side again and again, each time when all is quiet: an
// upstream that was stopped a moment ago may still be busy with hearing of it.
// The size is that of all answers together.
func (p *pair) askInARow(ctx context.Context, l *lab, c *client, side, asks int) (waits []float64, cpu time.Duration, sizes int64, err error) {
	before, err := p.caddy[side].cpu()
	if err != nil {
		return nil, 0, 0, err
	}
	for range asks {
		if _, err := l.sent(ctx); err != nil {
			return nil, 0, 0, err
		}
		size, took, err := c.drain(ctx, p.urls[side])
		if err != nil {
			return nil, 0, 0, err
		}
		waits = append(waits, took.Seconds())
		sizes += size
	}
	after, err := p.caddy[side].cpu()
	return waits, after - before, sizes, err
}
