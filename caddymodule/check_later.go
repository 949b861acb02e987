package caddymodule

import (
	"errors"

	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// errNotYet is the end of every refusal of something that the directive's
// grammar has and the handler cannot do yet. It is refused so that nothing in
// a configuration is silently ignored.
var errNotYet = errors.New("not supported yet")

// knownStyles are the styles of the contract, those that work first.
var knownStyles = []string{
	"link", "page",
	"cursor", "github", "gitlab", "stripe", "slack", "odata", "msgraph", "jsonapi", "jsonapi0", "google", "kube",
	"drf", "drf-page", "spring", "hal", "ra-simple", "ra-json",
}

// checkSupported refuses what is valid and not built yet.
func (h *Handler) checkSupported() error {
	for _, option := range []struct {
		name  string
		given bool
		what  string
	}{
		{"style.name", !works(h.Style.Name), "style " + h.Style.Name},
		{"upstream.name", h.Upstream.Name != unbounded && !works(h.Upstream.Name), "upstream " + h.Upstream.Name},
	} {
		if option.given {
			return wrongf(option.name, "%s is %w", option.what, errNotYet)
		}
	}
	return nil
}

// byKey tells whether clients say where to go on by the keys of items.
func (h *Handler) byKey() bool {
	s := h.Style.style()
	return s != nil && s.Position == style.ByKey
}

// works tells whether the style of this name is built.
func works(name string) bool {
	_, ok := style.Lookup(name)
	return ok
}
