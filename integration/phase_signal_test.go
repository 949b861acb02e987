package integration

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// phaseAnswer is an upstream with n items and header fields of its own.
func phaseAnswer(n int, header http.Header) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		maps.Copy(w.Header(), header)
		_, _ = io.WriteString(w, phaseItems(0, n))
	})
}

// TestPhaseAffected: from how many items on a list is one whose client is told.
// The route's default is 3 and its maximum 5.
func TestPhaseAffected(t *testing.T) {
	for _, tc := range []struct {
		name, options, ask string
		items              int
		want               bool
	}{
		{"no item", "", "", 0, false},
		{"just a default page", "", "", 3, false},
		{"one item more", "", "", 4, true},
		{"unlimited, just a default page", "", "limit=all", 3, false},
		{"unlimited, one item more", "", "limit=all", 4, true},
		{"over the maximum, just the maximum", "", "limit=9", 5, false},
		{"over the maximum, one item more", "", "limit=9", 6, true},
		{"over the maximum, rejected later", "over_max reject", "limit=9", 1, true},
		{"over the maximum, so that the page begins elsewhere", "style page", "per_page=9&page=2", 6, true},
		{"over the maximum, and there is no such page", "style page", "per_page=9&page=2", 5, false},
		{"rejected later", "unpaginated reject", "", 1, true},
		{"served whole later", "unpaginated reject_over 5", "", 5, false},
		{"rejected for one item more later", "unpaginated reject_over 5", "", 6, true},
		{"invalid", "", "limit=x", 1, true},
		{"invalid is default, just a page", "invalid default", "limit=x", 3, false},
		{"invalid is default, one item more", "invalid default", "limit=x", 4, true},
		{"compliant by limit", "", "limit=1", 9, false},
		{"compliant at the maximum", "", "limit=5", 9, false},
		{"compliant by position", "", "offset=2&limit=3", 9, false},
		{"an offset alone loses the beginning", "", "offset=2", 3, true},
		{"an offset alone loses nothing of an empty list", "", "offset=2", 0, false},
		{"an offset alone, rejected later", "unpaginated reject", "offset=2", 0, true},
		{"invalid is default, and an offset loses the beginning", "invalid default", "limit=x&offset=2", 3, true},
		{"a mask that will be refused", "", "limit=2&fields=a(", 1, true},
		{"a mask", "", "fields=id", 3, false},
		{"a mask, one item more", "", "fields=id", 4, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newUpstream(t, phaseAnswer(tc.items, nil))
			c := harness.Start(t, "paginate /orders 3 5 {\nphase announce\n"+tc.options+"\n"+phaseRetire+"\n}\n"+up.proxy())
			status, h, body := phaseGet(t, c.URL+"/orders?"+tc.ask, nil)
			if status != http.StatusOK {
				t.Errorf("got %d %s: nobody is refused in announce", status, body)
			}
			told := []string{h.Get("Deprecation"), h.Get("Sunset")}
			want := []string{"", ""}
			if tc.want {
				want = []string{phaseDeprecation, phaseSunset}
			}
			if !slices.Equal(told, want) || strings.Contains(strings.Join(h["Link"], ""), `rel="sunset"`) != tc.want {
				t.Errorf("got %q and Link %q, want %q", told, h["Link"], want)
			}
			if got := c.Adoption(t, 1)[0]["paginate.affected"]; got != tc.want {
				t.Errorf("the record's affected: got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestPhaseCalendar: which phase dates make, and what of them is told.
func TestPhaseCalendar(t *testing.T) {
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	value := func(date string) (deprecation, sunset string) {
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("@%d", at.Unix()), at.Format(http.TimeFormat)
	}
	past, before := day(-40), day(-10)
	soon, later := day(10), day(40)
	pastDeprecation, _ := value(past)
	soonDeprecation, _ := value(soon)
	_, laterSunset := value(later)
	_, beforeSunset := value(before)
	for _, tc := range []struct {
		name, retire, phase string // the phase that the record tells
		deprecation, sunset string
		items               int
	}{
		{"deprecated to come", "deprecated " + soon + "\nsunset " + later, "observe", "", "", 8},
		{"between the dates", "deprecated " + past + "\nsunset " + later, "announce", pastDeprecation, laterSunset, 8},
		{"sunset reached", "deprecated " + past + "\nsunset " + before, "enforce", "", "", 3},
		{"sunset reached, on hold", "deprecated " + past + "\nsunset " + before + "\nhold", "announce", pastDeprecation, beforeSunset, 8},
		{"on hold before it is deprecated", "deprecated " + soon + "\nhold", "observe", "", "", 8},
		{"no sunset", "deprecated " + past, "announce", pastDeprecation, "", 8},
		{"no deprecated", "sunset " + later, "announce", "", laterSunset, 8},
		{"hold alone", "hold", "announce", "", "", 8},
		{"phase goes before the dates: announce", "deprecated " + soon + "\nsunset " + later + "\n}\nphase announce\nfields {", "announce", soonDeprecation, laterSunset, 8},
		{"phase goes before the dates: observe", "deprecated " + past + "\nsunset " + before + "\n}\nphase observe\nfields {", "observe", "", "", 8},
		{"phase goes before the dates: enforce", "deprecated " + soon + "\nsunset " + later + "\n}\nphase enforce\nfields {", "enforce", "", "", 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newUpstream(t, phaseAnswer(8, nil))
			c := harness.Start(t, "paginate /orders* 3 5 {\nretire {\n"+tc.retire+"\n}\n}\n"+up.proxy())
			_, h, body := phaseGet(t, c.URL+"/orders", nil)
			if body != phaseItems(0, tc.items) {
				t.Errorf("got %s, want %d items", body, tc.items)
			}
			if h.Get("Deprecation") != tc.deprecation || h.Get("Sunset") != tc.sunset {
				t.Errorf("got Deprecation %q Sunset %q, want %q %q", h.Get("Deprecation"), h.Get("Sunset"), tc.deprecation, tc.sunset)
			}
			if got := c.Adoption(t, 1)[0].Text("paginate.phase"); got != tc.phase {
				t.Errorf("got phase %q, want %q", got, tc.phase)
			}
		})
	}
}

// TestPhaseOff: the route does not even look.
func TestPhaseOff(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	c := harness.Start(t, "paginate /orders 3 5 {\nphase off\n"+phaseRetire+"\n}\n"+up.proxy())
	_, h, body := phaseGet(t, c.URL+"/orders?limit=2&limit=3", http.Header{"Range": {"bytes=0-1"}})
	if body != phaseItems(0, 8) || h.Get("Deprecation") != "" || h.Get("Link") != "" {
		t.Errorf("got %s with %v", body, h)
	}
	if asked := up.takeOne(t); asked.query != "limit=2&limit=3" || asked.header.Get("Range") == "" {
		t.Errorf("the upstream saw %v", asked)
	}
	c.Access(t, 1)
	if lines := c.Log(t, "http.handlers.paginate.adoption"); len(lines) > 0 {
		t.Errorf("got records %v", lines)
	}
}

// TestPhaseLinks: the order of Link lines, and what an upstream says of itself.
func TestPhaseLinks(t *testing.T) {
	own := http.Header{
		"Link":        {`</css>; rel="preload"`, `</orders?page=2>; rel="next"`},
		"Deprecation": {"@1"},
		"Sunset":      {"Sat, 01 Jan 2000 00:00:00 GMT"},
	}
	documented := http.Header{"Link": {`<https://own.example/docs>; rel="deprecation"`}}
	browser := http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {"X-Own, link"}}
	const next = `rel="next"`
	for _, tc := range []struct {
		name, option, ask string
		header            http.Header
		lines             []string // what each Link line must contain
		deprecation       []string
		expose            string
	}{
		{"the list as ever", "", "", nil, []string{phaseDocs}, []string{phaseDeprecation}, ""},
		{"links off", "links off", "", nil, nil, []string{phaseDeprecation}, ""},
		{"the upstream's own come first and stay", "", "", own, []string{`rel="preload"`, "/orders?page=2", phaseDocs}, []string{"@1"}, ""},
		{"the upstream's own documentation", "", "", documented, []string{"https://own.example/docs", `<https://docs.example/policy>; rel="sunset"`}, []string{phaseDeprecation}, ""},
		{"behind the line for paging", "", "limit=6", nil, []string{next, phaseDocs}, []string{phaseDeprecation}, ""},
		{"paging, docs, others", "", "limit=6", own, []string{next, phaseDocs, `rel="preload"`}, []string{"@1"}, ""},
		{"paging with links off", "links off", "limit=6", own, []string{next, `rel="preload"`}, []string{"@1"}, ""},
		{"the last page", "", "limit=6&offset=2", nil, []string{phaseDocs}, []string{phaseDeprecation}, ""},
		{"who is not affected", "", "limit=2", own, []string{next, `rel="preload"`}, []string{"@1"}, ""},
		{"browsers", "", "limit=6", browser, []string{next, phaseDocs}, []string{phaseDeprecation}, "X-Own, link, Deprecation, Sunset"},
		{"browsers, the list as ever", "", "", browser, []string{phaseDocs}, []string{phaseDeprecation}, "X-Own, link, Deprecation, Sunset"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up := newUpstream(t, phaseAnswer(8, tc.header))
			retire := strings.TrimSuffix(phaseRetire, "}") + tc.option + "\n}"
			c := harness.Start(t, "paginate /orders* 3 5 {\nphase announce\n"+retire+"\n}\n"+up.proxy())
			_, h, _ := phaseGet(t, c.URL+"/orders?"+tc.ask, nil)
			if got := h["Link"]; len(got) != len(tc.lines) {
				t.Errorf("got Link lines %q, want %q", got, tc.lines)
			} else {
				for i, want := range tc.lines {
					if !strings.Contains(got[i], want) {
						t.Errorf("Link line %d: got %q, want %q in it", i, got[i], want)
					}
				}
			}
			if !slices.Equal(h["Deprecation"], tc.deprecation) || len(h["Sunset"]) != 1 {
				t.Errorf("got Deprecation %q Sunset %q, want %q and one", h["Deprecation"], h["Sunset"], tc.deprecation)
			}
			if got := strings.Join(h["Access-Control-Expose-Headers"], ", "); got != tc.expose {
				t.Errorf("exposed: got %q, want %q", got, tc.expose)
			}
		})
	}
}

// TestPhaseLastPageOfPages: a last page of the style page has links, though none
// to a next one; those of the calendar stay behind them.
func TestPhaseLastPageOfPages(t *testing.T) {
	up := newUpstream(t, phaseAnswer(12, nil))
	c := harness.Start(t, "paginate /orders* 3 5 {\nstyle page\nphase announce\n"+phaseRetire+"\n}\n"+up.proxy())
	_, h, body := phaseGet(t, c.URL+"/orders?per_page=6&page=2", nil)
	if body != phaseItems(6, 12) {
		t.Errorf("got %s, want the items 6 to 11", body)
	}
	if got := h["Link"]; len(got) != 2 || !strings.Contains(got[0], `rel="prev"`) || got[1] != phaseDocs {
		t.Errorf("got Link %q, want prev and first, then the docs", got)
	}
}
