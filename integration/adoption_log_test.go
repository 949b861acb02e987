package integration

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// told says of each line whom it tells of, why, and of how many requests.
func told(lines []harness.Line) (told []string) {
	for _, line := range lines {
		told = append(told, fmt.Sprint(line["paginate.client"], " ", line["paginate.reason"], " ", line["paginate.count"]))
	}
	slices.Sort(told)
	return told
}

// TestAdoptionSummed: of what a client does in an interval two lines are logged,
// compliant requests apart from others. Reloads make no lines; one that changes
// the interval, and the end, write what is not written yet.
func TestAdoptionSummed(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	config := func(interval string, reload int) harness.Config {
		return harness.Config{
			Global: "paginate {\nnotice_interval " + interval + "\n}",
			Routes: fmt.Sprintf("paginate /orders* 3 5\n%s\n# %d", up.proxy(), reload),
		}
	}
	asked := 0
	c := harness.StartConfig(t, config("1h", 0))
	ask := func() {
		t.Helper()
		for range 5 {
			for _, ask := range []string{"/orders", "/orders?limit=2"} {
				phaseGet(t, c.URL+ask, http.Header{"User-Agent": {"ann"}})
			}
			phaseGet(t, c.URL+"/orders", http.Header{"User-Agent": {"bob"}})
		}
		asked += 15
		c.Access(t, asked)
	}
	ask()
	first := []string{"ann missing 1", "ann ok 1", "bob missing 1"}
	for reload := range 5 {
		if got := told(c.Log(t, adoptionLogger)); !slices.Equal(got, first) {
			t.Fatalf("after %d reloads: got %q, want %q", reload, got, first)
		}
		c.Reload(t, config("1h", reload+1))
		ask()
	}
	c.Reload(t, config("2h", 0))
	lines := c.Adoption(t, 6)[3:]
	if got, want := told(lines), []string{"ann missing 29", "ann ok 29", "bob missing 29"}; !slices.Equal(got, want) {
		t.Errorf("at the end of the interval: got %q, want %q", got, want)
	}
	for _, line := range lines {
		want := 0.0
		if line.Text("paginate.reason") == "missing" {
			want = 29
		}
		if line["paginate.affected_count"] != want {
			t.Errorf("got affected_count %v, want %v", line["paginate.affected_count"], want)
		}
	}
	ask()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	rest := []string{"ann missing 1", "ann missing 4", "ann ok 1", "ann ok 4", "bob missing 1", "bob missing 4"}
	if got := told(c.Log(t, adoptionLogger)[6:]); !slices.Equal(got, rest) {
		t.Errorf("from the change to the stop: got %q, want %q", got, rest)
	}
}

// TestTroubleIsToldOnce: a storage that takes nothing is one line, however many
// configurations find it so.
func TestTroubleIsToldOnce(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	config := func(reload int) harness.Config {
		return harness.Config{Routes: fmt.Sprintf("paginate /orders* 3 5\n%s\n# %d", up.proxy(), reload)}
	}
	c := harness.StartConfig(t, config(0))
	folder := filepath.Join(c.StorageDir(), "paginate", "ledger")
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // nothing can be stored below it
		t.Fatal(err)
	}
	for reload := range 5 {
		phaseGet(t, c.URL+"/orders", nil)
		c.Access(t, reload+1)
		c.Reload(t, config(reload+1))
	}
	trouble := func(text string) (n int) {
		for _, line := range c.Log(t, "") {
			if line.Text("msg") == text {
				n++
			}
		}
		return n
	}
	const failing = "storing the adoption ledger"
	if n := trouble(failing); n != 1 {
		t.Errorf("it is told %d times, want once", n)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	for reload := range 3 {
		c.Reload(t, config(reload))
	}
	if n := trouble(failing + " works again"); n != 1 {
		t.Errorf("its end is told %d times, want once", n)
	}
	if requests, _ := ledgerOf(t, c.StorageDir()); sum(requests) != 5 {
		t.Errorf("got %v, want 5 requests", requests)
	}
}

func sum(requests map[string]int64) (n int64) {
	for _, of := range requests {
		n += of
	}
	return n
}
