package style

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
)

// Errors is how a style tells that a request is refused, or that the upstream's
// answer cannot be used. A style without one tells it by a problem document (RFC
// 9457).
type Errors struct {
	// Body is the template of the body, see [Shape].
	Body string

	// ContentType is that of the body. Default: application/json.
	ContentType string

	// Status is that of all errors, where clients look for an error in the body
	// alone. Default: 400 for what the client can mend, 502 for what the upstream
	// broke.
	Status int

	// Words are what the vendor calls an error, by the code of a [limits.Problem];
	// those of no code of its own are in Other, and those of the upstream in Broken.
	Words         map[string]string
	Other, Broken string

	// Prefix stands before $message.
	Prefix string

	// Message: problem documents have the message in a member of that name as well, for
	// clients that show nothing else of them.
	Message bool
}

// errorSlots are those of an error.
var errorSlots = map[slot]string{
	"message":   "what is wrong and what to do instead, for people",
	"title":     "what the code means",
	"code":      "the code, as in problem documents",
	"word":      "what the vendor calls it; the code if it does not",
	"status":    "the HTTP status",
	"parameter": "the parameter at fault",
	"given":     "what the client sent for it",
	"max":       "the largest value accepted",
	"docs":      "where it is explained",
}

// ParseErrors compiles the template of an error.
func ParseErrors(template string) (*Shape, error) {
	p := shapeParser{text: template, slots: errorSlots}
	s := p.shape()
	return s, p.err
}

// ErrorShape is the style's body for errors, nil if they are problem documents.
func (s *Style) ErrorShape() (*Shape, error) {
	if s.Errors.Body == "" {
		return nil, nil
	}
	return ParseErrors(s.Errors.Body)
}

// An ErrorFact is what is told of an error.
type ErrorFact struct {
	Problem *limits.Problem
	Title   string // of its code
	Status  int    // that is sent
	Broken  bool   // the upstream is at fault
}

// Append appends the body of an error.
func (e *Errors) Append(dst []byte, shape *Shape, f ErrorFact) []byte {
	dst, _ = shape.root.append(dst, func(dst []byte, s slot) ([]byte, bool) { return e.slot(dst, s, f) })
	return dst
}

// slot appends what a slot stands for. It reports false where there is nothing.
func (e *Errors) slot(dst []byte, s slot, f ErrorFact) ([]byte, bool) {
	var text string
	switch s {
	case "status":
		return strconv.AppendInt(dst, int64(f.Status), 10), true
	case "max":
		return strconv.AppendInt(dst, f.Problem.Max, 10), f.Problem.Max > 0
	case "message":
		text = e.Prefix + f.Message()
	case "title":
		text = f.Title
	case "code":
		text = f.Problem.Code
	case "word":
		text = e.word(f)
	case "parameter":
		text = f.Problem.Parameter
	case "given":
		text = f.Problem.Given
	case "docs":
		text = f.Problem.Docs
	}
	quoted, err := json.Marshal(text)
	return append(dst, quoted...), text != "" && err == nil
}

// Message is all that a person needs who sees nothing else.
func (f ErrorFact) Message() string {
	text := f.Title + ": "
	if f.Problem.Parameter != "" && !strings.HasPrefix(f.Problem.Detail, f.Problem.Parameter) {
		text += f.Problem.Parameter + ": "
	}
	return text + f.Problem.Detail
}

func (e *Errors) word(f ErrorFact) string {
	switch word := e.Words[f.Problem.Code]; {
	case word != "":
		return word
	case f.Broken:
		return cmp.Or(e.Broken, f.Problem.Code)
	}
	return cmp.Or(e.Other, f.Problem.Code)
}
