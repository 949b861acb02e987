package report

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// letterTo is what a mail program makes of a link.
func letterTo(t *testing.T, link string) (to, subject, body string) {
	t.Helper()
	if strings.ContainsAny(link, "+ \"<>") {
		t.Errorf("the link has characters that want escaping: %s", link)
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "mailto" {
		t.Fatalf("got %q: %v", link, err)
	}
	to, err = url.PathUnescape(u.Opaque)
	if err != nil {
		t.Fatal(err)
	}
	for name := range u.Query() {
		if name != "subject" && name != "body" {
			t.Errorf("the link has a field %q", name)
		}
	}
	return to, u.Query().Get("subject"), u.Query().Get("body")
}

func TestMailto(t *testing.T) {
	r := sampleReport(t)
	for _, c := range r.Clients {
		if c.Client != early {
			continue
		}
		link := strings.ReplaceAll(r.Mailto(&c), "ann+lists", "ann%2Blists") // a plus is itself in an address
		to, subject, body := letterTo(t, link)
		if to != "ann+lists@example.com" || subject != "Please ask for orders in pages by 2030-04-15" {
			t.Errorf("got %q, %q", to, subject)
		}
		const want = "Hello Team Warehouse,\r\n\r\n" +
			"your client Nightly export asks for the list orders without a limit, or with one that is too high: 180 of 180 requests since 2030-03-02.\r\n" +
			"From 2030-04-15 on it gets one page in place of the whole list. That concerns 90 answers so far.\r\n\r\n" +
			"An example: 2030-03-25T02:00:00Z, /orders, request id req-7, sent by curl/8.1\r\n\r\n" +
			`What to change: send a limit with each request (limit=1000 at most), and go on with the URL in the answer's Link header, rel="next", until there is none.` + "\r\n\r\n" +
			"More about it: https://docs.example/paging\r\n"
		if body != want {
			t.Errorf("got %q\nwant %q", body, want)
		}
		return
	}
	t.Fatal("the client is not there")
}

// TestMailtoRoute: the letter is on one route, and so is its sample, though the
// client has asked another one since.
func TestMailtoRoute(t *testing.T) {
	r := sampleReport(t)
	c := &r.Clients[0]
	_, subject, body := letterTo(t, r.Mailto(c))
	if c.Client != late || c.Sample.Path != "/orders" || !strings.Contains(subject, "users") || !strings.Contains(body, "Z, /users,") || strings.Contains(body, "/orders") {
		t.Errorf("got %q, %q", subject, body)
	}
}

// TestMailtoKinds: to whom, and what the letter threatens, by contact and status.
func TestMailtoKinds(t *testing.T) {
	for _, tc := range []struct {
		contact string
		status  Status
		date    time.Time
		to      string
		text    string
	}{
		{"", Overdue, time.Time{}, "", "Limits are enforced by now"},
		{"#channel", FixBy, time.Time{}, "", "Limits will be enforced; then"},
		{"a@b.example, c@d.example", FixBy, day("2030-07-01"), "a@b.example,c@d.example", "From 2030-07-01 on"},
		{"a@b.example?bcc=x@y.example", Latent, time.Time{}, "", "Nothing is lost yet"},
		{`"a&bcc=x"@b.example`, Exempt, day("2030-12-01"), "a&bcc=x@b.example", "It is exempt until 2030-12-01; from then on"},
	} {
		r := &Report{Routes: []Route{{Route: "orders", Phase: retire.Announce}}, Since: logNow}
		c := &Client{Client: "x\r\nBcc: y", Contact: tc.contact, Status: tc.status, Date: tc.date, Uses: []Use{{Route: "orders"}}}
		to, subject, body := letterTo(t, r.Mailto(c))
		if to != tc.to || !strings.Contains(body, tc.text) || strings.ContainsAny(subject, "\r\n") || strings.Contains(body, "\r\nBcc") {
			t.Errorf("%q: got %q, %q, %q", tc.contact, to, subject, body)
		}
	}
	if link := (&Report{}).Mailto(&Client{Status: OK}); link != "" {
		t.Errorf("a client that is ready gets a letter: %s", link)
	}
}
