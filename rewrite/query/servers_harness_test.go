package query_test

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
)

// server is a model of how one family of servers reads a query: small, written
// apart from the reader, and wrong only where it is broader than the original.
type server struct {
	name string
	// read returns every value that the server sees for a parameter.
	read func(raw, name string) []string
}

// servers are the models. Which one of several values a server takes (Go the
// first, PHP the last, Express an array) does not matter to them: nobody may
// see more than one.
var servers = []server{
	{"Go net/url", readGo},
	{"Go 1.16, Perl CGI", func(raw, name string) []string { return readGo(strings.ReplaceAll(raw, ";", "&"), name) }},
	{"first or last wins, lenient", readPlain},
	{"PHP", readPHP},
	{"qs (Express, hapi)", readQS},
	{"ASP.NET", readASPNET},
	{"Rack (Rails)", readRack},
	{"HTML entities", readAmp},
	{"behind the last ?", func(raw, name string) []string { return readPlain(strings.ReplaceAll(raw, "?", "&"), name) }},
	{"trims blanks and BOM", readTrimmed},
	{"compares by Unicode", readUnicode},
}

// readGo drops what url.ParseQuery drops and compares exactly.
func readGo(raw, name string) []string {
	values, _ := url.ParseQuery(raw) // a bad pair is left out, as servers do
	return values[name]
}

// unescape undoes percent escapes where they are good.
func unescape(s string) string {
	s = strings.ReplaceAll(s, "+", " ")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// pairs calls f with every pair, decoded leniently.
func pairs(raw string, f func(name, value string)) {
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		f(unescape(name), unescape(value))
	}
}

func readPlain(raw, name string) (values []string) {
	pairs(raw, func(n, v string) {
		if n == name {
			values = append(values, v)
		}
	})
	return values
}

// readPHP follows php_register_variable_ex: leading blanks go, the name ends at
// NUL, the base is what stands before a closed bracket, and '.', ' ' and an
// unclosed '[' become '_'. It stops at max_input_vars.
func readPHP(raw, name string) (values []string) {
	count := 0
	pairs(raw, func(n, v string) {
		if count++; count > 1000 {
			return
		}
		n, _, _ = strings.Cut(strings.TrimLeft(n, " "), "\x00")
		if i := strings.IndexByte(n, '['); i > 0 && strings.IndexByte(n[i:], ']') >= 0 {
			n = n[:i]
		} else if i > 0 {
			n = n[:i] + "_" + n[i+1:]
		}
		if strings.NewReplacer(".", "_", " ", "_").Replace(n) == name {
			values = append(values, v)
		}
	})
	return values
}

// readQS follows qs: a[b]=1 is an object, [a]=1 is a, and parameterLimit is
// 1000.
func readQS(raw, name string) (values []string) {
	count := 0
	pairs(strings.TrimPrefix(raw, "?"), func(n, v string) {
		if count++; count > 1000 {
			return
		}
		if i := strings.IndexByte(n, '['); i > 0 {
			n = n[:i]
		} else if end := strings.IndexByte(n, ']'); i == 0 && end > 0 {
			n = n[1:end]
		}
		if n == name {
			values = append(values, v)
		}
	})
	return values
}

var wideEscape = regexp.MustCompile(`%u00[0-7][0-9A-Fa-f]`)

// readASPNET decodes %uXXXX, leaves NUL out and ignores case; several values
// would be joined by ','.
func readASPNET(raw, name string) (values []string) {
	raw = wideEscape.ReplaceAllStringFunc(raw, func(e string) string { return "%" + e[4:] })
	pairs(raw, func(n, v string) {
		if strings.EqualFold(strings.ReplaceAll(n, "\x00", ""), name) {
			values = append(values, v)
		}
	})
	return values
}

var rackName = regexp.MustCompile(`^[\[\]]*([^\[\]]+)\]*`)

// readRack splits on ';' too, as Rack did up to 2.x, and skips blanks in front.
func readRack(raw, name string) (values []string) {
	pairs(strings.ReplaceAll(raw, ";", "&"), func(n, v string) {
		if m := rackName.FindStringSubmatch(strings.TrimLeft(n, " ")); m != nil && m[1] == name {
			values = append(values, v)
		}
	})
	return values
}

// readAmp takes "&amp;" for "&".
func readAmp(raw, name string) (values []string) {
	pairs(raw, func(n, v string) {
		for strings.HasPrefix(n, "amp;") {
			n = n[4:]
		}
		if n == name {
			values = append(values, v)
		}
	})
	return values
}

func readTrimmed(raw, name string) (values []string) {
	pairs(raw, func(n, v string) {
		n = strings.TrimFunc(n, func(c rune) bool { return c == '\ufeff' || unicode.IsSpace(c) })
		if n == name {
			values = append(values, v)
		}
	})
	return values
}

// readUnicode compares by simple case folding and by upper case, which takes ı
// for i and ſ for s.
func readUnicode(raw, name string) (values []string) {
	pairs(raw, func(n, v string) {
		if strings.EqualFold(n, name) || strings.ToUpper(n) == strings.ToUpper(name) { //nolint:staticcheck // EqualFold does not know ı
			values = append(values, v)
		}
	})
	return values
}

// style is what most tests read with.
var style = query.Names{
	Limit: []string{"limit", "per_page"}, Offset: []string{"offset", "skip"}, Page: []string{"page"}, Cursor: []string{"cursor"},
	FirstPage: 1, Fields: "fields",
}
