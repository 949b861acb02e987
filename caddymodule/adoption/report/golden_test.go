package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// TestGolden: the same month in every format.
func TestGolden(t *testing.T) {
	r := sampleReport(t)
	var out bytes.Buffer
	for _, width := range []int{80, 100, 120} {
		out.Reset()
		if err := r.WriteTable(&out, width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("a line has %d columns, want %d at most: %s", n, width, line)
			}
		}
		golden(t, map[int]string{80: "report80.txt", 100: "report100.txt", 120: "report120.txt"}[width], out.Bytes())
	}
	out.Reset()
	if err := r.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.csv", out.Bytes())
	out.Reset()
	if err := r.WriteHTML(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.html", out.Bytes())
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", append(text, '\n'))

	// A report that went through JSON, as from a server, is written alike.
	var again Report
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r, &again) {
		t.Errorf("read back: got %+v\nwant %+v", again, r)
	}
}

// TestEmpty: nothing to tell is told in each format.
func TestEmpty(t *testing.T) {
	r := NewBuilder(logNow, logNow).Build(Options{})
	var table, page, rows bytes.Buffer
	if err := r.WriteTable(&table, 80); err != nil || !strings.HasPrefix(table.String(), "Nobody has asked for a list.\n0 list requests from 2030-04-01 to 2030-04-01") {
		t.Errorf("got %v, %s", err, table.String())
	}
	if err := r.WriteHTML(&page); err != nil || !strings.Contains(page.String(), "No client in this time.") {
		t.Errorf("got %v, %s", err, page.String())
	}
	if err := r.WriteCSV(&rows); err != nil || strings.Count(rows.String(), "\r\n") != 1 {
		t.Errorf("got %v, %s", err, rows.String())
	}
}

// TestUnknownRoute: a route that is misspelled does not look safe.
func TestUnknownRoute(t *testing.T) {
	plans := map[string]*Plan{"orders": {Phase: retire.Announce}}
	for _, tc := range []struct {
		route string
		notes int
	}{{"orders", 0}, {"order", 1}} {
		r := NewBuilder(logNow, logNow, tc.route).Build(Options{Plans: plans})
		var table bytes.Buffer
		if err := r.WriteTable(&table, 80); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(table.String(), `nothing is known of a route "order"`); len(r.Notes) != tc.notes || got != (tc.notes > 0) {
			t.Errorf("%s: got notes %q, and %s", tc.route, r.Notes, table.String())
		}
	}
}

// TestUnorderedRoute: whose list is not in the order of its key is told.
func TestUnorderedRoute(t *testing.T) {
	build := func(pages ...int64) *Builder {
		b := NewBuilder(logNow, logNow)
		for i, n := range pages {
			p := adoption.NewPeriod(logNow, time.Hour)
			p.Rows[adoption.Key{Route: "orders", Client: fmt.Sprint("c", i)}] = &adoption.Usage{Requests: n + 1, Compliant: n + 1, Unordered: n, First: logNow, Last: logNow}
			b.AddPeriod(p)
		}
		return b
	}
	b := build(3, 0)
	b.Merge(build(2))
	r := b.Build(Options{})
	want := []string{`the list of route "orders" is not in the order of its key, as 5 pages showed: behind an item that has gone, nobody can go on by it`}
	if !slices.Equal(r.Notes, want) || r.Routes[0].Unordered != 5 {
		t.Errorf("got %d pages, and the notes %q", r.Routes[0].Unordered, r.Notes)
	}
	if r := build(0).Build(Options{}); len(r.Notes) > 0 || r.Routes[0].Unordered != 0 {
		t.Errorf("in order: got the notes %q", r.Notes)
	}
}

// TestHostileNames: what clients call themselves is a text, on a page, in a
// spreadsheet and on a terminal.
func TestHostileNames(t *testing.T) {
	names := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `{{.Verdict}}`, `javascript:alert(1)`, `</style><script>`,
		"=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", " =1+1", "\u00a0=1", "＝1+1", "a,b\"c\r\nd", "\x1b[2J\x1b]0;x\x07", "\u202egnp.exe", "\x00=1",
	}
	for _, name := range names {
		r := sampleReport(t)
		r.Clients = r.Clients[:1]
		c := &r.Clients[0]
		c.Client, c.Name, c.Owner, c.Contact, c.Programs, c.Uses[0].Route = name, name, name, name, []string{name}, name
		c.Sample.Path, c.Sample.RequestID, c.Sample.UserAgent = name, name, name
		r.Routes[1].Route, r.Routes[1].Docs = name, name
		var page, rows, table bytes.Buffer
		for _, err := range []error{r.WriteHTML(&page), r.WriteCSV(&rows), r.WriteTable(&table, 120)} {
			if err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
		html := page.String()
		if n := strings.Count(html, "<script"); n != 1 {
			t.Errorf("%q: the page has %d scripts", name, n)
		}
		for _, evil := range []string{"<img", "' onmouseover='", `href="javascript:`, "</style><"} {
			if strings.Contains(html, evil) {
				t.Errorf("%q: the page has %s", name, evil)
			}
		}
		cells, err := csv.NewReader(strings.NewReader(rows.String())).ReadAll()
		if err != nil || len(cells) != 2 {
			t.Fatalf("%q: reading the rows: %v in %q", name, err, rows.String())
		}
		for _, cell := range cells[1] {
			if trimmed := strings.TrimLeft(cell, " \t\r\n\x00\u00a0"); trimmed != "" && strings.ContainsAny(trimmed[:1], "=+-@") || strings.HasPrefix(cell, "＝") {
				t.Errorf("%q: the cell %q is a formula", name, cell)
			}
		}
		if strings.ContainsAny(table.String(), "\x1b\x07\u202e\x00\r\t") {
			t.Errorf("%q: the terminal gets %q", name, table.String())
		}
	}
}
