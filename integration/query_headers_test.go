package integration

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// HTTP/2 lets bytes into a query at which an upstream may split the HTTP/1 line.
func TestQueryUnsafeOverHTTP2(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	for _, option := range []string{"reject", "default"} {
		t.Run("invalid "+option, func(t *testing.T) {
			_, certificate := harness.Certificate(t)
			s := harness.StartConfig(t, harness.Config{
				Site: "https://localhost:0", Routes: certificate + "\npaginate 10 20 {\ninvalid " + option + "\n}\n" + up.proxy(),
			})
			base := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
			c := pageClient(t)
			up.take()
			for _, query := range []string{"limit=5 HTTP/1.1", "a b", "limit=5#x", "a=1&b=#", " limit=900"} {
				r := send(t, c, http.MethodGet, base+"/orders?"+query)
				if r.proto != "HTTP/2.0" {
					t.Fatalf("got %s, want HTTP/2.0", r.proto)
				}
				p := wantRefusal(t, r, http.StatusBadRequest, "limit_invalid")
				if !strings.HasSuffix(query, p.Given) {
					t.Errorf("%q: given is %q", query, p.Given)
				}
			}
			if asked := up.take(); len(asked) > 0 {
				t.Errorf("refused requests reached the upstream: %v", asked)
			}
		})
	}
}

// Prefer: maxpagesize is a limit, and is ours alone.
func TestQueryPrefer(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	c := pageClient(t)
	for _, tc := range []struct {
		name, query string
		prefer      []string
		size        int
		applied     string
		forwarded   []string
	}{
		{"maxpagesize", "", []string{"maxpagesize=5"}, 5, "maxpagesize=5", nil},
		{"odata", "", []string{"odata.maxpagesize=5"}, 5, "odata.maxpagesize=5", nil},
		{"quoted", "", []string{`MaxPageSize="5"`}, 5, "MaxPageSize=5", nil},
		{"over the maximum", "", []string{"maxpagesize=500"}, 20, "maxpagesize=20", nil},
		{"among others", "", []string{"respond-async, maxpagesize=5, wait=10"}, 5, "maxpagesize=5", []string{"respond-async, wait=10"}},
		{"on a line of its own", "", []string{`handling="a, maxpagesize=9"`, "maxpagesize=5"}, 5, "maxpagesize=5", []string{`handling="a, maxpagesize=9"`}},
		{"the first counts", "", []string{"maxpagesize=5, maxpagesize=7"}, 5, "maxpagesize=5", nil},
		{"beside a limit", "limit=7", []string{"maxpagesize=5"}, 7, "", nil},
		{"not understood", "", []string{"maxpagesize=many, wait=10"}, 10, "", []string{"wait=10"}},
		{"none about paging", "", []string{"wait=10,return=minimal"}, 10, "", []string{"wait=10,return=minimal"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up.take()
			headers := make([]string, len(tc.prefer))
			for i, line := range tc.prefer {
				headers[i] = "Prefer: " + line
			}
			r := send(t, c, http.MethodGet, s.URL+"/orders?"+tc.query, headers...)
			wantOdd(t, r, 0, tc.size)
			if got := r.header.Get("Preference-Applied"); got != tc.applied {
				t.Errorf("Preference-Applied: got %q, want %q", got, tc.applied)
			}
			if !slices.Contains(r.header.Values("Vary"), "Prefer") {
				t.Errorf("Vary: got %q", r.header.Values("Vary"))
			}
			if got := up.takeOne(t).header.Values("Prefer"); !slices.Equal(got, tc.forwarded) {
				t.Errorf("the upstream saw Prefer %q, want %q", got, tc.forwarded)
			}
			wantCursorLink(t, r.next(t), s.URL+"/orders?limit="+strconv.Itoa(tc.size)+"&cursor=")
		})
	}
}

// What could make the upstream answer to another request than the judged one
// stays here.
func TestQueryOverridesAreNotForwarded(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	r := sendRaw(t, s, "GET /orders HTTP/1.1\r\nHost: @host\r\nConnection: close\r\n"+
		"Range: bytes=0-5\r\nIf-Range: \"x\"\r\nX-HTTP-Method-Override: HEAD\r\nX-HTTP-Method: GET\r\nX-Method-Override: GET\r\n"+
		"X-Original-URL: /orders?limit=900\r\nX-Rewrite-URL: /all\r\nX_Original_Url: /all\r\nX-Original_Url: /all\r\nX-Mine: kept\r\n\r\n")
	wantOdd(t, r, 0, 10)
	header := up.takeOne(t).header
	for name := range header {
		folded := strings.ToLower(strings.ReplaceAll(name, "_", "-"))
		if strings.HasPrefix(folded, "x-") && !strings.HasPrefix(folded, "x-forwarded-") && name != "X-Mine" || strings.HasSuffix(folded, "range") {
			t.Errorf("the upstream saw %s: %q", name, header[name])
		}
	}
	if got := header.Get("X-Mine"); got != "kept" {
		t.Errorf("X-Mine: got %q", got)
	}
	if got := header.Get("Accept-Encoding"); got != "identity" {
		t.Errorf("Accept-Encoding: got %q, want identity", got)
	}
}

// An upstream that went on in another version of HTTP would answer all that follows past
// us.
func TestQueryUpgradesToHTTP(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			oddList(w, r)
			return
		}
		w.Header().Set("Upgrade", r.Header.Get("Upgrade"))
		w.Header().Set("Connection", "Upgrade")
		w.WriteHeader(http.StatusSwitchingProtocols)
	}))
	for _, phase := range []string{"enforce", "announce"} {
		s := harness.Start(t, "paginate 10 20 {\nphase "+phase+"\n}\n"+up.proxy())
		for _, offer := range []string{"h2c", "H2C, foo", "foo, HTTP/2.0", "TLS/1.2"} {
			r := sendRaw(t, s, "GET /orders?limit=10 HTTP/1.1\r\nHost: @host\r\nConnection: Upgrade, close\r\nUpgrade: "+offer+
				"\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n")
			wantOdd(t, r, 0, 10)
		}
	}
}

// A body on GET could carry parameters that we did not read.
func TestQueryBodyOnGet(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	const head = " /orders HTTP/1.1\r\nHost: @host\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for _, tc := range []struct {
		name, request string
		refused       bool
	}{
		{"length", "GET" + head + "Content-Length: 9\r\n\r\nlimit=900", true},
		{"chunked", "GET" + head + "Transfer-Encoding: chunked\r\n\r\n9\r\nlimit=900\r\n0\r\n\r\n", true},
		{"length 0", "GET" + head + "Content-Length: 0\r\n\r\n", false},
		{"chunked and empty", "GET" + head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up.take()
			r := sendRaw(t, s, tc.request)
			if tc.refused {
				wantRefusal(t, r, http.StatusBadRequest, "limit_invalid")
				if asked := up.take(); len(asked) > 0 {
					t.Errorf("a refused request reached the upstream: %v", asked)
				}
				return
			}
			wantOdd(t, r, 0, 10)
			header := up.takeOne(t).header
			if header.Get("Transfer-Encoding") != "" || header.Get("Content-Length") != "" {
				t.Errorf("the upstream saw a body: %v", header)
			}
		})
	}
}
