package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// Operators see what is kept, and can drop it; walks under way go on.
func TestSnapshotAdmin(t *testing.T) {
	up := newShelf(500)
	server := newUpstream(t, up)
	admin := "127.0.0.1:" + freePort(t)
	s := harness.StartConfig(t, harness.Config{
		Global: "admin " + admin,
		Routes: "handle /orders* {\n" + snapshotted("eager", "name orders", server) + "\n}\nhandle /users* {\n" + snapshotted("eager", "name users", server) + "\n}",
	})
	leap := freeze(t)
	c := pageClient(t)
	type line struct {
		ID, Route, Path, State string
		Items, Bytes           int64
		Begun                  time.Time
		AgeSeconds             float64   `json:"age_seconds"`
		LastUse                time.Time `json:"last_use"`
	}
	type listing struct {
		Store     string
		Bytes     int64
		Snapshots []line
	}
	look := func() (got listing) {
		t.Helper()
		r := send(t, c, http.MethodGet, "http://"+admin+"/paginate/snapshots")
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != http.StatusOK {
			t.Fatalf("got %d %s", r.status, r.body)
		}
		if strings.Contains(r.body, "planted") {
			t.Errorf("it tells of the request: %s", r.body)
		}
		return got
	}
	drop := func(tail string, status, want int) {
		t.Helper()
		r := send(t, c, http.MethodDelete, "http://"+admin+"/paginate/snapshots"+tail)
		var got struct{ Dropped int }
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != status || got.Dropped != want {
			t.Errorf("DELETE %s: got %d %s", tail, r.status, r.body)
		}
	}
	if got := look(); got.Store != "file" || len(got.Snapshots) != 0 {
		t.Errorf("before any: got %+v", got)
	}
	next := send(t, c, http.MethodGet, s.URL+"/orders%1b?limit=100&q=planted", "Authorization: Bearer planted").next(t)
	leap(90 * time.Second)
	for _, path := range []string{"/users/1?limit=100", "/users/2?limit=100"} {
		walkList(t, c, s.URL+path, nil)
	}
	harness.Poll(t, func() error {
		for _, one := range look().Snapshots {
			if one.State != "complete" {
				return fmt.Errorf("%s is %s", one.Path, one.State)
			}
		}
		return nil
	})
	leap(10 * time.Second)
	got := look()
	size := int64(len("[]") + 500*len(",") - 1)
	for i := range 500 {
		size += int64(len(shelfItem(i)))
	}
	first := got.Snapshots[0]
	if first.Route != "orders" || first.Path != "/orders%1b" || first.State != "complete" || first.Items != 500 || first.Bytes != size ||
		first.AgeSeconds != 100 || !first.LastUse.Equal(first.Begun) || got.Bytes != 3*size || got.Snapshots[1].Route != "users" {
		t.Errorf("got %+v, want items of %d bytes", got, size)
	}
	drop("/nobody", http.StatusNotFound, 0)
	drop("/"+got.Snapshots[1].ID, http.StatusOK, 1)
	drop("?route=others", http.StatusOK, 0)
	drop("?route=users", http.StatusOK, 1)
	if left := look().Snapshots; len(left) != 1 || left[0].ID != first.ID {
		t.Errorf("left: %+v", left)
	}
	drop("", http.StatusOK, 1)
	if left := look().Snapshots; len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
	up.reads.Store(0)
	if got := walkList(t, c, next, nil, "Authorization: Bearer planted"); !slices.Equal(got, count(100, 500)) {
		t.Errorf("the walk goes on with %d items", len(got))
	}
	up.wantReads(t, 1)
}
