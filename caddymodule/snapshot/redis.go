package snapshot

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// defaultLease is for how long a process that reads an upstream is believed to live
	// since it last said so.
	defaultLease = 10 * time.Second

	// defaultLife is how long keys live where a policy sets no bound.
	defaultLife = time.Hour

	// redisChunk is how many bytes of a body have one key: few enough that a part of it
	// is not in the way of other commands, many enough that there are few keys; and a
	// little less than 1 MiB, for which, with what the server puts before it, it would
	// take 1.25 MiB.
	redisChunk = 1<<20 - 64
)

// RedisOptions say how a RedisStore reaches its server.
type RedisOptions struct {
	// Address is a host and a port, or a URL: redis://user:password@host:port/db,
	// rediss:// with TLS, unix:///path.
	Address string

	// Prefix begins the names of all keys. Default: "paginate:".
	Prefix string

	// Lease is how long a process that reads an upstream may be silent until the others
	// think that it has died. Default: 10 s.
	Lease time.Duration
}

// A RedisStore keeps snapshots in a Redis or Valkey server, where other processes with a
// store of the same address and prefix find them. Each key has a time to live from the
// beginning, so that nothing is left behind, whatever happens to the processes.
//
// With the prefix in front, and braces around what Redis Cluster takes the slot from:
//
//	key:<key>          the name of the snapshot of a key; it lives as long as the lease
//	                   while the upstream is read, and then as long as the snapshot
//	{<name>}:meta      a hash: the head, the layout, how far the reading is
//	{<name>}:places    where items begin, 8 bytes each
//	{<name>}:used      there as long as others use what is still being read
//	{<name>}:body:<n>  a chunk of the body
//
// Heads and bodies are there as they came from the upstream. The server should be one that
// may see them.
type RedisStore struct {
	client *redis.Client
	prefix string
	lease  time.Duration
}

// NewRedisStore makes a store. It does not try to reach the server, which may come later. The
// error is that of an address that cannot be read. The store must be closed, once the manager
// has been.
func NewRedisStore(opt RedisOptions) (*RedisStore, error) {
	o, err := redisOptions(opt.Address)
	if err != nil {
		return nil, err
	}
	// A request falls back to the upstream if there is no answer soon. It is not tried
	// again, as nobody knows what has been done.
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = time.Second, 2*time.Second, 2*time.Second
	o.MaxRetries, o.DialerRetries = -1, 1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	quiet()
	s := &RedisStore{client: redis.NewClient(o), prefix: opt.Prefix, lease: opt.Lease}
	if s.prefix == "" {
		s.prefix = "paginate:"
	}
	if s.lease <= 0 {
		s.lease = defaultLease
	}
	return s, nil
}

// CheckRedisAddress tells whether a store can be made for an address, without one.
func CheckRedisAddress(address string) error {
	_, err := redisOptions(address)
	return err
}

// redisOptions reads an address. The client would only find out what is wrong with a host
// and a port when it first needs them.
func redisOptions(address string) (*redis.Options, error) {
	o := &redis.Options{Network: "tcp", Addr: address}
	if strings.Contains(address, "://") {
		var err error
		if o, err = redis.ParseURL(address); err != nil {
			return nil, fmt.Errorf("reading the address of a Redis server: %w", redacted(err))
		}
	}
	if o.Network != "tcp" {
		return o, nil
	}
	_, port, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, fmt.Errorf("reading the address of a Redis server: %w", err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, fmt.Errorf("reading the address of a Redis server: %q is no port", port)
	}
	return o, nil
}

// quiet stops what the client's package writes to the standard error stream, for each attempt
// to reach a server that is down. The errors are returned, too, and observers told.
var quiet = sync.OnceFunc(logging.Disable)

// redacted is an error without the URL that it may repeat, in which there may be a password.
func redacted(err error) error {
	var in interface{ Unwrap() error }
	if errors.As(err, &in) {
		return in.Unwrap()
	}
	return err
}

// Close closes the connections.
func (s *RedisStore) Close() error { return s.client.Close() }

// Create implements [Store]. What it makes, nobody else finds.
func (s *RedisStore) Create(name string) (Blob, error) {
	b := s.blob(Key{}, About{Name: name, Born: time.Now()})
	b.pointer += ":" + name
	return b, b.found(context.Background())
}

func (s *RedisStore) pointer(key Key) string {
	return s.prefix + "key:" + hex.EncodeToString(key[:])
}

// Find implements [SharedStore].
func (s *RedisStore) Find(ctx context.Context, key Key) (SharedBlob, error) {
	for range 3 {
		name, err := s.client.Get(ctx, s.pointer(key)).Result()
		switch {
		case errors.Is(err, redis.Nil):
			return nil, nil
		case err != nil:
			return nil, err
		}
		b, err := s.known(ctx, key, name)
		if b != nil || err != nil {
			return b, err
		}
		// Its data have gone, so that it is of no use to anybody.
		if err := unpoint.Run(ctx, s.client, []string{s.pointer(key)}, name).Err(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// known is the snapshot of a name, or nil.
func (s *RedisStore) known(ctx context.Context, key Key, name string) (SharedBlob, error) {
	b := s.blob(key, About{Name: name})
	fields, err := s.client.HMGet(ctx, b.meta, "born", "route", "path of request").Result()
	if err != nil || fields[0] == nil {
		return nil, err
	}
	var text [3]string
	for i, field := range fields {
		text[i], _ = field.(string)
	}
	born, err := strconv.ParseInt(text[0], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("reading when a snapshot began: %w", err)
	}
	b.about.Born, b.about.Label = time.UnixMilli(born), Label{text[1], text[2]}
	return b, nil
}

// Claim implements [SharedStore].
func (s *RedisStore) Claim(ctx context.Context, key Key, about About) (SharedBlob, bool, error) {
	b := s.blob(key, about)
	b.ours = true
	for range 3 {
		// Whoever finds the name has to find the data, so that they come first.
		if err := b.found(ctx); err != nil {
			return nil, false, err
		}
		ok, err := s.client.SetNX(ctx, b.pointer, about.Name, s.lease).Result()
		if err != nil || ok {
			return b, ok, err
		}
		s.client.Unlink(ctx, b.meta)
		other, err := s.Find(ctx, key)
		if err != nil || other != nil {
			return other, false, err
		}
	}
	return nil, false, errors.New("snapshots come and go too fast")
}

func (s *RedisStore) blob(key Key, about About) *redisBlob {
	in := s.prefix + "{" + about.Name + "}:"
	return &redisBlob{
		s: s, about: about, pointer: s.pointer(key),
		meta: in + "meta", index: in + "places", used: in + "used", body: in + "body:",
	}
}

var (
	// point gives the name of a snapshot a time to live, if it still is the key's.
	point = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`)

	// unpoint forgets the name of a snapshot, if it still is the key's.
	unpoint = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1`)

	// grow appends to strings, and says so in a hash, the first key. It does so only if
	// all of them are as they should be: what has expired must not begin anew in the
	// middle. Arguments are the time to live; the size of a chunk; for each string how
	// long it should be and what comes; and the hash's fields.
	grow = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 2, #KEYS do
	local same = redis.call('STRLEN', KEYS[i]) == tonumber(ARGV[2*i-1])
	if not same then return 0 end -- it has expired
end
for i = 2, #KEYS do
	if #ARGV[2*i] > 0 and redis.call('APPEND', KEYS[i], ARGV[2*i]) == tonumber(ARGV[2]) then
		-- A string has room for as much again each time it grows. This one grows no more.
		redis.call('SET', KEYS[i], redis.call('GET', KEYS[i]))
	end
	redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2*#KEYS+1))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`)
)

// found makes the hash of a snapshot.
func (b *redisBlob) found(ctx context.Context) error {
	cmds, err := b.s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		a := &b.about
		pipe.HSet(ctx, b.meta, "born", a.Born.UnixMilli(), "route", a.Label.Route, "path of request", a.Label.Path, "state", stateReading)
		pipe.PExpire(ctx, b.meta, b.life())
		return nil
	})
	if redis.IsExecAbortError(err) {
		err = cmp.Or(cmds[0].Err(), err) // why
	}
	return err
}

func (b *redisBlob) chunk(n int64) string { return b.body + strconv.FormatInt(n, 10) }

// Interface guard.
var _ SharedStore = (*RedisStore)(nil)
