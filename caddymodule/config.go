package caddymodule

import (
	"github.com/caddyserver/caddy/v2"
)

// Handler pages the lists of an API that was built without pagination. Put in
// front of a list endpoint it gives every client bounded pages, says in `Link`
// headers how to go on, and stops the upstream as soon as a page is full. It
// takes a route from "nobody pages" to "everybody does" in phases: observe
// (count only), announce (page those who ask, tell the others), enforce.
//
// It works on GET and HEAD requests, and on POST in styles that page by it, whose
// answer is a 2xx JSON body with a list: an array at the root, or in a member of
// the root object; or lines of JSON. Everything else passes unchanged.
//
// It is an HTTP middleware; in a Caddyfile it is ordered after `templates`,
// so that `encode`, rewrites and authentication are outside of it.
//
// ## Placeholders
//
// For log lines, header directives and error routes:
//
// Placeholder | Description
// ------------|------------
// `{http.paginate.limit}` | How many items the answer may hold at most, -1 for all
// `{http.paginate.phase}` | The phase the route was in for the client: observe, announce or enforce
// `{http.paginate.brownout}` | When the brownout ends that made the phase enforce; empty if none did
// `{http.paginate.reason}` | What the request asked for: ok, missing, unlimited, over_max, over_max_offset or invalid
// `{http.paginate.action}` | What was done with it: untouched, whole, page, reject or fail; known once the answer has ended
// `{http.paginate.client}` | Who called, as the adoption log names them; known as action is
// `{http.paginate.code}` | In error routes: the problem's code, such as limit_invalid
// `{http.paginate.parameter}` | In error routes: the parameter that the problem is about
//
// ## Metrics
//
// Among those of Caddy, by route and never by client or path:
//
// Metric | Description
// -------|------------
// `caddy_paginate_requests_total{route,phase,action,compliant}` | List requests
// `caddy_paginate_affected_total{route}` | Those that got another answer by enforcement, or would have
// `caddy_paginate_items{route}` | Histogram of the items that were sent
// `caddy_paginate_upstream_bytes{route}` | Histogram of the bytes of a list that came from the upstream
// `caddy_paginate_unordered_total{route}` | Pages of lists that are not in the order of their key
// `caddy_paginate_affected_clients{route}` | Clients with affected requests in the last 30 days
// `caddy_paginate_sunset_timestamp_seconds{route}` | The sunset, if one is set
// `caddy_paginate_phase{route,phase}` | 1 for the phase that holds for clients whom neither a rollout nor an exemption singles out, 0 for the others
// `caddy_paginate_snapshots{route}` | Snapshots that are kept, be they still being read
// `caddy_paginate_snapshot_bytes{route}` | Bytes that they take
// `caddy_paginate_snapshot_hits_total{route}` | Pages that came from a snapshot which was there
// `caddy_paginate_snapshot_misses_total{route}` | Pages for which one had to be begun
// `caddy_paginate_snapshot_saved_reads_total{route}` | Pages for which the upstream would have been read, and was not
// `caddy_paginate_snapshot_evictions_total{route}` | Snapshots that had to go before their time, because all together had become too large
// `caddy_paginate_snapshot_failures_total{route}` | Snapshots that could not be kept, because of the store or because they had become too large
type Handler struct {
	// What logs, metrics and reports call this route. Default: `*`; the
	// Caddyfile sets the matcher's text. Give each route its own name.
	Name string `json:"name,omitempty"`

	// How many items a page holds when the request does not say.
	// Default: 50, or `max_limit` if that is less.
	DefaultLimit int64 `json:"default_limit,omitempty"`

	// The most items a page ever holds, whatever is asked; at most
	// 1,000,000,000. Default: 100, or `default_limit` if that is more.
	MaxLimit int64 `json:"max_limit,omitempty"`

	// How deep into a list a client may ask by offset or page number: what
	// goes beyond this many items is refused with 400. The first page and
	// positions that come from a cursor are not held to it. -1 switches it
	// off. Default: 10000.
	MaxOffset *int64 `json:"max_offset,omitempty"`

	// What becomes of a limit over the maximum: `clamp` gives the maximum,
	// `reject` answers 400. Clients that compute their own offsets lose items
	// by a clamp. Default: `clamp`; `reject` for styles whose clients do so
	// (`drf-page`, `spring`, `jsonapi0`, `ra-json`, `ra-simple`).
	OverMax string `json:"over_max,omitempty"`

	// What becomes of paging parameters that cannot be read, such as
	// `limit=abc` or `limit=10&limit=20`: `reject` answers 400, `default`
	// answers as if they had not been there; what else is asked still holds. A
	// cursor that cannot be used is a 400 all the same. Default: `reject`.
	Invalid string `json:"invalid,omitempty"`

	// More query parameters that must not reach the upstream unread, because
	// it takes them for a limit too (such as `size`). They are read as the
	// style's own limit is. Default: none, as such names are ordinary filters
	// in many APIs.
	Guard []string `json:"guard,omitempty"`

	// What a request without pagination gets once limits are enforced.
	// Default: a page.
	Unpaginated *UnpaginatedConfig `json:"unpaginated,omitempty"`

	// Where the route stands, whatever the dates of `retire` say: `off` (the
	// handler does nothing), `observe` (requests are counted and logged, and
	// pass untouched), `announce` (who asks for pages gets them, the others
	// get the whole list and are told) or `enforce`. Default: what the dates
	// of `retire` say; without `retire`, `enforce`.
	Phase string `json:"phase,omitempty"`

	// How clients speak pagination. Default: the style `link`.
	Style *StyleConfig `json:"style,omitempty"`

	// What the API behind us understands of pagination. Default: nothing, it
	// is unbounded.
	Upstream *UpstreamConfig `json:"upstream,omitempty"`

	// Where the list is in a body: names separated by dots (`data.orders`,
	// with `\.` for a dot in a name), a JSON Pointer (`/data/orders`), or
	// `auto`: the root array, else the first top-level array of objects.
	// Default: `auto`.
	List string `json:"list,omitempty"`

	// What identifies an item and orders the list: one or more paths inside an
	// item, written as `list` is. Cursors then go on after an item, so that
	// items which come or go before it between two pages neither repeat nor
	// hide one. Needs a style with cursors, or one that goes on by keys, and an
	// unbounded upstream, or one that takes the key itself (`after`). Default: the
	// style's (`id` for `stripe`), else none; cursors go on at an offset.
	Key []string `json:"key,omitempty"`

	// Whether answers tell how many items there are in all: `off`, or
	// `exact`, which reads every list to its end to count it. An upstream that
	// pages has to tell it; what it tells is passed on in any case. Default: `off`;
	// `exact` where the upstream is unbounded and the style cannot do without
	// (`github`, `gitlab`, `drf`, `drf-page`, `spring`, `ra-json`, `ra-simple`).
	Total string `json:"total,omitempty"`

	// How clients choose the members of an item that they want.
	// Default: by the parameter `fields`.
	Fields *FieldsConfig `json:"fields,omitempty"`

	// How much memory one page may take, in bytes. A page that would take
	// more holds fewer items than asked; an item that takes more by itself is
	// an error of the upstream (502). Default: 16 MiB.
	MaxPageSize int64 `json:"max_page_size,omitempty"`

	// When the upstream is stopped once a page is full: `on` where nothing of
	// the answer is lost by it, `always` even if members of an envelope that
	// stand behind the list are, `off` never. Default: `on`.
	EarlyStop string `json:"early_stop,omitempty"`

	// Whether a walk through a list reads the upstream once and keeps what it
	// read. Default: `lazy` if the upstream is unbounded.
	Snapshot *SnapshotConfig `json:"snapshot,omitempty"`

	// Placeholders that tell who calls; the first one that is not empty
	// counts. What comes from credentials is kept as a keyed hash only.
	// Default: `{http.auth.user.id}`, `{http.request.header.X-Api-Key}`,
	// `{http.request.tls.client.subject}`, `{http.request.header.User-Agent}`,
	// `{http.request.remote.host}`.
	Client []string `json:"client,omitempty"`

	// Clients that keep the unbounded list for longer than the others: they stay
	// in announce where limits would be enforced for them, whether by a date, a
	// brownout, a rollout or `phase`. Default: none.
	Exempt []ExemptConfig `json:"exempt,omitempty"`

	// The calendar by which the unbounded list is retired. Default: none,
	// limits are enforced at once.
	Retire *RetireConfig `json:"retire,omitempty"`

	// The paths without a wildcard among those that the route matches. They
	// are warned about at load: `/orders/`, `/orders;x` and `/orders.json`
	// reach the same code as `/orders` in many frameworks, and would reach it
	// past the limits. The Caddyfile adapter fills them in.
	ExactPaths []string `json:"exact_paths,omitempty"`

	run *runtime
}

// UnpaginatedConfig says what a request without pagination gets once limits
// are enforced.
type UnpaginatedConfig struct {
	// `page` gives the first page, `reject` answers 400, `reject_over` serves
	// a list of up to `over` items whole and refuses a longer one with 400.
	// Default: `page`.
	Mode string `json:"mode,omitempty"`

	// The longest list that `reject_over` serves whole; from 1 to `max_limit`,
	// and only with that mode.
	Over int64 `json:"over,omitempty"`
}

// StyleConfig names the way in which clients speak pagination.
type StyleConfig struct {
	// The name of a style, such as `link`, `github`, `stripe` or `kube`; all of them are in the
	// [README](https://github.com/caddy-paginate/caddy-paginate/blob/main/caddymodule/README.md#styles).
	// What follows changes one slot each of that style. Default: `link`.
	Name string `json:"name,omitempty"`

	// What the list is called in the bodies of styles that leave that open
	// (`google`, `hal`, `slack`, and templates with `$name`). Default: `items`.
	List string `json:"list,omitempty"`

	// The query parameters that carry the limit, the offset, the page's number
	// and the cursor. Default: the style's.
	Limit  string `json:"limit,omitempty"`
	Offset string `json:"offset,omitempty"`
	Page   string `json:"page,omitempty"`
	Cursor string `json:"cursor,omitempty"`

	// The query parameters that carry the key of the item that the page stands
	// behind, and of the one that it ends before, for styles that go on by keys
	// (`stripe`). Default: the style's.
	After  string `json:"after,omitempty"`
	Before string `json:"before,omitempty"`

	// The query parameters that say the limit by positions, for styles that go on by
	// offsets: where the page ends (the position behind its last item), beside the
	// offset; or where it begins and ends, as a JSON array of the positions of its first
	// item and its last, such as `[0,49]`. Default: the style's (`_end` for `ra-json`,
	// `range` for `ra-simple`).
	End   string `json:"end,omitempty"`
	Range string `json:"range,omitempty"`

	// `on` writes a key that is a number as a string, in the bodies of styles
	// that go on by keys: there are clients that take nothing else. Default: the
	// style's (`on` for `stripe`).
	TextKey string `json:"text_key,omitempty"`

	// `POST` reads what is asked for from the bodies of POST requests as well: forms,
	// and JSON objects. Pages that are asked for so have no links, so there must be a
	// body that says how to go on. Default: the style's (`POST` for `slack`).
	Method string `json:"method,omitempty"`

	// Where in a JSON body the limit and its like are: names with dots between
	// them, such as `page.size`. Only where POST is read. Default: at the top, by
	// the names that they have in a query.
	LimitAt  string `json:"limit_at,omitempty"`
	OffsetAt string `json:"offset_at,omitempty"`
	PageAt   string `json:"page_at,omitempty"`
	CursorAt string `json:"cursor_at,omitempty"`
	AfterAt  string `json:"after_at,omitempty"`
	BeforeAt string `json:"before_at,omitempty"`

	// The number of the first page, 0 or 1. Default: the style's.
	FirstPage *int64 `json:"first_page,omitempty"`

	// The body around a page: a JSON object in which `$list` stands for the
	// items, and other slots for what is known of the page, such as
	// `{"result":{"rows":$list,"more":$more}}`. The slots are in the
	// [README](https://github.com/caddy-paginate/caddy-paginate/blob/main/caddymodule/README.md#styles).
	// Default: the style's.
	Body string `json:"body,omitempty"`

	// The Content-Type of a page. Default: the style's; `application/json`
	// where there is a body of its own.
	ContentType string `json:"content_type,omitempty"`

	// The header field that tells how many items there are in all, where that
	// is known. Default: the style's.
	TotalHeader string `json:"total_header,omitempty"`

	// The body of an error, where a request is refused or the upstream's answer
	// cannot be used: a JSON object with slots, such as
	// `{"ok":false,"why":$message}`, or `problem` for problem documents (RFC
	// 9457). Default: the style's.
	Error string `json:"error,omitempty"`

	// The status of all errors, for clients that look for them in the body
	// alone. Default: the style's; 400 for what the client can mend, 502 for
	// what the upstream broke.
	ErrorStatus int64 `json:"error_status,omitempty"`
}

// UpstreamConfig says what the API behind us understands of pagination.
type UpstreamConfig struct {
	// `unbounded` for an API that answers with the whole list whatever is
	// asked, or the style that it speaks: any that goes on by an offset (`link`,
	// `drf`, `msgraph`, `ra-json`) or by a page's number (`page`, `github`, `gitlab`,
	// `jsonapi`, `jsonapi0`, `drf-page`, `spring`, `hal`), by the key of an item
	// (`stripe`) or by tokens (`cursor`, `slack`, `google`, `kube`). Where the style has a
	// body of its own, the list is looked for there, and the rest is left out.
	// Default: `unbounded`.
	Name string `json:"name,omitempty"`

	// The most items that the API gives in one answer. Where a page takes more,
	// the API is read again. Only with a style. Default: the style's; where it
	// has none, what an API gives is found out.
	Limit int64 `json:"limit,omitempty"`

	// The query parameters that carry the limit, the offset and the page's
	// number. Default: the style's.
	LimitParameter string `json:"limit_parameter,omitempty"`
	Offset         string `json:"offset,omitempty"`
	Page           string `json:"page,omitempty"`

	// The query parameter that carries the key of an item, by which the API gives
	// what stands behind it (`after_id`, `since`). The API is then asked by `key`,
	// which has to be one, and which the list has to be in the order of; clients
	// can go on from page to page, but neither back nor to an offset. Default: the
	// style's (`starting_after` for `stripe`).
	After string `json:"after,omitempty"`

	// The query parameter that carries a token of the API's own, which leads to what
	// follows an answer and is told there. Default: that of a style that knows no other
	// position (`cursor`, `slack`, `google`, `kube`).
	Cursor string `json:"cursor,omitempty"`

	// The number of the first page, 0 or 1. Default: the style's.
	FirstPage *int64 `json:"first_page,omitempty"`

	// How the API is asked for what clients ask for by POST: `POST` leaves them
	// their body without its paging; `GET` puts the fields of a form, and the members
	// of a JSON object, into the query. Only with a style that pages by POST. Default:
	// `POST` for `unbounded`, `GET` for an upstream that speaks a style.
	Method string `json:"method,omitempty"`
}

// FieldsConfig says how clients choose the members of an item that they want.
// It trims answers; it is no access filter.
type FieldsConfig struct {
	// Switches the choice off; nothing else may then be set.
	Off bool `json:"off,omitempty"`

	// The query parameter that carries the mask; with empty brackets behind it, one for
	// each type of items. Default: the style's (`$select` for `odata` and `msgraph`,
	// `fields[]` for `jsonapi` and `jsonapi0`), else `fields`.
	Parameter string `json:"parameter,omitempty"`

	// The mask for requests that bring none. Default: everything.
	Default string `json:"default,omitempty"`

	// A mask of what stays whatever a client's mask says. Default: nothing.
	Always string `json:"always,omitempty"`

	// The masks' grammar: `google`, where only `/` separates names, or
	// `dotted`, where `.` does too. Default: `google`.
	Syntax string `json:"syntax,omitempty"`

	// Lets the parameter through to the upstream too. Default: false.
	Forward bool `json:"forward,omitempty"`
}

// SnapshotConfig says whether a walk through a list reads the upstream once and
// keeps what it read, so that every page of the walk comes from the same list.
//
// A snapshot belongs to one request as the upstream gets it: its URL without paging
// and fields, its header, the client's address and whoever has been authenticated.
// Requests that differ in any of that never share one. Where requests differ each
// time, such as signed ones, nothing can be shared, and `off` is cheaper.
type SnapshotConfig struct {
	// `lazy` stops the upstream at the first page, as `off` does, and reads the
	// list into a snapshot when a second page shows that somebody walks; `eager`
	// begins at the first page; `off` reads the upstream anew for every page.
	// `lazy` and `eager` need an unbounded upstream. Default: `lazy` for one,
	// else `off`.
	Mode string `json:"mode,omitempty"`

	// How long a snapshot is kept since it was last used. Default: 5m.
	TTL caddy.Duration `json:"ttl,omitempty"`

	// How long a snapshot is kept at most. Default: 1h.
	MaxAge caddy.Duration `json:"max_age,omitempty"`

	// How large one snapshot may be, in bytes. Of a longer list every page is
	// read from the upstream. Default: 1 GiB.
	MaxSize int64 `json:"max_size,omitempty"`

	// Request headers that the upstream's answer does not depend on, so that
	// requests which differ only in them share a snapshot. `X-Forwarded-For`
	// stands for the client's address as well. Default: none but those that
	// never matter (between hops, encodings, caching, tracing).
	IgnoreHeader []string `json:"ignore_header,omitempty"`
}
