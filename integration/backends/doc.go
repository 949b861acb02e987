// Package backends proves caddy-paginate on real backends: servers that others
// wrote and that nobody changed for us, each as Debian or npm ships it.
//
// Everything here is a test behind the build tag "backends", because it needs
// packages that a plain `go test ./...` cannot expect; install.sh brings them,
// and ./xcaddy.sh test does both.
package backends
