package caddymodule

import (
	"mime"
	"net/http"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// style is the style that is configured: the one of the table with what the
// configuration changes of it. It is nil if there is none of that name.
func (c *StyleConfig) style() *style.Style {
	base, ok := style.Lookup(c.Name)
	if !ok {
		return nil
	}
	if *c == (StyleConfig{Name: c.Name}) {
		return base // the very one, which an upstream's may be compared with
	}
	s := *base
	for _, slot := range []struct {
		to   *string
		from string
	}{
		{&s.Params.Limit, c.Limit},
		{&s.Params.Offset, c.Offset},
		{&s.Params.Page, c.Page},
		{&s.Params.Cursor, c.Cursor},
		{&s.Params.After, c.After},
		{&s.Params.Before, c.Before},
		{&s.Params.End, c.End},
		{&s.Params.Range, c.Range},
		{&s.List, c.List},
		{&s.Body, c.Body},
		{&s.ContentType, c.ContentType},
		{&s.Total, c.TotalHeader},
		{&s.At.Limit, c.LimitAt},
		{&s.At.Offset, c.OffsetAt},
		{&s.At.Page, c.PageAt},
		{&s.At.Cursor, c.CursorAt},
		{&s.At.After, c.AfterAt},
		{&s.At.Before, c.BeforeAt},
	} {
		if slot.from != "" {
			*slot.to = slot.from
		}
	}
	switch c.Error {
	case "":
	case problemDocuments:
		s.Errors = style.Errors{}
	default:
		s.Errors = style.Errors{Body: c.Error}
	}
	if c.ErrorStatus != 0 {
		s.Errors.Status = int(c.ErrorStatus)
	}
	if c.FirstPage != nil {
		s.FirstPage = *c.FirstPage
	}
	if c.Method != "" {
		s.Post = c.Method == http.MethodPost
	}
	if c.TextKey != "" {
		s.TextKey = c.TextKey == "on"
	}
	return &s
}

// problemDocuments is what the configuration calls the errors of a style that has none
// of its own.
const problemDocuments = "problem"

// byKey tells whether clients say where to go on by the keys of items.
func (h *Handler) byKey() bool {
	s := h.Style.style()
	return s != nil && s.Position == style.ByKey
}

// checkStyle checks what the configuration changes of a style.
func (h *Handler) checkStyle() error {
	c, s := h.Style, h.Style.style()
	if s == nil {
		return nil // and refused as unknown
	}
	for _, parameter := range []struct{ option, name string }{
		{"style.limit", c.Limit},
		{"style.offset", c.Offset},
		{"style.page", c.Page},
		{"style.cursor", c.Cursor},
		{"style.after", c.After},
		{"style.before", c.Before},
		{"style.end", c.End},
		{"style.range", c.Range},
	} {
		// Brackets are part of a name here, as in page[size].
		if parameter.name != "" && !isParameter(parameter.name) {
			return wrongf(parameter.option, "%q is no name of a query parameter", parameter.name)
		}
	}
	if err := firstError(func() error { return checkApart(c, s) }, func() error { return checkPost(c, s) }); err != nil {
		return err
	}
	// Pages that are counted begin at a multiple of their size. One that begins
	// anywhere has no number, and its links would lead to items that it has, too.
	switch {
	case c.Offset != "" && s.Position == style.ByPage:
		return wrongf("style.offset", "the style %s counts pages, and a page that begins at any offset has no number", s.Name)
	case c.Offset != "" && s.Position == style.ByKey:
		return wrongf("style.offset", "the style %s goes on by the keys of items alone", s.Name)
	case c.Page != "" && s.Position != style.ByPage:
		return wrongf("style.page", "the style %s does not count pages", s.Name)
	case c.FirstPage != nil && s.Position != style.ByPage:
		return wrongf("style.first_page", "the style %s does not count pages", s.Name)
	case c.FirstPage != nil && *c.FirstPage != 0 && *c.FirstPage != 1:
		return wrongf("style.first_page", "the first page is 0 or 1, not %d", *c.FirstPage)
	case c.Cursor != "" && s.Position != style.ByCursor:
		return wrongf("style.cursor", "the style %s has no cursors", s.Name)
	case c.After != "" && s.Position != style.ByKey:
		return wrongf("style.after", "the style %s does not go on by the keys of items", s.Name)
	case c.Before != "" && s.Position != style.ByKey:
		return wrongf("style.before", "the style %s does not go on by the keys of items", s.Name)
	case c.End != "" && s.Position != style.ByOffset:
		return wrongf("style.end", "the style %s does not go on by offsets", s.Name)
	case c.Range != "" && s.Position != style.ByOffset:
		return wrongf("style.range", "the style %s does not go on by offsets", s.Name)
	case c.TextKey != "" && s.Position != style.ByKey:
		return wrongf("style.text_key", "the style %s does not go on by the keys of items", s.Name)
	case c.TextKey != "" && c.TextKey != "on" && c.TextKey != "off":
		return oneOf("style.text_key", c.TextKey, "on", "off")
	case c.TotalHeader != "" && !isToken(c.TotalHeader):
		return wrongf("style.total_header", "%q is no name of a header", c.TotalHeader)
	case c.ErrorStatus != 0 && (c.ErrorStatus < 200 || c.ErrorStatus > 599 || bodyless(int(c.ErrorStatus))):
		return wrongf("style.error_status", "%d is no status of an answer with a body", c.ErrorStatus)
	case c.ContentType != "" && !isMediaType(c.ContentType):
		return wrongf("style.content_type", "%q is no media type", c.ContentType)
	}
	if _, err := s.ErrorShape(); err != nil {
		return wrong("style.error", err)
	}
	shape, err := s.Shape()
	switch {
	case err != nil:
		return wrong("style.body", err)
	case c.List == "":
		return nil
	case shape == nil || !shape.Names():
		return wrongf("style.list", "the style %s has no name of its own for the list", s.Name)
	case strings.ContainsFunc(c.List, notOfName):
		return wrongf("style.list", "%q is no name for the list: letters, digits, _ and - are", c.List)
	}
	return nil
}

// checkApart checks that no parameter of a style means two things.
func checkApart(c *StyleConfig, s *style.Style) error {
	p := &s.Params
	taken := make(map[string]bool)
	for _, parameter := range []struct {
		option, name string
		own          bool // the configuration names it
	}{
		{"style.limit", p.Limit, c.Limit != ""},
		{"style.offset", p.Offset, c.Offset != ""},
		{"style.page", p.Page, c.Page != ""},
		{"style.cursor", p.Cursor, c.Cursor != ""},
		{"style.after", p.After, c.After != ""},
		{"style.before", p.Before, c.Before != ""},
		{"style.end", p.End, c.End != ""},
		{"style.range", p.Range, c.Range != ""},
		{"style.name", p.Whole, false},
		{"style.name", p.Count, false},
	} {
		folded := strings.ToLower(parameter.name)
		if folded == "" {
			continue
		}
		if taken[folded] {
			option := parameter.option
			if !parameter.own {
				option = "style.name"
			}
			return wrongf(option, "%q is two parameters of the style %s", parameter.name, s.Name)
		}
		taken[folded] = true
	}
	return nil
}

func isMediaType(text string) bool {
	name, _, err := mime.ParseMediaType(text)
	return err == nil && strings.Contains(name, "/")
}

// notOfName tells whether a character may not stand in what a list is called.
func notOfName(r rune) bool {
	return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && r != '_' && r != '-'
}
