package integration

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

var allPhases = []string{"observe", "announce", "enforce"}

// An event reaches the client while the upstream goes on: it sends the next one
// only when the client has the last.
func TestStreamServerSentEvents(t *testing.T) {
	for _, tc := range []struct{ name, contentType string }{
		{"SSE", "text/event-stream"},
		{"JSON sequence", "application/json-seq"},
		{"octets", "application/octet-stream"},
	} {
		for _, phase := range allPhases {
			t.Run(tc.name+"/"+phase, func(t *testing.T) {
				received := make(chan struct{})
				upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", tc.contentType)
					for i := range 5 {
						fmt.Fprintf(w, "{\"id\":%d}\n", i)
						_ = http.NewResponseController(w).Flush()
						select {
						case <-received:
						case <-r.Context().Done():
							return
						}
					}
				})
				s := harness.Start(t, paginated("phase "+phase+"\nlimit 2 3", upstream))
				res, err := newClient(t, false).Get(s.URL + "/x")
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				lines := bufio.NewReader(res.Body)
				for i := range 5 {
					line, err := lines.ReadString('\n')
					if want := fmt.Sprintf("{\"id\":%d}\n", i); line != want || err != nil {
						t.Fatalf("got %q and error %v, want %q", line, err, want)
					}
					received <- struct{}{}
				}
				if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
					t.Errorf("got %q and error %v at the end", rest, err)
				}
				s.NoTrouble(t)
			})
		}
	}
}

// A download is the same bytes, and has its length.
func TestStreamDownload(t *testing.T) {
	content := bytes.Repeat([]byte("[{\"id\":1},\x00\xff"), 800_000)
	want := sha256.Sum256(content)
	upstream := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Header().Set("Repr-Digest", "sha-256=:AAAA:")
		_, _ = w.Write(content)
	})
	for _, phase := range allPhases {
		s := harness.Start(t, paginated("phase "+phase+"\nlimit 2 3", upstream))
		a := get(t, s.URL+"/x")
		if got := sha256.Sum256(a.Body); a.Err != nil || got != want || a.ContentLength != int64(len(content)) {
			t.Errorf("%s: got %d of %d bytes, Content-Length %d, error %v", phase, len(a.Body), len(content), a.ContentLength, a.Err)
		}
		if a.Header.Get("Repr-Digest") == "" {
			t.Errorf("%s: the digest is gone", phase)
		}
		s.NoTrouble(t)
	}
}

// A connection that is upgraded is none of our business.
func TestStreamWebSocket(t *testing.T) {
	upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" {
			http.Error(w, "no upgrade", http.StatusBadRequest)
			return
		}
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		fmt.Fprint(buf, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-Websocket-Accept: x\r\n\r\n")
		for {
			if err := buf.Flush(); err != nil {
				return
			}
			line, err := buf.ReadString('\n')
			if err != nil {
				return
			}
			fmt.Fprint(buf, "echo ", line)
		}
	})
	for _, phase := range allPhases {
		t.Run(phase, func(t *testing.T) {
			s := harness.Start(t, paginated("phase "+phase+"\nlimit 2 3", upstream))
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, "GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n")
			r := bufio.NewReader(conn)
			res, err := http.ReadResponse(r, nil)
			if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
				t.Fatalf("got %v and error %v, want 101", res, err)
			}
			for i := range 3 {
				fmt.Fprintf(conn, "[%d]\n", i)
				if got, err := r.ReadString('\n'); got != fmt.Sprintf("echo [%d]\n", i) || err != nil {
					t.Errorf("got %q and error %v", got, err)
				}
			}
			// Stopping Caddy while a tunnel is open is a race of its own (the count of
			// a hijacked connection's bytes): wait until this one has been taken down.
			conn.Close()
			s.Access(t, 1)
		})
	}
}

// Early hints pass at once, and leave no trace in the page's header.
func TestStreamEarlyHints(t *testing.T) {
	const preload = `</style.css>; rel="preload"; as="style"`
	hinted := make(chan struct{}, 1)
	upstream := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", preload)
		w.WriteHeader(http.StatusEarlyHints)
		select { // the answer comes when the client has the hint
		case <-hinted:
		case <-r.Context().Done():
			return
		}
		w.Header().Del("Link")
		w.Header().Set("Content-Type", asJSON)
		_, _ = io.WriteString(w, list(0, 500))
	})
	for _, phase := range allPhases {
		t.Run(phase, func(t *testing.T) {
			s := harness.Start(t, paginated("phase "+phase+"\nlimit 2 3", upstream))
			req, err := http.NewRequest(http.MethodGet, s.URL+"/x?limit=2", nil)
			if err != nil {
				t.Fatal(err)
			}
			var hints []string
			req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
					hints = append(hints, fmt.Sprint(code, " ", header["Link"], " ", header["Deprecation"]))
					hinted <- struct{}{}
					return nil
				},
			}))
			a := newClient(t, false).do(req)
			if want := []string{"103 [" + preload + "] []"}; !slices.Equal(hints, want) {
				t.Errorf("got the hints %q, want %q", hints, want)
			}
			if phase == "observe" {
				if string(a.Body) != list(0, 500) || a.Err != nil || a.Header.Get("Link") != "" {
					t.Errorf("got %v, want the list", a)
				}
				return
			}
			wantPage(t, a, list(0, 2))
			if lines := a.Header["Link"]; len(lines) != 1 || strings.Contains(lines[0], "preload") {
				t.Errorf("got the Link lines %q, want ours alone", lines)
			}
		})
	}
}

// withTrailers answers with a list and trailers, one of them announced.
func withTrailers(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", asJSON)
		w.Header().Set("Trailer", "X-Checksum")
		_, _ = io.WriteString(w, list(0, n))
		_ = http.NewResponseController(w).Flush()
		w.Header().Set("X-Checksum", "of the whole list")
		w.Header().Set(http.TrailerPrefix+"X-Unannounced", "of the whole list, too")
	}
}

// Trailers follow an answer that is passed on, and describe no page.
func TestStreamTrailers(t *testing.T) {
	for _, n := range []int{2, 4, 5000} { // a page, a short list that is cut, a long one
		upstream := serve(t, withTrailers(n))
		for _, ck := range clientKinds {
			t.Run(fmt.Sprint(n, " items/", ck.name), func(t *testing.T) {
				s := harness.StartConfig(t, harness.Config{Global: speakH2C, Routes: upstream})
				client := newClient(t, ck.h2)
				want := client.fetch(t, http.MethodGet, s.URL+"/x")
				if want.Trailer.Get("X-Checksum") == "" || want.Trailer.Get("X-Unannounced") == "" {
					t.Fatalf("Caddy alone passes the trailers %v", want.Trailer)
				}
				for _, tc := range []struct{ phase, query string }{
					{"observe", ""}, {"announce", ""}, {"announce", "?limit=2"}, {"enforce", ""}, {"enforce", "?limit=2"},
				} {
					s.Reload(t, harness.Config{Global: speakH2C, Routes: paginated("phase "+tc.phase+"\nlimit 3 3", upstream)})
					a := client.fetch(t, http.MethodGet, s.URL+"/x"+tc.query)
					if tc.phase == "enforce" || tc.query != "" {
						wantNoTrailer(t, a)
					} else if a.Err != nil || string(a.Body) != list(0, n) || !maps.EqualFunc(a.Trailer, want.Trailer, slices.Equal) {
						t.Errorf("%v: got %v with the trailers %v, want %v", tc, a, a.Trailer, want.Trailer)
					} else if a.Header.Get("X-Checksum") != "" {
						t.Errorf("%v: the trailer is in the header: %v", tc, a.Header)
					}
				}
			})
		}
	}
}

func wantNoTrailer(t *testing.T, a answer) {
	t.Helper()
	if a.Err != nil || a.Status != http.StatusOK {
		t.Errorf("got %v, want a page", a)
	}
	for _, name := range []string{"X-Checksum", "X-Unannounced", "Trailer", http.TrailerPrefix + "X-Unannounced"} {
		if a.Header.Get(name) != "" || a.Trailer.Get(name) != "" {
			t.Errorf("the page has the list's %s: header %v, trailer %v", name, a.Header, a.Trailer)
		}
	}
}
