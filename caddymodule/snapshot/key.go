package snapshot

import (
	"crypto/sha256"
	"time"
)

// A Key stands for all of a request to an upstream that its answer could depend on: a
// digest, as what it stands for has credentials in it. Requests share a snapshot if they
// have the same key, and only then.
type Key [sha256.Size]byte

// A Policy says how long and how large a snapshot may be.
type Policy struct {
	// TTL is how long a snapshot is kept since it was last used, even if it is still
	// being read.
	TTL time.Duration

	// MaxAge is how long a snapshot is kept at most, since its reading began.
	MaxAge time.Duration

	// MaxSize is how many bytes a snapshot may have. A larger one is given up while it
	// is read. 0 is no bound.
	MaxSize int64
}

// A Label is what an operator knows a snapshot by.
type Label struct {
	// Route is the route's name, from the configuration.
	Route string

	// Path is the path of the request, without its query.
	Path string
}
