package integration

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// ledgerOf sums up what a storage has of each client: requests, and the rows.
func ledgerOf(t *testing.T, dir string) (requests map[string]int64, rows map[adoption.Key]*adoption.Usage) {
	t.Helper()
	requests, rows = map[string]int64{}, map[adoption.Key]*adoption.Usage{}
	for p, err := range adoption.ReadStorage(t.Context(), &certmagic.FileStorage{Path: dir}, time.Now(), time.Time{}) {
		if err != nil {
			t.Fatalf("reading the ledger: %v", err)
		}
		for key, usage := range p.Rows {
			requests[key.Client] += usage.Requests
			if rows[key] == nil {
				rows[key] = new(adoption.Usage)
			}
			rows[key].Merge(usage)
		}
	}
	return requests, rows
}

// TestLedgerSurvives reloads, a reload that fails, and a restart, and has no
// secret in it.
func TestLedgerSurvives(t *testing.T) {
	const planted = "s3cr3t"
	up := newUpstream(t, phaseAnswer(8, nil))
	routes := "paginate /orders* 3 5 {\nname orders\nphase announce\n" + phaseRetire + "\n}\n" + up.proxy()
	c := harness.Start(t, routes)
	ask := func(client string) {
		t.Helper()
		phaseGet(t, c.URL+"/orders?token="+planted, http.Header{
			"User-Agent": {client + "/1.0"}, "X-Request-Id": {"req-" + client}, "Authorization": {planted}, "Cookie": {"sid=" + planted},
		})
	}
	ask("ann")
	c.Reload(t, harness.Config{Routes: routes + "\n# reloaded"})
	ask("ann")
	ask("bob")
	broken := fmt.Sprintf(`{"admin":{"disabled":true},"storage":{"module":"file_system","root":%q},"apps":{"paginate":{"max_clients":7},"http":{"servers":{"s":{"listen":["256.0.0.1:1"]}}}}}`, t.TempDir())
	if err := caddy.Load([]byte(broken), true); err == nil {
		t.Fatal("a configuration that cannot start does")
	}
	ask("ann")
	c.Access(t, 4)
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	requests, rows := ledgerOf(t, c.StorageDir())
	if len(requests) != 2 || requests["ann/1.0"] != 3 || requests["bob/1.0"] != 1 {
		t.Errorf("after a stop: got %v, want 3 of ann and 1 of bob", requests)
	}
	ann := rows[adoption.Key{Route: "orders", Client: "ann/1.0", Source: "{http.request.header.User-Agent}", Program: "ann"}]
	if ann == nil || ann.Affected != 3 || ann.Notices != 3 || ann.Compliant != 0 || ann.MostItems != 8 || ann.Phase != "announce" ||
		ann.Sample.RequestID != "req-ann" || ann.Sample.Path != "/orders" || ann.Upstream <= 0 {
		t.Errorf("got %+v", ann)
	}

	c.Reload(t, harness.Config{Routes: routes}) // a restart
	ask("ann")
	c.Access(t, 5)
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	if requests, _ := ledgerOf(t, c.StorageDir()); requests["ann/1.0"] != 4 {
		t.Errorf("after a restart: got %v, want 4 of ann", requests)
	}
	ledger := os.DirFS(filepath.Join(c.StorageDir(), "paginate", "ledger"))
	err := fs.WalkDir(ledger, ".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(ledger, path)
		if strings.Contains(string(data), planted) {
			t.Errorf("%s has a secret: %s", path, data)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
