package caddymodule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"net/http"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/caddy-paginate/caddy-paginate/rewrite/cursor"
	"github.com/caddy-paginate/caddy-paginate/rewrite/limits"
	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
	"github.com/caddy-paginate/caddy-paginate/rewrite/query"
	"github.com/caddy-paginate/caddy-paginate/rewrite/retire"
	"github.com/caddy-paginate/caddy-paginate/rewrite/style"
)

// runtime is a configuration made ready to serve. It does not change after
// Provision, but for the sealer, which is made at first use, and its patience.
type runtime struct {
	logger   *zap.Logger
	adoption *zap.Logger
	clock    clock
	app      *App
	sealing  atomic.Pointer[cursor.Sealer]
	drains   patience
	counts   func() *routeCount // made at first use: a configuration that is only checked has no series

	name        string
	rules       limits.Rules
	unpaginated UnpaginatedConfig
	reader      *query.Reader
	client      *style.Style
	shape       *style.Shape // of the bodies of pages; nil: they keep the upstream's
	errorShape  *style.Shape // nil: problem documents
	upstream    *style.Style // nil: unbounded
	viaGet      bool         // what is asked for by POST is asked of the upstream by GET
	listener    *style.Listener
	cap         int64 // how many items the upstream gives at once, 0 if the configuration does not say
	most        int64 // the largest page for which one answer of the upstream does, or the maximum
	given       givenSizes
	memory      *memory
	path        list.Path
	list        string // path as cursors are bound to it
	key         list.Key
	keyNames    []string
	calendar    retire.Calendar
	phase       retire.Phase // empty: the calendar decides
	sources     []clientSource
	exempt      *exemptions
	masks       masks
	tag         string // of the configuration, for entity tags
	announced   announcement
	keying      keying
	snapshots   *snapshotRoute // nil: none are kept
}

// An announcement is what an affected client is told.
type announcement struct{ deprecation, sunset, links string }

// compile builds the runtime of a configuration that has been checked.
func (h *Handler) compile(logger *zap.Logger, app *App) (*runtime, error) {
	rt := &runtime{
		logger:      logger,
		adoption:    logger.Named("adoption"),
		clock:       systemClock{},
		app:         app,
		name:        h.Name,
		unpaginated: *h.Unpaginated,
		rules: limits.Rules{
			Default:        h.DefaultLimit,
			Max:            h.MaxLimit,
			MaxOffset:      *h.MaxOffset,
			RejectOverMax:  h.OverMax == "reject",
			DefaultInvalid: h.Invalid == "default",
		},
		phase:    retire.Phase(h.Phase),
		sources:  newClientSources(h.Client),
		keyNames: h.Key,
		memory:   new(memory),
	}
	rt.counts = sync.OnceValue(func() *routeCount { return collectors.route(rt.name) })
	rt.client = h.Style.style()
	rt.rules.ZeroIsMax = rt.client.ZeroIsMax
	rt.upstream, rt.cap = h.Upstream.style(), h.Upstream.Limit
	rt.viaGet = h.Upstream.Method == http.MethodGet || rt.upstream != nil
	if rt.byKey() {
		rt.rules.MaxOffset = 0
	}
	rt.most = max(h.upstreamMost(), h.MaxLimit)
	rt.reader = query.NewReader(h.names(rt.client, rt.upstream))
	var err error
	if rt.shape, err = rt.client.Shape(); err != nil {
		return nil, err
	}
	if rt.errorShape, err = rt.client.ErrorShape(); err != nil {
		return nil, err
	}
	if rt.path, err = list.ParsePath(h.List); err != nil {
		return nil, err
	}
	if err = rt.listen(); err != nil {
		return nil, err
	}
	rt.list = rt.path.String()
	if rt.key, err = list.ParseKey(h.Key); err != nil {
		return nil, err
	}
	if rt.masks, err = newMasks(h.Fields, h.keptKey(), rt.client); err != nil {
		return nil, err
	}
	if h.Retire != nil {
		if rt.calendar, err = h.Retire.calendar(); err != nil {
			return nil, err
		}
	}
	if rt.exempt, err = newExemptions(h.Exempt, rt.sources); err != nil {
		return nil, err
	}
	c := &rt.calendar
	rt.announced = announcement{c.Deprecation(), c.SunsetDate(), c.Links()}
	rt.keying = newKeying("", h.Snapshot.IgnoreHeader)
	rt.tag, err = h.configTag()
	return rt, err
}

// drops tells whether what stands behind the list, in an envelope of the upstream's, is
// left out by the style's own shape.
func (rt *runtime) drops() bool { return rt.shape != nil && !rt.client.Keeps }

// upstreamMost is the largest page for which the upstream gives all that it is
// asked for at once. It reckons with one item more than a page, and with the aligned
// blocks of an upstream that counts pages.
func (h *Handler) upstreamMost() int64 {
	switch {
	case h.Upstream.Limit == 0:
		return math.MaxInt64
	case h.Upstream.style().Position == style.ByPage:
		return (h.Upstream.Limit - 2) / 2
	}
	return h.Upstream.Limit - 1
}

// names are the parameters that carry pagination: the style's own, and those by
// which the upstream could be asked past us.
func (h *Handler) names(client, upstream *style.Style) query.Names {
	p := client.Params
	n := query.Names{
		Limit:     spellings(p.Limit),
		Offset:    spellings(p.Offset),
		Page:      spellings(p.Page),
		Cursor:    spellings(p.Cursor),
		After:     spellings(p.After),
		Before:    spellings(p.Before),
		End:       spellings(p.End),
		Range:     spellings(p.Range),
		At:        places(client),
		FirstPage: client.FirstPage,
		Whole:     spellings(p.Whole),
		Count:     p.Count,
		Loose:     client.Loose,
		Fields:    h.Fields.Parameter,
	}
	if client.Position != style.ByKey {
		n.Cursor, n.Before = append(n.Cursor, n.Before...), nil
	}
	if upstream != nil && upstream != client {
		p = upstream.Params
		if p.Take() != client.Params.Whole { // which keeps its meaning
			n.Limit = append(n.Limit, spellings(p.Take())...)
		}
		n.Limit = append(append(n.Limit, spellings(p.End)...), spellings(p.Range)...)
		n.Offset = append(n.Offset, spellings(p.Offset)...)
		n.Page = append(n.Page, spellings(p.Page)...)
		n.Cursor = append(append(n.Cursor, spellings(p.Cursor)...), spellings(p.After)...)
		if upstream.Position == style.ByToken {
			n.Cursor = append(n.Cursor, spellings(p.Before)...)
		}
		if client.Params.Page == "" {
			n.FirstPage = upstream.FirstPage
		}
	}
	n.Limit = append(n.Limit, h.Guard...)
	return n
}

// places is where in a JSON body the parameters of a style are, by their names.
func places(s *style.Style) map[string]string {
	p, at := s.Params, s.At
	return map[string]string{
		p.Limit: at.Limit, p.Offset: at.Offset, p.Page: at.Page,
		p.Cursor: at.Cursor, p.After: at.After, p.Before: at.Before,
	}
}

func spellings(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// configTag tells configurations apart that cut the same list differently.
func (h *Handler) configTag() (string, error) {
	text, err := json.Marshal([]any{h.Style, h.Upstream, h.List, h.Key, h.Total, h.Fields, h.MaxPageSize, h.EarlyStop})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4]), nil
}

// sealer makes cursors; it needs the secret, which may have to be read from the
// storage.
func (rt *runtime) sealer(ctx context.Context) (*cursor.Sealer, error) {
	if s := rt.sealing.Load(); s != nil {
		return s, nil
	}
	secret, err := rt.app.secret(ctx)
	if err != nil {
		return nil, err
	}
	s, err := cursor.NewSealer(secret)
	if err != nil {
		return nil, err
	}
	rt.sealing.Store(s)
	return s, nil
}
