package adoption

import (
	"strings"
	"testing"
)

func hashOf(credential string) string { return "hash of " + credential }

const clientsCSV = `id,name,owner,contact
# a comment
ann,Ann's import,Team A,ann@example.com
s3cr3t-key,Shop,"Team ""B"", Berlin",#shop
python-*,Scripts,,
*-bot-*-x,Bots,Team C,
`

const clientsJSON = `[
	{"id": "ann", "name": "Ann's import", "owner": "Team A", "contact": "ann@example.com"},
	{"id": "s3cr3t-key", "name": "Shop", "owner": "Team \"B\", Berlin", "contact": "#shop"},
	{"pattern": "python-*", "name": "Scripts"},
	{"id": "*-bot-*-x", "name": "Bots", "owner": "Team C"}
]`

// TestLookup: both forms say the same.
func TestLookup(t *testing.T) {
	for form, text := range map[string]string{"CSV": clientsCSV, "JSON": clientsJSON, "with a mark": "\ufeff" + clientsCSV} {
		d, err := ReadDirectory("clients", []byte(text), hashOf)
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		for _, tc := range []struct{ client, name string }{
			{"ann", "Ann's import"},
			{"annie", ""},
			{"hash of s3cr3t-key", "Shop"},
			{"python-requests/2", "Scripts"},
			{"a-bot-b-x", "Bots"},
			{"-bot--x", "Bots"},
			{"-bot-x", ""},
			{"", ""},
			{"hash of python-*", ""},
		} {
			c, ok := d.Lookup(tc.client)
			if c.Name != tc.name || ok != (tc.name != "") {
				t.Errorf("%s, %q: got %q, %v; want %q", form, tc.client, c.Name, ok, tc.name)
			}
		}
		if c, _ := d.Lookup("hash of s3cr3t-key"); c.Owner != `Team "B", Berlin` || c.Contact != "#shop" {
			t.Errorf("%s: got %+v", form, c)
		}
	}
	if _, ok := (*Directory)(nil).Lookup("ann"); ok {
		t.Error("a nil directory knows somebody")
	}
}

// TestDirectoryErrors tell file and line, and never an id.
func TestDirectoryErrors(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", "who.csv:1: a header is missing"},
		{"unknown column", "id,mail\n", `who.csv:1: unknown column "mail"`},
		{"column twice", "id,pattern\n", `who.csv:1: column "id" is there twice`},
		{"no id column", "name,owner\n", "who.csv:1: column id is missing"},
		{"too many fields", "id,name\nann,Ann\ns3cr3t,x,y\n", "who.csv:3: wrong number of fields"},
		{"open quote", "id,name\nann,\"Ann\n", "who.csv:"},
		{"no id", "id,name\nann,Ann\n,Bob\n", "who.csv:3: a client without an id"},
		{"twice", "id,name\ns3cr3t,Ann\n\n# x\ns3cr3t,Bob\n", "who.csv:5: a client that is listed before"},
		{"JSON no array end", "[\n{\"id\":\"a\"}", "who.csv:2: the array has no end"},
		{"JSON unknown member", "[\n{\"id\":\"a\"},\n{\"mail\":\"s3cr3t\"}]", `who.csv:3: json: unknown field "mail"`},
		{"JSON number", "[\n{\"id\":5}]", `who.csv:2: member "`},
		{"JSON twice", "[\n{\"id\":\"s3cr3t\"},\n\n{\"id\":\"s3cr3t\"}]", "who.csv:4: a client that is listed before"},
		{"JSON both", "[{\"id\":\"a\",\"pattern\":\"b\"}]", "who.csv:1: a client with both id and pattern"},
		{"JSON behind", "[]\n[]", "who.csv:2: something stands behind the array"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, err := ReadDirectory("who.csv", []byte(tc.text), hashOf)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("got %v, %v; want an error with %q", d, err, tc.want)
			}
		})
	}
}

// FuzzReadDirectory: an error tells a line of the file; else everybody that is
// found can be found again.
func FuzzReadDirectory(f *testing.F) {
	for _, text := range []string{clientsCSV, clientsJSON, "", "id\na*b\n", "[", "id,name\n\"a", "[{\"id\":\"*\"}]"} {
		f.Add([]byte(text), "ann")
	}
	f.Fuzz(func(t *testing.T, data []byte, client string) {
		d, err := ReadDirectory("who", data, hashOf)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "reading clients: who:") || strings.HasPrefix(err.Error(), "reading clients: who:0:") {
				t.Fatalf("got %v", err)
			}
			return
		}
		first, ok := d.Lookup(client)
		if second, again := d.Lookup(client); first != second || ok != again {
			t.Fatal("two answers")
		}
		for id, contact := range d.exact {
			if got, ok := d.Lookup(id); !ok || got != *contact {
				t.Fatalf("%q is not found", id)
			}
		}
	})
}
