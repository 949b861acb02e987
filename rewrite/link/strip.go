package link

import (
	"slices"
	"strings"
)

// blank is what may stand around the parts of a field value (RFC 9110, section
// 5.6.3).
const blank = " \t"

// Strip returns the Link field values of an upstream without its links of the
// given relation types, because ours take their place and clients follow the
// first that they find. Everything else stays byte for byte and in its order; a
// line that becomes empty goes. The values themselves are not changed.
//
// A link goes as a whole if any of its types, in any letter case, is one of
// rels, whatever else it is: with rel="next last", and with a second rel, which
// RFC 8288 says to ignore and clients do not. Quotes need not be there, nor need
// they be closed. What has no "<...>" is no link, and stays.
func Strip(values []string, rels ...string) []string {
	if !Has(values, rels...) {
		return values
	}
	var kept []string
	for _, value := range values {
		if rest, ok := stripLine(value, rels); ok {
			kept = append(kept, rest)
		}
	}
	return kept
}

// Has reports whether there is a link of one of the types: whether [Strip] would
// take one out. It allocates nothing but for odd quotes.
func Has(values []string, rels ...string) bool {
	for _, value := range values {
		s := scanner{rest: value}
		for !s.done {
			if hasRel(s.link(), rels) {
				return true
			}
		}
	}
	return false
}

// Find returns the URL of the first link of a type, "" if there is none.
func Find(values []string, rel string) string {
	for _, value := range values {
		s := scanner{rest: value}
		for !s.done {
			if link := s.link(); hasRel(link, []string{rel}) {
				_, url, _ := strings.Cut(link, "<")
				url, _, _ = strings.Cut(url, ">")
				return strings.Trim(url, blank)
			}
		}
	}
	return ""
}

// stripLine returns what stays of one line, and whether anything does.
func stripLine(value string, rels []string) (string, bool) {
	links := split(value)
	all := len(links)
	links = slices.DeleteFunc(links, func(link string) bool { return hasRel(link, rels) })
	if len(links) == all {
		return value, true
	}
	// The blanks and empty elements that stood beside what is gone.
	value = strings.Trim(strings.Join(links, ","), blank+",")
	return value, value != ""
}

// split cuts a field value into its links. Joined by "," they are the value
// again.
func split(value string) []string {
	var links []string
	s := scanner{rest: value}
	for !s.done {
		links = append(links, s.link())
	}
	return links
}

// link returns the next link, and steps over the comma behind it.
func (s *scanner) link() string {
	// A comma between "<" and ">" belongs to the URL; a "<" that is never
	// closed takes the rest of the line with it.
	from := 0
	if opensURL(s.rest) {
		if from = strings.IndexByte(s.rest, '>'); from < 0 {
			from = len(s.rest)
		}
	}
	return s.piece(',', from)
}

// hasRel reports whether a link has one of the relation types.
func hasRel(link string, rels []string) bool {
	url, params, closed := strings.Cut(link, ">")
	if !closed || !opensURL(url) {
		return false
	}
	s := scanner{rest: params}
	for !s.done {
		name, value, _ := strings.Cut(s.piece(';', 0), "=")
		if !strings.EqualFold(strings.Trim(name, blank), "rel") {
			continue
		}
		// Broader than the grammar: some clients take single quotes for
		// quotes, and quotes that are not closed.
		for name := range strings.FieldsFuncSeq(strings.ReplaceAll(value, `\`, ""), aroundTypes) {
			if slices.ContainsFunc(rels, func(rel string) bool { return strings.EqualFold(name, rel) }) {
				return true
			}
		}
	}
	return false
}

// aroundTypes tells what stands around relation types.
func aroundTypes(r rune) bool { return strings.ContainsRune(blank+`"'`, r) }

// opensURL reports whether a URL begins before the first comma. There may be
// something in front of it: clients that match patterns do not mind.
func opensURL(text string) bool {
	i := strings.IndexAny(text, "<,")
	return i >= 0 && text[i] == '<'
}

// scanner cuts a text at the separators outside its quoted strings.
type scanner struct {
	rest string
	done bool

	// lax is set at the first quote that is never closed. From there on
	// quotes mean nothing, as they do to the readers that know none; otherwise
	// a stray one would hide all links behind it from us, and not from them.
	lax bool
}

// piece returns the text before the next separator at or behind from, and steps
// over that separator.
func (s *scanner) piece(separator byte, from int) string {
	end := -1
	if !s.lax {
		var closed bool
		end, closed = indexUnquoted(s.rest[from:], separator)
		s.lax = !closed
	}
	if s.lax {
		end = strings.IndexByte(s.rest[from:], separator)
	}
	if end < 0 {
		s.done = true
		return s.rest
	}
	piece := s.rest[:from+end]
	s.rest = s.rest[from+end+1:]
	return piece
}

// indexUnquoted returns the place of the first separator outside quoted
// strings, -1 if there is none, and whether every quote before it is closed.
func indexUnquoted(text string, separator byte) (int, bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++ // whatever is escaped does not close the quote
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			return i, true
		}
	}
	return -1, !quoted
}
