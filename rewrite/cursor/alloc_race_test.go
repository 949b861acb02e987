//go:build race

package cursor

// poolMisses is how many allocations more there are because the race detector
// lets pools forget at random.
const poolMisses = 25
