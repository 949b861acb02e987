package integration

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/integration/harness"
)

// styleErrors are what clients of a style get where others get a problem document.
var styleErrors = []struct {
	name, options, target string
	status                int
	contentType, body     string
}{
	{
		"github", "style github", "/orders?per_page=5x", 400, "application/json",
		`{"message":"A paging parameter cannot be read: per_page: not a whole number in plain digits",` +
			`"errors":[{"field":"per_page","code":"limit_invalid"}],` +
			`"documentation_url":"https://github.com/caddy-paginate/caddy-paginate/blob/main/caddymodule/README.md#limit_invalid"}`,
	},
	{
		"gitlab, the API's fault", "style gitlab", "/rubbish?per_page=5", 502, "application/json",
		`{"message":"The upstream's answer is broken: expected a value at byte 10"}`,
	},
	{
		"stripe", "style stripe", "/orders?n=5&starting_after=cus_7", 400, "application/json",
		`{"error":{"type":"invalid_request_error","code":"cursor_invalid",` +
			`"message":"The cursor does not belong here: starting_after: the list has no such item, and nothing tells where it was; begin again without starting_after","param":"starting_after",` +
			`"doc_url":"https://github.com/caddy-paginate/caddy-paginate/blob/main/caddymodule/README.md#cursor_invalid"}}`,
	},
	{
		"stripe, the API's fault", "style stripe\nretire {\ndocs https://docs.example/api\n}\nphase enforce", "/rubbish?limit=5", 502, "application/json",
		`{"error":{"type":"api_error","code":"upstream_malformed",` +
			`"message":"The upstream's answer is broken: expected a value at byte 10","doc_url":"https://docs.example/api"}}`,
	},
	{
		"msgraph", "style msgraph", "/orders?$skiptoken=abc", 400, "application/json",
		`{"error":{"code":"cursor_invalid","message":"The cursor does not belong here: $skiptoken: ` +
			`the cursor was not made for this list, filter and configuration; begin again without it","target":"$skiptoken"}}`,
	},
	{
		"jsonapi0", "style jsonapi0", "/orders?page[size]=21", 400, "application/vnd.api+json",
		`{"errors":[{"code":"limit_too_large","title":"The limit is over the maximum",` +
			`"detail":"The limit is over the maximum: page[size] may be at most 20","source":{"parameter":"page[size]"},` +
			`"links":{"about":"https://github.com/caddy-paginate/caddy-paginate/blob/main/caddymodule/README.md#limit_too_large"}}]}`,
	},
	{
		"google", "style google", "/orders?pageToken=abc", 400, "application/json",
		`{"error":{"code":400,"message":"The cursor does not belong here: pageToken: ` +
			`the cursor was not made for this list, filter and configuration; begin again without it","status":"INVALID_ARGUMENT"}}`,
	},
	{
		"drf", "style drf\nunpaginated reject", "/orders", 400, "application/json",
		`{"detail":"This list has to be read in pages: limit: ask for a page with limit, and follow the Link header's rel=\"next\"","code":"pagination_required"}`,
	},
	{
		"ra-json", "style ra-json", "/orders?_start=5&_end=5", 400, "application/problem+json",
		problemType + `limit_invalid","title":"A paging parameter cannot be read","status":400,"detail":"the page ends before it begins",` +
			`"code":"limit_invalid","parameter":"_end","given":"5","message":"A paging parameter cannot be read: _end: the page ends before it begins"}`,
	},
	{
		"ra-simple, the API's fault", "style ra-simple", "/rubbish?range=[0,9]", 502, "application/problem+json",
		problemType + `upstream_malformed","title":"The upstream's answer is broken","status":502,"detail":"expected a value at byte 10",` +
			`"code":"upstream_malformed","message":"The upstream's answer is broken: expected a value at byte 10"}`,
	},
	{
		"a style of one's own", "style page {\nerror `{\"ok\":false,\"why\":$code,\"at\":[$parameter],\"text\":$given}`\nerror_status 200\n}",
		"/orders?per_page=%22", 200, "application/json",
		`{"ok":false,"why":"limit_invalid","at":["per_page"],"text":"\""}`,
	},
	{
		"one that has problem documents again", "style google {\nerror problem\n}", "/orders?pageSize=x", 400, "application/problem+json",
		problemType + `limit_invalid","title":"A paging parameter cannot be read","status":400,"detail":"not a whole number in plain digits",` +
			`"code":"limit_invalid","parameter":"pageSize","given":"x"}`,
	},
}

// TestStyleErrors: byte for byte what clients of the styles are told, and the status
// that the adoption log has of it.
func TestStyleErrors(t *testing.T) {
	up := newUpstream(t, http.HandlerFunc(serveBroken))
	for _, tc := range styleErrors {
		t.Run(tc.name, func(t *testing.T) {
			s := harness.Start(t, fmt.Sprintf("paginate 10 20 {\nname orders\n%s\n}\n%s", tc.options, up.proxy()))
			c := pageClient(t)
			r := send(t, c, http.MethodGet, s.URL+tc.target)
			if r.status != tc.status || r.body != tc.body {
				t.Errorf("got  %d %s\nwant %d %s", r.status, r.body, tc.status, tc.body)
			}
			for name, want := range map[string]string{
				"Content-Type": tc.contentType, "Cache-Control": "no-store", "Content-Length": strconv.Itoa(len(tc.body)), "Link": "", "Etag": "",
			} {
				if got := r.header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if got := s.Adoption(t, 1)[0]["http.response.status_code"]; got != float64(tc.status) {
				t.Errorf("the adoption log says %v", got)
			}
		})
	}
}
