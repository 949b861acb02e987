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
	for _, check := range []func(*StyleConfig, *style.Style) error{checkParameters, checkPost, checkPositions, checkAnswers} {
		if err := check(c, s); err != nil {
			return err
		}
	}
	return nil
}

// checkPositions refuses what means nothing to the way in which the style goes on.
func checkPositions(c *StyleConfig, s *style.Style) error {
	// Pages that are counted begin at a multiple of their size. One that begins
	// anywhere has no number, and its links would lead to items that it has, too.
	switch {
	case c.Offset != "" && s.Position == style.ByPage:
		return wrongf("style.offset", "the style %s counts pages, and a page that begins at any offset has no number", s.Name)
	case c.Offset != "" && s.Position == style.ByKey:
		return wrongf("style.offset", "the style %s goes on by the keys of items alone", s.Name)
	}
	for _, need := range []struct {
		option string
		given  bool
		by     style.Position
		lacks  string
	}{
		{"style.page", c.Page != "", style.ByPage, "does not count pages"},
		{"style.first_page", c.FirstPage != nil, style.ByPage, "does not count pages"},
		{"style.cursor", c.Cursor != "", style.ByCursor, "has no cursors"},
		{"style.after", c.After != "", style.ByKey, "does not go on by the keys of items"},
		{"style.before", c.Before != "", style.ByKey, "does not go on by the keys of items"},
		{"style.end", c.End != "", style.ByOffset, "does not go on by offsets"},
		{"style.range", c.Range != "", style.ByOffset, "does not go on by offsets"},
		{"style.text_key", c.TextKey != "", style.ByKey, "does not go on by the keys of items"},
	} {
		if need.given && s.Position != need.by {
			return wrongf(need.option, "the style %s %s", s.Name, need.lacks)
		}
	}
	switch {
	case c.FirstPage != nil && *c.FirstPage != 0 && *c.FirstPage != 1:
		return wrongf("style.first_page", "the first page is 0 or 1, not %d", *c.FirstPage)
	case c.TextKey != "" && c.TextKey != "on" && c.TextKey != "off":
		return oneOf("style.text_key", c.TextKey, "on", "off")
	}
	return nil
}

// checkAnswers checks what answers are made of: header fields, bodies and errors.
func checkAnswers(c *StyleConfig, s *style.Style) error {
	switch {
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

// checkParameters checks the names of parameters, and that none of them means two things.
func checkParameters(c *StyleConfig, s *style.Style) error {
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
		if parameter.own && !isParameter(parameter.name) { // brackets are part of one, as in page[size]
			return wrongf(parameter.option, "%q is no name of a query parameter", parameter.name)
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
