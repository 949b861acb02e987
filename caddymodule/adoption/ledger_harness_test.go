package adoption

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// noon is when the tests begin.
var noon = time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)

// A testClock stands still until it is told to go on; its timers are run by who
// moves it.
type testClock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[int]testTimer
	made   int
}

type testTimer struct {
	at time.Time
	f  func()
}

func newTestClock() *testClock { return &testClock{now: noon, timers: map[int]testTimer{}} }

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.made
	c.made++
	c.timers[id] = testTimer{c.now.Add(d), f}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, pending := c.timers[id]
		delete(c.timers, id)
		return pending
	}
}

// advance runs what falls due, in its order and at its time.
func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := c.now.Add(d)
	for {
		next := -1
		for id, timer := range c.timers {
			if !timer.at.After(end) && (next < 0 || timer.at.Before(c.timers[next].at)) {
				next = id
			}
		}
		if next < 0 {
			break
		}
		timer := c.timers[next]
		delete(c.timers, next)
		if timer.at.After(c.now) {
			c.now = timer.at
		}
		c.mu.Unlock()
		timer.f()
		c.mu.Lock()
	}
	c.now = end
}

// jump sets the clock without running anything.
func (c *testClock) jump(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// hours runs what falls due in so many hours at the end of each: a ledger's timer
// goes off once in each, instead of 360 times.
func (c *testClock) hours(n int) {
	for range n {
		c.jump(c.Now().Add(time.Hour))
		c.advance(0)
	}
}

func (c *testClock) pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// A mapStorage is a storage in memory. fail, if it is set, can refuse operations.
type mapStorage struct {
	mu      sync.Mutex
	entries map[string][]byte
	stores  int
	locked  int
	fail    func(operation, key string) error
}

func newMapStorage() *mapStorage { return &mapStorage{entries: map[string][]byte{}} }

func (s *mapStorage) try(operation, key string) (func(), error) {
	s.mu.Lock()
	if s.fail != nil {
		if err := s.fail(operation, key); err != nil {
			s.mu.Unlock()
			return nil, err
		}
	}
	return s.mu.Unlock, nil
}

func (s *mapStorage) Lock(_ context.Context, name string) error {
	unlock, err := s.try("lock", name)
	if err != nil {
		return err
	}
	defer unlock()
	s.locked++
	return nil
}

func (s *mapStorage) Unlock(_ context.Context, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locked--
	return nil
}

func (s *mapStorage) Store(_ context.Context, key string, value []byte) error {
	unlock, err := s.try("store", key)
	if err != nil {
		return err
	}
	defer unlock()
	s.stores++
	s.entries[key] = slices.Clone(value)
	return nil
}

func (s *mapStorage) Load(_ context.Context, key string) ([]byte, error) {
	unlock, err := s.try("load", key)
	if err != nil {
		return nil, err
	}
	defer unlock()
	value, ok := s.entries[key]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return slices.Clone(value), nil
}

func (s *mapStorage) Delete(_ context.Context, key string) error {
	unlock, err := s.try("delete", key)
	if err != nil {
		return err
	}
	defer unlock()
	delete(s.entries, key)
	return nil
}

func (s *mapStorage) Exists(_ context.Context, prefix string) bool {
	return len(s.names(prefix)) > 0
}

func (s *mapStorage) List(_ context.Context, prefix string, _ bool) ([]string, error) {
	unlock, err := s.try("list", prefix)
	if err != nil {
		return nil, err
	}
	unlock()
	return s.names(prefix), nil
}

func (s *mapStorage) Stat(context.Context, string) (certmagic.KeyInfo, error) {
	return certmagic.KeyInfo{}, errors.New("not used")
}

// names are the keys below a prefix, sorted.
func (s *mapStorage) names(prefix string) (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.entries {
		if strings.HasPrefix(name, prefix+"/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s *mapStorage) failing(fail func(operation, key string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// A bench is a ledger with what is around it.
type bench struct {
	*Ledger
	clock    *testClock
	storage  *mapStorage
	settings *Settings
	logs     *observer.ObservedLogs
}

// newBench is one process; several may share a clock and a storage.
func newBench(t testing.TB, clock *testClock, storage *mapStorage, instance string) *bench {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	b := &bench{
		Ledger: NewLedger(clock), clock: clock, storage: storage, logs: logs,
		settings: &Settings{Instance: func() string { return instance }, Storage: storage, Logger: zap.New(core)},
	}
	b.Attach(b.settings)
	return b
}

// request is a record of a client on route orders.
func request(client string) *Record {
	return &Record{
		Route: "orders", Path: "/orders", UserAgent: "curl/8.5.0", Client: client, ClientSource: "{http.auth.user.id}",
		Reason: "ok", Compliant: true, Phase: "observe", Action: Untouched, BodySize: 100, LimitAsked: 10, Limit: -1, Items: 10, ItemsSeen: -1, Count: 1,
	}
}

func keyOf(client string) Key {
	return Key{Route: "orders", Client: client, Source: "{http.auth.user.id}", Program: "curl"}
}

var otherOrders = Key{Route: "orders", Client: Other}

func (b *bench) addTimes(n int, client string) {
	for range n {
		b.Add(request(client))
	}
}

// periods are all periods that a reader gets, and damage apart.
func (b *bench) periods(t testing.TB) (periods []*Period, damage []error) {
	t.Helper()
	for p, err := range b.Read(t.Context(), time.Time{}) {
		switch {
		case IsDamage(err):
			damage = append(damage, err)
		case err != nil:
			t.Fatalf("reading: %v", err)
		default:
			periods = append(periods, p)
		}
	}
	return periods, damage
}

// requests is how many requests of a client all periods have.
func (b *bench) requests(t testing.TB, key Key) (n int64) {
	t.Helper()
	periods, _ := b.periods(t)
	for _, p := range periods {
		if u := p.Rows[key]; u != nil {
			n += u.Requests
		}
	}
	return n
}

// outline says of each period its start, length and requests.
func outline(periods []*Period) (lines []string) {
	for _, p := range periods {
		n := int64(0)
		for _, u := range p.Rows {
			n += u.Requests
		}
		lines = append(lines, fmt.Sprintf("%s %s %d", p.Start.Format(hourFormat), p.Length, n))
	}
	return lines
}
