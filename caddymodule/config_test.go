package caddymodule

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// decodeHandler reads a handler's JSON as Caddy does.
func decodeHandler(t *testing.T, text string) *Handler {
	t.Helper()
	h := new(Handler)
	if err := caddy.StrictUnmarshalJSON([]byte(text), h); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return h
}

func TestDefaults(t *testing.T) {
	h := new(Handler)
	h.applyDefaults()
	if err := h.check(); err != nil {
		t.Errorf("the defaults do not pass the check: %v", err)
	}
	got, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"*","default_limit":50,"max_limit":100,"max_offset":10000,"over_max":"clamp","invalid":"reject",` +
		`"unpaginated":{"mode":"page"},"phase":"enforce","style":{"name":"link"},"upstream":{"name":"unbounded"},` +
		`"list":"auto","total":"off","fields":{"parameter":"fields","syntax":"google"},"max_page_size":16777216,` +
		`"early_stop":"on","snapshot":{"mode":"lazy","ttl":300000000000,"max_age":3600000000000,"max_size":1073741824},` +
		`"client":["{http.auth.user.id}","{http.request.header.X-Api-Key}","{http.request.tls.client.subject}",` +
		`"{http.request.header.User-Agent}","{http.request.remote.host}"]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDefaultsDependOnEachOther(t *testing.T) {
	for _, tc := range []struct {
		name, config              string
		limit, maximum, maxOffset int64
		phase                     string
	}{
		{"small default", `{"default_limit":10}`, 10, 100, 10_000, "enforce"},
		{"default over 100", `{"default_limit":500}`, 500, 500, 10_000, "enforce"},
		{"small maximum", `{"max_limit":20}`, 20, 20, 10_000, "enforce"},
		{"large maximum", `{"max_limit":20000}`, 50, 20_000, 10_000, "enforce"},
		{"max_offset off", `{"max_offset":-1,"max_limit":20000}`, 50, 20_000, -1, "enforce"},
		{"phase given", `{"phase":"observe"}`, 50, 100, 10_000, "observe"},
		{"the calendar decides", `{"retire":{"sunset":"2030-01-01"}}`, 50, 100, 10_000, ""},
		{"phase over the calendar", `{"phase":"off","retire":{"sunset":"2030-01-01"}}`, 50, 100, 10_000, "off"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := decodeHandler(t, tc.config)
			h.applyDefaults()
			if err := h.check(); err != nil {
				t.Errorf("checking: %v", err)
			}
			if h.DefaultLimit != tc.limit || h.MaxLimit != tc.maximum || *h.MaxOffset != tc.maxOffset || h.Phase != tc.phase {
				t.Errorf("got  %d %d %d %q\nwant %d %d %d %q", h.DefaultLimit, h.MaxLimit, *h.MaxOffset, h.Phase,
					tc.limit, tc.maximum, tc.maxOffset, tc.phase)
			}
		})
	}
}

// TestDefaultsLeaveTheOriginal holds what the Caddyfile parser needs: filling
// a copy must not write into the blocks that the copy shares.
func TestDefaultsLeaveTheOriginal(t *testing.T) {
	const config = `{"unpaginated":{},"style":{},"upstream":{},"fields":{},"snapshot":{},"retire":{"hold":true}}`
	h := decodeHandler(t, config)
	filled := *h
	filled.applyDefaults()
	if got, err := json.Marshal(h); err != nil || string(got) != config {
		t.Errorf("after filling a copy: got %s (error %v), want %s", got, err, config)
	}
	filled.Client[0] = "changed"
	next := new(Handler)
	next.applyDefaults()
	if next.Client[0] == "changed" {
		t.Error("handlers share their default clients")
	}
}

// everything has every option, in the order of the fields.
const everything = `{"name":"orders","default_limit":25,"max_limit":250,"max_offset":-1,"over_max":"reject",` +
	`"invalid":"default","guard":["size"],"unpaginated":{"mode":"reject_over","over":200},"phase":"announce",` +
	`"style":{"name":"github","list":"orders"},"upstream":{"name":"page","limit":502},"list":"/data/orders",` +
	`"key":["id"],"total":"exact","fields":{"off":true,"parameter":"view","default":"id","always":"id",` +
	`"syntax":"dotted","forward":true},"max_page_size":1024,"early_stop":"always","snapshot":{"mode":"lazy",` +
	`"ttl":1000,"max_age":2000,"max_size":3000,"ignore_header":["X-A"]},"client":["{http.auth.user.id}"],` +
	`"exempt":[{"client":"a","until":"2030-01-01","reason":"slow","max":1000}],"retire":{"deprecated":"2029-01-01",` +
	`"rollout":[{"from":"2029-06-01","percent":10}],"brownout":[{"at":"2029-07-01T12:00:00Z","for":3600000000000}],` +
	`"sunset":"2030-01-01","docs":"https://example.com/docs","policy":"https://example.com/policy","hold":true,` +
	`"links":"off"},"exact_paths":["/orders"]}`

func TestJSONRoundTrip(t *testing.T) {
	h := decodeHandler(t, everything)
	got, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != everything {
		t.Errorf("got  %s\nwant %s", got, everything)
	}
	// An option that was added and forgotten above would make this test blind.
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Handler]()) {
		if field.IsExported() && reflect.ValueOf(h).Elem().FieldByIndex(field.Index).IsZero() {
			t.Errorf("the round trip does not cover %s", field.Name)
		}
	}
}

func TestJSONUnknownKeys(t *testing.T) {
	for _, config := range []string{
		`{"limits":50}`,
		`{"unpaginated":{"n":5}}`,
		`{"style":{"limits":"per"}}`,
		`{"upstream":{"size":"per"}}`,
		`{"fields":{"deny":"id"}}`,
		`{"snapshot":{"store":"file"}}`,
		`{"exempt":[{"name":"a"}]}`,
		`{"retire":{"paused":true}}`,
		`{"retire":{"rollout":[{"date":"2030-01-01"}]}}`,
	} {
		if err := caddy.StrictUnmarshalJSON([]byte(config), new(Handler)); err == nil || !strings.Contains(err.Error(), "unknown field") {
			t.Errorf("%s: got error %v, want one of an unknown field", config, err)
		}
	}
}

// TestCheckJSON has the rules that only JSON can break, and how errors name
// options there; TestAdaptErrors has all the others.
func TestCheckJSON(t *testing.T) {
	for _, tc := range []struct{ name, config, want string }{
		{"default over max", `{"default_limit":200,"max_limit":100}`, "default_limit: the default limit 200 is over the maximum 100"},
		{"negative default", `{"default_limit":-1}`, "default_limit: the default limit must be at least 1, not -1"},
		{"negative maximum", `{"max_limit":-1,"default_limit":5}`, "max_limit: the maximum must be at least 1, not -1"},
		{"max_offset below -1", `{"max_offset":-2}`, "max_offset: the deepest offset must be a number of items or -1 (off), not -2"},
		{"negative page size", `{"max_page_size":-1}`, "max_page_size: the size of a page must be positive, not -1"},
		{"long name", `{"name":"` + strings.Repeat("n", 201) + `"}`, "name: "},
		{"over without mode", `{"unpaginated":{"over":5}}`, "unpaginated.over: only reject_over takes a number of items, page does not"},
		{"negative over", `{"unpaginated":{"mode":"reject_over","over":-5}}`, "unpaginated.over: reject_over needs a number of items, at least 1"},
		{"negative upstream limit", `{"upstream":{"name":"page","limit":-1}}`, "upstream.limit: the upstream's limit must be at least 1, not -1"},
		{"limit of the unbounded", `{"upstream":{"limit":500}}`, "upstream.limit: an unbounded upstream has no limit"},
		{"empty guard", `{"guard":["a",""]}`, `guard[1]: "" is no name of a query parameter`},
		{"empty key", `{"key":["id",""]}`, `key[1]: "" names no member of an item`},
		{"fields off and more", `{"fields":{"off":true,"forward":true}}`, "fields.off: nothing else can be set for fields that are off"},
		{"negative ttl", `{"snapshot":{"ttl":-1}}`, "snapshot.ttl: must be positive, not -1ns"},
		{"negative max_age", `{"snapshot":{"max_age":-1}}`, "snapshot.max_age: must be positive, not -1ns"},
		{"negative max_size", `{"snapshot":{"max_size":-1}}`, "snapshot.max_size: must be positive, not -1"},
		{"exempt without client", `{"exempt":[{"until":"2030-01-01"}]}`, "exempt[0].client: an exemption needs a client"},
		{"exempt second until", `{"exempt":[{"client":"a","until":"2030-01-01"},{"client":"b"}]}`, `exempt[1]: an exemption needs until, the date of its end`},
		{"negative exempt max", `{"exempt":[{"client":"a","until":"2030-01-01","max":-1}]}`, `exempt[0].max: the maximum of an exempt client must be from 1 to 1000000000, not -1`},
		{"brownout without length", `{"retire":{"hold":true,"brownout":[{"at":"2030-01-01T00:00:00Z"}]}}`, "retire.brownout[0]: a duration must be positive, not 0s"},
		{"rollout without date", `{"retire":{"hold":true,"rollout":[{"percent":5}]}}`, "retire.rollout[0]: parsing date:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := decodeHandler(t, tc.config)
			h.applyDefaults()
			err := h.check()
			var about *optionError
			if !errors.As(err, &about) || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestKnownStyles(t *testing.T) {
	for _, name := range style.Names() {
		for _, config := range []string{`{"style":{"name":"` + name + `"}}`, `{"upstream":{"name":"` + name + `"}}`} {
			h := decodeHandler(t, config)
			h.applyDefaults()
			err := h.check()
			s, _ := style.Lookup(name)
			switch {
			case strings.Contains(config, "upstream") && s.Position == style.ByKey:
				if err == nil || !strings.Contains(err.Error(), "as in key id") {
					t.Errorf("%s: got error %v, want that a key is missing", config, err)
				}
			case strings.Contains(config, "upstream") && !s.Numbered() && s.Position != style.ByCursor:
				if err == nil || !strings.Contains(err.Error(), "takes no position as one parameter") {
					t.Errorf("%s: got error %v, want that it takes no position", config, err)
				}
			case err != nil:
				t.Errorf("%s: got error %v, want none", config, err)
			}
		}
	}
}

// TestPastDatesLoad holds that a restart does not fail because a day went by.
func TestPastDatesLoad(t *testing.T) {
	h := decodeHandler(t, `{"retire":{"deprecated":"2001-01-01","sunset":"2002-01-01"}}`)
	h.applyDefaults()
	if err := h.check(); err != nil {
		t.Errorf("got error %v, want none", err)
	}
}
