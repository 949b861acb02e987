package integration

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// kubeList serves a list of Kubernetes, and what a client that takes pages is to see of
// it: metadata stands before the items or behind them.
func kubeList(w http.ResponseWriter, r *http.Request) {
	n := 0
	_, _ = fmt.Sscan(r.URL.Query().Get("n"), &n)
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Query().Get("metadata") == "behind" {
		_, _ = fmt.Fprintf(w, `{"items":%s,"apiVersion":"v1","metadata":{"resourceVersion":"7"},"kind":"ConfigMapList"}`+"\n", oddItems(0, n))
		return
	}
	_, _ = fmt.Fprintf(w, `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":%s}`+"\n", oddItems(0, n))
}

// TestKubeWalk: a page is the upstream's own list, byte for byte but for the items that
// are not on it, and for what leads to the others.
func TestKubeWalk(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(kubeList))
	for _, snapshot := range []string{"off", "lazy", "eager"} {
		s := harness.Start(t, "paginate 10 20 {\nstyle kube\nsnapshot "+snapshot+"\n}\n"+up.proxy())
		c := pageClient(t)
		for _, place := range []string{"before", "behind"} {
			for _, n := range []int{0, 1, 10, 11, 20, 257} {
				t.Run(fmt.Sprintf("snapshot %s/metadata %s/%d items", snapshot, place, n), func(t *testing.T) {
					filter := fmt.Sprintf("?n=%d&metadata=%s", n, place)
					token, pages := "", 0
					for from := 0; ; from += 10 {
						query := filter + "&limit=10"
						if token != "" {
							query = filter + "&continue=" + token + "&limit=10"
						}
						r := send(t, c, http.MethodGet, s.URL+"/configmaps"+query)
						pages++
						_, rest, _ := strings.Cut(r.body, `"continue":"`)
						token, _, _ = strings.Cut(rest, `"`)
						metadata := `{"resourceVersion":"7"}`
						if token != "" {
							metadata = `{"resourceVersion":"7","continue":"` + token + `"}`
						}
						items := oddItems(from, min(from+10, n))
						want := `{"kind":"ConfigMapList","apiVersion":"v1","metadata":` + metadata + `,"items":` + items + "}\n"
						if place == "behind" {
							want = `{"items":` + items + `,"apiVersion":"v1","metadata":` + metadata + `,"kind":"ConfigMapList"}` + "\n"
						}
						if r.status != http.StatusOK || r.body != want {
							t.Fatalf("page %d: got %d %.400q\nwant 200 %.400q", pages, r.status, r.body, want)
						}
						if got := r.header.Get("Content-Length"); got != fmt.Sprint(len(r.body)) {
							t.Errorf("Content-Length: got %q, want %d", got, len(r.body))
						}
						if token == "" || pages > n {
							break
						}
					}
					if want := max(1, (n+9)/10); pages != want {
						t.Errorf("got %d pages, want %d", pages, want)
					}
				})
			}
		}
		s.NoTrouble(t)
	}
}

// TestKubeAsks: what clients of Kubernetes ask for besides a limit.
func TestKubeAsks(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(kubeList))
	s := harness.Start(t, "paginate 10 20 {\nstyle kube\ntotal exact\n}\n"+up.proxy())
	c := pageClient(t)
	page := func(query string) (r reply, token string) {
		t.Helper()
		r = send(t, c, http.MethodGet, s.URL+"/configmaps?n=45"+query)
		_, rest, _ := strings.Cut(r.body, `"continue":"`)
		token, _, _ = strings.Cut(rest, `"`)
		return r, token
	}

	// client-go asks for 500, and says from which version on only once.
	r, token := page("&limit=500&resourceVersion=0&resourceVersionMatch=NotOlderThan")
	if got, want := itemsAt(t, r, []string{"items"}), oddItems(0, 20); got != want {
		t.Errorf("limit=500: got %d %.300q, want 20 items", r.status, r.body)
	}
	if !strings.Contains(r.body, `"remainingItemCount":25}`) {
		t.Errorf("got %.200q, want 25 items more", r.body)
	}
	if got := up.takeOne(t).query; got != "n=45&resourceVersion=0&resourceVersionMatch=NotOlderThan" {
		t.Errorf("the upstream was asked for %q", got)
	}
	r, token = page("&continue=" + token + "&limit=500")
	if got, want := itemsAt(t, r, []string{"items"}), oddItems(20, 40); got != want {
		t.Errorf("the second page: got %d %.300q, want the items from 20 on", r.status, r.body)
	}

	// A token that is no more good is no reason to ask for the whole list: no 410.
	for name, bad := range map[string]string{"altered": token[1:] + "A", "of another list": "x", "with another filter": token + "&labelSelector=a"} {
		r, _ := page("&limit=10&continue=" + bad)
		want := `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"The cursor does not belong here: continue: ` +
			`the cursor was not made for this list, filter and configuration; begin again without it","reason":"BadRequest","code":400}`
		if r.status != http.StatusBadRequest || r.body != want || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %d %s, want 400 %s", name, r.status, r.body, want)
		}
	}
	if r, _ := page(""); itemsAt(t, r, []string{"items"}) != oddItems(0, 10) {
		t.Errorf("no limit: got %d %.300q, want a page", r.status, r.body)
	}
	// Neither a name nor a version of a resource is anything but theirs.
	r = send(t, c, http.MethodGet, s.URL+"/configmaps?n=5&limit=10")
	if want := `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":` + oddItems(0, 5) + "}\n"; r.body != want {
		t.Errorf("the only page: got  %.300q\nwant %.300q", r.body, want)
	}
}

// TestStylePhases: before limits are enforced nobody gets another shape for a list that
// was not asked for by pages.
func TestStylePhases(t *testing.T) {
	styles := []string{"kube", "odata"}
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items": `+oddItems(0, 50)+`,"behind":true}`)
	}))
	var routes strings.Builder
	for _, phase := range []string{"observe", "announce"} {
		for _, style := range styles {
			fmt.Fprintf(&routes, "handle /%s/%s {\npaginate 10 20 {\nname %[1]s-%[2]s\nphase %[1]s\nstyle %[2]s\nretire {\nhold\ndeprecated 2020-01-01\n}\n}\n%[3]s\n}\n", phase, style, up.proxy())
		}
	}
	s := harness.Start(t, routes.String())
	c := pageClient(t)
	for _, phase := range []string{"observe", "announce"} {
		for _, style := range styles {
			t.Run(phase+"/"+style, func(t *testing.T) {
				r := send(t, c, http.MethodGet, s.URL+"/"+phase+"/"+style)
				if want := `{"items": ` + oddItems(0, 50) + `,"behind":true}`; r.body != want {
					t.Errorf("got %d %.300q, want the body untouched", r.status, r.body)
				}
				if got := r.header.Get("Deprecation"); (got != "") != (phase == "announce") {
					t.Errorf("Deprecation: got %q", got)
				}
			})
		}
	}
}
