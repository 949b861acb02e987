package main

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// pageSize is how many items the pages hold whose memory is measured.
const pageSize = 50

// memoryRounds is how often each peak is taken at most: they take seconds, and
// differ little.
const memoryRounds = 5

// memoryCase is one way to ask for a list. Each is measured for both sizes,
// every time with a Caddy of its own: a peak never goes down again.
type memoryCase struct {
	key, title string
	directives string
	query      func(items int) string // paging parameters for a list of so many items
}

const (
	plainCase = iota
	announceCase
	firstCase
	lastCase
)

var memoryCases = [...]memoryCase{
	plainCase:    {directives: "", query: func(int) string { return "" }},
	announceCase: {key: "announce", title: "count", directives: announced, query: func(int) string { return "" }},
	firstCase:    {key: "first", title: "first page of", directives: enforced, query: func(int) string { return "" }},
	lastCase: {key: "last", title: "last page of", directives: enforced, query: func(items int) string {
		return fmt.Sprintf("&limit=%d&offset=%d", pageSize, items-pageSize)
	}},
}

// memoryGoal holds for a long list against a short one, and for a Caddy that
// counts against one that doesn't.
var memoryGoal = goal{Must: 1.15, Aim: 1.05}

// peaks are the bytes that each round held at most, for a short list and a
// long one.
type peaks [2][]float64

const (
	short = iota
	long
)

// measureMemory compares peak memory for lists of the usual size and of a much
// larger one.
func measureMemory(ctx context.Context, l *lab, set settings) ([]result, error) {
	sizes := [2]uint64{short: set.size, long: set.long}
	var taken [len(memoryCases)]peaks
	for round := range min(set.rounds, memoryRounds) {
		for at := range memoryCases {
			i := at
			if round%2 == 1 { // as in inTurn
				i = len(memoryCases) - 1 - at
			}
			for which, size := range sizes {
				peak, err := memoryCases[i].peak(ctx, l, size)
				if err != nil {
					return nil, fmt.Errorf("asking for %s: %w", humanize.Bytes(size), err)
				}
				taken[i][which] = append(taken[i][which], peak)
			}
		}
	}
	return memoryResults(sizes, taken), nil
}

// memoryResults compares what was taken.
func memoryResults(sizes [2]uint64, taken [len(memoryCases)]peaks) []result {
	var results []result
	compare := func(key, title string, base, ours []float64) {
		results = append(results, result{Key: "memory-" + key, Title: title, Figures: []figure{newFigure(memory, base, ours, &memoryGoal)}})
	}
	for which, size := range sizes {
		name := humanize.Bytes(size)
		compare("counting-"+[2]string{"short", "long"}[which], "count "+name+", against plain Caddy",
			taken[plainCase][which], taken[announceCase][which])
	}
	for i, c := range memoryCases {
		if i != plainCase {
			compare(c.key, fmt.Sprintf("%s %s, against %s", c.title, humanize.Bytes(sizes[long]), humanize.Bytes(sizes[short])),
				taken[i][short], taken[i][long])
		}
	}
	return results
}

// peak asks a fresh Caddy once, for a list of about so many bytes.
func (c memoryCase) peak(ctx context.Context, l *lab, size uint64) (float64, error) {
	items := int(size) / averageItem(legacyapi.Small)
	caddy, err := l.startCaddy(ctx, c.directives)
	if err != nil {
		return 0, err
	}
	defer caddy.stop()
	asker := newClient()
	defer asker.close()
	got, _, err := asker.drain(ctx, caddy.url+listPath(legacyapi.Small, items)+c.query(items))
	if err != nil {
		return 0, err
	}
	want := int64(items) // of more than a byte each
	if c.key == "first" || c.key == "last" {
		want = pageSize
	}
	if got < want {
		return 0, fmt.Errorf("checking the answer: got %d bytes for %d items", got, want)
	}
	peak, err := caddy.peak()
	return float64(peak), err
}
