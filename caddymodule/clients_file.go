package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
)

const (
	// clientsInterval is how often the clients file is looked at.
	clientsInterval = 10 * time.Second

	// largestClients bounds the clients file, and the memory that it takes.
	largestClients = 64 << 20
)

// A clientsFile keeps the directory that it was read into up to date. One that is
// broken leaves the directory as it was. A nil *clientsFile knows nobody.
type clientsFile struct {
	path   string
	clock  clock
	logger *zap.Logger
	secret func(context.Context) ([]byte, error)
	shared *sharedClients // with the files of other configurations

	directory atomic.Pointer[adoption.Directory]

	mu    sync.Mutex
	seen  fileState
	keyed bool // credentials in it were hashed
	timer timer
	ended bool
}

// sharedClients is what configurations of the process know of clients files: what
// they have complained of, and what was last read, which the next configuration
// begins with.
type sharedClients struct {
	told complaint
	last atomic.Pointer[rememberedClients]
}

// rememberedClients is what a clients file was read into.
type rememberedClients struct {
	path      string
	directory *adoption.Directory
}

// A brokenClientsError is about what stands in a clients file, which others than
// the operator write, and at other times than the configuration.
type brokenClientsError struct{ error }

func (e brokenClientsError) Unwrap() error { return e.error }

// A complaint is about trouble that lasts: it is not told again by each look, nor
// by each configuration.
type complaint struct {
	mu   sync.Mutex
	told string
}

// isNew tells whether there is trouble, and another than at the last time.
func (c *complaint) isNew(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.told
	c.told = ""
	if err != nil {
		c.told = err.Error()
	}
	return c.told != "" && c.told != before
}

// A fileState tells whether a file has changed.
type fileState struct {
	at   time.Time
	size int64
}

// provisionClients reads the clients file, if there is one. Credentials in it are
// hashed later, as the secret may have to be made. One that is broken only costs
// reports their names: it must keep neither a restart from serving, nor a reload
// from turning limits off. One that has never been there is a wrong path.
func (a *App) provisionClients(logger *zap.Logger) error {
	if a.Clients == "" {
		return nil
	}
	path, err := caddy.NewReplacer().ReplaceOrErr(a.Clients, true, true)
	if err != nil {
		return fmt.Errorf("resolving clients: %w", err)
	}
	file := &clientsFile{path: path, clock: systemClock{}, logger: logger, secret: a.secret, shared: &a.shared.clients}
	last := file.shared.last.Load()
	known := last != nil && last.path == path
	if known {
		file.directory.Store(last.directory)
	}
	if err := file.read(nil); err != nil {
		if _, broken := errors.AsType[brokenClientsError](err); !broken && !known {
			return err
		}
		file.complain(err)
	}
	a.clients = file
	return nil
}

// lookup returns whom to talk to about a client.
func (f *clientsFile) lookup(client string) (adoption.Contact, bool) {
	if f == nil {
		return adoption.Contact{}, false
	}
	return f.directory.Load().Lookup(client)
}

// read reads the file anew. Without a secret credentials in it match nothing.
func (f *clientsFile) read(secret []byte) error {
	info, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("reading clients: %w", err)
	}
	f.seen = fileState{info.ModTime(), info.Size()}
	if info.Size() > largestClients {
		return brokenClientsError{fmt.Errorf("reading clients: %s has %d bytes, more than %d", f.path, info.Size(), largestClients)}
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("reading clients: %w", err)
	}
	var hash func(string) string
	if secret != nil {
		hash = func(credential string) string { return keyed(credential, secret) }
	}
	directory, err := adoption.ReadDirectory(f.path, data, hash)
	if err != nil {
		return brokenClientsError{err}
	}
	f.directory.Store(directory)
	f.shared.last.Store(&rememberedClients{f.path, directory})
	f.keyed = secret != nil
	return nil
}

// start looks at the file from now on.
func (f *clientsFile) start() {
	if f != nil {
		f.look()
	}
}

func (f *clientsFile) end() {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	if f.timer != nil {
		f.timer.Stop()
	}
}

// look reads the file if it has changed, or if credentials in it are not hashed
// yet. Trouble is logged once.
func (f *clientsFile) look() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.complain(f.refresh())
	f.timer = f.clock.AfterFunc(clientsInterval, f.look)
}

// complain logs trouble once. Without any, the next is news again.
func (f *clientsFile) complain(err error) {
	if f.shared.told.isNew(err) {
		f.logger.Error("the clients file is left as it was read before", zap.Error(err))
	}
}

func (f *clientsFile) refresh() error {
	info, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("reading clients: %w", err)
	}
	changed := fileState{info.ModTime(), info.Size()} != f.seen
	if !changed && f.keyed {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), clientsInterval)
	defer cancel()
	secret, err := f.secret(ctx)
	if err != nil {
		return fmt.Errorf("reading clients: %w", err)
	}
	return f.read(secret)
}
