//go:build backends

package backends

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// What every route here is configured with: `limit 20 50`.
const (
	defaultLimit = 20
	maxLimit     = 50
)

// answer is one HTTP answer, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func get(t *testing.T, url string, headers ...string) answer {
	t.Helper()
	return do(t, http.MethodGet, url, headers...)
}

// do sends a request; headers are "Name: value".
func do(t *testing.T, method, url string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatalf("making the request %s %s: %v", method, url, err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("sending %s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the answer to %s %s: %v", method, url, err)
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: body}
}

// items returns the list's items as their raw text, and the envelope's other
// members. An empty name means that the list is the body itself.
func (a answer) items(t *testing.T, name string) (list []json.RawMessage, rest map[string]json.RawMessage) {
	t.Helper()
	raw := json.RawMessage(a.body)
	if name != "" {
		if err := json.Unmarshal(a.body, &rest); err != nil {
			t.Fatalf("reading the envelope: %v in %.300s", err, a.body)
		}
		raw = rest[name]
		delete(rest, name)
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatalf("reading the list: %v in %.300s", err, a.body)
	}
	return list, rest
}

// nextLink is how the strictest of the real clients read a Link header: rel in
// double quotes, as the first parameter.
var nextLink = regexp.MustCompile(`<([^<>]+)>; rel="next"`)

// next returns the URL of the next page, or "". It looks at the first Link line
// only, because some clients do.
func (a answer) next() string {
	if m := nextLink.FindStringSubmatch(a.header.Get("Link")); m != nil {
		return m[1]
	}
	return ""
}

// walk follows rel="next" and nothing else, from url to the end of the list, and
// asserts what holds for each page: 200, full unless it is the last, other
// members as the backend has them, links to where the client asked.
func walk(t *testing.T, p *harness.Caddy, url, list string, limit int, rest map[string]json.RawMessage) []json.RawMessage {
	t.Helper()
	const runaway = 1000
	var all []json.RawMessage
	for range runaway {
		a := get(t, url)
		if a.status != http.StatusOK {
			t.Fatalf("GET %s: status %d, want 200: %.300s", url, a.status, a.body)
		}
		page, others := a.items(t, list)
		all = append(all, page...)
		if len(page) > limit {
			t.Fatalf("GET %s: %d items, over the limit of %d", url, len(page), limit)
		}
		for name, want := range rest {
			if got := others[name]; string(got) != string(want) {
				t.Errorf("GET %s: member %q = %s, want %s", url, name, got, want)
			}
		}
		next := a.next()
		if next == "" {
			if len(page) == 0 && len(all) > 0 {
				t.Errorf("GET %s: an empty last page, announced by the page before it", url)
			}
			return all
		}
		if len(page) != limit {
			t.Errorf("GET %s: %d items and more to come, want a full page of %d", url, len(page), limit)
		}
		if !strings.HasPrefix(next, p.URL+"/") {
			t.Fatalf("GET %s: next is %s, not at %s", url, next, p.URL)
		}
		url = next
	}
	t.Fatalf("no end after %d pages", runaway)
	return nil
}

// sameItems asserts that two lists hold the same items in the same order, each
// the same text byte for byte.
func sameItems(t *testing.T, got, want []json.RawMessage) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %d items, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if string(got[i]) != string(want[i]) {
			t.Fatalf("item %d:\ngot  %s\nwant %s", i, got[i], want[i])
		}
	}
}

// join adds a query to a URL that may have one.
func join(url, query string) string {
	switch {
	case query == "":
		return url
	case strings.Contains(url, "?"):
		return url + "&" + query
	default:
		return url + "?" + query
	}
}
