//go:build !race

package integration

// mixedRequests is how many requests of all kinds are made.
const mixedRequests = 100_000
