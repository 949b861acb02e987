//go:build race

package caddymodule

// poolMisses is how many allocations more there are because the race detector
// lets pools forget at random.
const poolMisses = 25
