package caddymodule

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// problemTypes is where the types of problems are explained; the code is the
// fragment.
const problemTypes = "https://github.com/caddy-paginate/caddy-paginate/blob/main/caddymodule/README.md#"

// titles say what each code means, for every occurrence alike.
var titles = map[string]string{
	limits.CodeLimitInvalid:       "A paging parameter cannot be read",
	limits.CodeLimitTooLarge:      "The limit is over the maximum",
	limits.CodeOffsetTooDeep:      "The offset is too deep",
	limits.CodeCursorInvalid:      "The cursor does not belong here",
	limits.CodeFieldsInvalid:      "The field mask cannot be read",
	limits.CodePaginationRequired: "This list has to be read in pages",
	limits.CodeUpstreamMalformed:  "The upstream's answer is broken",
	limits.CodeItemTooLarge:       "An item is too large for a page",
}

// document is a problem's body (RFC 9457).
type document struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Code      string `json:"code"`
	Parameter string `json:"parameter,omitempty"`
	Given     string `json:"given,omitempty"`
	Max       int64  `json:"max,omitempty"`
	Docs      string `json:"docs,omitempty"`
	Brownout  string `json:"brownout,omitempty"`
	Message   string `json:"message,omitempty"`
}

// statusOf is 400 for what the client can mend, 502 for what the upstream broke.
func statusOf(p *limits.Problem) int {
	switch p.Code {
	case limits.CodeUpstreamMalformed, limits.CodeItemTooLarge:
		return http.StatusBadGateway
	}
	return http.StatusBadRequest
}

// statusOf is the status that a client gets a problem with.
func (rt *runtime) statusOf(p *limits.Problem) int {
	if status := rt.client.Errors.Status; status != 0 {
		return status
	}
	return statusOf(p)
}

// refuse answers with a problem, unless the server's handle_errors routes take
// over. They are run from here, in front of the problem as their last handler:
// a handle_errors for other statuses must not leave the client with an empty
// body.
//
// It returns how many bytes of a body the problem had, -1 if another was given.
func (rt *runtime) refuse(w http.ResponseWriter, r *http.Request, p *limits.Problem) (size int64, err error) {
	size = -1
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(p.RetryAfter, 10))
	}
	herr := caddyhttp.Error(statusOf(p), p)
	write := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		n, err := rt.writeProblem(w, r, p)
		size = int64(n)
		return err
	})
	server, _ := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if server == nil || server.Errors == nil || len(server.Errors.Routes) == 0 {
		err = write(w, r)
		return size, err
	}
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Set("http.paginate.code", p.Code)
		repl.Set("http.paginate.parameter", p.Parameter)
	}
	r = server.Errors.WithError(r, herr)
	if server.Errors.Routes.Compile(write).ServeHTTP(w, r) != nil {
		return -1, herr // Caddy logs it, and answers with the status alone
	}
	return size, nil
}

// writeProblem returns how many bytes of the body were sent.
func (rt *runtime) writeProblem(w http.ResponseWriter, r *http.Request, p *limits.Problem) (int, error) {
	status := rt.statusOf(p)
	body, contentType, err := rt.problemBody(p, status)
	if err != nil {
		return 0, caddyhttp.Error(status, err)
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return 0, nil
	}
	n, _ := w.Write(body) // a client that is gone needs no answer
	return n, nil
}

// problemBody is how the style tells of a problem.
func (rt *runtime) problemBody(p *limits.Problem, status int) (body []byte, contentType string, err error) {
	fact := style.ErrorFact{Problem: p, Title: titles[p.Code], Status: status, Broken: statusOf(p) != http.StatusBadRequest}
	if rt.errorShape != nil {
		if p.Docs == "" {
			with := *p
			with.Docs = problemTypes + p.Code
			fact.Problem = &with
		}
		errs := &rt.client.Errors
		return errs.Append(nil, rt.errorShape, fact), cmp.Or(errs.ContentType, jsonType), nil
	}
	doc := document{
		Type:      problemTypes + p.Code,
		Title:     titles[p.Code],
		Status:    status,
		Detail:    p.Detail,
		Code:      p.Code,
		Parameter: p.Parameter,
		Given:     p.Given,
		Max:       p.Max,
		Docs:      p.Docs,
		Brownout:  p.Brownout,
	}
	if rt.client.Errors.Message {
		doc.Message = fact.Message()
	}
	body, err = json.Marshal(doc)
	return body, "application/problem+json", err
}
