package list_test

import (
	"strings"
	"testing"

	"github.com/caddy-paginate/caddy-paginate/rewrite/list"
)

func TestVoidOf(t *testing.T) {
	path, err := list.ParsePath("data.orders")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, body, around string
		found              bool
		want               list.Void
	}{
		{"nothing", ``, ``, false, list.Other},
		{"an array", `[]`, ``, false, list.Other},
		{"an empty object", `{}`, ``, false, list.Empty},
		{"null for the list", `{"data":{"orders":null},"more":1}`, ``, false, list.Empty},
		{"something else for the list", `{"data":{"orders":"none"}}`, ``, false, list.Other},
		{"an error", `{"error":"quota"}`, `{"error":null}`, false, list.Other},
		{"an error with null for the list", `{"ok":false,"data":{"orders":null}}`, ``, false, list.Other},
		{"no error", `{"error":null,"errors":[],"ok":true}`, `{"ok":true}`, false, list.Empty},
		{"no error in other words", `{"error":"","errors":{},"success":true}`, `{"success":true}`, false, list.Empty},
		{"no error by its number", `{"error":0,"data":{"orders":null}}`, ``, false, list.Empty},
		{"no success", `{"success":false,"data":{"orders":null}}`, ``, false, list.Other},
		{"what says nothing", `{"a":null,"b":"","c":[],"d":{}}`, ``, false, list.Empty},
		{"what stood there before", `{"page":7}`, `{"page":6}`, false, list.Empty},
		{"what did not", `{"page":7,"hint":"x"}`, `{"page":6}`, false, list.Open},
		{"a list elsewhere", `{"rows":[1]}`, `{"rows":0}`, true, list.Hiding},
		{"a list elsewhere, where one is named", `{"rows":[1]}`, `{"rows":0}`, false, list.Empty},
		{"a list deep down", `{"result":{"rows":[{"id":1}]}}`, ``, true, list.Hiding},
		{"a list as deep as there are any", strings.Repeat(`{"a":`, 33) + `[{"id":1}]` + strings.Repeat("}", 33), ``, true, list.Hiding},
		{"objects deeper than lists are", strings.Repeat(`{"a":`, 34) + `[{"id":1}]` + strings.Repeat("}", 34), ``, true, list.Open},
		{"tags deep down", `{"result":{"tags":["a"]}}`, ``, true, list.Open},
		{"an empty array", `{"rows":[]}`, ``, true, list.Empty},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := list.VoidOf([]byte(tc.body), []byte(tc.around), path, tc.found); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
