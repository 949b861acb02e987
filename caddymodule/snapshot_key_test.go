package caddymodule

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// keyOf is the key of a request that change has made of a plain one.
func keyOf(t *testing.T, h Handler, target string, change func(r *http.Request)) [32]byte {
	t.Helper()
	b := newBench(t, &h)
	r := httptest.NewRequest(http.MethodGet, "http://api.example"+target, nil)
	r.Header.Set("User-Agent", "walker")
	r.Header.Set("Authorization", "Bearer one")
	r = prepared(r)
	if change != nil {
		change(r)
	}
	x := newExchange(b.Handler, httptest.NewRecorder(), r, b.clock.Now(), b.run.stand(r, b.clock.Now()))
	defer x.release()
	x.readAsk()
	if problem := x.decide(); problem != nil || x.plan.mode != page {
		t.Fatalf("%s: got the plan %+v and the problem %v, want a page", target, x.plan, problem)
	}
	x.prepare()
	defer x.edited.undo()
	return x.snapshotKey()
}

func setHeader(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[name] = values }
}

func setVar(name string, value any) func(*http.Request) {
	return func(r *http.Request) { caddyhttp.SetVar(r.Context(), name, value) }
}

const keyTarget = "/orders?status=open&tag=a+b"

// TestKeyShares: what does not reach the answer does not keep requests apart.
func TestKeyShares(t *testing.T) {
	for _, tc := range []struct {
		name, target string
		change       func(*http.Request)
		ignore       []string
	}{
		{"the same", keyTarget, nil, nil},
		{"another page", keyTarget + "&limit=7&offset=40", nil, nil},
		{"paging in between", "/orders?limit=3&status=open&offset=9&tag=a+b", nil, nil},
		{"a mask", keyTarget + "&fields=id", nil, nil},
		{"a preferred size", keyTarget, setHeader("Prefer", "maxpagesize=5"), nil},
		{"an encoding", keyTarget, setHeader("Accept-Encoding", "gzip, br"), nil},
		{"a condition", keyTarget, setHeader("If-None-Match", `"abc"`), nil},
		{"a date", keyTarget, setHeader("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"), nil},
		{"a part", keyTarget, setHeader("Range", "bytes=0-9"), nil},
		{"no cache", keyTarget, setHeader("Cache-Control", "no-cache"), nil},
		{"pragma", keyTarget, setHeader("Pragma", "no-cache"), nil},
		{"a connection that closes", keyTarget, setHeader("Connection", "close"), nil},
		{"a connection that is kept", keyTarget, setHeader("Connection", "keep-alive, TE"), nil},
		{"trailers", keyTarget, setHeader("Te", "trailers"), nil},
		{"a priority", keyTarget, setHeader("Priority", "u=1"), nil},
		{"a trace", keyTarget, setHeader("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), nil},
		{"a request's id", keyTarget, setHeader("X-Request-Id", "1"), nil},
		{"a span", keyTarget, setHeader("X-B3-Spanid", "1"), nil},
		{"a method override", keyTarget, setHeader("X-Http-Method-Override", "DELETE"), nil},
		{"an ignored header", keyTarget, setHeader("X-Mood", "good"), []string{"x-mood"}},
		{"an ignored program", keyTarget, setHeader("User-Agent", "other"), []string{"User-Agent"}},
		{"an ignored address", keyTarget, setVar(caddyhttp.ClientIPVarKey, "192.0.2.99"), []string{"x-forwarded-for"}},
		{"an ignored chain of addresses", keyTarget, setHeader("X-Forwarded-For", "192.0.2.99"), []string{"X-Forwarded-For"}},
		{"another port of the client", keyTarget, func(r *http.Request) { r.RemoteAddr = "192.0.2.1:4711" }, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := Handler{Snapshot: &SnapshotConfig{IgnoreHeader: tc.ignore}}
			if keyOf(t, h, tc.target, tc.change) != keyOf(t, h, keyTarget, nil) {
				t.Error("the requests do not share a snapshot")
			}
		})
	}
}

// TestKeyOfLinks: a link writes what could break a Link field in escapes, and leads to the
// same snapshot all the same.
func TestKeyOfLinks(t *testing.T) {
	if keyOf(t, Handler{}, `/orders?ids=1,2;3&sort=<a>`, nil) != keyOf(t, Handler{}, "/orders?ids=1%2C2%3B3&sort=%3Ca%3E", nil) {
		t.Error("the link leads to another snapshot")
	}
}

// TestKeyWalls: what could matter to the upstream keeps requests apart.
func TestKeyWalls(t *testing.T) {
	rewritten := func(original string) func(*http.Request) {
		return func(r *http.Request) {
			before := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request)
			before.URL, _ = url.Parse(original)
			*r = *r.WithContext(withValue(r, caddyhttp.OriginalRequestCtxKey, before))
		}
	}
	cases := []struct {
		name, target string
		change       func(*http.Request)
	}{
		{"the plain one", keyTarget, nil},
		{"another filter", "/orders?status=shut&tag=a+b", nil},
		{"a filter less", "/orders?status=open", nil},
		{"a filter more", keyTarget + "&x", nil},
		{"another order", "/orders?tag=a+b&status=open", nil},
		{"another encoding", "/orders?status=open&tag=a%20b", nil},
		{"another path", "/customers?status=open&tag=a+b", nil},
		{"a slash more", "/orders/?status=open&tag=a+b", nil},
		{"an encoded path", "/%6Frders?status=open&tag=a+b", nil},
		{"another host", keyTarget, func(r *http.Request) { r.Host = "other.example" }},
		{"TLS", keyTarget, func(r *http.Request) { r.TLS = new(tls.ConnectionState) }},
		{"a certificate", keyTarget, func(r *http.Request) {
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte("ann")}}}
		}},
		{"another certificate", keyTarget, func(r *http.Request) {
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte("bob")}}}
		}},
		{"another token", keyTarget, setHeader("Authorization", "Bearer two")},
		{"no token", keyTarget, func(r *http.Request) { delete(r.Header, "Authorization") }},
		{"an empty token", keyTarget, setHeader("Authorization", "")},
		{"two tokens", keyTarget, setHeader("Authorization", "Bearer one", "Bearer two")},
		{"the two in one", keyTarget, setHeader("Authorization", "Bearer one\x00Bearer two")},
		{"a proxy's token", keyTarget, setHeader("Proxy-Authorization", "Basic x")},
		{"a cookie", keyTarget, setHeader("Cookie", "session=1")},
		{"another cookie", keyTarget, setHeader("Cookie", "session=2")},
		{"a key", keyTarget, setHeader("X-Api-Key", "1")},
		{"a key by another name", keyTarget, setHeader("X_Api_Key", "1")},
		{"a language", keyTarget, setHeader("Accept-Language", "de")},
		{"a type", keyTarget, setHeader("Accept", "application/json")},
		{"an origin", keyTarget, setHeader("Origin", "https://app.example")},
		{"a header of one's own", keyTarget, setHeader("X-Tenant", "1")},
		{"its name and value shifted", keyTarget, setHeader("X-Tenan", "t1")},
		{"another program", keyTarget, setHeader("User-Agent", "other")},
		{"a preference that goes on", keyTarget, setHeader("Prefer", "maxpagesize=5, return=minimal")},
		{"a header that is dropped on the way", keyTarget, setHeader("Connection", "Authorization")},
		{"a chain of addresses", keyTarget, setHeader("X-Forwarded-For", "192.0.2.1")},
		{"another scheme", keyTarget, setHeader("X-Forwarded-Proto", "https")},
		{"another address", keyTarget, setVar(caddyhttp.ClientIPVarKey, "192.0.2.99")},
		{"a user", keyTarget, func(r *http.Request) {
			r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer).Set("http.auth.user.id", "ann")
		}},
		{"another user", keyTarget, func(r *http.Request) {
			r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer).Set("http.auth.user.id", "bob")
		}},
		{"rewritten from another path", keyTarget, rewritten("/tenants/1/orders?status=open&tag=a+b")},
		{"rewritten from yet another path", keyTarget, rewritten("/tenants/2/orders?status=open&tag=a+b")},
		{"rewritten from another query", keyTarget, rewritten("/orders?tenant=1")},
	}
	seen := map[[32]byte]string{}
	for _, tc := range cases {
		key := keyOf(t, Handler{}, tc.target, tc.change)
		if other, ok := seen[key]; ok {
			t.Errorf("%q shares a snapshot with %q", tc.name, other)
		}
		seen[key] = tc.name
	}
	for _, h := range []struct {
		name string
		Handler
	}{
		{"another route", Handler{Name: "other"}},
		{"another list", Handler{List: "data.orders"}},
	} {
		if other, ok := seen[keyOf(t, h.Handler, keyTarget, nil)]; ok {
			t.Errorf("%q shares a snapshot with %q", h.name, other)
		}
	}
	if keyOf(t, Handler{Fields: &FieldsConfig{Forward: true}}, keyTarget+"&fields=id", nil) ==
		keyOf(t, Handler{Fields: &FieldsConfig{Forward: true}}, keyTarget+"&fields=name", nil) {
		t.Error("masks that the upstream gets share a snapshot")
	}
}

// Paging in the URL as it was before a rewrite is no reason to keep pages apart.
func TestKeyOfRewrittenPages(t *testing.T) {
	page := func(query string) [32]byte {
		return keyOf(t, Handler{}, keyTarget+"&"+query, func(r *http.Request) {
			before := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request)
			before.URL, _ = url.Parse("/v1" + keyTarget + "&" + query)
			*r = *r.WithContext(withValue(r, caddyhttp.OriginalRequestCtxKey, before))
		})
	}
	if page("limit=5") != page("limit=9&offset=18") {
		t.Error("the pages do not share a snapshot")
	}
}

// TestWarnOfCredentials: whoever lets a credential not count is told at load what that means.
func TestWarnOfCredentials(t *testing.T) {
	b := newBench(t, &Handler{Name: "orders", Snapshot: &SnapshotConfig{IgnoreHeader: []string{"X-Mood", "x-api-key"}}})
	b.warn()
	lines := b.logs.FilterMessageSnippet("ignore_header names a credential").AllUntimed()
	if len(lines) != 1 || lines[0].ContextMap()["header"] != "x-api-key" || lines[0].ContextMap()["route"] != "orders" {
		t.Errorf("got %v, want one warning of x-api-key", lines)
	}
}
