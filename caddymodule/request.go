package caddymodule

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

// overrides are header fields by which frameworks let a request have another
// method (true) or another URL than it seems to.
var overrides = map[string]bool{
	"X-Http-Method-Override": true,
	"X-Http-Method":          true,
	"X-Method-Override":      true,
	"X-Original-Url":         false,
	"X-Rewrite-Url":          false,
}

// overridden tells whether a field overrides the request, and what of it. CGI
// takes "_" in a field's name for "-", so both count.
func overridden(name string) (method, ok bool) {
	if name == "" || name[0]|0x20 != 'x' {
		return false, false // none of them
	}
	if strings.Contains(name, "_") {
		name = http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
	}
	method, ok = overrides[name]
	return method, ok
}

// reads tells whether a method is GET or HEAD. Methods are case-sensitive (RFC
// 9110, section 9.1), but not to every framework: Django and Symfony take get for
// GET.
func reads(method string) bool {
	return strings.EqualFold(method, http.MethodGet) || strings.EqualFold(method, http.MethodHead)
}

// disguised tells whether a field that overrides the method of a request with a body
// makes it one for the list that is none, or the other way round: nobody knows which
// of the two the upstream takes it for. It cannot be let through without the field
// either: it would become a write that nobody asked for. Of several methods some
// frameworks take the first, and others the last.
func (rt *runtime) disguised(r *http.Request) bool {
	if reads(r.Method) {
		return false // and remains a read without the field
	}
	lists := rt.lists(r.Method)
	for name, values := range r.Header {
		if method, ok := overridden(name); !ok || !method {
			continue
		}
		for _, line := range values {
			for value := range strings.SplitSeq(line, ",") {
				if value = strings.TrimSpace(value); value != "" && rt.lists(value) != lists {
					return true
				}
			}
		}
	}
	return false
}

// An edit is a request made ready for the upstream, and how to undo it: routes
// for errors, and handlers outside of us, shall see what the client sent.
type edit struct {
	r          *http.Request
	rawQuery   string
	requestURI string
	old        []savedField
	was        framing // of r, if it has another one now
	sent       []byte  // the body that the upstream gets in place of the client's
}

// A framing is what of a request changes with its body.
type framing struct {
	method   string
	body     io.ReadCloser
	length   int64
	transfer []string
}

type savedField struct {
	name   string
	values []string
}

// appendFields saves all fields of a header.
func appendFields(saved []savedField, h http.Header) []savedField {
	for name, values := range h {
		saved = append(saved, savedField{name, values})
	}
	return saved
}

// restoreFields makes a header what it was when its fields were saved.
func restoreFields(h http.Header, saved []savedField) {
	clear(h)
	for _, f := range saved {
		h[f.name] = f.values
	}
}

func (e *edit) begin(r *http.Request) {
	e.r, e.rawQuery, e.requestURI = r, r.URL.RawQuery, r.RequestURI
}

func (e *edit) setQuery(raw []byte) {
	u := e.r.URL
	if string(raw) == u.RawQuery {
		return
	}
	path := u.EscapedPath()
	if len(raw) == 0 || u.Opaque != "" || path == "" || strings.HasPrefix(path, "//") {
		u.RawQuery = string(raw)
		e.r.RequestURI = u.RequestURI()
		return
	}
	e.r.RequestURI = path + "?" + string(raw) // as RequestURI has it, and shared with the query
	u.RawQuery = e.r.RequestURI[len(path)+1:]
}

// set replaces a header field; without values it is removed.
func (e *edit) set(name string, values []string) {
	old, had := e.r.Header[name]
	if !had && len(values) == 0 {
		return
	}
	e.old = append(e.old, savedField{name, old})
	if len(values) == 0 {
		delete(e.r.Header, name)
		return
	}
	e.r.Header[name] = values
}

// setBody gives the request another body, and the method that it needs.
func (e *edit) setBody(method string, body []byte) {
	r := e.r
	e.was, e.sent = framing{r.Method, r.Body, r.ContentLength, r.TransferEncoding}, body
	r.Method, r.Body, r.ContentLength, r.TransferEncoding = method, bodyOf(body), int64(len(body)), nil
	for _, name := range [...]string{"Content-Digest", "Repr-Digest", "Digest", "Content-Md5", "Expect"} {
		e.set(name, nil)
	}
	if reads(method) {
		e.set("Content-Type", nil)
		e.set("Content-Length", nil)
		return
	}
	e.set("Content-Length", []string{strconv.Itoa(len(body))})
}

func bodyOf(text []byte) io.ReadCloser {
	if len(text) == 0 {
		return http.NoBody
	}
	return io.NopCloser(bytes.NewReader(text))
}

func (e *edit) undo() {
	if w := &e.was; w.method != "" {
		e.r.Method, e.r.Body, e.r.ContentLength, e.r.TransferEncoding = w.method, w.body, w.length, w.transfer
		*w = framing{}
	}
	e.r.URL.RawQuery, e.r.RequestURI = e.rawQuery, e.requestURI
	for _, f := range slices.Backward(e.old) {
		if f.values == nil {
			delete(e.r.Header, f.name)
		} else {
			e.r.Header[f.name] = f.values
		}
	}
}

// reset forgets the request, but for the memory that it took.
func (e *edit) reset() {
	clear(e.old)
	*e = edit{old: e.old[:0]}
}

// dropOverrides removes the header fields that could make the upstream answer
// something else than what we judged: another method, another URL, a part of
// the body, or what is asked for in another protocol.
func (e *edit) dropOverrides() {
	for name, values := range e.r.Header {
		var drop bool
		switch name {
		case "Range", "If-Range":
			drop = true
		case "Upgrade":
			drop = offersHTTP(values)
		default:
			_, drop = overridden(name)
		}
		if drop {
			e.set(name, nil)
		}
	}
}

// offersHTTP tells whether a request offers to go on in a protocol in which the upstream
// would answer it, and whatever follows, past us: HTTP/2 (h2c), or HTTP inside of TLS (RFC
// 2817). Nobody has to take such an offer.
func offersHTTP(upgrade []string) bool {
	for _, line := range upgrade {
		for offer := range strings.SplitSeq(line, ",") {
			protocol, _, _ := strings.Cut(strings.TrimSpace(offer), "/")
			switch strings.ToLower(protocol) {
			case "h2c", "h2", "http", "tls":
				return true
			}
		}
	}
	return false
}

// hasBody tells whether a GET or HEAD request carries a body, which an upstream
// may read parameters from. Where its length is not declared, the first byte
// tells (over HTTP/3 the length is not known even of requests without one), but
// only if it may be taken: the upstream will not see it.
func hasBody(r *http.Request, take bool) bool {
	switch {
	case r.ContentLength >= 0 || r.Body == nil || r.Body == http.NoBody:
		return r.ContentLength > 0
	case !take:
		return len(r.TransferEncoding) > 0
	}
	var b [1]byte
	if n, _ := io.ReadFull(r.Body, b[:]); n > 0 {
		return true
	}
	r.Body, r.ContentLength, r.TransferEncoding = http.NoBody, 0, nil
	return false
}

// An asked is what a request asks for, and what is needed to answer it.
type asked struct {
	query.Reading

	prefer     string   // the preference that was the limit, as the client spelled it
	preferred  bool     // there is one about paging, be it the limit or not
	preferRest []string // the Prefer header without it

	mark list.Mark       // the item that the cursor stands behind, or that was named
	at   cursor.Position // that the cursor stands for

	posted posted
}

// reset forgets what was asked, but for the memory that it took.
func (a *asked) reset() {
	a.Reading.Reset()
	a.mark, a.at = list.Mark{}, cursor.Position{}
	a.prefer, a.preferred, a.preferRest = "", false, nil
	a.posted = posted{}
}

// readAsk reads what the request asks for. Cursors are opened by the caller.
func (x *exchange) readAsk() {
	rt, a, r := x.rt, &x.ask, x.r
	switch raw := r.URL.RawQuery; {
	case a.posted.kind == formBody:
		rt.reader.ReadForm(&a.Reading, raw, string(a.posted.text))
	case a.posted.kind == jsonBody:
		rt.reader.ReadJSON(&a.Reading, raw, a.posted.text)
	case x.posted:
		rt.reader.ReadTo(&a.Reading, raw) // without a body it is still no GET for the same URL
	default:
		x.readQuery()
	}
	if prefer := r.Header["Prefer"]; len(prefer) > 0 {
		limit, token, rest := query.Prefer(prefer)
		a.preferred, a.preferRest = !slices.Equal(rest, prefer), rest
		if limit.Kind == limits.Given && (a.Limit.Kind == limits.Absent || a.Limit.Kind == limits.Unlimited) {
			a.Limit, a.Preferred, a.prefer = limit, true, token
		}
	}
}

// openCursor puts the position that a cursor or a key stands for into the ask.
func (x *exchange) openCursor() error {
	a := &x.ask
	switch {
	case a.HasAfter:
		a.mark = list.MarkOfText(a.After)
	case a.HasBefore && x.rt.byKey():
		a.Bad = limits.NewProblem(limits.CodeCursorInvalid, a.BeforeName, a.Before, "the list can only be read forwards")
	case a.HasBefore:
		a.mark = list.MarkOfText(a.Before)
	}
	if !a.HasCursor {
		return nil
	}
	sealer, err := x.rt.sealer(x.r.Context())
	if err != nil {
		return err
	}
	position, err := sealer.Open(a.Cursor, x.bindings()...)
	if err != nil {
		a.Bad = limits.NewProblem(limits.CodeCursorInvalid, a.CursorName, a.Cursor,
			"the cursor was not made for this list, filter and configuration; begin again without it")
		return nil
	}
	a.Offset = limits.Number{Kind: limits.Given, N: position.Offset}
	a.mark, a.at = list.MarkOf(position.Key), position
	if x.rt.byKey() && a.mark.Text() == "" && position.Offset > 0 {
		a.Bad = limits.NewProblem(limits.CodeCursorInvalid, a.CursorName, a.Cursor, "the cursor has no key to go on behind; begin again without it")
	}
	return nil
}

// bindings are what a cursor belongs to. The path is bound as links write it, with
// one slash at its beginning.
func (x *exchange) bindings() []string {
	if len(x.bound) == 0 {
		path := x.original.Path
		if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
			path = "/" + strings.TrimLeft(path, "/")
		}
		var few [256]byte
		x.bound = append(x.bound, x.rt.name, x.rt.client.Name, x.rt.list, path, string(x.ask.Reading.AppendFilter(few[:0])))
		x.bound = append(x.bound, x.rt.keyNames...)
	}
	return x.bound
}

// originalOf is the request's URL as the client sent it, before rewrites.
func originalOf(r *http.Request) *url.URL {
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && original.URL != nil {
		return original.URL
	}
	return r.URL
}
