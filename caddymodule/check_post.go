package caddymodule

import (
	"net/http"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// checkPost checks how a style pages by POST.
func checkPost(c *StyleConfig, s *style.Style) error {
	if c.Method != "" {
		if err := oneOf("style.method", c.Method, http.MethodGet, http.MethodPost); err != nil {
			return err
		}
	}
	if s.Post && !s.Wraps() {
		return wrongf("style.method", "a page that is asked for by POST has no links, so the style %s needs a body that says how to go on", s.Name)
	}
	places := []struct{ option, at, name string }{
		{"style.limit_at", s.At.Limit, s.Params.Limit},
		{"style.offset_at", s.At.Offset, s.Params.Offset},
		{"style.page_at", s.At.Page, s.Params.Page},
		{"style.cursor_at", s.At.Cursor, s.Params.Cursor},
		{"style.after_at", s.At.After, s.Params.After},
		{"style.before_at", s.At.Before, s.Params.Before},
	}
	for i, place := range places {
		switch {
		case place.at == "":
			continue
		case !s.Post:
			return wrongf(place.option, "the style %s does not page by POST; say method POST", s.Name)
		case place.name == "":
			return wrongf(place.option, "the style %s has no such parameter", s.Name)
		case strings.Contains("."+place.at+".", "..") || strings.ContainsFunc(place.at, isControl):
			return wrongf(place.option, "%q is no path: names with dots between them are", place.at)
		}
		for j, other := range places {
			at := other.at
			if at == "" {
				at = other.name
			}
			if i != j && at != "" && overlap(strings.ToLower(place.at), strings.ToLower(at)) {
				return wrongf(place.option, "%q and %q cannot both be in a body", place.at, at)
			}
		}
	}
	return nil
}

// overlap tells whether one path leads to the other, or to a part of it.
func overlap(a, b string) bool {
	return strings.HasPrefix(a+".", b+".") || strings.HasPrefix(b+".", a+".")
}

// checkUpstreamMethod checks by what method the upstream is asked.
func (h *Handler) checkUpstreamMethod() error {
	up, s := h.Upstream, h.Style.style()
	if up.Method == "" || s == nil {
		return nil
	}
	if err := oneOf("upstream.method", up.Method, http.MethodGet, http.MethodPost); err != nil {
		return err
	}
	switch {
	case !s.Post:
		return wrongf("upstream.method", "the style %s does not page by POST", s.Name)
	case up.Method == http.MethodPost && up.Name != unbounded:
		return wrongf("upstream.method", "an upstream of style %s is asked by GET", up.Name)
	}
	return nil
}
