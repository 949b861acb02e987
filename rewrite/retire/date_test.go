package retire_test

import (
	"testing"
	"time"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

func TestParseDate(t *testing.T) {
	for _, tc := range []struct {
		text string
		want time.Time
	}{
		{"2027-01-31", time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)},
		{"2028-02-29", time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"2000-02-29", time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"1970-01-01", time.Unix(0, 0)},
		{"9999-12-31", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
		{"2027-01-31T08:00:00Z", time.Date(2027, 1, 31, 8, 0, 0, 0, time.UTC)},
		{"2027-01-31T23:59:59Z", time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)},
		{"2027-01-31T08:00:00+02:00", time.Date(2027, 1, 31, 6, 0, 0, 0, time.UTC)},
		{"2027-01-01T00:00:00+14:00", time.Date(2026, 12, 31, 10, 0, 0, 0, time.UTC)},
		{"2026-12-31T19:00:00-05:00", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"2027-01-31T08:00:00-00:00", time.Date(2027, 1, 31, 8, 0, 0, 0, time.UTC)},
		{"2027-01-31T08:00:00.5Z", time.Date(2027, 1, 31, 8, 0, 0, 500_000_000, time.UTC)},
		{"2027-01-31T08:00:00.000000001Z", time.Date(2027, 1, 31, 8, 0, 0, 1, time.UTC)},
	} {
		t.Run(tc.text, func(t *testing.T) {
			got, err := retire.ParseDate(tc.text)
			if err != nil {
				t.Fatalf("parsing: %v", err)
			}
			if !got.Equal(tc.want) || got.Location() != time.UTC {
				t.Errorf("got %s, want %s in UTC", got, tc.want)
			}
		})
	}
}

func TestParseDateRefuses(t *testing.T) {
	const noDate = ` is no RFC 3339 date such as 2027-01-31, or instant such as 2027-01-31T08:00:00Z`
	const outside = ` is not between the years 1970 and 9999`
	for _, tc := range []struct{ text, want string }{
		{"", `""` + noDate},
		{"soon", `"soon"` + noDate},
		{"31.01.2027", `"31.01.2027"` + noDate},
		{"01/31/2027", `"01/31/2027"` + noDate},
		{"2027-1-31", `"2027-1-31"` + noDate},
		{"2027-01", `"2027-01"` + noDate},
		{"27-01-31", `"27-01-31"` + noDate},
		{"20270131", `"20270131"` + noDate},
		{" 2027-01-31", `" 2027-01-31"` + noDate},
		{"2027-01-31 ", `"2027-01-31 "` + noDate},
		{"2027-01-31Z", `"2027-01-31Z"` + noDate},
		{"+2027-01-31", `"+2027-01-31"` + noDate},
		{"12027-01-31", `"12027-01-31"` + noDate},
		{"1801440000", `"1801440000"` + noDate},
		{"@1801440000", `"@1801440000"` + noDate},
		{"2027-01-31 08:00:00Z", `"2027-01-31 08:00:00Z"` + noDate},
		{"2027-01-31t08:00:00z", `"2027-01-31t08:00:00z"` + noDate},
		{"2027-01-31T08:00Z", `"2027-01-31T08:00Z"` + noDate},
		{"2027-01-31T8:00:00Z", `"2027-01-31T8:00:00Z"` + noDate},
		{"2027-01-31T08:00:00,5Z", `"2027-01-31T08:00:00,5Z"` + noDate},
		{"2027-01-31T08:00:00+0200", `"2027-01-31T08:00:00+0200"` + noDate},
		{"2027-01-31T08:00:00 CET", `"2027-01-31T08:00:00 CET"` + noDate},
		{"Sun, 31 Jan 2027 08:00:00 GMT", `"Sun, 31 Jan 2027 08:00:00 GMT"` + noDate},
		{"2027-02-29", `"2027-02-29": day out of range`},
		{"2100-02-29", `"2100-02-29": day out of range`},
		{"2027-04-31", `"2027-04-31": day out of range`},
		{"2027-13-01", `"2027-13-01": month out of range`},
		{"2027-00-01", `"2027-00-01": month out of range`},
		{"2027-02-29T00:00:00Z", `"2027-02-29T00:00:00Z": day out of range`},
		{"2027-01-31T24:00:00Z", `"2027-01-31T24:00:00Z": hour out of range`},
		{"2027-01-31T08:60:00Z", `"2027-01-31T08:60:00Z": minute out of range`},
		{"2027-01-31T23:59:60Z", `"2027-01-31T23:59:60Z": second out of range`},
		{"2027-01-31T08:00:00+24:00", `"2027-01-31T08:00:00+24:00"` + noDate},
		{"2027-01-31T08:00:00+23:60", `"2027-01-31T08:00:00+23:60"` + noDate},
		{
			"2027-01-31T08:00:00",
			`"2027-01-31T08:00:00" has no zone: want 2027-01-31T08:00:00Z, or an offset such as 2027-01-31T08:00:00+02:00`,
		},
		{"0001-01-01", `"0001-01-01"` + outside},
		{"0001-01-01T00:00:00Z", `"0001-01-01T00:00:00Z"` + outside},
		{"0227-01-31", `"0227-01-31"` + outside},
		{"1969-12-31T23:59:59.999999999Z", `"1969-12-31T23:59:59.999999999Z"` + outside},
		{"1970-01-01T00:00:00+00:01", `"1970-01-01T00:00:00+00:01"` + outside},
		{"9999-12-31T23:59:59-00:01", `"9999-12-31T23:59:59-00:01"` + outside},
	} {
		t.Run(tc.text, func(t *testing.T) {
			got, err := retire.ParseDate(tc.text)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got %s and error %v, want error %s", got, err, tc.want)
			}
			if !got.IsZero() {
				t.Errorf("got %s beside the error, want the zero time", got)
			}
		})
	}
}

// What is taken is RFC 3339 as package time reads it, lies where headers can
// show it, and comes back from its own text.
func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{
		"2027-01-31", "2028-02-29", "2027-01-31T08:00:00Z", "2027-01-31T08:00:00.5+02:00",
		"9999-12-31T23:59:59-00:01", "2027-02-30", "0001-01-01", "2027-01-31T08:00:00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := retire.ParseDate(text)
		if err != nil {
			if !got.IsZero() || err.Error() == "" {
				t.Fatalf("got %s beside error %v", got, err)
			}
			return
		}
		again, err := retire.ParseDate(got.Format(time.RFC3339Nano))
		if err != nil || !again.Equal(got) {
			t.Fatalf("%q: got %s, again %s, %v", text, got, again, err)
		}
		lax, err := time.Parse(time.RFC3339, text)
		if len(text) == len(time.DateOnly) {
			lax, err = time.Parse(time.DateOnly, text)
		}
		if err != nil || !lax.Equal(got) {
			t.Fatalf("%q: got %s, package time %s, %v", text, got, lax, err)
		}
	})
}
