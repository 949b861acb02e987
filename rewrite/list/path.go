package list

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Path says where in a body the list is. The zero Path is automatic: the root
// array, else the first top-level array of objects. A root array is the list
// whatever the path says, so that an upstream that changes its shape does not
// get an unbounded list past us.
type Path struct {
	names []string
}

// ParsePath reads a path: "auto" (or nothing) for the zero Path, names separated
// by dots ("data.orders", where a backslash takes the next character as it is), or
// a JSON Pointer (RFC 6901) if it begins with a slash ("/data/orders"). What looks
// like another syntax is an error: it would name a member that no body has.
func ParsePath(text string) (Path, error) {
	switch {
	case text == "" || text == "auto":
		return Path{}, nil
	case text[0] == '/':
		return parsePointer(text[1:])
	default:
		return parseDotted(text)
	}
}

// Names are the names of members on the way, none for the zero Path.
func (p Path) Names() []string { return slices.Clone(p.names) }

// Auto tells whether the list is looked for.
func (p Path) Auto() bool { return len(p.names) == 0 }

// String is the path as a JSON Pointer, or "auto".
func (p Path) String() string {
	if p.Auto() {
		return "auto"
	}
	var b strings.Builder
	for _, name := range p.names {
		b.WriteByte('/')
		b.WriteString(pointerEscaper.Replace(name))
	}
	return b.String()
}

var (
	pointerEscaper   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

func parsePointer(text string) (Path, error) {
	names := strings.Split(text, "/")
	for i, name := range names {
		if strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(name), "~") {
			return Path{}, fmt.Errorf("list path %q: ~ must be followed by 0 or 1 (RFC 6901)", "/"+text)
		}
		names[i] = pointerUnescaper.Replace(name)
	}
	return Path{names: names}, nil
}

func parseDotted(text string) (Path, error) {
	var names []string
	var name []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			i++
			if i == len(text) {
				return Path{}, fmt.Errorf("list path %q: a backslash at the end escapes nothing", text)
			}
			name = append(name, text[i])
		case '.':
			if len(name) == 0 {
				return Path{}, errEmptyName(text)
			}
			names, name = append(names, string(name)), name[:0]
		case '/', '*', '[', ']':
			return Path{}, fmt.Errorf("list path %q: %q stands in no plain name; write data.orders, /data/orders (JSON Pointer), or escape it with a backslash", text, text[i])
		default:
			name = append(name, c)
		}
	}
	if len(name) == 0 {
		return Path{}, errEmptyName(text)
	}
	return Path{names: append(names, string(name))}, nil
}

func errEmptyName(text string) error {
	return fmt.Errorf("list path %q: %w", text, errors.New("a name is empty"))
}
