package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Widths between which a table fits itself.
const (
	NarrowTable = 80
	WideTable   = 120
)

// roomy is the width from which on a table tells what is good to know as well.
const roomy = 100

// A column of a table.
type column struct {
	title string
	right bool // numbers
	least int  // the narrowest it gets; 0 if it is never cut
	cells []string
}

// WriteTable writes the report as a table of that many columns, from NarrowTable
// to WideTable, for terminals.
func (r *Report) WriteTable(w io.Writer, width int) error {
	width = min(max(width, NarrowTable), WideTable)
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, wrap(sentence(r.Verdict), width))
	fmt.Fprintln(out, wrap(fmt.Sprintf("%s from %s to %s, %s of them for pages.", plural(r.Requests, "list request"),
		dateOf(r.Since), dateOf(r.Generated), percent(r.Counts)), width))
	if len(r.Routes) > 0 {
		fmt.Fprintln(out)
		writeColumns(out, r.routeColumns(width), width)
	}
	if len(r.Clients) > 0 {
		fmt.Fprintln(out)
		writeColumns(out, r.clientColumns(width), width)
	}
	for i, note := range r.Notes {
		if i == 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out, wrap("Note: "+printable(note)+".", width))
	}
	return out.Flush()
}

func (r *Report) routeColumns(width int) []*column {
	route, phase := &column{title: "ROUTE", least: 8}, &column{title: "PHASE"}
	sunset, clients := &column{title: "SUNSET"}, &column{title: "CLIENTS", right: true}
	losing, pages := &column{title: "WOULD LOSE", right: true}, &column{title: "PAGED", right: true}
	requests := &column{title: "REQUESTS", right: true}
	for i := range r.Routes {
		one := &r.Routes[i]
		route.add(one.Route)
		phase.add(string(one.Phase) + map[bool]string{true: ", hold"}[one.Hold])
		sunset.add(orDash(dateOf(one.Sunset)))
		clients.add(andMore(one.ClientCount, one.More))
		losing.add(grouped(int64(one.Losing)))
		pages.add(percent(one.Counts))
		requests.add(grouped(one.Requests))
	}
	columns := []*column{route, phase, sunset, clients, losing, pages}
	if width >= roomy {
		columns = append(columns, requests)
	}
	return columns
}

func (r *Report) clientColumns(width int) []*column {
	status, client := &column{title: "STATUS"}, &column{title: "CLIENT", least: 12}
	contact, program := &column{title: "CONTACT", least: 10}, &column{title: "PROGRAM", least: 8}
	routes, affected := &column{title: "ROUTES", least: 7}, &column{title: "AFFECTED", right: true}
	requests, last := &column{title: "REQUESTS", right: true}, &column{title: "LAST SEEN"}
	for i := range r.Clients {
		c := &r.Clients[i]
		status.add(StatusText(c.Status, c.Date))
		client.add(c.Label())
		contact.add(orDash(c.reach()))
		program.add(orDash(c.programNames()))
		routes.add(strings.Join(c.routeNames(), " "))
		affected.add(grouped(c.Affected))
		requests.add(grouped(c.Requests))
		last.add(dateOf(c.Last))
	}
	if width < roomy {
		return []*column{status, client, contact, affected, last}
	}
	return []*column{status, client, contact, routes, program, affected, requests, last}
}

// reach is how to reach who runs the client, or who that is.
func (c *Client) reach() string {
	if c.Contact != "" {
		return c.Contact
	}
	return c.Owner
}

func (c *column) add(cell string) { c.cells = append(c.cells, printable(cell)) }

// width is that of the widest cell.
func (c *column) width() int {
	most := len(c.title)
	for _, cell := range c.cells {
		most = max(most, len([]rune(cell)))
	}
	return most
}

// writeColumns cuts the widest of the columns that may be cut, until all fit.
func writeColumns(w io.Writer, columns []*column, width int) {
	widths := make([]int, len(columns))
	total := 2 * (len(columns) - 1)
	for i, c := range columns {
		widths[i] = c.width()
		total += widths[i]
	}
	for ; total > width; total-- {
		widest := -1
		for i, c := range columns {
			if c.least > 0 && widths[i] > c.least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	line := func(cell func(c *column) string) {
		var text strings.Builder
		for i, c := range columns {
			if i > 0 {
				text.WriteString("  ")
			}
			cut := clip(cell(c), widths[i])
			pad := strings.Repeat(" ", widths[i]-len([]rune(cut)))
			if c.right {
				cut = pad + cut
			} else {
				cut += pad
			}
			text.WriteString(cut)
		}
		fmt.Fprintln(w, strings.TrimRight(text.String(), " "))
	}
	line(func(c *column) string { return c.title })
	for row := range columns[0].cells {
		line(func(c *column) string { return c.cells[row] })
	}
}

// wrap breaks a text between words.
func wrap(text string, width int) string {
	var out strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		length := len([]rune(word))
		switch {
		case i == 0:
		case at+1+length > width:
			out.WriteByte('\n')
			at = 0
		default:
			out.WriteByte(' ')
			at++
		}
		out.WriteString(word)
		at += length
	}
	return out.String()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func andMore(n int, more bool) string {
	if more {
		return grouped(int64(n)) + "+"
	}
	return grouped(int64(n))
}
