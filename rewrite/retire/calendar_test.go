package retire_test

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // zones with daylight saving, wherever the tests run

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

func date(t testing.TB, text string) time.Time {
	t.Helper()
	d, err := retire.ParseDate(text)
	if err != nil {
		t.Fatalf("parsing %s: %v", text, err)
	}
	return d
}

func TestParsePhase(t *testing.T) {
	for text, want := range map[string]retire.Phase{
		"off": retire.Off, "observe": retire.Observe, "announce": retire.Announce, "enforce": retire.Enforce,
	} {
		if got, err := retire.ParsePhase(text); got != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "Off", "ENFORCE", " off", "enforced", "on"} {
		got, err := retire.ParsePhase(text)
		want := `"` + text + `" is no phase: want off, observe, announce or enforce`
		if err == nil || err.Error() != want || got != "" {
			t.Errorf("%q: got %q, %v, want error %q", text, got, err, want)
		}
	}
}

func TestPhaseAt(t *testing.T) {
	deprecated, sunset := date(t, "2027-01-31"), date(t, "2027-07-31")
	tick, second := time.Nanosecond, time.Second
	both := retire.Calendar{Deprecated: deprecated, Sunset: sunset}
	held := retire.Calendar{Deprecated: deprecated, Sunset: sunset, Hold: true}
	onlyDeprecated := retire.Calendar{Deprecated: deprecated}
	onlySunset := retire.Calendar{Sunset: sunset}
	atOnce := retire.Calendar{Deprecated: sunset, Sunset: sunset}
	withFraction := retire.Calendar{Sunset: date(t, "2027-07-31T12:00:00.000000002Z")}

	for _, tc := range []struct {
		name string
		c    retire.Calendar
		now  time.Time
		want retire.Phase
	}{
		{"long before", both, time.Unix(0, 0), retire.Observe},
		{"at the zero time", both, time.Time{}, retire.Observe},
		{"a second before deprecated", both, deprecated.Add(-second), retire.Observe},
		{"a nanosecond before deprecated", both, deprecated.Add(-tick), retire.Observe},
		{"on deprecated", both, deprecated, retire.Announce},
		{"a nanosecond after deprecated", both, deprecated.Add(tick), retire.Announce},
		{"a second before sunset", both, sunset.Add(-second), retire.Announce},
		{"a nanosecond before sunset", both, sunset.Add(-tick), retire.Announce},
		{"on sunset", both, sunset, retire.Enforce},
		{"a nanosecond after sunset", both, sunset.Add(tick), retire.Enforce},
		{"long after", both, date(t, "9999-12-31"), retire.Enforce},

		{"held, before deprecated", held, deprecated.Add(-tick), retire.Observe},
		{"held, between", held, deprecated, retire.Announce},
		{"held, on sunset", held, sunset, retire.Announce},
		{"held, long after", held, date(t, "9999-12-31"), retire.Announce},

		{"without sunset, before", onlyDeprecated, deprecated.Add(-tick), retire.Observe},
		{"without sunset, on deprecated", onlyDeprecated, deprecated, retire.Announce},
		{"without sunset, long after", onlyDeprecated, date(t, "9999-12-31"), retire.Announce},

		{"without deprecated, at the zero time", onlySunset, time.Time{}, retire.Announce},
		{"without deprecated, before sunset", onlySunset, sunset.Add(-tick), retire.Announce},
		{"without deprecated, on sunset", onlySunset, sunset, retire.Enforce},
		{"without deprecated, held", retire.Calendar{Sunset: sunset, Hold: true}, sunset, retire.Announce},

		{"both at once, before", atOnce, sunset.Add(-tick), retire.Observe},
		{"both at once, on it", atOnce, sunset, retire.Enforce},

		{"a nanosecond before a fraction", withFraction, date(t, "2027-07-31T12:00:00.000000001Z"), retire.Announce},
		{"on a fraction", withFraction, date(t, "2027-07-31T12:00:00.000000002Z"), retire.Enforce},

		{"zero calendar", retire.Calendar{}, sunset, retire.Enforce},
		{"zero calendar at the zero time", retire.Calendar{}, time.Time{}, retire.Enforce},
		{"links only", retire.Calendar{Docs: "https://a.example/"}, sunset, retire.Enforce},
		{"hold only", retire.Calendar{Hold: true}, sunset, retire.Announce},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.c.PhaseAt(tc.now); got != tc.want {
				t.Errorf("at %s: got %s, want %s", tc.now.Format(time.RFC3339Nano), got, tc.want)
			}
		})
	}
}

// The dates that calendars get wrong: each is a boundary to the nanosecond.
func TestPhaseAtOddDays(t *testing.T) {
	for _, tc := range []struct {
		name         string
		sunset       string
		before, from time.Time
	}{
		{
			"leap day", "2028-02-29",
			time.Date(2028, 2, 28, 23, 59, 59, 999_999_999, time.UTC), time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC),
		},
		{
			"day after a leap day", "2028-03-01",
			time.Date(2028, 2, 29, 23, 59, 59, 999_999_999, time.UTC), time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC),
		},
		{
			"year's first day", "2028-01-01",
			time.Date(2027, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC),
		},
		{
			"year's last day", "2027-12-31",
			time.Date(2027, 12, 30, 23, 59, 59, 999_999_999, time.UTC), time.Date(2027, 12, 31, 0, 0, 0, 0, time.UTC),
		},
		{
			"year ends elsewhere first", "2028-01-01T00:00:00+14:00",
			time.Date(2027, 12, 31, 9, 59, 59, 999_999_999, time.UTC), time.Date(2027, 12, 31, 10, 0, 0, 0, time.UTC),
		},
		{
			"half an hour's zone", "2027-07-31T05:30:00+05:30",
			time.Date(2027, 7, 30, 23, 59, 59, 999_999_999, time.UTC), time.Date(2027, 7, 31, 0, 0, 0, 0, time.UTC),
		},
		{
			"after 2038", "2038-01-19T03:14:08Z",
			time.Unix(1<<31-1, 999_999_999), time.Unix(1<<31, 0),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := retire.Calendar{Sunset: date(t, tc.sunset)}
			if got := c.PhaseAt(tc.before); got != retire.Announce {
				t.Errorf("before: got %s, want announce", got)
			}
			if got := c.PhaseAt(tc.from); got != retire.Enforce {
				t.Errorf("from: got %s, want enforce", got)
			}
		})
	}
}

// Instances in different zones are in the same phase, also in the hour that
// clocks skip and the hour that they repeat.
func TestPhaseAtIsTheSameInEveryZone(t *testing.T) {
	for _, text := range []string{"2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z", "2027-11-07T06:30:00Z", "2027-07-31"} {
		at := date(t, text)
		for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"} {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatalf("loading zone: %v", err)
			}
			// The calendar's own zone must not count either.
			for _, sunset := range []time.Time{at, at.In(zone)} {
				c := retire.Calendar{Sunset: sunset}
				for offset, want := range map[time.Duration]retire.Phase{
					-time.Hour: retire.Announce, -1: retire.Announce, 0: retire.Enforce, time.Hour: retire.Enforce,
				} {
					if got := c.PhaseAt(at.Add(offset).In(zone)); got != want {
						t.Errorf("%s%+d in %s: got %s, want %s", text, offset, name, got, want)
					}
				}
			}
		}
	}
}

func TestCheck(t *testing.T) {
	early, late := date(t, "2027-01-31"), date(t, "2027-07-31")
	const inLink = ", which cannot stand in a Link header: percent-encode it"
	for _, tc := range []struct {
		name string
		c    retire.Calendar
		want string // empty: no error
	}{
		{"zero", retire.Calendar{}, ""},
		{"in order", retire.Calendar{Deprecated: early, Sunset: late}, ""},
		{"on the same instant", retire.Calendar{Deprecated: early, Sunset: early}, ""},
		{"only deprecated", retire.Calendar{Deprecated: late}, ""},
		{"only sunset", retire.Calendar{Sunset: early}, ""},
		{"in the past", retire.Calendar{Deprecated: time.Unix(1, 0), Sunset: time.Unix(2, 0)}, ""},
		{
			"wrong order",
			retire.Calendar{Deprecated: late, Sunset: early},
			"sunset 2027-01-31T00:00:00Z is before deprecated 2027-07-31T00:00:00Z",
		},
		{
			"wrong order by a nanosecond",
			retire.Calendar{Deprecated: early, Sunset: early.Add(-1)},
			"sunset 2027-01-30T23:59:59.999999999Z is before deprecated 2027-01-31T00:00:00Z",
		},
		{
			"wrong order, held",
			retire.Calendar{Deprecated: late, Sunset: early, Hold: true},
			"sunset 2027-01-31T00:00:00Z is before deprecated 2027-07-31T00:00:00Z",
		},
		{
			"same instant in two zones",
			retire.Calendar{Deprecated: early, Sunset: early.In(time.FixedZone("", -3600))},
			"",
		},

		{"https", retire.Calendar{Docs: "https://docs.example/paging?v=2&x=(a)'!*#limits"}, ""},
		{"http", retire.Calendar{Policy: "http://docs.example:8080"}, ""},
		{"upper case scheme", retire.Calendar{Policy: "HTTPS://docs.example/"}, ""},
		{"address", retire.Calendar{Policy: "http://[2001:db8::1]:8080/%2C%3B"}, ""},
		{"relative", retire.Calendar{Docs: "/docs"}, `docs "/docs" is no absolute URL with http or https`},
		{"no scheme", retire.Calendar{Docs: "docs.example/x"}, `docs "docs.example/x" is no absolute URL with http or https`},
		{"other scheme", retire.Calendar{Docs: "ftp://a.example/"}, `docs "ftp://a.example/" is no absolute URL with http or https`},
		{"script", retire.Calendar{Docs: "javascript:alert(1)"}, `docs "javascript:alert(1)" is no absolute URL with http or https`},
		{"no host", retire.Calendar{Policy: "https:///x"}, `policy "https:///x" is no absolute URL with http or https`},
		{"bad escape", retire.Calendar{Policy: "https://a.example/%zz"}, `policy "https://a.example/%zz" is no absolute URL with http or https`},
		{"space", retire.Calendar{Docs: "https://a.example/a b"}, `docs "https://a.example/a b" has a " "` + inLink},
		{"comma", retire.Calendar{Docs: "https://a.example/a,b"}, `docs "https://a.example/a,b" has a ","` + inLink},
		{"semicolon", retire.Calendar{Policy: "https://a.example/a;b"}, `policy "https://a.example/a;b" has a ";"` + inLink},
		{"quote", retire.Calendar{Policy: `https://a.example/"`}, `policy "https://a.example/\"" has a "\""` + inLink},
		{"angle", retire.Calendar{Policy: "https://a.example/>"}, `policy "https://a.example/>" has a ">"` + inLink},
		{"other script", retire.Calendar{Policy: "https://a.example/ü"}, `policy "https://a.example/ü" has a "ü"` + inLink},
		{"no UTF-8", retire.Calendar{Policy: "https://a.example/\xfc"}, `policy "https://a.example/\xfc" has a "\xfc"` + inLink},
		{
			"line break",
			retire.Calendar{Policy: "https://a.example/\r\nX: y"},
			`policy "https://a.example/\r\nX: y" has a "\r"` + inLink,
		},
		{
			"checked without links too",
			retire.Calendar{Docs: "x", NoLinks: true},
			`docs "x" is no absolute URL with http or https`,
		},
		{
			"everything wrong",
			retire.Calendar{Deprecated: late, Sunset: early, Docs: "x", Policy: "y"},
			"sunset 2027-01-31T00:00:00Z is before deprecated 2027-07-31T00:00:00Z\n" +
				"docs \"x\" is no absolute URL with http or https\n" +
				"policy \"y\" is no absolute URL with http or https",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := ""
			if err := tc.c.Check(); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	early, late := date(t, "2027-01-31"), date(t, "2027-07-31")
	both := retire.Calendar{Deprecated: early, Sunset: late}
	held := retire.Calendar{Deprecated: early, Sunset: late, Hold: true}
	reached := []string{"sunset 2027-07-31T00:00:00Z is reached: limits are enforced for every client"}
	holding := []string{"sunset 2027-07-31T00:00:00Z is reached, but hold keeps the limits from being enforced: " +
		"move the sunset, or remove hold"}
	for _, tc := range []struct {
		name string
		c    retire.Calendar
		now  time.Time
		want []string
	}{
		{"before everything", both, early.Add(-1), nil},
		{"between", both, early, nil},
		{"a nanosecond before sunset", both, late.Add(-1), nil},
		{"on sunset", both, late, reached},
		{"long after sunset", both, date(t, "9999-12-31"), reached},
		{"holding before sunset", held, late.Add(-1), nil},
		{"holding on sunset", held, late, holding},
		{"without sunset", retire.Calendar{Deprecated: early}, late, nil},
		{"zero", retire.Calendar{}, late, nil},
		{"hold only", retire.Calendar{Hold: true}, late, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.c.Warnings(tc.now); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
