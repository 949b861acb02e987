package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// TestClientsFile is read again when it has changed; one that is broken changes
// nothing and is told once; and keys are found as soon as there is a secret.
func TestClientsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clients.csv")
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Second)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write("id,name\nann,Ann\nkey-1,Shop\n")
	core, logs := observer.New(zapcore.DebugLevel)
	clock := &testClock{now: at}
	var secret []byte
	f := &clientsFile{path: path, clock: clock, logger: zap.New(core), shared: new(sharedClients), secret: func(context.Context) ([]byte, error) {
		if secret == nil {
			return nil, errors.New("out of reach")
		}
		return secret, nil
	}}
	if err := f.read(nil); err != nil {
		t.Fatal(err)
	}
	hashed := keyed("key-1", []byte(testSecret))
	expect := func(step string, told int, want map[string]string) {
		t.Helper()
		for client, name := range want {
			if c, _ := f.lookup(client); c.Name != name {
				t.Errorf("%s: %s is called %q, want %q", step, client, c.Name, name)
			}
		}
		if logs.Len() != told {
			t.Errorf("%s: got %d lines, want %d: %v", step, logs.Len(), told, logs.All())
		}
	}
	f.start()
	clock.advance(clientsInterval)
	expect("without a secret", 1, map[string]string{"ann": "Ann", hashed: ""})
	secret = []byte(testSecret)
	clock.advance(clientsInterval)
	expect("with a secret", 1, map[string]string{"ann": "Ann", hashed: "Shop"})
	write("id,name\nann,Anna\n")
	clock.advance(clientsInterval)
	expect("changed", 1, map[string]string{"ann": "Anna", hashed: ""})
	write("id,name\nann\n")
	clock.advance(clientsInterval)
	clock.advance(clientsInterval)
	expect("broken", 2, map[string]string{"ann": "Anna"})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	clock.advance(clientsInterval)
	clock.advance(clientsInterval)
	expect("gone", 3, map[string]string{"ann": "Anna"})
	again := &clientsFile{path: path, clock: clock, logger: f.logger, shared: f.shared}
	again.start() // another configuration finds the same
	again.end()
	expect("gone, behind a reload", 3, map[string]string{"ann": "Anna"})
	write("id,name\nann,Anja\n")
	clock.advance(clientsInterval)
	expect("back", 3, map[string]string{"ann": "Anja"})
	f.end()
	if n := clock.pending(); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}

// TestBrokenClientsFileAtLoad: what stands in the clients file keeps no
// configuration from being loaded, and takes nothing from what was read before.
func TestBrokenClientsFileAtLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "clients.csv")
	apps := fmt.Sprintf(`"paginate":{"clients":%q}`, path)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(step string, a *App, want string) {
		t.Helper()
		if c, _ := a.clients.lookup("ann"); c.Name != want {
			t.Errorf("%s: ann is called %q, want %q", step, c.Name, want)
		}
	}
	write("id,name\nann\n")
	expect("a start with a broken file", provisionedApp(t, dir, apps), "")
	write("id,name\nann,Ann\n")
	expect("a whole file", provisionedApp(t, dir, apps), "Ann")
	write("id,name\nann\n")
	expect("a reload with a broken file", provisionedApp(t, dir, apps), "Ann")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	expect("a reload without the file", provisionedApp(t, dir, apps), "Ann")
}
