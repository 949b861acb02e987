//go:build backends

package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

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

// What a server refuses to do, the error says.
func TestRedisRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		args       []any
	}{
		{"a replica", "READONLY", []any{"REPLICAOF", "127.0.0.1", "1"}},
		{"no memory", "OOM", []any{"CONFIG", "SET", "maxmemory", "1"}},
		{"no rights", "NOPERM", []any{"ACL", "SETUSER", "default", "-@write"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			redis := startRedis(t)
			if err := redis.client.Do(t.Context(), tc.args...).Err(); err != nil {
				t.Fatal(err)
			}
			r, _ := redis.instance(t)
			_, err := r.Open(t.Context(), key(1), r.policy, Label{}, never(t))
			if !errors.Is(err, ErrStore) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
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

// A server that does not answer is waited for once: the next ones are told at once, until it
// has had a while. What it has is found again then.
func TestRedisHangs(t *testing.T) {
	redis := startRedis(t)
	r, _ := redis.instance(t)
	s := r.open(t, key(1), sends(items(100), 1000))
	await(t, s, -1)
	redis.signal(syscall.SIGSTOP)
	if _, err := s.Window(50, 10).Read(make([]byte, 100)); !errors.Is(err, ErrStore) {
		t.Errorf("got %v", err)
	}
	began := time.Now()
	for range 3 {
		if again := r.Get(t.Context(), key(1), r.policy); again != nil {
			t.Error("found one")
		}
		if _, err := r.Open(t.Context(), key(1), r.policy, Label{}, never(t)); !errors.Is(err, ErrStore) {
			t.Errorf("got %v", err)
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("that took %v", took)
	}
	if n := r.witness.of("failed, first true"); n != 1 {
		t.Errorf("told %v", r.witness)
	}
	redis.signal(syscall.SIGCONT)
	r.clock.pass(pause)
	if got, _ := page(t, r.open(t, key(1), never(t)), 50, 1); got != `[ {"id":50,"name":"item 50"}]` {
		t.Errorf("got %s", got)
	}
}

// Who waits for items is told when they could not be written, and not only when the others
// could not be told that.
func TestRedisHangsWhileReading(t *testing.T) {
	redis := startRedis(t)
	r, _ := redis.instance(t)
	f := newFeed(t)
	s := r.open(t, key(1), f.read)
	f.chunks <- `[1,2,3,`
	await(t, s, 3)
	redis.signal(syscall.SIGSTOP)
	began := time.Now()
	f.chunks <- `4,`
	if _, err := awaited(t, s, 4); !errors.Is(err, ErrStore) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("that took %v", took)
	}
}

// A server that takes no writes for a while, as one does that is being replaced, still says
// that there is somebody who reads. Who has been the one, does not wait for itself.
func TestRedisTakesNothing(t *testing.T) {
	redis := startRedis(t)
	r, store := redis.instance(t)
	store.lease = time.Minute
	f := newFeed(t)
	s := r.open(t, key(1), f.read)
	f.chunks <- `[1,2,3,`
	await(t, s, 3)
	if err := redis.client.Do(t.Context(), "CLIENT", "PAUSE", 60_000, "WRITE").Err(); err != nil {
		t.Fatal(err)
	}
	f.chunks <- `4,`
	if _, err := awaited(t, s, 4); !errors.Is(err, ErrStore) {
		t.Errorf("got %v", err)
	}
	r.clock.pass(pause)
	if again := r.Get(t.Context(), key(1), r.policy); again != nil {
		t.Error("found it")
	}
	if _, err := r.Open(t.Context(), key(1), r.policy, Label{}, never(t)); !errors.Is(err, ErrStore) {
		t.Errorf("got %v", err)
	}
	if err := redis.client.Do(t.Context(), "CLIENT", "UNPAUSE").Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another one is begun", func() bool {
		r.clock.pass(store.lease)
		again, err := r.Open(t.Context(), key(1), r.policy, Label{}, sends(items(10), 10))
		if err != nil {
			return false
		}
		defer again.Release()
		return again.Began()
	})
}

// Of a snapshot of which the server has dropped a part to make room, nothing more is tried:
// another one is begun.
func TestRedisEvicts(t *testing.T) {
	redis := startRedis(t)
	body := items(100_000)
	for n, tc := range []struct {
		part  string
		knows bool // whoever asks has known all of it
	}{
		{"body:1", true}, {"body:1", false}, {"places", false}, {"meta", false},
	} {
		t.Run(fmt.Sprintf("%s, known %t", tc.part, tc.knows), func(t *testing.T) {
			a, _ := redis.instance(t)
			b, _ := redis.instance(t)
			s := a.open(t, key(byte(n)), sends(body, 50_000))
			await(t, s, -1)
			s.Release()
			if err := redis.client.Del(t.Context(), "test:{"+s.ID()+"}:"+tc.part).Err(); err != nil {
				t.Fatal(err)
			}
			asks := b
			if tc.knows {
				asks = a
			}
			eventually(t, "another one is begun", func() bool {
				again, err := asks.Open(t.Context(), key(byte(n)), asks.policy, Label{}, sends(body, 50_000))
				if err != nil {
					t.Fatal(err)
				}
				defer again.Release()
				if _, err = awaited(t, again, -1); err == nil {
					_, err = io.Copy(io.Discard, again.Window(50_000, 10))
				}
				if again.Began() != (err == nil) || err != nil && !errors.Is(err, ErrGone) {
					t.Fatalf("began: %t, got %v", again.Began(), err)
				}
				return again.Began()
			})
		})
	}
}

// A server that loses all that it is given has the upstream read twice in vain, and not again
// for a while. It is told once, though all seems well each time.
func TestRedisForgets(t *testing.T) {
	redis := startRedis(t)
	r, _ := redis.instance(t)
	for range 2 {
		for range 2 {
			s := r.open(t, key(1), sends(items(100), 1000))
			await(t, s, -1)
			if err := redis.client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Window(50, 1).Read(make([]byte, 100)); !s.Began() || !errors.Is(err, ErrGone) {
				t.Errorf("began: %t, got %v", s.Began(), err)
			}
		}
		if _, err := r.Open(t.Context(), key(1), r.policy, Label{}, never(t)); !errors.Is(err, errForgotten) {
			t.Errorf("got %v", err)
		}
		await(t, r.open(t, key(2), sends(items(100), 1000)), -1)
		r.clock.pass(moment)
	}
	if w := r.witness; w.of("failed, first true") != 1 || w.of("failed, first false") != 1 {
		t.Errorf("told %v", w)
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
