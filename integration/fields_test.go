package integration

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// fieldsAPI serves one body a path.
var fieldsAPI = map[string]string{
	"/orders": `[{"id":1,"n\u0061me":"A","big":9007199254740993,"customer":{"id":7,"name":"C"},"a.b":1,"lines":[{"sku":"x","qty":1.0},{"sku":"y","qty":1e5}]},` +
		`{"id":2,"name":"B","name":"BB","customer":null,"lines":[]},` +
		`{"id":3,"customer":5},` +
		`"text",17,null,[{"id":4,"x":1}]]`,
	"/envelope": `{"api": "legacy", "orders": [{"id":1,"name":"A"},{"id":2,"name":"B"},{"id":3,"name":"C"}], "id": 9, "generated": {"id":1,"name":"x"}}` + "\n",
	"/one":      `{"id":1,"name":"A","customer":{"id":7,"name":"C"}}`,
	"/scalar":   `"id"`,
}

func serveFields(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	body, ok := fieldsAPI[r.URL.Path]
	if !ok {
		status, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/status/"))
		w.WriteHeader(status)
		body = `{"error":"not here","id":5,"items":[{"id":1,"name":"A"}]}`
	}
	_, _ = io.WriteString(w, body)
}

// A fieldsCase is a request and what comes of it.
type fieldsCase struct{ name, target, want string }

// check sends the requests and asserts on the bodies.
func checkFields(t *testing.T, s *harness.Caddy, cases []fieldsCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r := getRaw(t, s, tc.target)
			if r.status != http.StatusOK || r.body != tc.want {
				t.Errorf("got %d %s\nwant 200 %s", r.status, r.body, tc.want)
			}
			if got := r.header.Get("Content-Length"); got != strconv.Itoa(len(r.body)) {
				t.Errorf("Content-Length: got %q, want %d", got, len(r.body))
			}
		})
	}
}

func TestFieldsTrim(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(serveFields))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	checkFields(t, s, []fieldsCase{
		{"one name", "/orders?fields=id", `[{"id":1},{"id":2},{"id":3},"text",17,null,[{"id":4,"x":1}]]`},
		{"names match after unescaping", "/orders?fields=name&limit=2", `[{"n\u0061me":"A"},{"name":"B","name":"BB"}]`},
		{"numbers and order as they were", "/orders?fields=big,id&limit=1", `[{"id":1,"big":9007199254740993}]`},
		{"depth", "/orders?fields=customer/name&limit=3", `[{"customer":{"name":"C"}},{"customer":null},{}]`},
		{"group in arrays", "/orders?fields=lines(qty)&limit=2", `[{"lines":[{"qty":1.0},{"qty":1e5}]},{"lines":[]}]`},
		{"selections unite", "/orders?fields=customer/id,customer/name,id&limit=1", `[{"id":1,"customer":{"id":7,"name":"C"}}]`},
		{"star", "/orders?fields=*/id&limit=1", `[{"customer":{"id":7},"lines":[{},{}]}]`},
		{"dot is a letter", "/orders?fields=a.b&limit=1", `[{"a.b":1}]`},
		{"unknown", "/orders?fields=nothing&limit=2", `[{},{}]`},
		{"percent-encoded", "/orders?fields=%69d%2cbig&limit=1", `[{"id":1,"big":9007199254740993}]`},
		{"whole mask in parentheses", "/orders?fields=(id)&limit=1", `[{"id":1}]`},
		{"twice alike", "/orders?fields=id&fields=id&limit=1", `[{"id":1}]`},
		{
			"siblings of the list stay", "/envelope?fields=id&limit=2",
			`{"api": "legacy", "orders": [{"id":1},{"id":2}], "id": 9, "generated": {"id":1,"name":"x"}}` + "\n",
		},
		{"root object", "/one?fields=id,customer/name", `{"id":1,"customer":{"name":"C"}}`},
		{"root object without paging", "/one?limit=5&fields=name", `{"name":"A"}`},
		{"scalar", "/scalar?fields=name", `"id"`},
		{"root object as it is", "/one", fieldsAPI["/one"]},
		{"list as it is", "/orders", fieldsAPI["/orders"]},
	})
	s.NoTrouble(t)
}

// Only 2xx answers are trimmed: an error's body is not what the mask is about.
func TestFieldsErrorBodies(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(serveFields))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	for _, status := range []int{400, 404, 500, 503} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			r := getRaw(t, s, "/status/"+strconv.Itoa(status)+"?fields=id&limit=1")
			if want := `{"error":"not here","id":5,"items":[{"id":1,"name":"A"}]}`; r.status != status || r.body != want {
				t.Errorf("got %d %s, want %d %s", r.status, r.body, status, want)
			}
		})
	}
}

func TestFieldsOptions(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(serveFields))
	for _, tc := range []struct {
		name, options string
		cases         []fieldsCase
	}{
		{"default", "fields {\ndefault id,customer/id\n}", []fieldsCase{
			{"without a mask", "/orders?limit=1", `[{"id":1,"customer":{"id":7}}]`},
			{"with a mask", "/orders?limit=1&fields=big", `[{"big":9007199254740993}]`},
			{"root object", "/one", `{"id":1,"customer":{"id":7}}`},
		}},
		{"always", "fields {\nalways id\n}", []fieldsCase{
			{"without a mask", "/envelope?limit=1", `{"api": "legacy", "orders": [{"id":1,"name":"A"}], "id": 9, "generated": {"id":1,"name":"x"}}` + "\n"},
			{"with a mask", "/orders?limit=1&fields=big", `[{"id":1,"big":9007199254740993}]`},
		}},
		{"default and always", "fields {\ndefault big\nalways customer/id\n}", []fieldsCase{
			{"without a mask", "/orders?limit=1", `[{"big":9007199254740993,"customer":{"id":7}}]`},
		}},
		{"dotted", "fields {\nsyntax dotted\n}", []fieldsCase{
			{"dot", "/orders?limit=1&fields=customer.name", `[{"customer":{"name":"C"}}]`},
			{"slash", "/orders?limit=1&fields=customer/name", `[{"customer":{"name":"C"}}]`},
			{"escaped dot", `/orders?limit=1&fields=a\.b`, `[{"a.b":1}]`},
		}},
		{"another parameter", "fields select", []fieldsCase{
			{"it counts", "/orders?limit=1&select=big", `[{"big":9007199254740993}]`},
			{"fields does not", "/one?fields=id", fieldsAPI["/one"]},
		}},
		{"off", "fields off", []fieldsCase{
			{"a mask", "/one?fields=id", fieldsAPI["/one"]},
			{"a malformed mask", "/one?fields=((", fieldsAPI["/one"]},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			checkFields(t, harness.Start(t, "paginate 10 20 {\n"+tc.options+"\n}\n"+up.proxy()), tc.cases)
		})
	}
}

func TestFieldsForward(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(oddList))
	for _, tc := range []struct{ name, options, query, want string }{
		{"kept here", "", "a=1&fields=id&limit=1&b=2", "a=1&b=2"},
		{"kept here, twice", "", "fields=id&a=1&fields=id", "a=1"},
		{"forwarded", "fields {\nforward\n}", "a=1&fields=id%2Cbig&limit=1&b=2", "a=1&fields=id%2Cbig&b=2"},
		{"off", "fields off", "a=1&fields=id&limit=1", "a=1&fields=id"},
		{"other spellings", "", "a=1&FIELDS=id&fields[]=id", "a=1&FIELDS=id&fields[]=id"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, "paginate 10 20 {\n"+tc.options+"\n}\n"+up.proxy())
			up.take()
			r := getRaw(t, s, "/orders?"+tc.query)
			if got := up.takeOne(t).query; r.status != http.StatusOK || got != tc.want {
				t.Errorf("%d: the upstream saw %q, want %q", r.status, got, tc.want)
			}
		})
	}
}

// A mask that cannot be read is refused, and the refusal points at the character.
func TestFieldsMalformed(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(serveFields))
	s := harness.Start(t, "paginate 10 20\n"+up.proxy())
	for _, tc := range []struct{ name, query, given, at string }{
		{"empty", "fields=", "", "character 1"},
		{"bare", "fields", "", "character 1"},
		{"name missing", "fields=id,,name", "id,,name", "character 4"},
		{"nothing behind the comma", "fields=id,", "id,", "character 4"},
		{"group not closed", "fields=a(b", "a(b", "character 4"},
		{"group not open", "fields=a)", "a)", "character 2"},
		{"blank", "fields=a%20b", "a b", "character 2"},
		{"star in a name", "fields=ab*", "ab*", "character 3"},
		{"nothing behind the slash", "fields=a/", "a/", "character 3"},
		{"behind letters of two bytes", "fields=%C3%A9%C3%A9,,a", "éé,,a", "character 4"},
		{"deep", "fields=" + strings.Repeat("a/", 40) + "a", "a/a/", "character 65"},
		{"twice", "fields=a&fields=b", "a, b", "different values"},
		{"on a plain object", "fields=a)", "a)", "character 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			up.take()
			p := wantRefusal(t, getRaw(t, s, "/orders?limit=1&"+tc.query), http.StatusBadRequest, "fields_invalid")
			if p.Parameter != "fields" || !strings.HasPrefix(p.Given, tc.given) || !strings.Contains(p.Detail, tc.at) {
				t.Errorf("got parameter %q given %q detail %q; want fields %q %q", p.Parameter, p.Given, p.Detail, tc.given, tc.at)
			}
			if asked := up.take(); len(asked) > 0 {
				t.Errorf("the upstream was asked: %v", asked)
			}
		})
	}
}
