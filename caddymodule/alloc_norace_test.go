//go:build !race

package caddymodule

const poolMisses = 0
