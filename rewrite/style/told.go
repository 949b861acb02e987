package style

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
)

// An Answer is what an upstream says of something, if it does.
type Answer uint8

// The answers.
const (
	Unsaid Answer = iota
	Yes
	No
	Quiet // it has left out what would say Yes, be it that it never says so
)

// Told is what an upstream says of its list beside the items.
type Told struct {
	More  Answer // whether items follow those of its answer
	Total int64  // items in all, -1 if it does not say
	Token string // ByToken: where they follow, "" if it does not say
}

// A Listener understands what the upstreams of a style say of their lists: it reads
// what the style would have us write.
type Listener struct {
	style *Style
	facts []fact
	list  []string // the members that lead to the list; nil if the style leaves that open
}

// A fact is a slot of a template, and where in a body it stands.
type fact struct {
	slot   slot
	path   string // in gjson's syntax
	parent string // the path of the object around it, empty for the root
	absent bool   // it is left out where there is nothing to say
}

// Listener compiles the style's template for reading.
func (s *Style) Listener() (*Listener, error) {
	l := &Listener{style: s}
	shape, err := s.Shape()
	if err != nil || shape == nil {
		return l, err
	}
	l.learn(&shape.root, nil, s.List)
	return l, nil
}

// learn notes where the slots of a template are.
func (l *Listener) learn(n *node, path []string, open string) {
	switch {
	case n.open == '{':
		for i := range n.members {
			name, _ := strconv.Unquote(strings.TrimSuffix(n.members[i].key, ":"))
			l.learn(&n.members[i].value, append(slices.Clip(path), name), open)
		}
	case n.slot == "list" && len(path) == 0:
		// The array alone.
	case n.slot == "list":
		// A list at the top whose name the style leaves open is found by itself.
		if last := path[len(path)-1]; len(path) > 1 || last != open {
			l.list = path
		}
	case n.slot != "":
		names := make([]string, len(path))
		for i, name := range path {
			names[i] = gjson.Escape(name)
		}
		up := names[:len(names)-1]
		if names[len(names)-1] == "href" && len(up) > 0 {
			up = up[:len(up)-1] // a link is left out as a whole
		}
		l.facts = append(l.facts, fact{n.slot, strings.Join(names, "."), strings.Join(up, "."), n.empty == ""})
	}
}

// List are the names of the members that lead to the list, nil if the style leaves that
// open.
func (l *Listener) List() []string { return l.list }

// Shapes tells whether the style has a body of its own around a list, which is then
// about paging.
func (l *Listener) Shapes() bool { return l.style.Wraps() }

// Counts tells whether upstreams of the style say how many items there are in all.
func (l *Listener) Counts() bool {
	if l.style.Total != "" {
		return true
	}
	for _, h := range l.style.Headers {
		if h.Slot == "total" {
			return true
		}
	}
	for _, f := range l.facts {
		if f.slot == "total" {
			return true
		}
	}
	return false
}

// Hear reads an answer: its header, the body without the items, nil if there is nothing
// but the list, and how many items of the list stand before the answer's end, -1
// if that is not known.
//
// Whoever says that more follows is believed first, then whoever says that nothing does,
// and last what follows from a number. But nothing stands behind a token if the answer says
// in so many words that it is the last.
func (l *Listener) Hear(header map[string][]string, envelope []byte, end int64) Told {
	var yes, no, quiet, ends bool
	total := int64(-1)
	if links := header["Link"]; link.Has(links, "next") {
		yes = true
	} else {
		no = link.Has(links, "prev", "previous", "first", "last")
	}
	if l.style.Total != "" {
		count(&total, valueOf(header, l.style.Total))
	}
	for _, h := range l.style.Headers {
		lines := header[h.Name]
		switch {
		case len(lines) == 0:
		case h.Slot == "total":
			count(&total, lines[0])
		case h.Slot == "next_page":
			yes, no = yes || lines[0] != "", no || lines[0] == ""
		}
	}
	if len(envelope) > 0 {
		for i := range l.facts {
			f := &l.facts[i]
			value := gjson.GetBytes(envelope, f.path)
			if f.slot == "total" && value.Type == gjson.Number {
				count(&total, value.Raw)
			}
			a := f.more(value, envelope)
			yes, no, quiet = yes || a == Yes, no || a == No, quiet || a == Quiet
			ends = ends || a == No && (f.slot == "more" || f.slot == "end")
		}
	}
	told := Told{Total: total}
	if l.style.Position == ByToken {
		// There are tokens that lead to what comes later, for who asks again.
		if yes = yes && !ends; !ends {
			told.Token = l.token(header, envelope)
		}
	}
	switch {
	case yes, !no && end >= 0 && total > end:
		told.More = Yes
	case no, end >= 0 && total >= 0:
		told.More = No
	case quiet:
		told.More = Quiet
	}
	return told
}

// token is where the list goes on: what stands in the body as a token, else the parameter
// that carries it in the URL of the next page. The URL itself leads nowhere: nobody but
// the configuration says whom we ask.
func (l *Listener) token(header map[string][]string, envelope []byte) string {
	for i := range l.facts {
		f := &l.facts[i]
		if f.slot != "cursor" && f.slot != "next" || len(envelope) == 0 {
			continue
		}
		value := gjson.GetBytes(envelope, f.path)
		if value.IsObject() {
			value = value.Get("href") // as JSON:API may have it
		}
		switch {
		case nothing(value):
		case value.Type == gjson.Number:
			return value.Raw
		case value.Type != gjson.String:
		case f.slot == "cursor":
			return value.Str
		default:
			return l.tokenOf(value.Str)
		}
	}
	return l.tokenOf(link.Find(header["Link"], "next"))
}

// tokenOf is the token in a URL, "" if there is none.
func (l *Listener) tokenOf(text string) string {
	text, _, _ = strings.Cut(text, "#")
	_, query, _ := strings.Cut(text, "?")
	values, _ := url.ParseQuery(query) // what is malformed is about something else
	if token := values.Get(l.style.Params.Cursor); token != "" {
		return token
	}
	for name, value := range values { // OData's names have no letter case
		if strings.EqualFold(name, l.style.Params.Cursor) {
			return value[0]
		}
	}
	return ""
}

func valueOf(header map[string][]string, name string) string {
	if lines := header[name]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}

// count takes a total that may be none.
func count(total *int64, text string) {
	if text == "" {
		return // errors are dear
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n >= 0 {
		*total = n
	}
}

// nothing tells whether a value leads nowhere: there are servers that say so by false or 0.
func nothing(v gjson.Result) bool {
	return v.Type == gjson.Null || v.Type == gjson.False || v.Type == gjson.String && v.Str == "" || v.Raw == "0"
}

// more reads out of a fact whether more items follow.
func (f *fact) more(value gjson.Result, body []byte) Answer {
	switch f.slot {
	case "next", "cursor", "next_page":
		switch {
		case !nothing(value):
			return Yes
		case value.Exists(), f.absent && f.parent != "" && gjson.GetBytes(body, f.parent).IsObject():
			return No
		case f.absent && f.parent == "":
			return Quiet
		}
	case "more", "end":
		switch {
		case !value.IsBool():
		case value.Bool() == (f.slot == "more"):
			return Yes
		default:
			return No
		}
	}
	return Unsaid
}
