package caddymodule

import (
	"encoding/json"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterDirective("paginate", parseDirective)

	// Inside of encode, so that we see and cut plain text, and of the handlers
	// that buffer whole bodies (intercept, templates), so that they buffer a
	// page and not the list.
	httpcaddyfile.RegisterDirectiveOrder("paginate", httpcaddyfile.After, "templates")
}

// parseDirective sets up the route of a directive. It does by hand what
// RegisterHandlerDirective does, because the matcher's text is the route's
// default name.
func parseDirective(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	h.Next() // consume directive name
	name := matcherText(h.Dispenser)
	matchers, err := h.ExtractMatcherSet()
	if err != nil {
		return nil, err
	}
	handler := &Handler{Name: name, ExactPaths: exactPaths(matchers)}
	if err := handler.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, err
	}
	return h.NewRoute(matchers, handler), nil
}

// matcherText is the matcher that follows the directive's name, as it is
// written there; without one the directive matches everything.
func matcherText(d *caddyfile.Dispenser) string {
	if !d.NextArg() {
		return defaultRouteName
	}
	text := d.Val()
	d.Prev()
	if strings.HasPrefix(text, "/") || strings.HasPrefix(text, "@") {
		return text
	}
	return defaultRouteName
}

// exactPaths are the paths without a wildcard that a route's path matcher
// holds. Paths with placeholders are left out: what they match is not known.
func exactPaths(matchers caddy.ModuleMap) []string {
	var paths, exact []string
	if err := json.Unmarshal(matchers["path"], &paths); err != nil {
		return nil // no path matcher
	}
	for _, path := range paths {
		if !strings.ContainsAny(path, "*{") {
			exact = append(exact, path)
		}
	}
	return exact
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	paginate [<matcher>] [<default> [<max>]] {
//	    name         <text>
//	    limit        <default> <max>
//	    max_offset   <n>|off
//	    over_max     clamp|reject
//	    invalid      reject|default
//	    guard        <parameter>...
//	    unpaginated  page|reject|reject_over <n>
//	    phase        off|observe|announce|enforce
//	    style        <name> [<list name>] {
//	        limit|offset|page|cursor|after|before <parameter> [at body <path>]
//	        method       GET|POST
//	        first_page   0|1
//	        body         <template>
//	        content_type <type>
//	        total_header <name>
//	        error        <template>|problem
//	        error_status <status>
//	    }
//	    upstream     unbounded|<style name> {
//	        limit  <n>
//	        method GET|POST
//	    }
//	    list         <path>|auto
//	    key          <path>...
//	    total        off|exact
//	    fields       off
//	    fields       [<parameter>] {
//	        default <mask>
//	        always  <mask>
//	        syntax  google|dotted
//	        forward
//	    }
//	    max_page_size <size>
//	    early_stop   on|always|off
//	    snapshot     lazy|eager|off {
//	        ttl           <duration>
//	        max_age       <duration>
//	        max_size      <size>
//	        ignore_header <name>...
//	    }
//	    client       <placeholder>...
//	    exempt       <client> {
//	        until  <date>
//	        reason <text>
//	        max    <n>
//	    }
//	    retire {
//	        deprecated <date>
//	        rollout    <date> <percent>
//	        brownout   <instant> <duration>
//	        sunset     <date>
//	        docs       <url>
//	        policy     <url>
//	        hold
//	        links      on|off
//	    }
//	}
//
// `guard`, `ignore_header`, `exempt`, `rollout` and `brownout` may be repeated,
// every other option is given once. Dates are RFC 3339 dates (00:00 UTC) or
// instants. The options' meanings and defaults stand at the fields of Handler.
//
// Everything is validated here already, so that what is wrong is told with its
// file and line.
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume directive name
	p := handlerParser{parser: newParser(d), h: h}
	if err := p.head(); err != nil {
		return err
	}
	for d.NextBlock(0) {
		option, ok := handlerOptions[d.Val()]
		if !ok {
			return p.unknown()
		}
		if err := option(&p); err != nil {
			return err
		}
	}
	// What is adapted stays as it was written; the defaults are filled in a
	// copy, because most rules are about what holds in the end.
	filled := *h
	filled.applyDefaults()
	return p.locate(filled.check())
}

// Interface guards
var _ caddyfile.Unmarshaler = (*Handler)(nil)
