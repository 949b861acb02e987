package integration

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
	"github.com/caddy-paginate/caddy-paginate/integration/legacyapi"
)

// The upstream is told of a client that leaves before its page is complete, and
// nobody calls that the upstream's fault.
func TestStopClientLeaves(t *testing.T) {
	for _, kind := range upstreamKinds {
		if kind.deaf {
			continue // it would have to write to notice
		}
		for _, ck := range clientKinds {
			t.Run(kind.name+"/"+ck.name, func(t *testing.T) {
				upstream := newEndless(kind)
				upstream.stall = 5
				s := harness.StartConfig(t, harness.Config{
					Global: speakH2C,
					Routes: paginated("limit 20 100", kind.start(t, upstream)),
				})
				ctx, leave := context.WithCancel(t.Context())
				go func() { // as soon as the upstream has the request
					harness.Poll(t, func() error { return upstream.started() })
					leave()
				}()
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/orders", nil)
				if err != nil {
					t.Fatal(err)
				}
				if a := newClient(t, ck.h2).do(req); a.Err == nil {
					t.Fatalf("got %v, want no answer", a)
				}
				waitTold(t, upstream)
				s.Access(t, 1)
				for _, line := range s.Log(t, "http.handlers.paginate") {
					if level := line.Text("level"); level == "warn" || level == "error" {
						t.Errorf("the upstream is blamed: %v", line)
					}
				}
			})
		}
	}
}

// A client that does not read its page does not hold the upstream up: what is
// not wanted is stopped first.
func TestStopSlowClient(t *testing.T) {
	upstream := newEndless(upstreamKinds[0])
	upstream.padding = 150 << 10 // a page of 15 MB does not fit into the sockets
	s := harness.Start(t, paginated("limit 100 100", startH1(t, upstream)))
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(256 << 10); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /orders HTTP/1.1\r\nHost: x\r\n\r\n")
	waitTold(t, upstream) // while nothing has been read yet

	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(body), upstream.list(100); got != want {
		t.Errorf("got a page of %d bytes, want %d", len(got), len(want))
	}
	s.NoTrouble(t)
}

// Requests that come before the last one is answered are answered in order.
func TestStopPipelining(t *testing.T) {
	_, server := legacy(t, legacyapi.Options{Items: 100_000})
	s := harness.Start(t, paginated("limit 20 100", proxyTo(server)))
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for page := range 10 {
		fmt.Fprintf(conn, "GET /orders?limit=5&offset=%d HTTP/1.1\r\nHost: x\r\n\r\n", page*5)
	}
	r := bufio.NewReader(conn)
	for page := range 10 {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("reading answer %d: %v", page, err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || string(body) != orders(page*5, page*5+5) {
			t.Errorf("answer %d: got %d bytes and error %v, want its page", page, len(body), err)
		}
	}
	s.NoTrouble(t)
}

// Streams of one HTTP/2 connection do not disturb each other.
func TestStopHTTP2Streams(t *testing.T) {
	_, server := legacy(t, legacyapi.Options{Items: 100_000})
	s := harness.StartConfig(t, harness.Config{
		Global: speakH2C,
		Routes: paginated("limit 20 100", proxyTo(server)),
	})
	client := newClient(t, true)
	wantPage(t, client.fetch(t, http.MethodGet, s.URL+"/orders"), orders(0, 20))
	var wg sync.WaitGroup
	for page := range 40 {
		wg.Go(func() {
			query := url.Values{"limit": {"10"}, "offset": {fmt.Sprint(page * 10)}}
			a := client.fetch(t, http.MethodGet, s.URL+"/orders?"+query.Encode())
			if a.Err != nil || string(a.Body) != orders(page*10, page*10+10) {
				t.Errorf("page %d: got %v", page, a)
			}
		})
	}
	wg.Wait()
	if got := client.dials.Load(); got != 1 {
		t.Errorf("the client needed %d connections, want 1", got)
	}
	s.NoTrouble(t)
}
