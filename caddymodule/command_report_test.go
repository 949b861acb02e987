package caddymodule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
	process "github.com/caddy-paginate/caddy-paginate/caddymodule/clock"
)

// runReport runs the command.
func runReport(args ...string) (out string, err error) {
	cmd := reportCommand()
	var stdout bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(io.Discard)
	cmd.SetArgs(args)
	err = cmd.Execute()
	return stdout.String(), err
}

// reportNow stops the time at an instant.
func reportNow(t *testing.T) time.Time {
	t.Helper()
	now := time.Date(2030, 4, 1, 12, 0, 0, 0, time.UTC)
	process.Freeze(now)
	t.Cleanup(process.Resume)
	return now
}

func reportRecord(client string, compliant bool, affected int64) *adoption.Record {
	return &adoption.Record{
		Method: "GET", Route: "orders", Path: "/orders", Status: 200, UserAgent: "curl/8", Client: client, ClientSource: "{http.auth.user.id}",
		Compliant: compliant, Affected: affected > 0, Phase: "announce", Action: adoption.Whole, BodySize: 10, LimitAsked: -1, Limit: -1,
		Items: 5, ItemsSeen: 5, Count: 1, Upstream: time.Second,
	}
}

func reportLine(t *testing.T, at time.Time, rec *adoption.Record) string {
	t.Helper()
	line, err := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()).EncodeEntry(
		zapcore.Entry{Time: at, LoggerName: "http.handlers.paginate.adoption", Message: "list request"}, []zap.Field{rec.Field()})
	if err != nil {
		t.Fatal(err)
	}
	return line.String()
}

// reportInShort is what a report in JSON says of clients.
func reportInShort(t *testing.T, text string) string {
	t.Helper()
	var r report.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	out := r.Verdict
	for _, c := range r.Clients {
		out += fmt.Sprintf("; %s %s %d/%d", c.Label(), report.StatusText(c.Status, c.Date), c.Affected, c.Requests)
	}
	return out
}

func writeText(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const reportCaddyfile = `{
	storage file_system %q
	paginate {
		secret a-secret-that-is-long-enough
		clients %q
	}
}
:80 {
	paginate /orders* 10 100 {
		name orders
		client {http.auth.user.id} {http.request.header.X-Api-Key}
		exempt billing {
			until 2030-12-01
			reason "moves in autumn"
		}
		exempt plain-api-key {
			until 2030-11-01
			reason "moves too"
		}
		retire {
			deprecated 2030-01-01
			sunset 2030-07-01
		}
	}
}
`

// TestReportFromLogs: from logs alone, and with what a configuration adds.
func TestReportFromLogs(t *testing.T) {
	now := reportNow(t)
	hashed := reportRecord(keyed("plain-api-key", []byte("a-secret-that-is-long-enough")), false, 1)
	hashed.ClientSource = "{http.request.header.X-Api-Key}"
	log := writeText(t, "a.log", reportLine(t, now.Add(-time.Hour), reportRecord("ann", false, 1))+
		reportLine(t, now.AddDate(0, 0, -10), reportRecord("billing", false, 1)))
	other := writeText(t, "b.log", reportLine(t, now.Add(-time.Hour), reportRecord("bob", true, 0))+reportLine(t, now.Add(-time.Hour), hashed))
	people := writeText(t, "clients.csv", "id,name,contact\nann,Ann's job,ann@example.com\nplain-api-key,The key's,key@example.com\n")
	others := writeText(t, "others.csv", "id,name\nplain-api-key,Another name\n")
	config := writeText(t, "Caddyfile", fmt.Sprintf(reportCaddyfile, t.TempDir(), people))

	key := hashed.Client
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{
			"logs alone",
			[]string{"--log", log, "--log", other},
			"enforced today, 3 of 4 clients would lose data; " + key + " fix, no date set 1/1; ann fix, no date set 1/1; billing fix, no date set 1/1; bob ok 0/1",
		},
		{
			"a pattern that the shell has spread, and a configuration",
			[]string{"--log", log, other, "--config", config},
			"enforced today, 1 of 4 clients would lose data; 2 more are exempt for now; Ann's job fix by 2030-07-01 1/1; " +
				"The key's exempt until 2030-11-01 1/1; billing exempt until 2030-12-01 1/1; bob ok 0/1",
		},
		{
			"a week",
			[]string{"--log", log, "--since", "7d"},
			"enforced today, 1 of 1 client would lose data; ann fix, no date set 1/1",
		},
		{"by status", []string{"--log", log, other, "--status", "ok"}, "enforced today, 3 of 4 clients would lose data; bob ok 0/1"},
		{"another route", []string{"--log", log, "--route", "users"}, "nobody has asked for a list"},
		{
			"a clients file",
			[]string{"--log", log, "--clients", people},
			"enforced today, 2 of 2 clients would lose data; Ann's job fix, no date set 1/1; billing fix, no date set 1/1",
		},
		{
			"a clients file that has keys",
			[]string{"--log", other, "--clients", others, "--config", config, "--status", "exempt"},
			"enforced today, none of 2 clients would lose data; 1 more is exempt for now; Another name exempt until 2030-11-01 1/1",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, err := runReport(append(tc.args, "--format", "json")...)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Split(reportInShort(t, out), "; ")
			want := strings.Split(tc.want, "; ")
			slices.Sort(got) // a hash may stand anywhere among equals
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if out, err := runReport("--log", log, "--format", "html", "--output", file); err != nil || out != "" {
		t.Errorf("to a file: got %v, %q", err, out)
	}
	if page, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(page, []byte("<!DOCTYPE html>")) || !bytes.HasSuffix(page, []byte("</html>\n")) {
		t.Errorf("the page: got %v, %.80s", err, page)
	}
	if out, err := runReport("--log", log); err != nil || !strings.HasPrefix(out, "Enforced today, 2 of 2 clients would lose data.\n") {
		t.Errorf("a table: got %v, %s", err, out)
	}
	if out, err := runReport("--log", log, "-f", "csv"); err != nil || strings.Count(out, "\r\n") != 3 {
		t.Errorf("CSV: got %v, %s", err, out)
	}
}

// TestReportFromServer: the command asks the admin API for what its flags say.
func TestReportFromServer(t *testing.T) {
	reportNow(t)
	app := appWith(t, "orders")
	app.ledger = adoption.NewLedger(plainClock{systemClock{}})
	app.ledger.Add(reportRecord("ann", false, 1))
	app.ledger.Add(reportRecord("bob", true, 0))
	goLive(app)
	t.Cleanup(func() { goOff(app) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := serveReport(w, r); err != nil || r.URL.Path != "/paginate/report" {
			t.Errorf("%s: %v", r.URL, err)
		}
	}))
	t.Cleanup(server.Close)
	people := writeText(t, "clients.csv", "id,name\nann,Ann's job\n")
	out, err := runReport("--address", server.Listener.Addr().String(), "--status", "fix_by", "--route", "orders", "--clients", people, "-f", "json")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := reportInShort(t, out), "enforced today, 1 of 2 clients would lose data; Ann's job fix by 2030-07-01 1/1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestReportFromStorage: what three instances have stored is one truth, by the
// storage's folder and by a configuration that names it.
func TestReportFromStorage(t *testing.T) {
	reportNow(t)
	folder := t.TempDir()
	for i := range 3 {
		ledger := adoption.NewLedger(plainClock{systemClock{}})
		s := &adoption.Settings{Instance: func() string { return fmt.Sprint("instance-", i) }, Storage: &certmagic.FileStorage{Path: folder}, Logger: zap.NewNop()}
		ledger.Attach(s)
		ledger.Add(reportRecord("ann", false, 1))
		ledger.Add(reportRecord(fmt.Sprint("team-", i), true, 0))
		ledger.Detach(s)
	}
	want := "enforced today, 1 of 4 clients would lose data; ann fix, no date set 3/3; team-0 ok 0/1; team-1 ok 0/1; team-2 ok 0/1"
	out, err := runReport("--storage", folder, "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	if got := reportInShort(t, out); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	config := writeText(t, "Caddyfile", fmt.Sprintf(reportCaddyfile, folder, writeText(t, "c.csv", "id,name\n")))
	out, err = runReport("--config", config, "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	if got := reportInShort(t, out); got != strings.Replace(want, "fix, no date set", "fix by 2030-07-01", 1) {
		t.Errorf("by a configuration: got %s", got)
	}
	if strings.Contains(out, "a-secret") || strings.Contains(out, "plain-api-key") {
		t.Errorf("a secret is in %s", out)
	}

	// One entry that is damaged is noted, and the others count.
	var entries []string
	_ = filepath.WalkDir(folder, func(path string, d os.DirEntry, _ error) error {
		if d.Type().IsRegular() && strings.Contains(path, "ledger") {
			entries = append(entries, path)
		}
		return nil
	})
	if err := os.WriteFile(entries[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err = runReport("--storage", folder)
	if err != nil || !strings.Contains(out, "would lose data.") || !strings.Contains(out, "its counts are") {
		t.Errorf("damaged: got %v, %s", err, out)
	}
}

// TestReportErrors: what is wrong is named.
func TestReportErrors(t *testing.T) {
	reportNow(t)
	log := writeText(t, "a.log", "")
	server := httptest.NewServer(nil)
	address := server.Listener.Addr().String()
	server.Close()
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--format", "xml"}, `unknown format "xml"; known are table, json, csv, html`},
		{[]string{"a.log"}, `unknown argument "a.log"; logs stand behind --log`},
		{[]string{"--log", log, "--storage", "."}, "from logs or from a storage, not both"},
		{[]string{"--log", log + ".missing"}, "opening a log: "},
		{[]string{"--storage", log + ".missing"}, "opening the storage: "},
		{[]string{"--config", log + ".missing"}, "no such file"},
		{[]string{"--log", log, "--since", "soon"}, `reading since: "soon" is neither`},
		{[]string{"--log", log, "--since", "2031-01-01"}, "is still to come"},
		{[]string{"--log", log, "--since", "9999d"}, "is more than ten years ago"},
		{[]string{"--log", log, "--status", "fine"}, `unknown status "fine"`},
		{[]string{"--log", log, "--clients", log + ".missing"}, "reading clients: "},
		{[]string{"--log", log, "--output", filepath.Join(log, "x")}, "writing the report: "},
		{[]string{"--address", address}, "logs are read with --log"},
	} {
		if _, err := runReport(tc.args...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: got %v, want %s", tc.args, err, tc.want)
		}
	}
}

// TestServeReport: the admin API answers whatever is in force, and names what is
// wrong.
func TestServeReport(t *testing.T) {
	reportNow(t)
	for _, tc := range []struct{ query, want string }{
		{"", ""},
		{"?since=7d&route=orders&route=users&status=ok", ""},
		{"?since=soon", `reading since: "soon"`},
		{"?since=7d&since=8d", "since is given twice"},
		{"?status=fine", `unknown status "fine"`},
		{"?sinc=7d", `unknown parameter "sinc"`},
	} {
		rec := httptest.NewRecorder()
		err := serveReport(rec, httptest.NewRequest(http.MethodGet, "/paginate/report"+tc.query, nil))
		if tc.want != "" {
			if err == nil || !strings.Contains(fmt.Sprintf("%+v", err), tc.want) {
				t.Errorf("%s: got %v, want %s", tc.query, err, tc.want)
			}
			continue
		}
		if err != nil || reportInShort(t, rec.Body.String()) != "nobody has asked for a list" {
			t.Errorf("%s: got %v, %s", tc.query, err, rec.Body)
		}
	}
}

func TestProgressBar(t *testing.T) {
	for _, tc := range []struct {
		total, done int64
		want        string
	}{
		{0, 0, "reading logs: 0 B"},
		{0, 2048, "reading logs: 2.0 KiB"},
		{4096, 0, "reading logs: 0 B"},
		{4096, 1024, "reading logs: [#######.......................]  25%, 1.0 KiB of 4.0 KiB, 6s left"},
		{4096, 4096, "reading logs: [##############################] 100%, 4.0 KiB of 4.0 KiB, 0s left"},
		{4096, 9999, "reading logs: [##############################] 100%, 9.8 KiB of 4.0 KiB, 0s left"},
	} {
		p := progress{total: tc.total}
		p.done.Store(tc.done)
		if got := p.bar(2 * time.Second); got != tc.want {
			t.Errorf("%d of %d: got %q, want %q", tc.done, tc.total, got, tc.want)
		}
	}
}

// TestLiveReportNotes: what of the storage cannot be read is told, and what this
// process has counted is there.
func TestLiveReportNotes(t *testing.T) {
	now := reportNow(t)
	app := appWith(t, "orders")
	app.ledger = adoption.NewLedger(plainClock{systemClock{}})
	s := &adoption.Settings{Instance: func() string { return "one" }, Storage: failingStorage{}, Logger: zap.NewNop()}
	app.ledger.Attach(s)
	t.Cleanup(func() { app.ledger.Detach(s) })
	app.ledger.Add(reportRecord("ann", false, 1))
	goLive(app)
	t.Cleanup(func() { goOff(app) })
	r := liveReport(t.Context(), reportQuery{since: now.AddDate(0, 0, -1)}, now)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "the storage is gone") || r.Losing != 1 || r.Clients[0].Date.IsZero() {
		t.Errorf("got %+v", r)
	}
}

// failingStorage is one that is out of reach.
type failingStorage struct{ certmagic.Storage }

func (failingStorage) List(context.Context, string, bool) ([]string, error) {
	return nil, errors.New("the storage is gone")
}
func (failingStorage) Exists(context.Context, string) bool         { return true }
func (failingStorage) Store(context.Context, string, []byte) error { return errors.New("gone") }
