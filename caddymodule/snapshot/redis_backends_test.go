//go:build backends

package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// A server is a redis-server of Debian's on a port of its own.
type server struct {
	t       testing.TB
	address string
	cmd     *exec.Cmd
	client  *redis.Client
}

// startRedis starts a server, and ends it with the test.
func startRedis(t testing.TB) *server {
	t.Helper()
	s := &server{t: t, address: freeAddress(t)}
	s.client = redis.NewClient(&redis.Options{Addr: s.address, MaxRetries: -1})
	t.Cleanup(func() {
		_ = s.client.Close()
		s.stop()
	})
	s.start()
	return s
}

func freeAddress(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func (s *server) start() {
	s.t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		s.t.Fatalf("redis-server is not installed (%v); integration/backends/install.sh brings it", err)
	}
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	var out bytes.Buffer
	s.cmd = exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.t.TempDir())
	s.cmd.Stdout, s.cmd.Stderr = &out, &out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, "redis-server answers", func() bool { return s.client.Ping(context.Background()).Err() == nil })
}

func (s *server) stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// keys are the keys that there are, with how long they live.
func (s *server) keys() map[string]time.Duration {
	s.t.Helper()
	ctx := context.Background()
	names, err := s.client.Keys(ctx, "*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	lives := map[string]time.Duration{}
	for _, name := range names {
		if lives[name], err = s.client.PTTL(ctx, name).Result(); err != nil {
			s.t.Fatal(err)
		}
	}
	return lives
}

const testLease = 1500 * time.Millisecond

// instance is another process of a fleet.
func (s *server) instance(t testing.TB) (*rig, *RedisStore) {
	t.Helper()
	store, err := NewRedisStore(RedisOptions{Address: "redis://" + s.address, Prefix: "test:", Lease: testLease})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	r := newRig(t, store, 0)
	r.clock.pass(time.Since(r.clock.Now())) // the server has its own clock
	return r, store
}

func never(t testing.TB) func(context.Context, *Recorder) {
	return func(_ context.Context, rec *Recorder) {
		t.Error("the upstream was read again")
		rec.End(ErrUnsuitable)
	}
}

// Pages of a snapshot in Redis are those of the list, whichever instance serves them, and
// there is one reading.
func TestRedisPages(t *testing.T) {
	redis := startRedis(t)
	for n, body := range []string{
		items(40_000), items(1), "[]", `{"n":1,"data":` + items(3000) + `,"next":null}`,
	} {
		a, _ := redis.instance(t)
		b, _ := redis.instance(t)
		s := a.open(t, key(byte(n)), sends(body, 10_000))
		st := await(t, s, -1)
		for _, s := range []*Snapshot{s, b.open(t, key(byte(n)), never(t))} {
			await(t, s, -1)
			if head, err := s.Head(t.Context()); string(head) != "head" || err != nil {
				t.Errorf("the head is %q, %v", head, err)
			}
			for _, first := range []int64{0, 1, 17, 2999, 25_000, 39_990, 50_000} {
				got, more := page(t, s, first, 50)
				want, wantMore := cut(t, body, list.Options{Path: st.Path, Skip: first, Limit: 50, Stop: list.StopAlways})
				if got != want || more != wantMore {
					t.Errorf("body %d, from %d: got %.300q, %t\nwant %.300q, %t", n, first, got, more, want, wantMore)
				}
			}
		}
		if got, want := b.List()[0], a.List()[0]; got.ID != want.ID || got.Size != want.Size || got.Label != want.Label || !got.Shared {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if a.witness.of("miss") != 1 || b.witness.of("miss") != 0 || b.witness.of("hit") != 1 || b.witness.of("saved") != 1 {
			t.Errorf("told %v and %v", a.witness, b.witness)
		}
	}
	for name, life := range redis.keys() {
		if life <= 0 {
			t.Errorf("%s lives for %v", name, life)
		}
	}
}

// An instance serves what another one is still reading, and goes on when that one ends.
func TestRedisWhileReading(t *testing.T) {
	redis := startRedis(t)
	a, _ := redis.instance(t)
	b, _ := redis.instance(t)
	f := newFeed(t)
	began := a.open(t, key(1), f.read)
	joined := b.open(t, key(1), never(t))
	if !began.Began() || joined.Began() {
		t.Error("the wrong one has begun it")
	}
	f.chunks <- `{"data":[{"a":1},{"a":2},{"a":3},{"a`
	await(t, began, 3) // or nobody would have it written
	if got, more := page(t, joined, 1, 1); got != `{"data":[{"a":2}]}` || !more {
		t.Errorf("got %q, %t", got, more)
	}
	found := b.Get(t.Context(), key(1), b.policy)
	if found == nil || found.ID() != began.ID() {
		t.Error("it is not found")
	}
	found.Release()
	for name, life := range redis.keys() {
		if life <= 0 {
			t.Errorf("%s lives for %v", name, life)
		}
	}
	f.chunks <- `":4}],"z":1}`
	f.close()
	await(t, began, -1)
	a.Close()
	await(t, joined, -1)
	if got, more := page(t, joined, 3, 1); got != `{"data":[{"a":4}],"z":1}` || more {
		t.Errorf("got %q, %t", got, more)
	}
	c, _ := redis.instance(t)
	later := c.open(t, key(1), never(t))
	if st := await(t, later, -1); st.Items != 4 {
		t.Errorf("got %+v", st)
	}
}

// What somebody else waits for is written, even if nobody here wants it.
func TestRedisWanted(t *testing.T) {
	redis := startRedis(t)
	a, _ := redis.instance(t)
	b, _ := redis.instance(t)
	f := newFeed(t)
	a.open(t, key(1), f.read)
	f.chunks <- `[1,2,3,`
	joined := b.open(t, key(1), never(t))
	if st := await(t, joined, 3); st.Items != 3 {
		t.Errorf("got %+v", st)
	}
}

// Other instances learn of more places than one answer of the server has.
func TestRedisManyItems(t *testing.T) {
	redis := startRedis(t)
	a, _ := redis.instance(t)
	b, _ := redis.instance(t)
	body, n := manyItems()
	checkMany(t, a.open(t, key(1), sends(body, 1<<20)), n)
	checkMany(t, b.open(t, key(1), never(t)), n)
}

// Of many who want the same at once, one reads.
func TestRedisRace(t *testing.T) {
	redis := startRedis(t)
	var readings int
	var mu sync.Mutex
	body := items(5000)
	read := func(ctx context.Context, rec *Recorder) {
		mu.Lock()
		readings++
		mu.Unlock()
		sends(body, 7000)(ctx, rec)
	}
	var all sync.WaitGroup
	for range 3 {
		r, _ := redis.instance(t)
		for range 10 {
			all.Go(func() {
				s, err := r.Open(context.Background(), key(1), r.policy, Label{}, read)
				if err != nil {
					t.Errorf("opening: %v", err)
					return
				}
				defer s.Release()
				if st, err := s.Await(context.Background(), -1); err != nil || st.Items != 5000 {
					t.Errorf("got %+v, %v", st, err)
				}
			})
		}
	}
	all.Wait()
	if readings != 1 {
		t.Errorf("the upstream was read %d times", readings)
	}
}

// When the one who reads dies, the others are told once its lease has run out, and may begin
// anew.
func TestRedisReaderDies(t *testing.T) {
	redis := startRedis(t)
	a, dies := redis.instance(t)
	b, _ := redis.instance(t)
	f := newFeed(t)
	began := a.open(t, key(1), f.read)
	f.chunks <- `[1,2,3,`
	await(t, began, 3)
	joined := b.open(t, key(1), never(t))
	await(t, joined, 3)
	_ = dies.Close() // nothing comes from it any more, as if it had been killed
	if _, err := awaited(t, joined, 4); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
	if got, _ := page(t, joined, 0, 2); got != "[1,2]" {
		t.Errorf("what was read is %q", got)
	}
	again := b.open(t, key(1), sends("[4,5]", 1))
	if !again.Began() {
		t.Error("nobody reads")
	}
	if st := await(t, again, -1); st.Items != 2 {
		t.Errorf("got %+v", st)
	}
	f.chunks <- `4]`
	if _, err := awaited(t, began, -1); !FallsBack(err) {
		t.Errorf("the dead one got %v", err)
	}
}

// One that was taken for dead finds out, and spoils nothing.
func TestRedisReaderStalls(t *testing.T) {
	redis := startRedis(t)
	a, _ := redis.instance(t)
	f := newFeed(t)
	began := a.open(t, key(1), f.read)
	f.chunks <- `[1,2,3,`
	await(t, began, 3)
	if err := redis.client.Del(t.Context(), "test:key:"+fmt.Sprintf("%x", key(1))).Err(); err != nil {
		t.Fatal(err)
	}
	b, _ := redis.instance(t)
	other := b.open(t, key(1), sends("[7]", 9))
	await(t, other, -1)
	if _, err := awaited(t, began, 4); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
	<-f.ended
	eventually(t, "it is forgotten", func() bool { return len(a.List()) == 0 })
	if s := a.open(t, key(1), never(t)); s.ID() != other.ID() {
		t.Error("got another one")
	}
	if a.witness.of("failed, first true") != 0 {
		t.Errorf("told %v", a.witness)
	}
}

// What the reading fails with, all who wait are told.
func TestRedisFailing(t *testing.T) {
	redis := startRedis(t)
	for n, tc := range []struct {
		end   error
		falls bool
		text  string
	}{
		{errors.New("broke off"), false, "another instance has read the upstream: broke off"},
		{ErrUnsuitable, true, ErrUnsuitable.Error()},
		{ErrTooLarge, true, ErrTooLarge.Error()},
	} {
		a, _ := redis.instance(t)
		b, _ := redis.instance(t)
		end := make(chan error)
		s := a.open(t, key(byte(n)), func(_ context.Context, rec *Recorder) {
			err := rec.Begin(nil, list.Path{}, false)
			if err == nil {
				_, err = rec.Write([]byte("[1,2,"))
			}
			if err != nil {
				t.Errorf("recording: %v", err)
			}
			rec.End(<-end)
		})
		await(t, s, 1)
		joined := b.open(t, key(byte(n)), never(t))
		await(t, joined, 1)
		end <- tc.end
		if _, err := awaited(t, joined, 3); err == nil || err.Error() != tc.text || FallsBack(err) != tc.falls {
			t.Errorf("got %v, want %s", err, tc.text)
		}
		if got, _ := page(t, joined, 0, 1); got != "[1]" {
			t.Errorf("what was read is %q", got)
		}
		_, err := b.Open(t.Context(), key(byte(n)), b.policy, Label{}, sends("[]", 1))
		if (err != nil) != tc.falls {
			t.Errorf("opened again: %v", err)
		}
	}
}

// Without a server, requests fall back at once, and there are snapshots as soon as it comes.
func TestRedisDownAtFirst(t *testing.T) {
	redis := startRedis(t)
	redis.stop()
	r, _ := redis.instance(t)
	for range 3 {
		if _, err := r.Open(t.Context(), key(1), r.policy, Label{}, never(t)); !errors.Is(err, ErrStore) {
			t.Errorf("got %v", err)
		}
		if s := r.Get(t.Context(), key(1), r.policy); s != nil {
			t.Error("found one")
		}
	}
	r.clock.pass(pause)
	if _, err := r.Open(t.Context(), key(1), r.policy, Label{}, never(t)); !errors.Is(err, ErrStore) {
		t.Errorf("got %v", err)
	}
	if w := r.witness; w.of("failed, first true") != 1 || w.of("failed, first false") == 0 {
		t.Errorf("told %v", w)
	}
	if alive, bytes := r.witness.held(); alive != 0 || bytes != 0 {
		t.Errorf("%d of %d bytes are left", alive, bytes)
	}
	redis.start()
	r.clock.pass(pause)
	if st := await(t, r.open(t, key(1), sends(items(10), 10)), -1); st.Items != 10 {
		t.Errorf("got %+v", st)
	}
}

// A server that goes away costs what it had.
func TestRedisGoesAway(t *testing.T) {
	redis := startRedis(t)
	a, _ := redis.instance(t)
	b, _ := redis.instance(t)
	complete := a.open(t, key(2), sends(items(100), 1000))
	await(t, complete, -1)
	f := newFeed(t)
	began := a.open(t, key(1), f.read)
	f.chunks <- `[1,2,3,`
	await(t, began, 3)
	joined := b.open(t, key(1), never(t))
	await(t, joined, 3)
	redis.stop()
	go func() { f.chunks <- strings.Repeat("4,", sharedBatch) }()
	for name, s := range map[string]*Snapshot{"the reader": began, "another": joined} {
		if _, err := awaited(t, s, 4); !errors.Is(err, ErrStore) && !errors.Is(err, ErrGone) {
			t.Errorf("%s got %v", name, err)
		}
	}
	if _, err := complete.Window(50, 10).Read(make([]byte, 100)); !FallsBack(err) {
		t.Errorf("reading: %v", err)
	}
	for _, r := range []*rig{a, b} {
		if n := r.witness.of("failed, first true"); n != 1 {
			t.Errorf("told %v", r.witness)
		}
	}
	// A server that has forgotten everything is none that fails.
	redis.start()
	for _, r := range []*rig{a, b} {
		r.clock.pass(pause)
	}
	if _, err := complete.Window(50, 10).Read(make([]byte, 100)); !errors.Is(err, ErrGone) {
		t.Errorf("reading what has been forgotten: %v", err)
	}
	if again := a.open(t, key(2), sends(items(5), 10)); !again.Began() {
		t.Error("not read again")
	}
}

// Who reads goes on as long as somebody else uses it; nobody does, and it ends.
func TestRedisUsedElsewhere(t *testing.T) {
	redis := startRedis(t)
	a, _ := redis.instance(t)
	b, _ := redis.instance(t)
	f := newFeed(t)
	s, err := a.Open(t.Context(), key(1), a.policy, Label{}, f.read)
	if err != nil {
		t.Fatal(err)
	}
	f.chunks <- `[1,2,3,`
	await(t, s, 3)
	s.Release()
	joined := b.open(t, key(1), never(t))
	a.clock.pass(a.policy.TTL - time.Second)
	now := a.clock.Now()
	eventually(t, "the use is known", func() bool {
		b.clock.pass(checkEvery)
		if again := b.Get(t.Context(), key(1), b.policy); again != nil {
			again.Release()
		}
		l := a.List()
		return len(l) == 1 && l[0].Used.Equal(now)
	})
	a.clock.pass(a.policy.TTL - time.Second)
	a.sweep()
	f.chunks <- `4,`
	if st := await(t, joined, 4); st.Items != 4 {
		t.Errorf("got %+v", st)
	}
	a.clock.pass(2 * a.policy.TTL)
	eventually(t, "it ends", func() bool {
		a.sweep()
		return len(a.List()) == 0
	})
	if _, err := awaited(t, joined, 5); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
	eventually(t, "nothing is left", func() bool { return len(redis.keys()) == 0 })
}

// What one instance drops, all lose, and nothing of it is left.
func TestRedisDropped(t *testing.T) {
	redis := startRedis(t)
	for _, who := range []string{"the reader", "another"} {
		a, _ := redis.instance(t)
		b, _ := redis.instance(t)
		s := a.open(t, key(1), sends(items(60_000), 50_000))
		await(t, s, -1)
		joined := b.open(t, key(1), never(t))
		await(t, joined, -1)
		drops, keeps := a, b
		if who == "another" {
			drops, keeps = b, a
		}
		if n := drops.Drop(func(Info) bool { return true }); n != 1 {
			t.Errorf("%s dropped %d", who, n)
		}
		s.Release()
		joined.Release()
		eventually(t, "nothing is left", func() bool { return len(redis.keys()) == 0 })
		eventually(t, "the others know", func() bool {
			keeps.clock.pass(checkEvery)
			again := keeps.Get(t.Context(), key(1), keeps.policy)
			if again != nil {
				again.Release()
			}
			return again == nil
		})
	}
}

func TestRedisAddress(t *testing.T) {
	for _, tc := range []struct{ address, want string }{
		{"localhost:6379", ""},
		{"rediss://user:secret@localhost:6379/2", ""},
		{"unix:///run/redis.sock", ""},
		{"http://localhost", "reading the address of a Redis server: redis: invalid URL scheme: http"},
		{"redis://u:secret@[localhost", "reading the address of a Redis server: missing ']' in host"},
	} {
		s, err := NewRedisStore(RedisOptions{Address: tc.address})
		if got := fmt.Sprint(err); err != nil && got != tc.want || err == nil && tc.want != "" {
			t.Errorf("%s: got %q, want %q", tc.address, got, tc.want)
		}
		if err == nil {
			_ = s.Close()
		}
	}
}

// BenchmarkRecordRedis is BenchmarkRecord with a server on the same machine.
func BenchmarkRecordRedis(b *testing.B) {
	body, _ := orders(200 << 20)
	store, err := NewRedisStore(RedisOptions{Address: startRedis(b).address})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	benchRecord(b, store, body)
}
