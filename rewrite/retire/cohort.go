package retire

import (
	"crypto/sha256"
	"encoding/binary"
)

// Cohorts is how many cohorts there are: a hundred to a percent.
const Cohorts = 10_000

// A Cohort is a client's place in the queue of a rollout, from 0, which is
// enforced first, to [LastCohort].
type Cohort uint16

// LastCohort is the cohort that is enforced last: at 100 percent.
const LastCohort Cohort = Cohorts - 1

// CohortOf returns the cohort of the client with this identity. It is the first
// 8 bytes of SHA-256 over "paginate-cohort", a zero byte and the identity, read
// as a big-endian number, modulo [Cohorts]. Nothing else goes into it: no key,
// no route and no date. So a client is in the same cohort on every instance and
// route, stays in it, and who was enforced at one percentage is at every larger
// one.
//
// A client without identity is in the last cohort: nothing would keep it in
// another.
func CohortOf(identity string) Cohort {
	if identity == "" {
		return LastCohort
	}
	const domain = "paginate-cohort\x00"
	var room [len(domain) + 256]byte // most identities need no more
	sum := sha256.Sum256(append(append(room[:0], domain...), identity...))
	return Cohort(binary.BigEndian.Uint64(sum[:]) % Cohorts)
}

// In tells whether the cohort is among the first percent of all.
func (c Cohort) In(percent int) bool { return int(c) < percent*(Cohorts/100) }
