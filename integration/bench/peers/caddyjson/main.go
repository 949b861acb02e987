// Command caddyjson is Caddy with a small handler that pages as one would write
// it first: the body is buffered, decoded with encoding/json, cut, trimmed and
// encoded again. It is a peer of the benchmarks, and nothing to use.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

func main() { caddycmd.Main() }
