package legacyapi

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// keptRecords is how many of the newest records are kept.
const keptRecords = 1024

// Record tells of one finished request for the list.
type Record struct {
	Method string      `json:"method"`
	URI    string      `json:"uri"`    // as it came, query included
	Header http.Header `json:"header"` // the request's
	Status int         `json:"status"` // 0: died before the header

	Items int   `json:"items"` // orders rendered whole, sent or not
	Bytes int64 `json:"bytes"` // of the body, encoded, that the server took

	// ClientGone tells that the client went away before the answer's end. An
	// answer that fits into the sockets' buffers is sent before that shows.
	ClientGone bool `json:"client_gone"`

	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"` // when the answer was done, or seen to be unwanted
}

// Stats tell what the API did since it was made or reset.
type Stats struct {
	Active   int      `json:"active"`   // requests under way
	Requests int      `json:"requests"` // finished ones
	Bytes    int64    `json:"bytes"`    // sent by them
	Gone     int      `json:"gone"`     // how many clients went away
	Recent   []Record `json:"recent"`   // the newest 512 at least, in the order in which they ended
}

// Stats returns what was recorded so far. Only requests for the list count.
func (a *API) Stats() Stats {
	a.stats.mu.Lock()
	defer a.stats.mu.Unlock()
	s := a.stats.Stats
	s.Recent = slices.Clone(s.Recent)
	return s
}

// Settled waits until no request for the list is under way and returns the
// stats: a client has its last byte a little before the record is written.
func (a *API) Settled(ctx context.Context) (Stats, error) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if s := a.Stats(); s.Active == 0 {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return a.Stats(), ctx.Err()
		case <-tick.C:
		}
	}
}

// Reset forgets everything but the requests that are under way.
func (a *API) Reset() {
	a.stats.mu.Lock()
	defer a.stats.mu.Unlock()
	a.stats.Stats = Stats{Active: a.stats.Active}
}

// recorder gathers the stats.
type recorder struct {
	mu sync.Mutex
	Stats
}

func (rec *recorder) begin(r *http.Request) *Record {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.Active++
	return &Record{Method: r.Method, URI: r.RequestURI, Header: r.Header.Clone(), Started: time.Now()}
}

func (rec *recorder) end(record *Record) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	record.Ended = time.Now()
	rec.Active--
	rec.Requests++
	rec.Bytes += record.Bytes
	if record.ClientGone {
		rec.Gone++
	}
	if len(rec.Recent) == keptRecords {
		rec.Recent = slices.Delete(rec.Recent, 0, keptRecords/2)
	}
	rec.Recent = append(rec.Recent, *record)
}

// countingWriter counts what the server took, and notices when it no longer
// does.
type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
	failed bool
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	w.failed = w.failed || err != nil
	return n, err
}

// Unwrap lets http.ResponseController flush.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
