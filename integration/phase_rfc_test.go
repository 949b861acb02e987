package integration

import (
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// webLink is one link-value of RFC 8288, section 3, in the profile that all
// clients read: a target, and rel first and quoted.
var webLink = regexp.MustCompile(`^<(https?://[^<>" ,;]+)>; rel="([a-z]+)"$`)

// TestSignalsByTheLetter reads the signals of an affected answer with parsers of
// their own standards, over the wire.
func TestSignalsByTheLetter(t *testing.T) {
	setTime(t, "2030-03-01")
	up := newUpstream(t, phaseAnswer(8, nil))
	c := harness.Start(t, calendarRoute(up, "", "policy https://docs.example/policy"))
	_, h, _ := phaseGet(t, c.URL+"/orders?limit=6", http.Header{"X-Team": {"a"}})

	lines := h["Deprecation"]
	item, err := httpsfv.UnmarshalItem(lines)
	if err != nil || len(lines) != 1 {
		t.Fatalf("Deprecation %q is no structured item on one line (RFC 9745): %v", lines, err)
	}
	deprecated := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	if at, ok := item.Value.(time.Time); !ok || !at.Equal(deprecated) || len(item.Params.Names()) > 0 {
		t.Errorf("Deprecation %q: got %v with parameters %v, want the date %s", lines, item.Value, item.Params.Names(), deprecated)
	}

	lines = h["Sunset"]
	sunset := time.Date(2030, 7, 1, 0, 0, 0, 0, time.UTC)
	if len(lines) != 1 {
		t.Fatalf("got Sunset %q, want one line", lines)
	}
	// Of the three forms that ParseTime reads, senders may use the first only.
	if at, err := http.ParseTime(lines[0]); err != nil || !at.Equal(sunset) || at.UTC().Format(http.TimeFormat) != lines[0] {
		t.Errorf("Sunset %q: got %s, %v, want an IMF-fixdate of %s (RFC 8594)", lines[0], at, err, sunset)
	}

	var rels []string
	for _, line := range h["Link"] {
		for _, link := range regexp.MustCompile(`, *`).Split(line, -1) { // URLs have no comma in them
			parts := webLink.FindStringSubmatch(link)
			if parts == nil {
				t.Fatalf("Link %q is no link as all clients read it", link)
			}
			rels = append(rels, parts[2])
		}
		rels = append(rels, "|")
	}
	if want := []string{"next", "|", "deprecation", "sunset", "|"}; !slices.Equal(rels, want) {
		t.Errorf("got the links %q, want %q", rels, want)
	}
}
