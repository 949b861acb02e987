//go:build backends

package snapshot

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

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

// A list takes hardly more of the server's memory than it is long, in however many pieces it
// comes.
func TestRedisMemory(t *testing.T) {
	redis := startRedis(t)
	body := items(200_000)
	for n, piece := range []int{len(body), 300_000, 100_000} {
		r, _ := redis.instance(t)
		f := newFeed(t)
		s := r.open(t, key(byte(n)), f.read)
		for rest := body; rest != ""; {
			size := min(piece, len(rest))
			f.chunks <- rest[:size]
			rest = rest[size:]
			await(t, s, s.State().Items+1) // so that it is written
		}
		f.close()
		await(t, s, -1)
		if got, _ := page(t, s, 150_000, 2); got != `[ {"id":150000,"name":"item 150000"}, {"id":150001,"name":"item 150001"}]` {
			t.Errorf("in pieces of %d: got %s", piece, got)
		}
		var takes int64
		for name := range redis.keys() {
			takes += redis.client.MemoryUsage(t.Context(), name).Val()
		}
		if most := int64(len(body))*21/20 + redisChunk; takes > most { // the last chunk has room
			t.Errorf("in pieces of %d: %d bytes take %d", piece, len(body), takes)
		}
		s.Drop()
		s.Release()
		eventually(t, "nothing is left", func() bool { return len(redis.keys()) == 0 })
	}
}

func TestRedisAddress(t *testing.T) {
	for _, tc := range []struct{ address, want string }{
		{"localhost:6379", ""},
		{"rediss://user:secret@localhost:6379/2", ""},
		{"unix:///run/redis.sock", ""},
		{"redis://localhost", ""},
		{"[::1]:6379", ""},
		{"localhost", "reading the address of a Redis server: address localhost: missing port in address"},
		{"localhost:redis", `reading the address of a Redis server: "redis" is no port`},
		{"redis://localhost:65536", `reading the address of a Redis server: "65536" is no port`},
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
