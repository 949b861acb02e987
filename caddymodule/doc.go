// Package caddymodule wires package rewrite into Caddy: the HTTP handler
// http.handlers.paginate with its Caddyfile directive, and the app paginate with
// what all handlers share. It parses no JSON itself.
//
// A request goes through [Handler.ServeHTTP], which finds out where its client stands
// (standing.go, client.go) and makes an exchange of it: read (request.go, posted.go),
// plan (plan.go), rewrite and serve (exchange.go), record (record.go).
//
// Where the answer comes from is a handler in the upstream's place: the upstream itself,
// several reads of one that pages (joined*.go, tokens.go, hollow.go), or a snapshot
// (snapshot_source.go, with its key, its pages and what reads the upstream for it in the
// other snapshot_*.go). Each looks to the rest like an upstream that answers once.
//
// The answer goes through a pageWriter (pagewriter.go), which judges it by its header
// (judge.go, media.go), decodes it (decode.go), reads it through the list engine
// (body.go), writes the header (headers.go, links.go, etag.go) and the style's body
// (shape.go), and stops the upstream (stop.go, drain.go). What streams goes out in blocks
// (output.go). Refusals are problem.go's.
//
// What is known at the end goes to the adoption log and the ledger (adoption_app.go) and
// to the metrics (metrics*.go).
//
// A configuration is read (config*.go, caddyfile*.go), filled (defaults.go), checked
// (check*.go) and compiled (runtime.go). Commands and the admin API are in command*.go and
// admin*.go.
package caddymodule
