package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

const formType = "application/x-www-form-urlencoded"

// A sent is one request of those that a postbox got, with its body.
type sent struct{ method, query, contentType, body string }

// A postbox is an API that answers with the first n odd items, by whatever method and
// wherever n is said. It knows no pagination, and remembers what it was asked. On
// /write it answers with no list.
type postbox struct{ memory[sent] }

func (p *postbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, query, _ := strings.Cut(r.RequestURI, "?")
	p.add(sent{r.Method, query, r.Header.Get("Content-Type"), string(body)})
	w.Header().Set("Content-Type", asJSON)
	if strings.HasSuffix(r.URL.Path, "/write") {
		_, _ = io.WriteString(w, `{"ok":true}`)
		return
	}
	var fields struct{ N int }
	if json.Unmarshal(body, &fields) != nil || fields.N == 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
		_, _ = fmt.Sscan(r.FormValue("n"), &fields.N)
	}
	_, _ = io.WriteString(w, oddItems(0, fields.N))
}

// post sends a body. Headers are "Name: value".
func post(t testing.TB, c *http.Client, url, contentType, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
		if name == "Transfer-Encoding" {
			req.ContentLength = -1
		}
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("sending %.200q: %v", body, err)
	}
	return readReply(t, resp)
}

// slackPage is a page of the style slack.
func slackPage(t testing.TB, r reply) (items, next string) {
	t.Helper()
	var page struct {
		OK       bool
		Members  json.RawMessage
		Metadata struct {
			Next *string `json:"next_cursor"`
		} `json:"response_metadata"`
	}
	if err := json.Unmarshal([]byte(r.body), &page); err != nil || r.status != http.StatusOK || !page.OK || page.Metadata.Next == nil {
		t.Fatalf("got %d %.300q (%v), want a page", r.status, r.body, err)
	}
	if got := r.header.Get("Link"); got != "" {
		t.Errorf("Link: got %q, which leads nowhere without the body", got)
	}
	return string(page.Members), *page.Metadata.Next
}
