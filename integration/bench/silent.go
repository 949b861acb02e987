package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// adoptionLog are the global options by which the adoption log is written as the
// documentation has it. The lab's Caddys log nothing of the kind otherwise.
const adoptionLog = `log adoption {
		output file %q
		include http.handlers.paginate.adoption
	}`

// startAdoption starts two Caddys that page, of which only ours logs and counts
// who asks for what: log, ledger and metrics.
func (p *pair) startAdoption(ctx context.Context, l *lab, s scenario, size uint64) error {
	silent, err := l.silentCaddy(ctx)
	if err != nil {
		return err
	}
	for side, binary := range [2]string{plain: silent, ours: l.caddy} {
		one := *l
		one.caddy, one.global = binary, fmt.Sprintf(adoptionLog, filepath.Join(l.dir, "adoption.log"))
		caddy, err := one.startCaddy(ctx, s.directives)
		if err != nil {
			p.stop()
			return err
		}
		p.caddy[side], p.urls[side] = caddy, caddy.url+s.path(side, size)
	}
	return nil
}

// silentCaddy builds a Caddy that pages, and tells nobody: as xcaddy.sh builds
// ours, but for the one tag.
func (l *lab) silentCaddy(ctx context.Context) (string, error) {
	if l.silent != "" {
		return l.silent, nil
	}
	binary := filepath.Join(l.dir, "silent")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", "nobadger,nomysql,nopgx,noadoption",
		"-o", binary, "github.com/caddy-paginate/caddy-paginate/caddymodule/cmd/caddy")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("building a Caddy without adoption: %w", err)
	}
	l.silent = binary
	return binary, nil
}
