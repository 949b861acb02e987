package caddymodule

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// whole tells whether an answer of this status may have a list.
func whole(status int) bool {
	return 200 <= status && status <= 299 && !bodyless(status) && status != http.StatusPartialContent
}

// bodyless tells whether a status never has a body.
func bodyless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

// A media is what a Content-Type says about a body.
type media uint8

const (
	noMedia    media = iota // nothing
	textMedia               // one JSON text
	linesMedia              // JSON texts, one a line
	otherMedia              // nothing to work on
)

// mediaOf judges a Content-Type.
func mediaOf(contentType string) media {
	switch contentType {
	case "":
		return noMedia
	case "application/json", "application/json; charset=utf-8", "application/json;charset=utf-8":
		return textMedia // the usual ones need no reading
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = strings.ToLower(contentType)
		if i := strings.IndexAny(mediaType, ";,"); i >= 0 {
			mediaType = mediaType[:i]
		}
		mediaType = strings.TrimSpace(mediaType)
	}
	switch mediaType {
	case "application/json", "text/json", "application/x-json":
		return textMedia
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl",
		"application/jsonlines", "application/x-jsonlines",
		"application/stream+json": // Spring's name for the same
		return linesMedia
	}
	if strings.HasSuffix(mediaType, "+json") {
		return textMedia
	}
	return otherMedia
}

// codingOf is the content coding of an answer, empty if it has none. A charset is none,
// but many legacy APIs say it here (Content-Encoding: utf-8), and browsers and client
// libraries let them.
func codingOf(h http.Header) string {
	lines := h["Content-Encoding"]
	if len(lines) == 0 {
		return ""
	}
	coding := strings.Join(lines, ",")
	switch strings.ToLower(strings.TrimSpace(coding)) {
	case "identity", "none", "utf-8", "utf8":
		return ""
	}
	return coding
}

// noTransform tells whether the answer forbids changes (RFC 9111, section
// 5.2.2.6).
func noTransform(h http.Header) bool {
	return slices.ContainsFunc(h["Cache-Control"], func(line string) bool {
		for directive := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(directive), "no-transform") {
				return true
			}
		}
		return false
	})
}
