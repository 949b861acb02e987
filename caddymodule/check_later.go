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
		{"upstream.name", h.Upstream.Name != unbounded && !asks(h.Upstream.Name), "upstream " + h.Upstream.Name},
		{"upstream.name", h.byKey() && h.Upstream.Name != unbounded, "upstream " + h.Upstream.Name + " under the style " + h.Style.Name},
		{"key", len(h.Key) > 0 && h.Upstream.Name != unbounded, "a key with upstream " + h.Upstream.Name},
	} {
		if option.given {
			return wrongf(option.name, "%s is %w", option.what, errNotYet)
		}
	}
	return h.checkUpstreamLimit()
}

// checkUpstreamLimit refuses an upstream that caps its answers below what one
// of our pages takes: one item more than the page, to know whether there is
// more. A page-numbered upstream may have to give a larger block, where our page
// does not begin where its does (see style.WindowFor).
func (h *Handler) checkUpstreamLimit() error {
	needed := h.MaxLimit + 1
	if h.Upstream.Name == "page" {
		needed = 3*h.MaxLimit + 16
	}
	if h.Upstream.Limit != 0 && h.Upstream.Limit < needed {
		return wrongf("upstream.limit", "an upstream that gives %d items at most is %w: a maximum of %d needs %d",
			h.Upstream.Limit, errNotYet, h.MaxLimit, needed)
	}
	return nil
}

// byKey tells whether clients say where to go on by the keys of items.
func (h *Handler) byKey() bool {
	s := h.Style.style()
	return s != nil && s.Position == style.ByKey
}

// asks tells whether an upstream can be asked in the style of this name.
func asks(name string) bool { return name == "link" || name == "page" }

// works tells whether the style of this name is built.
func works(name string) bool {
	_, ok := style.Lookup(name)
	return ok
}
