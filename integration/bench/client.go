package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// readSize is how much the client takes at once. It shares the cores with
// those it measures, so it does as little as it can.
const readSize = 256 << 10

// client asks and throws away what it gets. It is for one goroutine.
type client struct {
	http *http.Client
	buf  []byte
}

// newClient makes a client that asks alone, for one thing after another. It says nothing of
// encodings, so nothing comes compressed.
func newClient() *client { return newClientOver(wires{}) }

// oneOfMany makes a client that asks beside many others, on a connection of its own. Each is
// a goroutine that waits; as many threads would get in each other's way.
func oneOfMany() *client {
	return newClientOver(&http.Transport{DisableCompression: true, ReadBufferSize: readSize})
}

func newClientOver(transport http.RoundTripper) *client {
	return &client{http: &http.Client{Transport: transport}, buf: make([]byte, readSize)}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// drain asks once, and tells how many bytes the answer had and how long its
// last byte took.
func (c *client) drain(ctx context.Context, url string) (size int64, took time.Duration, err error) {
	began := time.Now()
	body, err := c.ask(ctx, url)
	if err != nil {
		return 0, 0, err
	}
	defer body.Close()
	for {
		n, err := body.Read(c.buf)
		size += int64(n)
		if err == io.EOF {
			return size, time.Since(began), nil
		}
		if err != nil {
			return size, 0, fmt.Errorf("reading the answer: %w", err)
		}
	}
}

// read asks once and returns the answer's body.
func (c *client) read(ctx context.Context, url string) ([]byte, error) {
	body, err := c.ask(ctx, url)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return text, nil
}

// ask returns the body of a 200, and takes any other answer for an error.
func (c *client) ask(ctx context.Context, url string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10)) // only to say more in the error
		return nil, fmt.Errorf("asking: %s: %s", res.Status, bytes.TrimSpace(text))
	}
	return res.Body, nil
}
