package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

const list = `[{"id":1,"big":9007199254740993,"a":"x"},{"id":2,"big":1.0},{"id":3,"a":null}]`

func TestCutsAndTrims(t *testing.T) {
	for _, tc := range []struct {
		name, path, upstream string
		status               int
		want                 string
	}{
		{"all", "/orders", list, 200, list},
		{"cut", "/orders?limit=2", list, 200, `[{"id":1,"big":9007199254740993,"a":"x"},{"id":2,"big":1.0}]`},
		{"cut behind the end", "/orders?limit=9", list, 200, list},
		{"nothing", "/orders?limit=0", list, 200, `[]`},
		{"trim", "/orders?fields=id,a", list, 200, `[{"a":"x","id":1},{"id":2},{"a":null,"id":3}]`},
		{"both", "/orders?limit=1&fields=big", list, 200, `[{"big":9007199254740993}]`},
		{"another path", "/other?limit=1", list, 200, list},
		{"an error passes", "/orders?limit=1", `{"error":"none"}`, 404, `{"error":"none"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				w.WriteHeader(tc.status)
				_, err := w.Write([]byte(tc.upstream))
				return err
			})
			rec := httptest.NewRecorder()
			if err := (handler{}).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, tc.path, nil), next); err != nil {
				t.Fatal(err)
			}
			if got := rec.Body.String(); rec.Code != tc.status || got != tc.want {
				t.Errorf("got %d %s, want %d %s", rec.Code, got, tc.status, tc.want)
			}
		})
	}
}

func TestABrokenListIsAnError(t *testing.T) {
	next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write([]byte(`[{"id":1},`))
		return err
	})
	rec := httptest.NewRecorder()
	if err := (handler{}).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/orders", nil), next); err == nil {
		t.Errorf("got %d %s, want an error", rec.Code, rec.Body)
	}
}
