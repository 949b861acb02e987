package retire_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

func TestDates(t *testing.T) {
	for _, tc := range []struct {
		text        string
		deprecation string
		sunset      string
	}{
		// The examples of RFC 9745, section 2.1, and RFC 8594, section 3.
		{"2023-06-30T23:59:59Z", "@1688169599", "Fri, 30 Jun 2023 23:59:59 GMT"},
		{"2018-12-31T23:59:59Z", "@1546300799", "Mon, 31 Dec 2018 23:59:59 GMT"},

		{"1970-01-01", "@0", "Thu, 01 Jan 1970 00:00:00 GMT"},
		{"2027-01-31", "@1801353600", "Sun, 31 Jan 2027 00:00:00 GMT"},
		{"2027-01-31T08:00:00+02:00", "@1801375200", "Sun, 31 Jan 2027 06:00:00 GMT"},
		{"2028-02-29", "@1835395200", "Tue, 29 Feb 2028 00:00:00 GMT"},
		{"2027-12-31T23:59:59.999999999Z", "@1830297599", "Fri, 31 Dec 2027 23:59:59 GMT"},
		{"2038-01-19T03:14:08Z", "@2147483648", "Tue, 19 Jan 2038 03:14:08 GMT"},
		{"9999-12-31", "@253402214400", "Fri, 31 Dec 9999 00:00:00 GMT"},
	} {
		t.Run(tc.text, func(t *testing.T) {
			at := date(t, tc.text)
			for _, zone := range []*time.Location{time.UTC, time.FixedZone("UTC+2", 7200)} {
				c := retire.Calendar{Deprecated: at.In(zone), Sunset: at.In(zone)}
				if got := c.Deprecation(); got != tc.deprecation {
					t.Errorf("Deprecation: got %s, want %s", got, tc.deprecation)
				}
				if got := c.SunsetDate(); got != tc.sunset {
					t.Errorf("Sunset: got %s, want %s", got, tc.sunset)
				}
			}
		})
	}
}

// What clients make of the two headers is the same second.
func TestDatesAreRead(t *testing.T) {
	at := date(t, "2027-07-31T12:34:56Z")
	c := retire.Calendar{Deprecated: at, Sunset: at}
	if got, err := http.ParseTime(c.SunsetDate()); err != nil || !got.Equal(at) {
		t.Errorf("Sunset: got %s, %v, want %s", got, err, at)
	}
	// RFC 9745, section 2.1: a structured item that is a date. A bare item has
	// no parameters, and one field line.
	item, err := httpsfv.UnmarshalItem([]string{c.Deprecation()})
	if err != nil {
		t.Fatalf("Deprecation: parsing %q: %v", c.Deprecation(), err)
	}
	got, ok := item.Value.(time.Time)
	if !ok || !got.Equal(at) || len(item.Params.Names()) > 0 {
		t.Errorf("Deprecation: got %v (%T) with parameters %v, want the date %s", item.Value, item.Value, item.Params.Names(), at)
	}
}

func TestDatesNotSet(t *testing.T) {
	at := date(t, "2027-07-31")
	if got := (&retire.Calendar{Sunset: at}).Deprecation(); got != "" {
		t.Errorf("Deprecation: got %q, want none", got)
	}
	if got := (&retire.Calendar{Deprecated: at}).SunsetDate(); got != "" {
		t.Errorf("Sunset: got %q, want none", got)
	}
}

func TestLinks(t *testing.T) {
	const docs, policy = "https://docs.example/paging", "https://docs.example/policy#sunset"
	for _, tc := range []struct {
		name string
		c    retire.Calendar
		want string
	}{
		{"none", retire.Calendar{}, ""},
		{"docs", retire.Calendar{Docs: docs}, `<https://docs.example/paging>; rel="deprecation"`},
		{"policy", retire.Calendar{Policy: policy}, `<https://docs.example/policy#sunset>; rel="sunset"`},
		{
			"both",
			retire.Calendar{Docs: docs, Policy: policy},
			`<https://docs.example/paging>; rel="deprecation", <https://docs.example/policy#sunset>; rel="sunset"`,
		},
		{"left out", retire.Calendar{Docs: docs, Policy: policy, NoLinks: true}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.c.Links(); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// What an answer says itself is not said twice.
func TestLinksAlready(t *testing.T) {
	c := retire.Calendar{Docs: "https://a.example/d", Policy: "https://a.example/p"}
	for _, tc := range []struct {
		already []string
		want    string
	}{
		{[]string{retire.RelDeprecation}, `<https://a.example/p>; rel="sunset"`},
		{[]string{retire.RelSunset}, `<https://a.example/d>; rel="deprecation"`},
		{[]string{retire.RelSunset, retire.RelDeprecation}, ""},
	} {
		if got := c.Links(tc.already...); got != tc.want {
			t.Errorf("already %v: got %q, want %q", tc.already, got, tc.want)
		}
	}
}
