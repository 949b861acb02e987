package caddymodule

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/dustin/go-humanize"
)

// parser reads options from Caddyfile tokens, and remembers where each one
// stands, so that what is wrong with it can be told with file and line even
// after everything has been read.
type parser struct {
	*caddyfile.Dispenser

	// marks holds for every option that was seen (by its place in the JSON
	// configuration, as in optionError) the dispenser as it stood there.
	// The directive itself is "".
	marks map[string]caddyfile.Dispenser
}

// newParser returns a parser for a dispenser that stands at the directive.
func newParser(d *caddyfile.Dispenser) *parser {
	return &parser{Dispenser: d, marks: map[string]caddyfile.Dispenser{"": *d}}
}

// mark remembers that the token we stand at is where these options are given.
// It fails if the first one was given before.
func (p *parser) mark(options ...string) error {
	if first, ok := p.marks[options[0]]; ok {
		return p.Errf("%s is given twice, first at %s:%d", p.Val(), first.File(), first.Line())
	}
	for _, option := range options {
		p.marks[option] = *p.Dispenser
	}
	return nil
}

// locate adds file and line to an error of a check. An option that was not
// given itself is blamed on the block that it belongs to.
func (p *parser) locate(err error) error {
	if err == nil {
		return nil
	}
	var about *optionError
	if !errors.As(err, &about) {
		return p.WrapErr(err)
	}
	option := about.Option
	for {
		if mark, ok := p.marks[option]; ok {
			return mark.Errf("%s: %w", mark.Val(), about.Err)
		}
		option = option[:max(0, strings.LastIndexAny(option, ".["))]
	}
}

// word reads the one argument of an option that is given once.
func (p *parser) word(option string, target *string) error {
	if err := p.mark(option); err != nil {
		return err
	}
	name := p.Val()
	if !p.AllArgs(target) {
		return p.ArgErr()
	}
	if *target == "" {
		return p.Errf("%s: the value is empty", name)
	}
	return nil
}

// words reads the arguments of an option that takes at least one.
func (p *parser) words(option string, target *[]string) error {
	if err := p.mark(option); err != nil {
		return err
	}
	return p.more(option, target)
}

// more reads what words does, for an option that may be repeated.
func (p *parser) more(option string, target *[]string) error {
	first := *p.Dispenser
	if p.CountRemainingArgs() == 0 {
		return p.ArgErr()
	}
	for p.NextArg() {
		p.marks[indexed(option, len(*target))] = first
		*target = append(*target, p.Val())
	}
	return nil
}

// flag reads an option without arguments.
func (p *parser) flag(option string, target *bool) error {
	if err := p.mark(option); err != nil {
		return err
	}
	if p.NextArg() {
		return p.ArgErr()
	}
	*target = true
	return nil
}

// count reads an option whose argument is a number from 1.
func (p *parser) count(option string, target *int64) (err error) {
	var text string
	if err := p.word(option, &text); err != nil {
		return err
	}
	*target, err = p.number(text, 1)
	return err
}

// number reads a number from lowest on. Zero is not let through where it would
// mean "not given" in JSON: who writes it means something else.
func (p *parser) number(text string, lowest int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < lowest {
		return 0, p.Errf("%q is no whole number from %d on", text, lowest)
	}
	return n, nil
}

// size reads an option whose argument is a number of bytes, such as 16MiB.
func (p *parser) size(option string, target *int64) error {
	var text string
	if err := p.word(option, &text); err != nil {
		return err
	}
	n, err := humanize.ParseBytes(text)
	if err != nil {
		return p.Errf("parsing size %q: %w", text, err)
	}
	if n < 1 || n > math.MaxInt64 {
		return p.Errf("a size must be positive and fit 63 bits, not %q", text)
	}
	*target = int64(n)
	return nil
}

// duration reads an option whose argument is a duration, such as 5m or 7d.
func (p *parser) duration(option string, target *caddy.Duration) (err error) {
	var text string
	if err := p.word(option, &text); err != nil {
		return err
	}
	*target, err = p.period(text)
	return err
}

func (p *parser) period(text string) (caddy.Duration, error) {
	d, err := caddy.ParseDuration(text)
	if err != nil {
		return 0, p.Errf("parsing duration: %w", err)
	}
	if d <= 0 {
		return 0, p.Errf("a duration must be positive, not %s", text)
	}
	return caddy.Duration(d), nil
}

// block reads the options of a block whose opening brace is next, if there is
// one.
func (p *parser) block(options map[string]func() error) error {
	for nesting := p.Nesting(); p.NextBlock(nesting); {
		option, ok := options[p.Val()]
		if !ok {
			return p.unknown()
		}
		if err := option(); err != nil {
			return err
		}
	}
	return nil
}

// unknown is the error for a token that is no option.
func (p *parser) unknown() error {
	if p.Val() == "{" {
		return p.Err("the option on this line takes no block")
	}
	return p.Errf("unknown option %q", p.Val())
}
