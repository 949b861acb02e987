//go:build noadoption

package caddymodule

const adoptionOff = true
