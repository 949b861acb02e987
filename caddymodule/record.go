package caddymodule

import (
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap/zapcore"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// record tells what was seen of a list request, once it is known. Answers that
// are no lists are nobody's adoption.
func (x *exchange) record(pw *pageWriter) {
	if adoptionOff || !pw.list.Found() && pw.problem == nil {
		return
	}
	rec := x.newRecord()
	rec.Status, rec.BodySize = pw.status, pw.size
	if !pw.kept.read() {
		rec.Upstream = pw.ended.Sub(x.start) // without the time that the client takes to read
	}
	rec.Items, rec.ItemsSeen, rec.HasMore = pw.list.Items(), pw.seen(), pw.more()
	rec.Affected, rec.Noticed = pw.affected(), x.noticed
	rec.Unordered = pw.list.Disorder() != ""
	switch {
	case pw.problem != nil && !pw.committed:
		rec.Status, rec.BodySize, rec.Items = x.rt.statusOf(pw.problem), x.refused, -1
		rec.Action = adoption.Failed
		if statusOf(pw.problem) == http.StatusBadRequest {
			rec.Action, rec.Noticed = adoption.Rejected, true
		}
	case pw.problem != nil:
		rec.Action = adoption.Failed
	case x.plan.mode == page, x.plan.mode == flow && x.plan.limit >= 0:
		rec.Action = adoption.Paged
	case x.plan.mode == watch:
		rec.Action = adoption.Untouched
	default:
		rec.Action = adoption.Whole
	}
	got := pw.got
	if pw.kept.from {
		got = -1 // whoever reads it counts it
	}
	x.log(rec, got)
}

// newRecord begins the record in its place: it is large to be copied about.
func (x *exchange) newRecord() *adoption.Record {
	rec := &x.rec
	rec.Method, rec.Route, rec.Path = x.method, x.rt.name, x.original.Path
	rec.UserAgent = valueOf(x.r.Header, "User-Agent")
	rec.Compliant, rec.Reason, rec.Phase = x.verdict.Compliant(), string(x.verdict.Reason), string(x.phase)
	rec.BodySize, rec.LimitAsked, rec.Limit, rec.Items, rec.ItemsSeen = -1, -1, x.plan.limit, -1, -1
	rec.Sunset, rec.Brownout = x.rt.calendar.Sunset, x.brownout.Start
	rec.Count = 1
	if ids := x.r.Header["X-Request-Id"]; len(ids) == 1 {
		rec.RequestID = ids[0]
	}
	if x.ask.Limit.Kind == limits.Given {
		rec.LimitAsked = x.ask.Limit.N
	}
	if x.plan.mode == watch {
		rec.Limit = -1
	}
	if x.rt.logs() {
		if ip, ok := x.vars[caddyhttp.ClientIPVarKey].(string); ok {
			rec.ClientAddress = cutAddress(ip)
		}
	}
	who := x.client(x.rt, x.r)
	rec.Client, rec.ClientSource = who.value, who.source
	if x.exempt != nil {
		rec.ExemptUntil = x.exempt.Until
	}
	return rec
}

// log tells everyone who counts. upstream is how many bytes of the body came, -1 if
// the upstream was not asked.
func (x *exchange) log(rec *adoption.Record, upstream int64) {
	x.rt.app.log.Add(x.rt.adoption, rec)
	x.rt.app.ledger.Add(rec)
	x.rt.counts().add(rec, upstream)
	ctx := x.r.Context()
	if server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok && server != nil && server.Logs == nil {
		return // there is no access log
	}
	if extra, ok := ctx.Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields); ok {
		kept := *rec // which is for other requests soon
		extra.Add(kept.AccessField())
	}
}

// logs tells whether the adoption log goes anywhere: nothing else names addresses.
func (rt *runtime) logs() bool { return rt.adoption.Core().Enabled(zapcore.InfoLevel) }

// placeholders makes the request's facts known to directives outside of us and to
// routes for errors.
func (x *exchange) placeholders() {
	if x.repl != nil {
		x.repl.Map(x.trace.placeholder)
	}
}
