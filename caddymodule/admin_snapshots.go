package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
)

// A snapshotReport is what the admin API tells of the snapshots that there are.
type snapshotReport struct {
	Now       time.Time      `json:"now"`
	Store     string         `json:"store"`
	Bytes     int64          `json:"bytes"`
	Snapshots []snapshotLine `json:"snapshots"`
}

// A snapshotLine is one snapshot. It tells no key and no query: those have what tells
// callers apart.
type snapshotLine struct {
	ID         string    `json:"id"`
	Route      string    `json:"route"`
	Path       string    `json:"path"`
	State      string    `json:"state"`
	Items      int64     `json:"items"`
	Bytes      int64     `json:"bytes"`
	Begun      time.Time `json:"begun"`
	AgeSeconds float64   `json:"age_seconds"`
	LastUse    time.Time `json:"last_use"`
}

// A dropReport says how many snapshots have been dropped.
type dropReport struct {
	Dropped int `json:"dropped"`
}

var errNoSnapshots = errors.New("no route keeps snapshots")

// liveSnapshots are those of the configuration that is in force.
func liveSnapshots() (*pooledSnapshots, error) {
	app := liveApp()
	if app == nil || app.snapshots == nil {
		return nil, caddy.APIError{HTTPStatus: http.StatusNotFound, Err: errNoSnapshots}
	}
	return app.snapshots, nil
}

func serveSnapshots(w http.ResponseWriter, _ *http.Request) error {
	s, err := liveSnapshots()
	if err != nil {
		return err
	}
	return serveJSON(w, s.report(systemClock{}.Now()))
}

// report lists the snapshots, as the manager has them.
func (s *pooledSnapshots) report(now time.Time) snapshotReport {
	r := snapshotReport{Now: now, Store: s.store, Snapshots: []snapshotLine{}}
	for _, info := range s.manager.List() {
		r.Bytes += info.Size
		r.Snapshots = append(r.Snapshots, lineOf(info, now))
	}
	return r
}

func lineOf(info snapshot.Info, now time.Time) snapshotLine {
	return snapshotLine{
		ID:         info.ID,
		Route:      info.Label.Route,
		Path:       info.Label.Path,
		State:      stateOf(info),
		Items:      info.Items,
		Bytes:      info.Size,
		Begun:      info.Born,
		AgeSeconds: now.Sub(info.Born).Seconds(),
		LastUse:    info.Used,
	}
}

// stateOf is a word for how far a snapshot is.
func stateOf(info snapshot.Info) string {
	if info.Done {
		return "complete"
	}
	return "reading"
}

// dropSnapshots drops all snapshots, or those of a route: ?route=orders.
func dropSnapshots(w http.ResponseWriter, r *http.Request) error {
	s, err := liveSnapshots()
	if err != nil {
		return err
	}
	routes := r.URL.Query()["route"]
	n := s.manager.Drop(func(info snapshot.Info) bool {
		return len(routes) == 0 || slices.Contains(routes, info.Label.Route)
	})
	return serveJSON(w, dropReport{n})
}

// dropSnapshot drops the snapshot whose id ends the path.
func dropSnapshot(w http.ResponseWriter, r *http.Request) error {
	s, err := liveSnapshots()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if s.manager.Drop(func(info snapshot.Info) bool { return info.ID == id }) == 0 {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: fmt.Errorf("there is no snapshot %q", id)}
	}
	return serveJSON(w, dropReport{1})
}
