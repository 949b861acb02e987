package legacyapi_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// half is the first half of an order's bytes, or the second.
func half(i int, second bool) string {
	item := page(legacyapi.Small, i, i+1)
	if second {
		return item[len(item)/2:]
	}
	return item[:len(item)/2]
}

func TestDying(t *testing.T) {
	three := page(legacyapi.Small, 0, 3)
	for _, tc := range []struct {
		name, query, want string
		items             int // rendered whole
	}{
		{"before the first item", "_n=9&_fault=die@0", "[", 0},
		{"in the first item", "_n=9&_fault=die@0.5", "[" + half(0, false), 0},
		{"between items", "_n=9&_fault=die@3", "[" + three + ",", 3},
		{"in an item", "_n=9&_fault=die@3.5", "[" + three + "," + half(3, false), 3},
		{"behind the list", "_n=3&_fault=die@end&_root=envelope", `{"api":"legacy","orders":[` + three + "]", 3},
		{"with a known length", "_n=9&_fault=die@3&_length=known", "[" + three + ",", 3},
		{"in a native page", "_n=9&_fault=die@3&_native=offset&limit=5&offset=2", "[" + page(legacyapi.Small, 2, 3) + ",", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			api, url := serve(t, legacyapi.Options{})
			res, got, err := get(t, http.MethodGet, url+"/orders?"+tc.query)
			if err == nil {
				t.Error("the answer ended as if it were whole")
			}
			if res == nil || res.StatusCode != http.StatusOK {
				t.Fatalf("got %v, %v, want a 200", res, err)
			}
			if got != tc.want {
				t.Errorf("body:\n got %q\nwant %q", got, tc.want)
			}
			stats := settled(t, api)
			if got := stats.Recent[0].Items; got != tc.items {
				t.Errorf("items: got %d, want %d", got, tc.items)
			}
			if stats.Gone != 0 {
				t.Error("the client is said to be gone, and it was the server who left")
			}
		})
	}
}

func TestDyingBeforeTheHeader(t *testing.T) {
	api, url := serve(t, legacyapi.Options{})
	res, _, err := get(t, http.MethodGet, url+"/orders?_fault=die@head")
	if err == nil {
		t.Errorf("got status %d, want no answer", res.StatusCode)
	}
	if got := settled(t, api).Recent[0].Status; got != 0 {
		t.Errorf("recorded status: got %d, want none", got)
	}
}

func TestRubbishInsideAnItem(t *testing.T) {
	_, url := serve(t, legacyapi.Options{})
	_, got, err := get(t, http.MethodGet, url+"/orders?_n=2&_fault=rubbish@1.5")
	if err != nil {
		t.Fatal(err)
	}
	want := "[" + page(legacyapi.Small, 0, 1) + "," + half(1, false) + "\x00<html>rubbish</html>" + half(1, true) + "]\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestShort(t *testing.T) {
	_, url := serve(t, legacyapi.Options{Items: 9, Envelope: true})
	res, got, err := get(t, http.MethodGet, url+"/orders?_fault=short@3")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error: got %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if want := envelope(page(legacyapi.Small, 0, 3), 9); got != want {
		t.Errorf("body:\n got %q\nwant %q", got, want)
	}
	if want := int64(len(envelope(page(legacyapi.Small, 0, 9), 9))); res.ContentLength != want {
		t.Errorf("content length: got %d, want %d", res.ContentLength, want)
	}
}

func TestStallingUntilTheClientLeaves(t *testing.T) {
	for _, encoding := range []string{"identity", "gzip", "zstd", "br"} {
		t.Run(encoding, func(t *testing.T) {
			api, url := serve(t, legacyapi.Options{Items: 9})
			res, err := http.Get(url + "/orders?_fault=stall@3&_encoding=" + encoding)
			if err != nil {
				t.Fatal(err)
			}
			// What stands before the fault must arrive, though the answer goes on.
			if _, err := bufio.NewReader(res.Body).ReadByte(); err != nil {
				t.Fatal(err)
			}
			if got := api.Stats().Active; got != 1 {
				t.Errorf("active requests: got %d, want 1", got)
			}
			res.Body.Close()
			stats := settled(t, api)
			if got := stats.Recent[0]; stats.Gone != 1 || !got.ClientGone || got.Items != 3 {
				t.Errorf("got %+v, want three items and a client that left", got)
			}
		})
	}
}

func TestAClientThatLeavesIsNoticed(t *testing.T) {
	api, url := serve(t, legacyapi.Options{}) // a million: no buffer holds so much
	res, err := http.Get(url + "/orders?q=1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, res.Body, 1000); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	stats := settled(t, api)
	got := stats.Recent[0]
	if !got.ClientGone || got.Items == legacyapi.DefaultItems {
		t.Errorf("got %+v, want a client that left before the end", got)
	}
	if got.URI != "/orders?q=1" || got.Method != http.MethodGet || got.Bytes < 1000 || got.Ended.Before(got.Started) {
		t.Errorf("got %+v, want the request's facts", got)
	}
}

func TestStatsOverHTTP(t *testing.T) {
	api, url := serve(t, legacyapi.Options{Items: 1})
	if _, _, err := get(t, http.MethodGet, url+"/orders"); err != nil {
		t.Fatal(err)
	}
	settled(t, api)
	_, body, err := get(t, http.MethodGet, url+"/_stats")
	if err != nil {
		t.Fatal(err)
	}
	if want := `"requests":1,`; !strings.Contains(body, want) {
		t.Errorf("got %s, want %s in it", body, want)
	}
	if _, _, err := get(t, http.MethodDelete, url+"/_stats"); err != nil {
		t.Fatal(err)
	}
	if stats := api.Stats(); stats.Requests != 0 || len(stats.Recent) != 0 || stats.Bytes != 0 {
		t.Errorf("after a reset: got %+v, want nothing", stats)
	}
}

func TestParseFault(t *testing.T) {
	for _, tc := range []struct {
		text string
		want legacyapi.Fault
	}{
		{"none", legacyapi.Fault{}},
		{"die@head", legacyapi.Fault{Kind: legacyapi.Die, Item: legacyapi.AtHead}},
		{"stall@0", legacyapi.Fault{Kind: legacyapi.Stall}},
		{"rubbish@10.5", legacyapi.Fault{Kind: legacyapi.Rubbish, Item: 10, Inside: true}},
		{"short@7", legacyapi.Fault{Kind: legacyapi.Short, Item: 7}},
		{"die@end", legacyapi.Fault{Kind: legacyapi.Die, Item: legacyapi.AtEnd}},
	} {
		got, err := legacyapi.ParseFault(tc.text)
		if err != nil || got != tc.want {
			t.Errorf("%s: got %+v, %v, want %+v", tc.text, got, err, tc.want)
		}
	}
}
