package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

// A wires is the transport of one who asks for one thing after another: it has a connection
// to each host, and uses it by system calls that block. net/http's own hands every answer
// from goroutine to goroutine, and how long they take to wake would be a good part of what
// a short page takes. It is for one goroutine; a request is only over once its answer's
// body has been read to the end, or closed.
type wires map[string]*wire

// A wire is a connection.
type wire struct {
	file *os.File
	in   *bufio.Reader
	out  *bufio.Writer
}

// RoundTrip asks, on the connection that is there if there is one.
func (ws wires) RoundTrip(r *http.Request) (*http.Response, error) {
	w, err := ws.to(r.URL.Host)
	if err != nil {
		return nil, err
	}
	res, err := w.ask(r)
	if err != nil {
		ws.cut(r.URL.Host)
		return nil, err
	}
	res.Body = &wireBody{ReadCloser: res.Body, cut: func() { ws.cut(r.URL.Host) }, last: res.Close}
	return res, nil
}

// CloseIdleConnections closes all there are.
func (ws wires) CloseIdleConnections() {
	for host := range ws {
		ws.cut(host)
	}
}

func (ws wires) cut(host string) {
	if w := ws[host]; w != nil {
		w.file.Close()
		delete(ws, host)
	}
}

func (ws wires) to(host string) (*wire, error) {
	if w := ws[host]; w != nil {
		return w, nil
	}
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close() // the file is another descriptor of it
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	file.Fd() // from here on its system calls block
	ws[host] = &wire{file, bufio.NewReaderSize(file, readSize), bufio.NewWriter(file)}
	return ws[host], nil
}

func (w *wire) ask(r *http.Request) (*http.Response, error) {
	if err := r.Write(w.out); err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	if err := w.out.Flush(); err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	res, err := http.ReadResponse(w.in, r)
	if err != nil {
		return nil, fmt.Errorf("reading the answer's header: %w", err)
	}
	return res, nil
}

// A wireBody cuts the connection unless it has been read to its end.
type wireBody struct {
	io.ReadCloser
	cut  func()
	last bool // the server closes the connection behind it
	over bool
}

func (b *wireBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || b.over {
		return n, err
	}
	b.over = true
	if b.last || !errors.Is(err, io.EOF) {
		b.cut()
	}
	return n, err
}

// Close does not close what is below, which would read on to the end.
func (b *wireBody) Close() error {
	if !b.over {
		b.over = true
		b.cut()
	}
	return nil
}
