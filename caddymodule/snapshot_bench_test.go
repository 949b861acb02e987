package caddymodule

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/snapshot"
)

// keeping lets a bench keep snapshots.
func (b *bench) keeping(t testing.TB) *bench {
	t.Helper()
	kept := &pooledSnapshots{store: "file"}
	kept.manager = snapshot.New(&lazyFiles{dir: t.TempDir()}, snapshot.Options{Now: b.clock.Now, Observer: snapshotObserver{}})
	t.Cleanup(kept.manager.Close)
	b.run.app.snapshots, b.Handler.run = kept, b.run
	b.run.snapshots = b.newSnapshotRoute(b.run.app)
	return b
}

// BenchmarkSnapshotPage is what a page costs without a server around it.
func BenchmarkSnapshotPage(b *testing.B) {
	const items = 100_000
	bench := newBench(b, &Handler{Name: anyRoute, MaxOffset: new(int64(-1))}).keeping(b)
	body := numbers(items)
	next := proxied(body, 32<<10, "Content-Type", "application/json", "Date", "Sat, 01 Jan 2000 00:00:00 GMT", "Etag", `"abc"`)
	for _, offset := range []int{100, items - 100} {
		b.Run(strconv.Itoa(offset), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := get("/orders?limit=100&offset=" + strconv.Itoa(offset))
				r.Header = http.Header{"User-Agent": {"bench"}, "Accept": {"*/*"}, "Authorization": {"Bearer abc"}}
				w := &sink{header: http.Header{}}
				if err := bench.ServeHTTP(w, r, next); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("first", func(b *testing.B) {
		bench.clock.advance(time.Hour)
		b.ReportAllocs()
		for b.Loop() {
			r := get("/orders?limit=100")
			r.Header = http.Header{"User-Agent": {"bench"}, "Accept": {"*/*"}, "Authorization": {"Bearer abc"}}
			if err := bench.ServeHTTP(&sink{header: http.Header{}}, r, next); err != nil {
				b.Fatal(err)
			}
		}
	})
}
