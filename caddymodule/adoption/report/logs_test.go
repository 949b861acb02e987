package report

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
)

// logNow is when the tests' reports are made.
var logNow = time.Date(2030, 4, 1, 12, 0, 0, 0, time.UTC)

// recordOf is a record of a client that is known by its name.
func recordOf(client string, compliant bool, count, affected int64) *adoption.Record {
	rec := &adoption.Record{
		Method: "GET", Route: "orders", Path: "/orders", Status: 200, BodySize: 1000, UserAgent: "curl/8.1", ClientAddress: "192.0.2.0/24",
		Client: client, ClientSource: "{http.auth.user.id}", Compliant: compliant, Reason: "missing", Affected: affected > 0,
		Phase: "announce", Action: adoption.Whole, LimitAsked: -1, Limit: -1, Items: 500, ItemsSeen: 501,
		Sunset: time.Date(2030, 7, 1, 0, 0, 0, 0, time.UTC), Upstream: 250 * time.Millisecond, Count: count, AffectedCount: affected,
	}
	if compliant {
		rec.Reason, rec.Action = "ok", adoption.Paged
	}
	return rec
}

// logLine is a record as Caddy's own encoder writes it.
func logLine(t testing.TB, at time.Time, rec *adoption.Record) string {
	t.Helper()
	config := zap.NewProductionEncoderConfig()
	line, err := zapcore.NewJSONEncoder(config).EncodeEntry(
		zapcore.Entry{Time: at, LoggerName: adoptionLogger, Message: "list request"}, []zap.Field{rec.Field()})
	if err != nil {
		t.Fatal(err)
	}
	return line.String()
}

// read reports on logs of those contents.
func read(t testing.TB, contents ...string) *Report {
	t.Helper()
	dir, names := t.TempDir(), make([]string, len(contents))
	for i, content := range contents {
		names[i] = filepath.Join(dir, fmt.Sprintf("%d.log", i))
		if err := os.WriteFile(names[i], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := NewBuilder(logNow.AddDate(0, 0, -30), logNow)
	if err := b.AddLogs(t.Context(), new(Logs), names...); err != nil {
		t.Fatal(err)
	}
	return b.Build(Options{})
}

// inShort is what a report says of clients.
func inShort(r *Report) string {
	var out []string
	for _, c := range r.Clients {
		out = append(out, fmt.Sprintf("%s %d/%d/%d", c.Client, c.Requests, c.Compliant, c.Affected))
	}
	return strings.Join(out, ", ")
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func zstandard(t testing.TB, text string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

// TestLogs: what files come to, of whatever kind they are.
func TestLogs(t *testing.T) {
	at := logNow.Add(-time.Hour)
	ann := logLine(t, at, recordOf("ann", false, 1, 1))
	bob := logLine(t, at, recordOf("bob", true, 7, 0))
	sum := logLine(t, at, recordOf("ann", false, 9, 4))
	access := strings.Replace(ann, adoptionLogger, "http.log.access.log0", 1)
	long := `{"x":"` + strings.Repeat("x", 3*blockSize) + `"}` + "\n"
	for _, tc := range []struct {
		name  string
		files []string
		want  string
		notes []string
	}{
		{"nothing", nil, "", nil},
		{"empty", []string{""}, "", nil},
		{"plain", []string{ann + bob + sum}, "ann 10/0/5, bob 7/7/0", nil},
		{"several", []string{ann, bob, sum}, "ann 10/0/5, bob 7/7/0", nil},
		{"gzipped and plain", []string{gzipped(t, ann), bob, gzipped(t, sum)}, "ann 10/0/5, bob 7/7/0", nil},
		{"zstandard", []string{zstandard(t, ann+bob)}, "ann 1/0/1, bob 7/7/0", nil},
		{"members of gzip", []string{gzipped(t, ann) + gzipped(t, bob)}, "ann 1/0/1, bob 7/7/0", nil},
		{"a blank line", []string{ann + "\n\r\n" + bob}, "ann 1/0/1, bob 7/7/0", nil},
		{"lines that end by CR LF", []string{strings.ReplaceAll(ann+bob, "\n", "\r\n")}, "ann 1/0/1, bob 7/7/0", nil},
		{"no newline at the end", []string{ann + strings.TrimSpace(bob)}, "ann 1/0/1, bob 7/7/0", nil},
		{"a last line that is cut", []string{ann + bob[:len(bob)/2]}, "ann 1/0/1", nil},
		{
			"other lines",
			[]string{"hello\n" + ann + access + `{"level":"info"}` + "\n" + bob[:40] + "\n" + bob},
			"ann 1/0/1, bob 7/7/0",
			[]string{"4 of 6 lines are no adoption records, and were skipped"},
		},
		{
			"a line that is too long",
			[]string{ann + long + bob},
			"ann 1/0/1, bob 7/7/0",
			[]string{"1 of 3 lines are no adoption records, and were skipped"},
		},
		{"only a line that is too long, cut", []string{long[:len(long)-2]}, "", []string{"1 of 1 line are no adoption records, and were skipped"}},
		{"before the window", []string{logLine(t, logNow.AddDate(0, 0, -31), recordOf("ann", false, 1, 1)) + bob}, "bob 7/7/0", nil},
		{"a clock that is ahead", []string{logLine(t, logNow.AddDate(1, 0, 0), recordOf("ann", false, 1, 1))}, "ann 1/0/1", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := read(t, tc.files...)
			if got := inShort(r); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if !slices.Equal(r.Notes, tc.notes) {
				t.Errorf("got notes %q, want %q", r.Notes, tc.notes)
			}
		})
	}
}

// TestLogsDamaged: a compressed file that ends early, or is none, is read as far
// as it goes, and noted.
func TestLogsDamaged(t *testing.T) {
	var text strings.Builder
	// The same file each time: in some, a changed byte is a letter of a name, and shows
	// at the file's end only.
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 20_000 {
		text.WriteString(logLine(t, logNow.Add(-time.Hour), recordOf(fmt.Sprint("client-", random.IntN(1000), i), false, 1, 1)))
	}
	whole := gzipped(t, text.String())
	broken := []byte(whole)
	broken[len(broken)/2] ^= 0xff
	for _, tc := range []struct{ name, file string }{
		{"cut off", whole[:len(whole)/2]},
		{"changed", string(broken)},
	} {
		r := read(t, tc.file)
		if n := r.ClientCount; n < 100 || n >= 20_000 || len(r.Notes) == 0 || !strings.Contains(r.Notes[0], "0.log is damaged, and its rest was skipped: ") {
			t.Errorf("%s: got %d clients, and notes %q", tc.name, n, r.Notes)
		}
	}
	if r := read(t, "\x1f\x8bno gzip"); r.ClientCount != 0 || len(r.Notes) != 1 {
		t.Errorf("no gzip at all: got %d clients, notes %q", r.ClientCount, r.Notes)
	}
}

type failingFile struct{}

func (failingFile) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }
func (failingFile) Close() error             { return nil }

// TestLogsErrors: what cannot be opened or read is an error, not a note.
func TestLogsErrors(t *testing.T) {
	b := NewBuilder(logNow, logNow)
	err := b.AddLogs(t.Context(), new(Logs), filepath.Join(t.TempDir(), "missing.log"))
	if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "opening a log: ") {
		t.Errorf("missing: got %v", err)
	}
	l := &Logs{Open: func(string) (io.ReadCloser, error) { return failingFile{}, nil }}
	if err := b.AddLogs(t.Context(), l, "a", "b", "c", "d", "e"); err == nil || !strings.HasPrefix(err.Error(), "reading a log: the disk is gone") {
		t.Errorf("failing: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l = &Logs{Open: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x\n")), nil }}
	if err := b.AddLogs(ctx, l, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

// TestParseLineFields: each field counts as the ledger counts it.
func TestParseLineFields(t *testing.T) {
	base := map[string]any{}
	if err := json.Unmarshal([]byte(logLine(t, logNow, recordOf("ann", false, 1, 1))), &base); err != nil {
		t.Fatal(err)
	}
	seconds := float64(logNow.Unix())
	for _, tc := range []struct {
		name, field string
		value       any // nil: the field is not there
		ok          bool
		check       func(r *logRecord) bool
	}{
		{"as it is", "x", nil, true, func(r *logRecord) bool {
			return r.at.Equal(logNow) && r.usage.MostItems == 501 && r.usage.MostBytes == 1000 && r.usage.Upstream == 250*time.Millisecond &&
				r.key == adoption.Key{Route: "orders", Client: "ann", Source: "{http.auth.user.id}", Program: "curl"} && r.usage.Notices == 1 &&
				r.usage.Sample == adoption.Sample{Time: logNow, Path: "/orders", UserAgent: "curl/8.1"}
		}},
		{"no client", "paginate.client", "", true, func(r *logRecord) bool { return r.key.Client == "" }},
		{"refused", "paginate.action", "reject", true, func(r *logRecord) bool { return r.usage.Rejected == 1 && r.usage.Notices == 1 }},
		{"a brownout", "paginate.brownout", "2030-04-01T12:00:00Z", true, func(r *logRecord) bool { return r.usage.Phase == "announce" && r.usage.Notices == 1 }},
		{"exempt", "paginate.exempt_until", "2030-05-01T00:00:00Z", true, func(r *logRecord) bool { return r.usage.ExemptUntil.Month() == time.May }},
		{"milliseconds", "ts", seconds * 1000, true, func(r *logRecord) bool { return r.at.Equal(logNow) }},
		{"nanoseconds", "ts", seconds * 1e9, true, func(r *logRecord) bool { return r.at.Equal(logNow) }},
		{"RFC 3339", "ts", "2030-04-01T14:00:00.5+02:00", true, func(r *logRecord) bool { return r.at.Equal(logNow.Add(500 * time.Millisecond)) }},
		{"ISO 8601", "ts", "2030-04-01T12:00:00.000Z", true, func(r *logRecord) bool { return r.at.Equal(logNow) }},
		{"wall", "ts", "2030/04/01 12:00:00.000", true, func(r *logRecord) bool { return r.at.Equal(logNow) }},
		{"common log", "ts", "01/Apr/2030:14:00:00 +0200", true, func(r *logRecord) bool { return r.at.Equal(logNow) }},
		{"another time", "ts", "noon", false, nil},
		{"no time", "ts", nil, false, nil},
		{"the access log", "logger", "http.log.access", false, nil},
		{"no route", "http.route", nil, false, nil},
		{"a route that is no text", "http.route", 7, false, nil},
		{"a route that is too long", "http.route", strings.Repeat("x", 2000), false, nil},
		{"no count", "paginate.count", nil, false, nil},
		{"a count of 0", "paginate.count", 0, false, nil},
		{"a negative count", "paginate.count", -5, false, nil},
		{"a count beyond all", "paginate.count", 1e300, false, nil},
		{"more affected than there are", "paginate.affected_count", 2, false, nil},
		{"negative milliseconds", "paginate.upstream_ms", -1, false, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fields := maps.Clone(base)
			fields[tc.field] = tc.value
			if tc.value == nil {
				delete(fields, tc.field)
			}
			line, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			rec, ok := parseLine(line)
			if ok != tc.ok || ok && !tc.check(&rec) {
				t.Errorf("got %v %+v", ok, rec)
			}
		})
	}
}

// FuzzParseLine: no line makes numbers that cannot be.
func FuzzParseLine(f *testing.F) {
	f.Add([]byte(logLine(f, logNow, recordOf("ann", false, 3, 1))))
	f.Add([]byte(`{"paginate.count":1}`))
	f.Add([]byte(`{"ts":1e300,"paginate.count":1,"http.route":"a"}`))
	f.Add([]byte(`["paginate.count"]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		rec, ok := parseLine(line)
		u := &rec.usage
		if !ok {
			return
		}
		if u.Requests < 1 || u.Affected > u.Requests || u.Compliant > u.Requests || u.Affected < 0 || u.MostItems < 0 || u.MostBytes < 0 || u.Upstream < 0 || rec.at.IsZero() {
			t.Errorf("%s: got %+v", line, rec)
		}
		b := NewBuilder(logNow.AddDate(-1, 0, 0), logNow)
		b.add(rec.key, u, rec.at, rec.sunset)
		r := b.Build(Options{})
		for _, write := range []func(io.Writer) error{r.WriteCSV, r.WriteHTML, func(w io.Writer) error { return r.WriteTable(w, 80) }} {
			if err := write(io.Discard); err != nil {
				t.Errorf("%s: writing: %v", line, err)
			}
		}
	})
}

// TestLogsMillion: a million records of a hundred thousand clients, of whom a
// tenth is kept apart. Sums stay exact, and memory is bounded by the clients.
func TestLogsMillion(t *testing.T) {
	const records, clients, most = 1_000_000, 100_000, 5_000
	file := filepath.Join(t.TempDir(), "million.log")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	// One line is encoded, the others are made of it: encoding takes longer than reading.
	line := logLine(t, logNow.Add(-24*time.Hour), recordOf("client-000000", false, 2, 1))
	before, after, _ := strings.Cut(line, "client-000000")
	buffer := make([]byte, 0, 1<<20)
	for i := range records {
		buffer = fmt.Appendf(append(buffer, before...), "client-%06d", i%clients)
		buffer = append(buffer, after...)
		if len(buffer) > 1<<19 || i == records-1 {
			if _, err := out.Write(buffer); err != nil {
				t.Fatal(err)
			}
			buffer = buffer[:0]
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	var read int64
	var memory runtime.MemStats
	b := NewBuilder(logNow.AddDate(0, 0, -30), logNow)
	b.most = most
	l := &Logs{Read: func(n int) { read += int64(n) }}
	if err := b.AddLogs(t.Context(), l, file); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&memory)
	if n := len(b.rows); n > 2*most+1 {
		t.Errorf("got %d rows, want %d at most", n, 2*most+1)
	}
	if memory.HeapAlloc > 100<<20 {
		t.Errorf("got %d bytes in memory", memory.HeapAlloc)
	}
	r := b.Build(Options{})
	if r.Requests != 2*records || !r.More || r.ClientCount < most || len(r.Notes) != 1 {
		t.Errorf("got %d requests of %d clients, more %v, notes %q", r.Requests, r.ClientCount, r.More, r.Notes)
	}
	if info, err := os.Stat(file); err != nil || info.Size() != read {
		t.Errorf("told of %d bytes, want all of the file", read)
	}
}
