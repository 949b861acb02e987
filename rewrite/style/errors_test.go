package style_test

import (
	"encoding/json"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

var (
	tooLarge = style.ErrorFact{Problem: &limits.Problem{
		Code: limits.CodeLimitTooLarge, Parameter: "limit", Given: "101", Detail: "limit may be at most 100", Max: 100, Docs: "http://d/",
	}, Title: "Too many", Status: 400}
	wrongMark = style.ErrorFact{Problem: &limits.Problem{
		Code: limits.CodeCursorInvalid, Parameter: "page", Given: `a"b`, Detail: "not ours", Docs: "http://d/",
	}, Title: "No such cursor", Status: 400}
	brokenList = style.ErrorFact{Problem: &limits.Problem{
		Code: limits.CodeUpstreamMalformed, Detail: "it ends too early", Docs: "http://d/",
	}, Title: "Broken", Status: 502, Broken: true}
)

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		name, style string
		fact        style.ErrorFact
		want        string
	}{
		{"github", "github", tooLarge, `{"message":"Too many: limit may be at most 100","errors":[{"field":"limit","code":"limit_too_large"}],"documentation_url":"http://d/"}`},
		{"github, the upstream's fault", "github", brokenList, `{"message":"Broken: it ends too early","errors":[{"code":"upstream_malformed"}],"documentation_url":"http://d/"}`},
		{"gitlab", "gitlab", tooLarge, `{"message":"Too many: limit may be at most 100"}`},
		{"stripe", "stripe", wrongMark, `{"error":{"type":"invalid_request_error","code":"cursor_invalid","message":"No such cursor: page: not ours","param":"page","doc_url":"http://d/"}}`},
		{"stripe, the upstream's fault", "stripe", brokenList, `{"error":{"type":"api_error","code":"upstream_malformed","message":"Broken: it ends too early","doc_url":"http://d/"}}`},
		{"slack", "slack", wrongMark, `{"ok":false,"error":"invalid_cursor","response_metadata":{"messages":["[ERROR] No such cursor: page: not ours"]}}`},
		{"slack, the upstream's fault", "slack", brokenList, `{"ok":false,"error":"internal_error","response_metadata":{"messages":["[ERROR] Broken: it ends too early"]}}`},
		{"msgraph", "msgraph", wrongMark, `{"error":{"code":"cursor_invalid","message":"No such cursor: page: not ours","target":"page"}}`},
		{"jsonapi", "jsonapi", wrongMark, `{"errors":[{"code":"cursor_invalid","title":"No such cursor","detail":"No such cursor: page: not ours","source":{"parameter":"page"},"links":{"about":"http://d/"}}]}`},
		{"jsonapi0, the upstream's fault", "jsonapi0", brokenList, `{"errors":[{"code":"upstream_malformed","title":"Broken","detail":"Broken: it ends too early","links":{"about":"http://d/"}}]}`},
		{"google", "google", wrongMark, `{"error":{"code":400,"message":"No such cursor: page: not ours","status":"INVALID_ARGUMENT"}}`},
		{"google, the upstream's fault", "google", brokenList, `{"error":{"code":502,"message":"Broken: it ends too early","status":"INTERNAL"}}`},
		{"kube", "kube", wrongMark, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"No such cursor: page: not ours","reason":"BadRequest","code":400}`},
		{"kube, the upstream's fault", "kube", brokenList, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Broken: it ends too early","reason":"InternalError","code":502}`},
		{"drf", "drf", tooLarge, `{"detail":"Too many: limit may be at most 100","code":"limit_too_large"}`},
		{"drf-page", "drf-page", brokenList, `{"detail":"Broken: it ends too early","code":"upstream_malformed"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := styleNamed(t, tc.style)
			shape, err := s.ErrorShape()
			if err != nil {
				t.Fatal(err)
			}
			if got := string(s.Errors.Append(nil, shape, tc.fact)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// Styles of nobody else's, and Spring's, tell of errors by problem documents.
func TestErrorsOfOurs(t *testing.T) {
	for _, name := range []string{"link", "page", "cursor", "spring", "hal"} {
		if shape, err := styleNamed(t, name).ErrorShape(); shape != nil || err != nil {
			t.Errorf("%s: got %v, %v, want none", name, shape, err)
		}
	}
}

// FuzzErrors: whatever compiles writes JSON, whatever the client sent.
func FuzzErrors(f *testing.F) {
	for _, name := range []string{"github", "stripe", "jsonapi", "google"} {
		f.Add(styleNamed(f, name).Errors.Body, "a\"b\x00<é\xff")
	}
	f.Add(`{"ok":false,"why":[$message,[$given?],[]],"max":$max!,"kind":$word,"of":{"a":$parameter?}}`, "")
	f.Fuzz(func(t *testing.T, template, given string) {
		s := style.Style{Errors: style.Errors{Body: template, Prefix: given}}
		shape, err := s.ErrorShape()
		if err != nil || shape == nil {
			return
		}
		fact := wrongMark
		fact.Problem = limits.NewProblem(limits.CodeLimitInvalid, given, given, given)
		for _, fact := range []style.ErrorFact{tooLarge, brokenList, fact} {
			if body := s.Errors.Append(nil, shape, fact); !json.Valid(body) {
				t.Errorf("%q makes %q, which is no JSON", template, body)
			}
		}
	})
}
