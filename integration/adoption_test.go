package integration

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

const adoptionLogger = "http.handlers.paginate.adoption"

// adoptionFields are the names of a page's record: section 8's words.
var adoptionFields = []string{
	"client.address", "http.request.method", "http.response.body.size", "http.response.status_code", "http.route",
	"paginate.action", "paginate.affected", "paginate.client", "paginate.client_source", "paginate.compliant",
	"paginate.count", "paginate.has_more", "paginate.items", "paginate.items_seen", "paginate.limit",
	"paginate.limit_asked", "paginate.phase", "paginate.reason", "paginate.sunset", "paginate.upstream_ms",
	"url.path", "user_agent.original",
}

// ownFields are the fields of a line that are not every line's.
func ownFields(line harness.Line) []string {
	var names []string
	for name := range line {
		if !slices.Contains([]string{"level", "ts", "logger", "msg"}, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestAdoptionRecord: all fields of a record, by name and type, and the same
// facts in the access log.
func TestAdoptionRecord(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	c := harness.Start(t, "paginate /orders 3 5 {\nname orders\nphase enforce\n"+phaseRetire+"\n}\n"+up.proxy())
	phaseGet(t, c.URL+"/orders?limit=4&a=b", http.Header{"User-Agent": {"tests/1"}})
	line := c.Adoption(t, 1)[0]
	if got := ownFields(line); !slices.Equal(got, adoptionFields) {
		t.Errorf("got fields %q, want %q", got, adoptionFields)
	}
	if line.Text("logger") != adoptionLogger || line.Text("level") != "info" {
		t.Errorf("got logger %q at level %q", line.Text("logger"), line.Text("level"))
	}
	want := map[string]any{
		"http.request.method": "GET", "http.route": "orders", "url.path": "/orders", "http.response.status_code": 200.0,
		"http.response.body.size": float64(len(phaseItems(0, 4))), "user_agent.original": "tests/1", "client.address": "127.0.0.0/24",
		"paginate.client": "tests/1", "paginate.client_source": "{http.request.header.User-Agent}",
		"paginate.compliant": true, "paginate.reason": "ok", "paginate.affected": false, "paginate.phase": "enforce",
		"paginate.action": "page", "paginate.limit_asked": 4.0, "paginate.limit": 4.0, "paginate.items": 4.0,
		"paginate.items_seen": 5.0, "paginate.has_more": true, "paginate.sunset": "2124-07-01T00:00:00Z", "paginate.count": 1.0,
	}
	for field, value := range want {
		if line[field] != value {
			t.Errorf("%s: got %v, want %v", field, line[field], value)
		}
	}
	if ms, ok := line["paginate.upstream_ms"].(float64); !ok || ms <= 0 || ms > 20_000 {
		t.Errorf("got paginate.upstream_ms %v", line["paginate.upstream_ms"])
	}
	access := c.Access(t, 1)[0]
	for field, value := range line {
		if strings.HasPrefix(field, "paginate.") && access[field] != value {
			t.Errorf("access log: got %s %v, want %v", field, access[field], value)
		}
	}
}

// TestAdoptionOneRecordEach: one record for each list request, none for others.
func TestAdoptionOneRecordEach(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`[{"id":1}]`))
		case "/one":
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"id":1,"tags":[1,2]}`))
		case "/text":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte(`[{"id":1}]`))
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		case "/broken":
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`[{"id":1},,`))
		default:
			phaseAnswer(8, nil).ServeHTTP(w, r)
		}
	}))
	for _, phase := range []string{"observe", "announce", "enforce"} {
		t.Run(phase, func(t *testing.T) {
			c := harness.Start(t, "paginate 3 5 {\nphase "+phase+"\n}\n"+up.proxy())
			broken, refused := "untouched", "untouched"
			switch phase {
			case "announce":
				broken, refused = "whole", "whole"
			case "enforce":
				broken, refused = "fail", "reject"
			}
			var want []string
			for _, step := range []struct{ method, path, action string }{
				{"GET", "/missing", ""},
				{"POST", "/orders", ""},
				{"GET", "/one", ""},
				{"GET", "/text", ""},
				{"GET", "/empty", ""},
				{"HEAD", "/orders", ""},
				{"DELETE", "/orders", ""},
				{"GET", "/orders", map[string]string{"observe": "untouched", "announce": "whole", "enforce": "page"}[phase]},
				{"GET", "/broken", broken},
				{"GET", "/orders?limit=abc", refused},
				{"GET", "/orders?limit=2", map[string]string{"observe": "untouched"}[phase]},
			} {
				req, err := http.NewRequestWithContext(t.Context(), step.method, c.URL+step.path, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				// Read to its end, the next request is on the same connection, so behind this one.
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if step.action == "" && step.path == "/orders?limit=2" {
					step.action = "page"
				}
				if step.action != "" {
					want = append(want, step.action)
				}
			}
			c.Access(t, 11)
			var got []string
			for _, line := range c.Log(t, adoptionLogger) {
				got = append(got, line.Text("paginate.action"))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got records %q, want %q", got, want)
			}
		})
	}
}

// TestAdoptionOwnFile: the log goes to a file of its own, as the example has it,
// and out of the default log.
func TestAdoptionOwnFile(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	file := filepath.Join(t.TempDir(), "adoption.log")
	global, _, found := strings.Cut(string(readExample(t)), "\n}\n")
	_, global, opened := strings.Cut(global, "\n{\n")
	if !found || !opened {
		t.Fatal("the example has no global options any more")
	}
	t.Setenv("ADOPTION_LOG", file)
	c := harness.StartConfig(t, harness.Config{Global: global, Routes: "paginate /orders* 3 5\n" + up.proxy()})
	phaseGet(t, c.URL+"/orders", nil)
	phaseGet(t, c.URL+"/orders?limit=x", nil)
	var actions []string
	harness.Poll(t, func() error {
		data, err := os.ReadFile(file)
		actions = nil
		for text := range strings.Lines(string(data)) {
			var line harness.Line
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				return err
			}
			actions = append(actions, line.Text("paginate.action"))
		}
		if len(actions) < 2 && err == nil {
			err = os.ErrNotExist
		}
		return err
	})
	if !slices.Equal(actions, []string{"page", "reject"}) {
		t.Errorf("got %q", actions)
	}
	c.Access(t, 2)
	if lines := c.Log(t, adoptionLogger); len(lines) > 0 {
		t.Errorf("the default log has them too: %v", lines)
	}
}
