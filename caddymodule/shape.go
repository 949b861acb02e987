package caddymodule

import (
	"fmt"
	"net/http"

	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// jsonType is the Content-Type of a body that a style has shaped, if the style does
// not say.
const jsonType = "application/json"

// dress puts a page into the style's shape, and its facts into the style's header
// fields. A list of lines keeps its form: it has no place for anything around it.
func (pw *pageWriter) dress(page style.Page, complete bool) {
	x, client := pw.x, pw.x.rt.client
	if x.rt.shape == nil && len(client.Headers) == 0 || x.r.Method == http.MethodHead {
		return
	}
	facts := pw.facts(page)
	for _, field := range client.Headers {
		value, ok := client.AppendHeader(x.url[:0], field, facts)
		if ok {
			pw.Header()[field.Name] = []string{string(value)}
			pw.expose(field.Name)
		}
	}
	if x.rt.shape == nil || !complete || x.plan.lines || !pw.list.Found() {
		return
	}
	items := pw.list.Between()
	if client.TextKey {
		items = x.rt.key.AppendQuoted(nil, items)
	}
	facts.Counts = x.ask.Reading.Counts
	facts.Before, facts.Behind = pw.list.Around()
	pw.body = client.AppendBody(nil, items, x.rt.shape, facts)
	pw.dressed = true
	contentType := client.ContentType
	if contentType == "" {
		contentType = jsonType
	}
	pw.set("Content-Type", contentType)
}

// facts are what slots of the style stand for.
func (pw *pageWriter) facts(page style.Page) *style.Facts {
	x, last := pw.x, pw.list.Next()
	told := func(dst []byte, err error) []byte {
		if err != nil {
			x.broken(fmt.Errorf("making a cursor: %w", err), 0, "")
		}
		return dst
	}
	facts := &style.Facts{
		Page: page,
		Path: link.Escape(x.original.EscapedPath()),
		Token: func(dst []byte, t style.Target) []byte {
			return told(x.appendToken(dst, t, last))
		},
	}
	if !x.posted {
		facts.URL = func(dst []byte, t style.Target) []byte {
			url, err := x.appendURL(nil, t, last)
			return append(told(dst, err), link.Escape(string(url))...)
		}
	}
	return facts
}

// page is the body of a page.
func (pw *pageWriter) page() []byte {
	if pw.dressed {
		return pw.body
	}
	return pw.list.Bytes()
}
