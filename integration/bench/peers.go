package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// A peer is another way to page a list that knows no bounds: what one would
// build or install in the product's place. It stands in front of the demo API.
type peer struct {
	// name is for tables.
	name string

	// url is where it answers, without a path. It is empty for one that is a
	// pipeline of programs and not a server; ask speaks to either.
	url string

	// absent says why it could not be started: it is not installed, mostly. Only
	// name may be read then.
	absent error

	running
}

// running is what of a peer runs.
type running interface {
	// ask has the answer to a path and query written to w.
	ask(ctx context.Context, path string, w io.Writer) error

	// cpu is the processor time that its processes have taken so far.
	cpu() (time.Duration, error)

	// peak is the most memory that its processes ever held, in bytes. It is the
	// sum of each one's most, which they need not have held at the same time.
	peak() (uint64, error)

	// stop ends its processes and waits for them.
	stop()
}

// cut is the path and query that has the first n items of a list. The list is
// a path of the demo API, maybe with its own parameters: "/orders?_n=1000".
func cut(list string, n int) string {
	return withParameter(list, "limit", strconv.Itoa(n))
}

// trim is the path and query that has all items of a list, with those fields.
func trim(list string, fields ...string) string {
	return withParameter(list, "fields", strings.Join(fields, ","))
}

func withParameter(list, name, value string) string {
	separator := "?"
	if strings.Contains(list, "?") {
		separator = "&"
	}
	return list + separator + name + "=" + value
}

// peerKinds are the peers, each with how it is started.
var peerKinds = []struct {
	name  string
	start func(ctx context.Context, l *lab) (url string, r running, err error)
}{
	{"nginx + lua + cjson", startNginx},
	{"Node + json-mask", startNode},
	{"Caddy + encoding/json", startCaddyJSON},
	{"curl | jq", startJQ},
	{"curl | jq --stream", startJQStream},
}

// startPeers starts all peers in front of the lab's demo API. One that is not
// installed is among them, absent, and said so on the terminal: a table without
// it would look whole. The caller stops them with stopPeers.
func startPeers(ctx context.Context, l *lab) ([]peer, error) {
	var peers []peer
	for _, kind := range peerKinds {
		p := peer{name: kind.name}
		p.url, p.running, p.absent = kind.start(ctx, l)
		if p.absent != nil {
			if err := ctx.Err(); err != nil {
				stopPeers(peers)
				return nil, err
			}
			if !errors.Is(p.absent, errNotInstalled) {
				stopPeers(peers)
				return nil, fmt.Errorf("starting %s: %w", p.name, p.absent)
			}
			fmt.Fprintf(os.Stderr, "bench: NOT MEASURED: %s: %v\n", p.name, p.absent)
		}
		peers = append(peers, p)
	}
	return peers, nil
}

// stopPeers ends those that were started.
func stopPeers(peers []peer) {
	for _, p := range peers {
		if p.absent == nil {
			p.stop()
		}
	}
}

// errNotInstalled is why a peer is absent.
var errNotInstalled = errors.New("not installed (integration/bench/peers/install.sh installs it)")

// server is a peer that answers HTTP.
type server struct {
	*process
	client *http.Client
}

func newServer(p *process) *server {
	return &server{process: p, client: &http.Client{Transport: &http.Transport{DisableCompression: true}}}
}

func (s *server) ask(ctx context.Context, path string, w io.Writer) error {
	if _, err := url.Parse(path); err != nil {
		return fmt.Errorf("reading the path: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("asking: %s", res.Status)
	}
	if _, err := io.Copy(w, res.Body); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}

// cpu is that of the process and all that it started.
func (s *server) cpu() (time.Duration, error) {
	var sum time.Duration
	for _, p := range family(s.process) {
		one, err := p.cpu()
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

// peak is that of the process and all that it started.
func (s *server) peak() (uint64, error) {
	var sum uint64
	for _, p := range family(s.process) {
		one, err := p.peak()
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

func (s *server) stop() {
	s.client.CloseIdleConnections()
	s.process.stop()
}
