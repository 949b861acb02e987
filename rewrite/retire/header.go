package retire

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// imfFixdate is the one form of HTTP dates that senders may use (RFC 9110,
// section 5.6.7). Package net/http has it too, but this one knows no servers.
const imfFixdate = "Mon, 02 Jan 2006 15:04:05 GMT"

// Deprecation returns the value of the Deprecation header: a structured date
// (RFC 9745, section 2), "@" and Unix seconds, rounded down. It may lie in the
// future. Empty if Deprecated is not set.
func (c *Calendar) Deprecation() string {
	if c.Deprecated.IsZero() {
		return ""
	}
	return "@" + strconv.FormatInt(c.Deprecated.Unix(), 10)
}

// SunsetDate returns the value of the Sunset header: an HTTP date in GMT (RFC
// 8594, section 3), in seconds, rounded down. It may lie in the past. Empty if
// Sunset is not set.
func (c *Calendar) SunsetDate() string {
	if c.Sunset.IsZero() {
		return ""
	}
	return c.Sunset.UTC().Format(imfFixdate)
}

// Relation types of the links that say what will change.
const (
	RelDeprecation = "deprecation" // to the docs
	RelSunset      = "sunset"      // to the policy
)

// Links returns the value of one Link header line with the docs
// (rel="deprecation", RFC 9745, section 3) and the policy (rel="sunset", RFC
// 8594, section 6), whichever are set, in that order; empty if none is, or with
// NoLinks. Relation types that the answer has already are left out. The URLs are
// written as they are: Check has seen to them.
//
// It has to come behind the line with the paging links, because some clients
// read only the first.
func (c *Calendar) Links(already ...string) string {
	if c.NoLinks {
		return ""
	}
	var links []string
	if c.Docs != "" && !slices.Contains(already, RelDeprecation) {
		links = append(links, "<"+c.Docs+`>; rel="`+RelDeprecation+`"`)
	}
	if c.Policy != "" && !slices.Contains(already, RelSunset) {
		links = append(links, "<"+c.Policy+`>; rel="`+RelSunset+`"`)
	}
	return strings.Join(links, ", ")
}

// checkURL refuses what is no absolute web address, or would break the way in
// which clients read a Link header: many split it at "," and ";" wherever they
// stand. The empty text is fine, it means none.
func checkURL(text string) error {
	if text == "" {
		return nil
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>,;\\^`{|}", c) >= 0 {
			_, size := utf8.DecodeRuneInString(text[i:])
			return fmt.Errorf("%q has a %q, which cannot stand in a Link header: percent-encode it", text, text[i:i+size])
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is no absolute URL with http or https", text)
	}
	return nil
}
