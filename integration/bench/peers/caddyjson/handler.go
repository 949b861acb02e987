package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	caddy.RegisterModule(handler{})
	httpcaddyfile.RegisterHandlerDirective("page_json", func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		var p handler
		return p, p.UnmarshalCaddyfile(h.Dispenser)
	})
	httpcaddyfile.RegisterDirectiveOrder("page_json", httpcaddyfile.Before, "reverse_proxy")
}

// handler keeps the first items of a list, as the query's limit says, and of
// each the members that its fields name.
type handler struct{}

// CaddyModule implements caddy.Module.
func (handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.page_json",
		New: func() caddy.Module { return new(handler) },
	}
}

// UnmarshalCaddyfile implements caddyfile.Unmarshaler: there are no options.
func (handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.ArgErr()
	}
	return nil
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()

	list := func(status int, _ http.Header) bool { return status == http.StatusOK && r.URL.Path == "/orders" }
	rec := caddyhttp.NewResponseRecorder(w, buf, list)
	if err := next.ServeHTTP(rec, r); err != nil || !rec.Buffered() {
		return err
	}
	query := r.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil {
		limit = -1
	}
	page, err := rewrite(buf.Bytes(), limit, query.Get("fields"))
	if err != nil {
		return caddyhttp.Error(http.StatusBadGateway, err)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(page)
	return err
}

// rewrite keeps limit items, all if it is negative, and of each the fields, all
// if none is named. Values are left as they are: decoding them too would only
// take longer.
func rewrite(body []byte, limit int, fields string) ([]byte, error) {
	if fields == "" {
		items, err := first[json.RawMessage](body, limit)
		if err != nil {
			return nil, err
		}
		return encode(items)
	}
	items, err := first[map[string]json.RawMessage](body, limit)
	if err != nil {
		return nil, err
	}
	names := strings.Split(fields, ",")
	page := make([]map[string]json.RawMessage, len(items))
	for i, item := range items {
		page[i] = make(map[string]json.RawMessage, len(names))
		for _, name := range names {
			if value, ok := item[name]; ok {
				page[i][name] = value
			}
		}
	}
	return encode(page)
}

// first decodes a list, and cuts it.
func first[T any](body []byte, limit int) ([]T, error) {
	items := []T{}
	if err := json.Unmarshal(body, &items); err != nil {
		return nil, fmt.Errorf("decoding the list: %w", err)
	}
	if limit >= 0 && limit < len(items) {
		items = items[:limit]
	}
	return items, nil
}

func encode(items any) ([]byte, error) {
	page, err := json.Marshal(items)
	if err != nil {
		return nil, fmt.Errorf("encoding the page: %w", err)
	}
	return page, nil
}

// Interface guards
var (
	_ caddyhttp.MiddlewareHandler = handler{}
	_ caddyfile.Unmarshaler       = handler{}
)
