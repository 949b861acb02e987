package caddymodule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	_ "github.com/caddyserver/caddy/v2/modules/filestorage"
	"github.com/caddyserver/certmagic"
)

// memoryStorage is as much of a storage as the secret needs. Its locks can be
// waited for, which files' locks do by polling.
type memoryStorage struct {
	certmagic.Storage // nil: other methods are not called

	lock chan struct{}

	mu     sync.Mutex
	value  []byte
	stores int
	locked int
	fail   error // what Load and Store give instead

	meet    int            // so many first Loads wait for each other
	meeting sync.WaitGroup // those that are still awaited
	onStore func()
}

func newMemoryStorage() *memoryStorage { return &memoryStorage{lock: make(chan struct{}, 1)} }

func (s *memoryStorage) Lock(ctx context.Context, _ string) error {
	select {
	case s.lock <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locked++
	return nil
}

func (s *memoryStorage) Unlock(ctx context.Context, _ string) error {
	if err := ctx.Err(); err != nil {
		return err // a lock that nobody takes back
	}
	<-s.lock
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locked--
	return nil
}

func (s *memoryStorage) Load(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	value, fail := s.value, s.fail
	s.meet--
	early := s.meet >= 0
	s.mu.Unlock()
	if early { // after the look, so that all of them have seen the same
		s.meeting.Done()
		s.meeting.Wait()
	}
	switch {
	case fail != nil:
		return nil, fail
	case key != "paginate/secret" || value == nil:
		return nil, fs.ErrNotExist
	}
	return value, nil
}

func (s *memoryStorage) Store(ctx context.Context, key string, value []byte) error {
	if s.onStore != nil {
		s.onStore()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.fail, ctx.Err()); err != nil {
		return err
	}
	if key == "paginate/secret" {
		s.value = value
		s.stores++
	}
	return nil
}

func (s *memoryStorage) set(value []byte, fail error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value, s.fail = value, fail
}

// TestSecretIsMadeOnce asks for the secret from many goroutines of several
// instances that share a storage, all of which find none at first.
func TestSecretIsMadeOnce(t *testing.T) {
	const instances = 3
	storage := newMemoryStorage()
	storage.meet = instances
	storage.meeting.Add(instances)
	var mu sync.Mutex
	seen := make(map[string]int)
	var wg sync.WaitGroup
	for range instances {
		instance := newSecretKeeper(storage)
		for range 20 {
			wg.Go(func() {
				secret, err := instance.secret(t.Context())
				mu.Lock()
				defer mu.Unlock()
				if err != nil || len(secret) != 32 {
					t.Errorf("got %d bytes and error %v, want 32 bytes", len(secret), err)
				}
				seen[string(secret)]++
			})
		}
	}
	wg.Wait()
	if len(seen) != 1 || storage.stores != 1 || storage.locked != 0 {
		t.Errorf("got %d secrets, %d stores, %d locks left; want 1, 1, 0", len(seen), storage.stores, storage.locked)
	}
	secret, err := newSecretKeeper(storage).secret(t.Context())
	if err != nil || seen[string(secret)] == 0 {
		t.Errorf("an instance that starts later has another secret (error %v)", err)
	}
	if bytes.Equal(secret, make([]byte, 32)) {
		t.Error("the secret is not random")
	}
}

func TestSecretIsTriedAgain(t *testing.T) {
	storage := newMemoryStorage()
	keeper := newSecretKeeper(storage)
	down := errors.New("storage is down")
	storage.set(nil, down)
	if _, err := keeper.secret(t.Context()); !errors.Is(err, down) {
		t.Errorf("got error %v, want %v", err, down)
	}
	storage.set(nil, nil)
	first, err := keeper.secret(t.Context())
	if err != nil {
		t.Fatalf("after the storage is back: %v", err)
	}
	storage.set(nil, down)
	again, err := keeper.secret(t.Context())
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("a secret that is known is asked for again (error %v)", err)
	}
}

func TestSecretThatIsTooShortStays(t *testing.T) {
	storage := newMemoryStorage()
	storage.set([]byte("short"), nil)
	_, err := newSecretKeeper(storage).secret(t.Context())
	if err == nil || !strings.Contains(err.Error(), "paginate/secret in Caddy's storage has only 5 bytes") {
		t.Errorf("got error %v, want one that says what is wrong where", err)
	}
	if strings.Contains(err.Error(), "short") || string(storage.value) != "short" {
		t.Errorf("the error shows the secret, or it was replaced by %q", storage.value)
	}
}

// TestSecretWaitEndsWithTheRequest holds that a request does not wait for a
// storage longer than it lives itself, and leaves no lock behind.
func TestSecretWaitEndsWithTheRequest(t *testing.T) {
	storage := newMemoryStorage()
	keeper := newSecretKeeper(storage)
	ended, cancel := context.WithCancel(t.Context())
	cancel()

	storage.lock <- struct{}{} // another instance has it
	if _, err := keeper.secret(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for the storage's lock: got error %v, want canceled", err)
	}
	<-storage.lock

	keeper.turn <- struct{}{} // another request is at it
	if _, err := keeper.secret(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for one's turn: got error %v, want canceled", err)
	}
	<-keeper.turn

	leaving, leave := context.WithCancel(t.Context())
	storage.onStore = leave // the client goes in the middle of it
	if _, err := keeper.secret(leaving); !errors.Is(err, context.Canceled) || storage.locked != 0 {
		t.Fatalf("storing: got error %v, %d locks left; want canceled and none", err, storage.locked)
	}

	if _, err := keeper.secret(t.Context()); err != nil || storage.locked != 0 {
		t.Errorf("afterwards: got error %v, %d locks left; want none", err, storage.locked)
	}
}

// serverConfig is a server's whole configuration: what it has in apps, storage in dir.
func serverConfig(t *testing.T, dir, apps string) *caddy.Config {
	t.Helper()
	root, err := json.Marshal(dir)
	if err != nil {
		t.Fatal(err)
	}
	config := new(caddy.Config)
	text := `{"admin":{"disabled":true,"config":{"persist":false}},` +
		`"storage":{"module":"file_system","root":` + string(root) + `},"apps":{` + apps + `}}`
	if err := caddy.StrictUnmarshalJSON([]byte(text), config); err != nil {
		t.Fatal(err)
	}
	return config
}

// route is an HTTP app with one paginated route.
func route(handler string) string {
	return `"http":{"servers":{"s":{"listen":["127.0.0.1:0"],"automatic_https":{"disable":true},"routes":[{"handle":[` + handler + `]}]}}}`
}

// TestValidateWritesNothing holds what caddy validate promises.
func TestValidateWritesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := caddy.Validate(serverConfig(t, dir, route(`{"handler":"paginate"}`))); err != nil {
		t.Fatalf("validating: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("validating left %v in the storage (error %v)", entries, err)
	}
}

func TestValidateTellsTheOption(t *testing.T) {
	for _, tc := range []struct{ name, apps, want string }{
		{"handler", route(`{"handler":"paginate","over_max":"cut"}`), `over_max: unknown value "cut"`},
		{"unknown key", route(`{"handler":"paginate","bogus":1}`), `unknown field "bogus"`},
		{"app", `"paginate":{"secret":"short"}`, "secret: a secret must have at least 16 bytes, not 5"},
		{"app's unknown store", `"paginate":{"snapshots":{"store":"s3"}}`, `snapshots.store: unknown value "s3"; known are file, redis`},
		{"app's negative interval", `"paginate":{"notice_interval":-5}`, "notice_interval: an interval must not be negative, as -5ns is"},
		{"app's negative retention", `"paginate":{"retention":-5}`, "retention: a duration must be positive, not -5ns"},
		{"app's short retention", `"paginate":{"retention":3600000000000}`, "retention: the ledger goes back 3d at least, not 1h0m0s"},
		{"app's many clients", `"paginate":{"max_clients":1000001}`, "max_clients: at most 1000000 clients can be counted by themselves, not 1000001"},
		{"app's clients file", `"paginate":{"clients":"/nonexistent/clients.csv"}`, "reading clients: stat /nonexistent/clients.csv: no such file"},
		{"app's negative clients", `"paginate":{"max_clients":-5}`, "max_clients: the number of clients must be positive, not -5"},
		{"app's negative total", `"paginate":{"snapshots":{"total":-5}}`, "snapshots.total: must be positive, not -5"},
		{"app's unknown key", `"paginate":{"bogus":1}`, `unknown field "bogus"`},
		{"placeholder without value", `"paginate":{"secret":"{env.PAGINATE_TEST_UNSET}"}`, "resolving secret: evaluated placeholder {env.PAGINATE_TEST_UNSET} is empty"},
		{"placeholder unknown", `"paginate":{"secret":"{nobody.knows}"}`, "resolving secret: unrecognized placeholder {nobody.knows}"},
		{"placeholder with a short value", `"paginate":{"secret":"{env.PAGINATE_TEST_SHORT}"}`, "secret: a secret must have at least 16 bytes, not 3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("PAGINATE_TEST_SHORT", "abc")
			err := caddy.Validate(serverConfig(t, t.TempDir(), tc.apps))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant one with %q", err, tc.want)
			}
		})
	}
}

// provisionedApp is the app as a handler gets it.
func provisionedApp(t *testing.T, dir, apps string) *App {
	t.Helper()
	ctx, err := caddy.ProvisionContext(serverConfig(t, dir, apps))
	if err != nil {
		t.Fatalf("provisioning: %v", err)
	}
	app, err := ctx.App("paginate")
	if err != nil {
		t.Fatalf("getting the app: %v", err)
	}
	return app.(*App)
}

func TestAppWithoutConfiguration(t *testing.T) {
	dir := t.TempDir()
	app := provisionedApp(t, dir, "")
	secret, err := app.secret(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "paginate", "secret"))
	if err != nil || !bytes.Equal(kept, secret) {
		t.Errorf("the storage has %d bytes (error %v), want the secret", len(kept), err)
	}
	// A reload, or a second instance.
	again, err := provisionedApp(t, dir, `"paginate":{}`).secret(t.Context())
	if err != nil || !bytes.Equal(again, secret) {
		t.Errorf("another instance has another secret (error %v)", err)
	}
}

func TestAppWithSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("a secret from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PAGINATE_TEST_SECRET", "a secret from the environment")
	fromFile, err := json.Marshal("{file." + file + "}")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, secret, want string }{
		{"literal", `"0123456789abcdef"`, "0123456789abcdef"},
		{"environment", `"{env.PAGINATE_TEST_SECRET}"`, "a secret from the environment"},
		{"file", string(fromFile), "a secret from a file"},
		{"escaped brace", `"0123456789abcdef\\{x\\}"`, "0123456789abcdef{x}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			got, err := provisionedApp(t, dir, `"paginate":{"secret":`+tc.secret+`}`).secret(t.Context())
			if err != nil || string(got) != tc.want {
				t.Errorf("got %q (error %v), want %q", got, err, tc.want)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
				t.Errorf("a secret that is given left %v in the storage (error %v)", entries, err)
			}
		})
	}
}
