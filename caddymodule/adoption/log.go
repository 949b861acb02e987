package adoption

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// DefaultInterval is how long requests are summed up that would give the same
// line.
const DefaultInterval = time.Hour

// A Log writes the adoption log so that no client decides how long it gets. The
// first request of a client on a route is written at once, and so is the first
// that is not compliant. Then an interval begins, at whose end one record stands
// for all that have come since (see Record.sum), and the next request is a first
// one again. So a client that always asks alike writes two lines an interval,
// however fast it is. What happens in a brownout is summed up by itself, because
// its records name it. Requests that are compliant are summed up likewise, as
// shares are told from the log as well.
//
// The number of clients is bounded too: those for whom there is no room are summed
// up under Other, for each route.
//
// One log serves a process over all reloads that leave the interval as it is, so
// that these make no new firsts. Whoever uses it attaches first. A log without
// settings, and a nil *Log, write each request at once.
type Log struct {
	clock    Clock
	interval time.Duration
	seed     maphash.Seed
	shards   [shardsOfHour]logShard
	free     atomic.Int64 // clients that may still be added

	inForce atomic.Pointer[LogSettings] // those attached last; nil if there are none
	writing sync.Mutex                  // held while sums are written; taken before mu

	mu       sync.Mutex
	attached []*LogSettings // those attached last stand last
	most     int64          // what free has of its own: two lines a client
	stop     func() bool    // the timer; nil if none is set
	due      time.Time      // when it goes off
}

type logShard struct {
	mu   sync.Mutex
	sums map[logKey]*logSum

	_ [64]byte // keeps neighbours' locks in other cache lines
}

// A logKey says which requests give one line.
type logKey struct {
	route, client, source string
	compliant             bool
	brownout              int64 // when it began, so that no sum hides it; zero for none
}

// A logSum is what came after a first request.
type logSum struct {
	end time.Time
	rec Record // Count is zero as long as nothing has come
}

// NewLog returns a log that sums up over intervals of that length. An interval of
// 0 writes each request at once: the log is nil.
func NewLog(clock Clock, interval time.Duration) *Log {
	if interval <= 0 {
		return nil
	}
	l := &Log{clock: clock, interval: interval, seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].sums = map[logKey]*logSum{}
	}
	return l
}

// Add logs a request, at once or summed up. The record may change afterwards. What is written at once goes to the
// logger given here, sums to that of the settings in force then. It is safe for
// concurrent use.
func (l *Log) Add(logger *zap.Logger, rec *Record) {
	if !logger.Core().Enabled(zapcore.InfoLevel) {
		return
	}
	if l == nil || l.inForce.Load() == nil {
		write(logger, rec)
		return
	}
	key := logKey{rec.Route, bounded(rec.Client), rec.ClientSource, rec.Compliant, 0}
	if !rec.Brownout.IsZero() {
		key.brownout = rec.Brownout.Unix()
	}
	first, known := l.count(key, rec)
	if !known {
		key.client, key.source = Other, ""
		first, _ = l.count(key, rec)
		if first {
			another := *rec
			another.Client, another.ClientSource = Other, ""
			rec = &another
		}
	}
	if first {
		write(logger, rec)
	}
}

// count sums a request up. first tells that it is to be written at once; known is
// false if there is no room for its key.
func (l *Log) count(key logKey, rec *Record) (first, known bool) {
	s := &l.shards[maphash.String(l.seed, key.client)%shardsOfHour]
	s.mu.Lock()
	defer s.mu.Unlock()
	if sum, ok := s.sums[key]; ok {
		sum.rec.sum(rec)
		return false, true
	}
	if l.inForce.Load() == nil {
		return true, true // nobody would write its sum
	}
	if key.client != Other || key.source != "" {
		if l.free.Add(-1) < 0 {
			l.free.Add(1)
			return false, false
		}
	}
	key = logKey{strings.Clone(key.route), strings.Clone(key.client), key.source, key.compliant, key.brownout}
	now := l.clock.Now()
	sum := &logSum{end: now.Add(l.interval)}
	sum.rec.Client, sum.rec.ClientSource = key.client, key.source
	s.sums[key] = sum
	l.arm(now, sum.end)
	return true, true
}

// arm sets the timer, unless it goes off as early anyway.
func (l *Log) arm(now, end time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inForce.Load() == nil {
		return
	}
	if l.stop != nil {
		if !end.Before(l.due) {
			return
		}
		l.stop()
	}
	l.stop, l.due = l.clock.AfterFunc(end.Sub(now), l.ring), end
}

func (l *Log) disarmLocked() {
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
}

// ring writes the sums whose interval is over.
func (l *Log) ring() {
	l.mu.Lock()
	l.disarmLocked() // it may have been set again since this one went off
	l.mu.Unlock()
	l.writing.Lock()
	defer l.writing.Unlock()
	s, now := l.inForce.Load(), l.clock.Now()
	if s == nil {
		return // whoever detached writes them
	}
	if next := l.write(s.Logger, func(sum *logSum) bool { return !sum.end.After(now) }); !next.IsZero() {
		l.arm(now, next)
	}
}

// write writes the sums that are over, and forgets them. next is the first end of
// those that are left, zero if none is.
func (l *Log) write(logger *zap.Logger, over func(*logSum) bool) (next time.Time) {
	for i := range l.shards {
		s := &l.shards[i]
		var gone []*logSum
		s.mu.Lock()
		for key, sum := range s.sums {
			if !over(sum) {
				next = earlier(next, sum.end)
				continue
			}
			delete(s.sums, key)
			gone = append(gone, sum)
			if key.client != Other || key.source != "" {
				l.free.Add(1)
			}
		}
		s.mu.Unlock()
		for _, sum := range gone {
			if sum.rec.Count > 0 {
				write(logger, &sum.rec)
			}
		}
	}
	return next
}

func write(logger *zap.Logger, rec *Record) {
	if c := logger.Check(zapcore.InfoLevel, "list request"); c != nil {
		line := *rec // a core may keep it
		c.Write(line.Field())
	}
}

// sum adds a record to r, which stands for several requests then: the numbers of
// items and bytes are the largest, the time that the upstream took is that of all
// together, they are affected if one is, and what else there is to say is that of
// the last one. Texts are copied: they are parts of a request's head, which would
// stay in memory with them.
func (r *Record) sum(last *Record) {
	total := *last
	total.Client, total.ClientSource = r.Client, r.ClientSource
	total.Path, total.UserAgent = kept(r.Path, last.Path), kept(r.UserAgent, last.UserAgent)
	total.ClientAddress, total.Method = kept(r.ClientAddress, last.ClientAddress), kept(r.Method, last.Method)
	total.RequestID = ""
	total.Count += r.Count
	total.AffectedCount = r.AffectedCount
	if last.Affected {
		total.AffectedCount += last.Count
	}
	total.Upstream += r.Upstream
	if r.Count > 0 {
		total.Affected = r.Affected || last.Affected
		total.HasMore = r.HasMore || last.HasMore
		total.BodySize = max(r.BodySize, last.BodySize)
		total.Items = max(r.Items, last.Items)
		total.ItemsSeen = max(r.ItemsSeen, last.ItemsSeen)
	}
	*r = total
}

// kept is a text to keep: the old one, if it is the same.
func kept(old, text string) string {
	if text = bounded(text); text == old {
		return old
	}
	return strings.Clone(text)
}
