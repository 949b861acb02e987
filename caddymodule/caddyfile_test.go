package caddymodule

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	// The adapter, and the handlers around us in the goldens.
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/encode/gzip"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/headers"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/templates"
)

var update = flag.Bool("update", false, "rewrite the JSON of the Caddyfile goldens")

// adapt turns a Caddyfile into indented JSON. Warnings are errors here: by one
// of them the adapter tells that it dropped a route.
func adapt(text string) (string, error) {
	adapted, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), nil)
	if err != nil {
		return "", err
	}
	if len(warnings) > 0 {
		return "", fmt.Errorf("adapting with warnings: %v", warnings)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, adapted, "", "\t"); err != nil {
		return "", err
	}
	return out.String() + "\n", nil
}

// TestAdaptGoldens runs testdata/*.caddyfiletest: a Caddyfile, a line of
// dashes, and the JSON that it becomes or a part of the error that it gives.
func TestAdaptGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.caddyfiletest")
	if err != nil || len(files) == 0 {
		t.Fatalf("finding goldens: %d files, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddyfiletest"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			caddyfile, want, ok := strings.Cut(string(data), "----------\n")
			if !ok {
				t.Fatal("no line of dashes")
			}
			got, err := adapt(caddyfile)
			if !strings.HasPrefix(want, "{") && !(*update && want == "") {
				want = strings.TrimSpace(want)
				if err == nil || want == "" || !strings.Contains(err.Error(), want) {
					t.Errorf("got error %v\nwant one with %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatalf("adapting: %v", err)
			}
			if *update {
				if err := os.WriteFile(file, []byte(caddyfile+"----------\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestAdaptErrors has a case for every rule that an option can break. body
// begins on line 3 of the Caddyfile.
func TestAdaptErrors(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		// syntax
		{"unknown option", "bogus", `unknown option "bogus", at Caddyfile:3`},
		{"known option on another line", "total exact\nbogus", `unknown option "bogus", at Caddyfile:4`},
		{"given twice", "total off\ntotal exact", "total is given twice, first at Caddyfile:3, at Caddyfile:4"},
		{"limit besides the head", "limit 10 20", "limit is given twice, first at Caddyfile:2, at Caddyfile:3"},
		{"block given twice", "retire {\nhold\n}\nretire {\nhold\n}", "retire is given twice, first at Caddyfile:3, at Caddyfile:6"},
		{"nested given twice", "retire {\nsunset 2030-01-01\nsunset 2031-01-01\n}", "sunset is given twice, first at Caddyfile:4, at Caddyfile:5"},
		{"no argument", "total", "wrong argument count or unexpected line ending after 'total', at Caddyfile:3"},
		{"too many arguments", "total off exact", "wrong argument count or unexpected line ending after 'off', at Caddyfile:3"},
		{"empty argument", `list ""`, "list: the value is empty, at Caddyfile:3"},
		{"no guard", "guard", "wrong argument count or unexpected line ending after 'guard', at Caddyfile:3"},
		{"no client", "client", "wrong argument count or unexpected line ending after 'client', at Caddyfile:3"},
		{"block where none belongs", "total off {\nx\n}", "the option on this line takes no block, at Caddyfile:3"},
		{"block for fields off", "fields off {\nforward\n}", "the option on this line takes no block, at Caddyfile:3"},
		{"flag with argument", "retire {\nhold on\n}", "unexpected line ending after 'on', at Caddyfile:4"},
		{"retire with argument", "retire now {\nhold\n}", "unexpected line ending after 'now', at Caddyfile:3"},
		{"unknown in fields", "fields {\nbogus\n}", `unknown option "bogus", at Caddyfile:4`},
		{"unknown in snapshot", "snapshot off {\nbogus\n}", `unknown option "bogus", at Caddyfile:4`},
		{"unknown in exempt", "exempt a {\nbogus\n}", `unknown option "bogus", at Caddyfile:4`},
		{"unknown in retire", "retire {\nbogus\n}", `unknown option "bogus", at Caddyfile:4`},

		// limits
		{"name with control", "name \"a\tb\"", `name: "a\tb" is no name`},
		{"max_offset no number", "max_offset deep", `"deep" is no whole number from 0 on, at Caddyfile:3`},
		{"max_offset negative", "max_offset -1", `"-1" is no whole number from 0 on, at Caddyfile:3`},
		{"over_max unknown", "over_max cut", `over_max: unknown value "cut"; known are clamp, reject, at Caddyfile:3`},
		{"invalid unknown", "invalid ignore", `invalid: unknown value "ignore"; known are reject, default, at Caddyfile:3`},
		{"phase unknown", "phase later", `at Caddyfile:3`},
		{"unpaginated unknown", "unpaginated all", `unpaginated: unknown value "all"; known are page, reject, reject_over, at Caddyfile:3`},
		{"unpaginated page with number", "unpaginated page 5", "unpaginated: only reject_over takes a number of items, page does not, at Caddyfile:3"},
		{"reject_over without number", "unpaginated reject_over", "unpaginated: reject_over needs a number of items, at least 1, at Caddyfile:3"},
		{"reject_over 0", "unpaginated reject_over 0", `"0" is no whole number from 1 on, at Caddyfile:3`},
		{"reject_over over max", "unpaginated reject_over 101", "unpaginated: reject_over 101 is over the maximum 100, and no answer ever holds more than that, at Caddyfile:3"},

		// parameters
		{"guard a style's own", "guard size LIMIT", `guard: "LIMIT" is a parameter of style link already, at Caddyfile:3`},
		{"guard another style's own", "style page\nguard per_page", `guard: "per_page" is a parameter of style page already, at Caddyfile:4`},
		{"guard twice", "guard size\nguard count Size", `guard: "Size" is guarded already, at Caddyfile:4`},
		{"guard a key of the style's", "style stripe\nguard Starting_After", `guard: "Starting_After" is a parameter of style stripe already, at Caddyfile:4`},
		{"guard empty", `guard ""`, `guard: "" is no name of a query parameter, at Caddyfile:3`},
		{"guard no name", "guard a=b", `guard: "a=b" is no name of a query parameter, at Caddyfile:3`},
		{"guard the fields parameter", "guard size fields", `guard: "fields" is the fields parameter already, at Caddyfile:3`},
		{"fields a style's own", "fields offset", `fields: "offset" is a parameter of style link already, at Caddyfile:3`},
		{"fields empty", `fields ""`, "fields: the value is empty, at Caddyfile:3"},

		// styles
		{"style unknown", "style githup", `style: unknown style "githup"; known are link, page, cursor`},
		{"style method", "style slack {\nmethod PUT\n}", `method: unknown value "PUT"; known are GET, POST, at Caddyfile:4`},
		{"style method without a body", "style link {\nmethod POST\n}", "method: a page that is asked for by POST has no links, so the style link needs a body that says how to go on, at Caddyfile:4"},
		{"style parameter in no body", "style cursor {\nlimit size at body size\n}", "limit: the style cursor does not page by POST; say method POST, at Caddyfile:4"},
		{"style parameter at no path", "style slack {\nlimit size at body a..b\n}", `limit: "a..b" is no path: names with dots between them are, at Caddyfile:4`},
		{"style parameter elsewhere", "style slack {\nlimit size at header size\n}", "at Caddyfile:4"},
		{"style parameters at one path", "style slack {\nlimit size at body page.size\ncursor from at body Page\n}", `limit: "page.size" and "Page" cannot both be in a body, at Caddyfile:4`},
		{"style parameter at another's", "style slack {\nlimit size at body cursor\n}", `limit: "cursor" and "cursor" cannot both be in a body, at Caddyfile:4`},
		{"upstream method without one", "upstream unbounded {\nmethod GET\n}", "method: the style link does not page by POST, at Caddyfile:4"},
		{"upstream method of a style", "style slack\nupstream link {\nmethod POST\n}", "method: an upstream of style link is asked by GET, at Caddyfile:5"},
		{"upstream method unknown", "style slack\nupstream unbounded {\nmethod get\n}", `method: unknown value "get"; known are GET, POST, at Caddyfile:5`},
		{"style without a name for the list", "style link orders", "style: the style link has no name of its own for the list, at Caddyfile:3"},
		{"style with a bad name for the list", "style google a.b", `style: "a.b" is no name for the list: letters, digits, _ and - are, at Caddyfile:3`},
		{"style option unknown", "style link {\nlimits per\n}", `unknown option "limits", at Caddyfile:4`},
		{"style parameter", "style link {\nlimit a&b\n}", `limit: "a&b" is no name of a query parameter, at Caddyfile:4`},
		{"style parameter twice", "style link {\nlimit a\nlimit b\n}", "limit is given twice, first at Caddyfile:4, at Caddyfile:5"},
		{"style body", "style link {\nbody `{\"rows\":$lists}`\n}", "body: character 9 of the body: there is no slot $lists, at Caddyfile:4"},
		{"style body without the list", "style link {\nbody `{\"more\":$more}`\n}", "body: character 1 of the body: the body must have $list once, at Caddyfile:4"},
		{"style first page", "style page {\nfirst_page 2\n}", "first_page: the first page is 0 or 1, not 2, at Caddyfile:4"},
		{"style first page of cursors", "style link {\nfirst_page 0\n}", "first_page: the style link does not count pages, at Caddyfile:4"},
		{"style cursor of pages", "style page {\ncursor c\n}", "cursor: the style page has no cursors, at Caddyfile:4"},
		{"style offset of pages", "style page {\noffset skip\n}", "offset: the style page counts pages, and a page that begins at any offset has no number, at Caddyfile:4"},
		{"style parameter that is another", "style link {\ncursor LIMIT\n}", `cursor: "LIMIT" is two parameters of the style link, at Caddyfile:4`},
		{"style parameters that are one", "style link {\nlimit x\noffset x\n}", `offset: "x" is two parameters of the style link, at Caddyfile:5`},
		{"style parameter that is one of the style's", "style cursor {\nlimit before\n}", `style: "before" is two parameters of the style cursor, at Caddyfile:3`},
		{"style offset of keys", "style stripe {\noffset skip\n}", "offset: the style stripe goes on by the keys of items alone, at Caddyfile:4"},
		{"style cursor of keys", "style stripe {\ncursor c\n}", "cursor: the style stripe has no cursors, at Caddyfile:4"},
		{"style after of cursors", "style link {\nafter a\n}", "after: the style link does not go on by the keys of items, at Caddyfile:4"},
		{"style before of cursors", "style cursor {\nbefore a\n}", "before: the style cursor does not go on by the keys of items, at Caddyfile:4"},
		{"style keys that are one", "style stripe {\nafter ending_before\n}", `style: "ending_before" is two parameters of the style stripe, at Caddyfile:3`},
		{"style text key", "style stripe {\ntext_key yes\n}", `text_key: unknown value "yes"; known are on, off, at Caddyfile:4`},
		{"style text key of cursors", "style link {\ntext_key on\n}", "text_key: the style link does not go on by the keys of items, at Caddyfile:4"},
		{"style end of cursors", "style link {\nend to\n}", "end: the style link does not go on by offsets, at Caddyfile:4"},
		{"style range of pages", "style page {\nrange r\n}", "range: the style page does not go on by offsets, at Caddyfile:4"},
		{"style end that is the offset", "style drf {\nend OFFSET\n}", `end: "OFFSET" is two parameters of the style drf, at Caddyfile:4`},
		{"style range", "style drf {\nrange a=b\n}", `range: "a=b" is no name of a query parameter, at Caddyfile:4`},
		{"guard an end of the style's", "style ra-json\nguard _End", `guard: "_End" is a parameter of style ra-json already, at Caddyfile:4`},
		{"key of offsets", "key id\nstyle ra-json", "key: the style ra-json goes on by numbers: only one that goes on by cursors can go on after a key, at Caddyfile:3"},
		{"style total header", "style page {\ntotal_header a:b\n}", `total_header: "a:b" is no name of a header, at Caddyfile:4`},
		{"style error", "style page {\nerror `{\"a\":$list}`\n}", "error: character 6 of the body: there is no slot $list, at Caddyfile:4"},
		{"style by POST that wraps nothing", "style github {\nmethod POST\n}", "method: a page that is asked for by POST has no links, so the style github needs a body that says how to go on, at Caddyfile:4"},
		{"style content type", "style google {\ncontent_type nonsense\n}", `content_type: "nonsense" is no media type, at Caddyfile:4`},
		{"style error status", "style page {\nerror_status 204\n}", "error_status: 204 is no status of an answer with a body, at Caddyfile:4"},
		{"upstream unknown", "upstream bounded", `upstream: unknown upstream style "bounded"; known are unbounded, link, page`},
		{"upstream of ranges", "upstream ra-simple", "upstream: upstream ra-simple takes no position as one parameter beside a limit; if the API takes an offset"},
		{"upstream with tokens of no limit", "upstream ra-simple {\ncursor token\n}", "upstream: upstream ra-simple takes no position"},
		{"upstream with tokens and numbers", "upstream msgraph {\ncursor $skiptoken\noffset $skip\n}", "cursor: upstream msgraph can be asked for one position: by a token, a key, an offset or a page's number, at Caddyfile:4"},
		{"upstream with tokens and keys", "key id\nupstream google {\ncursor pageToken\nafter id\n}", "cursor: upstream google can be asked for one position: by a token, a key, an offset or a page's number, at Caddyfile:5"},
		{"upstream with tokens of no name", "upstream google {\ncursor a=b\n}", `cursor: "a=b" is no name of a query parameter, at Caddyfile:4`},
		{"upstream with tokens and first page", "upstream google {\nfirst_page 1\n}", "first_page: upstream google does not count pages, at Caddyfile:4"},
		{"key of an upstream with tokens", "key id\nupstream google", "key: upstream google is asked for what its own tokens lead to, so nothing can go on after a key, at Caddyfile:3"},
		{"style by keys over tokens", "style stripe\nupstream kube", "upstream: the style stripe goes on by keys, and upstream kube is asked for what its own tokens lead to, at Caddyfile:4"},
		{"total of an upstream with tokens", "upstream google\ntotal exact", "total: upstream google does not tell how many items there are, and its pages cannot be counted, at Caddyfile:4"},
		{"snapshot of an upstream with tokens", "upstream google\nsnapshot lazy", "snapshot: snapshot lazy is for an unbounded upstream: upstream google is asked for each page by itself, at Caddyfile:4"},
		{"upstream by no key", "upstream cursor {\nafter after_id\n}", "upstream: upstream cursor is asked for what stands behind a key: say which, as in key id, at Caddyfile:3"},
		{"upstream by two keys", "key a b\nupstream cursor {\nafter after_id\n}", "key: upstream cursor takes the key of an item as one parameter, not as 2, at Caddyfile:3"},
		{"numbers over a key", "style github\nupstream cursor {\nafter after_id\n}\nkey id", "upstream: the style github goes on by numbers, and upstream cursor is asked for what stands behind a key, at Caddyfile:4"},
		{"upstream other option", "upstream page {\nsize per\n}", `unknown option "size", at Caddyfile:4`},
		{"upstream offset of pages", "upstream github {\noffset start\n}", "offset: upstream github counts pages; one that takes an offset is upstream link, at Caddyfile:4"},
		{"upstream page of offsets", "upstream drf {\npage p\n}", "page: upstream drf does not count pages; one that does is upstream page, at Caddyfile:4"},
		{"upstream first page", "upstream page {\nfirst_page 2\n}", "first_page: the first page is 0 or 1, not 2, at Caddyfile:4"},
		{"upstream parameter", "upstream page {\nlimit_parameter a=b\n}", `limit_parameter: "a=b" is no name of a query parameter, at Caddyfile:4`},
		{"upstream limit 0", "upstream link {\nlimit 0\n}", `"0" is no whole number from 1 on, at Caddyfile:4`},
		{"upstream limit unbounded", "upstream unbounded {\nlimit 500\n}", "limit: an unbounded upstream has no limit, at Caddyfile:4"},

		// the body
		{"list bad path", "list a..b", `at Caddyfile:3`},
		{"key bad path", "key id a..b", `at Caddyfile:3`},
		{"key auto", "key auto", `key: "auto" names no member of an item, at Caddyfile:3`},
		{"key of an upstream that pages", "key id\nupstream link", "key: upstream link is asked for numbers, so nothing can go on after a key, at Caddyfile:3"},
		{"style by keys over numbers", "style stripe\nupstream link", "upstream: the style stripe goes on by keys, and upstream link is asked for numbers, at Caddyfile:4"},
		{"key of counted pages", "key id\nstyle page", "key: the style page goes on by numbers: only one that goes on by cursors can go on after a key, at Caddyfile:3"},
		{"total unknown", "total about", `total: unknown value "about"; known are off, exact, at Caddyfile:3`},
		{"total of a paged upstream", "upstream github\ntotal exact", "total: upstream github does not tell how many items there are, and its pages cannot be counted, at Caddyfile:4"},
		{"fields bad default", "fields {\ndefault a,,b\n}", `default: parsing mask "a,,b"`},
		{"fields bad always", "fields {\nforward\nalways a(\n}", `always: parsing mask "a("`},
		{"fields syntax", "fields {\nsyntax xpath\n}", `syntax: unknown value "xpath"; known are google, dotted, at Caddyfile:4`},
		{"max_page_size no size", "max_page_size big", `parsing size "big"`},
		{"max_page_size 0", "max_page_size 0", `a size must be positive and fit 63 bits, not "0", at Caddyfile:3`},
		{"max_page_size huge", "max_page_size 15EiB", `a size must be positive and fit 63 bits, not "15EiB", at Caddyfile:3`},
		{"early_stop unknown", "early_stop never", `early_stop: unknown value "never"; known are on, always, off, at Caddyfile:3`},
		{"snapshot unknown", "snapshot on", `snapshot: unknown value "on"; known are lazy, eager, off, at Caddyfile:3`},
		{"snapshot of a paged upstream", "upstream page\nsnapshot lazy", "snapshot: snapshot lazy is for an unbounded upstream: upstream page is asked for each page by itself, at Caddyfile:4"},
		{"eager snapshot of a paged upstream", "snapshot eager {\nttl 1m\n}\nupstream link", "snapshot: snapshot eager is for an unbounded upstream: upstream link is asked for each page by itself, at Caddyfile:3"},
		{"snapshot ttl", "snapshot off {\nttl soon\n}", "parsing duration"},
		{"snapshot ttl 0", "snapshot off {\nttl 0s\n}", "a duration must be positive, not 0s, at Caddyfile:4"},
		{"snapshot max_age negative", "snapshot off {\nmax_age -1h\n}", "a duration must be positive, not -1h, at Caddyfile:4"},
		{"snapshot header", "snapshot off {\nignore_header X-A\nignore_header X-B \"X C\"\n}", `ignore_header: "X C" is no name of a header, at Caddyfile:5`},

		// clients
		{"client no placeholder", "client {http.request.header.X-Id} nobody", `client: "nobody" is no placeholder such as {http.auth.user.id}, at Caddyfile:3`},
		{"client two in one", "client {a}{b}", `client: "{a}{b}" is no placeholder`},
		{"client empty placeholder", `client "{}"`, `client: "{}" is no placeholder`},
		{"client twice", "client {http.auth.user.id} {http.auth.user.id}", "client: {http.auth.user.id} is there twice, at Caddyfile:3"},
		{"exempt without until", "exempt a {\nreason x\n}", "exempt: an exemption needs until, the date of its end: without one the list would never be retired, at Caddyfile:3"},
		{"exempt bad until", "exempt a {\nuntil 2030-02-30\n}", "until: parsing date:"},
		{"exempt bad max", "exempt a {\nuntil 2030-01-01\nmax 0\n}", `"0" is no whole number from 1 on, at Caddyfile:5`},
		{"exempt huge max", "exempt a {\nuntil 2030-01-01\nmax 2000000000\n}", "at Caddyfile:5"},
		{"exempt twice", "exempt a {\nuntil 2030-01-01\n}\nexempt a {\nuntil 2030-01-01\n}", "exempt: this client is exempt twice, at Caddyfile:6"},
		{"exempt second is wrong", "exempt a {\nuntil 2030-01-01\n}\nexempt b {\nuntil never\n}", `"never" is no RFC 3339 date`},
		{"exempt an address", "exempt 192.0.2.77 {\nuntil 2030-01-01\n}", "exempt: addresses are only known by their network: write 192.0.2.0/24, at Caddyfile:3"},
		{"exempt to less than others", "exempt a {\nuntil 2030-01-01\nmax 99\n}", "max: the maximum of an exempt client, 99, is below that of all others, 100, at Caddyfile:5"},

		// the calendar
		{"retire empty", "retire {\n}", "retire: needs deprecated, sunset or hold, unless phase says where the route stands, at Caddyfile:3"},
		{"retire only docs", "retire {\ndocs https://example.com/\n}", "retire: needs deprecated, sunset or hold, unless phase says where the route stands, at Caddyfile:3"},
		{"sunset before deprecated", "retire {\nsunset 2030-01-01\ndeprecated 2030-01-02\n}", "is before deprecated 2030-01-02T00:00:00Z, at Caddyfile:4"},
		{"deprecated no date", "retire {\ndeprecated soon\n}", `deprecated: parsing date: "soon" is no RFC 3339 date`},
		{"docs relative", "retire {\ndeprecated 2030-01-01\ndocs /docs\n}", ", at Caddyfile:5"},
		{"policy no web address", "retire {\ndeprecated 2030-01-01\npolicy ftp://example.com/\n}", ", at Caddyfile:5"},
		{"links unknown", "retire {\nlinks none\ndeprecated 2030-01-01\n}", `links: unknown value "none"; known are on, off, at Caddyfile:4`},
		{"rollout no percent", "retire {\ndeprecated 2030-01-01\nrollout 2030-01-02\n}", "unexpected line ending after '2030-01-02', at Caddyfile:5"},
		{"rollout not a number", "retire {\ndeprecated 2030-01-01\nrollout 2030-01-02 half\n}", `"half" is no whole number of percent, at Caddyfile:5`},
		{"rollout over 100", "retire {\ndeprecated 2030-01-01\nrollout 2030-01-02 101\n}", "rollout: a share must be from 1 to 100 percent, not 101, at Caddyfile:5"},
		{"rollout negative", "retire {\ndeprecated 2030-01-01\nrollout 2030-01-02 -1\n}", "rollout: a share must be from 1 to 100 percent, not -1, at Caddyfile:5"},
		{"rollout shrinks", "retire {\ndeprecated 2030-01-01\nrollout 2030-01-02 50\nrollout 2030-01-03 49\n}", "rollout: a rollout must grow: 50 percent on 2030-01-02T00:00:00Z, but 49 on 2030-01-03T00:00:00Z, at Caddyfile:6"},
		{"rollout repeats a share", "retire {\ndeprecated 2030-01-01\nrollout 2030-01-02 50\nrollout 2030-01-03 50\n}", "rollout: a rollout must grow: 50 percent on 2030-01-02T00:00:00Z, but 50 on 2030-01-03T00:00:00Z, at Caddyfile:6"},
		{"rollout repeats a date", "retire {\ndeprecated 2030-01-01\nrollout 2030-01-02 50\nrollout 2030-01-02 60\n}", "rollout: the step of 2030-01-02T00:00:00Z must come after the one of 2030-01-02T00:00:00Z, at Caddyfile:6"},
		{"rollout before deprecated", "retire {\ndeprecated 2030-01-01\nrollout 2029-12-31 50\n}", "rollout: the step of 2029-12-31T00:00:00Z is before deprecated, 2030-01-01T00:00:00Z, at Caddyfile:5"},
		{"rollout at sunset", "retire {\nsunset 2030-01-01\nrollout 2030-01-01 50\n}", "rollout: the step of 2030-01-01T00:00:00Z is not before sunset, 2030-01-01T00:00:00Z, when everyone is enforced, at Caddyfile:5"},
		{"rollout bad date", "retire {\nsunset 2030-01-01\nrollout 2029-13-01 50\n}", "rollout: parsing date:"},
		{"brownout bad instant", "retire {\ndeprecated 2030-01-01\nbrownout noon 1h\n}", "brownout: parsing date:"},
		{"brownout no duration", "retire {\ndeprecated 2030-01-01\nbrownout 2030-01-01T12:00:00Z\n}", "wrong argument count"},
		{"brownout bad duration", "retire {\ndeprecated 2030-01-01\nbrownout 2030-01-01T12:00:00Z long\n}", "parsing duration"},
		{"rollout zero", "retire {\ndeprecated 2030-01-01\nrollout 2030-01-02 0%\n}", "rollout: a share must be from 1 to 100 percent, not 0, at Caddyfile:5"},
		{"brownout before deprecated", "retire {\ndeprecated 2030-01-01\nbrownout 2029-12-31T12:00:00Z 1h\n}", "brownout: the brownout of 2029-12-31T12:00:00Z is before deprecated, 2030-01-01T00:00:00Z: nobody has been told of it, at Caddyfile:5"},
		{"brownout beyond sunset", "retire {\nsunset 2030-01-02\nbrownout 2030-01-01 2d\n}", "when everyone is enforced for good, at Caddyfile:5"},
		{"brownouts overlap", "retire {\nsunset 2030-01-05\nbrownout 2030-01-01 2h\nbrownout 2030-01-01T01:00:00Z 2h\n}", "brownout: the brownout of 2030-01-01T01:00:00Z overlaps the one of 2030-01-01T00:00:00Z, which ends on 2030-01-01T02:00:00Z, at Caddyfile:6"},
		{"brownout of no length", "retire {\ndeprecated 2030-01-01\nbrownout 2030-01-01T12:00:00Z 0h\n}", "a duration must be positive, not 0h, at Caddyfile:5"},
		{"a mistake is told before a refusal", "style github\nkey id\nover_max cut", "over_max: unknown value"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := adapt(":80 {\n\tpaginate /orders* 50 100 {\n" + tc.body + "\n\t}\n}\n")
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), ", at Caddyfile:") {
				t.Errorf("got  %v\nwant one with %q and its line", err, tc.want)
			}
		})
	}
}

// TestAdaptHead covers the directive's own line and the global option.
func TestAdaptHead(t *testing.T) {
	for _, tc := range []struct{ name, caddyfile, want string }{
		{"default over max", ":80 {\n\tpaginate 200 100\n}", "paginate: the default limit 200 is over the maximum 100, at Caddyfile:2"},
		{"default over max in the block", ":80 {\n\tpaginate {\n\t\ttotal off\n\t\tlimit 200 100\n\t}\n}", "limit: the default limit 200 is over the maximum 100, at Caddyfile:4"},
		{"limit with one number", ":80 {\n\tpaginate {\n\t\tlimit 200\n\t}\n}", "wrong argument count or unexpected line ending after '200', at Caddyfile:3"},
		{"zero default", ":80 {\n\tpaginate 0\n}", `"0" is no whole number from 1 on, at Caddyfile:2`},
		{"zero max", ":80 {\n\tpaginate 10 0\n}", `"0" is no whole number from 1 on, at Caddyfile:2`},
		{"negative", ":80 {\n\tpaginate -5\n}", `"-5" is no whole number from 1 on, at Caddyfile:2`},
		{"no number", ":80 {\n\tpaginate many\n}", `"many" is no whole number from 1 on, at Caddyfile:2`},
		{"too large a number", ":80 {\n\tpaginate 99999999999999999999\n}", "is no whole number from 1 on, at Caddyfile:2"},
		{"max over the highest", ":80 {\n\tpaginate 50 1000000001\n}", "paginate: the maximum must be at most 1000000000, not 1000000001, at Caddyfile:2"},
		{"three numbers", ":80 {\n\tpaginate 1 2 3\n}", "wrong argument count or unexpected line ending after '3', at Caddyfile:2"},
		{"unknown matcher", ":80 {\n\tpaginate @nope 10\n}", "unrecognized matcher name: @nope"},

		{"global twice", "{\n\tpaginate\n\tpaginate\n}\n:80", "the global option paginate is given twice, at Caddyfile:3"},
		{"global with argument", "{\n\tpaginate 50\n}\n:80", "wrong argument count or unexpected line ending after '50', at Caddyfile:2"},
		{"global unknown", "{\n\tpaginate {\n\t\tbogus\n\t}\n}\n:80", `unknown option "bogus", at Caddyfile:3`},
		{"short secret", "{\n\tpaginate {\n\t\tsecret 0123456789abcde\n\t}\n}\n:80", "secret: a secret must have at least 16 bytes, not 15, at Caddyfile:3"},
		{"secret twice", "{\n\tpaginate {\n\t\tsecret {env.A}\n\t\tsecret {env.B}\n\t}\n}\n:80", "secret is given twice, first at Caddyfile:3, at Caddyfile:4"},
		{"notice_interval of no time", "{\n\tpaginate {\n\t\tnotice_interval often\n\t}\n}\n:80", `parsing duration: time: invalid duration "often", at Caddyfile:3`},
		{"notice_interval negative", "{\n\tpaginate {\n\t\tnotice_interval -1h\n\t}\n}\n:80", "an interval must not be negative, as -1h0m0s is, at Caddyfile:3"},
		{"notice_interval twice", "{\n\tpaginate {\n\t\tnotice_interval 1h\n\t\tnotice_interval 1h\n\t}\n}\n:80", "at Caddyfile:4"},
		{"retention short", "{\n\tpaginate {\n\t\tretention 1d\n\t}\n}\n:80", "the ledger goes back 3d at least, not 24h0m0s, at Caddyfile:3"},
		{"max_clients too many", "{\n\tpaginate {\n\t\tmax_clients 10000000\n\t}\n}\n:80", "at most 1000000 clients can be counted by themselves, not 10000000, at Caddyfile:3"},
		{"max_clients 0", "{\n\tpaginate {\n\t\tmax_clients 0\n\t}\n}\n:80", `"0" is no whole number from 1 on, at Caddyfile:3`},
		{"snapshots unknown", "{\n\tpaginate {\n\t\tsnapshots s3\n\t}\n}\n:80", `snapshots: unknown value "s3"; known are file, redis, at Caddyfile:3`},
		{"snapshots redis nowhere", "{\n\tpaginate {\n\t\tsnapshots redis\n\t}\n}\n:80", "snapshots: redis needs an address, at Caddyfile:3"},
		{"snapshots redis without a port", "{\n\tpaginate {\n\t\tsnapshots redis localhost\n\t}\n}\n:80", "snapshots: reading the address of a Redis server: address localhost: missing port in address, at Caddyfile:3"},
		{"snapshots redis by a broken URL", "{\n\tpaginate {\n\t\tsnapshots redis http://localhost\n\t}\n}\n:80", "snapshots: reading the address of a Redis server: redis: invalid URL scheme: http, at Caddyfile:3"},
		{"snapshots file somewhere", "{\n\tpaginate {\n\t\tsnapshots file x\n\t}\n}\n:80", "snapshots: only redis has an address, at Caddyfile:3"},
		{"snapshots total", "{\n\tpaginate {\n\t\tsnapshots file {\n\t\t\ttotal 0\n\t\t}\n\t}\n}\n:80", `not "0", at Caddyfile:4`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := adapt(tc.caddyfile + "\n")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant one with %q", err, tc.want)
			}
		})
	}
}
