package caddymodule

import (
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// steady tells whether the links of a page are made of what linksKey writes. Those of other
// styles, and of other upstreams, depend on more: on keys of items, or on tokens.
func (x *exchange) steady() bool {
	return !x.posted && x.rt.client.Position != style.ByKey && !x.rt.byToken()
}

// linksKey is all that the Link line of a page is made of, save for what is the route's. It
// is good until the next key.
func (x *exchange) linksKey(p style.Page, last list.Mark) []byte {
	t := (*keyText)(&x.keyed)
	*t = (*t)[:0]
	scheme, host := x.origin()
	u := x.original
	for _, s := range [...]string{scheme, host, u.Path, u.RawPath, u.RawQuery, x.edited.rawQuery} {
		t.part(s)
	}
	for _, n := range [...]int64{p.Offset, p.Limit, p.Items, p.Total, x.plan.rest, x.rest} {
		t.number(int(n + 1)) // short for what is not known, too
	}
	t.flag(p.More)
	*t = last.Append(*t)
	return *t
}
