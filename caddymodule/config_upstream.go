package caddymodule

import (
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// style is the style in which the upstream is asked: the one of the table with what the
// configuration changes of it. It is nil for an unbounded upstream, and if there is none
// of that name.
func (c *UpstreamConfig) style() *style.Style {
	base, ok := style.Lookup(c.Name)
	if !ok {
		return nil
	}
	if *c == (UpstreamConfig{Name: c.Name, Limit: c.Limit}) && !byToken(c, base) {
		return base // the very one, which the clients' may be compared with
	}
	s := *base
	for _, slot := range []struct {
		to   *string
		from string
	}{
		{&s.Params.Limit, c.LimitParameter},
		{&s.Params.Offset, c.Offset},
		{&s.Params.Page, c.Page},
		{&s.Params.After, c.After},
		{&s.Params.Cursor, c.Cursor},
	} {
		if slot.from != "" {
			*slot.to = slot.from
		}
	}
	if c.FirstPage != nil {
		s.FirstPage = *c.FirstPage
	}
	switch {
	case c.After != "":
		s.Position = style.ByKey
	case byToken(c, &s):
		s.Position = style.ByToken
	}
	return &s
}

// byToken tells whether an upstream of a style goes on by tokens: it knows nothing else,
// or the configuration says so.
func byToken(c *UpstreamConfig, s *style.Style) bool {
	return c.Cursor != "" || s.Position == style.ByCursor && !s.Numbered()
}

// checkUpstream checks that the upstream can be asked for what clients ask for.
func (h *Handler) checkUpstream() error {
	up, s := h.Upstream, h.Upstream.style()
	if s == nil {
		return nil // unbounded, or refused as unknown
	}
	for _, parameter := range []struct{ option, name string }{
		{"upstream.limit_parameter", up.LimitParameter},
		{"upstream.offset", up.Offset},
		{"upstream.page", up.Page},
		{"upstream.after", up.After},
		{"upstream.cursor", up.Cursor},
	} {
		if parameter.name != "" && !isParameter(parameter.name) {
			return wrongf(parameter.option, "%q is no name of a query parameter", parameter.name)
		}
	}
	byPage := s.Position == style.ByPage
	switch {
	case up.Offset != "" && byPage:
		return wrongf("upstream.offset", "upstream %s counts pages; one that takes an offset is upstream link", s.Name)
	case up.Page != "" && !byPage:
		return wrongf("upstream.page", "upstream %s does not count pages; one that does is upstream page", s.Name)
	case up.FirstPage != nil && !byPage:
		return wrongf("upstream.first_page", "upstream %s does not count pages", s.Name)
	case up.FirstPage != nil && *up.FirstPage != 0 && *up.FirstPage != 1:
		return wrongf("upstream.first_page", "the first page is 0 or 1, not %d", *up.FirstPage)
	case up.Cursor != "" && (up.After != "" || up.Offset != "" || up.Page != ""):
		return wrongf("upstream.cursor", "upstream %s can be asked for one position: by a token, a key, an offset or a page's number", s.Name)
	case !s.Numbered() && s.Position != style.ByKey && (s.Position != style.ByToken || s.Params.Take() == ""):
		return wrongf("upstream.name", "upstream %s takes no position as one parameter beside a limit; "+
			"if the API takes an offset, the key of an item or a token, say so, as in upstream link { offset|after|cursor <parameter> }", s.Name)
	}
	return h.checkUpstreamKey(s)
}

// checkUpstreamKey refuses keys that nobody could go on by.
func (h *Handler) checkUpstreamKey(s *style.Style) error {
	client := h.Style.style()
	switch {
	case s.Position != style.ByKey:
	case len(h.Key) == 0:
		return wrongf("upstream.name", "upstream %s is asked for what stands behind a key: say which, as in key id", s.Name)
	case len(h.Key) > 1:
		return wrongf("key", "upstream %s takes the key of an item as one parameter, not as %d", s.Name, len(h.Key))
	case client != nil && (client.Position == style.ByPage || client.Position == style.ByOffset):
		return wrongf("upstream.name", "the style %s goes on by numbers, and upstream %s is asked for what stands behind a key", client.Name, s.Name)
	default:
		return nil
	}
	what := "numbers"
	if s.Position == style.ByToken {
		what = "what its own tokens lead to"
	}
	switch {
	case h.byKey():
		return wrongf("upstream.name", "the style %s goes on by keys, and upstream %s is asked for %s", h.Style.Name, s.Name, what)
	case len(h.Key) > 0:
		return wrongf("key", "upstream %s is asked for %s, so nothing can go on after a key", s.Name, what)
	}
	return nil
}

// byKey tells whether the upstream is asked for what stands behind a key. It knows no
// other position.
func (rt *runtime) byKey() bool { return rt.upstream != nil && rt.upstream.Position == style.ByKey }

// checkUpstreamTotal refuses to count a list of which only pages are read, unless the
// upstream tells.
func (h *Handler) checkUpstreamTotal() error {
	s := h.Upstream.style()
	if s == nil || h.Total != "exact" {
		return nil
	}
	l, err := s.Listener()
	if err == nil && !l.Counts() {
		return wrongf("total", "upstream %s does not tell how many items there are, and its pages cannot be counted", s.Name)
	}
	return err
}

// listen readies the runtime for what the upstream's style says around its lists. An
// envelope that is about the upstream's paging is left out: clients have their own.
func (rt *runtime) listen() error {
	if rt.upstream == nil {
		return nil
	}
	var err error
	if rt.listener, err = rt.upstream.Listener(); err != nil {
		return err
	}
	switch {
	case !rt.listener.Shapes():
	case rt.shape == nil:
		rt.shape = style.Bare
	case rt.client.Keeps && rt.client.Body != rt.upstream.Body:
		client := *rt.client
		client.Keeps = false
		rt.client = &client
	}
	if names := rt.listener.List(); rt.path.Auto() && names != nil {
		var pointer strings.Builder
		for _, name := range names {
			pointer.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
		}
		rt.path, err = list.ParsePath(pointer.String())
	}
	return err
}
