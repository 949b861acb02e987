package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
)

// A chart's size, in units of which one is about a pixel on a phone.
const (
	chartWidth  = 380
	chartHeight = 200

	plotLeft   = 40
	plotRight  = chartWidth - 10
	plotTop    = 40
	plotBottom = chartHeight - 24
)

// The axis reaches the sunset if that makes it at most sunsetReach times as long as
// the days that have passed, or as a usual window: else nothing could be seen of
// these.
const (
	sunsetReach = 6
	usualWindow = 30
)

// A chart is a burn-down, ready to be drawn.
type chart struct {
	Kind  string // share or clients: how it is drawn
	Title string
	Text  string // what it shows, for who cannot see it
	Path  string // of the line, or of all bars
	Dots  []mark // days that have no neighbour to draw a line to
	Rows  []mark // of the vertical axis
	Dates []mark // of the horizontal one

	Today  *mark
	Sunset *mark
}

// A mark is a place in a chart, with its text.
type mark struct {
	X, Y   string
	Text   string
	Anchor string // start, middle or end of the text is at the place
}

// An axis puts days on the plot.
type axis struct {
	first time.Time
	days  float64 // in the plot's width
}

func (a axis) x(t time.Time) float64 {
	at := t.Sub(a.first).Hours() / 24
	return plotLeft + (plotRight-plotLeft)*min(max(at/a.days, 0), 1)
}

// charts are a route's two burn-downs; none if there was no request.
func (r *Route) charts() []*chart {
	if len(r.Days) == 0 {
		return nil
	}
	first, err := time.Parse(time.DateOnly, r.Days[0].Date)
	if err != nil {
		return nil // a server's answer that is none of ours
	}
	a := axis{first: first, days: float64(len(r.Days))}
	if ahead := r.Sunset.Sub(first).Hours()/24 + 1; ahead > a.days && ahead <= sunsetReach*max(a.days, usualWindow) {
		a.days = ahead
	}
	share, clients := r.shareChart(a), r.clientsChart(a)
	for _, c := range []*chart{share, clients} {
		c.frame(a, len(r.Days), r.Sunset)
	}
	return []*chart{share, clients}
}

func (r *Route) shareChart(a axis) *chart {
	c := &chart{Kind: "share", Title: "Requests for pages"}
	var path strings.Builder
	alone := mark{}
	for i, d := range r.Days {
		if d.Requests == 0 {
			continue
		}
		x := a.x(a.first.Add(time.Duration(i)*adoption.Day + adoption.Day/2))
		y := plotBottom - (plotBottom-plotTop)*Counts{d.Requests, d.Compliant, 0}.Share()
		if path.Len() == 0 {
			fmt.Fprintf(&path, "M%s %s", digits(x), digits(y))
			alone = mark{X: digits(x), Y: digits(y)}
		} else {
			fmt.Fprintf(&path, "L%s %s", digits(x), digits(y))
			alone = mark{}
		}
		c.Text = fmt.Sprintf("On %s, %s of the requests were for pages.", d.Date, percent(Counts{d.Requests, d.Compliant, 0}))
	}
	c.Path = path.String()
	if alone.X != "" {
		c.Dots = append(c.Dots, alone)
	}
	for _, p := range []int{0, 50, 100} {
		c.row(float64(p)/100, fmt.Sprintf("%d%%", p))
	}
	return c
}

func (r *Route) clientsChart(a axis) *chart {
	c := &chart{Kind: "clients", Title: "Clients that would lose data, by day"}
	most := 0
	for _, d := range r.Days {
		most = max(most, d.AffectedClients)
		if d.Requests > 0 {
			c.Text = fmt.Sprintf("On %s, %s were affected.", d.Date, plural(int64(d.AffectedClients), "client"))
		}
	}
	top := roundUp(most)
	var path strings.Builder
	for i, d := range r.Days {
		if d.AffectedClients == 0 {
			continue
		}
		from, to := a.x(a.first.Add(time.Duration(i)*adoption.Day)), a.x(a.first.Add(time.Duration(i+1)*adoption.Day))
		gap := 1.0
		if to-from < 5 { // else stripes are all that is seen
			gap = 0
		}
		y := plotBottom - (plotBottom-plotTop)*float64(d.AffectedClients)/float64(top)
		fmt.Fprintf(&path, "M%s %dV%sH%sV%dZ", digits(from+gap), plotBottom, digits(y), digits(to-gap), plotBottom)
	}
	c.Path = path.String()
	for _, n := range []int{0, top / 2, top} {
		c.row(float64(n)/float64(top), grouped(int64(n)))
	}
	return c
}

func (c *chart) row(at float64, text string) {
	c.Rows = append(c.Rows, mark{X: digits(plotLeft), Y: digits(plotBottom - (plotBottom-plotTop)*at), Text: text})
}

// frame adds dates, and the sunset; at an edge, if it lies beyond.
func (c *chart) frame(a axis, days int, sunset time.Time) {
	last := a.first.Add(time.Duration(days) * adoption.Day)
	end := a.first.Add(time.Duration(a.days * float64(adoption.Day)))
	c.Dates = append(c.Dates, mark{X: digits(plotLeft), Text: dateOf(a.first), Anchor: "start"})
	if end.After(last) {
		c.Today = &mark{X: digits(a.x(last))}
		if x := a.x(last); plotLeft+90 < x && x < plotRight-90 { // between the others
			c.Today.Text = "today"
		}
	}
	if days > 1 || end.After(last) {
		c.Dates = append(c.Dates, mark{X: digits(plotRight), Text: dateOf(end.Add(-time.Second)), Anchor: "end"})
	}
	if sunset.IsZero() {
		return
	}
	m := mark{X: digits(a.x(sunset)), Text: "sunset " + dateOf(sunset)}
	switch x := a.x(sunset); {
	case sunset.Before(a.first):
		m.Text = "← " + m.Text
		m.Anchor = "start"
	case sunset.After(end):
		m.Text += " →"
		m.Anchor = "end"
	case x < (plotLeft+plotRight)/2:
		m.Anchor = "start"
	default:
		m.Anchor = "end"
	}
	c.Sunset = &m
}

// roundUp is the even number of the form 2, 4, 6, 10, 20, 40, ... that is not less.
func roundUp(n int) int {
	for power := 1; ; power *= 10 {
		for _, digit := range []int{2, 4, 6, 10} {
			if n <= digit*power {
				return digit * power
			}
		}
	}
}

// digits is a coordinate: a tenth of a pixel is fine enough.
func digits(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", math.Round(x*10)/10), ".0")
}
