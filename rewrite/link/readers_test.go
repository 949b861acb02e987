package link_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A reader finds the links of a response the way one real client does. It gets
// the Link field lines, and returns the URL of each relation type.
type reader struct {
	name string
	read func(lines []string) (map[string]string, error)
}

// readers are the measured clients. Fetch, got, requests and the Ruby clients
// join the lines before they read; go-github and gh look at the first.
var readers = []reader{
	{"octokit", joined(readOctokit)},
	{"got", joined(readGot)},
	{"parse-link-header", joined(readParseLinkHeader)},
	{"http-link-header", joined(readStrict)},
	{"go-github", first(readGoGithub)},
	{"gh", first(readPattern(`<([^>]+)>;\s*rel="([^"]+)"`))},
	{"PyGithub", joined(readPyGithub)},
	{"ruby-octokit", joined(readSawyer)},
	{"gitbeaker", joined(readPattern(`<([^>]+)>; rel="([^"]+)"`))},
	{"requests", joined(readRequests)},
}

func joined(read func(string) (map[string]string, error)) func([]string) (map[string]string, error) {
	return func(lines []string) (map[string]string, error) { return read(strings.Join(lines, ", ")) }
}

func first(read func(string) (map[string]string, error)) func([]string) (map[string]string, error) {
	return func(lines []string) (map[string]string, error) { return read(lines[0]) }
}

func readPattern(pattern string) func(string) (map[string]string, error) {
	re := regexp.MustCompile(pattern)
	return func(value string) (map[string]string, error) {
		links := make(map[string]string)
		for _, m := range re.FindAllStringSubmatch(value, -1) {
			links[m[2]] = m[1]
		}
		return links, nil
	}
}

// octokitLinks knows only "next" in the original; the tests ask for the others
// in the same way.
var octokitLinks = func() map[string]*regexp.Regexp {
	patterns := make(map[string]*regexp.Regexp)
	for _, rel := range []string{"next", "prev", "first", "last"} {
		patterns[rel] = regexp.MustCompile(`<([^<>]+)>;\s*rel="` + rel + `"`)
	}
	return patterns
}()

func readOctokit(value string) (map[string]string, error) {
	links := make(map[string]string)
	for rel, pattern := range octokitLinks {
		if m := pattern.FindStringSubmatch(value); m != nil {
			links[rel] = m[1]
		}
	}
	return links, nil
}

func readGot(value string) (map[string]string, error) {
	links := make(map[string]string)
	for item := range strings.SplitSeq(value, ",") {
		parts := strings.Split(item, ";")
		reference := strings.TrimSpace(parts[0])
		if len(reference) < 2 || reference[0] != '<' || reference[len(reference)-1] != '>' {
			return nil, fmt.Errorf("invalid format of the Link header reference: %s", reference)
		}
		if len(parts) == 1 {
			return nil, errors.New("unexpected end of Link header parameters")
		}
		rel := ""
		for _, parameter := range parts[1:] {
			name, value, found := strings.Cut(strings.TrimSpace(parameter), "=")
			if !found {
				return nil, errors.New("failed to parse Link header")
			}
			if name == "rel" {
				rel = value
			}
		}
		if len(rel) > 2 && rel[0] == '"' {
			rel = rel[1 : len(rel)-1]
		}
		links[rel] = reference[1 : len(reference)-1]
	}
	return links, nil
}

var (
	linkSplit     = regexp.MustCompile(`,\s*<`)
	linkParameter = regexp.MustCompile(`\s*(.+)\s*=\s*"?([^"]+)"?`)
)

func readParseLinkHeader(value string) (map[string]string, error) {
	if len(value) > 2000 {
		return nil, errors.New("over 2000 characters")
	}
	links := make(map[string]string)
	for _, text := range linkSplit.Split(value, -1) {
		parts := strings.Split(text, ";")
		url := strings.NewReplacer("<", "", ">", "").Replace(parts[0])
		for _, parameter := range parts[1:] {
			if m := linkParameter.FindStringSubmatch(parameter); m != nil && m[1] == "rel" {
				for rel := range strings.FieldsSeq(m[2]) {
					links[rel] = url
				}
			}
		}
	}
	return links, nil
}

func readGoGithub(value string) (map[string]string, error) {
	links := make(map[string]string)
	for link := range strings.SplitSeq(value, ",") {
		segments := strings.Split(strings.TrimSpace(link), ";")
		if len(segments) < 2 || !strings.HasPrefix(segments[0], "<") || !strings.HasSuffix(segments[0], ">") {
			continue
		}
		for _, segment := range segments[1:] {
			segment = strings.TrimSpace(segment)
			if rel, found := strings.CutPrefix(segment, `rel="`); found {
				links[strings.TrimSuffix(rel, `"`)] = segments[0][1 : len(segments[0])-1]
			}
		}
	}
	return links, nil
}

func readPyGithub(value string) (map[string]string, error) {
	links := make(map[string]string)
	for link := range strings.SplitSeq(value, ", ") {
		parts := strings.Split(link, "; ")
		if len(parts) != 2 || len(parts[0]) < 2 || len(parts[1]) < 6 {
			return nil, fmt.Errorf("unpacking %q", link)
		}
		links[parts[1][5:len(parts[1])-1]] = parts[0][1 : len(parts[0])-1]
	}
	return links, nil
}

var sawyerLink = regexp.MustCompile(`<(.*?)>; rel="(\w+)"`)

func readSawyer(value string) (map[string]string, error) {
	links := make(map[string]string)
	for link := range strings.SplitSeq(value, ", ") {
		m := sawyerLink.FindStringSubmatch(link)
		if m == nil {
			return nil, fmt.Errorf("no captures in %q", link)
		}
		links[m[2]] = m[1]
	}
	return links, nil
}

var requestsSplit = regexp.MustCompile(`, *<`)

func readRequests(value string) (map[string]string, error) {
	const quotes = ` '"`
	links := make(map[string]string)
	for _, link := range requestsSplit.Split(strings.Trim(value, quotes), -1) {
		url, params, _ := strings.Cut(link, ";")
		for param := range strings.SplitSeq(params, ";") {
			pair := strings.Split(param, "=")
			if len(pair) != 2 {
				break
			}
			if strings.Trim(pair[0], quotes) == "rel" {
				links[strings.Trim(pair[1], quotes)] = strings.Trim(url, `<> '"`)
			}
		}
	}
	return links, nil
}

func readStrict(value string) (map[string]string, error) {
	parsed, err := parseStrict(value)
	if err != nil {
		return nil, err
	}
	links := make(map[string]string)
	for _, l := range parsed {
		for _, rel := range l.rels {
			links[rel] = l.url
		}
	}
	return links, nil
}

// strictLink is a link as RFC 8288 reads it, with its text.
type strictLink struct {
	text, url string
	rels      []string // the types of every rel parameter
}

const tokenChars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// parseStrict reads the grammar of RFC 8288, section 3, and nothing else. It is
// written apart from the package's own scanner, to be its judge.
func parseStrict(value string) ([]strictLink, error) {
	var links []strictLink
	rest := strings.TrimLeft(value, " \t")
	for rest != "" {
		if rest[0] == ',' { // an empty element (RFC 9110, section 5.6.1)
			rest = strings.TrimLeft(rest[1:], " \t")
			continue
		}
		begin := rest
		end := strings.IndexByte(rest, '>')
		if rest[0] != '<' || end < 0 {
			return nil, fmt.Errorf("no reference at %q", rest)
		}
		l := strictLink{url: rest[1:end]}
		if strings.ContainsAny(l.url, "<\"\\^`{|} \t") {
			return nil, fmt.Errorf("no URI: %q", l.url)
		}
		rest = rest[end+1:]
		text := begin[:len(begin)-len(rest)]
		for {
			next := strings.TrimLeft(rest, " \t")
			if !strings.HasPrefix(next, ";") {
				rest = next
				break
			}
			name, argument, after, err := parseParameter(strings.TrimLeft(next[1:], " \t"))
			if err != nil {
				return nil, err
			}
			rest = after
			text = begin[:len(begin)-len(rest)]
			if strings.EqualFold(name, "rel") {
				l.rels = append(l.rels, strings.Fields(argument)...)
			}
		}
		if rest != "" && rest[0] != ',' {
			return nil, fmt.Errorf("no comma at %q", rest)
		}
		l.text = text
		links = append(links, l)
	}
	return links, nil
}

// parseParameter reads `name = value` or `name`; the name may be missing too.
func parseParameter(text string) (name, value, rest string, err error) {
	rest = strings.TrimLeft(text, tokenChars)
	name = text[:len(text)-len(rest)]
	equals := strings.TrimLeft(rest, " \t")
	if name == "" || !strings.HasPrefix(equals, "=") {
		return name, "", rest, nil
	}
	rest = strings.TrimLeft(equals[1:], " \t")
	if !strings.HasPrefix(rest, `"`) {
		after := strings.TrimLeft(rest, tokenChars)
		if after == rest {
			return "", "", "", fmt.Errorf("no value at %q", rest)
		}
		return name, rest[:len(rest)-len(after)], after, nil
	}
	var unquoted strings.Builder
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			return name, unquoted.String(), rest[i+1:], nil
		case '\\':
			if i++; i == len(rest) {
				return "", "", "", errors.New("escape at the end")
			}
			fallthrough
		default:
			unquoted.WriteByte(rest[i])
		}
	}
	return "", "", "", errors.New("quote not closed")
}
