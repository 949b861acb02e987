//go:build backends

package backends

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func startJSONServer(t *testing.T) *process {
	t.Helper()
	needProgram(t, "node")
	program := here(t, ".node", "node_modules", "json-server", "lib", "cli", "bin.js")
	database := filepath.Join(t.TempDir(), "db.json")
	if err := os.WriteFile(database, generateDB(t), 0o600); err != nil {
		t.Fatalf("writing the database: %v", err)
	}
	return start(t, "/orders", "node", func(address string) []string {
		host, port := splitAddress(t, address)
		return []string{program, "--host", host, "--port", port, database}
	})
}

// generateDB makes what json-server serves: 1,032 orders. It pretty-prints them.
func generateDB(t *testing.T) []byte {
	t.Helper()
	type line struct {
		SKU string  `json:"sku"`
		Qty float64 `json:"qty"`
	}
	type order struct {
		ID    int      `json:"id"`
		Title string   `json:"title"`
		State string   `json:"state"`
		Lines []line   `json:"lines"`
		Tags  []string `json:"tags"`
		Note  *string  `json:"note"`
	}
	orders := make([]order, 1032)
	for i := range orders {
		orders[i] = order{
			ID: i + 1, Title: fmt.Sprintf("order %d ]},[{\"\\ é 😀\x00", i+1), State: []string{"open", "done"}[i%2],
			Lines: []line{{fmt.Sprintf("sku-%d", i), 1.5e-7 * float64(i)}, {"[]", 1e21}}, Tags: []string{},
		}
	}
	data, err := json.Marshal(map[string]any{"orders": orders})
	if err != nil {
		t.Fatalf("making the database: %v", err)
	}
	return data
}

// json-server pretty-prints, compresses, answers conditional requests, allows
// browsers in, and has a limit of its own, which a guard keeps from it unread.
func TestJSONServer(t *testing.T) {
	api := startJSONServer(t)
	p := prove(t, legacy{
		backend: api.address,
		path:    "/orders",
		routes: fmt.Sprintf(`paginate /orders* {
		limit 20 50
		guard _limit
	}
	reverse_proxy %s`, api.address),
	})
	t.Run("validators", func(t *testing.T) { checkValidators(t, p, p.URL+"/orders", api) })
	t.Run("head", func(t *testing.T) { checkHead(t, p, p.URL+"/orders", api) })
	t.Run("guard", func(t *testing.T) {
		list, _ := get(t, p.URL+"/orders?_limit=900").items(t, "")
		if len(list) != maxLimit {
			t.Errorf("_limit=900: %d items, want %d", len(list), maxLimit)
		}
	})
	t.Run("filters stay in the links", func(t *testing.T) {
		want, _ := get(t, "http://"+api.address+"/orders?state=done&_sort=id&_order=desc").items(t, "")
		got := walk(t, p, p.URL+"/orders?state=done&_sort=id&_order=desc", "", defaultLimit, nil)
		sameItems(t, got, want)
	})
	t.Run("its own links", func(t *testing.T) {
		a := get(t, p.URL+"/orders?_page=2")
		if list, _ := a.items(t, ""); len(list) == 0 || len(list) > maxLimit {
			t.Errorf("_page=2: %d items, want 1 to %d", len(list), maxLimit)
		}
		for _, link := range a.header.Values("Link") {
			if strings.Contains(link, "_limit=") {
				t.Errorf("the backend's own link came through: %s", link)
			}
		}
	})
	t.Run("browsers", func(t *testing.T) {
		a := get(t, p.URL+"/orders", "Origin: http://example.com")
		if got := a.header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, "Link") {
			t.Errorf("Access-Control-Expose-Headers = %q, want Link in it", got)
		}
	})
	t.Run("one item", func(t *testing.T) {
		got, want := get(t, p.URL+"/orders/7"), get(t, "http://"+api.address+"/orders/7")
		if got.status != http.StatusOK || string(got.body) != string(want.body) {
			t.Errorf("status %d, %s, want 200, %s", got.status, got.body, want.body)
		}
	})
}
