package caddymodule

import (
	"strconv"
	"strings"
)

// optionsOf is a block's table of options.
type optionsOf = map[string]func() error

func (p *handlerParser) upstream() error {
	p.h.Upstream = new(UpstreamConfig)
	up := p.h.Upstream
	if err := p.word("upstream", &up.Name); err != nil {
		return err
	}
	return p.block(optionsOf{
		"limit":           func() error { return p.count("upstream.limit", &up.Limit) },
		"limit_parameter": func() error { return p.word("upstream.limit_parameter", &up.LimitParameter) },
		"offset":          func() error { return p.word("upstream.offset", &up.Offset) },
		"page":            func() error { return p.word("upstream.page", &up.Page) },
		"after":           func() error { return p.word("upstream.after", &up.After) },
		"cursor":          func() error { return p.word("upstream.cursor", &up.Cursor) },
		"first_page":      func() error { return p.firstPage("upstream.first_page", &up.FirstPage) },
		"method":          func() error { return p.word("upstream.method", &up.Method) },
	})
}

func (p *handlerParser) fields() error {
	if err := p.mark("fields"); err != nil {
		return err
	}
	p.h.Fields = new(FieldsConfig)
	f := p.h.Fields
	switch args := p.RemainingArgs(); {
	case len(args) > 1:
		return p.ArgErr()
	case len(args) == 1 && args[0] == "off":
		f.Off = true
		return nil
	case len(args) == 1 && args[0] == "":
		return p.Err("fields: the value is empty")
	case len(args) == 1:
		f.Parameter = args[0]
	}
	return p.block(optionsOf{
		"default": func() error { return p.word("fields.default", &f.Default) },
		"always":  func() error { return p.word("fields.always", &f.Always) },
		"syntax":  func() error { return p.word("fields.syntax", &f.Syntax) },
		"forward": func() error { return p.flag("fields.forward", &f.Forward) },
	})
}

func (p *handlerParser) snapshot() error {
	p.h.Snapshot = new(SnapshotConfig)
	s := p.h.Snapshot
	if err := p.word("snapshot", &s.Mode); err != nil {
		return err
	}
	return p.block(optionsOf{
		"ttl":           func() error { return p.duration("snapshot.ttl", &s.TTL) },
		"max_age":       func() error { return p.duration("snapshot.max_age", &s.MaxAge) },
		"max_size":      func() error { return p.size("snapshot.max_size", &s.MaxSize) },
		"ignore_header": func() error { return p.more("snapshot.ignore_header", &s.IgnoreHeader) },
	})
}

func (p *handlerParser) exempt() error {
	var e ExemptConfig
	at := indexed("exempt", len(p.h.Exempt))
	if err := p.word(at, &e.Client); err != nil {
		return err
	}
	err := p.block(optionsOf{
		"until":  func() error { return p.word(at+".until", &e.Until) },
		"reason": func() error { return p.word(at+".reason", &e.Reason) },
		"max":    func() error { return p.count(at+".max", &e.Max) },
	})
	p.h.Exempt = append(p.h.Exempt, e)
	return err
}

func (p *handlerParser) retire() error {
	if err := p.mark("retire"); err != nil {
		return err
	}
	if p.NextArg() {
		return p.ArgErr()
	}
	p.h.Retire = new(RetireConfig)
	r := p.h.Retire
	return p.block(optionsOf{
		"deprecated": func() error { return p.word("retire.deprecated", &r.Deprecated) },
		"rollout":    p.rollout,
		"brownout":   p.brownout,
		"sunset":     func() error { return p.word("retire.sunset", &r.Sunset) },
		"docs":       func() error { return p.word("retire.docs", &r.Docs) },
		"policy":     func() error { return p.word("retire.policy", &r.Policy) },
		"hold":       func() error { return p.flag("retire.hold", &r.Hold) },
		"links":      func() error { return p.word("retire.links", &r.Links) },
	})
}

func (p *handlerParser) rollout() error {
	r := p.h.Retire
	var step RolloutStep
	percent, err := p.pair(indexed("retire.rollout", len(r.Rollout)), &step.From)
	if err != nil {
		return err
	}
	if step.Percent, err = strconv.Atoi(strings.TrimSuffix(percent, "%")); err != nil {
		return p.Errf("%q is no whole number of percent", percent)
	}
	r.Rollout = append(r.Rollout, step)
	return nil
}

func (p *handlerParser) brownout() error {
	r := p.h.Retire
	var window BrownoutWindow
	length, err := p.pair(indexed("retire.brownout", len(r.Brownout)), &window.At)
	if err != nil {
		return err
	}
	if window.For, err = p.period(length); err != nil {
		return err
	}
	r.Brownout = append(r.Brownout, window)
	return nil
}

// pair reads the two arguments of an option.
func (p *handlerParser) pair(option string, first *string) (second string, err error) {
	if err := p.mark(option); err != nil {
		return "", err
	}
	if !p.AllArgs(first, &second) {
		return "", p.ArgErr()
	}
	return second, nil
}
