package caddymodule

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("paginate", parseGlobalOption)
}

// parseGlobalOption sets up the app from the global option `paginate`.
func parseGlobalOption(d *caddyfile.Dispenser, existing any) (any, error) {
	if existing != nil {
		d.Next()
		return nil, d.Err("the global option paginate is given twice")
	}
	app := new(App)
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "paginate", Value: caddyconfig.JSON(app, nil)}, nil
}

// UnmarshalCaddyfile sets up the app from Caddyfile tokens. Syntax:
//
//	paginate {
//	    secret          <value>
//	    clients         <file>
//	    notice_interval <duration>
//	    retention       <duration>
//	    max_clients     <n>
//	    snapshots       file|redis <address> {
//	        total <size>
//	    }
//	}
//
// The options' meanings and defaults stand at the fields of App.
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume option name
	p := newParser(d)
	if d.NextArg() {
		return d.ArgErr()
	}
	err := p.block(optionsOf{
		"secret":          func() error { return p.word("secret", &a.Secret) },
		"clients":         func() error { return p.word("clients", &a.Clients) },
		"notice_interval": func() error { return a.parseInterval(p) },
		"retention":       func() error { return p.duration("retention", &a.Retention) },
		"max_clients":     func() error { return p.count("max_clients", &a.MaxClients) },
		"snapshots":       func() error { return a.parseSnapshots(p) },
	})
	if err != nil {
		return err
	}
	return p.locate(a.check())
}

// parseInterval reads notice_interval, which may be 0.
func (a *App) parseInterval(p *parser) error {
	var text string
	if err := p.word("notice_interval", &text); err != nil {
		return err
	}
	d, err := caddy.ParseDuration(text)
	if err != nil && text != "0" {
		return p.Errf("parsing duration: %w", err)
	}
	interval := caddy.Duration(d)
	a.NoticeInterval = &interval
	return nil
}

func (a *App) parseSnapshots(p *parser) error {
	if err := p.mark("snapshots"); err != nil {
		return err
	}
	args := p.RemainingArgs()
	if len(args) == 0 || len(args) > 2 {
		return p.ArgErr()
	}
	a.Snapshots = &SnapshotStoreConfig{Store: args[0]}
	if len(args) == 2 {
		a.Snapshots.Address = args[1]
	}
	return p.block(optionsOf{
		"total": func() error { return p.size("snapshots.total", &a.Snapshots.Total) },
	})
}

// Interface guards
var _ caddyfile.Unmarshaler = (*App)(nil)
