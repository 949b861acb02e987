package caddymodule

import (
	"context"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
)

// ledgers has the process's one ledger, which outlives configurations: while one
// takes over from another, both count in it.
var ledgers = caddy.NewUsagePool()

const theLedger = "ledger"

// A pooledLedger is stored once more when nobody uses it any more: requests may
// end after the app was stopped.
type pooledLedger struct{ *adoption.Ledger }

func (l pooledLedger) Destruct() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	l.Flush(ctx)
	return nil
}

// provisionAdoption readies what counts and logs. It writes nothing.
func (a *App) provisionAdoption(ctx caddy.Context) error {
	pooled, _, err := ledgers.LoadOrNew(theLedger, func() (caddy.Destructor, error) {
		return pooledLedger{adoption.NewLedger(plainClock{systemClock{}})}, nil
	})
	if err != nil {
		return err
	}
	a.ledger = pooled.(pooledLedger).Ledger
	a.affected = new(affectedClients)
	clients := adoption.DefaultMaxClients
	if a.MaxClients > 0 {
		clients = int(a.MaxClients)
	}
	interval := adoption.DefaultInterval
	if a.NoticeInterval != nil {
		interval = time.Duration(*a.NoticeInterval)
	}
	a.log = adoption.NewLog(plainClock{systemClock{}}, interval, clients)
	a.ledgerSettings = &adoption.Settings{
		Storage:    ctx.Storage(),
		Logger:     ctx.Logger(),
		MaxClients: clients,
		Retention:  time.Duration(a.Retention),
	}
	return a.provisionClients(ctx.Logger())
}

// startAdoption begins to store the ledger.
func (a *App) startAdoption() {
	instance, err := caddy.InstanceID()
	a.ledgerSettings.Instance = instance.String()
	if err != nil {
		// Entries are told apart by their process as well.
		a.ledgerSettings.Instance = "unknown"
		a.ledgerSettings.Logger.Warn("getting the instance's id", zap.Error(err))
	}
	a.ledger.Attach(a.ledgerSettings)
	a.clients.start()
}

// stopAdoption logs and stores what is still in memory.
func (a *App) stopAdoption() {
	a.clients.end()
	a.log.Close()
	a.ledger.Detach(a.ledgerSettings)
}

// Cleanup gives the ledger back.
func (a *App) Cleanup() error {
	if a.ledger == nil {
		return nil // not provisioned
	}
	_, err := ledgers.Delete(theLedger)
	return err
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
