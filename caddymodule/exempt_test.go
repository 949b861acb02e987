package caddymodule

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap/zapcore"
)

// byKey is a request with an API key.
func byKey(key, target string) *http.Request {
	r := get(target)
	r.Header.Set("X-Api-Key", key)
	return r
}

// TestExempt: who is exempt, by what the configuration says.
func TestExempt(t *testing.T) {
	const key = "k-1234567890"
	hash := keyed(key, []byte(testSecret))
	for _, tc := range []struct {
		name, client string
		r            func() *http.Request
		want         bool
	}{
		{"a user", "ann", func() *http.Request { return byUser("ann", "/orders") }, true},
		{"another user", "ann", func() *http.Request { return byUser("bob", "/orders") }, false},
		{"a key as it is logged", hash, func() *http.Request { return byKey(key, "/orders") }, true},
		{"a key as it is sent", key, func() *http.Request { return byKey(key, "/orders") }, true},
		{"another key", key, func() *http.Request { return byKey(key+"x", "/orders") }, false},
		{"a key that looks like a hash", hash, func() *http.Request { return byKey(hash, "/orders") }, true},
		{"nobody", "ann", func() *http.Request { return get("/orders") }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := retiring(t, "2030-09-01", func(h *Handler) { h.Exempt = []ExemptConfig{{Client: tc.client, Until: "2030-10-01"}} })
			rec := b.ask(t, tc.r(), upstreamOf(numbers(8)))
			wantPhase, wantItems := "enforce", 3
			if tc.want {
				wantPhase, wantItems = "announce", 8
			}
			record := b.lastRecord(t, 1)
			if got := strings.Count(rec.Body.String(), `"id"`); got != wantItems || record["paginate.phase"] != wantPhase || told(rec.Header()) != tc.want {
				t.Errorf("got %d items in %v with %v, want %d in %s", got, record["paginate.phase"], rec.Header(), wantItems, wantPhase)
			}
			wantUntil := any(nil)
			if tc.want {
				wantUntil = "2030-10-01T00:00:00Z"
			}
			if record["paginate.exempt_until"] != wantUntil {
				t.Errorf("the record: got exempt_until %v, want %v", record["paginate.exempt_until"], wantUntil)
			}
		})
	}
}

// TestExemptEnds: from its date on an exempt client is like all others, and the
// record still says that it was exempt.
func TestExemptEnds(t *testing.T) {
	b := retiring(t, "2030-10-01", func(h *Handler) { h.Exempt = []ExemptConfig{{Client: "ann", Until: "2030-10-01"}} })
	b.ask(t, byUser("ann", "/orders"), upstreamOf(numbers(8)))
	if rec := b.lastRecord(t, 1); rec["paginate.phase"] != "enforce" || rec["paginate.exempt_until"] != "2030-10-01T00:00:00Z" {
		t.Errorf("got %v", rec)
	}
}

// TestExemptWithoutCalendar: limits that are enforced at once spare who is exempt.
func TestExemptWithoutCalendar(t *testing.T) {
	b := retiring(t, "2030-03-01", func(h *Handler) {
		h.Retire, h.Exempt = nil, []ExemptConfig{{Client: "ann", Until: "2030-10-01"}}
	})
	for user, want := range map[string]int{"ann": 8, "bob": 3} {
		rec := b.ask(t, byUser(user, "/orders"), upstreamOf(numbers(8)))
		if got := strings.Count(rec.Body.String(), `"id"`); got != want {
			t.Errorf("%s: got %d items, want %d", user, got, want)
		}
	}
}

// TestExemptWithoutSecret: a key that cannot be looked up spares nobody.
func TestExemptWithoutSecret(t *testing.T) {
	e, err := newExemptions([]ExemptConfig{{Client: "k", Until: "2030-10-01"}}, newClientSources([]string{"{http.request.header.X-Api-Key}"}))
	if err != nil {
		t.Fatal(err)
	}
	who := identity{value: keyed("k", []byte(testSecret)), source: "{http.request.header.X-Api-Key}"}
	if got := e.find(who, true, func() ([]byte, error) { return nil, errors.New("out of reach") }); got != nil {
		t.Errorf("without a secret: got %v", got)
	}
	if got := e.find(who, true, func() ([]byte, error) { return []byte(testSecret), nil }); got == nil {
		t.Error("with the secret again: got none")
	}
	if got := e.find(identity{value: "k"}, false, nil); got == nil {
		t.Error("by name: got none")
	}
}

// TestExemptMax: a client that is exempt up to 6 items never gets more, and loses
// nothing else.
func TestExemptMax(t *testing.T) {
	for _, tc := range []struct {
		name, ask string
		items     int // of the upstream's list
		overMax   string
		want      int // items, 0 for a refusal
		next      string
		told      bool
	}{
		{"no limit, a list that fits", "", 6, "", 6, "", true},
		{"no limit, a longer list", "", 8, "", 6, "limit=6&", true},
		{"no limit, a short list", "", 2, "", 2, "", false},
		{"a compliant page", "?limit=4", 8, "", 4, "limit=4&", false},
		{"as much as was granted", "?limit=6", 8, "", 6, "limit=6&", true},
		{"more, clamped", "?limit=7", 8, "", 6, "limit=6&", true},
		{"more, rejected", "?limit=7", 8, "reject", 0, "", false},
		{"as much as was granted, others are rejected", "?limit=6", 8, "reject", 6, "limit=6&", true},
		{"everything", "?limit=all", 8, "", 6, "limit=6&", true},
		{"what cannot be read", "?limit=x", 8, "", 6, "limit=6&", true},
		{"a mask that cannot be read", "?fields=a(", 8, "", 6, "limit=6&", true},
		{"deeper than others", "?limit=6&offset=9", 20, "", 6, "limit=6&", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := retiring(t, "2030-09-01", func(h *Handler) {
				h.OverMax, h.MaxOffset = tc.overMax, new(int64(10))
				h.Exempt = []ExemptConfig{{Client: "ann", Until: "2030-10-01", Max: 6}}
			})
			rec := b.ask(t, byUser("ann", "/orders"+tc.ask), upstreamOf(numbers(tc.items)))
			record := b.lastRecord(t, 1)
			if record["paginate.phase"] != "announce" {
				t.Errorf("got phase %v", record["paginate.phase"])
			}
			if tc.want == 0 {
				if rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), `"max":6`) {
					t.Errorf("got %d %s, want a refusal that names the maximum", rec.Code, rec.Body)
				}
				return
			}
			if got := strings.Count(rec.Body.String(), `"id"`); got != tc.want || rec.Code != http.StatusOK {
				t.Errorf("got %d with %d items, want %d: %s", rec.Code, got, tc.want, rec.Body)
			}
			links := strings.Join(rec.Header()["Link"], "\n")
			if hasNext := strings.Contains(links, `rel="next"`); hasNext != (tc.next != "") || !strings.Contains(links, tc.next) {
				t.Errorf("got Link %s, want next with %q", links, tc.next)
			}
			if told(rec.Header()) != tc.told {
				t.Errorf("told of the sunset: got %v, want %v", !tc.told, tc.told)
			}
		})
	}
}

// TestWarnClients: what an operator is told at load.
func TestWarnClients(t *testing.T) {
	const safe, agent, host = "{http.auth.user.id}", "{http.request.header.User-Agent}", "{http.request.remote.host}"
	for _, tc := range []struct {
		name   string
		change func(*Handler)
		want   []string // parts of the warnings
	}{
		{"safe", func(h *Handler) { h.Client = []string{safe} }, nil},
		{"a rollout by program", func(h *Handler) { h.Client = []string{safe, agent} }, []string{"told apart by a program"}},
		{"by address", func(h *Handler) { h.Client = []string{host} }, []string{"told apart by a program"}},
		{"by the default chain", func(h *Handler) { h.Client = nil }, []string{"told apart by a program"}},
		{"no rollout", func(h *Handler) { h.Client, h.Retire.Rollout = nil, nil }, nil},
		{"a rollout that rests", func(h *Handler) { h.Client, h.Phase = nil, "announce" }, nil},
		{"an exemption by program", func(h *Handler) {
			h.Client, h.Retire.Rollout = nil, nil
			h.Exempt = []ExemptConfig{{Client: "curl/8", Until: "2031-01-01"}}
		}, []string{"told apart by a program"}},
		{"an exemption that is past", func(h *Handler) {
			h.Exempt = []ExemptConfig{{Client: "ann", Until: "2030-01-01"}, {Client: "bob", Until: "2031-01-01"}}
		}, []string{"an exemption has ended"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := retiring(t, "2030-03-01", tc.change)
			b.warn()
			warnings := b.logs.FilterLevelExact(zapcore.WarnLevel).All()
			if len(warnings) != len(tc.want) {
				t.Fatalf("got %v, want %q", warnings, tc.want)
			}
			for i, w := range warnings {
				if !strings.Contains(w.Message, tc.want[i]) {
					t.Errorf("got %q, want %q in it", w.Message, tc.want[i])
				}
			}
		})
	}
}
