package report

import (
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"
)

// Mailto is a link (RFC 6068) that begins a letter to who runs the client, which
// says what it does and what to change. Without an address it still has the text.
// It is empty for clients that need not do anything, and for those that are
// counted together.
func (r *Report) Mailto(c *Client) string {
	if c.Together || c.Status == OK {
		return ""
	}
	subject, body := r.letter(c)
	to := make([]string, 0, 1)
	if addresses, err := mail.ParseAddressList(c.Contact); err == nil {
		for _, a := range addresses {
			to = append(to, strings.ReplaceAll(url.PathEscape(a.Address), "&", "%26"))
		}
	}
	return "mailto:" + strings.Join(to, ",") + "?subject=" + escapeMail(subject) + "&body=" + escapeMail(body)
}

// escapeMail escapes as RFC 6068 wants it: a blank is no plus, and lines end by
// CR and LF.
func escapeMail(text string) string {
	return strings.ReplaceAll(url.QueryEscape(strings.ReplaceAll(text, "\n", "\r\n")), "+", "%20")
}

func (r *Report) letter(c *Client) (subject, body string) {
	use := &c.Uses[0]
	route := r.route(use.Route)
	subject = "Please ask for " + printable(use.Route) + " in pages"
	if c.Status == FixBy && !c.Date.IsZero() {
		subject += " by " + dateOf(c.Date)
	}
	var b strings.Builder
	name := printable(c.Label())
	fmt.Fprintf(&b, "Hello%s,\n\n", map[bool]string{true: " " + printable(c.Owner)}[c.Owner != ""])
	fmt.Fprintf(&b, "your client %s asks for the list %s without a limit, or with one that is too high: %s of %s since %s.\n",
		name, printable(use.Route), grouped(use.Requests-use.Compliant), plural(use.Requests, "request"), dateOf(r.Since))
	b.WriteString(consequence(c.Status, c.Date))
	if use.Affected > 0 {
		fmt.Fprintf(&b, " That concerns %s so far.", plural(use.Affected, "answer"))
	}
	b.WriteString("\n")
	if s := use.Sample; !s.Time.IsZero() {
		fmt.Fprintf(&b, "\nAn example: %s, %s", s.Time.UTC().Format(time.RFC3339), printable(s.Path))
		if s.RequestID != "" {
			fmt.Fprintf(&b, ", request id %s", s.RequestID)
		}
		if s.UserAgent != "" {
			fmt.Fprintf(&b, ", sent by %s", clip(printable(s.UserAgent), 60))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n" + route.advice())
	return subject, b.String()
}

// consequence says what will happen to a client that stays as it is.
func consequence(s Status, date time.Time) string {
	const page = "it gets one page in place of the whole list"
	switch {
	case s == Overdue:
		return "Limits are enforced by now, so " + page + "."
	case s == FixBy && date.IsZero():
		return "Limits will be enforced; then " + page + "."
	case s == FixBy:
		return "From " + dateOf(date) + " on " + page + "."
	case s == Exempt:
		return "It is exempt until " + dateOf(date) + "; from then on " + page + "."
	}
	return "Nothing is lost yet, as its lists have been short so far; once they are longer, " + page + "."
}

// advice says what to change.
func (r *Route) advice() string {
	ask := "send a limit with each request"
	if r.Parameter != "" && r.Max > 0 {
		ask += fmt.Sprintf(" (%s=%d at most)", r.Parameter, r.Max)
	}
	text := "What to change: " + ask + `, and go on with the URL in the answer's Link header, rel="next", until there is none.` + "\n"
	if r.Docs != "" {
		text += "\nMore about it: " + r.Docs + "\n"
	}
	return text
}

func (r *Report) route(name string) *Route {
	for i := range r.Routes {
		if r.Routes[i].Route == name {
			return &r.Routes[i]
		}
	}
	return new(Route)
}
