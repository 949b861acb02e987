package caddymodule

import "time"

// A clock is where the module gets the time from, so that tests need not wait.
type clock interface {
	Now() time.Time

	// AfterFunc runs f after d on a goroutine of its own, unless stop is called
	// before. stop does not wait for f.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}
