package caddymodule

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

// byUser is a request of an authenticated user.
func byUser(user, target string) *http.Request {
	r := get(target)
	r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer).Set("http.auth.user.id", user)
	return r
}

// userIn finds a user whose cohort is from, or up to 99 behind it.
func userIn(t testing.TB, from retire.Cohort) string {
	t.Helper()
	for i := range 100_000 {
		user := "user-" + strconv.Itoa(i)
		if cohort := retire.CohortOf(user); from <= cohort && cohort < from+100 {
			return user
		}
	}
	t.Fatalf("no user is in cohort %d", from)
	return ""
}

// retiring is a route with a whole calendar, with default 3 and maximum 5. Its
// clock stands at now.
func retiring(t testing.TB, now string, change func(*Handler)) *bench {
	t.Helper()
	h := &Handler{
		DefaultLimit: 3, MaxLimit: 5,
		Client: []string{"{http.auth.user.id}", "{http.request.header.X-Api-Key}"},
		Retire: &RetireConfig{
			Deprecated: "2030-01-01",
			Brownout:   []BrownoutWindow{{At: "2030-02-01T12:00:00Z", For: caddy.Duration(time.Hour)}},
			Rollout:    []RolloutStep{{From: "2030-04-01", Percent: 10}, {From: "2030-05-01", Percent: 50}},
			Sunset:     "2030-07-01",
			Docs:       "https://docs.example/paging",
		},
	}
	if change != nil {
		change(h)
	}
	b := newBench(t, h)
	b.at(t, now)
	return b
}

// at moves the bench's clock.
func (b *bench) at(t testing.TB, now string) {
	t.Helper()
	at, err := retire.ParseDate(now)
	if err != nil {
		t.Fatal(err)
	}
	b.clock.now = at
}

// TestWalkCalendar: what clients in different cohorts get of eight items as time
// goes by.
func TestWalkCalendar(t *testing.T) {
	b := retiring(t, "2029-12-31", func(h *Handler) {
		h.Exempt = []ExemptConfig{{Client: "late", Until: "2030-08-01"}}
	})
	users := []string{userIn(t, 0), userIn(t, 4900), userIn(t, 5000), "late", ""}
	for _, tc := range []struct {
		now  string
		want string // the phase and items of each user
	}{
		{"2029-12-31T23:59:59Z", "observe 8, observe 8, observe 8, observe 8, observe 8"},
		{"2030-01-01", "announce 8, announce 8, announce 8, announce 8, announce 8"},
		{"2030-02-01T11:59:59Z", "announce 8, announce 8, announce 8, announce 8, announce 8"},
		{"2030-02-01T12:00:00Z", "enforce 3, enforce 3, enforce 3, announce 8, enforce 3"},
		{"2030-02-01T12:59:59Z", "enforce 3, enforce 3, enforce 3, announce 8, enforce 3"},
		{"2030-02-01T13:00:00Z", "announce 8, announce 8, announce 8, announce 8, announce 8"},
		{"2030-04-01", "enforce 3, announce 8, announce 8, announce 8, announce 8"},
		{"2030-05-01", "enforce 3, enforce 3, announce 8, announce 8, announce 8"},
		{"2030-07-01", "enforce 3, enforce 3, enforce 3, announce 8, enforce 3"},
		{"2030-07-31T23:59:59Z", "enforce 3, enforce 3, enforce 3, announce 8, enforce 3"},
		{"2030-08-01", "enforce 3, enforce 3, enforce 3, enforce 3, enforce 3"},
	} {
		b.at(t, tc.now)
		var got []string
		for _, user := range users {
			r := byUser(user, "/orders")
			body := b.ask(t, r, upstreamOf(numbers(8))).Body.String()
			phase, _ := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer).Get("http.paginate.phase")
			records := b.records()
			if last := records[len(records)-1]; last["paginate.phase"] != phase {
				t.Errorf("%s: the record's phase is %v, the placeholder's %v", tc.now, last["paginate.phase"], phase)
			}
			got = append(got, phase.(string)+" "+strconv.Itoa(strings.Count(body, `"id"`)))
		}
		if got := strings.Join(got, ", "); got != tc.want {
			t.Errorf("%s: got  %s\nwant %s", tc.now, got, tc.want)
		}
	}
}

// TestHoldRests: hold keeps rollout and brownouts back too, and a configured phase
// goes before them all.
func TestHoldRests(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Handler)
		want   string
	}{
		{"hold", func(h *Handler) { h.Retire.Hold = true }, "announce"},
		{"phase announce", func(h *Handler) { h.Phase = "announce" }, "announce"},
		{"phase observe", func(h *Handler) { h.Phase = "observe" }, "observe"},
		{"phase enforce", func(h *Handler) { h.Phase = "enforce" }, "enforce"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, now := range []string{"2030-02-01T12:30:00Z", "2030-05-02", "2030-07-02"} {
				b := retiring(t, now, tc.change)
				b.ask(t, byUser(userIn(t, 0), "/orders"), upstreamOf(numbers(8)))
				rec := b.lastRecord(t, 1)
				if rec["paginate.phase"] != tc.want || rec["paginate.brownout"] != nil {
					t.Errorf("%s: got phase %v and brownout %v, want %s and none", now, rec["paginate.phase"], rec["paginate.brownout"], tc.want)
				}
			}
		})
	}
}

// TestBrownoutNamesItself: in the problem, in the header and in the record.
func TestBrownoutNamesItself(t *testing.T) {
	b := retiring(t, "2030-02-01T12:00:00.5Z", func(h *Handler) { h.Unpaginated = &UnpaginatedConfig{Mode: "reject"} })
	rec := b.ask(t, byUser("ann", "/orders"), upstreamOf(numbers(8)))
	var problem struct{ Code, Detail, Brownout, Docs string }
	if err := json.Unmarshal(rec.Body.Bytes(), &problem); err != nil || rec.Code != http.StatusBadRequest {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	const detail = "; this is a rehearsal of the limits that are enforced from 2030-07-01T00:00:00Z, and it ends at 2030-02-01T13:00:00Z"
	if problem.Code != "pagination_required" || problem.Brownout != "2030-02-01T13:00:00Z" ||
		!strings.HasSuffix(problem.Detail, detail) || problem.Docs == "" {
		t.Errorf("got %+v", problem)
	}
	if got := rec.Header().Get("Retry-After"); got != "3600" {
		t.Errorf("got Retry-After %q, want the 3599.5 seconds rounded up", got)
	}
	if got := rec.Header()["Cache-Control"]; !slices.Equal(got, []string{"no-store"}) {
		t.Errorf("got Cache-Control %q", got)
	}
	if got := b.lastRecord(t, 1)["paginate.brownout"]; got != "2030-02-01T12:00:00Z" {
		t.Errorf("the record: got brownout %v, want its start", got)
	}

	b.at(t, "2030-07-01") // a refusal for good does not
	rec = b.ask(t, byUser("ann", "/orders"), upstreamOf(numbers(8)))
	if body := rec.Body.String(); rec.Header().Get("Retry-After") != "" || strings.Contains(body, "brownout") || strings.Contains(body, "rehearsal") {
		t.Errorf("past the sunset: got %v %s", rec.Header(), body)
	}
}

// TestBrownoutPages: who is cut in a brownout is told of the sunset to come, which
// is not reached yet.
func TestBrownoutPages(t *testing.T) {
	b := retiring(t, "2030-02-01T12:30:00Z", nil)
	rec := b.ask(t, byUser("ann", "/orders"), upstreamOf(numbers(8)))
	if !told(rec.Header()) || !strings.Contains(rec.Header().Get("Link"), `rel="next"`) || rec.Header().Get("Retry-After") != "" {
		t.Errorf("got %v", rec.Header())
	}
	if rec := b.ask(t, byUser("ann", "/orders?limit=3"), upstreamOf(numbers(8))); !untold(rec.Header()) {
		t.Errorf("who pages: got %v", rec.Header())
	}
}

// TestRolloutIsNoBrownout: to a client that the rollout has reached, a brownout is
// no rehearsal, and does not end.
func TestRolloutIsNoBrownout(t *testing.T) {
	b := retiring(t, "2030-05-10T12:30:00Z", func(h *Handler) {
		h.Unpaginated = &UnpaginatedConfig{Mode: "reject"}
		h.Retire.Brownout = []BrownoutWindow{{At: "2030-05-10T12:00:00Z", For: caddy.Duration(time.Hour)}}
	})
	for user, want := range map[string]string{userIn(t, 0): "", userIn(t, 9000): "1800"} {
		rec := b.ask(t, byUser(user, "/orders"), upstreamOf(numbers(8)))
		if got := rec.Header().Get("Retry-After"); got != want || rec.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d with Retry-After %q, want %q", user, rec.Code, got, want)
		}
	}
}

// TestPreferIsARehearsal: a client may try pages out while the route announces.
func TestPreferIsARehearsal(t *testing.T) {
	b := retiring(t, "2030-01-02", nil)
	r := byUser("ann", "/orders")
	r.Header.Set("Prefer", "maxpagesize=4")
	rec := b.ask(t, r, upstreamOf(numbers(8)))
	if got := strings.Count(rec.Body.String(), `"id"`); got != 4 || !strings.Contains(rec.Header().Get("Link"), `rel="next"`) ||
		rec.Header().Get("Preference-Applied") != "maxpagesize=4" || !untold(rec.Header()) {
		t.Errorf("got %d items with %v", got, rec.Header())
	}
	if rec := b.lastRecord(t, 1); rec["paginate.compliant"] != true || rec["paginate.phase"] != "announce" {
		t.Errorf("got record %v", rec)
	}
}

// TestWhoIsAskedOnlyWhereItCounts: a route without rollout and exemptions does not
// identify a client to find its phase.
func TestWhoIsAskedOnlyWhereItCounts(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Handler)
		want   bool
	}{
		{"no calendar", func(h *Handler) { h.Retire = nil }, false},
		{"dates and brownouts", func(h *Handler) { h.Retire.Rollout = nil }, false},
		{"a rollout", nil, true},
		{"an exemption", func(h *Handler) { h.Retire, h.Exempt = nil, []ExemptConfig{{Client: "a", Until: "2031-01-01"}} }, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := retiring(t, "2030-03-01", tc.change)
			if got := b.run.stand(byUser("ann", "/orders"), b.clock.Now()).known; got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestConfine: answers that depend on who asks, or when, are for no shared cache.
func TestConfine(t *testing.T) {
	first, last := userIn(t, 0), userIn(t, 9000)
	const public = "public, max-age=600"
	for _, tc := range []struct {
		name, now, user, ask string
		upstream             string // its Cache-Control
		items                int
		want                 string
	}{
		{"announced", "2030-03-01", first, "", public, 8, public},
		{"enforced by a rollout", "2030-04-01", first, "", public, 8, "max-age=600, private"},
		{"not reached by it", "2030-04-01", last, "", public, 8, "max-age=600, private"},
		{"no Cache-Control", "2030-04-01", last, "", "", 8, "private"},
		{"no-store", "2030-04-01", last, "", "no-store", 8, "no-store"},
		{"no-store among others", "2030-04-01", last, "", "max-age=0, No-Store", 8, "max-age=0, No-Store"},
		{"private already", "2030-04-01", last, "", "max-age=5,private", 8, "max-age=5, private"},
		{"private of a field", "2030-04-01", last, "", `private="x-a", s-maxage=9`, 8, "private"},
		{"the same for all: few items", "2030-04-01", last, "", public, 3, public},
		{"the same for all: compliant", "2030-04-01", last, "?limit=3", public, 8, public},
		{"over the maximum", "2030-04-01", last, "?limit=7", public, 8, "max-age=600, private"},
		{"a brownout", "2030-02-01T12:30:00Z", last, "", public, 8, "max-age=600, private"},
		{"past the sunset", "2030-09-01", last, "", public, 8, public},
		{"observed", "2029-09-01", last, "", public, 8, public},
		{"an exempt client", "2030-07-15", "late", "", public, 8, "max-age=600, private"},
		{"one beside it", "2030-07-15", last, "", public, 8, "max-age=600, private"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := retiring(t, tc.now, func(h *Handler) { h.Exempt = []ExemptConfig{{Client: "late", Until: "2030-08-01"}} })
			header := []string{"CDN-Cache-Control", "max-age=60"}
			if tc.upstream != "" {
				header = append(header, "Cache-Control", tc.upstream)
			}
			rec := b.ask(t, byUser(tc.user, "/orders"+tc.ask), upstreamOf(numbers(tc.items), header...))
			if got := strings.Join(rec.Header()["Cache-Control"], " | "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			wantCDN := strings.Contains(tc.want, "public")
			if got := rec.Header()["Cdn-Cache-Control"]; (len(got) > 0) != wantCDN {
				t.Errorf("got CDN-Cache-Control %q, want it kept: %v", got, wantCDN)
			}
		})
	}
}

// TestConfineWithoutBody: HEAD and 304 are told as GET is.
func TestConfineWithoutBody(t *testing.T) {
	b := retiring(t, "2030-04-01", nil)
	head := byUser(userIn(t, 0), "/orders")
	head.Method = http.MethodHead
	if rec := b.ask(t, head, upstreamOf("")); rec.Header().Get("Cache-Control") != "private" {
		t.Errorf("HEAD: got %v", rec.Header())
	}
	rec := b.ask(t, byUser(userIn(t, 0), "/orders"), func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Etag", `"a"`)
		w.WriteHeader(http.StatusNotModified)
		return nil
	})
	if rec.Header().Get("Cache-Control") != "private" {
		t.Errorf("304: got %v", rec.Header())
	}
	rec = b.ask(t, byUser(userIn(t, 0), "/orders"), func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNotFound)
		return nil
	})
	if rec.Header().Get("Cache-Control") != "" {
		t.Errorf("404: got %v", rec.Header())
	}
}

// TestSkewedInstances: of two instances whose clocks are two minutes apart, the
// one that is ahead does what the other does two minutes later, and nothing else.
func TestSkewedInstances(t *testing.T) {
	const skew = 2 * time.Minute
	exempt := func(h *Handler) { h.Exempt = []ExemptConfig{{Client: "late", Until: "2030-08-01"}} }
	ahead, behind := retiring(t, "2030-01-01", exempt), retiring(t, "2030-01-01", exempt)
	users := []string{userIn(t, 0), userIn(t, 4900), userIn(t, 9000), "late", ""}
	serve := func(b *bench, user string) string {
		rec := b.ask(t, byUser(user, "/orders"), upstreamOf(numbers(8)))
		return strconv.Itoa(rec.Code) + rec.Body.String()
	}
	instants := []string{"2030-01-01", "2030-02-01T12:00:00Z", "2030-02-01T13:00:00Z", "2030-04-01", "2030-05-01", "2030-07-01", "2030-08-01"}
	differed := 0
	for _, text := range instants {
		at, err := retire.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		for around := -5 * time.Minute; around <= 5*time.Minute; around += 30 * time.Second {
			behind.clock.now, ahead.clock.now = at.Add(around), at.Add(around+skew)
			for _, user := range users {
				if serve(ahead, user) == serve(behind, user) {
					continue
				}
				differed++
				if around < -skew || around >= 0 {
					t.Errorf("%s%+v, user %s: the instances differ", text, around, user)
				}
			}
		}
	}
	if differed == 0 {
		t.Error("the instances never differed")
	}
}
