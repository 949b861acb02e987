//go:build race

package integration

// The race detector makes a request several times as costly. ./xcaddy.sh test makes
// all of them without it.
const mixedRequests = 10_000
