package main

import (
	"strings"
	"testing"
)

func TestMeasuresHaveUnits(t *testing.T) {
	for _, tc := range []struct {
		measure measure
		value   float64
		want    string
	}{
		{lastByte, 12.34, "12.3 s"},
		{lastByte, 1.234, "1.23 s"},
		{lastByte, 0.1234, "123 ms"},
		{work, 0.00234, "2.3 ms"},
		{work, 0.0000824, "82 µs"},
		{rate, 37406.6, "37,407"},
		{memory, 50 << 20, "50 MiB"},
	} {
		if got := tc.measure.format(tc.value); got != tc.want {
			t.Errorf("%v of %s: got %q, want %q", tc.value, tc.measure, got, tc.want)
		}
	}
}

// told is a figure with a ratio that is the same in each round.
func told(m measure, ratio float64, g *goal) figure {
	return newFigure(m, []float64{1, 2}, []float64{ratio, 2 * ratio}, g)
}

func TestGoals(t *testing.T) {
	for _, tc := range []struct {
		name              string
		figure            figure
		missed            bool
		wantMust, wantAim string
	}{
		{"less is better, and is", told(lastByte, 0.5, &goal{0.72, 0.50}), false, "≤ 0.72 ok", "≤ 0.50 ok"},
		{"less is better, between", told(work, 0.6, &goal{0.72, 0.50}), false, "≤ 0.72 ok", "≤ 0.50 MISSED"},
		{"less is better, and is not", told(memory, 1.2, &goal{1.15, 1.05}), true, "≤ 1.15 MISSED", "≤ 1.05 MISSED"},
		{"more is better, and is", told(rate, 1.25, &goal{1.0, 1.2}), false, "≥ 1.00 ok", "≥ 1.20 ok"},
		{"more is better, between", told(rate, 1, &goal{1.0, 1.2}), false, "≥ 1.00 ok", "≥ 1.20 MISSED"},
		{"more is better, and is not", told(rate, 0.99, &goal{1.0, 1.2}), true, "≥ 1.00 MISSED", "≥ 1.20 MISSED"},
		{"no goal", told(lastByte, 99, nil), false, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.figure.missed(); got != tc.missed {
				t.Errorf("missed: got %v, want %v", got, tc.missed)
			}
			if got := tc.figure.verdict(func(g goal) float64 { return g.Must }); got != tc.wantMust {
				t.Errorf("must: got %q, want %q", got, tc.wantMust)
			}
			if got := tc.figure.verdict(func(g goal) float64 { return g.Aim }); got != tc.wantAim {
				t.Errorf("aim: got %q, want %q", got, tc.wantAim)
			}
		})
	}
}

func TestGoalsAreTheRightWayRound(t *testing.T) {
	goals := map[string]map[measure]*goal{"memory": {memory: &memoryGoal}}
	for _, s := range scenarios {
		goals[s.key] = s.goals
	}
	for key, of := range goals {
		for m, g := range of {
			if harder := g.Aim > g.Must; harder != m.moreIsBetter() {
				t.Errorf("%s, %s: the aim %v is easier than the must %v", key, m, g.Aim, g.Must)
			}
		}
	}
}

func TestScenariosHaveTheirOwnKeys(t *testing.T) {
	seen := make(map[string]bool)
	for _, key := range scenarioKeys() {
		if key == "" || strings.ContainsAny(key, ", ") || seen[key] {
			t.Errorf("%q is no key for -only, or not the only one", key)
		}
		seen[key] = true
	}
}
