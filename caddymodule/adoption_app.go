package caddymodule

import (
	"context"
	"errors"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
)

// ledgers has the process's one ledger, which outlives configurations: while one
// takes over from another, both count in it. logs has its adoption logs, by
// interval: a reload that leaves it as it is goes on with what is summed up.
var (
	ledgers = caddy.NewUsagePool()
	logs    = caddy.NewUsagePool()
)

const theLedger = "ledger"

// A pooledLedger is stored once more when nobody uses it any more: requests may
// end after the app was stopped.
type pooledLedger struct {
	*adoption.Ledger
	affected  affectedClients
	clients   sharedClients
	disorders routeNotices
	paged     routeNotices
	refusable routeNotices
}

func (l *pooledLedger) Destruct() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	l.Flush(ctx)
	return nil
}

// A pooledLog has nothing left when nobody uses it any more: whoever detaches last
// writes it.
type pooledLog struct{ *adoption.Log }

func (pooledLog) Destruct() error { return nil }

// provisionAdoption readies what counts and logs. It writes nothing.
func (a *App) provisionAdoption(ctx caddy.Context) error {
	pooled, _, err := ledgers.LoadOrNew(theLedger, func() (caddy.Destructor, error) {
		return &pooledLedger{Ledger: adoption.NewLedger(plainClock{systemClock{}})}, nil
	})
	if err != nil {
		return err
	}
	a.shared = pooled.(*pooledLedger)
	a.ledger, a.affected = a.shared.Ledger, &a.shared.affected
	clients := adoption.DefaultMaxClients
	if a.MaxClients > 0 {
		clients = int(a.MaxClients)
	}
	interval := adoption.DefaultInterval
	if a.NoticeInterval != nil {
		interval = time.Duration(*a.NoticeInterval)
	}
	pooled, _, err = logs.LoadOrNew(interval, func() (caddy.Destructor, error) {
		return pooledLog{adoption.NewLog(plainClock{systemClock{}}, interval)}, nil
	})
	if err != nil {
		return err
	}
	a.log, a.logInterval = pooled.(pooledLog).Log, interval
	a.logSettings = &adoption.LogSettings{MaxClients: clients}
	a.ledgerSettings = &adoption.Settings{
		Instance:   a.instance,
		Storage:    ctx.Storage(),
		Logger:     ctx.Logger(),
		MaxClients: clients,
		Retention:  time.Duration(a.Retention),
	}
	return a.provisionClients(ctx.Logger())
}

// instance is the id that Caddy keeps for itself. When Caddy first starts its TLS app
// may make that file at the same moment as we ask, so it is too early to ask then.
func (a *App) instance() string {
	id, err := caddy.InstanceID()
	if err != nil {
		a.ledgerSettings.Logger.Warn("getting the instance's id", zap.Error(err))
		return "unknown" // entries are told apart by their process as well
	}
	return id.String()
}

// startAdoption begins to sum up the log and to store the ledger.
func (a *App) startAdoption() {
	a.ledger.Attach(a.ledgerSettings)
	if len(a.routes) > 0 { // all routes of a configuration log to the same
		a.logSettings.Logger = a.routes[0].adoption
		a.log.Attach(a.logSettings)
	}
	a.clients.start()
}

// stopAdoption stores what is still in memory, and logs it unless a configuration
// that takes over does.
func (a *App) stopAdoption() {
	a.clients.end()
	if len(a.routes) > 0 {
		a.log.Detach(a.logSettings)
	}
	a.ledger.Detach(a.ledgerSettings)
}

// Cleanup gives the ledger, the log and the snapshots back, as far as the app was provisioned.
func (a *App) Cleanup() error {
	var ledger, log, snapshots error
	if a.ledger != nil {
		_, ledger = ledgers.Delete(theLedger)
	}
	if a.logSettings != nil {
		_, log = logs.Delete(a.logInterval)
	}
	if a.snapshots != nil {
		_, snapshots = snapshotPool.Delete(a.snapshotsAt)
	}
	return errors.Join(ledger, log, snapshots)
}

// A plainClock is a clock whose timers can only be stopped.
type plainClock struct{ clock }

func (c plainClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return c.clock.AfterFunc(d, f).Stop
}

// Interface guards
var (
	_ caddy.CleanerUpper = (*App)(nil)
	_ adoption.Clock     = plainClock{}
)
