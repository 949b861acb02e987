package main

import (
	"context"
	"fmt"
)

// The two that are compared.
const (
	plain = iota
	ours
)

// pair is plain Caddy and a Caddy that pages, each with what it is asked.
type pair struct {
	caddy [2]*process
	urls  [2]string
}

// startPair starts both in front of the demo API.
func startPair(ctx context.Context, l *lab, s scenario, size uint64) (*pair, error) {
	p := new(pair)
	if s.adoption {
		return p, p.startAdoption(ctx, l, s, size)
	}
	for side, directives := range [2]string{plain: s.plainDirectives, ours: s.directives} {
		caddy, err := l.startCaddy(ctx, directives)
		if err != nil {
			p.stop()
			return nil, err
		}
		p.caddy[side] = caddy
		p.urls[side] = caddy.url + s.path(side, size)
	}
	return p, nil
}

func (p *pair) stop() {
	for _, caddy := range p.caddy {
		if caddy != nil {
			caddy.stop()
		}
	}
}

// inTurn measures both in every round. Who comes second finds a warmer
// machine, or a more tired one, so the first of one round is the second of the
// next.
func inTurn(rounds int, measure func(side int) error) error {
	for round := range rounds {
		first := round % 2
		for _, side := range []int{first, 1 - first} {
			if err := measure(side); err != nil {
				return fmt.Errorf("round %d: %w", round+1, err)
			}
		}
	}
	return nil
}

// footprint tells the memory that both took so far, and what the upstream
// sends for one more request to each. Where it is stopped early that is a
// matter of luck, so it is the median of several.
func (p *pair) footprint(ctx context.Context, l *lab, asks int) (peak, upstream *both, err error) {
	c := newClient()
	defer c.close()
	var peaks, sent [2]int64
	for side, caddy := range p.caddy {
		held, err := caddy.peak()
		if err != nil {
			return nil, nil, err
		}
		peaks[side] = int64(held)
		var each []float64
		for range asks {
			bytes, err := l.sentFor(ctx, func() error {
				_, _, err := c.drain(ctx, p.urls[side])
				return err
			})
			if err != nil {
				return nil, nil, err
			}
			each = append(each, float64(bytes))
		}
		sent[side] = int64(spreadOf(each).Median)
	}
	return &both{peaks[plain], peaks[ours]}, &both{sent[plain], sent[ours]}, nil
}
