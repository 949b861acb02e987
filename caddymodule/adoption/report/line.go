package report

import (
	"bytes"
	"math"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caddy-paginate/caddy-paginate/caddymodule/adoption"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

const (
	// adoptionLogger writes the records. The access log has the same fields under
	// another name: who reads a file that has both must not count twice.
	adoptionLogger = "http.handlers.paginate.adoption"

	// longestText is over which a text cannot be a record's.
	longestText = 1024

	// mostCount is over which a number cannot be one of requests, bytes or
	// milliseconds, so that sums stay numbers.
	mostCount = 1 << 50
)

// needle is in each record's line, and in hardly any other.
var needle = []byte(`"paginate.count"`)

// A logRecord is a line of an adoption log. Its texts are parts of the line.
type logRecord struct {
	key    adoption.Key
	usage  adoption.Usage
	at     time.Time
	sunset time.Time

	logger, path, agent, action   string
	compliant, affected, brownout bool
	count, affectedCount          int64
	broken                        bool
}

// parseLine reads a line. It reports false if that is no record.
func parseLine(line []byte) (rec logRecord, ok bool) {
	if !bytes.Contains(line, needle) || !gjson.ValidBytes(line) {
		return rec, false
	}
	rec.logger, rec.affectedCount = adoptionLogger, -1
	gjson.ParseBytes(line).ForEach(func(name, value gjson.Result) bool {
		rec.set(name.Str, value)
		return !rec.broken
	})
	return rec, rec.finish()
}

// set takes over one field.
func (r *logRecord) set(name string, v gjson.Result) {
	switch name {
	case "ts":
		r.at = parseTime(v)
	case "logger":
		r.logger = v.Str
	case "url.path":
		r.path = r.text(v)
	case "user_agent.original":
		r.agent = r.text(v)
	case "http.route":
		r.key.Route = r.text(v)
	case "http.response.body.size":
		r.usage.MostBytes = r.number(v)
	case "paginate.client":
		r.key.Client = r.text(v)
	case "paginate.client_source":
		r.key.Source = r.text(v)
	case "paginate.compliant":
		r.compliant = v.Type == gjson.True
	case "paginate.affected":
		r.affected = v.Type == gjson.True
	case "paginate.phase":
		r.usage.Phase = r.text(v)
	case "paginate.action":
		r.action = r.text(v)
	case "paginate.items", "paginate.items_seen":
		r.usage.MostItems = max(r.usage.MostItems, r.number(v))
	case "paginate.upstream_ms":
		if ms := v.Num; v.Type == gjson.Number && ms >= 0 && ms < 1e12 {
			r.usage.Upstream = time.Duration(ms * float64(time.Millisecond))
		} else {
			r.broken = true
		}
	case "paginate.count":
		r.count = r.number(v)
	case "paginate.affected_count":
		r.affectedCount = r.number(v)
	case "paginate.sunset":
		r.sunset, _ = time.Parse(time.RFC3339, v.Str)
	case "paginate.brownout":
		r.brownout = v.Str != ""
	case "paginate.exempt_until":
		r.usage.ExemptUntil, _ = time.Parse(time.RFC3339, v.Str)
	}
}

func (r *logRecord) text(v gjson.Result) string {
	if v.Type != gjson.String || len(v.Str) > longestText {
		r.broken = true
	}
	return v.Str
}

func (r *logRecord) number(v gjson.Result) int64 {
	if v.Type != gjson.Number || v.Num < 0 || v.Num > mostCount {
		r.broken = true
	}
	return v.Int()
}

// finish sums up as the ledger would. It reports false if something cannot be.
func (r *logRecord) finish() bool {
	if r.affectedCount < 0 {
		r.affectedCount = 0
		if r.affected {
			r.affectedCount = r.count
		}
	}
	if r.broken || r.logger != adoptionLogger || r.count < 1 || r.affectedCount > r.count || r.at.IsZero() || r.key.Route == "" {
		return false
	}
	r.key.Program = adoption.Program(r.agent)
	u := &r.usage
	u.Requests, u.Affected, u.First, u.Last = r.count, r.affectedCount, r.at, r.at
	if r.compliant {
		u.Compliant, u.LastCompliant = r.count, r.at
	}
	if u.Affected > 0 {
		u.Sample = adoption.Sample{Time: r.at, Path: r.path, UserAgent: r.agent}
	}
	// Lines do not say whether an answer told of the retirement: what is told by
	// configuration is reckoned.
	switch {
	case r.action == string(adoption.Rejected):
		u.Rejected, u.Notices = r.count, r.count
	case r.brownout, u.Phase == string(retire.Announce):
		u.Notices = u.Affected
	}
	if r.brownout { // else limits would seem to be enforced for good
		u.Phase = string(retire.Announce)
	}
	return true
}

// timeLayouts are those of Caddy's log encoders, besides numbers
// (https://caddyserver.com/docs/caddyfile/directives/log#time_format).
var timeLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.000Z0700", // iso8601
	"2006/01/02 15:04:05",          // wall, and with the fraction wall_milli and wall_nano
	"02/Jan/2006:15:04:05 -0700",   // common_log
}

// parseTime reads a line's time, which is a number since 1970 in seconds,
// milliseconds or nanoseconds, or a text. It is zero if it can be neither.
func parseTime(v gjson.Result) time.Time {
	var t time.Time
	switch n := v.Num; {
	case v.Type == gjson.Number && n >= 1e17 && n < math.MaxInt64:
		t = time.Unix(0, v.Int())
	case v.Type == gjson.Number && n >= 1e11 && n < 1e15:
		t = time.UnixMicro(int64(n * 1e3))
	case v.Type == gjson.Number && n > 0 && n < 1e11:
		t = time.UnixMicro(int64(n * 1e6))
	case v.Type == gjson.String:
		for _, layout := range timeLayouts {
			if parsed, err := time.Parse(layout, v.Str); err == nil {
				t = parsed
				break
			}
		}
	}
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
