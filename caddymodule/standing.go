package caddymodule

import (
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// A standing is where the client of a request stands in the route's calendar.
type standing struct {
	phase    retire.Phase
	brownout retire.Window // the rehearsal that makes the phase enforce, if one does
	exempt   *exemption    // the client's, in force or past, nil if it has none
	spared   bool          // the phase would be enforce, but for the exemption
	personal bool          // other clients, or other times of the day, get other answers

	repl  *caddy.Replacer // of the request, nil if there is none
	who   identity
	known bool // who has been found out
}

// stand finds out where the client of a request stands. Who it is counts only for
// routes with a rollout or exemptions, and is asked here only there.
func (rt *runtime) stand(r *http.Request, now time.Time) (s standing) {
	s.repl, _ = r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	var client retire.Client
	if len(rt.calendar.Rollout) > 0 {
		client.Cohort = retire.CohortOf(s.client(rt, r).value)
	}
	if len(rt.exempt.all) > 0 {
		who := s.client(rt, r)
		s.exempt = rt.exempt.find(who, rt.hashed(who), func() ([]byte, error) { return rt.app.secret(r.Context()) })
		if s.exempt != nil {
			client.Exemption = &s.exempt.Exemption
		}
	}
	d := rt.decide(now, client)
	s.phase, s.brownout, s.spared = d.Phase, d.Brownout, d.Exempt
	s.personal = d.Exempt || !d.Brownout.IsZero() ||
		rt.phase == "" && rt.calendar.Divided(now) ||
		d.Phase == retire.Enforce && rt.exempt.any(now)
	return s
}

// decide is what the calendar says of a client, or the phase that is configured
// in its place. Exemptions hold either way.
func (rt *runtime) decide(now time.Time, client retire.Client) retire.Decision {
	if rt.phase != "" {
		return retire.Decision{Phase: rt.phase}.Except(now, client)
	}
	return rt.calendar.At(now, client)
}

// client is who calls. It is found out once.
func (s *standing) client(rt *runtime, r *http.Request) identity {
	if s.known {
		return s.who
	}
	s.known = true
	if s.repl != nil {
		s.who = identify(rt.sources, s.repl, r, func() ([]byte, error) { return rt.app.secret(r.Context()) })
	}
	return s.who
}

// hashed tells whether an identity comes from a credential.
func (rt *runtime) hashed(who identity) bool {
	for i := range rt.sources {
		if rt.sources[i].text == who.source {
			return rt.sources[i].secret
		}
	}
	return false
}

// makePlan plans by the phase, or by what the client has been granted.
func (x *exchange) makePlan() (plan, *limits.Problem) {
	if x.spared && x.exempt.max > 0 && !x.verdict.Compliant() {
		return x.planGranted()
	}
	return x.rt.plan(x.phase, x.verdict)
}

// planGranted plans for a client that is exempt up to a maximum of its own: it
// gets what it asks for, but never more items than that. What it asks for is
// judged by that maximum alone, so that nothing else is refused; whether it is
// affected is still told by the route's own rules.
func (x *exchange) planGranted() (plan, *limits.Problem) {
	rt := x.rt
	p := plan{mode: page, enforced: true, threshold: rt.threshold(x.verdict)}
	if x.ask.Reading.Unsafe || !x.posted && hasBody(x.r, false) {
		return p, x.verdict.Problem // the upstream could read past us what it asks for
	}
	rules := rt.rules
	rules.Max = min(x.exempt.max, rt.most)
	rules.Default, rules.MaxOffset, rules.DefaultInvalid = rules.Max, -1, true
	v := rules.Judge(x.ask.Ask)
	p.limit, p.offset, p.rest = v.Limit, v.Offset, v.Rest
	if v.Problem != nil {
		return p, v.Problem
	}
	rt.ask(&p)
	return p, nil
}

// warns tells whether an affected client is told what will change.
func (x *exchange) warns() bool { return x.phase == retire.Announce || !x.brownout.IsZero() }

// name makes a problem say that it is part of a brownout, and when to come back.
func (x *exchange) name(p *limits.Problem) {
	if x.brownout.IsZero() {
		return
	}
	end := x.brownout.End()
	p.Brownout = end.UTC().Format(time.RFC3339)
	p.RetryAfter = int64((end.Sub(x.start) + time.Second - 1) / time.Second)
	of := "limits to come"
	if sunset := x.rt.calendar.Sunset; !sunset.IsZero() {
		of = "the limits that are enforced from " + sunset.UTC().Format(time.RFC3339)
	}
	p.Detail += "; this is a rehearsal of " + of + ", and it ends at " + p.Brownout
}

// confine keeps caches that others share from storing an answer that is only for
// this client, or only for the length of a brownout. What the upstream said to
// them is taken back; no-store and private stay as they are.
func (pw *pageWriter) confine() {
	if !pw.x.personal || pw.x.verdict.Compliant() || !pw.differs() {
		return
	}
	h := pw.Header()
	for name := range h { // such as CDN-Cache-Control (RFC 9213), which goes before Cache-Control
		if name == "Surrogate-Control" || strings.HasSuffix(name, "-Cache-Control") {
			delete(h, name)
		}
	}
	var kept []string
	for _, line := range h["Cache-Control"] {
		for directive := range strings.SplitSeq(line, ",") {
			directive = strings.TrimSpace(directive)
			name, _, _ := strings.Cut(strings.ToLower(directive), "=")
			switch name {
			case "", "public", "s-maxage", "private": // private with names of fields is no private
			case "no-store":
				return
			default:
				kept = append(kept, directive)
			}
		}
	}
	h["Cache-Control"] = pw.x.trace.one(strings.Join(append(kept, "private"), ", "))
}

// differs tells whether others may get another answer than this one, whose header
// is about to be sent.
func (pw *pageWriter) differs() bool {
	switch {
	case pw.mode != pass:
		return pw.affected()
	case pw.status == http.StatusNotModified:
		return true
	}
	return pw.x.r.Method == http.MethodHead && pw.status >= 200 && pw.status <= 299
}
