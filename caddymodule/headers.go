package caddymodule

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// pageHeaders writes the header of an answer whose body is complete.
func (pw *pageWriter) pageHeaders() {
	h := pw.Header()
	if !pw.list.Found() {
		if pw.x.plan.mask != nil || pw.decoder != nil {
			pw.changed()
			pw.set("Content-Length", strconv.Itoa(len(pw.list.Bytes())))
		}
		return
	}
	pw.changed()
	if total := pw.total(); total >= 0 && pw.x.rt.client.Total != "" {
		h.Set(pw.x.rt.client.Total, strconv.FormatInt(total, 10))
		pw.expose(pw.x.rt.client.Total)
	}
	pw.signals(pw.list.More(), true)
	if pw.x.warns() && pw.affected() {
		pw.announce()
	}
}

// flowHeaders writes the header of an answer that streams. Of a page that is too
// large to be held, the end is not known yet: it may turn out to have been the
// last one, and its next link to lead to an empty page.
func (pw *pageWriter) flowHeaders(affected bool) {
	overflowed := pw.x.plan.mode == page // most likely no list, and let through
	if !overflowed || pw.x.plan.mask != nil || pw.decoder != nil {
		pw.changed()
	}
	if !overflowed && pw.x.plan.limit >= 0 {
		pw.signals(true, false)
	}
	if affected {
		pw.announce()
	}
}

// set replaces a header field. Its name is as the header map has it.
func (pw *pageWriter) set(name, value string) { pw.Header()[name] = pw.x.trace.one(value) }

// valueOf is h.Get for a name that is as the map has it.
func valueOf(h http.Header, name string) string {
	if lines := h[name]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}

// changed takes out of the header what described the upstream's body.
func (pw *pageWriter) changed() {
	h := pw.Header()
	for name, lines := range h {
		switch name {
		case "Content-Length", "Content-Md5", "Digest", "Repr-Digest", "Content-Digest",
			"Content-Range", "Accept-Ranges":
			delete(h, name)
		case "Trailer":
			dropAnnounced(h, lines)
			delete(h, name)
		case "Etag":
			pw.tagged()
		default:
			dropTrailer(h, name)
		}
	}
	if pw.decoder != nil {
		delete(h, "Content-Encoding")
	}
}

// dropAnnounced removes the trailer fields that the lines of Trailer name.
func dropAnnounced(h http.Header, lines []string) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
}

// dropTrailers removes the trailer fields that nobody announced, which come with
// the body's end: a digest among them would be that of another body.
func dropTrailers(h http.Header) {
	for name := range h {
		dropTrailer(h, name)
	}
}

func dropTrailer(h http.Header, name string) {
	if strings.HasPrefix(name, http.TrailerPrefix) {
		delete(h, name)
	}
}

// unchanged readies the header of a 304 about a page. Caches put its fields in
// the place of those that they have (RFC 9111, section 4.3.4), so nothing may
// stay that would describe the upstream's body, or lead past us.
func (pw *pageWriter) unchanged() {
	pw.changed()
	delete(pw.Header(), "Link")
	if valueOf(pw.Header(), "Etag") != "" { // without one it is not about a page of ours
		pw.varies()
	}
}

// varies tells caches that the answer depends on a preference. What varies by
// everything already does.
func (pw *pageWriter) varies() {
	if !inList(pw.Header(), "Vary", "*") {
		pw.addToList("Vary", "Prefer")
	}
}

// tagged makes the upstream's entity tag one of the page.
func (pw *pageWriter) tagged() {
	if tag := valueOf(pw.Header(), "Etag"); tag != "" {
		pw.set("Etag", withTag(tag, pw.x.tag()))
	}
}

// signals says how to go on: the style's links, ahead of all other Link lines and
// in place of the upstream's own paging links; and how long the body is, if it is
// complete.
func (pw *pageWriter) signals(more, complete bool) {
	x, h := pw.x, pw.Header()
	if complete && !pw.list.More() && x.rt.upstream == nil && link.Has(h["Link"], "next") {
		x.noticePaged()
	}
	lines := link.Strip(h["Link"], link.Paging...)
	items := pw.items(more)
	if x.plan.rest >= 0 {
		x.rest = max(x.plan.rest-items, 0)
		more = more && x.rest > 0
	}
	page := style.Page{
		Offset: pw.offset(), Limit: x.plan.limit, Items: items, More: more || x.plan.back, Total: pw.total(),
		Back: x.plan.back, Forward: x.rt.byKey() || x.rt.byToken() && x.rt.client.Position == style.ByCursor,
	}
	if x.rt.client.Position == style.ByKey {
		page.First, page.Last = pw.list.Ends()
		x.ends = [2]string{page.First, page.Last}
	}
	pw.dress(page, complete)
	line, err := x.links(page, pw.list.Next())
	if err != nil {
		x.broken(fmt.Errorf("making a cursor: %w", err), 0, "")
	}
	end := len(line)
	if complete {
		line = strconv.AppendInt(line, int64(len(pw.page())), 10)
		x.line = line // which may have grown
	}
	text := string(line) // one for both fields
	if complete {
		pw.set("Content-Length", text[end:])
	}
	if end > 0 {
		lines = append(x.trace.one(text[:end]), lines...)
		pw.linked = true
		pw.expose("Link")
	}
	delete(h, "Link")
	if len(lines) > 0 {
		h["Link"] = lines
	}
	if x.rt.prefers() {
		delete(h, "Preference-Applied") // it is ours that was
	}
	if x.ask.prefer != "" {
		// A page that is smaller, as no more items are wanted, is of that size still.
		size := max(x.plan.limit, min(x.ask.Limit.N, x.rt.rules.Max))
		h.Add("Preference-Applied", x.ask.prefer+"="+strconv.FormatInt(size, 10))
		pw.expose("Preference-Applied")
	}
	pw.varies()
}

// offset is where in the list the page begins: elsewhere than asked if items have
// come or gone since the cursor was made.
func (pw *pageWriter) offset() int64 {
	if pw.x.rt.upstream == nil && pw.cuts() {
		return pw.x.plan.window.Offset + pw.list.Start()
	}
	return pw.x.plan.offset
}

// items is how many items stand before the next page.
func (pw *pageWriter) items(more bool) int64 {
	if pw.mode == flow && more && !pw.list.More() {
		return pw.x.plan.limit
	}
	return pw.list.Items()
}

// announce tells an affected client what will change (RFC 9745, RFC 8594). What
// the upstream says of itself is kept.
func (pw *pageWriter) announce() {
	a, h := &pw.x.rt.announced, pw.Header()
	for _, field := range [...]struct{ name, value string }{
		{"Deprecation", a.deprecation}, {"Sunset", a.sunset},
	} {
		if field.value != "" && valueOf(h, field.name) == "" {
			pw.set(field.name, field.value)
			pw.expose(field.name)
			pw.x.noticed = true
		}
	}
	links := a.links
	if links != "" && link.Has(h["Link"], retire.RelDeprecation, retire.RelSunset) {
		links = pw.otherLinks()
	}
	if links != "" {
		pw.x.noticed = true
		at := len(h["Link"]) // the upstream's own lines may be its paging
		if pw.linked {
			at = 1
		}
		h["Link"] = slices.Insert(h["Link"], at, links)
		pw.expose("Link")
	}
}

// otherLinks are the links that say what will change, without those that the upstream
// has of its own.
func (pw *pageWriter) otherLinks() string {
	var already []string
	for _, rel := range []string{retire.RelDeprecation, retire.RelSunset} {
		if link.Has(pw.Header()["Link"], rel) {
			already = append(already, rel)
		}
	}
	return pw.x.rt.calendar.Links(already...)
}

// expose lets scripts in a browser see a header field that we set, where the
// upstream lets browsers in at all (the Fetch standard, CORS protocol).
func (pw *pageWriter) expose(name string) {
	const field = "Access-Control-Expose-Headers"
	h := pw.Header()
	if valueOf(h, "Access-Control-Allow-Origin") == "" {
		return
	}
	// Where credentials are allowed, "*" is but a name.
	if valueOf(h, "Access-Control-Allow-Credentials") == "true" || !inList(h, field, "*") {
		pw.addToList(field, name)
	}
}

// addToList adds a member to a header field that is a list, if it is not there.
func (pw *pageWriter) addToList(field, member string) {
	h := pw.Header()
	switch {
	case len(h[field]) == 0:
		pw.set(field, member)
	case !inList(h, field, member):
		h[field] = append(h[field], member)
	}
}

func inList(h http.Header, field, member string) bool {
	for _, line := range h[field] {
		for have := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(have), member) {
				return true
			}
		}
	}
	return false
}
