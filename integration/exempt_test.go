package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// TestExemptByKey: a client may be exempt by the key that it sends, or by the name
// under which the adoption log has it; the key itself is nowhere to be read.
func TestExemptByKey(t *testing.T) {
	setTime(t, "2030-07-02")
	const key, other = "planted-key-4711", "another-key-0815"
	up := newUpstream(t, phaseAnswer(8, nil))
	routes := func(client string) string {
		return fmt.Sprintf("paginate /orders* 3 5 {\nclient {http.request.header.X-Api-Key}\nexempt %s {\nuntil 2030-08-01\nmax 6\n}\nretire {\nsunset 2030-07-01\n}\n}\n", client) + up.proxy()
	}
	admin := "127.0.0.1:" + freePort(t)
	global := "admin " + admin + "\npaginate {\nsecret a-secret-that-is-long-enough\n}"
	c := harness.StartConfig(t, harness.Config{Global: global, Routes: routes(key)})
	items := func(key string) int {
		t.Helper()
		_, h, body := phaseGet(t, c.URL+"/orders", http.Header{"X-Api-Key": {key}})
		if h.Get("Cache-Control") != "private" {
			t.Errorf("got Cache-Control %q, want private: the answer depends on the key", h.Get("Cache-Control"))
		}
		return strings.Count(body, `"id"`)
	}
	if mine, others := items(key), items(other); mine != 6 || others != 3 {
		t.Errorf("by the key: got %d and %d items, want 6 and 3", mine, others)
	}
	logged := c.Adoption(t, 1)[0].Text("paginate.client")
	if len(logged) != 32 {
		t.Fatalf("got client %q, want a hash", logged)
	}
	_, _, calendar := phaseGet(t, "http://"+admin+"/paginate/calendar", nil)
	c.Reload(t, harness.Config{Global: global, Routes: routes(logged)})
	if mine, others := items(key), items(other); mine != 6 || others != 3 {
		t.Errorf("by the name in the log: got %d and %d items, want 6 and 3", mine, others)
	}
	if strings.Contains(calendar, key) || !strings.Contains(calendar, "exempt[0]") {
		t.Errorf("the calendar: got %s", calendar)
	}
	for _, line := range c.Log(t, "http.handlers.paginate") {
		if strings.Contains(fmt.Sprint(line), key) {
			t.Errorf("the key is in the log: %v", line)
		}
	}
}
