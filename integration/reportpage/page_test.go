//go:build backends

package reportpage

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption/report"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// now is when the report is made.
var now = time.Date(2030, 4, 1, 12, 0, 0, 0, time.UTC)

// writePage writes the page on forty clients of a month, and returns its address.
// Some have names that break a layout, or mean harm.
func writePage(t *testing.T) (url string, r *report.Report) {
	t.Helper()
	b := report.NewBuilder(now.AddDate(0, 0, -30), now)
	for i := range 30 {
		at := now.AddDate(0, 0, i-29).Truncate(adoption.Day)
		p := adoption.NewPeriod(at, adoption.Day)
		for c := range 40 {
			requests, compliant, affected := int64(1000/(c+1)), int64(0), int64(0)
			switch c % 4 {
			case 0:
				compliant = requests * int64(i) / 30
				affected = requests - compliant
			case 1:
				compliant = requests
			}
			u := &adoption.Usage{
				Requests: requests, Compliant: compliant, Affected: affected, MostItems: requests * 100, MostBytes: requests * 100_000,
				Upstream: time.Duration(requests) * time.Second, First: at, Last: at.Add(time.Hour), Phase: "announce",
			}
			if affected > 0 {
				u.Sample = adoption.Sample{Time: at, Path: "/api/orders", RequestID: "0af7651916cd43dd8448eb211c80319c", UserAgent: "export/1.0"}
			}
			p.Rows[adoption.Key{Route: []string{"orders", "/api/v1/customers/*"}[c%2], Client: clientName(c), Source: "{http.auth.user.id}", Program: "python-requests"}] = u
		}
		b.AddPeriod(p)
	}
	r = b.Build(report.Options{Plans: map[string]*report.Plan{
		"orders": {
			Calendar:  retire.Calendar{Deprecated: now.AddDate(0, -2, 0), Sunset: now.AddDate(0, 3, 0), Docs: "https://docs.example/paging"},
			Parameter: "limit", Max: 100,
		},
		"/api/v1/customers/*": {Phase: retire.Enforce},
	}})
	file := filepath.Join(t.TempDir(), "report.html")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := r.WriteHTML(out); err != nil {
		t.Fatal(err)
	}
	return "file://" + file, r
}

func clientName(c int) string {
	switch c {
	case 4:
		return strings.Repeat("a-very-long-name", 12)
	case 8:
		return `<img src=x onerror="console.error(1)"><script>console.error(2)</script>`
	}
	return fmt.Sprintf("client-%02d", c)
}

// contrasts are the elements whose text is hard to read on what is behind it: by
// less than 4.5 to 1 (WCAG 2.2, section 1.4.3).
const contrasts = `(() => {
	const parse = c => c.match(/[\d.]+/g).map(Number);
	const light = c => {
		const [r, g, b] = parse(c).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const ground = e => {
		for (; e; e = e.parentElement) {
			const c = getComputedStyle(e).backgroundColor;
			if ((parse(c)[3] ?? 1) === 1) return c;
		}
		return "rgb(255, 255, 255)";
	};
	return [...document.querySelectorAll("h1, h2, p, a, b, th, td, span, summary, li, text")].filter(e => {
		const style = getComputedStyle(e);
		const [a, b] = [light(e instanceof SVGElement ? style.fill : style.color), light(ground(e))].sort((x, y) => y - x);
		return (a + 0.05) / (b + 0.05) < 4.5;
	}).map(e => e.tagName + "." + (e.className.baseVal ?? e.className) + ": " + e.textContent.slice(0, 40));
})()`

// TestPageLooks: at the width of a desk and of a phone, in light and dark, the
// page complains of nothing, fetches nothing, fits, and can be read.
func TestPageLooks(t *testing.T) {
	url, r := writePage(t)
	b := open(t)
	for _, width := range []int{1280, 768, 390} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%d %s", width, scheme), func(t *testing.T) {
				b.show(t, url, width, scheme)
				var page struct {
					Title      string
					Width      int
					Wider      []string
					Background string
					Charts     int
				}
				b.eval(t, `({
					title: document.querySelector("h1").textContent,
					width: document.documentElement.scrollWidth,
					wider: [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName),
					background: getComputedStyle(document.body).backgroundColor,
					charts: document.querySelectorAll("svg.chart path.data").length,
				})`, &page)
				if want := "E" + r.Verdict[1:] + "."; page.Title != want {
					t.Errorf("got title %q, want %q", page.Title, want)
				}
				if page.Width > width || len(page.Wider) > 0 {
					t.Errorf("the page is %d wide, by %v", page.Width, page.Wider)
				}
				var red, green, blue int
				if _, err := fmt.Sscanf(page.Background, "rgb(%d, %d, %d)", &red, &green, &blue); err != nil {
					t.Fatalf("background %q: %v", page.Background, err)
				}
				if dark := red+green+blue < 3*64; dark != (scheme == "dark") {
					t.Errorf("background %s, want a %s one", page.Background, scheme)
				}
				if page.Charts != 4 {
					t.Errorf("got %d charts, want 4", page.Charts)
				}
				var pale []string
				if b.eval(t, contrasts, &pale); len(pale) > 0 {
					t.Errorf("hard to read: %q", pale)
				}
				b.picture(t, fmt.Sprintf("report-%d-%s", width, scheme))
				b.quiet(t, url)
			})
		}
	}
}

// column is a script that gives the cells of a column.
func column(n int) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#clients tbody tr")].map(row => row.cells[%d].dataset.value)`, n)
}

// TestPageSorts: a click on a column's head sorts by it, another one the other way
// round; the numbers by their size.
func TestPageSorts(t *testing.T) {
	url, r := writePage(t)
	b := open(t)
	for _, width := range []int{1280, 390} {
		b.show(t, url, width, "light")
		numbers := func() (sorted, reversed bool, aria string) {
			var requests []string
			b.eval(t, column(5), &requests)
			values := make([]int, len(requests))
			for i, text := range requests {
				if _, err := fmt.Sscan(text, &values[i]); err != nil {
					t.Fatal(err)
				}
			}
			if len(values) != len(r.Clients) {
				t.Errorf("got %d rows, want %d", len(values), len(r.Clients))
			}
			b.eval(t, `document.querySelectorAll("#clients th")[5].getAttribute("aria-sort") ?? ""`, &aria)
			sorted = slices.IsSorted(values)
			slices.Reverse(values)
			return sorted, slices.IsSorted(values), aria
		}
		if up, down, aria := numbers(); up || down || aria != "" {
			t.Errorf("%d: the table is sorted by requests before a click", width)
		}
		click := func(n int) {
			t.Helper()
			var at struct{ X, Y float64 }
			b.eval(t, fmt.Sprintf(`(() => {
				const button = document.querySelectorAll("#clients th button")[%d];
				button.scrollIntoView({block: "center"});
				const box = button.getBoundingClientRect();
				return {x: box.x + box.width / 2, y: box.y + box.height / 2};
			})()`, n), &at)
			for _, kind := range []string{"mousePressed", "mouseReleased"} {
				b.call(t, "Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1}, nil)
			}
		}
		click(5)
		if _, down, aria := numbers(); !down || aria != "descending" {
			t.Errorf("%d: one click does not put the largest first (%s)", width, aria)
		}
		click(5)
		if up, _, aria := numbers(); !up || aria != "ascending" {
			t.Errorf("%d: another click does not put the smallest first (%s)", width, aria)
		}
		click(0)
		var states []string
		if b.eval(t, column(0), &states); !slices.IsSorted(states) {
			t.Errorf("%d: a click on Status does not put the worst first: %q", width, states)
		}
		b.quiet(t, url)
	}
}

// TestPageWithoutScripts: everything is there, the worst first.
func TestPageWithoutScripts(t *testing.T) {
	url, r := writePage(t)
	b := open(t)
	b.call(t, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	b.show(t, url, 1280, "light")
	var names []string
	b.eval(t, column(1), &names)
	want := make([]string, len(r.Clients))
	for i := range r.Clients {
		want[i] = r.Clients[i].Label()
	}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	var open bool
	b.eval(t, `document.querySelector("details summary").click(), document.querySelector("details").open &&
		document.querySelector("details dl").getBoundingClientRect().height > 50`, &open)
	if !open {
		t.Error("the details do not open")
	}
	var mails []string
	b.eval(t, `[...document.querySelectorAll("a.write")].map(a => a.href)`, &mails)
	if len(mails) == 0 || !strings.HasPrefix(mails[0], "mailto:?subject=Please%20ask%20for%20") || strings.Contains(mails[0], "+") {
		t.Errorf("got letters %q", mails)
	}
}
