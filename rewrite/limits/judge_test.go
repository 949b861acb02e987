package limits_test

import (
	"math"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

var rules = limits.Rules{Default: 50, Max: 100, MaxOffset: 10000}

// ask fills in the names, so that the cases hold only what they are about.
func ask(a limits.Ask) limits.Ask {
	a.FirstPage = 1
	a.LimitName, a.OffsetName, a.PageName, a.CursorName = "limit", "offset", "page", "cursor"
	a.AfterName, a.BeforeName = "after", "before"
	return a
}

func TestJudge(t *testing.T) {
	reject, lenient, endless := rules, rules, rules
	reject.RejectOverMax = true
	lenient.DefaultInvalid = true
	endless.MaxOffset = -1
	zeroIsMax := rules
	zeroIsMax.ZeroIsMax = true
	cursorsOnly := rules
	cursorsOnly.MaxOffset = 0
	bad := limits.NewProblem(limits.CodeLimitInvalid, "limit", "abc", "no number")
	badCursor := limits.NewProblem(limits.CodeCursorInvalid, "cursor", "x", "cut")
	type want struct {
		reason        limits.Reason
		limit, offset int64
		askedLimit    int64
		askedOffset   int64
		code, param   string
	}

	for _, tc := range []struct {
		name  string
		rules limits.Rules
		ask   limits.Ask
		want  want
	}{
		{"a limit", rules, limits.Ask{Limit: given(10)}, want{"ok", 10, 0, 10, 0, "", ""}},
		{"the maximum", rules, limits.Ask{Limit: given(100)}, want{"ok", 100, 0, 100, 0, "", ""}},
		{"a limit and an offset", rules, limits.Ask{Limit: given(10), Offset: given(30)}, want{"ok", 10, 30, 10, 30, "", ""}},
		{"a cursor", rules, limits.Ask{HasCursor: true, Offset: given(70)}, want{"ok", 50, 70, 0, 70, "", ""}},
		{"a cursor and a limit", rules, limits.Ask{HasCursor: true, Offset: given(70), Limit: given(7)}, want{"ok", 7, 70, 7, 70, "", ""}},
		{"a key", rules, limits.Ask{After: "x", HasAfter: true}, want{"ok", 50, 0, 0, 0, "", ""}},
		{"a key to end before, and a limit", rules, limits.Ask{Before: "x", HasBefore: true, Limit: given(7)}, want{"ok", 7, 0, 7, 0, "", ""}},
		{"a cursor and an unlimited limit", rules, limits.Ask{HasCursor: true, Limit: unlimited}, want{"ok", 50, 0, 0, 0, "", ""}},
		{"a page", rules, limits.Ask{Page: given(3)}, want{"ok", 50, 100, 0, 100, "", ""}},
		{"a page and a limit", rules, limits.Ask{Page: given(3), Limit: given(20)}, want{"ok", 20, 40, 20, 40, "", ""}},
		{"the first page", rules, limits.Ask{Page: given(1), Limit: given(20)}, want{"ok", 20, 0, 20, 0, "", ""}},

		{"nothing", rules, limits.Ask{}, want{"missing", 50, 0, 0, 0, "", ""}},
		{"an offset alone", rules, limits.Ask{Offset: given(30)}, want{"missing", 50, 30, 0, 30, "", ""}},
		{"unlimited", rules, limits.Ask{Limit: unlimited}, want{"unlimited", 50, 0, 0, 0, "", ""}},
		{"unlimited from an offset", rules, limits.Ask{Limit: unlimited, Offset: given(30)}, want{"unlimited", 50, 30, 0, 30, "", ""}},
		{"unlimited with a page", rules, limits.Ask{Limit: unlimited, Page: given(2)}, want{"unlimited", 50, 50, 0, 50, "", ""}},
		{"zero is the maximum", zeroIsMax, limits.Ask{Limit: unlimited, LimitText: "00"}, want{"ok", 100, 0, 100, 0, "", ""}},
		{"all is unlimited where zero is the maximum", zeroIsMax, limits.Ask{Limit: unlimited, LimitText: "all"}, want{"unlimited", 50, 0, 0, 0, "", ""}},
		{"nothing is missing where zero is the maximum", zeroIsMax, limits.Ask{}, want{"missing", 50, 0, 0, 0, "", ""}},
		{"a given zero from another reader", rules, limits.Ask{Limit: given(0)}, want{"unlimited", 50, 0, 0, 0, "", ""}},

		{"over the maximum, clamped", rules, limits.Ask{Limit: given(101)}, want{"over_max", 100, 0, 101, 0, "", ""}},
		{"over the maximum, rejected", reject, limits.Ask{Limit: given(101)}, want{"over_max", 100, 0, 101, 0, "limit_too_large", "limit"}},
		{"over the maximum with a cursor", reject, limits.Ask{Limit: given(101), HasCursor: true}, want{"over_max", 100, 0, 101, 0, "limit_too_large", "limit"}},
		{"over the maximum, preferred", reject, limits.Ask{Limit: given(101), Preferred: true}, want{"over_max", 100, 0, 101, 0, "", ""}},
		{"over the maximum without arithmetic", rules, limits.Ask{Limit: given(math.MaxInt64)}, want{"over_max", 100, 0, math.MaxInt64, 0, "", ""}},
		{"a page of a clamped size", rules, limits.Ask{Limit: given(900), Page: given(3)}, want{"over_max", 100, 200, 900, 1800, "", ""}},

		{"the deepest page", rules, limits.Ask{Limit: given(100), Offset: given(9900)}, want{"ok", 100, 9900, 100, 9900, "", ""}},
		{"an item too deep", rules, limits.Ask{Limit: given(100), Offset: given(9901)}, want{"over_max_offset", 100, 9901, 100, 9901, "offset_too_deep", "offset"}},
		{"too deep by page", rules, limits.Ask{Limit: given(100), Page: given(102)}, want{"over_max_offset", 100, 10100, 100, 10100, "offset_too_deep", "page"}},
		{"too deep before over the maximum", reject, limits.Ask{Limit: given(900), Offset: given(9950)}, want{"over_max_offset", 100, 9950, 900, 9950, "offset_too_deep", "offset"}},
		{"too deep before missing", rules, limits.Ask{Offset: given(9951)}, want{"over_max_offset", 50, 9951, 0, 9951, "offset_too_deep", "offset"}},
		{"a cursor is never too deep", rules, limits.Ask{HasCursor: true, Offset: given(5000000)}, want{"ok", 50, 5000000, 0, 5000000, "", ""}},
		{"no deepest offset", endless, limits.Ask{Limit: given(10), Offset: given(5000000)}, want{"ok", 10, 5000000, 10, 5000000, "", ""}},
		{"the first page is never too deep", cursorsOnly, limits.Ask{Limit: given(10)}, want{"ok", 10, 0, 10, 0, "", ""}},
		{"offsets closed", cursorsOnly, limits.Ask{Limit: given(10), Offset: given(1)}, want{"over_max_offset", 10, 1, 10, 1, "offset_too_deep", "offset"}},
		{
			"page times size saturates", endless,
			limits.Ask{Limit: given(100), Page: given(math.MaxInt64)},
			want{"ok", 100, math.MaxInt64 - 101, 100, math.MaxInt64, "", ""},
		},
		{
			"page times size saturates and is too deep", rules,
			limits.Ask{Limit: given(100), Page: given(math.MaxInt64)},
			want{"over_max_offset", 100, math.MaxInt64 - 101, 100, math.MaxInt64, "offset_too_deep", "page"},
		},

		{"invalid", rules, limits.Ask{Limit: invalid, Bad: bad}, want{"invalid", 50, 0, 0, 0, "limit_invalid", "limit"}},
		{"invalid before too deep", rules, limits.Ask{Limit: invalid, Bad: bad, Offset: given(20000)}, want{"invalid", 50, 20000, 0, 20000, "limit_invalid", "limit"}},
		{"invalid without a problem", rules, limits.Ask{Offset: invalid}, want{"invalid", 50, 0, 0, 0, "limit_invalid", "offset"}},
		{"a page that is invalid without a problem", rules, limits.Ask{Page: invalid}, want{"invalid", 50, 0, 0, 0, "limit_invalid", "page"}},
		{"invalid, default", lenient, limits.Ask{Limit: invalid, Bad: bad, Offset: given(30)}, want{"invalid", 50, 30, 0, 30, "", ""}},
		{"invalid, default, limit stays", lenient, limits.Ask{Limit: given(10), Offset: invalid, Bad: bad}, want{"invalid", 10, 0, 10, 0, "", ""}},
		{"invalid, default, too deep all the same", lenient, limits.Ask{Limit: invalid, Bad: bad, Offset: given(20000)}, want{"invalid", 50, 20000, 0, 20000, "offset_too_deep", "offset"}},
		{"a bad cursor is no default", lenient, limits.Ask{Bad: badCursor}, want{"invalid", 50, 0, 0, 0, "cursor_invalid", "cursor"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := tc.rules.Judge(ask(tc.ask))
			got := want{v.Reason, v.Limit, v.Offset, v.AskedLimit, v.AskedOffset, "", ""}
			if v.Problem != nil {
				got.code, got.param = v.Problem.Code, v.Problem.Parameter
			}
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if v.Compliant() != (tc.want.reason == "ok") {
				t.Errorf("compliant: got %v with reason %q", v.Compliant(), v.Reason)
			}
		})
	}
}

// TestJudgeWhole: how many items are wanted in all is a limit where nobody has named
// one, and an end for those who have.
func TestJudgeWhole(t *testing.T) {
	reject, lenient := rules, rules
	reject.RejectOverMax, lenient.DefaultInvalid = true, true
	type want struct {
		reason                  limits.Reason
		limit, askedLimit, rest int64
		code                    string
	}
	for _, tc := range []struct {
		name  string
		rules limits.Rules
		ask   limits.Ask
		want  want
	}{
		{"nothing", rules, limits.Ask{}, want{"missing", 50, 0, -1, ""}},
		{"all in a page", rules, limits.Ask{Whole: given(80)}, want{"ok", 80, 80, 80, ""}},
		{"more than a page may have", rules, limits.Ask{Whole: given(120)}, want{"over_max", 50, 120, 120, ""}},
		{"more than a page may have, rejected", reject, limits.Ask{Whole: given(120)}, want{"over_max", 50, 120, 120, "limit_too_large"}},
		{"everything", rules, limits.Ask{Whole: unlimited}, want{"unlimited", 50, 0, -1, ""}},
		{"in pages of a size", reject, limits.Ask{Whole: given(120), Limit: given(30)}, want{"ok", 30, 30, 120, ""}},
		{"less than a size", rules, limits.Ask{Whole: given(20), Limit: given(30)}, want{"ok", 20, 20, 20, ""}},
		{"less than a size that is too large", reject, limits.Ask{Whole: given(20), Limit: given(300), Preferred: true}, want{"over_max", 20, 20, 20, ""}},
		{"the rest of a walk", reject, limits.Ask{Whole: given(120), HasCursor: true}, want{"ok", 50, 0, 120, ""}},
		{"the end of a walk", rules, limits.Ask{Whole: given(7), HasCursor: true, Limit: given(30)}, want{"ok", 7, 7, 7, ""}},
		{"invalid", rules, limits.Ask{Whole: invalid}, want{"invalid", 50, 0, -1, "limit_invalid"}},
		{"an invalid size, default", lenient, limits.Ask{Whole: given(20), Limit: invalid}, want{"invalid", 20, 20, 20, ""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := ask(tc.ask)
			a.WholeName = "top"
			v := tc.rules.Judge(a)
			got := want{v.Reason, v.Limit, v.AskedLimit, v.Rest, ""}
			if v.Problem != nil {
				if got.code = v.Problem.Code; v.Problem.Parameter != "top" {
					t.Errorf("the parameter is %q, want top", v.Problem.Parameter)
				}
			}
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// TestSettle: of two positions the numbers go, and of two keys neither stays.
func TestSettle(t *testing.T) {
	before := limits.NewProblem(limits.CodeLimitInvalid, "limit", "abc", "no number")
	for _, tc := range []struct {
		name  string
		ask   limits.Ask
		wrong string // empty: nothing
		void  bool   // the numbers are
		stays bool   // the cursor or key does
	}{
		{"an offset", limits.Ask{Offset: given(5)}, "", false, false},
		{"a page", limits.Ask{Page: given(2)}, "", false, false},
		{"a cursor", limits.Ask{HasCursor: true}, "", false, true},
		{"a key", limits.Ask{HasAfter: true}, "", false, true},
		{"a key to end before", limits.Ask{HasBefore: true}, "", false, true},
		{"offset and page", limits.Ask{Offset: given(5), Page: given(2)}, "limit_invalid: page: offset and page are two positions; use one", true, false},
		{"offset and cursor", limits.Ask{Offset: given(5), HasCursor: true}, "limit_invalid: cursor: offset and cursor are two positions; use one", true, true},
		{"page and cursor", limits.Ask{Page: given(2), HasCursor: true}, "limit_invalid: cursor: page and cursor are two positions; use one", true, true},
		{"offset and key", limits.Ask{Offset: given(5), HasAfter: true}, "limit_invalid: after: offset and after are two positions; use one", true, true},
		{"page and key", limits.Ask{Page: given(2), HasAfter: true}, "limit_invalid: after: page and after are two positions; use one", true, true},
		{"page and key to end before", limits.Ask{Page: given(2), HasBefore: true}, "limit_invalid: before: page and before are two positions; use one", true, true},
		{"two keys", limits.Ask{HasAfter: true, HasBefore: true}, "cursor_invalid: before: after and before are two positions; use one", false, false},
		{"something else before", limits.Ask{Offset: given(5), Page: given(2), Bad: before}, before.Error(), true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := ask(tc.ask)
			a.Settle()
			wrong := ""
			if a.Bad != nil {
				wrong = a.Bad.Error()
			}
			if wrong != tc.wrong {
				t.Errorf("got the problem %q, want %q", wrong, tc.wrong)
			}
			if void := a.Offset == invalid && a.Page == invalid; void != tc.void {
				t.Errorf("got offset %v and page %v, want them void: %v", a.Offset, a.Page, tc.void)
			}
			if stays := a.HasCursor || a.HasAfter || a.HasBefore; stays != tc.stays {
				t.Errorf("got %+v, want what is exact to stay: %v", a, tc.stays)
			}
		})
	}
}

// The end of a walk at a depth cap was taken for an outage elsewhere: the
// refusal says the bound, the parameter and the way on.
func TestTooDeepSaysTheWayOn(t *testing.T) {
	v := rules.Judge(ask(limits.Ask{Limit: given(100), Offset: given(20000)}))
	if v.Problem.Max != 10000 || v.Problem.Given != "20000" {
		t.Errorf("got max %d given %q, want 10000 and 20000", v.Problem.Max, v.Problem.Given)
	}
	for _, part := range []string{"offset", "10000", `rel="next"`, "cursor", "filter"} {
		if !strings.Contains(v.Problem.Detail, part) {
			t.Errorf("detail %q lacks %q", v.Problem.Detail, part)
		}
	}
}

func TestTooLargeSaysTheMaximum(t *testing.T) {
	r := rules
	r.RejectOverMax = true
	v := r.Judge(ask(limits.Ask{Limit: given(900)}))
	if v.Problem.Max != 100 || v.Problem.Given != "900" || v.Problem.Parameter != "limit" {
		t.Errorf("got %+v, want limit 900 over 100", v.Problem)
	}
	if want := "limit_too_large: limit: limit may be at most 100"; v.Problem.Error() != want {
		t.Errorf("got %q, want %q", v.Problem.Error(), want)
	}

	v = r.Judge(ask(limits.Ask{Limit: given(900), Offset: given(100), LimitText: "1000", Spans: true}))
	if want := "limit_too_large: limit: the page that limit asks for may be at most 100 items long"; v.Problem.Error() != want || v.Problem.Given != "1000" {
		t.Errorf("a span: got %q, given %q, want %q", v.Problem.Error(), v.Problem.Given, want)
	}
}

// FuzzJudge: whatever is asked, what would be served stays within the rules.
func FuzzJudge(f *testing.F) {
	f.Add("10", "0", "", "", false, false)
	f.Add("99999999999999999999", "99999999999999999999", "", "", true, true)
	f.Add("", "", "9223372036854775807", "x", false, true)
	f.Fuzz(func(t *testing.T, limit, offset, page, cursor string, reject, lenient bool) {
		r := limits.Rules{Default: 50, Max: 100, MaxOffset: 10000, RejectOverMax: reject, DefaultInvalid: lenient}
		a := ask(limits.Ask{
			Limit: limits.ParseLimit(limit), Offset: limits.ParseOffset(offset), Page: limits.ParsePage(page, 1),
			Cursor: cursor, HasCursor: cursor != "",
		})
		a.Settle()
		v := r.Judge(a)
		if v.Limit < 1 || v.Limit > r.Max {
			t.Errorf("limit %d outside 1..%d", v.Limit, r.Max)
		}
		if v.Offset < 0 || v.Offset+v.Limit+1 < v.Offset {
			t.Errorf("offset %d overflows with limit %d", v.Offset, v.Limit)
		}
		if v.Problem == nil && !a.HasCursor && v.Offset > 0 && v.Offset+v.Limit > r.MaxOffset {
			t.Errorf("offset %d is served, too deep", v.Offset)
		}
		if v.Compliant() && (v.Problem != nil || v.AskedLimit > r.Max) {
			t.Errorf("compliant, but %+v", v)
		}
		if v.Problem != nil && len(v.Problem.Given) > limits.MaxGiven {
			t.Errorf("given has %d bytes", len(v.Problem.Given))
		}
	})
}

// TestTooDeepWay: the detail names no way that the style does not have.
func TestTooDeepWay(t *testing.T) {
	rules := limits.Rules{Default: 10, Max: 100, MaxOffset: 1000}
	deep := limits.Number{Kind: limits.Given, N: 1000}
	for _, tc := range []struct {
		ask  limits.Ask
		want string
	}{
		{limits.Ask{Offset: deep, OffsetName: "offset", CursorName: "cursor"}, `paged by offset; follow rel="next" or a cursor from a page before, or narrow the filter`},
		{limits.Ask{Page: deep, PageName: "page"}, "paged by page; narrow the filter"},
	} {
		if v := rules.Judge(tc.ask); v.Problem == nil || !strings.HasSuffix(v.Problem.Detail, tc.want) {
			t.Errorf("got %v, want one that ends in %s", v.Problem, tc.want)
		}
	}
}
