package query

import (
	"math"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// A span is a page of which it is said where it ends, and maybe where it begins,
// instead of how many items it has.
type span struct {
	kind kind          // endKind or rangeKind
	from limits.Number // where it begins, for rangeKind
	to   limits.Number // where it ends: the position of the item behind it
	name string        // of the parameter, as the configuration spells it
	text string        // its value
}

// extent reads where a page ends, and for rangeKind where it begins. An empty value says
// nothing: forms send every field that they have.
func (p *pass) extent(by parameter, text string) {
	s, was, detail := &p.slots[by.kind], &p.q.span, notDigits
	read := span{kind: by.kind, to: limits.ParseOffset(text), name: by.spelling, text: text}
	if by.kind == rangeKind {
		read.from, read.to = parsePositions(text)
		detail = "not the positions of the first item and the last in plain digits, such as [0,49]"
	}
	switch {
	case s.void:
	case read.to.Kind == limits.Invalid:
		p.void(by.kind, limits.NewProblem(limits.CodeLimitInvalid, by.spelling, text, detail))
	case !s.seen && was.to.Kind == limits.Given && text != "":
		p.void(by.kind, limits.NewProblem(limits.CodeLimitInvalid, by.spelling, text,
			was.name+" and "+by.spelling+" both say where the page ends; use one"))
	case !s.seen:
		s.seen, s.text = true, text
		if was.to.Kind == limits.Absent {
			*was = read
		}
	case text != s.text && (read.kind != was.kind || read.from != was.from || read.to != was.to || read.to.N == math.MaxInt64):
		p.void(by.kind, limits.NewProblem(limits.CodeLimitInvalid, by.spelling, both(s.text, text), notOnce))
	}
}

// parsePositions reads a JSON array of two positions, of which the second is that of the
// last item: to is the one behind it.
func parsePositions(text string) (from, to limits.Number) {
	inner, opened := strings.CutPrefix(trimJSON(text), "[")
	inner, closed := strings.CutSuffix(inner, "]")
	a, b, two := strings.Cut(inner, ",")
	from, to = limits.ParseOffset(trimJSON(a)), limits.ParseOffset(trimJSON(b))
	switch {
	case text == "": // forms send every field that they have
		return limits.Number{}, limits.Number{}
	case !opened || !closed || !two || from.Kind != limits.Given || to.Kind != limits.Given:
		return limits.Number{}, limits.Number{Kind: limits.Invalid}
	case to.N < math.MaxInt64:
		to.N++
	}
	return from, to
}

// trimJSON cuts off what JSON takes for white space.
func trimJSON(text string) string { return strings.Trim(text, " \t\r\n") }

// settleSpan makes a limit and an offset of a span, once all of the query is read: where
// it begins may be said behind where it ends. A sentinel for the limit says nothing beside it.
func (p *pass) settleSpan() {
	ask, s := &p.q.Ask, &p.q.span
	whole, from, problem := s.kind == rangeKind, ask.Offset, ""
	if whole {
		from = s.from
	}
	switch {
	case s.to.Kind == limits.Absent:
		return
	case s.to.Kind == limits.Invalid || from.Kind == limits.Invalid || ask.Limit.Kind == limits.Invalid:
		// Bad says so already.
	case whole && ask.Offset.Kind != limits.Absent:
		problem = s.name + " and " + ask.OffsetName + " are two positions; use one"
	case ask.Limit.Kind == limits.Given:
		problem = s.name + " and " + ask.LimitName + " both say how many items; use one"
	case s.to.N <= from.N:
		problem = "the page ends before it begins"
	default:
		ask.Limit = limits.Number{Kind: limits.Given, N: s.to.N - from.N}
		ask.LimitName, ask.LimitText, ask.Spans = s.name, s.text, true
		ask.Offset = limits.Number{Kind: limits.Given, N: from.N}
		if whole {
			ask.OffsetName, ask.OffsetText = s.name, s.text
		}
		return
	}
	if problem != "" {
		p.void(s.kind, limits.NewProblem(limits.CodeLimitInvalid, s.name, s.text, problem))
	}
	ask.Limit = limits.Number{Kind: limits.Invalid}
	if whole {
		ask.Offset = ask.Limit
	}
}
