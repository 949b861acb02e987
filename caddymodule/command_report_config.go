package caddymodule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
)

// A reportConfig is what a configuration file gives to a report. Nothing of it is
// run, and nothing is written to its storage.
type reportConfig struct {
	storage certmagic.Storage
	secret  []byte // nil if there is none yet
	options report.Options
}

// A storageConfig is the part of Caddy's configuration that names its storage.
type storageConfig struct {
	StorageRaw json.RawMessage `json:"storage,omitempty" caddy:"namespace=caddy.storage inline_key=module"`
	Apps       struct {
		Paginate *App `json:"paginate"`
	} `json:"apps"`
}

// loadReportConfig reads a configuration file.
func loadReportConfig(ctx context.Context, file, adapter string) (c reportConfig, err error) {
	config, _, _, err := caddycmd.LoadConfig(file, adapter)
	if err != nil {
		return c, err
	}
	var parsed storageConfig
	if err := json.Unmarshal(config, &parsed); err != nil {
		return c, fmt.Errorf("decoding the configuration: %w", err)
	}
	if c.storage, err = openStorage(ctx, &parsed); err != nil {
		return c, err
	}
	app := parsed.Apps.Paginate
	if app == nil {
		app = new(App)
	}
	if err := app.check(); err != nil {
		return c, fmt.Errorf("checking paginate: %w", err)
	}
	if c.secret, err = app.readSecret(ctx, c.storage); err != nil {
		return c, err
	}
	routes, err := compileAll(config)
	if err != nil {
		return c, err
	}
	c.options.Plans = reportPlans(routes, func() ([]byte, error) {
		if c.secret == nil {
			return nil, fs.ErrNotExist
		}
		return c.secret, nil
	})
	if app.Clients != "" {
		path, err := caddy.NewReplacer().ReplaceOrErr(app.Clients, true, true)
		if err != nil {
			return c, fmt.Errorf("resolving clients: %w", err)
		}
		directory, err := readClients(path, c.secret)
		if err != nil {
			return c, err
		}
		c.options.Lookup = directory.Lookup
	}
	return c, nil
}

// openStorage opens the configuration's storage, or Caddy's default one.
func openStorage(ctx context.Context, c *storageConfig) (certmagic.Storage, error) {
	if c.StorageRaw == nil {
		return caddy.DefaultStorage, nil
	}
	loading, cancel := caddy.NewContext(caddy.Context{Context: ctx})
	context.AfterFunc(ctx, cancel) // not before: a storage may have connections
	module, err := loading.LoadModule(c, "StorageRaw")
	if err != nil {
		return nil, fmt.Errorf("opening the storage: %w", err)
	}
	converter, ok := module.(caddy.StorageConverter)
	if !ok {
		return nil, fmt.Errorf("opening the storage: %T is none", module)
	}
	return converter.CertMagicStorage()
}

// readSecret is the secret of the configuration, or the kept one. It makes none:
// nil if there is none yet.
func (a *App) readSecret(ctx context.Context, storage certmagic.Storage) ([]byte, error) {
	if a.Secret != "" {
		text, err := caddy.NewReplacer().ReplaceOrErr(a.Secret, true, true)
		if err != nil {
			return nil, fmt.Errorf("resolving secret: %w", err)
		}
		return []byte(text), nil
	}
	secret, err := loadSecret(ctx, storage)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return secret, err
}

// compileAll readies the handlers of a configuration in Caddy's native JSON.
func compileAll(config []byte) (routes []*runtime, err error) {
	handlers, err := findHandlers(config)
	if err != nil {
		return nil, err
	}
	for _, h := range handlers {
		h.applyDefaults()
		if err := h.check(); err != nil {
			return nil, fmt.Errorf("checking route %q: %w", h.Name, err)
		}
		rt, err := h.compile(zap.NewNop(), new(App))
		if err != nil {
			return nil, fmt.Errorf("reading route %q: %w", h.Name, err)
		}
		routes = append(routes, rt)
	}
	return routes, nil
}

// readClients reads a clients file once. Without a secret credentials in it match
// nothing.
func readClients(path string, secret []byte) (*adoption.Directory, error) {
	data, err := os.ReadFile(path) //nolint:gosec // a file that the user has named
	if err != nil {
		return nil, fmt.Errorf("reading clients: %w", err)
	}
	var hash func(string) string
	if secret != nil {
		hash = func(credential string) string { return keyed(credential, secret) }
	}
	return adoption.ReadDirectory(path, data, hash)
}
