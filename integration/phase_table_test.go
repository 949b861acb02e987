package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A phaseCell is what one request gets in one phase.
type phaseCell struct {
	phase  string
	from   int    // the items of the answer: from,
	to     int    // up to, but not including, to
	code   string // of the problem, if it is refused instead
	next   int    // the limit in the next link, 0 if there is none
	told   bool   // Deprecation and Sunset
	query  string // as the upstream saw it
	action string // in the adoption log
	limit  int    // the limit in force, -1 if none
	lossy  bool   // affected
}

// phaseItems is the JSON text of the items [from, to) of the list.
func phaseItems(from, to int) string {
	items := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		items = append(items, fmt.Sprintf(`{"id":%d , "n":1.0}`, i))
	}
	return "[" + strings.Join(items, ",") + "]"
}

// phaseList answers with eight items; a native one heeds limit and offset.
func phaseList(native bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, to := 0, 8
		if native {
			if n, err := strconv.Atoi(r.URL.Query().Get("offset")); err == nil {
				from = min(n, to)
			}
			if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && n > 0 {
				to = min(from+n, to)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Upstream", "stays")
		_, _ = io.WriteString(w, phaseItems(from, to))
	})
}

const (
	phaseRetire = `retire {
			deprecated 2024-01-01
			sunset 2124-07-01
			docs https://docs.example/paging
			policy https://docs.example/policy
		}`
	phaseDeprecation = "@1704067200"
	phaseSunset      = "Sat, 01 Jul 2124 00:00:00 GMT"
	phaseDocs        = `<https://docs.example/paging>; rel="deprecation", <https://docs.example/policy>; rel="sunset"`
)

// TestPhaseTable walks the table of decisions: each phase with each verdict, in
// front of an upstream that knows no pagination and of one that does.
func TestPhaseTable(t *testing.T) {
	for _, tc := range []struct {
		name, reason, ask string
		native            bool
		cells             []phaseCell
	}{
		{"compliant", "ok", "limit=2&offset=1", false, []phaseCell{
			{phase: "observe", to: 8, query: "a=b%2c&limit=2&offset=1", action: "untouched", limit: -1},
			{phase: "announce", from: 1, to: 3, next: 2, query: "a=b%2c", action: "page", limit: 2},
			{phase: "enforce", from: 1, to: 3, next: 2, query: "a=b%2c", action: "page", limit: 2},
		}},
		{"missing", "missing", "", false, []phaseCell{
			{phase: "observe", to: 8, query: "a=b%2c", action: "untouched", limit: -1, lossy: true},
			{phase: "announce", to: 8, told: true, query: "a=b%2c", action: "whole", limit: -1, lossy: true},
			{phase: "enforce", to: 3, next: 3, query: "a=b%2c", action: "page", limit: 3, lossy: true},
		}},
		{"unlimited", "unlimited", "limit=0", false, []phaseCell{
			{phase: "observe", to: 8, query: "a=b%2c&limit=0", action: "untouched", limit: -1, lossy: true},
			{phase: "announce", to: 8, told: true, query: "a=b%2c&limit=0", action: "whole", limit: -1, lossy: true},
			{phase: "enforce", to: 3, next: 3, query: "a=b%2c", action: "page", limit: 3, lossy: true},
		}},
		{"over the maximum", "over_max", "limit=6", false, []phaseCell{
			{phase: "observe", to: 8, query: "a=b%2c&limit=6", action: "untouched", limit: -1, lossy: true},
			{phase: "announce", to: 6, next: 6, told: true, query: "a=b%2c", action: "page", limit: 6, lossy: true},
			{phase: "enforce", to: 5, next: 5, query: "a=b%2c", action: "page", limit: 5, lossy: true},
		}},
		{"over the maximum and the list", "over_max", "limit=1000000", false, []phaseCell{
			{phase: "announce", to: 8, told: true, query: "a=b%2c", action: "page", limit: 1_000_000, lossy: true},
		}},
		{"over the maximum, but not the rest of the list", "over_max", "limit=6&offset=3", false, []phaseCell{
			{phase: "announce", from: 3, to: 8, query: "a=b%2c", action: "page", limit: 6},
			{phase: "enforce", from: 3, to: 8, query: "a=b%2c", action: "page", limit: 5},
		}},
		{"too deep", "over_max_offset", "limit=2&offset=19", false, []phaseCell{
			{phase: "observe", to: 8, query: "a=b%2c&limit=2&offset=19", action: "untouched", limit: -1, lossy: true},
			{phase: "announce", told: true, query: "a=b%2c", action: "page", limit: 2, lossy: true},
			{phase: "enforce", code: "offset_too_deep", action: "reject", limit: -1, lossy: true},
		}},
		{"invalid", "invalid", "limit=abc", false, []phaseCell{
			{phase: "observe", to: 8, query: "a=b%2c&limit=abc", action: "untouched", limit: -1, lossy: true},
			{phase: "announce", to: 8, told: true, query: "a=b%2c&limit=abc", action: "whole", limit: -1, lossy: true},
			{phase: "enforce", code: "limit_invalid", action: "reject", limit: -1, lossy: true},
		}},
		{"a mask that cannot be read", "invalid", "limit=2&fields=a(", false, []phaseCell{
			{phase: "observe", to: 8, query: "a=b%2c&limit=2&fields=a(", action: "untouched", limit: -1, lossy: true},
			{phase: "enforce", code: "fields_invalid", action: "reject", limit: -1, lossy: true},
		}},

		{"native, compliant", "ok", "limit=2&offset=1", true, []phaseCell{
			{phase: "observe", from: 1, to: 3, query: "a=b%2c&limit=2&offset=1", action: "untouched", limit: -1},
			{phase: "announce", from: 1, to: 3, next: 2, query: "limit=3&offset=1&a=b%2c", action: "page", limit: 2},
			{phase: "enforce", from: 1, to: 3, next: 2, query: "limit=3&offset=1&a=b%2c", action: "page", limit: 2},
		}},
		{"native, missing", "missing", "", true, []phaseCell{
			{phase: "announce", to: 8, told: true, query: "a=b%2c", action: "whole", limit: -1, lossy: true},
			{phase: "enforce", to: 3, next: 3, query: "limit=4&a=b%2c", action: "page", limit: 3, lossy: true},
		}},
		{"native, missing with an offset", "missing", "offset=6", true, []phaseCell{
			{phase: "announce", from: 6, to: 8, query: "a=b%2c&offset=6", action: "whole", limit: -1},
			{phase: "enforce", from: 6, to: 8, query: "limit=4&offset=6&a=b%2c", action: "page", limit: 3},
		}},
		{"native, unlimited", "unlimited", "limit=-1", true, []phaseCell{
			{phase: "announce", to: 8, told: true, query: "a=b%2c&limit=-1", action: "whole", limit: -1, lossy: true},
			{phase: "enforce", to: 3, next: 3, query: "limit=4&a=b%2c", action: "page", limit: 3, lossy: true},
		}},
		{"native, over the maximum", "over_max", "limit=6", true, []phaseCell{
			{phase: "announce", to: 6, told: true, query: "a=b%2c&limit=6", action: "whole", limit: -1, lossy: true},
			{phase: "enforce", to: 5, next: 5, query: "limit=6&a=b%2c", action: "page", limit: 5, lossy: true},
		}},
		{"native, too deep", "over_max_offset", "limit=2&offset=19", true, []phaseCell{
			{phase: "announce", told: true, from: 8, to: 8, query: "a=b%2c&limit=2&offset=19", action: "whole", limit: -1, lossy: true},
			{phase: "enforce", code: "offset_too_deep", action: "reject", limit: -1, lossy: true},
		}},
		{"native, invalid", "invalid", "limit=abc", true, []phaseCell{
			{phase: "announce", to: 8, told: true, query: "a=b%2c&limit=abc", action: "whole", limit: -1, lossy: true},
			{phase: "enforce", code: "limit_invalid", action: "reject", limit: -1, lossy: true},
		}},
	} {
		for _, cell := range tc.cells {
			t.Run(tc.name+" in "+cell.phase, func(t *testing.T) {
				up := newUpstream(t, phaseList(tc.native))
				option := ""
				if tc.native {
					option = "upstream link {\nlimit 100\n}"
				}
				c := harness.Start(t, "paginate /orders 3 5 {\nname orders\nmax_offset 20\nphase "+cell.phase+"\n"+option+"\n"+phaseRetire+"\n}\n"+up.proxy())
				path := "/orders?" + strings.Trim("a=b%2c&"+tc.ask, "&")
				status, header, body := phaseGet(t, c.URL+path, nil)
				cell.check(t, c.URL, status, header, body)
				if cell.code != "" {
					if asked := up.take(); len(asked) > 0 {
						t.Errorf("a request that is refused reached the upstream: %v", asked)
					}
				} else if got := up.takeOne(t).query; got != cell.query {
					t.Errorf("the upstream was asked %q, want %q", got, cell.query)
				}
				cell.checkRecord(t, tc.reason, c.Adoption(t, 1)[0])
			})
		}
	}
}

// phaseGet is a GET request with header fields, in pairs.
func phaseGet(t testing.TB, url string, header http.Header) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the body: %v", err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

// check holds the answer against the cell, byte for byte.
func (c *phaseCell) check(t *testing.T, base string, status int, h http.Header, body string) {
	t.Helper()
	if c.code != "" {
		var problem struct{ Code, Docs string }
		err := json.Unmarshal([]byte(body), &problem)
		if err != nil || status != 400 || problem.Code != c.code || problem.Docs != "https://docs.example/paging" ||
			h.Get("Content-Type") != "application/problem+json" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("got %d %q with %v, want 400 %s", status, body, h, c.code)
		}
		return
	}
	if want := phaseItems(c.from, c.to); body != want || status != http.StatusOK {
		t.Errorf("got %d %s, want %s", status, body, want)
	}
	if h.Get("X-Upstream") != "stays" {
		t.Errorf("the upstream's fields are gone: %v", h)
	}
	var links []string
	if c.next > 0 {
		links = append(links, fmt.Sprintf("<%s/orders?a=b%%2c&limit=%d&cursor=", base, c.next))
	}
	if c.told {
		links = append(links, phaseDocs)
	}
	if got := h["Link"]; len(got) != len(links) {
		t.Errorf("got Link %q, want the beginnings %q", got, links)
	} else {
		for i, line := range links {
			if !strings.HasPrefix(got[i], line) || strings.HasPrefix(line, "<http://") && !strings.Contains(got[i], `>; rel="next"`) {
				t.Errorf("got Link line %q, want the beginning %q", got[i], line)
			}
		}
	}
	deprecation, sunset := "", ""
	if c.told {
		deprecation, sunset = phaseDeprecation, phaseSunset
	}
	if got := strings.Join(h["Deprecation"], "|"); got != deprecation {
		t.Errorf("got Deprecation %q, want %q", got, deprecation)
	}
	if got := strings.Join(h["Sunset"], "|"); got != sunset {
		t.Errorf("got Sunset %q, want %q", got, sunset)
	}
}

func (c *phaseCell) checkRecord(t *testing.T, reason string, line harness.Line) {
	t.Helper()
	want := map[string]any{
		"paginate.phase": c.phase, "paginate.reason": reason, "paginate.compliant": reason == "ok",
		"paginate.action": c.action, "paginate.affected": c.lossy, "paginate.has_more": c.next > 0,
		"http.response.status_code": 200.0, "paginate.items": float64(c.to - c.from),
		"http.response.body.size": float64(len(phaseItems(c.from, c.to))), "paginate.limit": float64(c.limit),
	}
	if c.code != "" {
		want["http.response.status_code"] = 400.0
		delete(want, "paginate.items")
		delete(want, "http.response.body.size")
	}
	if c.limit < 0 {
		delete(want, "paginate.limit")
		if got, ok := line["paginate.limit"]; ok {
			t.Errorf("record: got a limit of %v, want none", got)
		}
	}
	for field, value := range want {
		if line[field] != value {
			t.Errorf("record: got %s %v, want %v", field, line[field], value)
		}
	}
}
