package caddymodule

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

func TestCutAddress(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"IPv4", "192.0.2.77", "192.0.2.0/24"},
		{"IPv4 with a port", "192.0.2.77:8080", "192.0.2.0/24"},
		{"IPv6", "2001:db8:1:2:3::4", "2001:db8:1::/48"},
		{"IPv6 with a port", "[2001:db8:1:2:3::4]:443", "2001:db8:1::/48"},
		{"IPv6 with a zone", "fe80::1%eth0", "fe80::/48"},
		{"IPv4 in IPv6", "::ffff:192.0.2.77", "192.0.2.0/24"},
		{"a name", "client.example", ""},
		{"nothing", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := cutAddress(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestClientSource(t *testing.T) {
	const raw = "value-of-the-placeholder"
	hashed := keyed(raw, []byte(testSecret))
	for _, tc := range []struct{ placeholder, raw, want string }{
		{"{http.auth.user.id}", raw, raw},
		{"{http.auth.user.api_token}", raw, hashed},
		{"{http.request.header.User-Agent}", raw, raw},
		{"{http.request.header.X-Tenant}", raw, raw},
		{"{http.request.header.X-Api-Key}", raw, hashed},
		{"{http.request.header.Authorization}", raw, hashed},
		{"{http.request.header.Cookie}", raw, hashed},
		{"{http.request.header.X-Session}", raw, hashed},
		{"{http.request.cookie.sid}", raw, hashed},
		{"{http.request.uri.query.client}", raw, hashed},
		{"{http.request.uri}", raw, hashed},
		{"{http.request.tls.client.subject}", raw, raw},
		{"{http.request.host}", raw, raw},
		{"{http.vars.tenant}", raw, raw},
		{"{http.vars.access_token}", raw, hashed},
		{"{env.ANYTHING}", raw, hashed},
		{"{http.request.remote.host}", "192.0.2.77", "192.0.2.0/24"},
		{"{http.vars.client_ip}", "2001:db8:1:2::3", "2001:db8:1::/48"},
		{"{http.request.header.X-Forwarded-For}", "192.0.2.77, 10.0.0.1", "192.0.2.0/24"},
		{"{http.request.header.X-Forwarded-For}", "unknown, 192.0.2.77", "192.0.2.0/24"},
		{"{http.request.header.Forwarded}", `for=192.0.2.77;proto=https, for=10.0.0.1`, "192.0.2.0/24"},
		{"{http.request.header.Forwarded}", `proto=https; For="[2001:db8:1:2::3]"`, "2001:db8:1::/48"},
		{"{http.request.header.Forwarded}", `for="[2001:db8:1:2::3]:4711"`, "2001:db8:1::/48"},
		{"{http.request.header.Forwarded}", `for=_gateway;by=192.0.2.77:80`, "192.0.2.0/24"},
		{"{http.request.header.Forwarded}", "for=_gateway", "for=_gateway"},
		{"{http.request.header.X-Real-Ip}", "2001:db8:1:2::3", "2001:db8:1::/48"},
	} {
		t.Run(tc.placeholder, func(t *testing.T) {
			repl := caddy.NewEmptyReplacer()
			repl.Set(strings.Trim(tc.placeholder, "{}"), tc.raw)
			secret := func() ([]byte, error) { return []byte(testSecret), nil }
			got := identify(newClientSources([]string{tc.placeholder}), repl, nil, secret)
			if want := (identity{tc.want, tc.placeholder}); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestClientChain: the first placeholder that gives something counts.
func TestClientChain(t *testing.T) {
	chain := []string{"{http.auth.user.id}", "{http.request.header.X-Api-Key}", "{http.request.header.User-Agent}"}
	for _, tc := range []struct {
		name string
		set  map[string]string
		want identity
	}{
		{"all of them", map[string]string{chain[0]: "ann", chain[1]: "k", chain[2]: "curl"}, identity{"ann", chain[0]}},
		{"two", map[string]string{chain[1]: "k", chain[2]: "curl"}, identity{keyed("k", []byte(testSecret)), chain[1]}},
		{"the last", map[string]string{chain[2]: "curl"}, identity{"curl", chain[2]}},
		{"none", nil, identity{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			repl := caddy.NewEmptyReplacer()
			for placeholder, value := range tc.set {
				repl.Set(strings.Trim(placeholder, "{}"), value)
			}
			got := identify(newClientSources(chain), repl, nil, func() ([]byte, error) { return []byte(testSecret), nil })
			if got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestClientWithoutSecret: a key that cannot be hashed is not written in plain.
func TestClientWithoutSecret(t *testing.T) {
	const key = "{http.request.header.X-Api-Key}"
	repl := caddy.NewEmptyReplacer()
	repl.Set(strings.Trim(key, "{}"), "plain")
	got := identify(newClientSources([]string{key}), repl, nil, func() ([]byte, error) { return nil, errors.New("out of reach") })
	if want := (identity{"", key}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestKeyed(t *testing.T) {
	a, b := keyed("key", []byte(testSecret)), keyed("key", []byte(testSecret+"x"))
	if len(a) != 32 || a == b || a == keyed("kez", []byte(testSecret)) || a != keyed("key", []byte(testSecret)) {
		t.Errorf("got %q and %q: want 128 bits in hex, which differ by secret and key only", a, b)
	}
}

// TestClientOfRequest: what is looked up without the replacer is what it gives.
func TestClientOfRequest(t *testing.T) {
	for _, tc := range []struct {
		placeholder string
		header      http.Header
		want        string
	}{
		{"{http.request.header.User-Agent}", http.Header{"User-Agent": {"curl"}}, "curl"},
		{"{http.request.header.user-agent}", http.Header{"User-Agent": {"curl"}}, "curl"},
		{"{http.request.header.X-Team}", http.Header{"X-Team": {"a", "b"}}, "a,b"},
		{"{http.request.header.X-Team}", http.Header{"X-Team": {"cafe.:"}}, "cafe.:"},
		{"{http.request.header.X-Team}{http.request.header.X-Unit}", http.Header{"X-Team": {"a"}, "X-Unit": {"b"}}, "ab"},
		{"{http.request.tls.client.subject}", nil, ""},
	} {
		r := get("/orders")
		r.TLS = nil
		maps.Copy(r.Header, tc.header)
		repl := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
		sources := newClientSources([]string{tc.placeholder})
		got, viaReplacer := sources[0].raw(repl, r), repl.ReplaceAll(tc.placeholder, "")
		if got != tc.want || viaReplacer != got {
			t.Errorf("%s of %v: got %q, the replacer %q, want %q", tc.placeholder, tc.header, got, viaReplacer, tc.want)
		}
	}
}
