package main

import "slices"

// spread is what the rounds showed of one quantity: half of them lie between
// the quartiles.
type spread struct {
	Low    float64 `json:"low"` // the first quartile
	Median float64 `json:"median"`
	High   float64 `json:"high"` // the third quartile
}

// spreadOf sums up the rounds, of which there must be one at least.
func spreadOf(rounds []float64) spread {
	sorted := slices.Sorted(slices.Values(rounds))
	return spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

// quantile goes straight from one number to the next between them, as most
// programs do (type 7 of Hyndman and Fan, "Sample Quantiles in Statistical
// Packages").
func quantile(sorted []float64, q float64) float64 {
	place := q * float64(len(sorted)-1)
	below := int(place)
	if below == len(sorted)-1 {
		return sorted[below]
	}
	return sorted[below] + (place-float64(below))*(sorted[below+1]-sorted[below])
}

// ratios are those of the same round. Two that ran one right after the other
// saw the same machine; the medians of all rounds may not have.
func ratios(of, to []float64) []float64 {
	all := make([]float64, len(of))
	for i := range of {
		all[i] = of[i] / to[i]
	}
	return all
}
