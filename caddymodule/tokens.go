package caddymodule

import (
	"errors"
	"fmt"
	"math"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// mostReads is how often an upstream that goes on by tokens is read for one page: its
// answers may be as short as it likes, and empty. The page then has what has come.
const mostReads = 512

// What is wrong with tokens.
var (
	errTokenless = errors.New("the upstream does not tell where its style does whether more items follow, and by which token; check what upstream says of it")
	errCircle    = errors.New("the upstream gives a token that has led to what came before: the list goes round in a circle")
	errTooOften  = fmt.Errorf("the upstream has been read %d times, and has not filled the page; if it can give more items at once, say how many, as in upstream google { limit 1000 }", mostReads)
)

// byToken tells whether the upstream is asked for what follows an answer by a token that
// it has told there. Nothing else leads on: a position that is a number is reckoned from
// the list's beginning.
func (rt *runtime) byToken() bool { return rt.upstream != nil && rt.upstream.Position == style.ByToken }

// prefers tells whether the upstream takes the size of a page as a preference: what it
// takes as a parameter is how many items are wanted over all pages.
func (rt *runtime) prefers() bool { return rt.byToken() && rt.upstream.Params.Limit == "" }

// markParam is the parameter by which the upstream is asked for what stands behind a mark.
func (rt *runtime) markParam() string {
	if rt.byToken() {
		return rt.upstream.Params.Cursor
	}
	return rt.upstream.Params.After
}

// tokens are the answers of an upstream that goes on by tokens, of which a page is put
// together. In a cursor stands the token of the answer that the page ends in, and how many
// items of it are before its end; so a walk asks for one size from its beginning to its
// end, as there are tokens that count pages.
type tokens struct {
	size  int64
	from  int64 // how many of their items come before the page
	parts []tokenPart
	next  string // behind the last one
}

type tokenPart struct {
	token string // that the answer was asked by; "": the list's beginning
	end   int64  // how many items there are to its end
}

// begin notes that an answer is asked for.
func (t *tokens) begin(token string) {
	t.parts = append(t.parts, tokenPart{token, math.MaxInt64})
}

// has tells whether an answer was asked by a token.
func (t *tokens) has(token string) bool {
	for _, p := range t.parts {
		if p.token == token {
			return true
		}
	}
	return false
}

// position puts into a cursor where the list goes on behind so many items of the page.
func (t *tokens) position(p *cursor.Position, items int64) {
	items += t.from
	token, skip, begin := t.next, int64(0), int64(0)
	for _, part := range t.parts {
		if items < part.end {
			token, skip = part.token, items-begin
			break
		}
		begin = part.end
	}
	if token != "" {
		p.Token, p.Skip, p.Size = []byte(token), skip, t.size
	}
}

// goOnByToken says what an upstream that goes on by tokens is asked for.
func (x *exchange) goOnByToken() {
	p, at := &x.plan, &x.ask.at
	if !x.rt.byToken() || !p.requery {
		return
	}
	w := style.Window{Limit: p.limit, Skip: p.offset}
	if p.offset > 0 {
		w.Limit = max(p.limit, min(p.offset+p.limit, x.rt.rules.Max))
	}
	if most := x.rt.gives(); most > 0 {
		w.Limit = min(w.Limit, most)
	}
	if len(at.Token) > 0 {
		p.token = string(at.Token)
		w.Limit, w.Skip = at.Size, at.Skip
	}
	p.window = w
	x.tokens = tokens{size: w.Limit, from: w.Skip}
	x.tokens.begin(p.token)
}

// wantsByToken is heard of an upstream that goes on by tokens.
func (j *joined) wantsByToken(part list.Part) (bool, error) {
	plan, t := &j.x.plan, &j.x.tokens
	told := j.x.rt.listener.Hear(j.header, part.Envelope, -1)
	if j.reads++; j.reads == 1 && told.Total >= 0 {
		j.pw.counted, j.pw.told = told.Total, true
	}
	j.at += part.Items
	t.parts[len(t.parts)-1].end, t.next = j.at, told.Token
	switch {
	case part.Again:
		return false, errElsewhere
	case j.at >= j.end:
		return false, nil
	case told.Token == "" && (told.More == style.Yes || part.Envelope == nil && j.x.rt.listener.Shapes()):
		return false, errTokenless
	case told.Token == "":
		return false, nil
	case len(told.Token) > cursor.MaxToken:
		return false, fmt.Errorf("the upstream's token is %d bytes long, and cursors have room for %d", len(told.Token), cursor.MaxToken)
	case t.has(told.Token):
		return false, errCircle
	case j.at == j.end-1 && !plan.whole && !plan.lines:
		j.follows = true
		return false, nil
	case j.reads == mostReads && j.pw.short():
		j.follows = true // the next page goes on
		return false, nil
	case j.reads == mostReads:
		return false, errTooOften
	}
	return true, nil
}
