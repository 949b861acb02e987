package style

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// keep writes the upstream's own envelope around the items, with the slots of the
// template set in it, and with its constants where the envelope has no such member. An
// empty string is not added: it says no more than none. keep reports false where the
// envelope has not the list where the template has it.
func (w *factWriter) keep(dst []byte, shape *Shape) ([]byte, bool) {
	const bom = "\ufeff"
	before := bytes.TrimPrefix(w.facts.Before, []byte(bom))
	envelope := slices.Concat(before, w.facts.Behind)
	var list string
	shape.root.leaves("", func(path string, n *node) {
		if n.slot == "list" {
			list = path
		}
	})
	if at, ok := listAt(envelope, list); !ok || len(before) > 0 && at != len(before) {
		return dst, false
	}
	var err error
	shape.root.leaves("", func(path string, n *node) {
		has := gjson.GetBytes(envelope, path).Exists()
		value, ok := n.append(nil, w.slot)
		switch {
		case n.slot == "list" || err != nil:
		case n.text != "" && has, string(value) == `""` && !has:
		case ok:
			envelope, err = sjson.SetRawBytes(envelope, path, value)
		default:
			envelope, err = sjson.DeleteBytes(envelope, path)
		}
	})
	at, ok := listAt(envelope, list)
	if !ok || err != nil {
		return dst, false
	}
	dst = append(append(dst, envelope[:at]...), w.items...)
	return append(dst, envelope[at:]...), true
}

// leaves tells of all that is no object in a template, and where in it that is.
func (n *node) leaves(path string, tell func(path string, n *node)) {
	for i := range n.members {
		m := &n.members[i]
		at := gjson.Escape(strings.Trim(m.key, `":`))
		if path != "" {
			at = path + "." + at
		}
		if m.value.open == '{' {
			m.value.leaves(at, tell)
		} else {
			tell(at, &m.value)
		}
	}
}

// listAt is where in an envelope the items of a list go that has none.
func listAt(envelope []byte, path string) (int, bool) {
	list := gjson.GetBytes(envelope, path)
	return list.Index + 1, list.IsArray() && strings.Trim(list.Raw, "[] \t\r\n") == ""
}
