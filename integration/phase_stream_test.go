package integration

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// phaseAPI starts the demo API and a route in announce in front of it.
func phaseAPI(t *testing.T, o legacyapi.Options, options string) *harness.Caddy {
	t.Helper()
	api := httptest.NewServer(legacyapi.New(o))
	t.Cleanup(api.Close)
	return harness.Start(t, "paginate /orders* 3 5 {\nphase announce\n"+options+"\n"+phaseRetire+"\n}\nreverse_proxy "+api.Listener.Addr().String())
}

// phaseOrders is the body of a list of the demo API, each order trimmed by cut.
func phaseOrders(from, to int, cut func(item []byte) []byte) string {
	var body []byte
	for i := from; i < to; i++ {
		if i > from {
			body = append(body, ',')
		}
		item := legacyapi.AppendItem(nil, legacyapi.Small, i)
		if cut != nil {
			item = cut(item)
		}
		body = append(body, item...)
	}
	return "[" + string(body) + "]"
}

// TestPhaseStreams: in announce a list far larger than a page may take in memory
// goes through, whole, cut where the client asked, or trimmed.
func TestPhaseStreams(t *testing.T) {
	const items = 3000 // about 450 KB, over a page of 20 kB
	onlyID := func(item []byte) []byte {
		id, _, _ := bytes.Cut(item, []byte(","))
		return append(id, '}')
	}
	for _, tc := range []struct {
		name, ask, want string
		next            bool
	}{
		{"as ever", "", phaseOrders(0, items, nil) + "\n", false},
		{"more than there are", "limit=1000000", phaseOrders(0, items, nil) + "\n", true}, // the end is not known when the header goes
		{"a large page", "limit=2000", phaseOrders(0, 2000, nil), true},
		{"a page from within", "limit=2000&offset=500", phaseOrders(500, 2500, nil), true},
		{"trimmed", "fields=id", phaseOrders(0, items, onlyID) + "\n", false},
		{"a large page, trimmed", "limit=2000&fields=id", phaseOrders(0, 2000, onlyID), true},
		{"a mask that cannot be read is the upstream's business", "fields=id(", phaseOrders(0, items, nil) + "\n", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := phaseAPI(t, legacyapi.Options{Items: items, ContentLength: true, ETag: true}, "max_page_size 20kB")
			status, h, body := phaseGet(t, c.URL+"/orders?"+tc.ask, nil)
			if status != http.StatusOK || body != tc.want {
				t.Errorf("got %d and %d bytes, want %d", status, len(body), len(tc.want))
			}
			if got := len(h["Link"]) > 0 && strings.Contains(h["Link"][0], `rel="next"`); got != tc.next {
				t.Errorf("got Link %q, want next: %v", h["Link"], tc.next)
			}
			if h.Get("Deprecation") != phaseDeprecation {
				t.Errorf("got header %v, want the client told", h)
			}
			c.NoTrouble(t)
		})
	}
}

// TestPhaseNextOfALargePage: a client that asks for far too much, and follows
// next, has every item once.
func TestPhaseNextOfALargePage(t *testing.T) {
	const items = 100
	c := phaseAPI(t, legacyapi.Options{Items: items}, "")
	var got []string
	target := c.URL + "/orders?limit=30&fields=id"
	for pages := 0; target != ""; pages++ {
		if pages > items {
			t.Fatal("the walk has no end")
		}
		_, h, body := phaseGet(t, target, nil)
		got = append(got, strings.Trim(body, "[]\n"))
		target = ""
		if next, _, ok := strings.Cut(h.Get("Link"), `>; rel="next"`); ok {
			target = strings.TrimPrefix(next, "<")
		}
	}
	want := make([]string, items)
	for i := range want {
		want[i] = fmt.Sprintf(`{"id":%d}`, i+1)
	}
	if all := strings.Join(got, ","); all != strings.Join(want, ",") {
		t.Errorf("got %s", all)
	}
}

// TestPhaseStalledList: after a second the client has what there is, and is told.
func TestPhaseStalledList(t *testing.T) {
	gone := make(chan struct{})
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `[{"id":0},`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(gone)
	}))
	c := harness.Start(t, "paginate /orders* 3 5 {\nphase announce\n"+phaseRetire+"\n}\n"+up.proxy())
	resp, err := http.Get(c.URL + "/orders")
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Deprecation"); got != phaseDeprecation {
		t.Errorf("got Deprecation %q, want %q", got, phaseDeprecation)
	}
	if got, err := bufio.NewReader(resp.Body).ReadString(','); got != `[{"id":0},` || err != nil {
		t.Errorf("got %q (%v), want what there is", got, err)
	}
	resp.Body.Close()
	<-gone // the upstream notices that the client has left
	if record := c.Adoption(t, 1)[0]; record["paginate.affected"] != true {
		t.Errorf("got record %v, want it affected", record)
	}
}

// TestPhaseUpstreamBreaks: while an answer is held a broken upstream is a 502,
// whatever the phase; afterwards the connection is aborted.
func TestPhaseUpstreamBreaks(t *testing.T) {
	for _, tc := range []struct {
		name, fault, ask string
		want             int // 0: aborted
	}{
		{"held", "die@2", "", 502},
		{"held to be trimmed", "die@2", "&fields=id", 502},
		{"streaming", "die@900", "", 0},
		{"streaming, trimmed", "die@900", "&fields=id", 0},
		{"in a page", "die@1", "&limit=3", 502},
		{"behind a page", "die@900", "&limit=3", 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := phaseAPI(t, legacyapi.Options{Items: 1000}, "")
			resp, err := http.Get(c.URL + "/orders?_fault=" + tc.fault + tc.ask)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			switch {
			case tc.want == 0 && err == nil:
				t.Errorf("%d bytes look complete", len(body))
			case tc.want != 0 && (err != nil || resp.StatusCode != tc.want):
				t.Errorf("got %d %.100s (%v), want %d", resp.StatusCode, body, err, tc.want)
			case tc.want == 502 && (resp.Header.Get("Deprecation") != "" || !strings.Contains(string(body), "upstream_malformed")):
				t.Errorf("got %s with %v", body, resp.Header)
			}
		})
	}
}

// TestPhaseObserveIsByteForByte: nothing of an answer is changed, nor of what
// the upstream sees.
func TestPhaseObserveIsByteForByte(t *testing.T) {
	const odd = "limit=5&LIMIT=900&fields=a(&x=%zz;y&&"
	header := http.Header{"Etag": {`"v1"`}, "Link": {`</x>; rel="next"`}, "Content-Md5": {"kept"}, "Accept-Ranges": {"bytes"}, "Cache-Control": {"max-age=60"}}
	up := newUpstream(t, phaseAnswer(8, header))
	c := harness.Start(t, "paginate /orders* 3 5 {\nphase observe\n"+phaseRetire+"\n}\n"+up.proxy())
	_, h, body := phaseGet(t, c.URL+"/orders?"+odd, http.Header{
		"Range": {"bytes=0-1"}, "If-None-Match": {`"v0"`}, "Prefer": {"maxpagesize=2"}, "Accept-Encoding": {"zstd"}, "X-Http-Method-Override": {"GET"},
	})
	if body != phaseItems(0, 8) || h.Get("Content-Length") != fmt.Sprint(len(body)) {
		t.Errorf("got %s, length %s", body, h.Get("Content-Length"))
	}
	for name, values := range header {
		if got := h[name]; len(got) != 1 || got[0] != values[0] {
			t.Errorf("%s: got %q, want %q", name, got, values)
		}
	}
	if h.Get("Deprecation")+h.Get("Sunset")+h.Get("Vary") != "" {
		t.Errorf("got header %v", h)
	}
	asked := up.takeOne(t)
	if asked.query != odd || asked.header.Get("Range") != "bytes=0-1" || asked.header.Get("Prefer") != "maxpagesize=2" ||
		asked.header.Get("Accept-Encoding") != "zstd" || asked.header.Get("X-Http-Method-Override") != "GET" || asked.header.Get("If-None-Match") != `"v0"` {
		t.Errorf("the upstream saw %+v", asked)
	}
	record := c.Adoption(t, 1)[0]
	if record.Text("paginate.reason") != "invalid" || record["paginate.items"] != 8.0 || record["paginate.affected"] != true {
		t.Errorf("got record %v", record)
	}
}
