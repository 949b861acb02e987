package caddymodule

import (
	"math"
	"net/http"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// TestPlan is the table of decisions without their answers: a route with default
// 3, maximum 5 and the deepest offset 20, in front of an unbounded upstream.
func TestPlan(t *testing.T) {
	const everything, never = -1, math.MaxInt64
	type want struct {
		mode      mode
		limit     int64
		offset    int64
		threshold int64
		code      string
	}
	for _, tc := range []struct {
		name, target       string
		announced, enforce want
	}{
		{"compliant", "/?limit=4&offset=2", want{page, 4, 2, never, ""}, want{page, 4, 2, never, ""}},
		{"at the maximum", "/?limit=5", want{page, 5, 0, never, ""}, want{page, 5, 0, never, ""}},
		{"missing", "/", want{hold, everything, 0, 3, ""}, want{page, 3, 0, 3, ""}},
		{"missing, with an offset", "/?offset=2", want{hold, everything, 2, anyItem, ""}, want{page, 3, 2, anyItem, ""}},
		{"unlimited", "/?limit=0", want{hold, everything, 0, 3, ""}, want{page, 3, 0, 3, ""}},
		{"over the maximum", "/?limit=6", want{flow, 6, 0, 5, ""}, want{page, 5, 0, 5, ""}},
		{"a number too large for us", "/?limit=99999999999999999999", want{flow, math.MaxInt64 / 2, 0, 5, ""}, want{page, 5, 0, 5, ""}},
		{
			"beyond the deepest offset", "/?limit=4&offset=17",
			want{flow, 4, 17, -1, ""},
			want{page, 4, 17, -1, limits.CodeOffsetTooDeep},
		},
		{
			"beyond it without a limit", "/?offset=18",
			want{hold, everything, 18, -1, ""},
			want{page, 3, 18, -1, limits.CodeOffsetTooDeep},
		},
		{"invalid", "/?limit=abc", want{hold, everything, 0, -1, ""}, want{page, 3, 0, -1, limits.CodeLimitInvalid}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{DefaultLimit: 3, MaxLimit: 5, MaxOffset: new(int64(20))})
			v := b.run.rules.Judge(readAsk(b.run, get(tc.target)))
			for phase, want := range map[retire.Phase]want{
				retire.Observe:  {watch, v.Limit, v.Offset, tc.announced.threshold, ""},
				retire.Announce: tc.announced,
				retire.Enforce:  tc.enforce,
			} {
				p, problem := b.run.plan(phase, v)
				if p.mode != want.mode || p.limit != want.limit || p.offset != want.offset || p.threshold != want.threshold {
					t.Errorf("%s: got %+v, want %+v", phase, p, want)
				}
				if code := codeOf(problem); code != want.code {
					t.Errorf("%s: got problem %q, want %q", phase, code, want.code)
				}
				if p.enforced != (phase == retire.Enforce) {
					t.Errorf("%s: enforced is %v", phase, p.enforced)
				}
			}
		})
	}
}

func codeOf(p *limits.Problem) string {
	if p == nil {
		return ""
	}
	return p.Code
}

// TestPlanUnpaginated: what enforcement would do with a request without
// pagination says from how many items on a client is affected.
func TestPlanUnpaginated(t *testing.T) {
	for _, tc := range []struct {
		name        string
		unpaginated UnpaginatedConfig
		threshold   int64
		code        string
		whole       bool
		limit       int64
	}{
		{"page", UnpaginatedConfig{Mode: "page"}, 3, "", false, 3},
		{"reject", UnpaginatedConfig{Mode: "reject"}, -1, limits.CodePaginationRequired, false, 3},
		{"reject_over", UnpaginatedConfig{Mode: "reject_over", Over: 4}, 4, "", true, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{DefaultLimit: 3, MaxLimit: 5, Unpaginated: &tc.unpaginated})
			v := b.run.rules.Judge(readAsk(b.run, get("/")))
			p, problem := b.run.plan(retire.Enforce, v)
			if codeOf(problem) != tc.code || p.threshold != tc.threshold || p.whole != tc.whole || p.limit != tc.limit {
				t.Errorf("got %+v, problem %q", p, codeOf(problem))
			}
		})
	}
}

// TestPlanOfFewInAll: who wants no more in all than a page may have loses nothing by a
// larger page that it would also take.
func TestPlanOfFewInAll(t *testing.T) {
	b := newBench(t, &Handler{DefaultLimit: 3, MaxLimit: 5, Style: &StyleConfig{Name: "odata"}})
	for top, want := range map[string]int64{"4": math.MaxInt64, "6": 5} {
		r := get("/?$top=" + top)
		r.Header.Set("Prefer", "odata.maxpagesize=500")
		v := b.run.rules.Judge(readAsk(b.run, r))
		if p, problem := b.run.plan(retire.Announce, v); p.threshold != want || problem != nil || v.Compliant() {
			t.Errorf("$top=%s: got a threshold of %d, want %d (%v)", top, p.threshold, want, problem)
		}
	}
}

// TestPlanAnnouncesToAPagedUpstream: what is asked for over the maximum is asked
// of an upstream only as far as it gives it; else a list cut there would look
// complete.
func TestPlanAnnouncesToAPagedUpstream(t *testing.T) {
	for _, tc := range []struct {
		name  string
		up    UpstreamConfig
		style string
		want  plan // mode, limit
	}{
		{"the client's own style is passed on", UpstreamConfig{Name: "link"}, "link", plan{mode: hold, limit: -1}},
		{"what it gives is not known", UpstreamConfig{Name: "page"}, "link", plan{mode: flow, limit: 1000}},
		{"pages of at most 50", UpstreamConfig{Name: "page", Limit: 50}, "link", plan{mode: flow, limit: 24}},
		{"at most 50 by offset", UpstreamConfig{Name: "link", Limit: 50}, "page", plan{mode: flow, limit: 49}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, &Handler{DefaultLimit: 3, MaxLimit: 5, Upstream: &tc.up, Style: &StyleConfig{Name: tc.style}})
			v := b.run.rules.Judge(readAsk(b.run, get("/?"+b.run.client.Params.Limit+"=1000")))
			p, _ := b.run.plan(retire.Announce, v)
			if p.mode != tc.want.mode || p.limit != tc.want.limit {
				t.Errorf("got mode %d limit %d, want mode %d limit %d", p.mode, p.limit, tc.want.mode, tc.want.limit)
			}
			if tc.up.Limit > 0 && p.window.Limit > tc.up.Limit {
				t.Errorf("it is asked for %d items", p.window.Limit)
			}
		})
	}
}

func readAsk(rt *runtime, r *http.Request) limits.Ask {
	var x exchange
	x.rt, x.r = rt, r
	x.readAsk()
	return x.ask.Ask
}
