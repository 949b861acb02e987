package adoption

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Directory knows who stands behind clients. It does not change, and is safe
// for concurrent use; a nil one knows nobody.
type Directory struct {
	exact    map[string]*Contact
	patterns []pattern
}

// A Contact is whom to talk to about a client.
type Contact struct {
	Name    string // what the client is called
	Owner   string // the team or company that runs it
	Contact string // an address, a channel: how to reach them
}

type pattern struct {
	parts   []string // between the asterisks
	contact *Contact
}

// ReadDirectory reads a clients file: CSV with a header, or a JSON array of
// objects, of the columns or members id, name, owner and contact. id is the client
// as the adoption log names it; where that is a keyed hash of a credential, the
// credential itself may stand there. An id with asterisks is a pattern (the column
// may be called so, too), in which each stands for any text; ids that are exact go
// before patterns, and patterns in the file's order.
//
// keyed hashes a credential as the log does; nil if that cannot be done. name is
// the file's, for errors: these tell the line.
func ReadDirectory(name string, data []byte, keyed func(credential string) string) (*Directory, error) {
	d := &Directory{exact: map[string]*Contact{}}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	read := readCSV
	if rest := bytes.TrimLeft(data, " \t\r\n"); len(rest) > 0 && rest[0] == '[' {
		read = readJSON
	}
	seen := map[string]bool{}
	line, err := read(data, func(id string, c Contact) error {
		switch {
		case id == "":
			return errors.New("a client without an id")
		case seen[id]:
			return errors.New("a client that is listed before") // its id may be a credential
		}
		seen[id] = true
		d.add(id, &c, keyed)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading clients: %s:%d: %w", name, line, err)
	}
	return d, nil
}

func (d *Directory) add(id string, c *Contact, keyed func(string) string) {
	if strings.Contains(id, "*") {
		d.patterns = append(d.patterns, pattern{strings.Split(id, "*"), c})
		return
	}
	d.exact[bounded(id)] = c
	if keyed != nil {
		d.exact[keyed(id)] = c
	}
}

// Lookup returns whom to talk to about a client, as the log and the ledger name
// it.
func (d *Directory) Lookup(client string) (c Contact, ok bool) {
	if d == nil {
		return c, false
	}
	if exact := d.exact[client]; exact != nil {
		return *exact, true
	}
	for _, p := range d.patterns {
		if p.matches(client) {
			return *p.contact, true
		}
	}
	return c, false
}

// matches looks for the parts one behind the other. The first must be at the
// beginning and the last at the end; as early as possible is right for the others.
func (p *pattern) matches(text string) bool {
	first, last := p.parts[0], p.parts[len(p.parts)-1]
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for _, part := range p.parts[1 : len(p.parts)-1] {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return strings.HasSuffix(text, last)
}

// readCSV hands over each row. line is that of the error.
func readCSV(data []byte, each func(id string, c Contact) error) (line int, err error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment, r.TrimLeadingSpace = '#', true
	header, err := r.Read()
	if err != nil {
		return csvLine(err), csvError(err, "a header is missing: id,name,owner,contact")
	}
	columns, err := columnsOf(header)
	if err != nil {
		line, _ := r.FieldPos(0)
		return line, err
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		if err != nil {
			return csvLine(err), csvError(err, "")
		}
		var values [4]string // id, name, owner, contact
		for i, text := range row {
			values[columns[i]] = strings.TrimSpace(text)
		}
		if err := each(values[0], Contact{values[1], values[2], values[3]}); err != nil {
			line, _ := r.FieldPos(0)
			return line, err
		}
	}
}

// columnsOf says which of id, name, owner and contact each column is.
func columnsOf(header []string) (columns []int, err error) {
	names := []string{"id", "name", "owner", "contact"}
	for _, text := range header {
		name := strings.ToLower(strings.TrimSpace(text))
		if name == "pattern" {
			name = "id"
		}
		at := slices.Index(names, name)
		switch {
		case at < 0:
			return nil, fmt.Errorf("unknown column %q; there are id, name, owner and contact", bounded(text))
		case slices.Contains(columns, at):
			return nil, fmt.Errorf("column %q is there twice", name)
		}
		columns = append(columns, at)
	}
	if !slices.Contains(columns, 0) {
		return nil, errors.New("column id is missing")
	}
	return columns, nil
}

func csvLine(err error) int {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return parse.Line
	}
	return 1
}

// csvError leaves the position out, which stands before it already.
func csvError(err error, atEnd string) error {
	if errors.Is(err, io.EOF) {
		return errors.New(atEnd)
	}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return parse.Err
	}
	return err
}

// readJSON hands over each object of an array.
func readJSON(data []byte, each func(id string, c Contact) error) (line int, err error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	lineAt := func(offset int64) int { return 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n")) }
	if _, err := dec.Token(); err != nil {
		return 1, err
	}
	for dec.More() {
		var row struct{ ID, Pattern, Name, Owner, Contact string }
		if err := dec.Decode(&row); err != nil {
			return lineAt(dec.InputOffset()), jsonError(err)
		}
		if row.ID != "" && row.Pattern != "" {
			return lineAt(dec.InputOffset()), errors.New("a client with both id and pattern")
		}
		if err := each(row.ID+row.Pattern, Contact{row.Name, row.Owner, row.Contact}); err != nil {
			return lineAt(dec.InputOffset()), err
		}
	}
	if _, err := dec.Token(); err != nil {
		return lineAt(dec.InputOffset()), jsonError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return lineAt(dec.InputOffset()), errors.New("something stands behind the array")
	}
	return 0, nil
}

// jsonError keeps values out of the log: an id may be a credential.
func jsonError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("member %q is no text", wrong.Field)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the array has no end")
	}
	return err
}
