package caddymodule

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// runSnapshots runs the command.
func runSnapshots(args ...string) (string, error) {
	cmd := snapshotsCommand()
	var stdout bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(io.Discard)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return stdout.String(), err
}

func TestSubcommands(t *testing.T) {
	for args, want := range map[string]string{
		"":                "",
		"reprot":          `caddy paginate has no command "reprot"`,
		"reprot --format": "unknown flag: --format",
		"calendar now":    `unknown command "now" for "caddy paginate calendar"`,
	} {
		root, cmd := &cobra.Command{Use: "caddy"}, &cobra.Command{Use: "paginate"}
		root.AddCommand(cmd)
		addSubcommands(cmd)
		var stdout bytes.Buffer
		root.SetOut(&stdout)
		root.SetErr(io.Discard)
		root.SetArgs(append([]string{"paginate"}, strings.Fields(args)...))
		err := root.Execute()
		if want == "" && (err != nil || !strings.Contains(stdout.String(), "snapshots")) || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%q: got %q and error %v, want error %q", args, stdout.String(), err, want)
		}
	}
}

func TestSnapshotsCommand(t *testing.T) {
	now := time.Date(2030, 4, 1, 12, 0, 0, 0, time.UTC)
	var asked []string
	admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		var answer any = dropReport{3}
		if r.Method == http.MethodGet {
			answer = snapshotReport{Now: now, Store: "file", Bytes: 3 << 20, Snapshots: []snapshotLine{
				{ID: "a1", Route: "orders", Path: "/orders", State: "complete", Items: 20_000, Bytes: 3 << 20, Begun: now.Add(-90 * time.Second), LastUse: now.Add(-time.Second)},
				{ID: "b2", Route: "/users*", Path: "/users/x", State: "reading", Begun: now, LastUse: now},
			}}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer admin.Close()
	address := strings.TrimPrefix(admin.URL, "http://")
	const table = `ID  ROUTE    PATH      STATE     ITEMS  SIZE     AGE    LAST USE
a1  orders   /orders   complete  20000  3.0 MiB  1m30s  1s ago
b2  /users*  /users/x  reading   0      0 B      0s     0s ago
2 in file, 3.0 MiB
`
	for _, tc := range []struct{ name, args, asks, prints string }{
		{"list", "", "GET /paginate/snapshots", table},
		{"drop all", "--drop", "DELETE /paginate/snapshots", "dropped: 3\n"},
		{"drop routes", "--drop --route orders --route /users*", "DELETE /paginate/snapshots?route=orders&route=%2Fusers%2A", "dropped: 3\n"},
		{"drop one", "--drop --id b2", "DELETE /paginate/snapshots/b2", "dropped: 3\n"},
		{"drop as JSON", "--drop --format json", "DELETE /paginate/snapshots", "{\n\t\"dropped\": 3\n}\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked = nil
			out, err := runSnapshots(append(strings.Fields(tc.args), "--address", address)...)
			if err != nil || out != tc.prints || len(asked) != 1 || asked[0] != tc.asks {
				t.Errorf("got %q, %v, asked %q; want %q, asked %q", out, err, asked, tc.prints, tc.asks)
			}
		})
	}
	out, err := runSnapshots("--format", "json", "--address", address)
	var report snapshotReport
	if err != nil || json.Unmarshal([]byte(out), &report) != nil || len(report.Snapshots) != 2 || report.Snapshots[0].Items != 20_000 {
		t.Errorf("as JSON: got %s, %v", out, err)
	}
}

func TestSnapshotsCommandErrors(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"--format xml", `unknown format "xml"; known are table, json`},
		{"--route orders", "they stand with --drop"},
		{"--id a1", "they stand with --drop"},
		{"--drop --id a1 --route orders", "by --route or by --id, not by both"},
		{"extra", `unknown command "extra"`},
		{"--address 127.0.0.1:1", "asking the running server"},
	} {
		if _, err := runSnapshots(strings.Fields(tc.args)...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.args, err, tc.want)
		}
	}
}
