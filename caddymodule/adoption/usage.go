package adoption

import (
	"strings"
	"time"
)

// Other is the client under whose name a ledger and a log count those that find
// no place of their own any more. Its Key has no Source, by which it differs from
// a client that calls itself so.
const Other = "other"

// A Key says which requests are counted together.
type Key struct {
	Route   string `json:"route"`             // as configured, or the matcher's text
	Client  string `json:"client,omitempty"`  // as logged in paginate.client; empty if nothing told
	Source  string `json:"source,omitempty"`  // the placeholder that told; empty for Other
	Program string `json:"program,omitempty"` // the user agent's product, without its version
}

// Usage is what requests of one Key have come to in a Period. All numbers are of
// list requests only. The zero Usage stands for no request.
type Usage struct {
	Requests  int64 `json:"requests"`
	Compliant int64 `json:"compliant,omitempty"` // those that asked for a bounded page within the maximum
	Affected  int64 `json:"affected,omitempty"`  // those that got, or would get, another answer by enforcement
	Rejected  int64 `json:"rejected,omitempty"`  // those that were refused with 400
	Notices   int64 `json:"notices,omitempty"`   // answers that told of the retirement, in headers or in a problem's body

	Unordered int64 `json:"unordered,omitempty"` // pages of a list that is not in the order of its key

	MostItems int64         `json:"most_items,omitempty"`  // of the largest list, as far as it was read
	MostBytes int64         `json:"most_bytes,omitempty"`  // of the largest body that was sent
	Upstream  time.Duration `json:"upstream_ns,omitempty"` // what all requests together took the upstream

	First         time.Time `json:"first,omitzero"`
	Last          time.Time `json:"last,omitzero"`
	LastCompliant time.Time `json:"last_compliant,omitzero"` // zero if none was

	Phase       string    `json:"phase,omitempty"`       // of the last request
	ExemptUntil time.Time `json:"exempt_until,omitzero"` // when the exemption ends, or ended, that the last request had; zero if none
	Sample      Sample    `json:"sample,omitzero"`       // an affected request; zero if none was

	// Missed is how many more requests there may have been at most: those that
	// were counted under Other before the key had, or after it had lost, a place
	// of its own. The true number is from Requests to Requests+Missed; zero means
	// that Requests is exact.
	Missed int64 `json:"missed,omitempty"`
}

// A Sample is one request by which a client's developers find out what it does.
type Sample struct {
	Time      time.Time `json:"time"`
	Path      string    `json:"path"`
	RequestID string    `json:"request_id,omitempty"` // as the X-Request-Id header had it
	UserAgent string    `json:"user_agent,omitempty"`
}

// add counts what a record says. Only a first affected request allocates.
func (u *Usage) add(rec *Record, now time.Time) {
	u.Requests += rec.Count
	if rec.Compliant {
		u.Compliant += rec.Count
		u.LastCompliant = later(u.LastCompliant, now)
	}
	if rec.Affected {
		u.Affected += rec.Count
		if u.Sample.Time.IsZero() {
			u.Sample = sampleOf(rec, now)
		}
	}
	if rec.Action == Rejected {
		u.Rejected += rec.Count
	}
	if rec.Noticed {
		u.Notices += rec.Count
	}
	if rec.Unordered {
		u.Unordered += rec.Count
	}
	u.MostItems = max(u.MostItems, rec.Items, rec.ItemsSeen)
	u.MostBytes = max(u.MostBytes, rec.BodySize)
	u.Upstream += rec.Upstream
	u.First = earlier(u.First, now)
	if !now.Before(u.Last) {
		u.Last, u.Phase, u.ExemptUntil = now, rec.Phase, rec.ExemptUntil
	}
}

// sampleOf copies the texts: they are parts of a request's head, which would stay
// in memory with them.
func sampleOf(rec *Record, now time.Time) Sample {
	return Sample{
		Time:      now,
		Path:      strings.Clone(bounded(rec.Path)),
		RequestID: requestID(rec.RequestID),
		UserAgent: strings.Clone(bounded(rec.UserAgent)),
	}
}

// requestID copies an identifier. Clients may send it, so what does not look like
// one is left out.
func requestID(text string) string {
	const most = 64
	if len(text) > most {
		return ""
	}
	for _, c := range []byte(text) {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', strings.IndexByte("-_.:=", c) >= 0:
		default:
			return ""
		}
	}
	return strings.Clone(text)
}

// Merge adds what other has counted to u. Requests must not be in both.
func (u *Usage) Merge(other *Usage) {
	u.Requests += other.Requests
	u.Compliant += other.Compliant
	u.Affected += other.Affected
	u.Rejected += other.Rejected
	u.Notices += other.Notices
	u.Unordered += other.Unordered
	u.MostItems = max(u.MostItems, other.MostItems)
	u.MostBytes = max(u.MostBytes, other.MostBytes)
	u.Upstream += other.Upstream
	u.First = earlier(u.First, other.First)
	u.LastCompliant = later(u.LastCompliant, other.LastCompliant)
	if other.Last.After(u.Last) || u.Last.IsZero() {
		u.Last, u.Phase, u.ExemptUntil = other.Last, other.Phase, other.ExemptUntil
	}
	if other.Sample.Time.After(u.Sample.Time) {
		u.Sample = other.Sample
	}
	u.Missed += other.Missed
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Program returns the name of a user agent's first product (RFC 9110, section
// 10.1.5): "python-requests" of "python-requests/2.31.0". Without the version one
// program stays one over its updates.
func Program(userAgent string) string {
	const most = 64
	userAgent = strings.TrimLeft(userAgent, " \t")
	end := 0
	for end < min(len(userAgent), most) && !endsProduct(userAgent[end]) {
		end++
	}
	return bounded(userAgent[:end])
}

func endsProduct(c byte) bool {
	switch c {
	case '/', ' ', '\t', '(', ';', ',':
		return true
	}
	return false
}
