package snapshot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// fileSuffix ends the names of files, for those of them that a system does not let go
// before they are closed.
const fileSuffix = ".snapshot"

// A FileStore keeps each snapshot in a file of its own. The file has no name any more once
// it is open, so that nobody else can open it, and nothing is left of it when the process
// ends, in whatever way. It is not readable by other users all the same.
type FileStore struct {
	dir string
}

// NewFileStore makes a store in a directory, which it creates if need be.
func NewFileStore(dir string) (*FileStore, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("creating the directory of snapshots: %w", err)
	}
	// Where a file keeps its name until it is closed, a crash leaves it behind. One that
	// another process has open does not let itself be removed there.
	left, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "*"+fileSuffix))
	for _, name := range left {
		_ = os.Remove(name)
	}
	return &FileStore{dir: dir}, nil
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

func escapeGlob(dir string) string {
	if os.PathSeparator == '\\' {
		return dir // there is no escaping there
	}
	return globEscaper.Replace(dir)
}

// Create implements [Store].
func (s *FileStore) Create(name string) (Blob, error) {
	path := filepath.Join(s.dir, name+fileSuffix)
	f, err := create(path)
	if os.IsNotExist(err) {
		// Somebody has tidied up.
		if err = os.MkdirAll(s.dir, 0o700); err == nil {
			f, err = create(path)
		}
	}
	if err != nil {
		return nil, err
	}
	b := &fileBlob{File: f}
	b.named = os.Remove(path) != nil
	return b, nil
}

func create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the configuration's
}

// A fileBlob is an open file.
type fileBlob struct {
	*os.File
	named bool // it has to be removed once it is closed
}

// Drop implements [Blob].
func (b *fileBlob) Drop() {
	_ = b.Close()
	if b.named {
		_ = os.Remove(b.Name())
	}
}

// Interface guards.
var (
	_ Store = (*FileStore)(nil)
	_ Blob  = (*fileBlob)(nil)
)
