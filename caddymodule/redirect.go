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
	sent, asked := x.r.URL.RawQuery, x.edited.rawQuery
	if sent == asked || x.posted {
		return
	}
	switch pw.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return
	}
	location := valueOf(pw.Header(), "Location")
	to, err := url.Parse(location)
	if err != nil || to.RawQuery != sent || to.Host != "" && to.Host != x.r.Host || !sameResource(to.Path, x.r.URL.Path) {
		return
	}
	end := len(location)
	if i := strings.IndexAny(location, "?#"); i >= 0 {
		end = i
	}
	text := location[:end]
	if asked != "" {
		text += "?" + asked
	}
	if i := strings.IndexByte(location, '#'); i >= 0 {
		text += location[i:]
	}
	pw.set("Location", text)
}

// sameResource tells whether two paths differ in no more than a slash at the end and the
// case of letters.
func sameResource(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/"))
}
