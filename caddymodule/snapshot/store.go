package snapshot

import "io"

// A Store keeps the bytes of snapshots. It is safe for concurrent use.
type Store interface {
	// Create makes room for another snapshot. The name is unique, and fit to be that of a
	// file.
	Create(name string) (Blob, error)
}

// A Blob has the bytes of one snapshot.
type Blob interface {
	// Write appends bytes. It is not called while it runs, and never again behind an
	// error. It must not keep p.
	io.Writer

	// ReadAt reads bytes that have been written. It is safe for concurrent use, with
	// Write too.
	io.ReaderAt

	// Drop frees all that the blob takes. Nothing is called behind it, nor meanwhile.
	Drop()
}
