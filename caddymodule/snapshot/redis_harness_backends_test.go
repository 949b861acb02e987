//go:build backends

package snapshot

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
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

func (s *server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
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
