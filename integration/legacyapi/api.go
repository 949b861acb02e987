// Package legacyapi is a legacy list API to page: GET /orders answers with the
// whole list, a million orders unless told otherwise, whatever is asked. Order
// i is the same in every run, so tests can say what each byte of a page must
// be; the list is streamed, so its size costs no memory here.
//
// An order's look, after how many the list repeats itself, its size and root,
// the framing, the encoding and the faults are options. They are set for the
// server (Options), and for one request by query parameters that begin with an
// underscore:
//
//	/orders?_n=1000&_shape=wide&_root=envelope&_fault=die@10.5
//
// Every other parameter is ignored, as unbounded APIs do, unless the API is
// told to page natively.
//
// GET /orders/{id} answers with one order, GET /_stats with what was sent to
// whom, and DELETE /_stats forgets it.
package legacyapi

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// API is the legacy API: an http.Handler that remembers what it sent.
type API struct {
	opts  Options
	mux   *http.ServeMux
	stats recorder
	sizes sync.Map // of sizeKey to int64: what a first pass over a long list found
	rings sync.Map // of ringKey to *ring: what lists that repeat themselves repeat
}

// New makes an API that serves what the options say.
func New(o Options) *API {
	a := &API{opts: o, mux: http.NewServeMux()}
	a.mux.HandleFunc("GET /{$}", a.serveIndex)
	a.mux.HandleFunc("GET /orders", a.serveList)
	a.mux.HandleFunc("GET /orders/{id}", a.serveOrder)
	a.mux.HandleFunc("GET /_stats", a.serveStats)
	a.mux.HandleFunc("DELETE /_stats", func(http.ResponseWriter, *http.Request) { a.Reset() })
	return a
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

func (a *API) serveIndex(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, "A legacy API: /orders is an unbounded list of %d orders.\n", a.opts.items())
}

func (a *API) serveStats(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a.Stats()) // a client that is gone need not be told
}

// serveOrder answers with one order, in the shape of the list's items.
func (a *API) serveOrder(w http.ResponseWriter, r *http.Request) {
	o, err := a.opts.override(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > o.items() {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(AppendItem(nil, o.Shape, o.order(id-1))) // a client that is gone need not be told
}

func (a *API) serveList(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	o, err := a.opts.override(query)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}

	cw := &countingWriter{ResponseWriter: w}
	rec := a.stats.begin(r)
	defer func() {
		rec.Bytes, rec.Status = cw.bytes, cw.status
		a.stats.end(rec)
	}()

	from, to := o.window(query)
	s := &stream{o: o, w: cw, r: r, from: from, to: to, ring: a.ring(o)}
	if o.Fault.before(AtHead) {
		if err := s.strike(); err != nil {
			rec.ClientGone = r.Context().Err() != nil
			panic(http.ErrAbortHandler)
		}
	}
	if !a.writeHeader(cw, r, o, from, to) {
		return
	}
	err = s.run()
	rec.Items = s.items
	if err != nil {
		// Whatever it was, a tidy end would be a lie.
		rec.ClientGone = r.Context().Err() != nil || cw.failed
		panic(http.ErrAbortHandler)
	}
}

// writeHeader sends the list's header and reports whether a body is due.
func (a *API) writeHeader(w http.ResponseWriter, r *http.Request, o Options, from, to int) bool {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if o.Lines {
		h.Set("Content-Type", "application/x-ndjson")
	}
	if o.ETag {
		h.Set("Etag", etag(o, from, to))
		if r.Header.Get("If-None-Match") == h.Get("Etag") {
			w.WriteHeader(http.StatusNotModified)
			return false
		}
	}
	if o.Encoding != "" {
		h.Set("Content-Encoding", o.Encoding)
	}
	if o.ContentLength || o.Fault.Kind == Short {
		h.Set("Content-Length", strconv.FormatInt(a.bodySize(o, from, to), 10))
	}
	w.WriteHeader(http.StatusOK)
	return r.Method != http.MethodHead
}

// etag is a strong tag: it depends on all that the body depends on.
func etag(o Options, from, to int) string {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%+v %d %d", o, from, to)
	return fmt.Sprintf("%q", strconv.FormatUint(hash.Sum64(), 36))
}

// window is which orders the answer holds: from up to, but not including, to.
func (o Options) window(query url.Values) (from, to int) {
	n := o.items()
	limit := n
	switch o.Native {
	case NativeOff:
		return 0, n
	case NativeOffset:
		limit = positive(query.Get("limit"), n)
		from = positive(query.Get("offset"), 0)
	case NativeKey:
		limit = positive(query.Get("limit"), n)
		from = positive(query.Get("after_id"), 0) // ids count from 1
	case NativePage:
		limit = positive(query.Get("per_page"), n)
		page := positive(query.Get("page"), 1)
		if page-1 > n/max(limit, 1) {
			return n, n // beyond the end; the product could overflow
		}
		from = (page - 1) * limit
	}
	if o.Cap > 0 {
		limit = min(limit, o.Cap)
	}
	from = min(from, n)
	return from, from + min(limit, n-from)
}

// positive reads a plain positive number, and takes anything else for absent.
func positive(text string, absent int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return absent
	}
	return n
}
