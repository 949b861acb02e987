package caddymodule

import (
	"slices"
	"sync"
)

// The apps that run. While a configuration takes over from another one both do,
// and the newest counts; one that fails to start never comes to stand here, or
// leaves again. The admin API needs this, as its handlers outlive the
// configuration that they were made for.
var (
	liveMu   sync.Mutex
	liveApps []*App
)

func goLive(a *App) {
	liveMu.Lock()
	defer liveMu.Unlock()
	liveApps = append(liveApps, a)
}

func goOff(a *App) {
	liveMu.Lock()
	defer liveMu.Unlock()
	liveApps = slices.DeleteFunc(liveApps, func(other *App) bool { return other == a })
}

// liveApp is the app of the configuration that is in force, nil if none is that
// has one.
func liveApp() *App {
	liveMu.Lock()
	defer liveMu.Unlock()
	if len(liveApps) == 0 {
		return nil
	}
	return liveApps[len(liveApps)-1]
}
