package caddymodule

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// subcommands are those of `caddy paginate`.
var subcommands = []func() *cobra.Command{
	calendarCommand,
	reportCommand,
	snapshotsCommand,
}

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "paginate",
		Usage: "<command>",
		Short: "Tells how far the retirement of unlimited lists has come",
		Long: `
Asks a running server, or reads a configuration, about the routes that the
paginate directive takes from unlimited lists to pages.`,
		CobraFunc: addSubcommands,
	})
}

// addSubcommands makes what is none of them an error, which cobra alone answers with the
// help and success: a report that is misspelt in a crontab is to be noticed.
func addSubcommands(cmd *cobra.Command) {
	for _, sub := range subcommands {
		cmd.AddCommand(sub())
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("%s has no command %q", cmd.CommandPath(), args[0])
		}
		return cmd.Help()
	}
}

func calendarCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calendar [--config <path> [--adapter <name>]] [--address <interface>] [--format table|json]",
		Short: "Prints what changes when on each route, and what today is",
		Long: `
Prints a table of the instants at which something changes on each route, what it
is, and between them where the route stands today.

With --config the dates of a file are shown, before it is put into force; it is
checked, and nothing of it is run. Without, the running server is asked by its
admin API.`,
		Example: `  caddy paginate calendar --config Caddyfile
  caddy paginate calendar --address localhost:2019 --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return caddycmd.WrapCommandFuncForCobra(func(fl caddycmd.Flags) (int, error) {
				if err := printCalendar(cmd.OutOrStdout(), fl); err != nil {
					return caddy.ExitCodeFailedStartup, err
				}
				return caddy.ExitCodeSuccess, nil
			})(cmd, args)
		},
	}
	cmd.Flags().StringP("config", "c", "", "Configuration file to read in place of the running server's")
	cmd.Flags().StringP("adapter", "a", "", "Name of the adapter of the configuration file")
	cmd.Flags().String("address", "", "Address of the admin API of the running server")
	cmd.Flags().StringP("format", "f", "table", "table or json")
	return cmd
}

func printCalendar(w io.Writer, fl caddycmd.Flags) error {
	format := fl.String("format")
	if format != "table" && format != "json" {
		return fmt.Errorf("unknown format %q; known are table, json", format)
	}
	report, err := getCalendar(fl)
	if err != nil {
		return err
	}
	if format == "table" {
		return report.writeTable(w)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "\t")
	return encoder.Encode(report)
}

// getCalendar reads a file, or asks the running server.
func getCalendar(fl caddycmd.Flags) (report calendarReport, err error) {
	if file := fl.String("config"); file != "" {
		config, _, _, err := caddycmd.LoadConfig(file, fl.String("adapter"))
		if err != nil {
			return report, err
		}
		return calendarOf(config, systemClock{}.Now())
	}
	address, err := caddycmd.DetermineAdminAPIAddress(fl.String("address"), nil, "", "")
	if err != nil {
		return report, fmt.Errorf("finding the admin API: %w", err)
	}
	resp, err := caddycmd.AdminAPIRequest(address, http.MethodGet, "/paginate/calendar", nil, nil)
	if err != nil {
		return report, fmt.Errorf("asking the running server (a file is read with --config): %w", err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&report); err != nil {
		return report, fmt.Errorf("reading the running server's answer: %w", err)
	}
	return report, nil
}
