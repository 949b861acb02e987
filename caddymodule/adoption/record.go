// Package adoption tells how far clients have moved to paginated requests: one
// [Record] for each list request, written to the adoption log and, with the same
// names, to the access log.
package adoption

import (
	"strings"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// maxText bounds every text of a record, so that no client decides how large a
// log line gets.
const maxText = 256

// A Record is what was seen of one list request. Field names in logs follow
// OpenTelemetry's HTTP conventions where those have one. It holds no query value
// and no credential.
type Record struct {
	Method        string
	Route         string
	Path          string
	Status        int
	BodySize      int64 // bytes of the body that was sent to the client, -1 if not known
	UserAgent     string
	ClientAddress string // cut to /24 or /48

	Client       string        // who called
	ClientSource string        // the placeholder that told
	Compliant    bool          // asked for a bounded page within the maximum
	Reason       string        // why not; ok if it did
	Affected     bool          // got, or would get, another answer by enforcement
	Phase        string        // of the route, for this request
	Action       Action        // what was done
	LimitAsked   int64         // the limit that was asked for, -1 if none was
	Limit        int64         // the limit in force, -1 if none was
	Items        int64         // items sent, -1 if not known
	ItemsSeen    int64         // items read of the upstream's list, -1 if not known
	HasMore      bool          // the list goes on behind what was sent
	Sunset       time.Time     // zero if none is set
	Brownout     time.Time     // when the brownout began that enforced it, zero if none did
	ExemptUntil  time.Time     // when the client's exemption ends or ended, zero if it has none
	Upstream     time.Duration // from handing the request on to its answer's end
	Count        int64         // requests that this record stands for

	// How many of those are affected; only where Count is of several.
	AffectedCount int64

	// For the ledger only.
	Noticed   bool   // the answer told of the retirement
	Unordered bool   // the list is not in the order of its key
	RequestID string // the X-Request-Id header
}

// An Action is what was done with a request.
type Action string

const (
	Untouched Action = "untouched" // passed on byte for byte
	Whole     Action = "whole"     // got the whole list, or the upstream's own page
	Paged     Action = "page"      // got a page
	Rejected  Action = "reject"    // was refused with 400
	Failed    Action = "fail"      // got a 502, because the upstream's answer was broken
)

// Field holds all fields of the record, for the adoption log. The record must not
// change any more.
func (r *Record) Field() zap.Field { return zap.Inline(r) }

// AccessField holds the fields that Caddy's access log does not have already. The
// record must not change any more.
func (r *Record) AccessField() zap.Field { return zap.Inline((*access)(r)) }

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (r *Record) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("http.request.method", r.Method)
	enc.AddString("url.path", bounded(r.Path))
	enc.AddInt64("http.response.status_code", int64(r.Status))
	enc.AddString("user_agent.original", bounded(r.UserAgent))
	enc.AddString("client.address", r.ClientAddress)
	number(enc, "http.response.body.size", r.BodySize)
	return (*access)(r).MarshalLogObject(enc)
}

// access is a record as the access log tells it.
type access Record

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (r *access) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("http.route", bounded(r.Route))
	enc.AddString("paginate.client", bounded(r.Client))
	enc.AddString("paginate.client_source", r.ClientSource)
	enc.AddBool("paginate.compliant", r.Compliant)
	enc.AddString("paginate.reason", r.Reason)
	enc.AddBool("paginate.affected", r.Affected)
	enc.AddString("paginate.phase", r.Phase)
	enc.AddString("paginate.action", string(r.Action))
	enc.AddBool("paginate.has_more", r.HasMore)
	enc.AddFloat64("paginate.upstream_ms", float64(r.Upstream.Microseconds())/1000)
	enc.AddInt64("paginate.count", r.Count)
	if r.Count > 1 {
		enc.AddInt64("paginate.affected_count", r.AffectedCount)
	}
	number(enc, "paginate.limit_asked", r.LimitAsked)
	number(enc, "paginate.limit", r.Limit)
	number(enc, "paginate.items", r.Items)
	number(enc, "paginate.items_seen", r.ItemsSeen)
	instant(enc, "paginate.sunset", r.Sunset)
	instant(enc, "paginate.brownout", r.Brownout)
	instant(enc, "paginate.exempt_until", r.ExemptUntil)
	return nil
}

// instant adds a date, if there is one.
func instant(enc zapcore.ObjectEncoder, name string, at time.Time) {
	if !at.IsZero() {
		enc.AddString(name, at.UTC().Format(time.RFC3339))
	}
}

// number adds a count, if it is known.
func number(enc zapcore.ObjectEncoder, name string, n int64) {
	if n >= 0 {
		enc.AddInt64(name, n)
	}
}

// bounded cuts a text, between two characters, and drops what is no UTF-8.
func bounded(text string) string {
	if len(text) > maxText {
		cut := maxText
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	return strings.ToValidUTF8(text, "?")
}

// Interface guards
var (
	_ zapcore.ObjectMarshaler = (*Record)(nil)
	_ zapcore.ObjectMarshaler = (*access)(nil)
)
