package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

var (
	//go:embed page/report.html
	pageHTML string

	//go:embed page/report.css
	pageCSS string

	//go:embed page/report.js
	pageJS string
)

// mostOnPage is how many clients the page has, the worst: browsers get slow with
// more, and nobody reads them. CSV and JSON have all.
const mostOnPage = 2000

// page is what the template is filled with.
type page struct {
	*Report
	CSP     string
	CSS     template.CSS
	JS      template.JS
	Rows    []pageRow
	Left    int // clients that are not on the page
	Summary []summary
}

// A pageRow is a client with what is only for the page.
type pageRow struct {
	Client
	Rank   string // sorts by the status and then its date
	Mail   string
	Routes string
	Agents string
}

// A summary is how many clients have a status.
type summary struct {
	Status Status
	Text   string
	Count  int
}

var statusWords = map[Status]string{
	Overdue: "overdue", FixBy: "to fix", Exempt: "exempt", Latent: "latent", OK: "ok",
}

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"sentence": sentence,
	"grouped":  grouped,
	"number":   func(n int) string { return grouped(int64(n)) },
	"date":     dateOf,
	"instant": func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.UTC().Format("2006-01-02 15:04 UTC")
	},
	"unix":     func(t time.Time) int64 { return max(t.Unix(), 0) },
	"percent":  percent,
	"share":    Counts.Share,
	"status":   StatusText,
	"bytes":    func(n int64) string { return humanize.IBytes(uint64(n)) },
	"duration": duration,
	"charts":   func(r Route) []*chart { return r.charts() },
	"visible":  printable,
}).Parse(pageHTML))

// WriteHTML writes a page that needs nothing besides itself: no script but its
// own, which sorts the table, is let run (Content-Security-Policy), and nothing is
// fetched. It works without scripts too.
func (r *Report) WriteHTML(w io.Writer) error {
	rows := r.rows()
	out := bufio.NewWriter(w)
	err := pageTemplate.Execute(out, page{
		Report: r,
		CSP: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'",
			sourceHash(pageCSS), sourceHash(pageJS)),
		CSS:     template.CSS(pageCSS), //nolint:gosec // a part of the program
		JS:      template.JS(pageJS),   //nolint:gosec // a part of the program
		Rows:    rows,
		Left:    len(r.Clients) - len(rows),
		Summary: r.summary(),
	})
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return out.Flush()
}

func (r *Report) rows() []pageRow {
	rows := make([]pageRow, min(len(r.Clients), mostOnPage))
	for i := range rows {
		c := &r.Clients[i]
		rows[i] = pageRow{Client: *c, Rank: rank(c), Mail: r.Mailto(c), Routes: strings.Join(c.routeNames(), " "), Agents: c.programNames()}
	}
	return rows
}

// sourceHash names a text in a policy (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (r *Report) summary() []summary {
	counts := map[Status]int{}
	for i := range r.Clients {
		if !r.Clients[i].Together {
			counts[r.Clients[i].Status]++
		}
	}
	var all []summary
	for _, s := range Statuses {
		all = append(all, summary{s, statusWords[s], counts[s]})
	}
	return all
}

// rank sorts a client by its status and then its date.
func rank(c *Client) string {
	const never = "9999-99-99"
	date := dateOf(c.Date)
	if date == "" {
		date = never
	}
	for i, s := range Statuses {
		if s == c.Status {
			return fmt.Sprintf("%d %s", i, date)
		}
	}
	return never
}
