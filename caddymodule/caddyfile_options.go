package caddymodule

// handlerParser reads the options of one directive.
type handlerParser struct {
	*parser
	h *Handler
}

// handlerOptions are the directive's options; those with a block of their own
// are in caddyfile_blocks.go.
var handlerOptions = map[string]func(*handlerParser) error{
	"name":        (*handlerParser).name,
	"limit":       (*handlerParser).limit,
	"max_offset":  (*handlerParser).maxOffset,
	"over_max":    func(p *handlerParser) error { return p.word("over_max", &p.h.OverMax) },
	"invalid":     func(p *handlerParser) error { return p.word("invalid", &p.h.Invalid) },
	"guard":       func(p *handlerParser) error { return p.more("guard", &p.h.Guard) },
	"unpaginated": (*handlerParser).unpaginated,
	"phase":       func(p *handlerParser) error { return p.word("phase", &p.h.Phase) },

	"style":         (*handlerParser).style,
	"upstream":      (*handlerParser).upstream,
	"list":          func(p *handlerParser) error { return p.word("list", &p.h.List) },
	"key":           func(p *handlerParser) error { return p.words("key", &p.h.Key) },
	"total":         func(p *handlerParser) error { return p.word("total", &p.h.Total) },
	"fields":        (*handlerParser).fields,
	"max_page_size": func(p *handlerParser) error { return p.size("max_page_size", &p.h.MaxPageSize) },
	"early_stop":    func(p *handlerParser) error { return p.word("early_stop", &p.h.EarlyStop) },
	"snapshot":      (*handlerParser).snapshot,

	"client": func(p *handlerParser) error { return p.words("client", &p.h.Client) },
	"exempt": (*handlerParser).exempt,
	"retire": (*handlerParser).retire,
}

// head reads what stands on the directive's own line behind the matcher: the
// default limit and the maximum.
func (p *handlerParser) head() error {
	if p.CountRemainingArgs() == 0 {
		return nil
	}
	return p.limits(1)
}

// limit reads the option that says the same as the directive's own line.
func (p *handlerParser) limit() error { return p.limits(2) }

// limits reads the default limit and the maximum; needed tells how many of
// the two must be there.
func (p *handlerParser) limits(needed int) error {
	if err := p.mark("default_limit", "max_limit"); err != nil {
		return err
	}
	args := p.RemainingArgs()
	if len(args) < needed || len(args) > 2 {
		return p.ArgErr()
	}
	for i, target := range []*int64{&p.h.DefaultLimit, &p.h.MaxLimit}[:len(args)] {
		n, err := p.number(args[i], 1)
		if err != nil {
			return err
		}
		*target = n
	}
	return nil
}

// name reads the route's name, in place of the matcher's text.
func (p *handlerParser) name() error { return p.word("name", &p.h.Name) }

func (p *handlerParser) maxOffset() error {
	var text string
	if err := p.word("max_offset", &text); err != nil {
		return err
	}
	if text == "off" {
		p.h.MaxOffset = new(int64(-1))
		return nil
	}
	n, err := p.number(text, 0)
	p.h.MaxOffset = &n
	return err
}

func (p *handlerParser) unpaginated() error {
	if err := p.mark("unpaginated"); err != nil {
		return err
	}
	args := p.RemainingArgs()
	if len(args) == 0 || len(args) > 2 {
		return p.ArgErr()
	}
	p.h.Unpaginated = &UnpaginatedConfig{Mode: args[0]}
	if len(args) == 1 {
		return nil
	}
	n, err := p.number(args[1], 1)
	p.h.Unpaginated.Over = n
	return err
}

// style reads the style's name and what the style calls the list.
func (p *handlerParser) style() error {
	if err := p.mark("style"); err != nil {
		return err
	}
	p.h.Style = new(StyleConfig)
	args := p.RemainingArgs()
	if len(args) == 0 || len(args) > 2 {
		return p.ArgErr()
	}
	p.h.Style.Name = args[0]
	if len(args) == 2 {
		p.h.Style.List = args[1]
	}
	s := p.h.Style
	return p.block(optionsOf{
		"limit":        func() error { return p.parameter("style.limit", &s.Limit, &s.LimitAt) },
		"offset":       func() error { return p.parameter("style.offset", &s.Offset, &s.OffsetAt) },
		"page":         func() error { return p.parameter("style.page", &s.Page, &s.PageAt) },
		"cursor":       func() error { return p.parameter("style.cursor", &s.Cursor, &s.CursorAt) },
		"after":        func() error { return p.parameter("style.after", &s.After, &s.AfterAt) },
		"before":       func() error { return p.parameter("style.before", &s.Before, &s.BeforeAt) },
		"end":          func() error { return p.word("style.end", &s.End) },
		"range":        func() error { return p.word("style.range", &s.Range) },
		"method":       func() error { return p.word("style.method", &s.Method) },
		"text_key":     func() error { return p.word("style.text_key", &s.TextKey) },
		"first_page":   func() error { return p.firstPage("style.first_page", &s.FirstPage) },
		"body":         func() error { return p.word("style.body", &s.Body) },
		"content_type": func() error { return p.word("style.content_type", &s.ContentType) },
		"total_header": func() error { return p.word("style.total_header", &s.TotalHeader) },
		"error":        func() error { return p.word("style.error", &s.Error) },
		"error_status": func() error { return p.count("style.error_status", &s.ErrorStatus) },
	})
}

// parameter reads the name of a parameter, and where in a JSON body it is.
func (p *handlerParser) parameter(option string, name, at *string) error {
	if err := p.mark(option, option+"_at"); err != nil {
		return err
	}
	args := p.RemainingArgs()
	if n := len(args); n > 3 && args[n-3] == "at" && args[n-2] == "body" {
		*at, args = args[n-1], args[:n-3]
	}
	if len(args) != 1 {
		return p.ArgErr()
	}
	if *name = args[0]; *name == "" {
		return p.Errf("%s: the value is empty", option)
	}
	return nil
}

// firstPage reads the number of the first page, which may be 0.
func (p *handlerParser) firstPage(option string, target **int64) error {
	var text string
	if err := p.word(option, &text); err != nil {
		return err
	}
	n, err := p.number(text, 0)
	*target = &n
	return err
}
