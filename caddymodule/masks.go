package caddymodule

import (
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// masks are the field masks of a configuration.
type masks struct {
	off      bool
	syntax   fields.Syntax
	byAbsent *fields.Mask // for requests that bring none
	always   *fields.Mask // what stays whatever a request says
	forward  bool

	stay *fields.Mask // what the style leaves besides; nil: nothing, and no mask is empty
	in   []string     // members in which a mask selects as well
}

// newMasks reads the masks of a configuration. kept is one in Google's syntax that stays
// besides, empty if there is none.
func newMasks(c *FieldsConfig, kept string, s *style.Style) (m masks, err error) {
	m = masks{off: c.Off, forward: c.Forward, in: s.FieldsIn}
	if s.FieldsStay != "" {
		if m.stay, err = fields.Parse(s.FieldsStay, fields.Google); err != nil {
			return m, err
		}
	}
	if c.Syntax == "dotted" {
		m.syntax = fields.Dotted
	}
	if c.Always != "" {
		if m.always, err = fields.Parse(c.Always, m.syntax); err != nil {
			return m, err
		}
	}
	if kept != "" {
		key, err := fields.Parse(kept, fields.Google)
		if err != nil {
			return m, err
		}
		m.always = fields.Union(m.always, key)
	}
	if c.Default != "" {
		m.byAbsent, err = m.parse(c.Default)
	}
	return m, err
}

// parse reads a mask, and adds what always stays.
func (m masks) parse(text string) (*fields.Mask, error) {
	if text == "" && m.stay != nil {
		return fields.Union(m.always, m.stay), nil
	}
	mask, err := fields.Parse(text, m.syntax)
	if err != nil || m.always == nil && m.stay == nil {
		return mask, err
	}
	all := []*fields.Mask{mask, m.always, m.stay}
	for _, member := range m.in {
		inside, err := fields.Parse(member+"("+text+")", m.syntax)
		if err != nil {
			return nil, err
		}
		all = append(all, inside)
	}
	return fields.Union(all...), nil
}

// keptKey is a mask of what clients go on by, in styles that go on by the keys of items:
// they could not without.
func (h *Handler) keptKey() string {
	if !h.byKey() || len(h.Key) == 0 {
		return ""
	}
	path, err := list.ParsePath(h.Key[len(h.Key)-1])
	if err != nil {
		return "" // and refused elsewhere
	}
	names := path.Names()
	for i, name := range names {
		var escaped strings.Builder
		for _, r := range name {
			escaped.WriteByte('\\') // which takes the next character as it is
			escaped.WriteRune(r)
		}
		names[i] = escaped.String()
	}
	return strings.Join(names, "/")
}
