package caddymodule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/certmagic"
	"github.com/spf13/cobra"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
)

// A reportSource is what the command's flags say of where the report is from.
type reportSource struct {
	now     time.Time
	values  url.Values // as the admin API has them
	query   reportQuery
	logs    []string
	folder  string // of a storage
	config  string
	adapter string
	address string
	clients string
}

// newReportSource reads the flags. args are further logs, as a shell makes them of
// a pattern.
func newReportSource(fl caddycmd.Flags, args []string) (s *reportSource, err error) {
	s = &reportSource{
		now:    systemClock{}.Now(),
		values: url.Values{"since": {fl.String("since")}},
		folder: fl.String("storage"), config: fl.String("config"), adapter: fl.String("adapter"),
		address: fl.String("address"), clients: fl.String("clients"),
	}
	if s.logs, err = fl.GetStringArray("log"); err != nil {
		return nil, err
	}
	switch {
	case len(s.logs) == 0 && len(args) > 0:
		return nil, fmt.Errorf("unknown argument %q; logs stand behind --log", args[0])
	case len(s.logs) > 0 && s.folder != "":
		return nil, errors.New("a report is from logs or from a storage, not both")
	}
	s.logs = append(s.logs, args...)
	for _, name := range []string{"route", "status"} {
		given, err := fl.GetStringArray(name)
		if err != nil {
			return nil, err
		}
		if len(given) > 0 {
			s.values[name] = given
		}
	}
	s.query, err = newReportQuery(s.values, s.now)
	return s, err
}

// read makes the report.
func (s *reportSource) read(cmd *cobra.Command) (*report.Report, error) {
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, done := context.WithCancel(ctx)
	defer done()
	var config reportConfig
	var err error
	if s.config != "" {
		if config, err = loadReportConfig(ctx, s.config, s.adapter); err != nil {
			return nil, err
		}
	}
	if s.folder != "" {
		if _, err := os.Stat(s.folder); err != nil {
			return nil, fmt.Errorf("opening the storage: %w", err)
		}
		config.storage = &certmagic.FileStorage{Path: s.folder}
	}
	r, err := s.readFrom(ctx, cmd, &config)
	if err != nil || s.clients == "" {
		return r, err
	}
	directory, err := readClients(s.clients, config.secret)
	if err != nil {
		return nil, err
	}
	r.Annotate(directory.Lookup)
	return r, nil
}

// readFrom reads logs, if there are any, else a storage, if one is named, else it
// asks the server.
func (s *reportSource) readFrom(ctx context.Context, cmd *cobra.Command, config *reportConfig) (r *report.Report, err error) {
	b := report.NewBuilder(s.query.since, s.now, s.query.routes...)
	switch {
	case len(s.logs) > 0:
		err = addLogs(ctx, b, cmd, s.logs)
	case config.storage != nil:
		err = addStorage(ctx, b, config.storage, s.now)
	default:
		return s.ask()
	}
	if err != nil {
		return nil, err
	}
	config.options.Statuses = s.query.statuses
	return b.Build(config.options), nil
}

// ask asks the running server.
func (s *reportSource) ask() (*report.Report, error) {
	address, err := caddycmd.DetermineAdminAPIAddress(s.address, nil, "", "")
	if err != nil {
		return nil, fmt.Errorf("finding the admin API: %w", err)
	}
	resp, err := caddycmd.AdminAPIRequest(address, http.MethodGet, "/paginate/report?"+s.values.Encode(), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("asking the running server (logs are read with --log, a storage with --storage or --config): %w", err)
	}
	defer resp.Body.Close()
	r := new(report.Report)
	if err := json.NewDecoder(resp.Body).Decode(r); err != nil {
		return nil, fmt.Errorf("reading the running server's answer: %w", err)
	}
	return r, nil
}

// addStorage adds what the instances have counted that share a storage.
func addStorage(ctx context.Context, b *report.Builder, storage certmagic.Storage, now time.Time) error {
	for period, err := range adoption.ReadStorage(ctx, storage, now, b.Since()) {
		switch {
		case err == nil:
			b.AddPeriod(period)
		case adoption.IsDamage(err):
			b.Note(damageNote(err))
		default:
			return fmt.Errorf("reading the ledger: %w", err)
		}
	}
	return nil
}
