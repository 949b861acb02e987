package caddymodule

import (
	"fmt"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
	"github.com/caddy-paginate/caddy-paginate/rewrite/link"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// makeLinks is links for a page of which they are not known.
func (x *exchange) makeLinks(p style.Page, last list.Mark) ([]byte, error) {
	x.targets, x.line = x.targets[:0], x.line[:0]
	if !x.posted { // a URL says only half of what a request by POST does
		x.targets = x.rt.client.AppendLinks(x.targets, p)
	}
	if len(x.targets) == 0 {
		return x.line, nil
	}
	w := x.linkStem(link.Begin(x.line))
	first, stem, began := len(link.Begin(nil)), len(w.Text), w
	for i, t := range x.targets {
		before := len(x.line)
		if i > 0 {
			w = began
			w.Text = append(link.Begin(x.line), x.line[first:stem]...)
		}
		if err := x.linkParams(&w, t, last); err != nil {
			return nil, err
		}
		var fits bool
		// The walk must not end here: for the next page, what stands before it goes.
		if x.line, fits = link.End(w.Text, before, t.Rel, t.Rel == "next"); !fits {
			break
		}
	}
	return x.line, nil
}

// appendURL appends the absolute URL of a page, as the client knows the list.
func (x *exchange) appendURL(dst []byte, t style.Target, last list.Mark) ([]byte, error) {
	w := x.linkStem(dst)
	err := x.linkParams(&w, t, last)
	return w.Text, err
}

// linkStem writes behind dst what the URLs of all pages begin with.
func (x *exchange) linkStem(dst []byte) query.Writer {
	reading := &x.ask.Reading
	if x.original.RawQuery != x.edited.rawQuery {
		original := x.rt.reader.Read(x.original.RawQuery)
		reading = &original
	}
	w := query.Writer{Text: append(x.appendLinkBase(dst), '?')}
	w.Client(reading)
	return w
}

// linkParams writes the parameters of a link to another page: the limit first, then
// the position; last is the page's last item.
func (x *exchange) linkParams(w *query.Writer, t style.Target, last list.Mark) error {
	names := &x.rt.client.Params
	if spanParams(w, names, t.Offset, t.Limit) {
		return nil
	}
	if names.Limit != "" {
		w.Int(names.Limit, t.Limit)
	}
	if x.plan.rest >= 0 && t.Rel == "next" {
		w.Int(names.Whole, x.rest)
	}
	switch {
	case x.rt.client.Position == style.ByPage:
		w.Int(names.Page, x.rt.client.Number(t))
	case x.rt.client.Position == style.ByKey:
		x.keyParam(w, t.Rel)
	case t.Offset == 0:
	case x.rt.client.Position == style.ByOffset:
		w.Int(names.Offset, t.Offset)
	default:
		w.Name(names.Cursor)
		var err error
		w.Text, err = x.appendToken(w.Text, t, last)
		return err
	}
	return nil
}

// spanParams writes where a page begins and ends, in styles that say the limit so.
func spanParams(w *query.Writer, names *style.Params, offset, limit int64) bool {
	switch {
	case names.Range != "":
		w.Param(names.Range, fmt.Sprintf("[%d,%d]", offset, offset+limit-1))
	case names.End != "":
		w.Int(names.Offset, offset)
		w.Int(names.End, offset+limit)
	default:
		return false
	}
	return true
}

// keyParam writes the key of the item that a page stands behind, or ends before.
func (x *exchange) keyParam(w *query.Writer, rel string) {
	names, a := &x.rt.client.Params, &x.ask
	switch {
	case rel == "next":
		w.Param(names.After, x.ends[1])
	case rel == "prev":
		w.Param(names.Before, x.ends[0])
	case rel == "self" && a.HasAfter:
		w.Param(names.After, a.After)
	case rel == "self" && a.HasBefore:
		w.Param(names.Before, a.Before)
	}
}

// appendToken appends the cursor for a page.
func (x *exchange) appendToken(dst []byte, t style.Target, last list.Mark) ([]byte, error) {
	sealer, err := x.rt.sealer(x.r.Context())
	if err != nil {
		return dst, err
	}
	position := cursor.Position{Offset: t.Offset}
	if t.Rel == "next" {
		position.Key = last.Bytes()
		x.tokens.position(&position, t.Offset-x.plan.offset)
	}
	return sealer.AppendSeal(dst, position, x.bindings()...)
}
