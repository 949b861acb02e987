package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// An exchange is one request on its way through. It is kept for other requests
// afterwards: what may be looked at later is in its trace.
type exchange struct {
	turn
	ask     asked
	edited  edit
	before  []savedField // the answer's header as it was before the upstream wrote to it
	bound   []string     // see bindings
	targets []style.Target
	url     []byte // where queries and links are written
	line    []byte
	keyed   []byte      // where what digests are made of is written
	names   []string    // of the fields that are part of it
	ends    [2]string   // the keys of the page's first and last item
	reader  list.Reader // the page writer's

	rehearsal rehearsal
}

// A turn is what of an exchange is of one request alone.
type turn struct {
	h        *Handler
	rt       *runtime
	w        http.ResponseWriter
	r        *http.Request
	original *url.URL   // as the client sent it
	method   string     // so, too
	recurs   *recurring // what is known of it from requests before, nil if nothing is
	posted   bool       // it is POST, by which the style asks
	start    time.Time
	standing
	verdict limits.Verdict
	plan    plan
	tokens  tokens         // of the upstream, if it goes on by them
	rest    int64          // items that the client is still to get behind the page, where it has said
	noticed bool           // the answer tells what will change
	vars    map[string]any // of the request, nil if there are none
	refused int64          // bytes of the problem's body that were sent, -1 if none
	trace   *trace
	rec     adoption.Record // empty until newRecord
}

func newExchange(h *Handler, w http.ResponseWriter, r *http.Request, start time.Time, where standing) *exchange {
	x := exchanges.Get().(*exchange)
	x.h, x.rt, x.w, x.r, x.start, x.standing = h, h.run, w, r, start, where
	x.vars, _ = r.Context().Value(caddyhttp.VarsCtxKey).(map[string]any)
	x.original = originalOf(r)
	x.method, x.posted = r.Method, h.run.client.Post && !reads(r.Method)
	x.trace = &trace{x: x}
	return x
}

func (x *exchange) serve(next caddyhttp.Handler) error {
	if x.posted {
		if err := x.readBody(); err != nil {
			return err
		}
	}
	x.readAsk()
	if err := x.openCursor(); err != nil && x.phase != retire.Observe {
		return noSecret(err)
	}
	problem := x.decide()
	x.placeholders()
	if problem != nil {
		return x.reject(problem)
	}
	if x.plan.mode == page || x.plan.mode == flow {
		// Whoever cuts has to say how to go on: better no page than one without.
		if _, err := x.rt.sealer(x.r.Context()); err != nil {
			return noSecret(err)
		}
	}
	x.prepare()
	pw := newPageWriter(x)
	defer x.end(pw)
	broke, err := serveUpstream(pw, x.r, x.source(pw, next))
	switch {
	case broke:
		_ = pw.fail(errors.New("the upstream broke off"))
	case err != nil && pw.flowing():
		x.broken(err, pw.list.Offset(), pw.list.Pointer())
		panic(http.ErrAbortHandler)
	case err != nil:
		pw.forget()
		return err
	default:
		pw.finish()
	}
	return x.conclude(pw)
}

// end tells what was seen, however it has ended, and undoes what was done to the request.
func (x *exchange) end(pw *pageWriter) {
	if x.posted {
		x.notePosted(pw)
	}
	x.noticeRefusable()
	x.noticeDisorder(pw)
	x.record(pw)
	pw.release()
	x.edited.undo()
}

func noSecret(err error) error {
	return caddyhttp.Error(http.StatusInternalServerError, fmt.Errorf("getting the secret that seals cursors: %w", err))
}

// conclude answers with the problem that came up while the answer was read, if
// the client can still be told. Otherwise the connection is aborted: what the
// client has must not look complete.
func (x *exchange) conclude(pw *pageWriter) error {
	if pw.problem == nil {
		return nil
	}
	if pw.committed {
		panic(http.ErrAbortHandler)
	}
	pw.forget()
	x.edited.undo() // routes for errors see the request as it came
	size, err := x.rt.refuse(x.w, x.r, x.withDocs(pw.problem))
	x.refused = size
	return err
}

// decide judges the ask and makes the plan. A problem says that the request is
// refused.
func (x *exchange) decide() *limits.Problem {
	x.verdict = x.rt.rules.Judge(x.ask.Ask)
	switch {
	case x.ask.Reading.Unsafe:
		x.verdict.Problem = x.ask.Bad // whatever invalid says: an upstream may split the line there
	case !x.posted && hasBody(x.r, x.phase == retire.Enforce):
		x.verdict.Reason = limits.ReasonInvalid
		x.verdict.Problem = limits.NewProblem(limits.CodeLimitInvalid, "", "",
			"a "+x.r.Method+" request must not have a body: the upstream could read parameters from it")
	}
	var problem *limits.Problem
	if x.plan, problem = x.makePlan(); problem != nil {
		return problem
	}
	if x.plan.mode == watch {
		return x.decideFields()
	}
	x.refuseUnread()
	x.goOnByToken()
	if x.plan.mode == page || x.rt.byKey() {
		x.plan.mark, x.plan.back = x.ask.mark, x.ask.HasBefore
	}
	return x.decideFields()
}

// decideFields adds the mask to the plan. Before limits are enforced nobody is
// refused: a mask that cannot be read is the upstream's own business then.
func (x *exchange) decideFields() *limits.Problem {
	m := x.rt.masks
	if m.off {
		return nil
	}
	mask, problem := m.byAbsent, x.ask.Reading.FieldsProblem
	if x.ask.Reading.HasFields && problem == nil {
		var err error
		if mask, err = m.parse(x.ask.Reading.Fields); err != nil {
			problem = x.fieldsProblem(err)
		}
	}
	if problem != nil {
		x.verdict.Reason = limits.ReasonInvalid
	}
	switch {
	case problem != nil && x.phase != retire.Enforce:
		x.plan.threshold, x.plan.forward = -1, true
		return nil
	case x.plan.mode == watch: // it passes as it came
	case x.plan.mode != hold:
		x.plan.mask = mask
	case x.ask.Reading.HasFields:
		x.plan.mode, x.plan.mask = flow, mask
	}
	return problem
}

func (x *exchange) fieldsProblem(err error) *limits.Problem {
	detail := err.Error()
	if syntax, ok := errors.AsType[*fields.SyntaxError](err); ok {
		before := x.ask.Reading.Fields[:syntax.Offset]
		detail = syntax.Msg + ", at character " + strconv.Itoa(utf8.RuneCountInString(before)+1)
	}
	return limits.NewProblem(limits.CodeFieldsInvalid, x.h.Fields.Parameter, x.ask.Reading.Fields, detail)
}

// prepare makes the request ready for the upstream.
func (x *exchange) prepare() {
	e := &x.edited
	e.begin(x.r)
	if x.plan.mode == watch {
		return
	}
	e.dropOverrides()
	if x.plan.requery {
		mark := x.plan.token
		if x.rt.byKey() {
			mark = x.plan.mark.Text()
		}
		x.requery(mark)
		if x.posted {
			x.askByBody()
		}
	}
	if x.plan.mode == hold {
		return
	}
	e.set("Accept-Encoding", x.trace.one("identity"))
	if x.ask.preferred || x.rt.prefers() {
		prefer := x.r.Header["Prefer"]
		if x.ask.preferred {
			prefer = x.ask.preferRest
		}
		if x.rt.prefers() {
			prefer = append(slices.Clip(prefer), "odata.maxpagesize="+strconv.FormatInt(x.plan.window.Limit, 10))
		}
		e.set("Prefer", prefer)
	}
	if x.plan.parts() { // no answer of the upstream is about all of the page
		for _, name := range unconditional {
			e.set(name, nil)
		}
	}
	if tags := x.r.Header["If-None-Match"]; len(tags) > 0 {
		e.set("If-None-Match", ownTags(tags, x.tag()))
		e.set("If-Modified-Since", nil) // it does not count beside tags (RFC 9110, section 13.1.3)
	}
}

// upstreamQuery asks the upstream for as many items from an offset on, or behind a mark (a
// key, or a token of its own), if it knows how, and for all that is not about paging. It is
// good until the next one.
func (x *exchange) upstreamQuery(offset, limit int64, mark string) []byte {
	up := x.rt.upstream
	w := query.Writer{Text: x.url[:0]}
	if up != nil {
		if !x.rt.prefers() {
			w.Int(up.Params.Take(), limit)
		}
		switch {
		case up.Position == style.ByKey || up.Position == style.ByToken:
			if name := x.rt.markParam(); mark != "" {
				w.Param(name, mark)
			}
		case offset == 0:
		case up.Position == style.ByPage:
			w.Int(up.Params.Page, up.FirstPage+offset/limit)
		default:
			w.Int(up.Params.Offset, offset)
		}
	}
	keep := x.plan.forward || x.rt.masks.forward
	if x.posted && !x.toGet() {
		w.UpstreamQuery(&x.ask.Reading, keep)
	} else {
		w.Upstream(&x.ask.Reading, keep)
	}
	if x.toGet() {
		w.Members(&x.ask.Reading)
	}
	x.url = w.Text
	return w.Text
}

// reject refuses a request that has not reached the upstream.
func (x *exchange) reject(p *limits.Problem) error {
	rec := x.newRecord()
	rec.Status, rec.Action, rec.Affected, rec.Limit = x.rt.statusOf(p), adoption.Rejected, true, -1
	rec.Noticed = true
	var err error
	rec.BodySize, err = x.rt.refuse(x.w, x.r, x.withDocs(p))
	x.log(rec, -1)
	return err
}

func (x *exchange) withDocs(p *limits.Problem) *limits.Problem {
	with := *p
	if with.Docs == "" {
		with.Docs = x.rt.calendar.Docs
	}
	x.name(&with)
	return &with
}

// broken logs an answer of the upstream that cannot be used: where in its body the
// reason is, as far as it was read, but nothing of what stands there. Names of members
// are not for the client either.
func (x *exchange) broken(err error, at int64, pointer string) {
	x.rt.logger.Error("the upstream's list cannot be used", zap.String("route", x.rt.name),
		zap.String("path", x.original.Path), zap.Int64("offset", at), zap.String("pointer", pointer), zap.Error(err))
}
