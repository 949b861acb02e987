package adoption

import (
	"slices"

	"go.uber.org/zap"
)

// LogSettings are a log's, as one configuration has them.
type LogSettings struct {
	// Logger gets the sums.
	Logger *zap.Logger

	// MaxClients is how many clients are told apart at a time, on all routes
	// together. 0 is DefaultMaxClients.
	MaxClients int
}

// lines is how many lines the clients may have: one for what is compliant and one
// for what is not.
func (s *LogSettings) lines() int64 {
	if s.MaxClients <= 0 {
		return 2 * DefaultMaxClients
	}
	return 2 * int64(s.MaxClients)
}

// Attach begins to sum up as the settings say. They stay in force until others are
// attached or they are detached; then those that were attached before them are in
// force again. What is summed up already goes on. Pointers tell settings apart.
func (l *Log) Attach(s *LogSettings) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attached = append(l.attached, s)
	l.inForceLocked()
}

// Detach puts settings out of force. When it returns their logger is not used any
// more for sums. If they were the last, all sums are written to it before, and
// requests that come later are written at once.
func (l *Log) Detach(s *LogSettings) {
	if l == nil {
		return
	}
	l.mu.Lock()
	l.attached = slices.DeleteFunc(l.attached, func(other *LogSettings) bool { return other == s })
	last := len(l.attached) == 0
	l.inForceLocked()
	if last {
		l.disarmLocked()
	}
	l.mu.Unlock()
	l.writing.Lock() // waits for who writes to the logger
	defer l.writing.Unlock()
	if last {
		l.write(s.Logger, func(*logSum) bool { return true })
	}
}

// inForceLocked takes over the settings attached last. Where these allow fewer
// clients, those that are there stay for their interval.
func (l *Log) inForceLocked() {
	if len(l.attached) == 0 {
		l.inForce.Store(nil)
		return
	}
	s := l.attached[len(l.attached)-1]
	l.free.Add(s.lines() - l.most)
	l.most = s.lines()
	l.inForce.Store(s)
}
