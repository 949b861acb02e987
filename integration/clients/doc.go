// Package clients proves what real HTTP clients make of the signals, and that they
// walk through whole lists in the styles that are theirs: programs with libraries
// that others wrote, as their registries ship them, against a real Caddy that
// announces, rehearses and enforces. They assert on what the libraries print and on
// the items that the programs got.
//
// Everything here is a test behind the build tag "backends", because it needs
// packages that a plain `go test ./...` cannot expect; install.sh brings them, and
// ./xcaddy.sh test does both.
package clients
