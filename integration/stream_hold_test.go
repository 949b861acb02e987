package integration

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// A gated upstream sends the first items of a list, waits, and sends the rest.
type gated struct {
	first, all int
	open       chan struct{}
}

func (g *gated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", asJSON)
	whole := list(0, g.all)
	begin := strings.TrimSuffix(list(0, g.first), "]")
	_, _ = io.WriteString(w, begin)
	_ = http.NewResponseController(w).Flush()
	select {
	case <-g.open:
	case <-r.Context().Done():
		return
	}
	_, _ = io.WriteString(w, whole[len(begin):])
}

// In announce, an upstream that takes its time shows the client what it has after
// a second, or as soon as it is known that the client is affected.
func TestStreamHold(t *testing.T) {
	for _, tc := range []struct {
		name, query string
		first, all  int
		shown       string // what the client sees while the upstream waits
		affected    bool
	}{
		{"no item yet", "", 0, 30, "[", true},
		{"a few items", "", 3, 30, strings.TrimSuffix(list(0, 3), "]"), true},
		{"a few items of a short list", "", 3, 5, strings.TrimSuffix(list(0, 3), "]"), true},
		{"more items than the default", "", 11, 30, strings.TrimSuffix(list(0, 11), "]"), true},
		{"a few items, trimmed", "?fields=id", 3, 30, strings.TrimSuffix(list(0, 3), "]"), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			upstream := &gated{first: tc.first, all: tc.all, open: make(chan struct{})}
			s := harness.Start(t, paginated(announced+"limit 10 20", startH1(t, upstream)))
			res, err := newClient(t, false).Get(s.URL + "/x" + tc.query)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body := bufio.NewReader(res.Body)
			shown := make([]byte, len(tc.shown))
			if _, err := io.ReadFull(body, shown); err != nil || string(shown) != tc.shown {
				t.Errorf("while the upstream waits: got %q and error %v, want %q", shown, err, tc.shown)
			}
			if got := res.Header.Get("Deprecation"); (got != "") != tc.affected {
				t.Errorf("got Deprecation %q, affected is %v", got, tc.affected)
			}
			if got := res.Header.Get("Sunset"); (got != "") != tc.affected {
				t.Errorf("got Sunset %q, affected is %v", got, tc.affected)
			}
			close(upstream.open)
			rest, err := io.ReadAll(body)
			if got := string(shown) + string(rest); err != nil || got != list(0, tc.all) {
				t.Errorf("got %q and error %v, want the whole list", got, err)
			}
			record := s.Adoption(t, 1)[0]
			if got := record["paginate.affected"]; got != tc.affected {
				t.Errorf("the adoption log has affected %v, want %v", got, tc.affected)
			}
			s.NoTrouble(t)
		})
	}
}

// In announce, who would lose nothing is told nothing.
func TestStreamAffected(t *testing.T) {
	for _, tc := range []struct {
		n        int
		query    string
		affected bool
	}{
		{0, "", false},
		{9, "", false},
		{10, "", false},
		{11, "", true},
		{5000, "", true},
		{10, "?limit=-1", false},
		{11, "?limit=0", true},
		{20, "?limit=25", false},
		{21, "?limit=25", true},
		{5000, "?limit=10", false},
		{5000, "?limit=abc", true},
		{3, "?limit=abc", true}, // it would be refused
	} {
		t.Run(fmt.Sprint(tc.n, " items", tc.query), func(t *testing.T) {
			upstream := serve(t, sends(list(0, tc.n), "Content-Type", asJSON))
			s := harness.Start(t, paginated(announced+"limit 10 20", upstream))
			a := get(t, s.URL+"/x"+tc.query)
			if a.Err != nil || a.Status != http.StatusOK {
				t.Fatalf("got %v", a)
			}
			for field, want := range map[string]string{"Deprecation": "@1577836800", "Sunset": "Mon, 01 Jan 2120 00:00:00 GMT"} {
				if !tc.affected {
					want = ""
				}
				if got := strings.Join(a.Header[field], " | "); got != want {
					t.Errorf("got %s %q, want %q", field, got, want)
				}
			}
			record := s.Adoption(t, 1)[0]
			if got := record["paginate.affected"]; got != tc.affected {
				t.Errorf("the adoption log has affected %v, want %v: %v", got, tc.affected, record)
			}
			s.NoTrouble(t)
		})
	}
}
