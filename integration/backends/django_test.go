//go:build backends

package backends

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// Django REST framework paginates nothing unless it is told to. Its conditional
// requests are on here, so the page's validators are proved as well.
func TestDjangoUnpaginated(t *testing.T) {
	app := here(t, "apps", "django_app.py")
	database := filepath.Join(t.TempDir(), "orders.db")
	api := start(t, "/api/orders/", python, func(address string) []string {
		return []string{app, database, address}
	})
	p := prove(t, legacy{
		backend: api.address,
		path:    "/api/orders/",
		routes: fmt.Sprintf(`paginate /api/orders* {
		limit 20 50
	}
	reverse_proxy %s`, api.address),
	})
	t.Run("validators", func(t *testing.T) { checkValidators(t, p, p.URL+"/api/orders/", api) })
	t.Run("no list", func(t *testing.T) {
		a := get(t, p.URL+"/api/orders/1/", "Accept: application/json")
		if a.status != http.StatusNotFound || a.next() != "" {
			t.Errorf("status %d, Link %q, want the API's own 404", a.status, a.header.Get("Link"))
		}
	})
}

// checkValidators asserts that a page has a validator of its own, not the whole
// list's, and that the API answers 304 to it.
func checkValidators(t *testing.T, p *harness.Caddy, url string, api *process) {
	t.Helper()
	whole := get(t, "http://"+api.address+url[len(p.URL):]).header.Get("ETag")
	first, second := get(t, join(url, "limit=20")), get(t, join(url, "limit=30"))
	tag, other := first.header.Get("ETag"), second.header.Get("ETag")
	if whole == "" || tag == "" || other == "" {
		t.Fatalf("ETags %q (whole list), %q, %q (pages), want all three", whole, tag, other)
	}
	if tag == whole || tag == other {
		t.Errorf("ETags %q (whole list), %q, %q (pages) are not distinct", whole, tag, other)
	}
	same := get(t, join(url, "limit=20"), "If-None-Match: "+tag)
	if same.status != http.StatusNotModified || same.header.Get("ETag") != tag {
		t.Errorf("If-None-Match with the page's ETag: status %d, ETag %q, want 304, %q", same.status, same.header.Get("ETag"), tag)
	}
	if a := get(t, join(url, "limit=20"), "If-None-Match: "+other); a.status != http.StatusOK {
		t.Errorf("If-None-Match with another page's ETag: status %d, want 200", a.status)
	}
}

// checkHead asserts that HEAD says nothing of the whole list's length.
func checkHead(t *testing.T, p *harness.Caddy, url string, api *process) {
	t.Helper()
	whole := do(t, http.MethodHead, "http://"+api.address+url[len(p.URL):])
	a := do(t, http.MethodHead, url)
	if a.status != http.StatusOK || len(a.body) != 0 {
		t.Errorf("HEAD: status %d with %d bytes, want 200 with none", a.status, len(a.body))
	}
	for _, name := range []string{"Content-Length", "ETag"} {
		if got := a.header.Get(name); got != "" && got == whole.header.Get(name) {
			t.Errorf("HEAD: %s %s is that of the whole list", name, got)
		}
	}
}
