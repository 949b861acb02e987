package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
)

// checked is how many items the lists have by which peers are compared with the
// product: more than are cut, few enough to be quick.
const checked = 1000

// trimmed are the fields of the small shape that the comparison keeps.
var trimmed = []string{"id", "status", "total", "customer"}

// checkPeers compares each peer's answers with the product's, once, before
// anything is timed: they must have the same items. What it returns tells of
// each, in the peers' order, what its items have lost all the same; "" if nothing.
func checkPeers(ctx context.Context, l *lab, peers []peer) ([]string, error) {
	caddy, err := l.startCaddy(ctx, fmt.Sprintf("paginate /orders* %d %d", checked, checked))
	if err != nil {
		return nil, err
	}
	ours := newServer(caddy)
	defer ours.stop()

	list := fmt.Sprintf("/orders?_n=%d", checked)
	lost := make([]string, len(peers))
	for _, path := range []string{cut(list, 100), trim(list, trimmed...), cut(trim(list, trimmed...), 100)} {
		want, err := items(ctx, ours, path)
		if err != nil {
			return nil, fmt.Errorf("asking the product for %s: %w", path, err)
		}
		for i, p := range peers {
			if p.absent != nil {
				continue
			}
			got, err := items(ctx, p, path)
			if err != nil {
				return nil, fmt.Errorf("asking %s for %s: %w", p.name, path, err)
			}
			switch compare(got, want) {
			case same:
			case rounded:
				lost[i] = "digits of long numbers"
			case different:
				return nil, fmt.Errorf("asking %s for %s: its items are not the product's", p.name, path)
			}
		}
	}
	return lost, nil
}

// items decodes the list that an answer is, its numbers as they are written.
func items(ctx context.Context, r running, path string) (list any, err error) {
	var body bytes.Buffer
	if err := r.ask(ctx, path, &body); err != nil {
		return nil, err
	}
	d := json.NewDecoder(&body)
	d.UseNumber()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("decoding the answer: %w", err)
	}
	return list, nil
}

// A likeness is how far two values are the same; the greater, the less.
type likeness int

const (
	same likeness = iota

	// rounded: numbers differ only behind what a float64 can hold, or nearly: cjson
	// writes 14 digits.
	rounded

	different
)

// compare compares two decoded values. Members' order, escapes and the way a
// number is written make no difference.
func compare(a, b any) likeness {
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return different
		}
		worst := same
		for i := range a {
			worst = max(worst, compare(a[i], b[i]))
		}
		return worst
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return different
		}
		worst := same
		for name, value := range a {
			other, ok := b[name]
			if !ok {
				return different
			}
			worst = max(worst, compare(value, other))
		}
		return worst
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return different
		}
		return compareNumbers(a, b)
	}
	if a != b { // strings, booleans and null
		return different
	}
	return same
}

func compareNumbers(a, b json.Number) likeness {
	exactA, okA := new(big.Rat).SetString(a.String())
	exactB, okB := new(big.Rat).SetString(b.String())
	if okA && okB && exactA.Cmp(exactB) == 0 {
		return same
	}
	floatA, errA := a.Float64()
	floatB, errB := b.Float64()
	if errA == nil && errB == nil && math.Abs(floatA-floatB) <= 1e-13*math.Abs(floatB) {
		return rounded
	}
	return different
}
