package caddymodule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/fields"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// highestLimit is the largest maximum that can be configured. Pages of that
// size are no pages any more, and one item more still fits the 32 bits in
// which many upstreams count.
const highestLimit = 1_000_000_000

// highestOffset is the largest number that JSON keeps exactly on its way through
// Caddy's adapters.
const highestOffset = 1<<53 - 1

// unbounded is the upstream that knows no pagination.
const unbounded = "unbounded"

// optionError is something wrong with one option.
type optionError struct {
	// Option is the option's place in the JSON configuration, such as
	// `retire.sunset` or `exempt[1].until`. The Caddyfile parser finds the
	// option's own line by it.
	Option string
	Err    error
}

func (e *optionError) Error() string { return e.Option + ": " + e.Err.Error() }

func (e *optionError) Unwrap() error { return e.Err }

func wrong(option string, err error) error {
	if err == nil {
		return nil
	}
	return &optionError{Option: option, Err: err}
}

func wrongf(option, format string, args ...any) error {
	return wrong(option, fmt.Errorf(format, args...))
}

// check validates a configuration whose defaults have been applied. It looks
// at nothing but the configuration: no clock, no files. Its errors are
// *optionError.
func (h *Handler) check() error {
	return firstError(
		h.checkName,
		h.checkLimits,
		h.checkWords,
		h.checkUnpaginated,
		h.checkStyles,
		h.checkUpstreamMethod,
		h.checkParameters,
		h.checkPaths,
		h.checkFields,
		h.checkClient,
		h.checkSnapshot,
		h.checkExempt,
		h.checkRetire,
	)
}

// firstError runs the steps until one fails.
func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) checkName() error {
	// The name becomes a metrics label and a log field.
	if len(h.Name) > 200 || strings.ContainsFunc(h.Name, isControl) {
		return wrongf("name", "%q is no name: up to 200 bytes without control characters are", h.Name)
	}
	return nil
}

func (h *Handler) checkLimits() error {
	switch {
	case h.DefaultLimit < 1:
		return wrongf("default_limit", "the default limit must be at least 1, not %d", h.DefaultLimit)
	case h.MaxLimit < 1:
		return wrongf("max_limit", "the maximum must be at least 1, not %d", h.MaxLimit)
	case h.MaxLimit > highestLimit:
		return wrongf("max_limit", "the maximum must be at most %d, not %d", highestLimit, h.MaxLimit)
	case h.DefaultLimit > h.MaxLimit:
		return wrongf("default_limit", "the default limit %d is over the maximum %d", h.DefaultLimit, h.MaxLimit)
	case *h.MaxOffset < -1:
		return wrongf("max_offset", "the deepest offset must be a number of items or -1 (off), not %d", *h.MaxOffset)
	case *h.MaxOffset > highestOffset:
		return wrongf("max_offset", "the deepest offset must be at most %d, not %d", int64(highestOffset), *h.MaxOffset)
	case h.MaxPageSize < 1:
		return wrongf("max_page_size", "the size of a page must be positive, not %d", h.MaxPageSize)
	}
	return nil
}

// checkWords checks the options that take one of a few words.
func (h *Handler) checkWords() error {
	if h.Phase != "" {
		if _, err := retire.ParsePhase(h.Phase); err != nil {
			return wrong("phase", err)
		}
	}
	for _, option := range []struct {
		name, value string
		words       []string
	}{
		{"over_max", h.OverMax, []string{"clamp", "reject"}},
		{"invalid", h.Invalid, []string{"reject", "default"}},
		{"total", h.Total, []string{"off", "exact"}},
		{"early_stop", h.EarlyStop, []string{"on", "always", "off"}},
	} {
		if err := oneOf(option.name, option.value, option.words...); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) checkUnpaginated() error {
	u := h.Unpaginated
	if err := oneOf("unpaginated.mode", u.Mode, "page", "reject", "reject_over"); err != nil {
		return err
	}
	switch {
	case u.Mode != "reject_over" && u.Over != 0:
		return wrongf("unpaginated.over", "only reject_over takes a number of items, %s does not", u.Mode)
	case u.Mode == "reject_over" && u.Over < 1:
		return wrongf("unpaginated.over", "reject_over needs a number of items, at least 1")
	case u.Mode == "reject_over" && u.Over > h.MaxLimit:
		return wrongf("unpaginated.over", "reject_over %d is over the maximum %d, and no answer ever holds more than that",
			u.Over, h.MaxLimit)
	}
	return nil
}

func (h *Handler) checkStyles() error {
	if _, ok := style.Lookup(h.Style.Name); !ok {
		return wrongf("style.name", "unknown style %q; known are %s", h.Style.Name, strings.Join(style.Names(), ", "))
	}
	if err := h.checkStyle(); err != nil {
		return err
	}
	up := h.Upstream
	if _, ok := style.Lookup(up.Name); !ok && up.Name != unbounded {
		return wrongf("upstream.name", "unknown upstream style %q; known are %s, %s",
			up.Name, unbounded, strings.Join(style.Names(), ", "))
	}
	switch {
	case up.Limit < 0:
		return wrongf("upstream.limit", "the upstream's limit must be at least 1, not %d", up.Limit)
	case up.Limit > 0 && up.Name == unbounded:
		return wrongf("upstream.limit", "an unbounded upstream has no limit")
	}
	return firstError(h.checkUpstream, h.checkUpstreamTotal)
}

// checkParameters keeps the query parameters apart: one name cannot mean two
// things.
func (h *Handler) checkParameters() error {
	taken := make(map[string]string)
	if s := h.Style.style(); s != nil {
		for _, name := range []string{
			s.Params.Limit, s.Params.Offset, s.Params.Page, s.Params.Cursor, s.Params.After, s.Params.Before,
			s.Params.End, s.Params.Range, s.Params.Whole, s.Params.Count,
		} {
			taken[strings.ToLower(name)] = fmt.Sprintf("a parameter of style %s already", s.Name)
		}
	}
	claim := func(option, name, by string) error {
		folded := strings.ToLower(name)
		switch what := taken[folded]; {
		case !isParameter(name):
			return wrongf(option, "%q is no name of a query parameter", name)
		case what != "":
			return wrongf(option, "%q is %s", name, what)
		}
		taken[folded] = by
		return nil
	}
	// fields comes before guard: unlike that, it has a name by default, which no line of
	// the configuration could be blamed for.
	if !h.Fields.Off {
		if err := claim("fields.parameter", h.Fields.Parameter, "the fields parameter already"); err != nil {
			return err
		}
	}
	for i, name := range h.Guard {
		if err := claim(indexed("guard", i), name, "guarded already"); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) checkPaths() error {
	if _, err := list.ParsePath(h.List); err != nil {
		return wrong("list", err)
	}
	for i, text := range h.Key {
		if _, err := list.ParseKey([]string{text}); err != nil {
			return wrong(indexed("key", i), err)
		}
	}
	if s := h.Style.style(); s != nil && len(h.Key) > 0 && (s.Position == style.ByPage || s.Position == style.ByOffset) {
		return wrongf("key", "the style %s goes on by numbers: only one that goes on by cursors can go on after a key", s.Name)
	}
	return nil
}

func (h *Handler) checkFields() error {
	f := h.Fields
	if f.Off {
		if *f != (FieldsConfig{Off: true}) {
			return wrongf("fields.off", "nothing else can be set for fields that are off")
		}
		return nil
	}
	if err := oneOf("fields.syntax", f.Syntax, "google", "dotted"); err != nil {
		return err
	}
	if err := checkMask("fields.default", f.Default, f.syntax()); err != nil {
		return err
	}
	return checkMask("fields.always", f.Always, f.syntax())
}

func checkMask(option, mask string, syntax fields.Syntax) error {
	if mask == "" {
		return nil
	}
	if _, err := fields.Parse(mask, syntax); err != nil {
		return wrongf(option, "parsing mask %q: %w", mask, err)
	}
	return nil
}

// syntax is the grammar that the masks of the route are written in.
func (f *FieldsConfig) syntax() fields.Syntax {
	if f.Syntax == "dotted" {
		return fields.Dotted
	}
	return fields.Google
}

// checkClient checks how placeholders are written. Whether one exists is not
// known before a request, as every module may bring its own.
func (h *Handler) checkClient() error {
	for i, text := range h.Client {
		name, opened := strings.CutPrefix(text, "{")
		name, closed := strings.CutSuffix(name, "}")
		if !opened || !closed || name == "" || strings.ContainsAny(name, "{} \t\r\n") {
			return wrongf(indexed("client", i), "%q is no placeholder such as {http.auth.user.id}", text)
		}
		if slices.Contains(h.Client[:i], text) {
			return wrongf(indexed("client", i), "%s is there twice", text)
		}
	}
	return nil
}

// oneOf checks that an option is one of the words that it may be.
func oneOf(option, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return wrongf(option, "unknown value %q; known are %s", value, strings.Join(words, ", "))
}

// isParameter tells whether a query can carry a parameter of this name and
// section 5's reading still tell where the name begins and ends.
func isParameter(name string) bool {
	return name != "" && len(name) <= 200 && !strings.ContainsAny(name, "&=;?# ") && !strings.ContainsFunc(name, isControl)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7F }

func indexed(option string, i int) string { return fmt.Sprintf("%s[%d]", option, i) }
