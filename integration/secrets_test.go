package integration

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// planted is what no log, ledger, metric or page of ours may show. The words are
// plain, so that no escaping hides them.
var planted = map[string]string{
	"API key":             "planted0apikey0aaaaaaaaaa",
	"authorization":       "planted0bearer0bbbbbbbbbb",
	"cookie":              "planted0cookie0cccccccccc",
	"query value":         "planted0filter0dddddddddd",
	"query key":           "planted0querykey0eeeeeeee",
	"limit":               "planted0limit0ffffffffff",
	"cursor":              "planted0cursor0gggggggggg",
	"mask":                "planted0mask0hhhhhhhhhhhh",
	"Referer":             "planted0referer0iiiiiiiii",
	"address":             "198.51.100.77",
	"address of IPv6":     "aaaa:bbbb:cccc",
	"exempt key":          "planted0exempt0jjjjjjjjjj",
	"secret":              "planted0secret0kkkkkkkkkk",
	"item of the answer":  "planted0item0llllllllllll",
	"X-Request-Id, odd":   "planted0id mmmmmmmmmmmmmm",
	"key in clients file": "planted0owned0nnnnnnnnnnn",
}

// secretRoutes are routes by the way in which they tell clients apart, in each
// phase.
func secretRoutes(up *upstream) string {
	var routes strings.Builder
	routes.WriteString("metrics /metrics\n")
	for _, phase := range []string{"observe", "announce", "enforce"} {
		for name, client := range map[string]string{
			"default": "", "auth": "{http.request.header.Authorization}", "cookie": "{http.request.cookie.sid}",
			"query": "{http.request.uri.query.key}", "whole": "{http.request.uri}", "referer": "{http.request.header.Referer}",
			"host": "{http.request.remote.host}", "ip": "{client_ip}", "forwarded": "{http.request.header.X-Forwarded-For}",
		} {
			if client != "" {
				client = "client " + client + "\n"
			} else { // where keys tell clients apart
				client = fmt.Sprintf("exempt %s {\nuntil 2124-01-01\n}\n", planted["exempt key"])
			}
			fmt.Fprintf(&routes, "paginate /%s/%s* 3 5 {\nname %[1]s-%[2]s\nphase %[1]s\nunpaginated reject_over 4\nover_max reject\n%[3]s%[4]s\n}\n",
				phase, name, client, phaseRetire)
		}
	}
	return routes.String() + up.proxy()
}

// askWithSecrets asks all routes in all ways that end differently. It returns how
// many requests that were.
func askWithSecrets(t *testing.T, url string) (n int) {
	t.Helper()
	key := []string{planted["API key"], planted["exempt key"], planted["key in clients file"]}
	for _, phase := range []string{"observe", "announce", "enforce"} {
		for _, route := range []string{"default", "auth", "cookie", "query", "whole", "referer", "host", "ip", "forwarded"} {
			for i, query := range []string{
				"", "limit=2", "limit=900", "limit=" + planted["limit"], "cursor=" + planted["cursor"],
				"limit=2&fields=id(" + planted["mask"], "limit=2&fields=" + planted["mask"], "limit=2&broken=1", "broken=1",
			} {
				address := []string{planted["address"], "2001:db8:1:" + planted["address of IPv6"] + "::4"}[i%2]
				n++
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
					fmt.Sprintf("%s/%s/%s?%s&q=%s&key=%s", url, phase, route, query, planted["query value"], planted["query key"]), nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header = http.Header{
					"X-Api-Key": {key[i%len(key)]}, "Authorization": {"Bearer " + planted["authorization"]}, "Cookie": {"sid=" + planted["cookie"]},
					"Referer": {"https://site.example/?q=" + planted["Referer"]}, "X-Forwarded-For": {address}, "User-Agent": {"secretive/1"},
					"X-Request-Id": {planted["X-Request-Id, odd"]},
				}
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body) // an answer that is broken off is one too
				resp.Body.Close()
			}
		}
	}
	return n
}

// noSecrets looks for what was planted.
func noSecrets(t *testing.T, where, text string) {
	t.Helper()
	if text == "" {
		t.Errorf("%s: it is empty", where)
	}
	for what, secret := range planted {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s has the %s: ...%.200s", where, what, text[max(0, at-100):])
		}
	}
}

// TestNoSecrets plants secrets in requests, answers and the configuration, and
// looks for them in all that we write.
func TestNoSecrets(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		item := fmt.Sprintf(`{"id":1,"secret":%q}`, planted["item of the answer"])
		if strings.Contains(r.URL.RawQuery, "broken=1") {
			_, _ = io.WriteString(w, "["+item+","+planted["item of the answer"]+"]")
			return
		}
		_, _ = io.WriteString(w, "["+strings.Repeat(item+",", 7)+item+"]")
	}))
	owners := filepath.Join(t.TempDir(), "clients.csv")
	if err := os.WriteFile(owners, []byte("id,name\n"+planted["key in clients file"]+",Known\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	admin := "127.0.0.1:" + freePort(t)
	c := harness.StartConfig(t, harness.Config{
		Global: fmt.Sprintf("admin %s\nservers {\ntrusted_proxies static 127.0.0.1/32\n}\npaginate {\nsecret %s\nclients %q\n}", admin, planted["secret"], owners),
		Routes: secretRoutes(up),
	})
	n := askWithSecrets(t, c.URL)
	c.Access(t, n)

	pages := []string{c.URL + "/metrics", "http://" + admin + "/metrics"}
	paths, drops := adminPatterns(t)
	for _, path := range paths {
		pages = append(pages, "http://"+admin+path)
	}
	for _, page := range pages {
		status, _, body := phaseGet(t, page, nil)
		if status != http.StatusOK {
			t.Errorf("%s: got status %d", page, status)
		}
		noSecrets(t, page, body)
	}
	for _, path := range drops {
		noSecrets(t, "DELETE "+path, send(t, http.DefaultClient, http.MethodDelete, "http://"+admin+path).body)
	}
	if err := caddy.Stop(); err != nil { // stores the ledger
		t.Fatal(err)
	}
	checkLogs(t, c)
	checkLedger(t, c.StorageDir())
}

// adminPatterns are the paths that our part of the admin API answers.
func adminPatterns(t *testing.T) (paths, drops []string) {
	t.Helper()
	info, err := caddy.GetModule("admin.api.paginate")
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range info.New().(caddy.AdminRouter).Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		switch method {
		case http.MethodGet:
			paths = append(paths, path)
		case http.MethodDelete:
			drops = append(drops, path)
		default:
			t.Errorf("%s: what does it show?", route.Pattern)
		}
	}
	if !slices.Contains(paths, "/paginate/calendar") {
		t.Fatalf("got %q", paths)
	}
	return paths, drops
}

// checkLogs looks at each line. What Caddy itself logs of a request, an answer and,
// for debugging, its configuration is its own, and shows that the secrets were there.
func checkLogs(t *testing.T, c *harness.Caddy) {
	t.Helper()
	sent, hashes, networks, broken := false, false, false, false
	for _, line := range c.Log(t, "") {
		request, err := json.Marshal(line["request"])
		if err != nil {
			t.Fatal(err)
		}
		sent = sent || strings.Contains(string(request), planted["query value"])
		for _, own := range []string{"request", "resp_headers", "headers", "http"} {
			delete(line, own)
		}
		text, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		noSecrets(t, "the logger "+line.Text("logger"), string(text))
		hashes = hashes || hashed.MatchString(line.Text("paginate.client"))
		networks = networks || line.Text("client.address") == "198.51.100.0/24"
		broken = broken || strings.Contains(line.Text("msg"), "the upstream's list cannot be used")
	}
	if !sent || !hashes || !networks || !broken {
		t.Errorf("got secrets sent %v, hashes %v, networks %v, broken lists %v: this proves nothing", sent, hashes, networks, broken)
	}
}

// checkLedger looks at all that is stored, but for the secret itself.
func checkLedger(t *testing.T, dir string) {
	t.Helper()
	root := os.DirFS(filepath.Join(dir, "paginate"))
	files, rows := 0, false
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		if zipped, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			if data, err = io.ReadAll(zipped); err != nil {
				return err
			}
		}
		files++
		rows = rows || bytes.Contains(data, []byte("announce-default")) && bytes.Contains(data, []byte("198.51.100.0/24"))
		noSecrets(t, path, string(data))
		return nil
	})
	if err != nil || files == 0 || !rows {
		t.Errorf("got %d files, rows of ours %v, error %v", files, rows, err)
	}
}
