// Package rewrite is the root of what caddy-paginate knows about paging. Its
// packages know JSON, queries and headers, and nothing of Caddy or of HTTP
// servers; package caddymodule wires them into Caddy.
//
// The words they share:
//
//   - A list endpoint is a resource whose 2xx answer carries a list: a JSON
//     array, at the root or at a path inside an object.
//   - An item is one element of the list; a page is at most limit items of it,
//     in the list's order.
//   - Limit, offset and cursor say how many items, how many to skip, and, as an
//     opaque token, where to go on.
//   - A style is a named way to speak pagination: parameter names, the kind of
//     position, the body's shape, the headers.
//   - The client side is the style that clients speak, the upstream side what
//     the legacy API understands. An unbounded upstream answers with the whole
//     list whatever is asked.
//   - A list request is compliant when it asks for a bounded page within the
//     maximum, and affected when it would get another answer if the limits
//     were enforced.
package rewrite
