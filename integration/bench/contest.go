package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

const (
	// contestRounds is how often each contender is asked at most.
	contestRounds = 5

	// trimItems is how long the list is that the peers trim. The slowest takes a
	// minute for a million.
	trimItems = 200_000

	// contestBudget is how long a contender may take altogether before it is not
	// asked again. Some take minutes.
	contestBudget = 10 * time.Second
)

// contest is one thing that we and all others are asked for.
type contest struct {
	Key        string      `json:"contest"`
	Title      string      `json:"title"`
	Contenders []contender `json:"contenders"` // plain Caddy first, then ours
}

// contender is what one of them showed. Who is absent has no figures.
type contender struct {
	Name     string `json:"name"`
	Note     string `json:"note,omitempty"`   // what is wrong with its answers
	Absent   string `json:"absent,omitempty"` // why it was not measured
	Rounds   int    `json:"rounds"`
	Time     spread `json:"last_byte"` // seconds to the last byte
	Work     spread `json:"cpu"`       // seconds of processor time
	Peak     uint64 `json:"peak"`      // bytes of memory
	Upstream int64  `json:"upstream"`  // body bytes that the upstream sent

	runs        running
	times, work []float64
}

// ratio is how many times plain Caddy's time it took.
func (c contest) ratio(i int) float64 {
	return c.Contenders[i].Time.Median / c.Contenders[0].Time.Median
}

// measureContests compares us with plain Caddy and with the peers.
func measureContests(ctx context.Context, l *lab, set settings) ([]contest, error) {
	var contests []contest
	for _, c := range []struct{ key, title, directives, path string }{
		{"cut", "100 of 1,000,000 small items", enforced, cut(listPath(legacyapi.Small, cutItems), 100)},
		{"trim", "200,000 small items trimmed to 4 of 7 fields", announced, trim(listPath(legacyapi.Small, trimItems), trimmed...)},
	} {
		one := contest{Key: c.key, Title: c.title}
		if err := one.hold(ctx, l, set, c.directives, c.path); err != nil {
			return nil, fmt.Errorf("measuring %s: %w", c.title, err)
		}
		contests = append(contests, one)
	}
	return contests, nil
}

// hold starts all who take part, anew for each contest because a peak never
// goes down again, and measures them.
func (c *contest) hold(ctx context.Context, l *lab, set settings, directives, path string) error {
	peers, err := startPeers(ctx, l)
	if err != nil {
		return err
	}
	defer stopPeers(peers)
	notes, err := checkPeers(ctx, l, peers)
	if err != nil {
		return fmt.Errorf("checking the peers' answers: %w", err)
	}
	entered, stop, err := enter(ctx, l, directives, peers, notes)
	if err != nil {
		return err
	}
	defer stop()
	c.Contenders = entered
	return c.run(ctx, l, set, path)
}

// enter gathers who is compared: a fresh Caddy of both kinds, and the peers.
func enter(ctx context.Context, l *lab, directives string, peers []peer, notes []string) (all []contender, stop func(), err error) {
	var started []running
	stop = func() {
		for _, r := range started {
			r.stop()
		}
	}
	for _, kind := range []struct{ name, directives, note string }{
		{"plain Caddy", "", "passes all, untouched"},
		{"Caddy + paginate", directives, ""},
	} {
		caddy, err := l.startCaddy(ctx, kind.directives)
		if err != nil {
			stop()
			return nil, nil, err
		}
		r := newServer(caddy)
		started = append(started, r)
		all = append(all, contender{Name: kind.name, Note: kind.note, runs: r})
	}
	for i, p := range peers {
		c := contender{Name: p.name, runs: p.running}
		if notes[i] != "" {
			c.Note = "loses " + notes[i]
		}
		if p.absent != nil {
			c.Absent = p.absent.Error()
		}
		all = append(all, c)
	}
	return all, stop, nil
}

// run asks all in turn, round after round.
func (c contest) run(ctx context.Context, l *lab, set settings, path string) error {
	for range min(set.rounds, contestRounds) {
		for i := range c.Contenders {
			one := &c.Contenders[i]
			if one.Absent != "" || sum(one.times) > contestBudget.Seconds() {
				continue
			}
			if err := one.ask(ctx, l, path); err != nil {
				return fmt.Errorf("asking %s: %w", one.Name, err)
			}
		}
	}
	for i := range c.Contenders {
		if one := &c.Contenders[i]; one.Absent == "" {
			one.Rounds, one.Time, one.Work = len(one.times), spreadOf(one.times), spreadOf(one.work)
		}
	}
	return nil
}

// ask takes one round's figures.
func (c *contender) ask(ctx context.Context, l *lab, path string) error {
	var took time.Duration
	before, err := c.runs.cpu()
	if err != nil {
		return err
	}
	c.Upstream, err = l.sentFor(ctx, func() error {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		return c.runs.ask(ctx, path, io.Discard)
	})
	if err != nil {
		return err
	}
	after, err := c.runs.cpu()
	if err != nil {
		return err
	}
	c.times = append(c.times, took.Seconds())
	c.work = append(c.work, (after - before).Seconds())
	c.Peak, err = c.runs.peak()
	return err
}

func sum(numbers []float64) (total float64) {
	for _, n := range numbers {
		total += n
	}
	return total
}
