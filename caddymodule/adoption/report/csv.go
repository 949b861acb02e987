package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

var csvHeader = []string{
	"status", "date", "client", "source", "name", "owner", "contact", "routes", "programs",
	"requests", "compliant", "compliant_share", "affected", "rejected", "notices",
	"most_items", "most_bytes", "upstream_seconds", "first", "last", "last_compliant",
	"sample_time", "sample_path", "sample_request_id", "sample_user_agent",
}

// WriteCSV writes a line for each client (RFC 4180). A cell that a spreadsheet
// would take for a formula has an apostrophe before it
// (https://owasp.org/www-community/attacks/CSV_Injection).
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(csvHeader); err != nil {
		return err
	}
	for i := range r.Clients {
		cells := r.Clients[i].cells()
		for j, cell := range cells {
			cells[j] = harmless(cell)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (c *Client) cells() []string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []string{
		string(c.Status), dateOf(c.Date), c.Client, c.Source, c.Name, c.Owner, c.Contact,
		strings.Join(c.routeNames(), " "), strings.Join(c.Programs, " "),
		number(c.Requests), number(c.Compliant), strconv.FormatFloat(c.Share(), 'f', 4, 64), number(c.Affected),
		number(c.Rejected), number(c.Notices), number(c.MostItems), number(c.MostBytes),
		strconv.FormatFloat(c.UpstreamSeconds, 'f', 3, 64),
		instantOf(c.First), instantOf(c.Last), instantOf(c.LastCompliant),
		instantOf(c.Sample.Time), c.Sample.Path, c.Sample.RequestID, c.Sample.UserAgent,
	}
}

// harmless keeps a cell from being run. Spreadsheets take some characters before
// a formula for nothing.
func harmless(cell string) string {
	if rest := strings.TrimLeft(cell, " \t\r\n\x00\u00a0\ufeff"); rest != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(rest)[0]) {
		return "'" + cell
	}
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
		return "'" + cell
	}
	return cell
}
