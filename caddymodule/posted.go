package caddymodule

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// maxBody is how long a body may be to be read for paging.
const maxBody = 1 << 20

const tooLong = "it is longer than 1 MiB"

// A bodyKind is what of a request's body is read.
type bodyKind uint8

const (
	noBody   bodyKind = iota // none, or not read
	formBody                 // pairs, as in a query
	jsonBody
)

// A posted is the body of a request that may ask for a page by POST.
type posted struct {
	kind bodyKind
	text []byte // as it came

	// unread is why a body is not read. It goes on as it came, whatever it asks for:
	// it may be no request for a list at all, such as an upload. But of a list there
	// is no way on then, so a long one is refused.
	unread string
}

// lists tells whether a request of that method may be one for a list.
func (rt *runtime) lists(method string) bool {
	return reads(method) || rt.client.Post && strings.EqualFold(method, http.MethodPost)
}

// readBody reads the body of a request by POST, and puts it back.
func (x *exchange) readBody() error {
	r, b := x.r, &x.ask.posted
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil
	}
	kind, unread := bodyKindOf(r.Header)
	if unread == "" && r.ContentLength > maxBody {
		unread = tooLong
	}
	most := int64(maxBody)
	if unread != "" {
		most = 0 // a byte tells whether there is a body: over HTTP/3 the length is not known even of none
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	r.Body = putBack{io.MultiReader(bytes.NewReader(text), r.Body), r.Body}
	switch {
	case err != nil && x.phase != retire.Observe:
		return caddyhttp.Error(http.StatusBadRequest, err)
	case err != nil:
		unread = "it broke off"
	case len(text) == 0:
		return nil
	case unread != "":
	case len(text) > maxBody:
		unread = tooLong
	case kind == jsonBody && x.rt.viaGet && !query.Flat(text):
		unread = "the API is asked by GET, and only an object without objects and arrays in it fits into a query"
	default:
		b.kind, b.text = kind, text
	}
	b.unread = unread
	return nil
}

// putBack is a body of which the beginning has been read.
type putBack struct {
	io.Reader
	io.Closer
}

// bodyKindOf tells what a body is, or why it cannot be read.
func bodyKindOf(h http.Header) (kind bodyKind, unread string) {
	lines := h["Content-Type"]
	if coding := codingOf(h); coding != "" {
		return noBody, "it is encoded (" + coding + ")"
	}
	if len(lines) != 1 {
		return noBody, "there is not one Content-Type"
	}
	name, params, err := mime.ParseMediaType(lines[0])
	if err != nil {
		return noBody, "its Content-Type is malformed"
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252":
	default: // in which "limit" may be other bytes
		return noBody, "its charset may not be what it seems"
	}
	switch {
	case name == "application/x-www-form-urlencoded":
		return formBody, ""
	case mediaOf(name) == textMedia:
		return jsonBody, ""
	}
	return noBody, "it is neither a form nor JSON"
}

// toGet tells whether the upstream is asked by GET in place of POST.
func (x *exchange) toGet() bool { return x.posted && x.rt.viaGet && x.ask.posted.unread == "" }

// askByBody puts what the client asked for by POST into the request for the upstream,
// but for paging.
func (x *exchange) askByBody() {
	b, e := &x.ask.posted, &x.edited
	if x.toGet() {
		e.setBody(http.MethodGet, nil)
		return
	}
	switch reading := &x.ask.Reading; b.kind {
	case formBody:
		var w query.Writer
		w.UpstreamForm(reading, x.plan.forward || x.rt.masks.forward)
		e.setBody(x.r.Method, w.Text)
	case jsonBody:
		e.setBody(x.r.Method, reading.JSON())
	}
}

// refuseUnread makes a list that cannot be paged, as the body cannot be read, one that
// is sent whole or not at all.
func (x *exchange) refuseUnread() {
	if p := &x.plan; x.ask.posted.unread != "" && p.enforced && p.mode == page && !x.verdict.Compliant() {
		p.whole, p.limit = true, max(p.limit, x.rt.rules.Max)
		x.rt.ask(p)
	}
}

// notePosted takes a request by POST that is answered with no list for one that may
// have changed it.
func (x *exchange) notePosted(pw *pageWriter) {
	if x.rt.snapshots != nil && !pw.list.Found() {
		x.rt.snapshots.writes.note(x.rt.clock.Now())
	}
}
