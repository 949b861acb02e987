// Package style is the table of the ways to speak pagination. A style is data:
// the names of its parameters, the kind of position they carry, and the links
// that its answers have. The table has no code of its own per style.
package style

import "cmp"

// Params are the names of a style's query parameters, or where they stand in JSON
// bodies; an empty one is not spoken.
type Params struct {
	Limit  string // how many items
	Offset string // how many items to skip
	Page   string // which page, counted in pages of Limit items
	Cursor string // an opaque token that says where to go on
	After  string // ByKey: the key of the item that the page stands behind
	Before string // ByKey: that of the item that it ends before; else another name for Cursor, where tokens lead back

	// ByOffset, in place of Limit: End is the position behind the last item, beside
	// Offset; Range are the positions of the first item and the last, as a JSON array.
	End, Range string

	// Whole is how many items the client wants in all, over as many pages as that
	// takes. The size of the pages is then a preference (RFC 7240) of its own.
	Whole string

	// Count asks, by "true", for the number of items in all, see $count.
	Count string
}

// Size is the parameter by which clients say how much they want.
func (p *Params) Size() string { return cmp.Or(p.Range, p.End, p.Limit, p.Whole) }

// Take is the parameter by which an upstream is asked for so many items and no more.
func (p *Params) Take() string { return cmp.Or(p.Limit, p.Whole) }

// A Position is how a style's links say where to go on.
type Position uint8

const (
	// ByCursor: by an opaque token, in Params.Cursor.
	ByCursor Position = iota

	// ByPage: by the page's number, in Params.Page. Pages are then all of one
	// size but the last: a page cannot be cut short.
	ByPage

	// ByOffset: by how many items to skip, in Params.Offset.
	ByOffset

	// ByKey: by the key of an item itself, in Params.After or Params.Before.
	ByKey

	// ByToken: of an upstream: by a token of its own, in Params.Cursor, that leads to
	// what follows an answer, and is told there. Nothing else leads on.
	ByToken
)

// A Style is one entry of the table.
type Style struct {
	// Name is what the configuration calls it.
	Name string

	// Params are the parameters by which clients ask, or, of an upstream's
	// style, by which it is asked.
	Params Params

	// Post: they ask by POST as well, in a form or a JSON body. A page then has no
	// links, as those lead nowhere without a body.
	Post bool

	// At is where in a JSON body the parameters are: names with dots between them.
	// Default: at the top, by their names.
	At Params

	// Position is how links say where to go on.
	Position Position

	// Fields is the parameter that holds a mask of fields; with empty brackets behind
	// it, one for each type of items. Default: fields.
	Fields string

	// FieldsIn are the members of an item in which a mask selects as well, and FieldsStay
	// is a mask of what stays besides, which an empty mask leaves alone.
	FieldsIn   []string
	FieldsStay string

	// Key is what identifies an item, for ByKey, unless the configuration says.
	Key string

	// TextKey: the clients take a key that is a string and nothing else. In the body
	// of a page a number is written as one.
	TextKey bool

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

	// Cap is how many items the vendor's API gives at most, 0 if that is not said.
	Cap int64

	// Total is the header field that tells how many items there are in all,
	// where that is known.
	Total string

	// Headers are more header fields of a page.
	Headers []Header

	// Body is the template of the body around a page, see [Shape]. What else the
	// upstream's envelope had is left out. Default: the body keeps its shape.
	Body string

	// Keeps: where the upstream's envelope has the list where Body has it, it stays,
	// only the members for which Body has slots are set in it, and those added that Body
	// has and it lacks. Default: the whole body is that of the template.
	Keeps bool

	// List is what the list is called in the body, where the template leaves that
	// open. Default: the template does not.
	List string

	// ContentType is that of the body. Default: the upstream's; application/json
	// if there is a Body.
	ContentType string

	// Errors is how the style tells what is wrong.
	Errors Errors

	// Loose are parameters that clients leave out behind the first page: cursors are
	// not bound to them.
	Loose []string

	// Computes: the clients compute positions by themselves, from the size that
	// they ask for. One over the maximum is refused unless the configuration says
	// otherwise, as a page that is smaller loses them items.
	Computes bool

	// Counts: the clients cannot do without the number of items in all. It is
	// counted unless the configuration says otherwise.
	Counts bool

	// ZeroIsMax: a limit of 0 asks for as many items as are allowed.
	ZeroIsMax bool
}

// A Header is a header field whose value is a slot of a page.
type Header struct {
	Name  string
	Slot  slot
	Empty bool // it is sent, and empty, where there is nothing to say
}

// Wraps tells whether the style has a body of its own around a list, and not the list
// alone.
func (s *Style) Wraps() bool { return s.Body != "" && s.Body != onlyList }

// Shape is the style's body around a page, nil if the body keeps its own.
func (s *Style) Shape() (*Shape, error) {
	if s.Body == "" {
		return nil, nil
	}
	return ParseShape(s.Body, s.List)
}

// Lookup returns the style of that name.
func Lookup(name string) (*Style, bool) {
	for _, s := range table {
		if s.Name == name {
			return s, true
		}
	}
	return nil, false
}

// Names are those of all styles, the plain ones first.
func Names() []string {
	names := make([]string, len(table))
	for i, s := range table {
		names[i] = s.Name
	}
	return names
}

// A Page is what is known of a page when its links are written.
type Page struct {
	Offset int64 // items before it
	Limit  int64 // the most items that it may have
	Items  int64 // items that it has
	More   bool  // whether an item follows it
	Total  int64 // items in all, -1 if not known

	Forward     bool   // nothing leads back to what stands before it
	Back        bool   // it was asked for by the item that it ends before
	First, Last string // for ByKey: the keys of the items at its ends, empty if there are none
}

// goesOn tells whether the list goes on where the client does.
func (p *Page) goesOn() bool {
	if p.Back {
		return p.Offset > 0
	}
	return p.More
}

// left is how many items follow the page, -1 if none do or that is not known.
func (p *Page) left() int64 {
	if !p.More || p.Total < 0 {
		return -1
	}
	return max(p.Total-p.Offset-p.Items, 1)
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
		if t, ok := s.target(rel, p); ok {
			targets = append(targets, t)
		}
	}
	return targets
}

func (s *Style) target(rel string, p Page) (Target, bool) {
	t := Target{Rel: rel, Limit: p.Limit}
	byKey := s.Position == ByKey
	switch rel {
	case "next":
		t.Offset = p.Offset + p.Items
		return t, p.More && (!byKey || p.Last != "")
	case "prev":
		switch {
		case p.Forward:
			return t, false
		case byKey:
			return t, p.Offset > 0 && p.First != ""
		}
		// A page that begins within the first one has fewer items before it
		// than a page holds: the link asks for just those, so that a walk
		// back meets no item twice.
		t.Limit = min(p.Limit, p.Offset)
		t.Offset = p.Offset - t.Limit
		return t, p.Offset > 0
	case "first":
		return t, p.Offset > 0
	case "self":
		t.Offset = p.Offset
		return t, true
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
