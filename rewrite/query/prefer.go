package query

import (
	"iter"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// Prefer reads a page size out of the lines of the Prefer header field:
// maxpagesize, or odata.maxpagesize as OData spells it (RFC 7240; OData 4.01
// Protocol, 8.2.8.6). The first one counts (RFC 7240, section 2). Its limit is
// Given, or Absent where it is no positive number: a preference that cannot be
// understood is ignored.
//
// Token is the name as the client wrote it, for Preference-Applied; "" when the
// limit is Absent. Rest are the lines to forward, without any page size: a line
// that holds none is kept byte for byte, one that holds nothing else is gone.
func Prefer(values []string) (limit limits.Number, token string, rest []string) {
	found := false
	for _, line := range values {
		var others []string
		changed := false
		for item := range splitQuoted(line, ',') {
			name, value := preference(item)
			switch {
			case !strings.EqualFold(name, "maxpagesize") && !strings.EqualFold(name, "odata.maxpagesize"):
				others = append(others, item)
				continue
			case !found:
				if n := limits.ParseLimit(value); n.Kind == limits.Given {
					limit, token = n, name
				}
			}
			found, changed = true, true
		}
		if !changed {
			rest = append(rest, line)
		} else if len(others) > 0 {
			rest = append(rest, strings.Join(others, ", "))
		}
	}
	return limit, token, rest
}

// preference returns the name and the value of one preference, without quotes
// and without the parameters behind ';'.
func preference(item string) (name, value string) {
	for head := range splitQuoted(item, ';') {
		name, value, _ = strings.Cut(head, "=")
		break
	}
	name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	return name, value
}

// splitQuoted yields what stands between separators outside quoted strings,
// without blanks around it; empty elements are left out (RFC 9110, 5.6.1).
func splitQuoted(s string, separator byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		element := func(end int) bool {
			part := strings.Trim(s[start:end], " \t")
			start = end + 1
			return part == "" || yield(part)
		}
		for i := 0; i < len(s); i++ {
			switch {
			case s[i] == separator && !quoted:
				if !element(i) {
					return
				}
			case s[i] == '"':
				quoted = !quoted
			case s[i] == '\\' && quoted:
				i++
			}
		}
		element(len(s))
	}
}
