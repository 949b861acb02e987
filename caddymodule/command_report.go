package caddymodule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
)

// reportFormats are the ways to write a report.
var reportFormats = []string{"table", "json", "csv", "html"}

func reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "report [--log <file>... | --storage <dir>] [--config <path> [--adapter <name>]] [--address <interface>]\n" +
			"  [--since 30d|<date>] [--route <name>]... [--status <status>]... [--clients <file>] [--format table|json|csv|html] [--output <file>]",
		Short: "Prints who would lose data if limits were enforced today",
		Long: `
Prints, the worst first, which clients ask for lists without limits, how much
they do, by when they have to change and whom to talk to; and of every route how
far its clients have come.

A running server is asked by its admin API; its storage has what all instances
have counted that share it. Without one, the report is made from adoption logs
(--log; plain or compressed, in any order; - is the standard input), from a
storage's folder (--storage), or from the storage that a configuration names
(--config). With --log or --storage, --config adds the routes' dates,
exemptions and clients.

The statuses are overdue (affected, and limits are enforced), fix_by (affected),
exempt (affected, but exempt for now), latent (asks for too much, and has not
lost by it) and ok.`,
		Example: `  caddy paginate report
  caddy paginate report --since 7d --status overdue --status fix_by
  caddy paginate report --log adoption*.log* --config Caddyfile --format html --output report.html
  caddy paginate report --config Caddyfile --format csv`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return caddycmd.WrapCommandFuncForCobra(func(fl caddycmd.Flags) (int, error) {
				if err := printReport(cmd, fl, args); err != nil {
					return caddy.ExitCodeFailedStartup, err
				}
				return caddy.ExitCodeSuccess, nil
			})(cmd, args)
		},
	}
	f := cmd.Flags()
	f.StringArrayP("log", "l", nil, "Adoption log to read in place of asking the server; further arguments are logs, too")
	f.String("storage", "", "Folder of a file system storage to read")
	f.StringP("config", "c", "", "Configuration file whose dates, exemptions, clients and storage to read")
	f.StringP("adapter", "a", "", "Name of the adapter of the configuration file")
	f.String("address", "", "Address of the admin API of the running server")
	f.String("since", report.DefaultSince, "Where the window begins: days before now, or a date")
	f.StringArray("route", nil, "Only this route")
	f.StringArray("status", nil, "Only clients of this status: overdue, fix_by, exempt, latent, ok")
	f.String("clients", "", "Clients file: who owns a client, in place of the configuration's")
	f.StringP("format", "f", "table", strings.Join(reportFormats, ", "))
	f.StringP("output", "o", "", "File to write in place of the standard output")
	return cmd
}

// printReport makes the report and writes it. args are further logs, as a shell
// makes them of a pattern.
func printReport(cmd *cobra.Command, fl caddycmd.Flags, args []string) error {
	format := fl.String("format")
	if !slices.Contains(reportFormats, format) {
		return fmt.Errorf("unknown format %q; known are %s", format, strings.Join(reportFormats, ", "))
	}
	source, err := newReportSource(fl, args)
	if err != nil {
		return err
	}
	r, err := source.read(cmd)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := writeReport(&out, r, format, tableWidth(cmd.OutOrStdout())); err != nil {
		return err
	}
	if file := fl.String("output"); file != "" {
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		return nil
	}
	_, err = out.WriteTo(cmd.OutOrStdout())
	return err
}

func writeReport(w io.Writer, r *report.Report, format string, width int) error {
	switch format {
	case "csv":
		return r.WriteCSV(w)
	case "html":
		return r.WriteHTML(w)
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "\t")
		return encoder.Encode(r)
	}
	return r.WriteTable(w, width)
}

// tableWidth is the terminal's, or one that suits mails and files.
func tableWidth(w io.Writer) int {
	const elsewhere = 100
	if file, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			return width
		}
	}
	return elsewhere
}
