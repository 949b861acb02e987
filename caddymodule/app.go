package caddymodule

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
)

// mostClients bounds what a ledger may take in memory.
const mostClients = 1_000_000

func init() {
	caddy.RegisterModule(App{})
}

// App holds what all paginated routes of a server share. It need not be
// configured: without it every option has its default.
type App struct {
	// Seals cursors and hashes what tells clients apart; at least 16 bytes,
	// the same on every instance behind a balancer. Placeholders such as
	// `{env.PAGINATE_SECRET}` and `{file./run/secrets/paginate}` are resolved
	// at load. Another secret makes the cursors of walks under way invalid.
	// Default: one that is made at its first use and kept in Caddy's storage,
	// under `paginate/secret`.
	Secret string `json:"secret,omitempty"`

	// A file that says who owns a client and how to reach them, for reports:
	// CSV with a header, or a JSON array of objects, of `id`, `name`, `owner`
	// and `contact`. `id` is the client as the adoption log names it, or the
	// credential that it sends, or a pattern with `*`. The file is read again
	// when it has changed; one that is broken leaves what was read before, and
	// is logged, at load too. Placeholders are resolved at load. Default: none.
	Clients string `json:"clients,omitempty"`

	// How long the requests of a client on a route are summed up in the
	// adoption log, once its first one was logged: the rest are one record, at
	// the interval's end. Compliant requests are summed up apart from others.
	// A reload that changes the interval begins anew. `0` logs each request.
	// Default: 1h.
	NoticeInterval *caddy.Duration `json:"notice_interval,omitempty"`

	// How long the ledger remembers adoption, in whole days. Default: 100d.
	Retention caddy.Duration `json:"retention,omitempty"`

	// How many clients are counted by themselves on each route in an hour, and
	// in the adoption log; a client that calls by several programs counts for
	// each. The rest are counted together, under `other`: those of the least
	// requests. 10,000 take about 10 MB. Default: 10000.
	MaxClients int64 `json:"max_clients,omitempty"`

	// Where snapshots are kept, and how much of them. Default: in files, up to
	// 10 GiB.
	Snapshots *SnapshotStoreConfig `json:"snapshots,omitempty"`

	keeper         *secretKeeper
	ledger         *adoption.Ledger
	ledgerSettings *adoption.Settings
	shared         *pooledLedger // what configurations of the process share with it
	log            *adoption.Log
	logInterval    time.Duration
	logSettings    *adoption.LogSettings
	clients        *clientsFile
	affected       *affectedClients
	routes         []*runtime // in the order in which they were provisioned
	places         map[string]int
	snapshots      *pooledSnapshots
	snapshotsAt    snapshotStore
}

// SnapshotStoreConfig says where snapshots are kept.
type SnapshotStoreConfig struct {
	// `file` for files in Caddy's data directory, which nobody else can open and
	// which go with the process, or `redis` for a Redis server (or one that
	// speaks as it does, such as Valkey) that several instances share: they
	// serve every page of a walk from one read of the upstream. Default: `file`.
	Store string `json:"store,omitempty"`

	// The Redis server's host and port, such as `localhost:6379`, or a URL, such as
	// `rediss://user:password@host:6379/0`; only with `redis`, and required there.
	Address string `json:"address,omitempty"`

	// How much all snapshots of this instance may take together, in bytes.
	// When it is reached, the one that was not used for the longest time goes
	// first. Default: 10 GiB.
	Total int64 `json:"total,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "paginate",
		New: func() caddy.Module { return new(App) },
	}
}

// Provision checks the configuration and resolves a secret that is given. It
// writes nothing, as it also runs for `caddy validate`.
func (a *App) Provision(ctx caddy.Context) error {
	if err := a.check(); err != nil {
		return err
	}
	if err := a.provisionSecret(ctx); err != nil {
		return err
	}
	if err := collectors.register(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	if err := a.provisionSnapshots(); err != nil {
		return err
	}
	return a.provisionAdoption(ctx)
}

func (a *App) provisionSecret(ctx caddy.Context) error {
	if a.Secret == "" {
		a.keeper = newSecretKeeper(ctx.Storage())
		return nil
	}
	text, err := caddy.NewReplacer().ReplaceOrErr(a.Secret, true, true)
	if err != nil {
		return fmt.Errorf("resolving secret: %w", err)
	}
	if err := checkSecret(text); err != nil {
		return err
	}
	a.keeper = givenSecret([]byte(text))
	return nil
}

// Start begins to store the ledger, and makes the routes known to the admin API
// and to the metrics.
func (a *App) Start() error {
	for _, rt := range a.routes {
		rt.counts()
	}
	a.startAdoption()
	goLive(a)
	return nil
}

// Stop takes the routes back, and stores and logs what is left to.
func (a *App) Stop() error {
	goOff(a)
	a.stopAdoption()
	return nil
}

// secret returns what seals cursors and hashes client keys: the secret of the
// configuration, else the kept one. It is safe for concurrent use, and tries
// again after an error. Callers must not change the bytes.
func (a *App) secret(ctx context.Context) ([]byte, error) { return a.keeper.secret(ctx) }

// check validates the configuration; its errors are *optionError.
func (a *App) check() error {
	return firstError(
		func() error {
			if a.Secret == "" || strings.Contains(a.Secret, "{") {
				return nil // not given, or known when it is resolved
			}
			return checkSecret(a.Secret)
		},
		a.checkNumbers,
		a.checkSnapshots,
	)
}

// checkSecret does not repeat the secret in its error: errors are logged.
func checkSecret(secret string) error {
	if len(secret) < shortestSecret {
		return wrongf("secret", "a secret must have at least %d bytes, not %d", shortestSecret, len(secret))
	}
	return nil
}

func (a *App) checkNumbers() error {
	switch {
	case a.NoticeInterval != nil && *a.NoticeInterval < 0:
		return wrongf("notice_interval", "an interval must not be negative, as %s is", time.Duration(*a.NoticeInterval))
	case a.Retention < 0:
		return checkPositive("retention", a.Retention)
	case a.Retention > 0 && a.Retention < caddy.Duration(3*adoption.Day):
		return wrongf("retention", "the ledger goes back 3d at least, not %s", time.Duration(a.Retention))
	case a.MaxClients < 0:
		return wrongf("max_clients", "the number of clients must be positive, not %d", a.MaxClients)
	case a.MaxClients > mostClients:
		return wrongf("max_clients", "at most %d clients can be counted by themselves, not %d", mostClients, a.MaxClients)
	}
	return nil
}

func (a *App) checkSnapshots() error {
	s := a.Snapshots
	if s == nil {
		return nil
	}
	switch {
	case s.Store != "" && s.Store != "file" && s.Store != "redis":
		return oneOf("snapshots.store", s.Store, "file", "redis")
	case s.Store == "redis" && s.Address == "":
		return wrongf("snapshots.address", "redis needs an address")
	case s.Store != "redis" && s.Address != "":
		return wrongf("snapshots.address", "only redis has an address")
	case s.Total < 0:
		return wrongf("snapshots.total", "must be positive, not %d", s.Total)
	case s.Store == "redis":
		return wrong("snapshots.address", snapshot.CheckRedisAddress(s.Address))
	}
	return nil
}

// Interface guards
var (
	_ caddy.App         = (*App)(nil)
	_ caddy.Provisioner = (*App)(nil)
)
