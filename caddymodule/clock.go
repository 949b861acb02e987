package caddymodule

import (
	"time"

	process "github.com/caddy-paginate/caddy-paginate/caddymodule/clock"
)

// A clock is where the module gets the time from, so that tests need not wait.
type clock interface {
	Now() time.Time

	// AfterFunc runs f after d on a goroutine of its own, unless the timer is
	// stopped before.
	AfterFunc(d time.Duration, f func()) timer
}

// A timer is what [time.AfterFunc] returns.
type timer interface {
	// Stop keeps the timer from going off. It does not wait for a function that
	// runs already.
	Stop() bool

	// Reset lets the timer go off in d, whether or not it was still to do so.
	Reset(d time.Duration) bool
}

type systemClock struct{}

func (systemClock) Now() time.Time { return process.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) timer { return time.AfterFunc(d, f) }
