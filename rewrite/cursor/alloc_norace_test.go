//go:build !race

package cursor

const poolMisses = 0
