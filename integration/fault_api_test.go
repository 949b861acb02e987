package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// An outcome is what a client sees of an upstream's fault.
type outcome string

const (
	truePage  outcome = "the page"
	malformed outcome = "a 502 of ours, upstream_malformed"
	caddys502 outcome = "a 502 of Caddy's"
	aborted   outcome = "an aborted answer"
	waiting   outcome = "nothing more, until the client leaves"
	asEver    outcome = "the upstream's own bytes"
	trimmed   outcome = "the whole list, trimmed"

	// Which of the two depends on whether the fault comes with the bytes before it.
	failed outcome = malformed + ", or " + aborted
)

// faultList is how many orders a broken list would have.
const faultList = 50

// A faultCase is a request, and what comes of it for each fault. Faults are
// named as the demo API names them; whatever is not named ends as rest.
type faultCase struct {
	name    string
	options string // of the directive
	query   string
	page    string // the page's bytes
	want    map[outcome][]string
}

// allFaults are the demo API's faults at each place: at head, in the first item,
// between items, inside an item of the page, behind the page's last item, inside
// the item behind it, later, at the list's end.
func allFaults() []string {
	var faults []string
	for _, kind := range []legacyapi.FaultKind{legacyapi.Die, legacyapi.Stall, legacyapi.Rubbish, legacyapi.Short} {
		for _, place := range []string{"head", "0", "0.5", "5", "7.5", "10", "10.5", "30", "30.5", "end"} {
			if fault := string(kind) + "@" + place; valid(fault) {
				faults = append(faults, fault)
			}
		}
	}
	return faults
}

func valid(fault string) bool {
	_, err := legacyapi.ParseFault(fault)
	return err == nil && fault != "short@end" // which is short of nothing in a root array
}

const announced = "phase announce\nretire {\n\tdeprecated 2020-01-01\n\tsunset 2120-01-01\n}\n"

// cutFaults are where the upstream is stopped behind the page: once the item behind it has
// begun the page is true, whatever follows.
var cutFaults = map[outcome][]string{
	caddys502: {"die@head"},
	malformed: {
		"die@0", "die@0.5", "die@5", "die@7.5", "die@10",
		"rubbish@head", "rubbish@0", "rubbish@0.5", "rubbish@5", "rubbish@7.5", "rubbish@10",
		"short@0", "short@5", "short@10",
	},
	waiting: {"stall@head", "stall@0", "stall@0.5", "stall@5", "stall@7.5", "stall@10"},
	truePage: {
		"die@10.5", "die@30", "die@30.5", "die@end", "stall@10.5", "stall@30", "stall@30.5", "stall@end",
		"rubbish@10.5", "rubbish@30", "rubbish@30.5", "rubbish@end", "short@30",
	},
}

// readFaults are where the list is read to its end, so that all has to be right.
var readFaults = map[outcome][]string{
	caddys502: {"die@head"},
	malformed: {
		"die@0", "die@0.5", "die@5", "die@7.5", "die@10", "die@10.5", "die@30", "die@30.5", "die@end",
		"rubbish@head", "rubbish@0", "rubbish@0.5", "rubbish@5", "rubbish@7.5", "rubbish@10", "rubbish@30", "rubbish@end",
		"short@0", "short@5", "short@10", "short@30",
	},
	waiting: {
		"stall@head", "stall@0", "stall@0.5", "stall@5", "stall@7.5", "stall@10", "stall@10.5",
		"stall@30", "stall@30.5", "stall@end",
	},
	// Of items that nobody gets, only the end is looked for.
	truePage: {"rubbish@10.5", "rubbish@30.5"},
}

var faultCases = []faultCase{
	{
		name:    "enforce, root array",
		options: "limit 10 20",
		page:    orders(0, 10),
		want:    cutFaults,
	},
	{
		name:    "enforce, envelope",
		options: "limit 10 20",
		query:   "_root=envelope",
		page:    `{"api":"legacy","orders":` + orders(0, 10) + `,"generated":"2019-03-07T11:22:33Z","count":50}` + "\n",
		want:    readFaults,
	},
	{
		name:    "enforce, envelope that is always cut",
		options: "limit 10 20\nearly_stop always",
		query:   "_root=envelope",
		page:    `{"api":"legacy","orders":` + orders(0, 10) + `}`,
		want:    cutFaults,
	},
	{
		name:    "enforce, total exact",
		options: "limit 10 20\ntotal exact",
		page:    orders(0, 10) + "\n",
		want:    readFaults,
	},
	{
		name:    "announce, page asked for",
		options: announced + "limit 10 20",
		query:   "limit=10",
		page:    orders(0, 10),
		want:    cutFaults,
	},
	{
		name:    "announce, no limit",
		options: announced + "limit 10 20",
		want: map[outcome][]string{
			caddys502: {"die@head"},
			// The header is held back until the eleventh item begins.
			malformed: {"die@0", "die@0.5", "die@5", "die@7.5", "die@10", "short@0", "short@5", "short@10"},
			aborted:   {"die@10.5", "die@30", "die@30.5", "die@end", "short@30"},
			waiting: {
				"stall@head", "stall@0", "stall@0.5", "stall@5", "stall@7.5", "stall@10", "stall@10.5",
				"stall@30", "stall@30.5", "stall@end",
			},
			asEver: {
				"rubbish@head", "rubbish@0", "rubbish@0.5", "rubbish@5", "rubbish@7.5", "rubbish@10", "rubbish@10.5",
				"rubbish@30", "rubbish@30.5", "rubbish@end",
			},
		},
	},
	{
		name:    "announce, no limit but fields",
		options: announced + "limit 10 20",
		query:   "fields=id",
		want: map[outcome][]string{
			caddys502: {"die@head"},
			malformed: {
				"die@0", "die@0.5", "die@5", "die@7.5", "die@10", "short@0", "short@5", "short@10",
				"rubbish@head", "rubbish@0", "rubbish@5", "rubbish@10",
			},
			aborted: {"die@10.5", "die@30", "die@30.5", "die@end", "short@30"},
			failed:  {"rubbish@30", "rubbish@end"},
			// It stands in a member that is left out.
			trimmed: {"rubbish@0.5", "rubbish@7.5", "rubbish@10.5", "rubbish@30.5"},
			waiting: {
				"stall@head", "stall@0", "stall@0.5", "stall@5", "stall@7.5", "stall@10", "stall@10.5",
				"stall@30", "stall@30.5", "stall@end",
			},
		},
	},
	{
		name:    "announce, over the maximum",
		options: announced + "limit 5 8",
		query:   "limit=10",
		page:    orders(0, 10),
		want:    cutFaults,
	},
}

func TestFaults(t *testing.T) {
	api, server := legacy(t, legacyapi.Options{Items: faultList})
	for _, tc := range faultCases {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.StartConfig(t, harness.Config{
				Global: speakH2C,
				Routes: paginated(tc.options, proxyTo(server)),
			})
			t.Cleanup(func() {
				ctx, cancel := context.WithTimeout(context.Background(), harness.Deadline)
				defer cancel()
				if _, err := api.Settled(ctx); err != nil {
					t.Errorf("the upstream is still at work: %v", err)
				}
			})
			want := tc.wanted(t)
			for _, ck := range clientKinds {
				for _, fault := range allFaults() {
					t.Run(ck.name+"/"+fault, func(t *testing.T) {
						t.Parallel() // most of the time is waiting
						tc.try(t, newClient(t, ck.h2), s.URL, server, fault, want[fault])
					})
				}
			}
		})
	}
}

func (tc faultCase) try(t *testing.T, client *counted, caddy string, server *httptest.Server, fault string, want outcome) {
	t.Helper()
	path := "/orders?" + tc.query + "&_fault=" + url.QueryEscape(fault)
	patience := harness.Deadline
	if want == waiting {
		patience = 150 * time.Millisecond // in which all else would have come
	}
	a := client.fetchWithin(t, patience, caddy+path)
	got := tc.outcomeOf(t, a, server, path)
	if got != want && (want != failed || got != malformed && got != aborted) {
		t.Errorf("got %s (%v), want %s", got, a, want)
	}
}

// wanted turns the table around, and finds what it forgot.
func (tc faultCase) wanted(t *testing.T) map[string]outcome {
	t.Helper()
	want := map[string]outcome{}
	for o, faults := range tc.want {
		for _, fault := range faults {
			want[fault] = o
		}
	}
	for _, fault := range allFaults() {
		if want[fault] == "" {
			t.Errorf("the table does not say what comes of %s", fault)
		}
	}
	return want
}

// outcomeOf tells what an answer is. An answer that is none of the outcomes is
// told as it is, and equals none.
func (tc faultCase) outcomeOf(t *testing.T, a answer, server *httptest.Server, path string) outcome {
	t.Helper()
	var doc struct{ Code string }
	switch {
	case errors.Is(a.Err, context.DeadlineExceeded):
		return waiting
	case brokenOff(a):
		return aborted
	case a.Err != nil:
	case a.Status == http.StatusBadGateway && len(a.Body) == 0:
		return caddys502
	case a.Status == http.StatusBadGateway && json.Unmarshal(a.Body, &doc) == nil && doc.Code == "upstream_malformed":
		wantProblem(t, a, http.StatusBadGateway, doc.Code)
		return malformed
	case a.Status == http.StatusOK && tc.page != "" && string(a.Body) == tc.page:
		if !strings.Contains(a.Header.Get("Link"), `rel="next"`) {
			t.Errorf("the page has no next link: %v", a.Header)
		}
		return truePage
	case a.Status == http.StatusOK && string(a.Body) == ids(faultList):
		return trimmed
	case a.Status == http.StatusOK && strings.Contains(path, "rubbish"):
		if direct := get(t, server.URL+path); string(direct.Body) == string(a.Body) {
			return asEver
		}
	}
	return outcome(fmt.Sprintf("%v", a))
}

// ids is the whole list with no other field.
func ids(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`{"id":%d}`, i+1)
	}
	return "[" + strings.Join(items, ",") + "]\n"
}

// fetchWithin is a GET request of a client that leaves after a while.
func (c *counted) fetchWithin(t *testing.T, d time.Duration, url string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.do(req)
}
