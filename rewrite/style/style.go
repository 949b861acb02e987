// Package style is the table of the ways to speak pagination. A style is data:
// the names of its parameters, the kind of position they carry, and the links
// that its answers have. The table has no code of its own per style.
package style

// Params are the names of a style's query parameters; an empty one is not
// spoken.
type Params struct {
	Limit  string // how many items
	Offset string // how many items to skip
	Page   string // which page, counted in pages of Limit items
	Cursor string // an opaque token that says where to go on
}

// A Position is how a style's links say where to go on.
type Position uint8

const (
	// ByCursor: by an opaque token, in Params.Cursor.
	ByCursor Position = iota

	// ByPage: by the page's number, in Params.Page. Pages are then all of one
	// size but the last: a page cannot be cut short.
	ByPage
)

// A Style is one entry of the table.
type Style struct {
	// Name is what the configuration calls it.
	Name string

	// Params are the parameters by which clients ask, or, of an upstream's
	// style, by which it is asked.
	Params Params

	// Position is how links say where to go on.
	Position Position

	// FirstPage is the number of the first page, for ByPage.
	FirstPage int64

	// Rels are the relation types of the links, in their order. A page has those
	// that exist: next where there is more, prev and first behind the first
	// page, last where the total is known.
	Rels []string

	// NextOnly leaves the links out of a page that has no next. There are
	// clients (skopeo, oras) that follow the first link whatever its relation
	// type, and would walk back and forth forever.
	NextOnly bool

	// Total is the header field that tells how many items there are in all,
	// where that is known.
	Total string
}

// table holds every style by name.
var table = map[string]*Style{
	"link": {
		Name:     "link",
		Params:   Params{Limit: "limit", Offset: "offset", Cursor: "cursor"},
		Position: ByCursor,
		Rels:     []string{"next", "prev", "first"},
		NextOnly: true,
		Total:    "X-Total-Count",
	},
	"page": {
		Name:      "page",
		Params:    Params{Limit: "per_page", Page: "page"},
		Position:  ByPage,
		FirstPage: 1,
		Rels:      []string{"next", "prev", "first", "last"},
		Total:     "X-Total-Count",
	},
}

// Lookup returns the style of that name.
func Lookup(name string) (*Style, bool) {
	s, ok := table[name]
	return s, ok
}

// A Page is what is known of a page when its links are written.
type Page struct {
	Offset int64 // items before it
	Limit  int64 // the most items that it may have
	Items  int64 // items that it has
	More   bool  // whether an item follows it
	Total  int64 // items in all, -1 if not known
}

// A Target is a page that a link leads to.
type Target struct {
	Rel    string
	Offset int64
	Limit  int64
}

// Links says which links a page has, in the style's order.
func (s *Style) Links(p Page) []Target {
	return s.AppendLinks(nil, p)
}

// AppendLinks appends to targets what Links returns.
func (s *Style) AppendLinks(targets []Target, p Page) []Target {
	if s.NextOnly && !p.More {
		return targets
	}
	for _, rel := range s.Rels {
		if t, ok := target(rel, p); ok {
			targets = append(targets, t)
		}
	}
	return targets
}

func target(rel string, p Page) (Target, bool) {
	t := Target{Rel: rel, Limit: p.Limit}
	switch rel {
	case "next":
		t.Offset = p.Offset + p.Items
		return t, p.More
	case "prev":
		// A page that begins within the first one has fewer items before it
		// than a page holds: the link asks for just those, so that a walk
		// back meets no item twice.
		t.Limit = min(p.Limit, p.Offset)
		t.Offset = p.Offset - t.Limit
		return t, p.Offset > 0
	case "first":
		return t, p.Offset > 0
	case "last":
		if p.Total > 0 {
			t.Offset = (p.Total - 1) / p.Limit * p.Limit
		}
		return t, p.Total >= 0 && (p.More || p.Offset > 0)
	}
	return t, false
}

// Number is the page that begins at t, for styles that count pages.
func (s *Style) Number(t Target) int64 {
	return s.FirstPage + t.Offset/t.Limit
}
