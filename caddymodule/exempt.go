package caddymodule

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
)

func (h *Handler) checkExempt() error {
	seen := make(map[string]bool)
	for i, e := range h.Exempt {
		// A client may be written as the key that it sends: errors do not repeat it.
		at := indexed("exempt", i)
		switch {
		case e.Client == "":
			return wrongf(at+".client", "an exemption needs a client")
		case seen[e.Client]:
			return wrongf(at+".client", "this client is exempt twice")
		case e.Until == "":
			return wrongf(at, "an exemption needs until, the date of its end: without one the list would never be retired")
		case e.Max < 0 || e.Max > highestLimit:
			return wrongf(at+".max", "the maximum of an exempt client must be from 1 to %d, not %d", highestLimit, e.Max)
		case e.Max > 0 && e.Max < h.MaxLimit:
			return wrongf(at+".max", "the maximum of an exempt client, %d, is below that of all others, %d", e.Max, h.MaxLimit)
		}
		if addr, err := netip.ParseAddr(e.Client); err == nil {
			return wrongf(at+".client", "addresses are only known by their network: write %s", cutAddress(addr.String()))
		}
		if _, err := parseDate(at+".until", e.Until); err != nil {
			return err
		}
		seen[e.Client] = true
	}
	return nil
}

// An exemption is what one client has been granted.
type exemption struct {
	retire.Exemption
	shown  string // what reports call the client, which may be written as its key
	reason string
	max    int64 // the most items that the client gets meanwhile, 0 for all
}

// exemptions are those of a route.
type exemptions struct {
	all  []*exemption
	last time.Time // when the last of them ends

	// named finds those of clients that the adoption log names as they are.
	named map[string]*exemption

	// keyed finds those of clients that it names by the keyed hash of a
	// credential. It is made when it is first needed, as the secret may have to
	// be read from the storage.
	keyed atomic.Pointer[map[string]*exemption]
}

// newExemptions prepares a configuration that has been checked.
func newExemptions(configs []ExemptConfig, sources []clientSource) (*exemptions, error) {
	e := &exemptions{named: make(map[string]*exemption, len(configs))}
	for i, c := range configs {
		until, err := parseDate(indexed("exempt", i)+".until", c.Until)
		if err != nil {
			return nil, err
		}
		one := &exemption{
			Exemption: retire.Exemption{Until: until},
			shown:     shownClient(c.Client, i, sources),
			reason:    c.Reason,
			max:       c.Max,
		}
		e.all = append(e.all, one)
		e.named[c.Client] = one
		if until.After(e.last) {
			e.last = until
		}
	}
	return e, nil
}

// shownClient is what reports call an exempt client. Where clients may be known by
// credentials, what is configured may be one, and is not shown; even one that
// looks like a hash.
func shownClient(text string, i int, sources []clientSource) string {
	for _, s := range sources {
		if s.secret {
			return indexed("exempt", i)
		}
	}
	return text
}

// isKeyed tells whether a text has the form in which credentials are logged.
func isKeyed(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == 32 && strings.ToLower(text) == text
}

// any tells whether one of the exemptions has not ended.
func (e *exemptions) any(now time.Time) bool { return now.Before(e.last) }

// find returns a client's exemption, be it past or not, nil if it has none. One
// that is known by a credential may be configured as the credential, or as it is
// logged; hashed says that who is such a one.
func (e *exemptions) find(who identity, hashed bool, secret func() ([]byte, error)) *exemption {
	if who.value == "" || len(e.all) == 0 {
		return nil
	}
	if !hashed {
		return e.named[who.value]
	}
	index := e.keyed.Load()
	if index == nil {
		key, err := secret()
		if err != nil {
			return nil
		}
		index = e.index(key)
		e.keyed.Store(index)
	}
	return (*index)[who.value]
}

func (e *exemptions) index(secret []byte) *map[string]*exemption {
	index := make(map[string]*exemption, len(e.named))
	for text, one := range e.named {
		index[keyed(text, secret)] = one
		if isKeyed(text) {
			index[text] = one
		}
	}
	return &index
}

// warnClients tells of exemptions that have ended, and of identities on which
// neither an exemption nor a rollout should be built.
func (rt *runtime) warnClients() {
	now := rt.clock.Now()
	for _, one := range rt.exempt.all {
		if !now.Before(one.Until) {
			rt.logger.Warn("an exemption has ended: the client is treated as all others", zap.String("route", rt.name),
				zap.String("client", one.shown), zap.Time("until", one.Until), zap.String("reason", one.reason))
		}
	}
	if len(rt.exempt.all) == 0 && (len(rt.calendar.Rollout) == 0 || rt.phase != "") {
		return
	}
	if weak := rt.weakSources(); len(weak) > 0 {
		rt.logger.Warn("clients of rollout and exempt are told apart by a program or an address too, which others share or can take: let client name only authentication, keys or certificates",
			zap.String("route", rt.name), zap.Strings("client", weak))
	}
}

// chosenHeaders are fields in which a client, or whoever stands before us, writes
// a program or an address.
var chosenHeaders = map[string]bool{
	"user-agent": true, "forwarded": true, "x-forwarded-for": true, "x-real-ip": true,
	"true-client-ip": true, "cf-connecting-ip": true, "x-client-ip": true,
}

// weakSources are the placeholders of the chain that name a program or an
// address: many clients share one, and each can take another.
func (rt *runtime) weakSources() []string {
	var weak []string
	for _, s := range rt.sources {
		name := strings.ToLower(strings.Trim(s.text, "{}"))
		header, isHeader := strings.CutPrefix(name, "http.request.header.")
		switch {
		case isHeader && chosenHeaders[header],
			strings.HasPrefix(name, "http.request.remote"),
			name == "http.request.client_ip", name == "http.vars.client_ip":
			weak = append(weak, s.text)
		}
	}
	return weak
}
