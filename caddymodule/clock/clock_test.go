package clock_test

import (
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/clock"
)

func TestFreeze(t *testing.T) {
	at := time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC)
	clock.Freeze(at)
	defer clock.Resume()
	if got := clock.Now(); !got.Equal(at) {
		t.Errorf("frozen: got %s, want %s", got, at)
	}
	clock.Freeze(at.Add(time.Hour))
	if got := clock.Now(); !got.Equal(at.Add(time.Hour)) {
		t.Errorf("moved: got %s, want an hour later", got)
	}
	clock.Resume()
	before := time.Now()
	if got := clock.Now(); got.Before(before) || got.After(time.Now()) {
		t.Errorf("resumed: got %s, want the system's time", got)
	}
}
