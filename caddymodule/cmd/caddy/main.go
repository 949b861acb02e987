// Command caddy is Caddy v2 with its standard modules and caddy-paginate:
// what xcaddy builds, for machines without xcaddy.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	// Caddy's standard modules, as in the official binary.
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	// The module itself.
	_ "github.com/caddy-paginate/caddy-paginate/caddymodule"
)

func main() {
	caddycmd.Main()
}
