package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
)

func snapshotsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "snapshots [--drop [--route <name>]... [--id <id>]] [--address <interface>] [--format table|json]",
		Short: "Prints what is kept of lists that are walked, or drops it",
		Long: `
Asks the running server by its admin API which snapshots it keeps: of which route
and path, how old, how large, of how many items, and when each was last used.

With --drop they are dropped: all of them, those of a route, or the one of an id.
Walks under way go on: the upstream is read again for their next page.`,
		Example: `  caddy paginate snapshots
  caddy paginate snapshots --drop --route orders`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return caddycmd.WrapCommandFuncForCobra(func(fl caddycmd.Flags) (int, error) {
				routes, err := cmd.Flags().GetStringArray("route")
				if err == nil {
					err = printSnapshots(cmd.OutOrStdout(), fl, routes)
				}
				if err != nil {
					return caddy.ExitCodeFailedStartup, err
				}
				return caddy.ExitCodeSuccess, nil
			})(cmd, args)
		},
	}
	f := cmd.Flags()
	f.Bool("drop", false, "Drop snapshots instead of printing them")
	f.StringArray("route", nil, "With --drop: only those of this route")
	f.String("id", "", "With --drop: only this one")
	f.String("address", "", "Address of the admin API of the running server")
	f.StringP("format", "f", "table", "table or json")
	return cmd
}

func printSnapshots(w io.Writer, fl caddycmd.Flags, routes []string) error {
	format, id, drop := fl.String("format"), fl.String("id"), fl.Bool("drop")
	switch {
	case format != "table" && format != "json":
		return fmt.Errorf("unknown format %q; known are table, json", format)
	case !drop && (id != "" || len(routes) > 0):
		return errors.New("--route and --id say what to drop: they stand with --drop")
	case id != "" && len(routes) > 0:
		return errors.New("what to drop is named by --route or by --id, not by both")
	}
	address, err := caddycmd.DetermineAdminAPIAddress(fl.String("address"), nil, "", "")
	if err != nil {
		return fmt.Errorf("finding the admin API: %w", err)
	}
	if drop {
		return dropByAdmin(w, address, id, routes, format)
	}
	var report snapshotReport
	if err := askAdmin(address, http.MethodGet, "/paginate/snapshots", &report); err != nil {
		return err
	}
	if format == "json" {
		return writeJSON(w, report)
	}
	return report.writeTable(w)
}

func dropByAdmin(w io.Writer, address, id string, routes []string, format string) error {
	target := "/paginate/snapshots"
	switch {
	case id != "":
		target += "/" + url.PathEscape(id)
	case len(routes) > 0:
		target += "?" + url.Values{"route": routes}.Encode()
	}
	var report dropReport
	if err := askAdmin(address, http.MethodDelete, target, &report); err != nil {
		return err
	}
	if format == "json" {
		return writeJSON(w, report)
	}
	_, err := fmt.Fprintf(w, "dropped: %d\n", report.Dropped)
	return err
}

// askAdmin asks the running server.
func askAdmin(address, method, target string, answer any) error {
	resp, err := caddycmd.AdminAPIRequest(address, method, target, nil, nil)
	if err != nil {
		return fmt.Errorf("asking the running server: %w", err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("reading the running server's answer: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "\t")
	return encoder.Encode(value)
}

// writeTable prints a line for each snapshot.
func (r *snapshotReport) writeTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tROUTE\tPATH\tSTATE\tITEMS\tSIZE\tAGE\tLAST USE")
	for _, s := range r.Snapshots {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s ago\n", s.ID, s.Route, s.Path, s.State, s.Items,
			humanize.IBytes(uint64(max(0, s.Bytes))), since(s.Begun, r.Now), since(s.LastUse, r.Now))
	}
	fmt.Fprintf(table, "%d in %s, %s\n", len(r.Snapshots), r.Store, humanize.IBytes(uint64(max(0, r.Bytes))))
	return table.Flush()
}

// since is how long ago something was, to the second.
func since(then, now time.Time) time.Duration { return now.Sub(then).Round(time.Second) }
