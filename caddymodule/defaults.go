package caddymodule

import (
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// What a handler does when its configuration does not say.
const (
	defaultLimit         = 50
	defaultMaxLimit      = 100
	defaultMaxOffset     = 10_000
	defaultMaxPageSize   = 16 << 20
	defaultSnapshotTTL   = caddy.Duration(5 * time.Minute)
	defaultSnapshotAge   = caddy.Duration(time.Hour)
	defaultSnapshotSize  = 1 << 30
	defaultRouteName     = "*"
	defaultFieldsKeyword = "fields"
)

// defaultClient are the placeholders that tell who calls, surest first.
var defaultClient = []string{
	"{http.auth.user.id}",
	"{http.request.header.X-Api-Key}",
	"{http.request.tls.client.subject}",
	"{http.request.header.User-Agent}",
	"{http.request.remote.host}",
}

// applyDefaults fills what the configuration leaves open. Afterwards no block
// is nil but Retire, and Phase is empty only where Retire's dates decide.
// Blocks are replaced, not changed, so that a copy of h can be filled without
// touching the original.
func (h *Handler) applyDefaults() {
	setDefault(&h.Name, defaultRouteName)
	h.defaultLimits()
	h.defaultStyle()
	setDefault(&h.OverMax, "clamp")
	setDefault(&h.Invalid, "reject")
	setDefault(&h.List, "auto")
	setDefault(&h.Total, "off")
	setDefault(&h.MaxPageSize, defaultMaxPageSize)
	setDefault(&h.EarlyStop, "on")
	if len(h.Client) == 0 {
		h.Client = slices.Clone(defaultClient)
	}
	if h.Retire == nil {
		setDefault(&h.Phase, "enforce")
	}
	h.defaultBlocks()
}

// defaultLimits lets the default and the maximum that are not given make room
// for what is: `paginate 500` means a maximum of 500 too.
func (h *Handler) defaultLimits() {
	switch {
	case h.DefaultLimit == 0 && h.MaxLimit == 0:
		h.DefaultLimit, h.MaxLimit = defaultLimit, defaultMaxLimit
	case h.MaxLimit == 0:
		h.MaxLimit = max(defaultMaxLimit, h.DefaultLimit)
	case h.DefaultLimit == 0:
		h.DefaultLimit = min(defaultLimit, h.MaxLimit)
	}
	if h.MaxOffset == nil {
		h.MaxOffset = new(int64(defaultMaxOffset))
	}
}

// defaultStyle fills in what the style needs that its clients lose no items.
func (h *Handler) defaultStyle() {
	h.Style = copyOf(h.Style)
	setDefault(&h.Style.Name, "link")
	h.Upstream = copyOf(h.Upstream)
	setDefault(&h.Upstream.Name, unbounded)

	s := h.Style.style()
	if s == nil {
		return
	}
	if s.Key != "" && len(h.Key) == 0 {
		h.Key = []string{s.Key}
	}
	if s.Computes {
		setDefault(&h.OverMax, "reject")
	}
	if s.Counts && h.Upstream.Name == unbounded {
		setDefault(&h.Total, "exact")
	}
}

func (h *Handler) defaultBlocks() {
	h.Unpaginated = copyOf(h.Unpaginated)
	setDefault(&h.Unpaginated.Mode, "page")

	h.Fields = copyOf(h.Fields)
	if !h.Fields.Off {
		if s := h.Style.style(); s != nil {
			setDefault(&h.Fields.Parameter, s.Fields)
		}
		setDefault(&h.Fields.Parameter, defaultFieldsKeyword)
		setDefault(&h.Fields.Syntax, "google")
	}

	h.Snapshot = copyOf(h.Snapshot)
	if h.Upstream.Name == unbounded {
		setDefault(&h.Snapshot.Mode, "lazy")
	}
	setDefault(&h.Snapshot.Mode, "off") // there is nothing to gain
	setDefault(&h.Snapshot.TTL, defaultSnapshotTTL)
	setDefault(&h.Snapshot.MaxAge, defaultSnapshotAge)
	setDefault(&h.Snapshot.MaxSize, defaultSnapshotSize)

	if h.Retire != nil {
		h.Retire = copyOf(h.Retire)
		setDefault(&h.Retire.Links, "on")
	}
}

// setDefault gives *target a value if it has none.
func setDefault[T comparable](target *T, value T) {
	var none T
	if *target == none {
		*target = value
	}
}

// copyOf returns a new block with what block holds, an empty one for nil.
func copyOf[T any](block *T) *T {
	if block == nil {
		return new(T)
	}
	return new(*block)
}
