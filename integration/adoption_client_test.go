package integration

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

const adoptionSecret = "paginate {\n\t\tsecret \"a secret for these tests\"\n\t}"

var hashed = regexp.MustCompile(`^[0-9a-f]{32}$`)

// TestAdoptionClient: who called, by the first placeholder that tells.
func TestAdoptionClient(t *testing.T) {
	const (
		key       = "{http.request.header.X-Api-Key}"
		userAgent = "{http.request.header.User-Agent}"
		host      = "{http.request.remote.host}"
	)
	for _, tc := range []struct {
		name, options  string
		header         http.Header
		source, client string // client: what is kept, "hash" for a keyed hash
	}{
		{"a key goes before the program", "", http.Header{"X-Api-Key": {"k1"}, "User-Agent": {"p/1"}}, key, "hash"},
		{"the program", "", http.Header{"User-Agent": {"p/1"}}, userAgent, "p/1"},
		{"the address", "", http.Header{"User-Agent": nil}, host, "127.0.0.0/24"},
		{"another order", "client " + userAgent + " " + key, http.Header{"X-Api-Key": {"k1"}, "User-Agent": {"p/1"}}, userAgent, "p/1"},
		{"a cookie", "client {http.request.cookie.sid}", http.Header{"Cookie": {"sid=s1"}}, "{http.request.cookie.sid}", "hash"},
		{"a query key", "client {http.request.uri.query.key}", nil, "{http.request.uri.query.key}", "hash"},
		{"nobody", "client {http.request.header.X-Nobody}", nil, "", ""},
		{"a forwarded address", "client {http.request.header.X-Forwarded-For}", http.Header{"X-Forwarded-For": {"2001:db8:1:2::3, 10.0.0.1"}}, "{http.request.header.X-Forwarded-For}", "2001:db8:1::/48"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newUpstream(t, phaseAnswer(8, nil))
			c := harness.StartConfig(t, harness.Config{Global: adoptionSecret, Routes: "paginate /orders* 3 5 {\n" + tc.options + "\n}\n" + up.proxy()})
			phaseGet(t, c.URL+"/orders?key=q1", tc.header)
			line := c.Adoption(t, 1)[0]
			client := line.Text("paginate.client")
			if tc.client == "hash" && !hashed.MatchString(client) || tc.client != "hash" && client != tc.client {
				t.Errorf("got client %q, want %q", client, tc.client)
			}
			if got := line.Text("paginate.client_source"); got != tc.source {
				t.Errorf("got source %q, want %q", got, tc.source)
			}
		})
	}
}

// TestAdoptionAddress: addresses of trusted proxies' clients are cut too.
func TestAdoptionAddress(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	c := harness.StartConfig(t, harness.Config{
		Global: "servers {\n\t\ttrusted_proxies static 127.0.0.1/32\n\t}",
		Routes: "paginate /orders* 3 5\n" + up.proxy(),
	})
	for i, tc := range []struct{ forwarded, want string }{
		{"198.51.100.77", "198.51.100.0/24"},
		{"2001:db8:1:2:3::4", "2001:db8:1::/48"},
	} {
		phaseGet(t, c.URL+"/orders", http.Header{"X-Forwarded-For": {tc.forwarded}})
		if got := c.Adoption(t, i+1)[i].Text("client.address"); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

// TestAdoptionKeyIsStable: one key has one name, over a reload as well, whether
// the secret is given or made; another secret gives it another one.
func TestAdoptionKeyIsStable(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	config := func(global string) harness.Config {
		return harness.Config{Global: global, Routes: "paginate /orders* 3 5\n" + up.proxy()}
	}
	c := harness.StartConfig(t, config(""))
	n := 0
	name := func() string {
		n++
		phaseGet(t, c.URL+"/orders", http.Header{"X-Api-Key": {"one and the same"}})
		return c.Adoption(t, n)[n-1].Text("paginate.client")
	}
	made := name()
	c.Reload(t, config(""))
	if again := name(); again != made || !hashed.MatchString(made) {
		t.Errorf("with a secret that was made: got %q, then %q", made, again)
	}
	c.Reload(t, config(adoptionSecret))
	given := name()
	c.Reload(t, config(adoptionSecret))
	if again := name(); again != given || given == made || !hashed.MatchString(given) {
		t.Errorf("with a secret that is given: got %q, then %q; with another %q", given, again, made)
	}
}

// TestAdoptionHasNoSecrets plants secrets wherever requests carry them. None
// comes up in what the module logs, whatever becomes of the request.
func TestAdoptionHasNoSecrets(t *testing.T) {
	const planted = "s3cr3t"
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/orders/broken" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`[{"token":"s3cr3t"},s3cr3t`))
			return
		}
		phaseAnswer(8, nil).ServeHTTP(w, r)
	}))
	for _, phase := range []string{"observe", "announce", "enforce"} {
		t.Run(phase, func(t *testing.T) {
			c := harness.Start(t, "paginate /orders* 3 5 {\nphase "+phase+"\n}\n"+up.proxy())
			asks := []string{
				"", "?token=s3cr3t", "?limit=2&token=s3cr3t", "?limit=s3cr3t", "?cursor=s3cr3t", "?fields=s3cr3t(",
				"?limit=2&limit=s3cr3t", "?s3cr3t[limit]=1", "?offset=s3cr3t", "/broken?token=s3cr3t",
			}
			for _, ask := range asks {
				phaseGet(t, c.URL+"/orders"+ask, http.Header{
					"Authorization": {"Bearer s3cr3t"}, "X-Api-Key": {planted}, "Cookie": {"sid=s3cr3t"}, "Prefer": {"x=s3cr3t"},
				})
			}
			c.Access(t, len(asks))
			if n := len(c.Log(t, adoptionLogger)); n != len(asks) {
				t.Errorf("got %d records, want %d", n, len(asks))
			}
			for _, line := range c.Log(t, "http.handlers.paginate") {
				if text, err := json.Marshal(line); err != nil || strings.Contains(string(text), planted) {
					t.Errorf("a secret is logged: %s (%v)", text, err)
				}
			}
			for _, line := range c.Log(t, "http.log.access") {
				for field, value := range line {
					if text, ok := value.(string); ok && strings.HasPrefix(field, "paginate.") && strings.Contains(text, planted) {
						t.Errorf("a secret is in the access log's %s: %s", field, text)
					}
				}
			}
		})
	}
}

// TestAdoptionTextsAreBounded: no client decides how long a line gets, nor puts
// another line into it.
func TestAdoptionTextsAreBounded(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	c := harness.Start(t, "paginate /orders* 3 5\n"+up.proxy())
	phaseGet(t, c.URL+"/orders/"+strings.Repeat("%C3%A9%0A", 300)+"?"+strings.Repeat("x", 1000),
		http.Header{"User-Agent": {strings.Repeat("agent/1 ", 300)}})
	line := c.Adoption(t, 1)[0]
	for _, field := range []string{"user_agent.original", "paginate.client", "url.path"} {
		if got := line.Text(field); len(got) > 256 || len(got) < 250 {
			t.Errorf("%s has %d bytes, want at most 256", field, len(got))
		}
	}
	if strings.Contains(line.Text("url.path"), "\ufffd") {
		t.Errorf("got a path that is cut inside a character: %q", line.Text("url.path"))
	}
}
