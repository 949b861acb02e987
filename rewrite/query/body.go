package query

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// ReadForm is ReadTo for a query and the form in a body. They are read as one: what
// both say has to agree.
func (r *Reader) ReadForm(q *Reading, raw, form string) {
	both := raw
	switch {
	case raw == "":
		both = form
	case form != "":
		both += "&" + form
	}
	p := r.begin(q, both)
	q.split = len(raw)
	p.pairs()
	p.end()
}

// ReadJSON is ReadTo for a query and a JSON body. A member counts as a pair does, of
// the name and the value that it has. A text that is no JSON, and one that has a
// parameter twice, is Unsafe: parsers differ in what they make of it.
func (r *Reader) ReadJSON(q *Reading, raw string, body []byte) {
	p := r.begin(q, raw)
	q.split = len(raw)
	p.pairs()
	p.body(body)
	p.end()
}

// form is where the form begins.
func (q *Reading) form() int {
	if q.split == 0 {
		return 0
	}
	return q.split + 1
}

// JSON is the JSON body without its paging.
func (q *Reading) JSON() []byte { return q.json }

// appendJSON appends that in one canonical text, if there is anything left of it.
func (q *Reading) appendJSON(dst []byte) []byte {
	text := bytes.NewBuffer(append(dst, '\n')) // which stands in no pair
	if len(q.json) == 0 || json.Compact(text, q.json) != nil || string(text.Bytes()[len(dst)+1:]) == "{}" {
		return dst
	}
	return text.Bytes()
}

// UpstreamQuery writes what Upstream does of the query alone, UpstreamForm what it
// does of the form.
func (w *Writer) UpstreamQuery(q *Reading, keepFields bool) {
	k := q.kept(keepFields)
	k.raw = k.raw[:q.split]
	w.keep(k)
}

// UpstreamForm writes the form for the upstream.
func (w *Writer) UpstreamForm(q *Reading, keepFields bool) {
	k := q.kept(keepFields)
	k.at = q.form()
	for len(k.edits) > 0 && k.edits[0].start < k.at {
		k.edits = k.edits[1:]
	}
	w.keep(k)
}

// Members writes the members of the JSON body as parameters, but for those that are
// null.
func (w *Writer) Members(q *Reading) {
	gjson.ParseBytes(q.json).ForEach(func(key, value gjson.Result) bool {
		if value.Type != gjson.Null {
			w.Param(key.Str, textOf(value))
		}
		return true
	})
}

// Flat reports whether a JSON body is an object without objects and arrays in it, or no
// JSON at all.
func Flat(body []byte) bool {
	if !json.Valid(body) {
		return true
	}
	root := gjson.ParseBytes(body)
	flat := root.IsObject()
	root.ForEach(func(_, value gjson.Result) bool {
		flat = flat && value.Type != gjson.JSON
		return flat
	})
	return flat
}

// textOf is a value as a form would have it.
func textOf(value gjson.Result) string {
	switch value.Type {
	case gjson.String:
		return value.Str
	case gjson.Null:
		return ""
	}
	return value.Raw
}

// body reads the members of a JSON body, and takes out those that are about paging.
func (p *pass) body(body []byte) {
	p.q.json = body
	if !json.Valid(body) {
		p.ambiguous("", "the body is no JSON")
		return
	}
	root := gjson.ParseBytes(body)
	if !root.IsObject() {
		return
	}
	root.ForEach(func(key, value gjson.Result) bool {
		name := escaped(key.Str)
		if by, ok := p.r.find(name); ok && by.path == nil {
			p.member(by, name, []string{gjson.Escape(key.Str)}, value)
		}
		return true
	})
	for _, by := range p.r.nested {
		p.at(root, by, by.path, nil)
	}
	if !p.q.Unsafe {
		p.cut()
	}
}

// at looks for a parameter along its path. Names are compared as the laxest parsers do
// it, which ignore case; a name in another spelling is odd.
func (p *pass) at(object gjson.Result, by parameter, path, before []string) {
	seen := false
	object.ForEach(func(key, value gjson.Result) bool {
		if !strings.EqualFold(key.Str, path[0]) {
			return true
		}
		if seen {
			p.ambiguous(by.spelling, "a member on its way is there twice")
			return false
		}
		seen = true
		at := append(slices.Clip(before), gjson.Escape(key.Str))
		switch {
		case len(path) == 1 && lower(key.Str) == lower(path[0]):
			p.member(by, escaped(by.spelling), at, value)
		case len(path) == 1:
			p.member(by, escaped(key.Str), at, value)
		case value.IsObject():
			p.at(value, by, path[1:], at)
		}
		return true
	})
}

// member reads a member as the pair that it would be in a form.
func (p *pass) member(by parameter, name string, at []string, value gjson.Result) {
	if p.found[by.kind] {
		p.ambiguous(by.spelling, "given more than once; give it once")
		return
	}
	p.found[by.kind] = true
	p.cuts = append(p.cuts, at)
	p.q.touched = true
	p.paging(by, name, escaped(textOf(value)))
}

// cut takes out what was found, and the objects that had nothing else.
func (p *pass) cut() {
	for _, at := range p.cuts {
		for gone := true; gone && len(at) > 0; at = at[:len(at)-1] {
			path := strings.Join(at, ".")
			rest, err := sjson.DeleteBytes(p.q.json, path)
			if err != nil || gjson.GetBytes(rest, path).Exists() {
				p.ambiguous("", "a member with paging cannot be taken out of the body")
				return
			}
			p.q.json = rest
			gone = len(at) > 1 && empty(gjson.GetBytes(rest, strings.Join(at[:len(at)-1], ".")))
		}
	}
}

// empty reports whether an object has no members.
func empty(object gjson.Result) bool {
	has := false
	object.ForEach(func(_, _ gjson.Result) bool { has = true; return false })
	return !has
}

// ambiguous notes a body that cannot be read in one way only.
func (p *pass) ambiguous(parameter, detail string) {
	p.q.Unsafe = true
	p.q.Ask.Bad = limits.NewProblem(limits.CodeLimitInvalid, parameter, "", detail)
}

func escaped(text string) string { return string(appendEscaped(nil, text)) }
