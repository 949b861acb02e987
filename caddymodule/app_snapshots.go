package caddymodule

import (
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
)

// snapshotPool has what is kept, by where it is kept: a reload that leaves that as it
// is leaves walks under way what they have.
var snapshotPool = caddy.NewUsagePool()

const defaultSnapshotTotal = 10 << 30

// A snapshotStore says where snapshots are kept; it is a key of snapshotPool.
type snapshotStore struct {
	kind    string
	address string // of Redis
	dir     string // of files
	total   int64
}

// A pooledSnapshots is what configurations of the process share.
type pooledSnapshots struct {
	store   string
	manager *snapshot.Manager
	writes  routeWrites
	close   func() error // of the store; nil: there is nothing to close
}

// Destruct drops all snapshots, and ends the reading of those that are being read.
func (s *pooledSnapshots) Destruct() error {
	s.manager.Close()
	if s.close != nil {
		return s.close()
	}
	return nil
}

// provisionSnapshots readies what keeps snapshots. It touches neither disk nor network
// before there is one.
func (a *App) provisionSnapshots() error {
	at := snapshotStore{kind: "file", total: defaultSnapshotTotal}
	if s := a.Snapshots; s != nil {
		setDefault(&s.Store, "file")
		at.kind, at.address = s.Store, s.Address
		if s.Total > 0 {
			at.total = s.Total
		}
	}
	if at.kind == "file" {
		at.dir = filepath.Join(caddy.AppDataDir(), "paginate", "snapshots")
	}
	pooled, _, err := snapshotPool.LoadOrNew(at, func() (caddy.Destructor, error) { return newPooledSnapshots(at) })
	if err != nil {
		return err
	}
	a.snapshots, a.snapshotsAt = pooled.(*pooledSnapshots), at
	return nil
}

func newPooledSnapshots(at snapshotStore) (*pooledSnapshots, error) {
	s := &pooledSnapshots{store: at.kind}
	var store snapshot.Store = &lazyFiles{dir: at.dir}
	if at.kind == "redis" {
		redis, err := snapshot.NewRedisStore(snapshot.RedisOptions{Address: at.address})
		if err != nil {
			return nil, wrong("snapshots.address", err)
		}
		store, s.close = redis, redis.Close
	}
	s.manager = snapshot.New(store, snapshot.Options{
		Total:    at.total,
		Now:      systemClock{}.Now,
		Observer: snapshotObserver{},
	})
	return s, nil
}

// lazyFiles are files whose directory is made with the first of them: a configuration
// that is only checked writes nothing, and a directory that cannot be made costs snapshots,
// not the server.
type lazyFiles struct {
	dir string

	mu    sync.Mutex
	files *snapshot.FileStore
}

// Create implements snapshot.Store.
func (l *lazyFiles) Create(name string) (snapshot.Blob, error) {
	l.mu.Lock()
	if l.files == nil {
		files, err := snapshot.NewFileStore(l.dir)
		if err != nil {
			l.mu.Unlock()
			return nil, err
		}
		l.files = files
	}
	files := l.files
	l.mu.Unlock()
	return files.Create(name)
}

// A snapshotObserver counts and logs what becomes of snapshots. It outlives
// configurations, so that it logs where the one in force does.
type snapshotObserver struct{ snapshot.NopObserver }

func (snapshotObserver) logger() *zap.Logger { return caddy.Log().Named("http.handlers.paginate") }

// Removed counts snapshots that had to make room.
func (snapshotObserver) Removed(label snapshot.Label, _ int64, why snapshot.Reason) {
	if why == snapshot.Evicted {
		collectors.snapshots.evictions.WithLabelValues(label.Route).Inc()
	}
}

// Failed counts a snapshot that could not be kept. first tells that the store's trouble
// has begun with it: then it is logged, once.
func (o snapshotObserver) Failed(label snapshot.Label, err error, first bool) {
	if label.Route != "" { // else it failed to say whether there is a snapshot
		collectors.snapshots.failures.WithLabelValues(label.Route).Inc()
	}
	if first {
		o.logger().Error("no snapshots can be kept, and every page is read from the upstream", zap.String("route", label.Route), zap.Error(err))
	}
}

// newSnapshotRoute readies a route's use of snapshots; nil if it keeps none.
func (h *Handler) newSnapshotRoute(app *App) *snapshotRoute {
	if h.Snapshot.Mode == "off" || app.snapshots == nil {
		return nil
	}
	return &snapshotRoute{
		manager: app.snapshots.manager,
		policy: snapshot.Policy{
			TTL:     time.Duration(h.Snapshot.TTL),
			MaxAge:  time.Duration(h.Snapshot.MaxAge),
			MaxSize: h.Snapshot.MaxSize,
		},
		eager:  h.Snapshot.Mode == "eager",
		heads:  heads{clock: h.run.clock},
		writes: app.snapshots.writes.of(h.Name),
	}
}

// placeOf tells a route apart from others of its name, and is the same over reloads and
// on every instance that has the same configuration: which server it is of, and which of
// the server's routes.
func placeOf(ctx caddy.Context, app *App) string {
	var name string
	if server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok {
		name = server.Name()
	}
	if app.places == nil {
		app.places = make(map[string]int)
	}
	app.places[name]++
	return name + " " + strconv.Itoa(app.places[name])
}

// gauge adds to what is shown of routes what is kept of them. A route that a reload has
// removed is shown no more, though what it had may be there for a while.
func (s *pooledSnapshots) gauge(routes []routeGauges) {
	for _, info := range s.manager.List() {
		for i := range routes {
			if routes[i].name == info.Label.Route {
				routes[i].snapshots++
				routes[i].bytes += info.Size
			}
		}
	}
}
