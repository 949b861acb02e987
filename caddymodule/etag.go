package caddymodule

import (
	"hash/fnv"
	"iter"
	"strconv"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
)

// tag names the representation that this request asks for: the page, the item
// before it, the mask and the configuration. A cursor for the page stands for all
// that the links on it depend on, the secret among them: a 304 must not bring
// back links that lead nowhere.
func (x *exchange) tag() string {
	p, t := &x.plan, x.keyed[:0]
	t = append(append(t, x.rt.tag...), ' ')
	for _, n := range [...]int64{p.limit, p.offset, p.rest} {
		t = append(strconv.AppendInt(t, n, 10), ' ')
	}
	t = append(strconv.AppendBool(t, p.whole), ' ')
	t = append(append(t, p.mask.String()...), ' ')
	t = append(strconv.AppendBool(t, p.back), ' ')
	t = append(t, p.mark.Bytes()...)
	if sealer, err := x.rt.sealer(x.r.Context()); err == nil {
		t, _ = sealer.AppendSeal(t, cursor.Position{Offset: p.offset}, x.bindings()...)
	}
	x.keyed = t
	sum := fnv.New64a()
	_, _ = sum.Write(t)
	return "-pg" + strconv.FormatUint(sum.Sum64(), 36)
}

// withTag puts a tag at the end of an entity tag, inside its quotes.
func withTag(etag, tag string) string {
	if inner, ok := strings.CutSuffix(etag, `"`); ok {
		return inner + tag + `"`
	}
	return etag + tag // not well-formed (RFC 9110, section 8.8.3), but someone's
}

// ownTags maps If-None-Match back to the upstream's entity tags. Tags of other
// representations, the whole list's among them, match nothing here: a 304 to one
// would let the client take that one for the page.
func ownTags(lines []string, tag string) []string {
	var own []string
	for _, line := range lines {
		for etag := range entityTags(line) {
			inner, quoted := strings.CutSuffix(etag, `"`)
			inner, ours := strings.CutSuffix(inner, tag)
			switch {
			case etag == "*":
				own = append(own, etag)
			case ours && quoted:
				own = append(own, inner+`"`)
			case ours:
				own = append(own, inner)
			}
		}
	}
	if len(own) == 0 {
		return nil
	}
	return []string{strings.Join(own, ", ")}
}

// entityTags are the members of a list of entity tags. A comma inside quotes
// belongs to the tag, and so does a backslash: nothing is escaped (RFC 9110,
// section 8.8.3).
func entityTags(line string) iter.Seq[string] {
	return func(yield func(string) bool) {
		quoted, start := false, 0
		for i := 0; i <= len(line); i++ {
			switch {
			case i < len(line) && line[i] == '"':
				quoted = !quoted
			case i == len(line) || line[i] == ',' && !quoted:
				if !yield(strings.TrimSpace(line[start:i])) {
					return
				}
				start = i + 1
			}
		}
	}
}
