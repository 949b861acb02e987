package integration

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// TestAdoptionSummed: of what a client does in an interval two lines are logged,
// compliant requests apart from others; a reload writes what is not written yet.
func TestAdoptionSummed(t *testing.T) {
	up := newUpstream(t, phaseAnswer(8, nil))
	config := harness.Config{Global: "paginate {\nnotice_interval 1h\n}", Routes: "paginate /orders* 3 5\n" + up.proxy()}
	c := harness.StartConfig(t, config)
	for range 5 {
		for _, ask := range []string{"/orders", "/orders?limit=2"} {
			phaseGet(t, c.URL+ask, http.Header{"User-Agent": {"ann"}})
		}
		phaseGet(t, c.URL+"/orders", http.Header{"User-Agent": {"bob"}})
	}
	told := func(lines []harness.Line) (told []string) {
		for _, line := range lines {
			told = append(told, fmt.Sprint(line["paginate.client"], " ", line["paginate.reason"], " ", line["paginate.count"]))
		}
		slices.Sort(told)
		return told
	}
	c.Access(t, 15)
	first := []string{"ann missing 1", "ann ok 1", "bob missing 1"}
	if got := told(c.Log(t, adoptionLogger)); !slices.Equal(got, first) {
		t.Errorf("at once: got %q, want %q", got, first)
	}
	c.Reload(t, harness.Config{Global: config.Global, Routes: config.Routes + "\n# changed"})
	rest := []string{"ann missing 4", "ann ok 4", "bob missing 4"}
	if got := told(c.Adoption(t, 6)[3:]); !slices.Equal(got, rest) {
		t.Errorf("at the reload: got %q, want %q", got, rest)
	}
	for _, line := range c.Adoption(t, 6)[3:] {
		want := 0.0
		if line.Text("paginate.reason") == "missing" {
			want = 4
		}
		if line["paginate.affected_count"] != want {
			t.Errorf("got affected_count %v, want %v", line["paginate.affected_count"], want)
		}
	}
}
