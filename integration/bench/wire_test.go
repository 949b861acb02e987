//go:build linux

package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestConnectionsOfOneWhoAsksAlone asks three times, and counts the connections.
func TestConnectionsOfOneWhoAsksAlone(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	whole := func(body io.Reader) error {
		text, err := io.ReadAll(body)
		if err == nil && string(text) != long {
			t.Errorf("got %d bytes, want %d", len(text), len(long))
		}
		return err
	}
	some := func(body io.Reader) error {
		_, err := io.ReadFull(body, make([]byte, 10))
		return err
	}
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		read   func(io.Reader) error
		want   int32
		fails  bool
	}{
		{"a length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1048576")
			_, _ = io.WriteString(w, long)
		}, whole, 1, false},
		{"chunks", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) }, whole, 1, false},
		{"the server closes", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "close")
			_, _ = io.WriteString(w, long)
		}, whole, 3, false},
		{"the client has enough", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) }, some, 3, false},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, long)
			panic(http.ErrAbortHandler)
		}, whole, 3, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var connections atomic.Int32
			srv := httptest.NewUnstartedServer(tc.answer)
			srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			srv.Start()
			defer srv.Close()
			c := newClient()
			defer c.close()
			for range 3 {
				body, err := c.ask(t.Context(), srv.URL)
				if err != nil {
					t.Fatal(err)
				}
				if err := tc.read(body); (err != nil) != tc.fails {
					t.Errorf("got the error %v", err)
				}
				body.Close()
			}
			if got := connections.Load(); got != tc.want {
				t.Errorf("got %d connections, want %d", got, tc.want)
			}
		})
	}
}

func TestNobodyToConnectTo(t *testing.T) {
	c := newClient()
	defer c.close()
	if _, _, err := c.drain(t.Context(), started(t, 1).url); err == nil {
		t.Error("got no error")
	}
}
