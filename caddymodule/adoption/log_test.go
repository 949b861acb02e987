package adoption

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

type logBench struct {
	*Log
	clock    *testClock
	logger   *zap.Logger
	settings *LogSettings
	logs     *observer.ObservedLogs
}

func newLogBench(clients int) *logBench {
	core, logs := observer.New(zapcore.InfoLevel)
	b := &logBench{clock: newTestClock(), logger: zap.New(core), logs: logs}
	b.Log = NewLog(b.clock, time.Hour)
	b.settings = &LogSettings{Logger: b.logger, MaxClients: clients}
	b.Attach(b.settings)
	return b
}

func (b *logBench) add(rec *Record) { b.Add(b.logger, rec) }

// take are the lines since it was called last: client and count of each.
func (b *logBench) take() (lines []map[string]any) {
	for _, entry := range b.logs.TakeAll() {
		lines = append(lines, entry.ContextMap())
	}
	return lines
}

func tell(lines []map[string]any) (told []string) {
	for _, line := range lines {
		told = append(told, fmt.Sprint(line["paginate.client"], " ", line["paginate.count"]))
	}
	return told
}

func whole(client string) *Record {
	rec := request(client)
	rec.Compliant, rec.Reason, rec.Affected = false, "missing", true
	return rec
}

// TestTwoLinesAnHour whatever a client's rate is.
func TestTwoLinesAnHour(t *testing.T) {
	b := newLogBench(10)
	for hour := range 3 {
		for range 1000 {
			b.add(whole("ann"))
		}
		if got := tell(b.take()); len(got) != 1 || got[0] != "ann 1" {
			t.Errorf("hour %d, at once: got %q", hour, got)
		}
		b.clock.advance(time.Hour - 1)
		if got := b.take(); len(got) != 0 {
			t.Errorf("hour %d, before its end: got %v", hour, got)
		}
		b.clock.advance(1)
		if got := tell(b.take()); len(got) != 1 || got[0] != "ann 999" {
			t.Errorf("hour %d, at its end: got %q", hour, got)
		}
	}
	if n := b.clock.pending(); n != 0 {
		t.Errorf("%d timers are left with nobody to write of", n)
	}
}

// TestBrownoutIsNamed: what is refused in a brownout is told at once, and is summed
// up by itself, although the client has been told of before it.
func TestBrownoutIsNamed(t *testing.T) {
	b := newLogBench(10)
	brown := whole("ann")
	brown.Brownout = b.clock.Now()
	start := brown.Brownout.UTC().Format(time.RFC3339)
	for _, rec := range []*Record{whole("ann"), whole("ann"), brown, brown, whole("ann")} {
		b.add(rec)
	}
	b.clock.advance(time.Hour)
	got := map[string]int64{} // how many requests are told of, by brownout
	lines := b.take()
	for _, line := range lines {
		got[fmt.Sprint(line["paginate.brownout"])] += line["paginate.count"].(int64)
	}
	if len(lines) != 4 || got[start] != 2 || got["<nil>"] != 3 {
		t.Errorf("got %v, want two lines about 2 requests in the brownout, and two about the 3 others", lines)
	}
}

// TestOneRequest writes no sum.
func TestOneRequest(t *testing.T) {
	b := newLogBench(10)
	b.add(whole("ann"))
	b.clock.advance(3 * time.Hour)
	if got := tell(b.take()); len(got) != 1 {
		t.Errorf("got %q, want one line", got)
	}
}

// TestLinesApart: by client, by what told of it, by route, and by compliance.
func TestLinesApart(t *testing.T) {
	b := newLogBench(10)
	for _, change := range []func(*Record){
		func(*Record) {},
		func(r *Record) { r.Client = "bob" },
		func(r *Record) { r.ClientSource = "x" },
		func(r *Record) { r.Route = "items" },
		func(r *Record) { r.Compliant = true },
	} {
		for range 2 {
			rec := whole("ann")
			change(rec)
			b.add(rec)
		}
	}
	if got := b.take(); len(got) != 5 {
		t.Errorf("got %d lines at once, want 5", len(got))
	}
	b.clock.advance(time.Hour)
	if got := b.take(); len(got) != 5 {
		t.Errorf("got %d sums, want 5", len(got))
	}
}

// TestStaggered: each client's hour is its own, with one timer for all.
func TestStaggered(t *testing.T) {
	b := newLogBench(10)
	for _, client := range []string{"ann", "bob", "eve"} {
		b.add(whole(client))
		b.add(whole(client))
		b.clock.advance(10 * time.Minute)
	}
	b.take()
	b.clock.advance(30*time.Minute - 1)
	if early := tell(b.take()); len(early) > 0 {
		t.Errorf("got %q too early", early)
	}
	wait := time.Duration(1)
	for _, want := range []string{"ann 1", "bob 1", "eve 1"} {
		if n := b.clock.pending(); n != 1 {
			t.Errorf("%d timers, want 1", n)
		}
		b.clock.advance(wait)
		if got := tell(b.take()); len(got) != 1 || got[0] != want {
			t.Errorf("got %q, want %q", got, want)
		}
		wait = 10 * time.Minute
	}
	b.clock.advance(time.Hour)
	if n := b.clock.pending(); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}

// TestSum: what a record says that stands for several requests.
func TestSum(t *testing.T) {
	b := newLogBench(10)
	b.add(whole("ann"))
	for i, change := range []func(*Record){
		func(r *Record) { r.ItemsSeen, r.BodySize, r.Path, r.Upstream = 70, 900, "/orders/1", 2*time.Second },
		func(r *Record) { r.ItemsSeen, r.BodySize, r.Path, r.Upstream = 5000, 100, "/orders/2", time.Second },
		func(r *Record) {
			r.ItemsSeen, r.BodySize, r.Path, r.Affected, r.UserAgent = -1, -1, "/orders/3", false, "curl/9"
		},
	} {
		rec := whole("ann")
		rec.Status = 200 + i
		change(rec)
		b.add(rec)
	}
	b.take()
	b.clock.advance(time.Hour)
	got := b.take()
	if len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	for name, want := range map[string]any{
		"paginate.count": int64(3), "paginate.affected": true, "paginate.affected_count": int64(2),
		"paginate.items_seen": int64(5000), "http.response.body.size": int64(900), "paginate.upstream_ms": 3000.0,
		"url.path": "/orders/3", "user_agent.original": "curl/9", "http.response.status_code": int64(202),
		"paginate.client": "ann", "paginate.client_source": "{http.auth.user.id}", "http.route": "orders", "paginate.reason": "missing",
	} {
		if got[0][name] != want {
			t.Errorf("%s: got %v, want %v", name, got[0][name], want)
		}
	}
}

// TestManyClients: the log is bounded, and the counts of those that have no line
// of their own are there.
func TestManyClients(t *testing.T) {
	const clients = 1_000_000
	b := newLogBench(1000)
	rec := whole("")
	for i := range clients {
		rec.Client = "id-" + strconv.Itoa(i)
		b.add(rec)
	}
	lines := b.take()
	if len(lines) != 2001 || lines[2000]["paginate.client"] != Other || lines[2000]["paginate.client_source"] != "" {
		t.Fatalf("got %d lines at once, want 2000 and one of others; the last %v", len(lines), lines[len(lines)-1])
	}
	b.clock.advance(time.Hour)
	if got, want := tell(b.take()), fmt.Sprint("other ", clients-2001); len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	rec.Client = "ann" // there is room again
	b.add(rec)
	if got := tell(b.take()); len(got) != 1 || got[0] != "ann 1" {
		t.Errorf("in the next hour: got %q", got)
	}
}

// TestDetach loses nothing: sums are written, and what comes later is written at
// once.
func TestDetach(t *testing.T) {
	b := newLogBench(10)
	for range 5 {
		b.add(whole("ann"))
	}
	b.take()
	b.Detach(b.settings)
	if got := tell(b.take()); len(got) != 1 || got[0] != "ann 4" {
		t.Errorf("got %q, want the sum", got)
	}
	b.add(whole("ann"))
	b.add(whole("ann"))
	if got := tell(b.take()); len(got) != 2 || b.clock.pending() != 0 {
		t.Errorf("afterwards: got %q and %d timers", got, b.clock.pending())
	}
}

// TestEachAtOnce: without an interval every request is a line.
func TestEachAtOnce(t *testing.T) {
	core, logs := observer.New(zapcore.InfoLevel)
	log, s := NewLog(newTestClock(), 0), &LogSettings{Logger: zap.New(core)}
	log.Attach(s)
	for range 5 {
		log.Add(s.Logger, whole("ann"))
	}
	log.Detach(s)
	if logs.Len() != 5 {
		t.Errorf("got %d lines, want 5", logs.Len())
	}
}

// TestSumKeepsNoHead: what is kept for an hour does not hold on to the requests'
// heads, and is bounded itself.
func TestSumKeepsNoHead(t *testing.T) {
	var r Record
	long := strings.Repeat("x", 1<<20)
	r.sum(&Record{Path: long, UserAgent: long, Count: 1})
	if len(r.Path) > maxText || len(r.UserAgent) > maxText {
		t.Errorf("got texts of %d and %d bytes", len(r.Path), len(r.UserAgent))
	}
}

// TestConcurrentLog loses no request.
func TestConcurrentLog(t *testing.T) {
	b := newLogBench(10)
	const workers, each = 8, 1000
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				b.add(whole(fmt.Sprint("c", (w+i)%30)))
				if i%100 == 0 {
					b.clock.advance(20 * time.Minute)
				}
			}
		})
	}
	wg.Wait()
	b.Detach(b.settings)
	n := int64(0)
	for _, line := range b.take() {
		n += line["paginate.count"].(int64)
	}
	if n != workers*each {
		t.Errorf("got %d requests, want %d", n, workers*each)
	}
}

func BenchmarkLogAdd(b *testing.B) {
	log := NewLog(newTestClock(), time.Hour)
	logger := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(io.Discard), zapcore.InfoLevel))
	log.Attach(&LogSettings{Logger: logger})
	rec := whole("ann")
	log.Add(logger, rec)
	b.ReportAllocs()
	for b.Loop() {
		log.Add(logger, rec)
	}
}

// BenchmarkLogEach is what Add costs where each request is a line.
func BenchmarkLogEach(b *testing.B) {
	var log *Log
	logger := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(io.Discard), zapcore.InfoLevel))
	rec := whole("ann")
	b.ReportAllocs()
	for b.Loop() {
		log.Add(logger, rec)
	}
}
