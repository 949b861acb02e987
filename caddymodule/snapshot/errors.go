package snapshot

import (
	"errors"
	"fmt"
)

var (
	// ErrUnsuitable reports an answer that has no list to keep. Users who waited for it ask
	// the upstream themselves.
	ErrUnsuitable = errors.New("the answer has no list that could be kept")

	// ErrTooLarge reports a body that is larger than Policy.MaxSize, or for which there is
	// no room besides the snapshots that are in use.
	ErrTooLarge = errors.New("the list is too large to be kept")

	// errNoRoom is the second kind of ErrTooLarge, which soon may not hold any more.
	errNoRoom = fmt.Errorf("%w: the others are in use", ErrTooLarge)

	// errForgotten is a third kind, which soon may not hold any more, either.
	errForgotten = fmt.Errorf("%w: the store has lost it at once, twice", ErrTooLarge)

	// ErrGone reports a snapshot that has been dropped, or whose reader has gone. Another
	// may be opened.
	ErrGone = errors.New("the snapshot has gone")

	// ErrStore reports that the store failed. What failed is wrapped with it.
	ErrStore = errors.New("keeping a snapshot")

	// errBusy reports a store that has too much to do to say anything just now.
	errBusy = errors.New("the store is busy")

	// ErrUnfinished reports a reading that ended without a word: neither of success nor of
	// failure.
	ErrUnfinished = errors.New("reading the upstream ended without a result")
)

// FallsBack tells of an error whether it is about the keeping of a list rather than about
// the list: the upstream, if it is asked directly, may still answer. Other errors are those
// of a body that failed, and a client would see them all the same.
func FallsBack(err error) bool {
	return errors.Is(err, ErrUnsuitable) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrGone) || errors.Is(err, ErrStore)
}

func isGone(err error) bool { return errors.Is(err, ErrGone) }

func storeError(err error) error {
	if isGone(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrStore, err)
}
