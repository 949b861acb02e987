// Package caddymodule wires package rewrite into Caddy: the HTTP handler
// http.handlers.paginate with its Caddyfile directive, and the app paginate with
// what all handlers share. It parses no JSON itself.
//
// A request goes through [Handler.ServeHTTP], which makes an exchange of it: read
// and judge (request.go), plan (plan.go), rewrite, serve (exchange.go), record (record.go). The
// answer goes through a pageWriter (pagewriter.go), which judges it by its header
// (judge.go), reads its body through the list engine (body.go), writes the header
// (headers.go) and stops the upstream (stop.go). What is known at the end goes to the
// adoption log and the ledger (adoption_app.go) and to the metrics (metrics.go).
package caddymodule
