// Package link writes and reads the Link header (RFC 8288) in the one form
// that every measured client understands: one field line; each link
// `<absolute URL>; rel="next"`, one space after each ";" and ",", rel first and
// the only parameter, quoted, one relation type a link; nothing in a URL that
// could be taken for the syntax around it.
//
// Clients differ in what they forgive. Some split at every "," and ";"
// wherever it stands (got, go-github), some at ", " and "; " exactly
// (PyGithub), some match a pattern with exactly one space (sawyer, gitbeaker);
// some read the first Link line only, some follow the first link whatever its
// relation.
package link

// MaxLength is the length of the longest field value that Format writes of
// several links, in bytes. parse-link-header takes a value over 2,000
// characters for an attack, and for the end of the list.
const MaxLength = 1999

// Paging are the relation types by which clients walk a list, for [Strip].
// "previous" is the older name of "prev".
var Paging = []string{"next", "prev", "previous", "first", "last"}

// Link is one link of a header.
type Link struct {
	// URL is the target as the client sees it, absolute (see Base). Format
	// escapes it.
	URL string

	// Rel is one registered relation type such as "next". It is written as it
	// is, so it must not come from a request.
	Rel string
}

// Format returns the value of one Link field line, the most important link
// first; empty if there is none. A link with an empty URL is left out: a client
// would take it for the page that it is on. What does not fit into MaxLength is
// dropped from the end, but never the first link: most clients have no limit,
// and without "next" a page would look like the last one.
func Format(links []Link) string {
	var value []byte
	for _, l := range links {
		if l.URL == "" {
			continue
		}
		before := len(value)
		var fits bool
		if value, fits = End(appendEscaped(Begin(value), l.URL), before, l.Rel, false); !fits {
			break
		}
	}
	return string(value)
}

// Begin adds the beginning of a link to a field value. Behind it the caller appends its
// URL, escaped, and calls End.
func Begin(value []byte) []byte {
	if len(value) > 0 {
		value = append(value, between...)
	}
	return append(value, '<')
}

// between stands between two links.
const between = ", "

// End adds the end of the link for which there were before bytes in the value. It reports
// false where the value has no room for the link, nor should have for those behind it: it
// is then as it was before, unless the link is the only one that counts, and takes the
// place of all before it.
func End(value []byte, before int, rel string, alone bool) ([]byte, bool) {
	value = append(value, `>; rel="`...)
	value = append(value, rel...)
	value = append(value, '"')
	switch {
	case before == 0 || len(value) <= MaxLength:
		return value, true
	case alone:
		return append(value[:0], value[before+len(between):]...), false
	}
	return value[:before], false
}

// Escape percent-encodes the bytes of a URL that stand in the way of naive
// readers of a Link header or of a JSON body: controls, space, all that is not
// ASCII, and any of
//
//	, ; < > " # \ ^ ` { | }
//
// The "#" is among them because no link of ours has a fragment: one that a
// lenient server let in is data. All other bytes stay, "%" too, so what is
// escaped already is not escaped again, and escaping twice is escaping once.
//
// The link that a client comes back with is thus not always spelled as the
// request that it came from. Whoever compares the two (to bind a cursor to a
// query, say) has to compare them escaped.
func Escape(url string) string {
	i := 0
	for i < len(url) && plain[url[i]] {
		i++
	}
	if i == len(url) {
		return url
	}
	return string(appendEscaped(make([]byte, 0, len(url)+len(url)/4+2), url))
}

func appendEscaped[T string | []byte](dst []byte, url T) []byte {
	const hex = "0123456789ABCDEF"
	from := 0
	for i := range len(url) {
		if c := url[i]; !plain[c] {
			dst = append(append(dst, url[from:i]...), '%', hex[c>>4], hex[c&15])
			from = i + 1
		}
	}
	return append(dst, url[from:]...)
}

// plain marks the bytes that stand in a link as they are: those of a URI (RFC
// 3986, appendix A) without "," ";" and "#".
var plain = func() (table [256]bool) {
	for c := byte('0'); c <= '9'; c++ {
		table[c] = true
	}
	for c := byte('A'); c <= 'Z'; c++ {
		table[c], table[c|0x20] = true, true
	}
	for _, c := range []byte("-._~:/?[]@!$&'()*+=%") {
		table[c] = true
	}
	return table
}()
