package style

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// keep writes the upstream's own envelope around the items, with the slots of the
// template set in it. It reports false where that has not the list where the template
// has it.
func (w *factWriter) keep(dst []byte, shape *Shape) ([]byte, bool) {
	const bom = "\ufeff"
	before := bytes.TrimPrefix(w.facts.Before, []byte(bom))
	envelope := slices.Concat(before, w.facts.Behind)
	var list string
	shape.root.slots("", func(path string, n *node) {
		if n.slot == "list" {
			list = path
		}
	})
	if at, ok := listAt(envelope, list); !ok || len(before) > 0 && at != len(before) {
		return dst, false
	}
	var err error
	shape.root.slots("", func(path string, n *node) {
		if n.slot == "list" || err != nil {
			return
		}
		if value, ok := n.append(nil, w.slot); ok {
			envelope, err = sjson.SetRawBytes(envelope, path, value)
		} else {
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

// slots tells of the slots of a template, and where in it they are.
func (n *node) slots(path string, tell func(path string, n *node)) {
	for i := range n.members {
		m := &n.members[i]
		at := gjson.Escape(strings.Trim(m.key, `":`))
		if path != "" {
			at = path + "." + at
		}
		switch {
		case m.value.open == '{':
			m.value.slots(at, tell)
		case m.value.text == "":
			tell(at, &m.value)
		}
	}
}

// listAt is where in an envelope the items of a list go that has none.
func listAt(envelope []byte, path string) (int, bool) {
	list := gjson.GetBytes(envelope, path)
	return list.Index + 1, list.IsArray() && strings.Trim(list.Raw, "[] \t\r\n") == ""
}
