//go:build !noadoption

package caddymodule

// adoptionOff tells that list requests are paged, but neither logged nor counted.
// It is for measuring what that costs: see adoption_off.go.
const adoptionOff = false
