//go:build backends

package backends

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// requests returns the URIs of the requests whose path begins so, oldest first,
// as soon as there are n of them: the access log is written after the answer.
func requests(t *testing.T, caddy *harness.Caddy, prefix string, n int) []string {
	t.Helper()
	var uris []string
	harness.Poll(t, func() error {
		uris = nil
		for _, line := range caddy.Log(t, "http.log.access") {
			request, _ := line["request"].(map[string]any)
			if uri, _ := request["uri"].(string); strings.HasPrefix(uri, prefix) {
				uris = append(uris, uri)
			}
		}
		if len(uris) < n {
			return fmt.Errorf("%d requests for %s, want %d", len(uris), prefix, n)
		}
		return nil
	})
	return uris
}
