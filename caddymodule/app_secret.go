package caddymodule

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"

	"github.com/caddyserver/certmagic"
)

const (
	// secretKey is where Caddy's storage keeps the secret.
	secretKey = "paginate/secret"

	// shortestSecret is how many bytes a secret must have at least.
	shortestSecret = 16

	// madeSecret is how many bytes a secret has that we make.
	madeSecret = 32
)

// secretKeeper knows the secret, or finds it out when it is first needed.
type secretKeeper struct {
	storage certmagic.Storage

	// known is the secret once it is known.
	known atomic.Pointer[[]byte]

	// turn is held by the one that loads or makes the secret. It is a channel
	// and no mutex so that who waits can give up with its request.
	turn chan struct{}
}

// newSecretKeeper keeps the secret in storage. Nothing is read or written yet.
func newSecretKeeper(storage certmagic.Storage) *secretKeeper {
	return &secretKeeper{storage: storage, turn: make(chan struct{}, 1)}
}

// givenSecret is a keeper that needs no storage.
func givenSecret(secret []byte) *secretKeeper {
	k := new(secretKeeper)
	k.known.Store(&secret)
	return k
}

// secret returns the secret, which is made if there is none. It is remembered
// once it is known; after an error the next call tries again.
func (k *secretKeeper) secret(ctx context.Context) ([]byte, error) {
	if known := k.known.Load(); known != nil {
		return *known, nil
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the secret: %w", ctx.Err())
	}
	if known := k.known.Load(); known != nil { // made while we waited
		return *known, nil
	}
	secret, err := keptSecret(ctx, k.storage)
	if err != nil {
		return nil, err
	}
	k.known.Store(&secret)
	return secret, nil
}

// keptSecret loads the secret from storage. If there is none it makes one,
// under a lock that all instances share, so that they all end up with the same.
func keptSecret(ctx context.Context, storage certmagic.Storage) (secret []byte, err error) {
	secret, err = loadSecret(ctx, storage)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := storage.Lock(ctx, secretKey); err != nil {
		return nil, fmt.Errorf("locking the secret: %w", err)
	}
	defer func() {
		// Not with the request's context: it may be over by now, and the lock
		// would stay. The secret is no less good if this fails.
		_ = storage.Unlock(context.WithoutCancel(ctx), secretKey)
	}()
	secret, err = loadSecret(ctx, storage)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err // another instance was faster
	}
	secret = make([]byte, madeSecret)
	rand.Read(secret) // never fails (crypto/rand)
	if err := storage.Store(ctx, secretKey, secret); err != nil {
		return nil, fmt.Errorf("storing the secret: %w", err)
	}
	return secret, nil
}

func loadSecret(ctx context.Context, storage certmagic.Storage) ([]byte, error) {
	secret, err := storage.Load(ctx, secretKey)
	if err != nil {
		return nil, fmt.Errorf("loading the secret: %w", err)
	}
	if len(secret) < shortestSecret {
		// Making another one would cut off every walk under way on instances
		// that know the right one; an operator has to decide.
		return nil, fmt.Errorf("loading the secret: %s in Caddy's storage has only %d bytes; delete it to have a new one made",
			secretKey, len(secret))
	}
	return secret, nil
}
