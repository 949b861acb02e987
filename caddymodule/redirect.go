package caddymodule

import (
	"net/http"
	"net/url"
	"strings"
)

// redirect puts the client's own query back into a redirect to what it asked for: to the
// same path with a slash behind it, or to https. The upstream repeats the query that it was
// sent, in which the position is missing or another one; the client would get the first page
// in the place of each that it asks for. All other redirects are the upstream's own business.
func (pw *pageWriter) redirect() {
	x := pw.x
	if !x.plan.requery || !repeats(pw.status, x.posted) {
		return
	}
	location, sent := valueOf(pw.Header(), "Location"), x.r.URL.RawQuery
	to, err := url.Parse(location)
	if err != nil || !sameQuery(to.RawQuery, sent) {
		return
	}
	to = x.original.ResolveReference(to)
	own := x.edited.rawQuery
	switch {
	case to.Host != "" && !strings.EqualFold(to.Host, x.r.Host):
		return
	case sameResource(to.Path, x.original.Path):
		own = x.original.RawQuery // which what has been rewritten ahead of us is made of again
	case !sameResource(to.Path, x.r.URL.Path):
		return
	}
	if own == sent {
		return
	}
	end := len(location)
	if i := strings.IndexAny(location, "?#"); i >= 0 {
		end = i
	}
	text := location[:end]
	if own != "" {
		text += "?" + own
	}
	if i := strings.IndexByte(location, '#'); i >= 0 {
		text += location[i:]
	}
	pw.set("Location", text)
}

// repeats tells whether a status lets the client send its request again to another URL.
// Clients make a GET of a POST where they may, and half of what was asked for is lost.
func repeats(status int, posted bool) bool {
	switch status {
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	case http.StatusMovedPermanently, http.StatusFound:
		return !posted
	}
	return false
}

// sameQuery tells whether two queries say the same: frameworks escape what they repeat in
// their own ways.
func sameQuery(a, b string) bool {
	if a == b {
		return true
	}
	a, errA := url.QueryUnescape(a)
	b, errB := url.QueryUnescape(b)
	return errA == nil && errB == nil && a == b
}

// sameResource tells whether two paths differ in no more than a slash at the end and the
// case of letters.
func sameResource(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/"))
}
