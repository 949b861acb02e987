// Package clock tells the time of the process. It is the one place where tests
// of a running server can stop the time and move it, so that none has to wait for
// a date.
package clock

import (
	"sync/atomic"
	"time"
)

var frozen atomic.Pointer[time.Time]

// Now is the current time, or the instant at which a test has stopped it.
func Now() time.Time {
	if at := frozen.Load(); at != nil {
		return *at
	}
	return time.Now()
}

// Freeze stops the time at an instant, for tests. Resume lets it go on.
func Freeze(at time.Time) { frozen.Store(&at) }

// Resume ends what Freeze began.
func Resume() { frozen.Store(nil) }
