package snapshot

// An Observer is told what happens to snapshots. Its methods are called from many
// goroutines, some with locks held: they must be quick, and call nothing of this package.
type Observer interface {
	// Added: there is another snapshot. It has no bytes yet.
	Added(l Label)

	// Grown: a snapshot has so many bytes more.
	Grown(l Label, bytes int64)

	// Removed: a snapshot of so many bytes is not found any more. Its bytes are free as
	// soon as nobody reads them.
	Removed(l Label, bytes int64, why Reason)

	// Hit: a request has found a snapshot.
	Hit(l Label)

	// Miss: a request has found none, and begun one.
	Miss(l Label)

	// Saved: a request has got items that another one has had read, so that the upstream
	// was spared a reading. It is told once a request.
	Saved(l Label)

	// Failed: the store has failed. First says that it is the first time for a while, and
	// that somebody should be told.
	Failed(l Label, err error, first bool)
}

// A Reason says why a snapshot has been removed.
type Reason string

const (
	Unused  Reason = "unused"  // for the time to live
	Aged    Reason = "aged"    // it had the maximum age
	Evicted Reason = "evicted" // to make room for others
	Dropped Reason = "dropped" // somebody wanted it
	Broken  Reason = "broken"  // the upstream, the list or the store failed
	Shut    Reason = "shut"    // the manager was closed
)

// NopObserver is an Observer that does nothing.
type NopObserver struct{}

func (NopObserver) Added(Label)                  {}
func (NopObserver) Grown(Label, int64)           {}
func (NopObserver) Removed(Label, int64, Reason) {}
func (NopObserver) Hit(Label)                    {}
func (NopObserver) Miss(Label)                   {}
func (NopObserver) Saved(Label)                  {}
func (NopObserver) Failed(Label, error, bool)    {}

// Interface guard.
var _ Observer = NopObserver{}
