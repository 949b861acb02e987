package adoption

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func encoded(field zap.Field) map[string]any {
	enc := zapcore.NewMapObjectEncoder()
	field.AddTo(enc)
	return enc.Fields
}

// TestUnknownIsLeftOut: a number that is not known is no field; zero is known.
func TestUnknownIsLeftOut(t *testing.T) {
	optional := []string{
		"http.response.body.size", "paginate.limit_asked", "paginate.limit", "paginate.items", "paginate.items_seen", "paginate.sunset",
	}
	unknown := encoded((&Record{BodySize: -1, LimitAsked: -1, Limit: -1, Items: -1, ItemsSeen: -1}).Field())
	known := encoded((&Record{Sunset: time.Date(2030, 7, 1, 0, 0, 0, 0, time.FixedZone("", 7200))}).Field())
	for _, name := range optional {
		if value, ok := unknown[name]; ok {
			t.Errorf("%s: got %v, want it left out", name, value)
		}
		if _, ok := known[name]; !ok {
			t.Errorf("%s is left out", name)
		}
	}
	if got, want := known["paginate.sunset"], "2030-06-30T22:00:00Z"; got != want {
		t.Errorf("got sunset %v, want %v", got, want)
	}
}

// TestAccessFields are those of the record that Caddy's access log does not have,
// with the same values.
func TestAccessFields(t *testing.T) {
	record := Record{Route: "orders", Path: "/orders", UserAgent: "curl", Client: "ann", Reason: "ok", Upstream: 1500 * time.Microsecond, Count: 1}
	all, access := encoded(record.Field()), encoded(record.AccessField())
	for name, value := range all {
		got, ok := access[name]
		if own := strings.HasPrefix(name, "paginate.") || name == "http.route"; own != ok || own && got != value {
			t.Errorf("%s: got %v, want %v", name, got, value)
		}
	}
	if len(access) < 10 || all["paginate.upstream_ms"] != 1.5 {
		t.Errorf("got %v", all)
	}
}

func TestBounded(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"short", "curl/8", "curl/8"},
		{"just fits", strings.Repeat("a", 256), strings.Repeat("a", 256)},
		{"one too long", strings.Repeat("a", 257), strings.Repeat("a", 256)},
		{"cut between characters", strings.Repeat("é", 200) + "x", strings.Repeat("é", 128)},
		{"cut before a character", "x" + strings.Repeat("é", 200), "x" + strings.Repeat("é", 127)},
		{"no UTF-8", "a\xff\xfeb", "a?b"},
		{"no UTF-8 at all", strings.Repeat("\x80", 300), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := bounded(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
