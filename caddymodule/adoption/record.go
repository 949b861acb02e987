// Package adoption tells how far clients have moved to paginated requests: one
// [Record] for each list request, written to the adoption log and, with the same
// names, to the access log.
package adoption

import (
	"strings"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"
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

// Fields are all fields of the record, for the adoption log.
func (r *Record) Fields() []zap.Field {
	fields := append(make([]zap.Field, 0, 28),
		zap.String("http.request.method", r.Method),
		zap.String("url.path", bounded(r.Path)),
		zap.Int("http.response.status_code", r.Status),
		zap.String("user_agent.original", bounded(r.UserAgent)),
		zap.String("client.address", r.ClientAddress),
	)
	fields = number(fields, "http.response.body.size", r.BodySize)
	return r.own(fields)
}

// AccessFields are the fields that Caddy's access log does not have already.
func (r *Record) AccessFields() []zap.Field {
	return r.own(make([]zap.Field, 0, 21))
}

func (r *Record) own(fields []zap.Field) []zap.Field {
	fields = append(fields,
		zap.String("http.route", bounded(r.Route)),
		zap.String("paginate.client", bounded(r.Client)),
		zap.String("paginate.client_source", r.ClientSource),
		zap.Bool("paginate.compliant", r.Compliant),
		zap.String("paginate.reason", r.Reason),
		zap.Bool("paginate.affected", r.Affected),
		zap.String("paginate.phase", r.Phase),
		zap.String("paginate.action", string(r.Action)),
		zap.Bool("paginate.has_more", r.HasMore),
		zap.Float64("paginate.upstream_ms", float64(r.Upstream.Microseconds())/1000),
		zap.Int64("paginate.count", r.Count),
	)
	if r.Count > 1 {
		fields = append(fields, zap.Int64("paginate.affected_count", r.AffectedCount))
	}
	fields = number(fields, "paginate.limit_asked", r.LimitAsked)
	fields = number(fields, "paginate.limit", r.Limit)
	fields = number(fields, "paginate.items", r.Items)
	fields = number(fields, "paginate.items_seen", r.ItemsSeen)
	fields = instant(fields, "paginate.sunset", r.Sunset)
	fields = instant(fields, "paginate.brownout", r.Brownout)
	return instant(fields, "paginate.exempt_until", r.ExemptUntil)
}

// instant adds a date, if there is one.
func instant(fields []zap.Field, name string, at time.Time) []zap.Field {
	if at.IsZero() {
		return fields
	}
	return append(fields, zap.String(name, at.UTC().Format(time.RFC3339)))
}

// number adds a count, if it is known.
func number(fields []zap.Field, name string, n int64) []zap.Field {
	if n < 0 {
		return fields
	}
	return append(fields, zap.Int64(name, n))
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
