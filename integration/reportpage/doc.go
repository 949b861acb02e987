// Package reportpage looks at the report's page in a real browser: Chromium, as
// Debian ships it, without a screen.
//
// Everything here is a test behind the build tag "backends", because it needs a
// package that a plain `go test ./...` cannot expect; integration/backends'
// install.sh brings it, and ./xcaddy.sh test does both. With -artifacts the tests
// leave pictures of the page.
package reportpage
