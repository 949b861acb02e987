package main

import (
	"math"
	"slices"
	"testing"
)

func TestSpreadOf(t *testing.T) {
	for _, tc := range []struct {
		name   string
		rounds []float64
		want   spread
	}{
		{"one round", []float64{7}, spread{7, 7, 7}},
		{"two rounds", []float64{4, 2}, spread{2.5, 3, 3.5}},
		{"odd, not sorted", []float64{9, 1, 5}, spread{3, 5, 7}},
		{"even", []float64{1, 2, 3, 4}, spread{1.75, 2.5, 3.25}},
		{"one outlier does not move it", []float64{5, 5, 5, 5, 1e9}, spread{5, 5, 5}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			given := slices.Clone(tc.rounds)
			if got := spreadOf(tc.rounds); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			if !slices.Equal(tc.rounds, given) {
				t.Errorf("the rounds became %v, and were %v", tc.rounds, given)
			}
		})
	}
}

func TestRatiosAreThoseOfARound(t *testing.T) {
	// The machine halves its speed in the second round: nobody's fault.
	got := ratios([]float64{2, 4, 3}, []float64{1, 2, 1.5})
	if want := []float64{2, 2, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if s := spreadOf(got); math.Abs(s.High-s.Low) > 0 {
		t.Errorf("got a spread of %v where there is none", s)
	}
}
