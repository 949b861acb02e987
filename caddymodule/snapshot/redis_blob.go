package snapshot

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

// How far a reading is.
const (
	stateReading = "reading"
	stateDone    = "done"
	stateFailed  = "failed"
)

// maxNews is how many places are asked for at once.
const maxNews = 1 << 17

// grace is how long what has failed is kept for those who still read it.
const grace = 10 * time.Second

// A redisBlob is a snapshot in a Redis server.
type redisBlob struct {
	s                                *RedisStore
	about                            About
	pointer, meta, index, used, body string // names of keys
	ours                             bool   // this process reads
	places                           int64  // that have been appended

	size      atomic.Int64 // of the body, as far as is known
	done      atomic.Bool
	refreshed atomic.Int64 // when, in Unix nanoseconds
}

// About implements [SharedBlob].
func (b *redisBlob) About() About { return b.about }

// Pulse implements [SharedBlob].
func (b *redisBlob) Pulse() time.Duration { return b.s.lease / 3 }

func (b *redisBlob) life() time.Duration { return b.s.life(b.about.Policy) }

// life is how long a key lives since it was last used. It outlives what a manager uses.
func (s *RedisStore) life(p Policy) time.Duration {
	life := p.TTL
	if life <= 0 {
		life = p.MaxAge
	}
	if life <= 0 {
		life = defaultLife
	}
	return life + s.lease
}

// Begin implements [SharedBlob].
func (b *redisBlob) Begin(head []byte) error {
	return b.grow(nil, nil, "head", head)
}

// Write implements [Blob].
func (b *redisBlob) Write(p []byte) (int, error) {
	if err := b.Append(p, list.Layout{}, nil); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Append implements [SharedBlob].
func (b *redisBlob) Append(p []byte, l list.Layout, places []int64) error {
	return b.grow(p, places, layoutFields(l)...)
}

// Finish implements [SharedBlob].
func (b *redisBlob) Finish(l list.Layout, places []int64, err error) error {
	if err != nil {
		return b.finishFailed(err)
	}
	if err := b.grow(nil, places, append(layoutFields(l), "state", stateDone)...); err != nil {
		return err
	}
	b.done.Store(true)
	return b.Keep(context.Background(), b.about.Policy)
}

func (b *redisBlob) finishFailed(err error) error {
	ctx := context.Background()
	failed := b.grow(nil, nil, "state", stateFailed, "error", errorText(err))
	if err := unpoint.Run(ctx, b.s.client, []string{b.pointer}, b.about.Name).Err(); err != nil {
		return err
	}
	return errors.Join(failed, b.expire(ctx, grace))
}

// grow appends bytes of the body and places, and sets fields.
func (b *redisBlob) grow(p []byte, places []int64, fields ...any) error {
	ctx, life := context.Background(), b.life()
	index := make([]byte, 0, 8*len(places))
	for _, at := range places {
		index = binary.BigEndian.AppendUint64(index, uint64(at))
	}
	keys := []string{b.meta, b.index}
	args := []any{life.Milliseconds(), redisChunk, 8 * b.places, index}
	size, pipe := b.size.Load(), b.s.client.Pipeline()
	for rest := p; len(rest) > 0; {
		in := size % redisChunk
		n := min(int64(len(rest)), redisChunk-in)
		key := b.chunk(size / redisChunk)
		if in > 0 {
			keys, args = append(keys, key), append(args, in, rest[:n])
		} else {
			// Nobody looks there before the layout says so. The server takes the bytes
			// as they come, without a copy; a script would make several.
			pipe.Set(ctx, key, rest[:n], life)
		}
		size, rest = size+n, rest[n:]
	}
	args = append(append(args, "places", b.places+int64(len(places))), fields...)
	grown := grow.EvalSha(ctx, pipe, keys, args...)
	_, err := pipe.Exec(ctx)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		grown = grow.Eval(ctx, b.s.client, keys, args...)
		err = grown.Err()
	}
	switch {
	case err != nil:
		return err
	case grown.Val() == int64(0):
		return ErrGone
	}
	b.size.Store(size)
	b.places += int64(len(places))
	return nil
}

// ReadAt implements [Blob].
func (b *redisBlob) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		at := off + int64(n)
		in := at % redisChunk
		want := min(int64(len(p)-n), redisChunk-in)
		got, err := b.s.client.GetRange(context.Background(), b.chunk(at/redisChunk), in, in+want-1).Result()
		switch {
		case errors.Is(err, redis.ErrPoolTimeout):
			return n, fmt.Errorf("%w: %w", errBusy, err)
		case err != nil:
			return n, err
		}
		n += copy(p[n:], got)
		if int64(len(got)) < want {
			if at+int64(len(got)) >= b.size.Load() {
				return n, io.EOF
			}
			return n, ErrGone
		}
	}
	return n, nil
}

// Renew implements [SharedBlob].
func (b *redisBlob) Renew(ctx context.Context) (bool, error) {
	if b.done.Load() {
		return false, nil
	}
	ours, err := point.Run(ctx, b.s.client, []string{b.pointer}, b.about.Name, b.s.lease.Milliseconds()).Int()
	switch {
	case err != nil:
		return false, err
	case ours == 0:
		return false, ErrGone
	}
	if err := b.refresh(ctx, b.life()); err != nil {
		return false, err
	}
	used, err := b.s.client.Exists(ctx, b.used).Result()
	return used > 0, err
}

// Keep implements [SharedBlob].
func (b *redisBlob) Keep(ctx context.Context, p Policy) error {
	if !b.done.Load() {
		if b.ours {
			return nil // it is kept by Renew
		}
		// The one who reads keeps the rest as long as it knows that somebody uses it.
		err := b.s.client.Set(ctx, b.used, "1", 2*b.Pulse()).Err()
		if err != nil {
			return err
		}
		name, err := b.s.client.Get(ctx, b.pointer).Result()
		if err == nil && name != b.about.Name || errors.Is(err, redis.Nil) {
			return ErrGone
		}
		return err
	}
	life := b.s.life(p)
	if p.MaxAge > 0 {
		life = max(min(life, time.Until(b.about.Born.Add(p.MaxAge))+b.s.lease), time.Millisecond)
	}
	ours, err := point.Run(ctx, b.s.client, []string{b.pointer}, b.about.Name, life.Milliseconds()).Int()
	switch {
	case err != nil:
		return err
	case ours == 0:
		return ErrGone
	}
	return b.refresh(ctx, life)
}

// refresh has all keys live on, if a part of their life has gone since that was done last.
func (b *redisBlob) refresh(ctx context.Context, life time.Duration) error {
	now := time.Now().UnixNano()
	if last := b.refreshed.Load(); last != 0 && now-last < int64(life)/8 {
		return nil
	}
	if err := b.expire(ctx, life); err != nil {
		return err
	}
	b.refreshed.Store(now)
	return nil
}

// expire sets how long all keys but the pointer live.
func (b *redisBlob) expire(ctx context.Context, life time.Duration) error {
	_, err := b.s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, key := range b.keys() {
			pipe.PExpire(ctx, key, life)
		}
		return nil
	})
	return err
}

// keys are all but the pointer.
func (b *redisBlob) keys() []string {
	keys := []string{b.meta, b.index, b.used}
	for n := range (b.size.Load() + redisChunk - 1) / redisChunk {
		keys = append(keys, b.chunk(n))
	}
	return keys
}

// Drop implements [Blob].
func (b *redisBlob) Drop() {
	ctx := context.Background()
	_ = unpoint.Run(ctx, b.s.client, []string{b.pointer}, b.about.Name).Err() // what stays, expires
	_, _ = b.s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, key := range b.keys() {
			pipe.Unlink(ctx, key)
		}
		return nil
	})
}

// Leave implements [SharedBlob].
func (b *redisBlob) Leave() {}

// Poll implements [SharedBlob].
func (b *redisBlob) Poll(ctx context.Context, have int64) (News, error) {
	var name *redis.StringCmd
	var meta *redis.MapStringStringCmd
	var index *redis.StringCmd
	// In this order: of what the layout says, the places are then known.
	_, err := b.s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		name = pipe.Get(ctx, b.pointer)
		meta = pipe.HGetAll(ctx, b.meta)
		index = pipe.GetRange(ctx, b.index, 8*have, 8*(have+maxNews)-1)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return News{}, err
	}
	fields := meta.Val()
	state := fields["state"]
	if state == "" || state == stateReading && name.Val() != b.about.Name {
		return News{}, ErrGone
	}
	news := News{Over: state != stateReading}
	if head, begun := fields["head"]; begun {
		news.Begun, news.Head = true, []byte(head)
	}
	if state == stateFailed {
		news.Err = errorOf(fields["error"])
	}
	if news.Layout, err = layoutOf(fields); err != nil {
		return News{}, err
	}
	for text := []byte(index.Val()); len(text) >= 8; text = text[8:] {
		news.Places = append(news.Places, int64(binary.BigEndian.Uint64(text)))
	}
	if news.More = len(news.Places) == maxNews; news.More {
		news.Over, news.Err = false, nil // they come first
	} else if all, _ := strconv.ParseInt(fields["places"], 10, 64); have+int64(len(news.Places)) < all {
		return News{}, ErrGone // the server has made room, and a page would be looked for from the beginning
	}
	b.size.Store(news.Layout.Size)
	b.done.Store(state == stateDone)
	return news, nil
}

// layoutFields are the fields of a layout.
func layoutFields(l list.Layout) []any {
	return []any{
		"found", l.Found, "ended", l.Ended, "items", l.Items, "prefix", l.Prefix, "tail", l.Tail, "end", l.End,
		"size", l.Size, "path", l.Path.String(), "lines", l.Lines, "around", l.Around,
	}
}

// layoutOf reads what layoutFields wrote.
func layoutOf(fields map[string]string) (list.Layout, error) {
	if fields["size"] == "" {
		return list.Layout{}, nil // not yet
	}
	path, err := list.ParsePath(fields["path"])
	number := func(name string) int64 {
		n, wrong := strconv.ParseInt(fields[name], 10, 64)
		if wrong != nil || n < 0 {
			err = fmt.Errorf("another process has written %q as %s", fields[name], name)
		}
		return n
	}
	l := list.Layout{
		Found: fields["found"] == "1", Ended: fields["ended"] == "1", Lines: fields["lines"] == "1", Path: path,
		Items: number("items"), Prefix: number("prefix"), Tail: number("tail"), End: number("end"), Size: number("size"),
		Around: int(number("around")),
	}
	return l, err
}

// Errors that all processes have to tell from others, by what they are written as.
var sharedErrors = map[string]error{
	"unsuitable": ErrUnsuitable, "too large": ErrTooLarge, "gone": ErrGone, "store": ErrStore, "unfinished": ErrUnfinished,
}

// errorText is an error for other processes.
func errorText(err error) string {
	for text, is := range sharedErrors {
		if errors.Is(err, is) {
			return text
		}
	}
	return ": " + err.Error()
}

// errorOf reads what errorText wrote.
func errorOf(text string) error {
	if err := sharedErrors[text]; err != nil {
		return err
	}
	return fmt.Errorf("another instance has read the upstream: %s", text[min(2, len(text)):])
}

// Interface guard.
var _ SharedBlob = (*redisBlob)(nil)
